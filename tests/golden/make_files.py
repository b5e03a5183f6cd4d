#!/usr/bin/env python3
"""Makes the files of `tests/golden/files/`: one table as other programs write it.

    pip install pyarrow==26.0.1 openpyxl==3.1.5
    python3 tests/golden/make_files.py tests/golden/files

Three rows (`ROWS`): an id, a molecule, an activity, a day. `CODEC.parquet` are of pyarrow with each of its
codecs; `workbook.xlsx` is of openpyxl, its first sheet without molecules; `bare.xlsx` has one sheet without a
header.
"""

import datetime
import pathlib
import sys

import openpyxl
import pyarrow
from pyarrow import parquet

ROWS = [(7, "OCC", 5.5, datetime.date(2024, 2, 29)), (8, "C(", None, datetime.date(2024, 3, 1)), (9, "c1ccccc1O", 6.25, None)]
NAMES = ["id", "Structure", "pIC50", "measured"]
FOLDER = pathlib.Path(sys.argv[1])
FOLDER.mkdir(exist_ok=True)

columns = dict(zip(NAMES, zip(*ROWS)))
table = pyarrow.table({**columns, "measured": [day and day.isoformat() for day in columns["measured"]]})
for codec in ("none", "snappy", "gzip", "zstd", "brotli", "lz4"):
    parquet.write_table(table, FOLDER / f"{codec}.parquet", compression=codec)

book = openpyxl.Workbook()
book.active.title = "About"
book.active.append(["Exported by", "somebody"])
sheet = book.create_sheet("Compounds")
sheet.append(NAMES)
for row in ROWS:
    sheet.append(row)
book.save(FOLDER / "workbook.xlsx")

book = openpyxl.Workbook()
for id, smiles, _, _ in ROWS:
    book.active.append([id, smiles])
book.save(FOLDER / "bare.xlsx")
