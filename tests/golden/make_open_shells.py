#!/usr/bin/env python3
"""Remakes `open_shells.tsv.gz`: unpaired electrons and idle stereo marks of strings, by RDKit.

    pip install rdkit==2026.9.1
    python3 tests/golden/make_open_shells.py                  # the file in this folder
    python3 tests/golden/make_open_shells.py --rows N --seed S --out FILE  # another draw, elsewhere

A string is a molecule of `data/` or `tests/data/`, as it is or after one to three edits that make
brackets, hydrogens and stereo marks go wrong, as a generator's do. Atoms are numbered as written:
`radicals` has ATOM:ELECTRONS, `atoms` the atoms with `@` and no chiral tag after `MolFromSmiles`,
`bonds` the FIRST-SECOND atoms of bonds with `/` or `\\` of which neither is at an end of a double
bond that has a geometry.
"""

import argparse
import csv
import gzip
import io
import pathlib
import random
import re

import rdkit
from rdkit import Chem, RDLogger

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TOKEN = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
FILES = [
    "data/test.csv",
    "data/natural_products.csv",
    "tests/data/drugs.csv",
    "tests/data/salts.csv",
    "tests/data/unusual_elements.csv",
]
ATOMS = "[CH2] [CH] [C] [NH] [N] [O] [C@H] [C@@H] [C@] [C@@] [S@] [N@+] [P@@] [CH3] [OH] [NH2+] [c] [nH] [n] [Si@H] [SH] [B] [CH-] [CH+] [O-] [Na] [Mg] [Cu]".split()
STEREO = {"CHI_UNSPECIFIED"}


def molecules():
    for name in FILES:
        with open(ROOT / name, newline="") as file:
            column = "smiles"
            for row in csv.DictReader(file):
                if len(row[column]) < 90:
                    yield row[column]


def edited(smiles, random):
    tokens = TOKEN.findall(smiles)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(tokens))
        token = tokens[at]
        kind = random.randrange(5)
        if kind == 0 and token[0].isalpha() or token[0] == "[":
            tokens[at] = random.choice(ATOMS)
        elif kind == 1 and token in "CNOS":
            tokens[at] = random.choice([f"[{token}]", f"[{token}H]", f"[{token}@H]", f"[{token}@@]"])
        elif kind == 2:
            tokens.insert(at, random.choice("/\\"))
        elif kind == 3 and "@" in token:
            tokens[at] = random.choice([token.replace("H", ""), token.replace("@", "")])
        elif kind == 4:
            tokens.insert(at, random.choice(ATOMS))
    return "".join(tokens)


def facts(smiles):
    """Radicals, idle atoms and idle bonds; None for what is no molecule."""
    written = Chem.MolFromSmiles(smiles, sanitize=False)
    whole = Chem.MolFromSmiles(smiles)
    if written is None or whole is None or " " in smiles:
        return None
    for atom in written.GetAtoms():
        atom.SetIntProp("place", atom.GetIdx())
    places = [atom.GetIdx() for atom in written.GetAtoms()]
    marked = [token for token in TOKEN.findall(smiles) if token[0] == "[" or token[0].isalpha() or token == "*"]
    if len(marked) != len(places):
        raise ValueError(smiles)
    directed = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in written.GetBonds()
        if bond.GetBondDir() in (Chem.BondDir.ENDUPRIGHT, Chem.BondDir.ENDDOWNRIGHT)
    ]
    molecule = Chem.RemoveHs(written)
    Chem.AssignStereochemistry(molecule, cleanIt=True, force=True)
    if Chem.MolToSmiles(molecule) != Chem.MolToSmiles(whole):
        return None
    place = {atom.GetIdx(): atom.GetIntProp("place") for atom in molecule.GetAtoms()}
    radicals = {place[a.GetIdx()]: a.GetNumRadicalElectrons() for a in molecule.GetAtoms()}
    tagged = {place[a.GetIdx()] for a in molecule.GetAtoms() if str(a.GetChiralTag()) not in STEREO}
    ends = set()
    for bond in molecule.GetBonds():
        if bond.GetStereo() > Chem.BondStereo.STEREOANY:
            ends |= {place[bond.GetBeginAtomIdx()], place[bond.GetEndAtomIdx()]}
    atoms = [at for at, token in enumerate(marked) if "@" in token and at not in tagged]
    bonds = [sorted(bond) for bond in directed if not ends & set(bond)]
    return (
        " ".join(f"{at}:{min(n, 5)}" for at, n in sorted(radicals.items()) if n),
        " ".join(map(str, atoms)),
        " ".join(f"{a}-{b}" for a, b in sorted(bonds)),
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "open_shells.tsv.gz")
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    draw = random.Random(options.seed)
    pool = sorted(set(molecules()))
    rows, seen = [], set()
    while len(rows) < options.rows:
        smiles = draw.choice(pool)
        if draw.random() < 0.8:
            smiles = edited(smiles, draw)
        found = None if smiles in seen else facts(smiles)
        if found is not None:
            seen.add(smiles)
            rows.append((smiles, *found))
    text = io.StringIO()
    text.write(f"# RDKit {rdkit.__version__}, make_open_shells.py, seed {options.seed}\n")
    text.write("smiles\tradicals\tatoms\tbonds\n")
    text.writelines("\t".join(row) + "\n" for row in rows)
    with open(options.out, "wb") as file:
        file.write(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    for name, column in [("radicals", 1), ("idle atoms", 2), ("idle bonds", 3)]:
        print(name, sum(bool(row[column]) for row in rows))


if __name__ == "__main__":
    main()
