#!/usr/bin/env python3
"""Remakes `patterns.tsv.gz`: which molecules contain which SMARTS patterns, by RDKit.

    pip install rdkit==2026.9.1
    python tests/golden/make_patterns.py

Molecules: 5,000 of the repository's own (drug-like ones, natural products, drugs, salts and ions,
charged molecules, radicals and odd stereo marks, rare elements) and of the NCI set of RDKit.
Patterns: the catalogues that RDKit carries, and those below. Damaged patterns are the same with a
character left out, doubled, replaced or moved: of these only the verdict of `MolFromSmarts` counts.

Rows are of three kinds:

    molecule  SMILES
    pattern   source  SMARTS  molecules with it  matches in all  molecules with it as a bitset (hex)
    damaged   SMARTS  whether RDKit reads it (1 or 0)

Matches are those of `GetSubstructMatches`: one for each set of atoms.
"""

import csv
import gzip
import hashlib
import pathlib
import random

import rdkit
from rdkit import Chem, RDConfig, RDLogger

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DATA = pathlib.Path(RDConfig.RDDataDir)
SEED = 2026

OWN = """
C * a A c1ccccc1 [#6]1~[#6]~[#6]~[#6]~[#6]~[#6]1 C=O C#N [OX2H] [NX3;H2,H1;!$(NC=O)] [CX3](=O)[OX2H1]
[CX3]=[OX1] [$([CX3]=[OX1]),$([CX3+]-[OX1-])] [NX3][CX3](=[OX1])[#6] [#6][CX3](=O)[OX2H0][#6]
[NX1]#[CX2] [$([NX3](=O)=O),$([NX3+](=O)[O-])][!#8] [#16X2H0] [SX4](=[OX1])(=[OX1])([#6])[#7]
[+] [-] [+,-] [!+0] [CX4;H3] [CX4H2] [D1] [D4] [X4] [v4] [v5] [H1] [H0] [!H0] [h1] [h0] [h]
[R] [!R] [R0] [R1] [R2] [R3] [r3] [r4] [r5] [r6] [r7] [r8] [k5] [k6] [k8] [x0] [x2] [x3] [x4]
*@* *!@* [R]!@[R] [r5]@[r6] *-!@* [#6]@[#7] c-c c:c C-,=C C!-C *~*~*~* [r;!r5;!r6] [R;D2] [R;!$(*=*)]
[$(C(=O)N)] [$(C(=O)[$(N(C)C)])] [!$([#6,#7,#8,H0])] [$([#7;!H0]),$([#8;!H0])] [$(*1***1)]
[$(c1ccccc1),$(c1ccncc1)] [C;$(C=O);!$(C[OH])] [$([$(C=O)]N)] [N;$(NC=[O,S])] [c;$(c1[c,n]cccc1)]
[C@H] [C@@H] [C@](C)(N)(O) C/C=C/C C/C=C\\C F/C=C/F [C@@](*)(*)(*)* O[C@H]1CCCC[C@@H]1O
[13C] [2H] [0C] [12C] [#1] [H] [H]C [Na+] [Cl-] [#11,#19] [B] [Si] [#14] [se] [#34] [Se] [#0] [!#6;!#1]
[z1] [z2] [Z1] [d2] [d3] [D{2-3}] [r{5-6}] [R{2-}] [x{3-}] [^1] [^2] [^3] [+{1-}] [H{1-2}]
C.C C.O [Na].[Cl] (C).(O) c1ccc2ccccc2c1 c1ccc2[nH]ccc2c1 n1ccccc1 [nH] [n;H0;X3] o1cccc1 s1cccc1
C1CC1 C1CCC1 C1CCCC1 C1CCCCC1 N1CCNCC1 N1CCOCC1 C1CCC2CCCCC2C1 C12CC1CC2 C12CCC(CC1)C2
[*;R2;r5,r6] [a;r5] [a;r6] [#7;a] [N+](=O)[O-] N=[N+]=[N-] C(F)(F)F [F,Cl,Br,I] [F,Cl,Br,I]c
OP(=O)(O)O S(=O)(=O)[N;H1,H2] [C,c]-[N,n] [C,N,O;R] [C&R&!r6] [!C;!c;!H] [#6;X3;!a] [CH2;!R][CH2;!R][CH2;!R]
CCCCCC [C;H2][C;H2][C;H2][C;H2] C(=O)C=C C=CC=C N#C-C#N [O;D2]([#6])[#6] O1CC1 N1CC1 [OH]c [OH][CX4] [NH2]c
[CX3H1](=O)[#6] [#6][CX3](=O)[#6] [SH] [OX2][OX2] [N]=[N] [#7]~[#7] [#8]~[#7] [#16]~[#8] [#15] [Fe,Co,Ni,Cu,Zn]
[*:1]-[*:2] [C:1](=[O:2])[N:3] [#6,#7]~[#6,#7]~[#8] *=* *#* *:* *$* *->* C~N=O C=&@C C=&!@C [C;!R]=[C;!R] C-&!@C
c1cc[$(c[OH]),$(c[NH2])]cc1 [D3]-[D3] [D3]!@[D3] [!#1]~[!#1;D4] [#6]1[#6][#6]1 *1**1 *1***1 *1****1 *1*****1 *1******1 *1*******1
*1********1 *1*********1 [CR2;D4] [$(*(~*)(~*)(~*)~*)] [R1]~[R2]~[R1] [r6;R2]:[r6;R2] [n;r5;+0;H0] [C;D1]
"""


