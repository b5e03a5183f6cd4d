#!/usr/bin/env python3
"""Remakes `neutral.tsv.gz`: what RDKit's `rdMolStandardize.Uncharger()` makes of charged molecules.

    pip install rdkit==2026.9.1
    python3 tests/golden/make_neutral.py                     # the file in this folder
    python3 tests/golden/make_neutral.py --rows N --seed S --out FILE   # another draw, elsewhere

A row is a spelling of a charged molecule or salt and the canonical SMILES of the uncharged one, made
from the canonical spelling: the Uncharger goes by the order of atoms where several may lose their
charge. Molecules are those with charges in `data/` and `tests/data/`, frames with one to three of
the groups below, and mixtures of these with the ions below; written canonically, at random, or with
oxygens doubly bound where RDKit writes charges.
"""

import argparse
import csv
import gzip
import io
import pathlib
import random

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem.MolStandardize import rdMolStandardize

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES = [
    "data/natural_products.csv",
    "tests/data/drugs.csv",
    "tests/data/salts.csv",
    "tests/data/unusual_elements.csv",
]
# What stands in the place of * in a frame.
GROUPS = """
C(=O)[O-] C(=O)O C(=O)[S-] C(=S)[S-] [O-] O [S-] S S(=O)(=O)[O-] S(=O)(=O)O S(=O)[O-] OS(=O)(=O)[O-] SS(=O)(=O)[O-]
P(=O)([O-])[O-] P(=O)(O)[O-] OP(=O)([O-])[O-] OP(=O)(O)[O-] P(=O)(C)[O-] OP(=O)([O-])OC [P+](C)(C)C [PH+](C)C [PH3+]
[NH3+] N [NH2+]C [NH+](C)C [N+](C)(C)C [N+](=O)[O-] N(=O)=O O[N+](=O)[O-] [N+](C)(C)[O-] [NH+](C)[O-] [N+]#N [N-][N+]#N
N=[N+]=[N-] [N-]S(=O)(=O)C [N-]C(=O)C [N-]C#N [N+]#[C-] C#N [n+]1ccccc1 [n+]1ccn(C)c1 C(=[NH2+])N C(N)=[NH2+] NC(=[NH2+])N
[B-](F)(F)F [B-](O)(O)O [BH3-] B(O)[O-] B(O)O [Si-](F)(F)(F)F [S+](C)C [S+](C)[O-] S(=O)C [SH2+] [OH2+] [O+](C)C [I+]C
[I+]c1ccccc1 I(=O)=O [I+2]([O-])[O-] [Cl+3]([O-])([O-])[O-] Cl(=O)(=O)=O [Se-] [As](=O)([O-])[O-] [C-]#N C#[C-] [CH2-] [CH2+]
[CH-]C(=O)C [C-](C#N)C#N C(=O)C=C[O-] n1cc[nH+]c1 c1nnn[n-]1 c1nn[n-]n1 c1nnn[nH]1 [N-]c1ccccc1 [n+]1cccc([O-])c1 c1cc[n+]([O-])cc1
c1c[nH+]ccc1 [O+]=C [N+](=C)C [Hg+] [Mg+] [Zn+] [Na] [Al-](C)(C)C [Ge-](F)(F)F N=[NH2+] [NH+]=C [N+]([O-])=Nc1ccccc1
C(=O)N[O-] C(=O)NO ON=C[O-] C(=[OH+])O [O-][n+]1ccccc1 C1=C([O-])C(=O)C1=O OO[O-] O[O-] SC#N [N-]C=O N(O)[O-] [As+](C)(C)C
""".split()
FRAMES = """
C* CC* CC(C)* c1ccccc1* c1ccc(*)cc1* C(*)C* C(*)(*)C N[C@@H](C*)C(=O)O C1CC(*)CCC1* O=C(*)c1ccccc1 C[C@H](*)C* *CC(O)C* C/C=C/* F/C(*)=C/*
c1cc(*)ccc1C(*)O *c1ncc(*)cn1 *CCN(C)CC* C1CN(C*)CCN1C* OC(*)C(*)C* *C(C)C(=O)* C1[C@H](*)[C@@H]1* *c1ccc2c(*)c[nH]c2c1
""".split()
IONS = """
[Na+] [K+] [Li+] [Ca+2] [Mg+2] [Zn+2] [Al+3] [Ag+] [Fe+3] [Cu+2] [NH4+] [H+] [Cl-] [Br-] [I-] [F-] [OH-] [O-2] [S-2] [SH-] [C-]#N N#C[S-] [N-]=[N+]=[N-]
[O-][N+](=O)[O-] [O-]N(=O)=O O=N[O-] [O-][Cl+3]([O-])([O-])[O-] [O-]Cl(=O)(=O)=O O=[Cl+][O-] [O-]Cl [O-][Cl+2]([O-])[O-] [O-]Cl(=O)=O [O-][Br+2]([O-])[O-]
[O-]I(=O)(=O)=O [O-][I+3]([O-])([O-])[O-] [O-]I(=O)=O O=S(=O)([O-])[O-] O=S(=O)(O)[O-] O=S([O-])[O-] O=S(=O)([O-])C(F)(F)F CS(=O)(=O)[O-] O=P([O-])([O-])[O-]
O=P(O)(O)[O-] O=P(O)([O-])[O-] O=[PH]([O-])O F[P-](F)(F)(F)(F)F F[B-](F)(F)F [BH4-] O[B-](O)(O)O OB([O-])O O=C([O-])[O-] O=C(O)[O-] CC(=O)[O-] O=C([O-])C(=O)[O-]
O=C([O-])C(F)(F)F C[N+](C)(C)C CC[NH+](CC)CC C[NH3+] [O-]c1c([N+](=O)[O-])cc([N+](=O)[O-])cc1[N+](=O)[O-] C[S+](C)C [OH3+] [O-]S(=O)(=S)[O-] O=S(=O)([O-])OOS(=O)(=O)[O-]
[H-] [AlH4-] [O-][Mn](=O)(=O)=O O=[Cr](=O)([O-])[O-] F[Si-2](F)(F)(F)(F)F F[Sb-](F)(F)(F)(F)F [O-]C#N [N-]=C=O [O-][As](=O)([O-])[O-] [O-][Se](=O)[O-] C[O-] CC[S-] [CH3-] c1ccc[n-]1
O.[Na+] Cl Br OS(=O)(=O)O O[N+](=O)[O-] O=C(O)C=CC(=O)O [NH2-] [Cl+] [N+](=O)=O [O+]#N C1=CC=C[CH-]1 [CH-]1C=CC=C1.[Fe+2] [C+](c1ccccc1)(c1ccccc1)c1ccccc1
""".split()
# Charges that RDKit's reading makes of neutral spellings.
NEUTRAL = [
    ("[N+](=O)[O-]", "N(=O)=O"),
    ("O=[N+]([O-])", "O=N(=O)"),
    ("[Cl+3]([O-])([O-])[O-]", "Cl(=O)(=O)=O"),
    ("[Br+2]([O-])[O-]", "Br(=O)=O"),
    ("[I+2]([O-])[O-]", "I(=O)=O"),
    ("[Cl+2]([O-])[O-]", "Cl(=O)=O"),
    ("[N-]=[N+]=", "N#N="),
    ("[n+]([O-])", "n(=O)"),
]


