#!/usr/bin/env python3
"""Lines of CXSMILES, whole and broken, with RDKit's word on each.

    pip install rdkit==2026.9.1
    python3 tests/golden/extensions.py real.tsv extensions.tsv     # real.tsv: see agreement.py
    cut -f2 extensions.tsv | molgpt canonicalize - -o extensions.ours.tsv
    python3 tests/golden/agreement.py compare extensions.tsv extensions.ours.tsv

Extensions that RDKit writes for molecules with labels, properties, coordinates, wedges, groups of
stereocentres, radicals and polymers; every feature that it reads, with numbers in and out of range;
and one to three changes to these. Rows as in agreement.py: the canonical form is that of the plain
part where RDKit reads the line, for molgpt drops the extension. Same seed, same rows.
"""

import argparse
import random

from rdkit import Chem, RDLogger
from rdkit.Chem import rdDepictor

from agreement import listen, rows

WORDS = ["R1", "_AP1", "star_e", "Q_e", "A", "x y", "a&#59;b", "&#36;", "1.5", "", "foo", "Pol_p"]


def number(draw, most):
    """The number of an atom or bond, or one that there is not."""
    return str(draw.randrange(most) if draw.random() < 0.85 and most else draw.choice((0, 1, most, most + 1, 99, 99999999999)))


def listed(draw, most, count=3, separator=","):
    return separator.join(number(draw, most) for _ in range(draw.randrange(1, count + 1)))


def feature(draw, molecule):
    atoms, bonds = molecule.GetNumAtoms(), molecule.GetNumBonds()

    def pair():
        """An atom and a bond, mostly at that atom."""
        bond = molecule.GetBondWithIdx(draw.randrange(bonds)) if bonds else None
        if bond is None or draw.random() < 0.2:
            return number(draw, atoms) + "." + number(draw, bonds)
        return f"{draw.choice((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))}.{bond.GetIdx()}"

    def pairs():
        return ",".join(pair() for _ in range(draw.choice((1, 1, 2, 3))))

    word = lambda: draw.choice(WORDS)  # noqa: E731 - a name for a choice
    n = lambda: number(draw, atoms)  # noqa: E731
    makers = [
        lambda: "$" + ";".join(word() for _ in range(draw.choice((1, atoms, atoms + 1)))) + "$",
        lambda: "$_AV:" + ";".join(word() for _ in range(atoms)) + "$",
        lambda: "(" + ";".join(f"{draw.uniform(-9, 9):.2f},{draw.uniform(-9, 9):.2f},{draw.choice(('', '0.5'))}" for _ in range(atoms)) + ")",
        lambda: "atomProp:" + ":".join(f"{n()}.{word()}.{word()}" for _ in range(draw.randrange(1, 4))),
        lambda: f"{draw.choice('CH')}:{pairs()}",
        lambda: f"Z:{listed(draw, bonds)}",
        lambda: f"^{draw.randrange(0, 9)}:{listed(draw, atoms)}",
        lambda: f"{draw.choice(('a', 'o1', '&1', 'o', '&', '&2', 'o12'))}:{listed(draw, atoms, 4)}",
        lambda: f"rb:{n()}:{draw.choice(('0', '1', '2', '3', '4', '5', '*'))}",
        lambda: f"s:{n()}:{draw.choice(('0', '1', '7', '*', ''))}",
        lambda: f"u:{listed(draw, atoms)}",
        lambda: f"m:{n()}:{listed(draw, atoms, 4, '.')}",
        lambda: f"{draw.choice(('w', 'wU', 'wD', 'wX'))}:{pairs()}",
        lambda: f"{draw.choice(('c', 't', 'ctu'))}:{listed(draw, bonds)}",
        lambda: f"LN:{n()}:1.3{draw.choice(('', '.' + n() + '.' + n()))}",
        lambda: f"SgD:{listed(draw, atoms)}:{word()}:{word()}:{word()}:{word()}:{draw.choice(('', 't:', 't:(1.,2.)', ':'))}",
        lambda: f"Sg:{draw.choice(('n', 'mon', 'co', 'ran', 'zz', 'gen'))}:{listed(draw, atoms, 4)}:{word()}"
                f"{draw.choice(('', ':ht', ':hh:', ':ht:' + n() + ':' + n() + ':', ':eu:::'))}",
        lambda: f"SgH:{draw.choice('0123')}:{draw.choice('0123')}{draw.choice(('', '.1', '.2', ',1:0'))}",
        lambda: draw.choice(("lp:2:1", "f:0.1", "RG:_R1={C}", "TLB:1", "LO:0:1.2", "x", "", ",", "foo", "b:1", "&#65;")),
    ]
    return draw.choice(makers)()


