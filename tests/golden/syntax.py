#!/usr/bin/env python3
"""Rare spellings of SMILES, with RDKit's word on each.

    pip install rdkit==2026.9.1
    python3 tests/golden/syntax.py real.tsv syntax.tsv     # real.tsv: see agreement.py
    cut -f2 syntax.tsv | molgpt canonicalize - -o syntax.ours.tsv
    python3 tests/golden/agreement.py compare syntax.tsv syntax.ours.tsv

Ring numbers with leading zeros, `%(N)`; atoms by number, `[#6H3]`; temporary names of elements; atom
maps, isotopes, charges and counts of hydrogens in and out of range; classes of chirality, allenes,
square planar, trigonal bipyramidal and octahedral centres in random orders; characters that are no
part of SMILES at the ends and inside. Rows as in agreement.py. Same seed, same rows.
"""

import argparse
import random
import re

from rdkit import Chem, RDLogger

from agreement import Table, listen, rows

TEMPORARY = "Uun Uuu Uub Uut Uuq Uup Uuh Uus Uuo".split()
ATOM = re.compile(r"\[([0-9]*)([A-Z][a-z]?|[a-z]{1,2}|\*)([^\]]*)\]|Br|Cl|[BCNOPSFI](?![a-z])|\*")
NUMBERS = (0, 1, 2, 9, 10, 15, 16, 99, 100, 126, 127, 128, 129, 255, 256, 257, 300, 999, 1000, 32767, 32768, 65535, 65536,
           65537, 99999, 131072, 999999, 16777216, 214748364, 2147483639, 2147483640, 2147483647, 2147483648, 4294967296)


def by_number(smiles, draw):
    """The same string with some atoms by their number."""
    table = Chem.GetPeriodicTable()

    def number(match):
        if draw.random() < 0.5:
            return match[0]
        if match[0][0] != "[":
            if match[0] == "*":
                return "[#0]"
            return f"[#{table.GetAtomicNumber(match[0])}{draw.choice(('', '', 'H', 'H2', 'H3'))}]"
        isotope, symbol, rest = match[1], match[2], match[3]
        if symbol == "*":
            return f"[{isotope}#0{rest}]"
        return f"[{isotope}#{table.GetAtomicNumber(symbol.capitalize())}{rest}]"

    if draw.random() < 0.8:
        smiles = Chem.MolToSmiles(Chem.MolFromSmiles(smiles), canonical=False, allHsExplicit=True, allBondsExplicit=True)
    return ATOM.sub(number, smiles)


def ring_numbers(smiles, draw):
    """The same string with ring numbers spelled otherwise."""
    shift = draw.choice((0, 0, 9, 90, 12_345))
    odd = draw.random() < 0.3

    def other(match):
        token = match[0]
        if token[0] == "[":
            return token
        number = int(token.lstrip("%")) + shift
        ways = [f"%({number})", f"%({number:03})", f"%({number:05})", f"%({number})"]
        if number < 100:
            ways += [str(number) if number < 10 else f"%{number}"] * 4
        if odd:
            ways += [f"%{number:02}", f"%({number:06})", f"%{number}"]
        return draw.choice(ways)
    return re.sub(r"\[[^\]]*\]|%\d\d|\d", other, smiles)


def in_bracket(smiles, draw):
    """The string with a number of one bracket atom replaced or added."""
    places = [m for m in re.finditer(r"\[[^\]]*\]|[CNOS](?![a-z])", smiles)]
    if not places:
        return None
    match = draw.choice(places)
    token = match[0] if match[0][0] == "[" else f"[{match[0]}{draw.choice(('', 'H', 'H2', 'H3'))}]"
    number = draw.choice(NUMBERS) if draw.random() < 0.7 else draw.randrange(100_000)
    kind = draw.choice(("isotope", "map", "map", "charge", "hydrogens"))
    if kind == "isotope":
        token = re.sub(r"^\[[0-9]*", f"[{number}", token)
    elif kind == "map":
        token = re.sub(r"(:[0-9]+)?\]$", f":{number}]", token)
    elif kind == "charge":
        token = re.sub(r"([+-][0-9+-]*)?((:[0-9]+)?\])$", lambda m: f"{draw.choice('+-')}{number}{m[2]}", token)
    else:
        token = re.sub(r"(?<=[A-Za-z@])(H[0-9]*)?(([+-][0-9+-]*)?(:[0-9]+)?\])$", lambda m: f"H{number}{m[2]}", token)
    return smiles[:match.start()] + token + smiles[match.end():]


LIGANDS = ["F", "Cl", "Br", "I", "C", "N", "O", "S", "OC", "NC", "C#N", "[N+]#[C-]", "P(C)(C)C", "c1ccccc1", "N(C)C", "SC", "[H]",
           "n1ccccc1", "[O-]", "[NH3]", "[OH2]", "CC", "C=C", "F", "Cl"]