def molecules(draw):
    """Charged molecules, without end."""
    pool = []
    for name in FILES:
        with open(ROOT / name, newline="") as file:
            pool += [row["smiles"] for row in csv.DictReader(file)]
    pool = sorted(smiles for smiles in set(pool) if "+" in smiles or "-]" in smiles)
    while True:
        kind = draw.random()
        if kind < 0.25:
            found = draw.choice(pool)
        else:
            found = draw.choice(FRAMES)
            while "*" in found:
                found = found.replace("*", draw.choice(GROUPS), 1)
        if kind > 0.55:
            parts = [found] + [draw.choice(IONS) for _ in range(draw.choice([1, 1, 1, 2, 3]))]
            found = ".".join(parts)
        elif kind > 0.53:
            found = ".".join(draw.choice(IONS) for _ in range(draw.choice([1, 2, 2, 3])))
        yield found


def spelled(canonical, draw):
    kind = draw.random()
    if kind < 0.4:
        return canonical
    if kind < 0.7:
        molecule = Chem.MolFromSmiles(canonical)
        Chem.rdBase.SeedRandomNumberGenerator(draw.randrange(1 << 30)) if hasattr(Chem, "rdBase") else None
        other = Chem.MolToSmiles(molecule, doRandom=True)
    else:
        other = canonical
        for charged, neutral in NEUTRAL:
            other = other.replace(charged, neutral)
    found = Chem.MolFromSmiles(other)
    same = found is not None and Chem.MolToSmiles(found) == canonical
    return other if same else canonical


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "neutral.tsv.gz")
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    uncharger = rdMolStandardize.Uncharger()
    draw = random.Random(options.seed)
    rows, seen = [], set()
    for smiles in molecules(draw):
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None:
            continue
        canonical = Chem.MolToSmiles(molecule)
        molecule = Chem.MolFromSmiles(canonical)
        if canonical in seen or molecule is None or Chem.MolToSmiles(molecule) != canonical:
            continue
        if not any(atom.GetFormalCharge() for atom in molecule.GetAtoms()):
            continue
        seen.add(canonical)
        # What the Uncharger leaves is read again, as a file would be.
        found = Chem.MolFromSmiles(Chem.MolToSmiles(uncharger.uncharge(molecule)))
        found = "" if found is None else Chem.MolToSmiles(found)
        rows.append((spelled(canonical, draw), found))
        if len(rows) == options.rows:
            break
    text = io.StringIO()
    text.write(f"# RDKit {rdkit.__version__}, make_neutral.py, seed {options.seed}\n")
    text.write("smiles\tneutral\n")
    text.writelines("\t".join(row) + "\n" for row in rows)
    with open(options.out, "wb") as file:
        file.write(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    print(len(rows), "rows,", sum(not row[1] for row in rows), "whose result is no molecule")


if __name__ == "__main__":
    main()
