#!/usr/bin/env python3
"""SD files with RDKit's word on every record, and the count of molgpt's differences.

    pip install rdkit==2026.9.1
    S=tests/golden/sdf.py
    python3 $S make 4000 big.sdf
    molgpt canonicalize big.sdf -o big.csv
    python3 $S compare big.csv                                # counts, and every difference
    python3 $S make 330 --small tests/golden/molfiles.sdf.gz  # the file of the tests

Molecules: data/natural_products.csv, tests/data/*.csv, and the real molecules of agreement.tsv.gz,
their atoms in random order. Each record is of one kind:

    flat        on paper with wedges, V2000 or V3000
    space       embedded in space, hydrogens drawn, V2000 or V3000
    hydrogens   on paper, hydrogens drawn
    aromatic    on paper, aromatic bonds
    labels      on paper, isotopes and atom maps
    marks       on paper, atoms moved a little, wedges, wavy and crossed bonds anywhere
    damaged     a line left out, doubled or cut, or a character replaced
    fields      a small chain with any fields, properties and orders of bonds

Data items: `kind`, and `rdkit`, its canonical SMILES or `refused`. Same seed, same records.
"""

import argparse
import collections
import csv
import gzip
import pathlib
import random

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDS = "flat flat flat flat space space hydrogens aromatic labels marks damaged fields".split()


