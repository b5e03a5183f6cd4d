#!/usr/bin/env python3
"""Remakes data/melting_points.csv from the Python package chemicals. Needs:

    pip install rdkit==2026.9.1

    python3 data/make_properties.py            # downloads the package with pip, then writes the file
    python3 data/make_properties.py WHEEL      # the same from a wheel that is already here
    python3 data/make_properties.py --check    # compares the file's checksum, writes nothing

Melting points are those of the Jean-Claude Bradley Open Melting Point Dataset (medians where it has several),
structures those of PubChem, joined by CAS number. Kept are molecules of 150 to 400 g/mol that the model inside the
program can read, and that have no stereoisomers, so that a structure is one substance.
"""

import csv
import io
import pathlib
import random
import re
import zipfile
from collections import Counter, defaultdict

from packages import compare, main, pip

PACKAGE = "chemicals==1.5.2"
WHEEL_SHA256 = "f85ef7f36e77fee634686c26562929ee61026cd548d89cebd57b2251ca843d6e"
SHA256 = "c07e99e0f07d086c7a9e9d6855ec0f19720d6a1ee280a3c1d8d3b068a32fe4e1"
FILE = pathlib.Path(__file__).resolve().parent / "melting_points.csv"
SEED = 2026
ROWS = 3000
WEIGHT = (150.0, 400.0)  # g/mol
AGREE = 5.0  # K: two melting points of one structure that are further apart are dropped

# The tokens of the model inside the program, and as many as its context has room for.
TOKENS = re.compile(r"Br|Cl|\[nH\]|[#()\-1-6=CFNOScnos]")
LONGEST = 62


def download(folder):
    return pip(folder, PACKAGE)


def read(wheel):
    """Melting points in K, and (weight, SMILES), both by CAS number."""
    with zipfile.ZipFile(wheel) as archive:
        lines = lambda name: io.StringIO(archive.read(f"chemicals/{name}").decode("utf-8"), newline="")
        table = csv.DictReader(lines("Phase Change/OpenNotebook Melting Points.tsv"), delimiter="\t")
        points = {row["CAS"]: float(row["Tm"]) for row in table}
        structures = {}
        for part in ("example user db", "pubchem small", "pubchem large"):
            for line in lines(f"Identifiers/chemical identifiers {part}.tsv"):
                _, number, _, weight, smiles, *_ = line.rstrip("\r\n").split("\t")
                structures.setdefault(number, (float(weight), smiles))
    return points, structures


def readable(text):
    """Whether the model knows every token of the text, and has room for them."""
    tokens = TOKENS.findall(text)
    return "".join(tokens) == text and len(tokens) <= LONGEST


def select(points, structures):
    """(canonical SMILES, melting point in degrees Celsius), in the order of the SMILES."""
    from rdkit import Chem, RDLogger
    from rdkit.Chem import Descriptors

    RDLogger.DisableLog("rdApp.*")
    left_out, found = Counter(), defaultdict(list)
    for number, point in points.items():
        weight, smiles = structures.get(number, (0.0, ""))
        molecule = Chem.MolFromSmiles(smiles) if smiles else None
        if molecule is None:
            left_out["no structure"] += 1
            continue
        text = Chem.MolToSmiles(molecule)
        if abs(Descriptors.MolWt(molecule) - weight) > 0.1:
            left_out["weight of another structure"] += 1
        elif not readable(text):
            left_out["not a text of the model"] += 1
        elif list(Chem.FindPotentialStereo(molecule)):
            left_out["has stereoisomers"] += 1
        elif not WEIGHT[0] <= weight <= WEIGHT[1]:
            left_out["weight"] += 1
        else:
            found[text].append(point)
    agreed = {text: values for text, values in found.items() if max(values) - min(values) <= AGREE}
    left_out["melting points disagree"] = len(found) - len(agreed)
    print(f"{len(points)} melting points, {len(agreed)} molecules kept; left out: {dict(left_out)}")
    return [(text, round(sum(values) / len(values) - 273.15, 2)) for text, values in sorted(agreed.items())]


def make(wheel):
    compare(wheel, PACKAGE, WHEEL_SHA256)
    rows = random.Random(SEED).sample(select(*read(wheel)), ROWS)
    lines = ["smiles,melting_point_celsius", *(f"{smiles},{point:g}" for smiles, point in rows)]
    FILE.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii"))


if __name__ == "__main__":
    main(__doc__, make, download, {FILE: SHA256})
