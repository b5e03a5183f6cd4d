#!/usr/bin/env python3
"""Remakes the data sets of this folder from the MOSES benchmark (PyPI package molsets 0.3.1).

    python3 data/make.py                # downloads the package with pip, then writes everything
    python3 data/make.py WHEEL          # the same from a wheel that is already here
    python3 data/make.py --check        # compares the checked-in samples' checksums, writes nothing

Writes `full/{train,test,test_scaffolds}.csv` (whole splits, ignored by git) and the samples
`molecules.csv`, `test.csv`, `test_scaffolds.csv`. Standard library only.
"""

import csv
import gzip
import io
import pathlib
import random
import zipfile

from packages import compare, main, pip

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


def download(folder):
    return pip(folder, PACKAGE)


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
    compare(wheel, PACKAGE, WHEEL_SHA256)
    for split, (name, rows, _) in SAMPLES.items():
        molecules = read_split(wheel, split)
        write(HERE / "full" / f"{split}.csv", molecules)
        # A fresh generator per split, so that no sample depends on the others.
        write(HERE / name, random.Random(SEED).sample(molecules, rows))
        print(f"{split}: {len(molecules)} molecules, {rows} of them in {name}")


if __name__ == "__main__":
    main(__doc__, make, download, {HERE / name: expected for name, _, expected in SAMPLES.values()})
