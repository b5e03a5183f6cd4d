#!/usr/bin/env python3
"""Remakes the two tables of `src/chem/` that come from other projects.

    pip install rdkit==2026.9.1
    pip download --no-deps molsets==0.3.1
    python3 data/make_tables.py molsets-0.3.1-py3-none-any.whl

`filters/filters.tsv`: name and SMARTS of the MCF and PAINS patterns of MOSES (molsets 0.3.1, MIT).
`properties/sa_fragments.bin`: the fragment scores of Ertl and Schuffenhauer's synthetic accessibility as
RDKit ships them (Contrib/SA_Score/fpscores.pkl.gz, BSD 3-Clause), bit for bit, packed:

    u32      number of groups
    groups   i32 score times 10,000, u32 number of identifiers, u8 Rice parameter k
    bits     for each group in turn its identifiers in rising order, each as the gap to the one
             before (the first: to -1) less one: the quotient by 2^k in unary (ones, then a zero),
             then the remainder in k bits; all bits from the lowest of each byte

Numbers are little endian.
"""

import collections
import csv
import gzip
import io
import pathlib
import pickle
import struct
import sys
import zipfile

from rdkit import RDConfig

ROOM = pathlib.Path(__file__).resolve().parent.parent / "src" / "chem"


def filters(wheel):
    with zipfile.ZipFile(wheel) as archive:
        mcf = archive.read("moses/metrics/mcf.csv").decode()
        pains = archive.read("moses/metrics/wehi_pains.csv").decode()
    rows = [(row["names"], row["smarts"]) for row in csv.DictReader(io.StringIO(mcf))]
    rows += [(name.strip("<>"), smarts) for smarts, name in csv.reader(io.StringIO(pains))]
    # The trailing spaces are no part of a pattern: some readers end there, some fail.
    text = "".join(f"{name.strip().removeprefix('regId=')}\t{smarts.strip()}\n" for name, smarts in rows)
    (ROOM / "filters" / "filters.tsv").write_text(text)
    print(len(rows), "patterns")


def fragments():
    path = pathlib.Path(RDConfig.RDContribDir) / "SA_Score" / "fpscores.pkl.gz"
    scores = {}
    for score, *identifiers in pickle.load(gzip.open(path)):
        for identifier in identifiers:
            scores[identifier] = score
    groups = collections.defaultdict(list)
    for identifier, score in scores.items():
        scaled = round(score * 10_000)
        assert abs(scaled / 10_000 - score) < 1e-9
        groups[scaled].append(identifier)
    head = struct.pack("<I", len(groups))
    body = bytearray()
    bits = count = 0
    for scaled, identifiers in sorted(groups.items()):
        gap = 2**32 / len(identifiers)
        k = max(0, int(gap * 0.69).bit_length() - 1)
        head += struct.pack("<iIB", scaled, len(identifiers), k)
        last = -1
        for identifier in sorted(identifiers):
            quotient, rest = divmod(identifier - last - 1, 1 << k)
            last = identifier
            bits |= ((1 << quotient) - 1) << count
            count += quotient + 1
            bits |= rest << count
            count += k
            while count >= 8:
                body.append(bits & 255)
                bits >>= 8
                count -= 8
    body.append(bits & 255)
    (ROOM / "properties" / "sa_fragments.bin").write_bytes(head + body)
    print(len(scores), "fragments in", len(head) + len(body), "bytes")


if __name__ == "__main__":
    filters(sys.argv[1])
    fragments()
