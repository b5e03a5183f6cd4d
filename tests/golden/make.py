#!/usr/bin/env python3
"""Remakes the golden files of this folder with RDKit as oracle.

    pip install rdkit==2026.9.1
    python3 tests/golden/make.py                     # the files in this folder
    python3 tests/golden/make.py --edits N --out DIR # a larger draw, elsewhere

`molecules.tsv.gz`: real molecules of `data/test.csv` with RDKit's canonical form and properties.
`verdicts.tsv.gz`: strings one to three random token edits away from a real molecule (of
`data/test.csv` and of the list KINDS below), each with RDKit's canonical form, or with the
class of its exception where RDKit refuses it.
"""

import argparse
import csv
import gzip
import hashlib
import io
import pathlib
import random
import re

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import Crippen, Descriptors, QED, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data"
SEED = 2026

TOKEN = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
# Tokens that edits insert beside those of the molecules themselves.
EXTRA = "C N O S P F Cl Br I B c n o s p b ( ) [ ] = # - / \\ : . 1 2 3 4 % %10 * [nH] [NH+] [O-] [N+] [C@H] [C@@H] [Na+] [2H] [se] [Si] [CH-] [S@]".split()
# Writings that the MOSES molecules do not have.
KINDS = """
CC(=O)Oc1ccccc1C(=O)O
C[C@H](N)C(=O)O
C[C@@H](O)[C@H](N)C(=O)O
CN1C=NC2=C1C(=O)N(C(=O)N2C)C
[Na+].[O-]C(=O)c1ccccc1
CC(=O)[O-].[K+]
[Cl-].CC[NH+](CC)CC
F/C=C/F
F/C=C\\C(=O)O
C/C(=C\\CO)/CCC=C(C)C
OS(=O)(=O)c1ccccc1
CS(C)=O
C[S@](=O)c1ccccc1
CP(=O)(O)OC
FS(F)(F)(F)(F)F
FP(F)(F)(F)F
O=Cl(=O)(=O)O
[O-][Cl+3]([O-])([O-])[O-]
OI(=O)(=O)=O
c1cc[nH]c1
c1cc[se]c1
c1ccoc1
c1ccsc1
c1ccpcc1
c1cnc2[nH]cnc2c1
c1ccc2c(c1)[nH]c1ccccc12
b1ccccc1
OB(O)c1ccccc1
C[Si](C)(C)C
C[Se]C
c1cc[te]c1
[13CH4]
[2H]C([2H])([2H])O
[NH4+].[Cl-]
O=[N+]([O-])c1ccccc1
CN(=O)=O
C[N+](C)(C)CC(=O)[O-]
[C-]#[O+]
[C-]#N
CN=[N+]=[N-]
[Fe+2]
[Cu+2].[O-]S(=O)(=O)[O-]
Cl[Pt](Cl)(N)N
C1CC2CCC1C2
C12C3C4C1C5C2C3C45
C1CCCCCCCCCCCCCC1
C%10CCCCC%10
*C(=O)C
[*:1]c1ccccc1
CC(C)CC1NC(=O)C(C)NC(=O)C1=O
C1=CC=C2C(=C1)C=CC=C2
c1ccc2ccccc2c1
c1ccc2cc3ccccc3cc2c1
O=c1cc[nH]cc1
O=c1[nH]c(=O)c2[nH]cnc2[nH]1
Cn1cnc2c1c(=O)n(C)c(=O)n2C
[O-][n+]1ccccc1
c1cc[o+]cc1
c1cc[n+](C)cc1
C[n+]1ccccc1
[CH3]
[CH2]C
[H][H]
[H]O[H]
[H+]
""".split()


def oracle(smiles):
    """RDKit's canonical form and the empty string, or the empty string and the exception class."""
    if not smiles.strip() or any(c.isspace() for c in smiles):
        return "", "SmilesParseError"
    molecule = Chem.MolFromSmiles(smiles, sanitize=False)
    if molecule is None or molecule.GetNumAtoms() == 0:
        return "", "SmilesParseError"
    whole = Chem.MolFromSmiles(smiles)
    if whole is not None and whole.GetNumAtoms() > 0:
        return Chem.MolToSmiles(whole), ""
    try:
        Chem.SanitizeMol(molecule)
    except Exception as error:  # noqa: BLE001 - its class is what is recorded
        return "", type(error).__name__
    return "", "other"


def edit(tokens, pool, draw):
    """One random token edit: insert, delete, replace, swap or truncate."""
    tokens = list(tokens)
    kind = draw.choice("idrstir")
    at = draw.randrange(len(tokens)) if tokens else 0
    if kind == "i" or not tokens:
        tokens.insert(at, draw.choice(pool))
    elif kind == "d":
        del tokens[at]
    elif kind == "r":
        tokens[at] = draw.choice(pool)
    elif kind == "s":
        other = draw.randrange(len(tokens))
        tokens[at], tokens[other] = tokens[other], tokens[at]
    else:
        del tokens[at + 1:]
    return tokens


def edits(molecules, count, seed):
    """Distinct strings near real molecules, with the oracle's word on each."""
    draw = random.Random(seed)
    seen = set()
    while len(seen) < count:
        base = draw.choice(KINDS) if draw.random() < 0.4 else draw.choice(molecules)
        tokens = TOKEN.findall(base)
        pool = EXTRA + tokens
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            tokens = edit(tokens, pool, draw)
        smiles = "".join(tokens)
        if smiles and smiles not in seen:
            seen.add(smiles)
            yield (smiles, *oracle(smiles))


MORGAN = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)


def properties(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    scaffold = Chem.MolToSmiles(MurckoScaffold.GetScaffoldForMol(molecule))
    bits = MORGAN.GetFingerprint(molecule).ToBitString()
    packed = bytes(int(bits[at:at + 8][::-1], 2) for at in range(0, 1024, 8))
    return (
        smiles,
        Chem.MolToSmiles(molecule),
        f"{Descriptors.MolWt(molecule):.6f}",
        f"{Crippen.MolLogP(molecule):.6f}",
        f"{QED.qed(molecule):.6f}",
        f"{rdMolDescriptors.CalcTPSA(molecule):.6f}",
        len(Chem.GetSSSR(molecule)),
        molecule.GetNumHeavyAtoms(),
        scaffold,
        packed.hex(),
    )


def write(path, header, rows):
    """A gzipped table without time stamp; the first line names the oracle."""
    text = io.StringIO()
    text.write(f"# RDKit {rdkit.__version__}, tests/golden/make.py, seed {SEED}\n")
    table = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    table.writerow(header)
    table.writerows(rows)
    data = text.getvalue().encode("utf-8")
    path.write_bytes(gzip.compress(data, mtime=0))
    print(f"{path}: sha256 of the text {hashlib.sha256(data).hexdigest()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=20_000, help="strings in verdicts.tsv.gz")
    parser.add_argument("--molecules", type=int, default=5_000, help="rows in molecules.tsv.gz")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the edits")
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    arguments = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    with open(DATA / "test.csv", newline="") as file:
        molecules = [row["smiles"] for row in csv.DictReader(file)]
    write(
        arguments.out / "molecules.tsv.gz",
        "smiles canonical weight log_p qed tpsa rings heavy_atoms scaffold morgan".split(),
        (properties(smiles) for smiles in molecules[: arguments.molecules]),
    )
    write(
        arguments.out / "verdicts.tsv.gz",
        ["smiles", "canonical", "error"],
        edits(molecules + KINDS, arguments.edits, arguments.seed),
    )


if __name__ == "__main__":
    main()