def molecules():
    """SMILES of the sources, in the order of their files."""
    tables = ["data/natural_products.csv"]
    tables += [f"tests/data/{name}.csv" for name in ("drugs", "salts", "unusual_elements")]
    for table in tables:
        with open(ROOT / table, encoding="utf-8") as file:
            yield from (row["smiles"] for row in csv.DictReader(file))
    with gzip.open(ROOT / "tests/golden/agreement.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][2:]
    yield from (row[1] for row in rows if row[0] not in ("near", "any") and row[2])


def fields(draw):
    """A chain of three atoms in which anything may stand that the format has."""
    def atom(place):
        symbols = "C C C N O S P F Cl Si Se B H D Na Fe Q A R# R3 * L CL Du".split()
        values = [0] * 12
        if draw.random() < 0.3:
            values[draw.randrange(12)] = draw.choice([1, 2, 3, 4, 5, 6, 15])
        rest = f"{values[0]:2}" + "".join(f"{value:3}" for value in values[1:])
        return f"{place * 1.3:10.4f}{place % 2 * 0.75:10.4f}{0:10.4f} {draw.choice(symbols):<3}{rest}"

    properties = [
        "M  CHG  1   2  %2d" % draw.randrange(-2, 3), "M  RAD  1   2  %2d" % draw.randrange(0, 4),
        "M  ISO  1   3 %3d" % draw.choice([2, 13, 300]), "M  RGP  1   2   4",
        "M  ALS   1  2 F N   O   ", "M  ALS   1  1 F N   ", "M  SUB  1   2   2", "M  UNS  1   1   1",
        "M  ZBO  1   1   0", "M  HYD  1   2   2", "M  ZCH  1   2   1", "A    1\nlabel", "V    1 x",
        "M  APO  1   1   1", "  1 F    2   7   8", "",
        "M  STY  1   1 DAT\nM  SAL   1  1   1\nM  SDT   1 NAME\nM  SED   1 x",
    ]
    orders = [1, 1, 1, 1, 2, 3, 4, 0, 5, 8, 9]
    bonds = [f"{first:3}{first + 1:3}{draw.choice(orders):3}  0" for first in (1, 2)]
    lines = ["", "  fields", "", "  3  2  0  0  0  0  0  0  0  0999 V2000"]
    lines += [atom(place) for place in range(3)] + bonds
    lines += draw.sample(properties, draw.choice([0, 0, 1, 2]))
    return "\n".join(lines + ["M  END", ""])


def marked(block, draw):
    """The block with atoms moved a little, and marks on any bonds."""
    lines = block.split("\n")
    atoms, bonds = int(lines[3][:3]), int(lines[3][3:6])
    far = draw.choice([0, 0.05, 0.2])
    for place in range(4, 4 + atoms):
        x, y = (float(lines[place][start:start + 10]) + draw.gauss(0, far) for start in (0, 10))
        lines[place] = f"{x:10.4f}{y:10.4f}" + lines[place][20:]
    for place in range(4 + atoms, 4 + atoms + bonds):
        if draw.random() < 0.2:
            bond = lines[place]
            if draw.random() < 0.3:
                bond = bond[3:6] + bond[:3] + bond[6:]
            mark = draw.choice([1, 6, 4]) if bond[6:9] == "  1" else draw.choice([0, 3])
            lines[place] = f"{bond[:9]}{mark:3}{bond[12:]}"
    return "\n".join(lines)


def damaged(block, draw):
    """The block with one fault."""
    lines = block.split("\n")
    place = draw.randrange(3, len(lines) - 1)
    line = lines[place]
    fault = draw.randrange(4)
    if fault == 0:
        del lines[place]
    elif fault == 1:
        lines.insert(place, line)
    elif fault == 2:
        lines[place] = line[:draw.randrange(len(line) + 1)]
    else:
        at = draw.randrange(len(line) + 1)
        lines[place] = line[:at] + draw.choice("0123456789 -.xC") + line[at + 1:]
    return "\n".join(lines)


def block(kind, smiles, draw):
    """A molecule block of a kind; none where RDKit cannot make one."""
    if kind == "fields":
        return fields(draw)
    molecule = Chem.MolFromSmiles(smiles)
    order = list(range(molecule.GetNumAtoms()))
    draw.shuffle(order)
    molecule = Chem.RenumberAtoms(molecule, order)
    if kind in ("space", "hydrogens"):
        molecule = Chem.AddHs(molecule)
    if kind == "space":
        if AllChem.EmbedMolecule(molecule, randomSeed=7, maxAttempts=3) != 0:
            return None
    else:
        AllChem.Compute2DCoords(molecule)
    if kind == "labels":
        for atom in molecule.GetAtoms():
            if draw.random() < 0.1:
                atom.SetIsotope(draw.choice([1, 2, 13, 15, 250]))
            if draw.random() < 0.1:
                atom.SetAtomMapNum(draw.randrange(1, 900))
    v3000 = kind in ("flat", "space", "damaged") and draw.random() < 0.5
    text = Chem.MolToMolBlock(molecule, kekulize=kind != "aromatic", forceV3000=v3000)
    if kind == "marks":
        return marked(text, draw) if "V2000" in text else None
    return damaged(text, draw) if kind == "damaged" else text


def verdict(text):
    try:
        molecule = Chem.MolFromMolBlock(text)
    except (RuntimeError, ValueError):
        molecule = None
    return Chem.MolToSmiles(molecule) if molecule and molecule.GetNumAtoms() else "refused"


def make(count, path, small):
    draw = random.Random(2026)
    sources = list(molecules())
    most = 26 if small else 200
    opened = gzip.open(path, "wt", encoding="utf-8", newline="") if path.endswith(".gz") else open(
        path, "w", encoding="utf-8", newline="")
    with opened as file:
        made = 0
        while made < count:
            kind, smiles = draw.choice(KINDS), draw.choice(sources)
            if Chem.MolFromSmiles(smiles).GetNumHeavyAtoms() > (14 if kind == "space" and small else most):
                continue
            try:
                text = block(kind, smiles, draw)
            except (RuntimeError, ValueError):
                continue
            if text is None:
                continue
            # The title says who made the verdicts.
            title = f"RDKit {rdkit.__version__}, record {made + 1}"
            text = title + text[text.index("\n"):]
            items = f">  <kind>\n{kind}\n\n>  <rdkit>\n{verdict(text)}\n\n$$$$\n"
            if draw.random() < 0.1:
                text, items = (part.replace("\n", "\r\n") for part in (text, items))
            file.write(text + items)
            made += 1


def compare(path):
    counts = collections.Counter()
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ours = row["smiles"] if row["verdict"] == "valid" else "refused"
            theirs = row["rdkit"]
            both = "refused" not in (ours, theirs)
            what = "same" if ours == theirs else "form differs" if both else "verdict differs"
            counts[row["kind"], what] += 1
            if ours != theirs:
                print(row["kind"], row["name"], theirs, ours, row["reason"], sep="\t")
    for (kind, what), count in sorted(counts.items()):
        print(f"{kind:12}{what:18}{count}")


def main():
    RDLogger.DisableLog("rdApp.*")
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser("make")
    maker.add_argument("count", type=int)
    maker.add_argument("path")
    maker.add_argument("--small", action="store_true")
    comparer = commands.add_parser("compare")
    comparer.add_argument("path")
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.count, arguments.path, arguments.small)
    else:
        compare(arguments.path)


if __name__ == "__main__":
    main()
