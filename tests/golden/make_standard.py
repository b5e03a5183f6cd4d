#!/usr/bin/env python3
"""Remakes `standard.tsv.gz`: standard structures and parents by the ChEMBL structure pipeline.

    pip install rdkit==2026.9.1
    pip install --no-deps chembl_structure_pipeline==1.2.4
    python3 tests/golden/make_standard.py                     # the file in this folder
    python3 tests/golden/make_standard.py --rows N --seed S --out FILE   # another draw, elsewhere

A row is a class, a canonical SMILES and that of its parent, `get_parent_mol(standardize_mol(m))`,
and whether the pipeline excludes it. Molecules are those of `data/` and `tests/data/` and charged
ones of `make_neutral.py`, as they are and with what the pipeline is for: its salts and solvents,
sulfoxides, imidic acids, azides, alkoxides, isotopes, metals, boranes.
"""

import argparse
import csv
import gzip
import io
import pathlib
import random

import chembl_structure_pipeline
import rdkit
from chembl_structure_pipeline import standardizer
from make_neutral import FILES, FRAMES, GROUPS, IONS, ROOT
from rdkit import Chem, RDLogger

HERE = pathlib.Path(__file__).resolve().parent
MORE = """
S(=O)C S(=O)c1ccccc1 [S@](=O)C S(=O)N S(=O)OC S(=O)O S(C)(=N)=O S(=O)S C(O)=N C(O)=NC C(O)=[NH2+] C(O)=N[O-] OC(=N)O N=C(O)C
/C(O)=N/C N=C(O)N C(=O)N [N-][N+]#N N=[N+]=[N-] N(C)[N-][N+]#N O[Na] O[K] O[Li] N(C)[Na] O[Mg]Br O[Zn]C [Cu] [Hg]C [Sn](C)(C)C
[2H] C([2H])([2H])[2H] [13CH3] [15NH2] [18OH] [3H] B1OCCO1 [CH-][N+2](C)[O-] [Ge](C)(C)C [Pt] S(C)=O [se]1cccc1 c1ccs(=O)c1 [SH]=O
""".split()
OTHERS = """
[Cl] [F] [I] OC(=O)[C@H](O)[C@@H](O)C(O)=O [O-]C(=O)[C@H](O)[C@@H](O)C([O-])=O O=C(O)[C@@H](O)[C@H](O)C(=O)OC [Fe+2] [Cu+2] [Pt+2] [Hg+2] [Bi+3] [Zn+2]
B12B3B4B1B5B2B3B45 [2H]O[2H] [2H]C(Cl)(Cl)Cl CS(C)=O C[S+](C)[O-] O O.O O.O.O CO [H+] [O-2].[Ca+2]
""".split()


def lists():
    folder = pathlib.Path(chembl_structure_pipeline.__file__).parent / "data"
    for name in ["salts.smi", "solvents.smi"]:
        for line in open(folder / name):
            cells = line.strip().split("\t")
            if len(cells) == 2 and Chem.MolFromSmiles(cells[1]) is not None:
                yield cells[1]


def molecules(draw):
    pool = []
    for name in FILES + ["data/test.csv"]:
        with open(ROOT / name, newline="") as file:
            pool += [row["smiles"] for row in csv.DictReader(file)]
    pool = sorted(set(pool))
    salts = sorted(set(lists()))
    while True:
        kind = draw.randrange(6)
        if kind == 0:
            yield "as it is", draw.choice(pool)
            continue
        found = draw.choice(FRAMES)
        groups = MORE if kind < 3 else MORE + GROUPS
        while "*" in found:
            found = found.replace("*", draw.choice(groups), 1)
        if kind == 1:
            yield "functional groups", found
            continue
        if kind in (2, 3):
            found = draw.choice(pool)
        parts = [found]
        if draw.random() < 0.15:
            parts *= 2
        for _ in range(draw.choice([1, 1, 2, 3])):
            parts.append(draw.choice(draw.choice([salts, salts, salts, IONS, OTHERS])))
        if draw.random() < 0.1:
            parts = parts[1:]
        draw.shuffle(parts)
        yield "mixtures", ".".join(parts)


def read(molecule):
    found = Chem.MolFromSmiles(Chem.MolToSmiles(molecule))
    return "" if found is None else Chem.MolToSmiles(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "standard.tsv.gz")
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    draw = random.Random(options.seed)
    rows, seen = [], set()
    for kind, smiles in molecules(draw):
        molecule = Chem.MolFromSmiles(smiles)
        if molecule is None or len(smiles) > 150:
            continue
        canonical = Chem.MolToSmiles(molecule)
        molecule = Chem.MolFromSmiles(canonical)
        if canonical in seen or molecule is None or Chem.MolToSmiles(molecule) != canonical:
            continue
        seen.add(canonical)
        try:
            standard = standardizer.standardize_mol(molecule)
            parent, excluded = standardizer.get_parent_mol(standard)
            found = read(parent)
        except Exception:
            found, excluded = "", False
        rows.append((kind, canonical, found, str(int(excluded))))
        if len(rows) == options.rows:
            break
    text = io.StringIO()
    text.write(f"# RDKit {rdkit.__version__}, chembl_structure_pipeline 1.2.4, make_standard.py, seed {options.seed}\n")
    text.write("class\tsmiles\tparent\texcluded\n")
    text.writelines("\t".join(row) + "\n" for row in rows)
    with open(options.out, "wb") as file:
        file.write(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    print(len(rows), "rows,", sum(not row[2] for row in rows), "without a result")


if __name__ == "__main__":
    main()
