#!/usr/bin/env python3
"""Remakes `properties.tsv.gz`: what RDKit, molsets and guacamol compute for single molecules.

Needs the packages of `oracle.py`. Molecules: the first 3,000 of `data/test_scaffolds.csv`, and the
NCI set that comes with RDKit (Data/NCI/first_5K.smi), which is far from drug-like.

Columns: SMILES; weight; SA; BRICS fragments in sorted order, separated by spaces; whether the
filters of molsets pass (1) or not (0); BertzCT; acceptors; donors; rotatable bonds; aliphatic
rings; aromatic rings; canonical SMILES without stereochemistry; ECFP4 bits of 4,096.
"""

import csv
import gzip
import hashlib
import pathlib

import oracle
import rdkit
from moses.metrics import utils
from rdkit import Chem, RDConfig, RDLogger
from rdkit.Chem import Descriptors

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = "smiles weight sa fragments passes bertz acceptors donors rotatable aliphatic aromatic flat ecfp4"


def molecules():
    with open(HERE.parent.parent / "data" / "test_scaffolds.csv", newline="") as file:
        rows = [row["smiles"] for row in csv.DictReader(file)]
    yield from rows[:3000]
    for line in open(pathlib.Path(RDConfig.RDDataDir) / "NCI" / "first_5K.smi"):
        yield line.split()[0]


def row(smiles):
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None or molecule.GetNumAtoms() == 0:
        return None
    bits = oracle._bits(molecule, 2, 4096).GetOnBits()
    return (
        smiles,
        f"{utils.weight(molecule):.6f}",
        f"{utils.SA(molecule):.6f}",
        " ".join(sorted(utils.fragmenter(molecule))),
        int(utils.mol_passes_filters(molecule)),
        f"{Descriptors.BertzCT(molecule):.6f}",
        Descriptors.NumHAcceptors(molecule),
        Descriptors.NumHDonors(molecule),
        Descriptors.NumRotatableBonds(molecule),
        Descriptors.NumAliphaticRings(molecule),
        Descriptors.NumAromaticRings(molecule),
        Chem.MolToSmiles(molecule, isomericSmiles=False),
        hashlib.sha256(" ".join(map(str, bits)).encode()).hexdigest()[:16],
    )


def main():
    RDLogger.DisableLog("rdApp.*")
    lines = [
        f"# RDKit {rdkit.__version__}, molsets 0.3.1, guacamol 0.5.5, tests/golden/make_properties.py",
        "\t".join(COLUMNS.split()),
    ]
    for smiles in dict.fromkeys(molecules()):
        found = row(smiles)
        if found is not None:
            lines.append("\t".join(map(str, found)))
    data = ("\n".join(lines) + "\n").encode()
    path = HERE / "properties.tsv.gz"
    path.write_bytes(gzip.compress(data, mtime=0))
    print(f"{path}: {len(lines) - 2} molecules, sha256 of the text {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