CHELATES = ["NCCN", "OCCO", "SCCS", "NCC(=O)O", "OC(C)=CC(C)=O", "CCCC", "Oc1ccccc1O"]
CENTRES = "Pt Pd Ni Co Fe Ru Ir As P S Sb C Si W U Zn *".split()
MOST = {"SP": (4, 3), "TB": (5, 20), "OH": (6, 30)}


def complexes(draw):
    """A centre with a class of chirality, as text."""
    name = draw.choice(sorted(MOST))
    size, arrangements = MOST[name]
    number = draw.choice(("", *[str(draw.randrange(0, arrangements + 2)) for _ in range(6)]))
    ligands = [draw.choice(LIGANDS) for _ in range(draw.choice((size, size, size, size, size - 1, size + 1)))]
    hydrogens = draw.choice(("", "", "", "", "H", "H2"))
    charge = draw.choice(("", "", "", "+", "+2", "-"))
    centre = f"[{draw.choice(CENTRES)}@{name}{number}{hydrogens}{charge}]"
    if draw.random() < 0.4:
        chelate = draw.choice(CHELATES)
        first, last = chelate[0], chelate[1:]
        ligands = ligands[:-2] + [f"{first}{last}%90"] if "1" not in chelate else ligands
        centre += "%90" if "1" not in chelate else ""
    if draw.random() < 0.6:
        first, ligands = ligands[0], ligands[1:]
        if first != "[H]" and "%90" not in first and "1" not in first and "#" not in first and "(" not in first:
            return first[::-1].replace("]2HO[", "[OH2]") + centre + "".join(f"({x})" for x in ligands) if "[" not in first else centre
    return centre + "".join(f"({x})" for x in ligands[:-1]) + (ligands[-1] if ligands else "")


def with_marks(smiles, draw):
    """The string with other marks of chirality."""
    def other(match):
        mark = draw.choice(("@AL1", "@AL2", "@AL", "@AL3", "@TH", "@TH1", "@TH2", "@TH3", "@TH0", "@@TH1", "@'TH1", "@1", "@@@",
                            "@SP1", "@SP2", "@TB5", "@OH9", "@", "@@"))
        return match[1] + mark
    if "@" in smiles:
        return re.sub(r"(\[[0-9]*[A-Za-z]+?)@+", other, smiles)
    places = [m for m in re.finditer(r"(?<![\[A-Za-z])C(?![a-z])", smiles)]
    if not places:
        return None
    match = draw.choice(places)
    mark = draw.choice(("@AL1", "@AL2", "@TH1", "@", "@SP1", "@TB1", "@OH1"))
    return smiles[:match.start()] + f"[C{mark}{draw.choice(('', 'H', 'H'))}]" + smiles[match.end():]


MARGINS = [chr(n) for n in (*range(1, 9), 11, 12, *range(14, 33), 127, 128, 133, 160, 173, 178, 0x200b, 0x200e, 0x2028, 0x202f,
                            0x2060, 0x2082, 0x2212, 0x3000, 0xfeff, 0x1f600, 0x3b1)]


def margins(smiles, draw):
    extra = "".join(draw.choice(MARGINS) for _ in range(draw.choice((1, 1, 2))))
    at = draw.choice((0, 0, len(smiles), len(smiles), draw.randrange(len(smiles))))
    return smiles[:at] + extra + smiles[at:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=6_000, help="strings of each kind")
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    listen()
    draw = random.Random(arguments.seed)
    names = [s for _, s, canonical, *_ in rows(arguments.source) if canonical and len(s) < 120]
    names = draw.sample(names, min(len(names), 20_000))
    table = Table(arguments.out)
    makers = {
        "by_number": lambda: by_number(draw.choice(names), draw),
        "ring_numbers": lambda: ring_numbers(draw.choice(names), draw),
        "temporary": lambda: f"{draw.choice(('', 'C', 'Cl', '[2H]'))}[{draw.choice(('', '285'))}{draw.choice(TEMPORARY + ['Uux', 'Uun2'])}"
                             f"{draw.choice(('', 'H', 'H2', '@', '+', '+2', '-', ':5'))}]{draw.choice(('', 'C', '(C)(F)Cl', 'O'))}",
        "numbers": lambda: in_bracket(draw.choice(names), draw),
        "marks": lambda: with_marks(draw.choice(names), draw),
        "margins": lambda: margins(draw.choice(names), draw),
    }
    for kind, make in makers.items():
        for _ in range(arguments.count):
            text = make()
            if text:
                table.add(kind, text)
    for number in range(300):
        table.add("element", f"[#{number}]")
        table.add("element", f"C[#{number}H]")
    for _ in range(arguments.count):
        text = complexes(draw)
        table.add("complex", text)
        molecule = Chem.MolFromSmiles(text)
        if molecule is not None:
            for _ in range(2):
                order = list(range(molecule.GetNumAtoms()))
                draw.shuffle(order)
                shuffled = Chem.RenumberAtoms(molecule, order)
                table.add("complex_random", Chem.MolToSmiles(shuffled, canonical=False))
    table.close()


if __name__ == "__main__":
    main()