def molecules():
    draw = random.Random(SEED)

    def sample(rows, count):
        rows = list(dict.fromkeys(rows))
        return draw.sample(rows, min(count, len(rows)))

    def table(name, column):
        opened = gzip.open if name.endswith(".gz") else open
        with opened(ROOT / name, "rt") as file:
            lines = (line for line in file if not line.startswith("#"))
            return [row[column] for row in csv.DictReader(lines, delimiter="," if name.endswith(".csv") else "\t")]

    found = sample(table("data/test.csv", "smiles"), 900)
    found += sample(table("data/natural_products.csv", "smiles"), 1300)
    for name in ("drugs", "salts", "unusual_elements"):
        found += sample(table(f"tests/data/{name}.csv", "smiles"), 400)
    found += sample(table("tests/golden/neutral.tsv.gz", "smiles"), 700)
    found += sample(table("tests/golden/open_shells.tsv.gz", "smiles"), 400)
    nci = [line.split()[0] for line in open(DATA / "NCI" / "first_5K.smi")]
    found += sample(nci, 5000)
    found = [text for text in dict.fromkeys(found) if (Chem.MolFromSmiles(text) or Chem.Mol()).GetNumAtoms()]
    return found[:5000]


def files():
    for line in open(DATA / "Functional_Group_Hierarchy.txt"):
        cells = line.strip().split()
        if len(cells) > 1 and not line.startswith("//"):
            yield "functional groups", cells[1]
    for line in open(DATA / "SmartsLib" / "RLewis_smarts.txt"):
        if line.strip() and not line.startswith("#"):
            yield "reactive groups", line.split()[0]
    for line in open(DATA / "SmartsLib" / "patty_rules.txt"):
        if line.strip() and not line.startswith("#"):
            yield "atom types", line.split()[0]
    for row in csv.reader(open(DATA / "Pains" / "wehi_pains.csv")):
        yield "PAINS", row[0]
    for line in open(DATA / "Crippen.txt"):
        cells = line.split("\t")
        if len(cells) > 2 and not line.startswith("#") and cells[1] != "SMARTS":
            yield "Crippen", cells[1]
    for line in open(ROOT / "src" / "chem" / "filters" / "filters.tsv"):
        name, smarts = line.rstrip("\n").split("\t")
        yield ("MCF" if name.startswith("MCF") else "PAINS of molsets"), smarts


def patterns():
    draw = random.Random(SEED)
    groups = {}
    for source, smarts in files():
        if Chem.MolFromSmarts(smarts) is not None:
            groups.setdefault(source, {})[smarts] = None
    chosen = {smarts: "own" for smarts in OWN.split() if Chem.MolFromSmarts(smarts) is not None}
    for source, group in groups.items():
        for smarts in draw.sample(list(group), min(30, len(group))):
            chosen.setdefault(smarts, source)
    return chosen


def damaged(patterns, count):
    draw = random.Random(SEED)
    symbols = "()[]{}=-#:~@!&,;.$+*CNOcnHDRXrvx0123456789%/\\a"
    found = {}
    while len(found) < count:
        text = draw.choice(patterns)
        place = draw.randrange(len(text))
        match draw.randrange(4):
            case 0:
                text = text[:place] + text[place + 1 :]
            case 1:
                text = text[:place] + draw.choice(symbols) + text[place:]
            case 2:
                text = text[:place] + draw.choice(symbols) + text[place + 1 :]
            case _:
                text = text[:place]
        if text:
            found[text] = int(Chem.MolFromSmarts(text) is not None)
    return found


def main():
    RDLogger.DisableLog("rdApp.*")
    smiles = molecules()
    read = [Chem.MolFromSmiles(text) for text in smiles]
    lines = [f"# RDKit {rdkit.__version__}, tests/golden/make_patterns.py, seed {SEED}", "kind\tvalues"]
    lines += [f"molecule\t{text}" for text in smiles]
    chosen = patterns()
    for smarts, source in chosen.items():
        query = Chem.MolFromSmarts(smarts)
        counts = [len(molecule.GetSubstructMatches(query, maxMatches=1_000_000)) for molecule in read]
        bits = sum(1 << at for at, count in enumerate(counts) if count)
        molecules_with = sum(map(bool, counts))
        lines.append("\t".join(map(str, ("pattern", source, smarts, molecules_with, sum(counts), f"{bits:x}"))))
    lines += [f"damaged\t{text}\t{verdict}" for text, verdict in damaged(list(chosen), 2000).items()]
    data = ("\n".join(lines) + "\n").encode()
    path = HERE / "patterns.tsv.gz"
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    digest = hashlib.sha256(data).hexdigest()
    print(f"{path}: {len(smiles)} molecules, {len(chosen)} patterns, sha256 of the text {digest}")


if __name__ == "__main__":
    main()
