#!/usr/bin/env python3
"""Remakes the data sets of this folder from the MOSES benchmark (PyPI package molsets 0.3.1).

    python3 data/make.py                # downloads the package with pip, then writes everything
    python3 data/make.py WHEEL          # the same from a wheel that is already here
    python3 data/make.py --check        # compares the checked-in samples' checksums, writes nothing

Writes `full/{train,test,test_scaffolds}.csv` (whole splits, ignored by git) and the samples
`molecules.csv`, `test.csv`, `test_scaffolds.csv`. Standard library only.
"""

import argparse
import csv
import gzip
import hashlib
import io
import pathlib
import random
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "molsets==0.3.1"
WHEEL_SHA256 = "7f4450e3ebecebe79c3a2a55950c93daddee071120daf64a163d03481e811d34"
SEED = 2026
HERE = pathlib.Path(__file__).resolve().parent

# split of MOSES -> (sample file, rows drawn, SHA-256 of the sample file)
SAMPLES = {
    "train": ("molecules.csv", 100_000, "1699a28164ae74122cc0f09dd78888b8167e32ec1b5129bc571f88f0e97af541"),
    "test": ("test.csv", 10_000, "de276f84a8ddc89853064a60812059622f514c28209b65cc9757053b038c4d59"),
    "test_scaffolds": ("test_scaffolds.csv", 10_000, "fea5f718af8e0cf572a34f1989cfb281d58688eb15e69292bf1e5f852890b33d"),
}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def download(folder):
    """Fetches the wheel with pip and returns its path."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, PACKAGE]
    subprocess.run(command, check=True)
    return next(pathlib.Path(folder).glob("molsets-*.whl"))


def read_split(wheel, split):
    """The SMILES column of one split, in file order."""
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(f"moses/dataset/data/{split}.csv.gz")
    text = io.StringIO(gzip.decompress(packed).decode("ascii"), newline="")
    return [row["SMILES"] for row in csv.DictReader(text)]


def write(path, molecules):
    """Writes one column under the header `smiles`. SMILES hold no comma or quote: no escaping."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in ["smiles", *molecules]).encode("ascii"))


def make(wheel):
    if sha256(wheel) != WHEEL_SHA256:
        sys.exit(f"{wheel}: not the wheel of {PACKAGE} (SHA-256 {sha256(wheel)})")
    for split, (name, rows, _) in SAMPLES.items():
        molecules = read_split(wheel, split)
        write(HERE / "full" / f"{split}.csv", molecules)
        # A fresh generator per split, so that no sample depends on the others.
        write(HERE / name, random.Random(SEED).sample(molecules, rows))
        print(f"{split}: {len(molecules)} molecules, {rows} of them in {name}")


def check():
    """Exits with a message unless every sample has the checksum stated above."""
    wrong = [name for name, _, expected in SAMPLES.values() if sha256(HERE / name) != expected]
    if wrong:
        sys.exit(f"checksum differs: {', '.join(wrong)}")
    print("all checksums agree")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", nargs="?", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    if arguments.wheel:
        make(arguments.wheel)
    else:
        with tempfile.TemporaryDirectory() as folder:
            make(download(folder))
    check()


if __name__ == "__main__":
    main()
