#!/usr/bin/env python3
"""Outlines of letters for drawings of molecules, from DejaVu Sans (src/report/FONT_LICENSE).

    pip install fonttools==4.68.0
    python3 src/chem/depict/picture/glyphs.py DejaVuSans.ttf > src/chem/depict/picture/glyphs.txt

A line for each character: the character, its width, its outline as SVG path commands M, L, Q and Z, y
going down. All in thousandths of the font size.
"""

import sys

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

CHARACTERS = [chr(code) for code in range(33, 127)] + list("−·…°±×–")
# What names of molecules have beside.
CHARACTERS += [chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)]
CHARACTERS += list("αβγδεζηθικλμνξοπρσςτυφχψωΓΔΘΛΞΠΣΦΨΩ®™²³µ′″’→")


class Pen(BasePen):
    def __init__(self, glyphs, scale):
        super().__init__(glyphs)
        self.out, self.scale = [], scale

    def point(self, *points):
        return " ".join(f"{round(x * self.scale)} {round(-y * self.scale)}" for x, y in points)

    def _moveTo(self, to):
        self.out.append("M" + self.point(to))

    def _lineTo(self, to):
        self.out.append("L" + self.point(to))

    def _qCurveToOne(self, control, to):
        self.out.append("Q" + self.point(control, to))

    def _closePath(self):
        self.out.append("Z")


font = TTFont(sys.argv[1])
names, glyphs = font.getBestCmap(), font.getGlyphSet()
scale = 1000 / font["head"].unitsPerEm
print("# DejaVu Sans, made by glyphs.py")
for character in CHARACTERS:
    pen = Pen(glyphs, scale)
    glyph = glyphs[names[ord(character)]]
    glyph.draw(pen)
    print(character, round(glyph.width * scale), "".join(pen.out), sep="\t")