def written(draw, molecule):
    """The extension that RDKit writes for a molecule with something to say."""
    edited = Chem.RWMol(molecule)
    if draw.random() < 0.5:
        rdDepictor.Compute2DCoords(edited)
    for atom in edited.GetAtoms():
        if draw.random() < 0.1:
            atom.SetProp(draw.choice(("atomLabel", "molFileValue", "note", "a b")), draw.choice(WORDS[:-1]) or "x")
    centres = [a.GetIdx() for a in edited.GetAtoms() if a.GetChiralTag() != Chem.CHI_UNSPECIFIED]
    if centres and draw.random() < 0.7:
        kind = draw.choice((Chem.StereoGroupType.STEREO_AND, Chem.StereoGroupType.STEREO_OR, Chem.StereoGroupType.STEREO_ABSOLUTE))
        edited.SetStereoGroups([Chem.CreateStereoGroup(kind, edited, centres)])
    return Chem.MolToCXSmiles(edited)


def change(draw, text):
    """The text with some characters added, removed or replaced."""
    text = list(text)
    for _ in range(draw.choice((1, 1, 2, 3))):
        at = draw.randrange(1, len(text) + 1)
        kind = draw.choice("idr")
        if kind == "i" or at == len(text):
            text.insert(at, draw.choice("|,:;.$()0123456789aocCtuwmsSgDH^&#*rbLNxZ "))
        elif kind == "d":
            del text[at]
        else:
            text[at] = draw.choice("|,:;.$()0123456789aoctw^&#")
    return "".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    listen()
    RDLogger.DisableLog("rdApp.*")
    draw = random.Random(arguments.seed)
    names = [s for _, s, canonical, *_ in rows(arguments.source) if canonical and len(s) < 60 and "." not in s]
    seen = set()
    counts = {}
    with open(arguments.out, "w", encoding="utf-8", newline="") as file:
        while len(seen) < arguments.count:
            smiles = draw.choice(names)
            molecule = Chem.MolFromSmiles(smiles, sanitize=False)
            if molecule is None:
                continue
            way = draw.choice(("written", "made", "made", "made", "changed", "changed"))
            if way == "written":
                text = written(draw, Chem.MolFromSmiles(smiles))
                smiles, _, extension = text.partition(" ")
                extension = extension or "|$$|"
            else:
                extension = "|" + ",".join(feature(draw, molecule) for _ in range(draw.choice((1, 1, 2, 3)))) + "|"
            if way == "changed" or draw.random() < 0.05:
                extension = change(draw, extension)
                way = "changed"
            if draw.random() < 0.2:
                extension += draw.choice((" name", "name", " a|b", "  x y "))
            line = smiles + draw.choice((" ", " ", "  ")) + extension
            if line in seen or "\t" in line or "\n" in line:
                continue
            seen.add(line)
            plain = Chem.MolFromSmiles(line.split(" ", 1)[0])
            read = Chem.MolFromSmiles(line) is not None
            canonical = Chem.MolToSmiles(plain) if read and plain is not None and plain.GetNumAtoms() else ""
            error = "" if canonical else "SmilesParseError"
            if not read and plain is not None:
                # An extension may also make a molecule impossible.
                try:
                    if Chem.MolFromSmiles(line, sanitize=False) is not None:
                        way, canonical, error = way + "_chemistry", Chem.MolToSmiles(plain), ""
                except Exception:  # noqa: BLE001 - RDKit's refusal
                    pass
            counts[way, not error] = counts.get((way, not error), 0) + 1
            file.write("\t".join((way, line, canonical, error, "", "")) + "\n")
    for (way, valid), count in sorted(counts.items()):
        print(f"{way:24}{'valid' if valid else 'invalid':8}{count:8}")


if __name__ == "__main__":
    main()
