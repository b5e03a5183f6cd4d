#!/usr/bin/env python3
"""Remakes `models/`: a tiny model file of every kind that the program has written, and of one that it will.

The number of the format has been 1 all along; what the description holds has grown. No old program is run: this
script writes the files itself, with the fields and the order that the program had after each of these commits.

    plain           fc40f47  shape and vocabulary; no checksum
    checksum        fa028a8  the SHA-256 of all before it as the last tensor
    trained_on      41e1d43  whether the training set had radicals and idle stereo marks
    origin          a983a86  data, seed, step, loss, program
    merges          e0df4b7  merges of tokens
    conditions      32bcba5  conditions, and the tokens of their bins
    later_field     none     a field that no program knows yet
    later_format    none     the number 2

All have the same weights but for the rows of the further tokens. Python's own library is all that is needed.
"""

import hashlib
import json
import math
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent / "models"
TOKENS = ["[PAD]", "[BOS]", "[EOS]", "[UNK]", "(", ")", "=", "C", "N", "O", "1", "c"]
MODEL = {
    "layers": 1, "heads": 2, "width": 4, "context": 16, "position": "learned", "dropout": 0.0, "tied_head": True,
}
ORIGIN = {
    "data": "mine.csv", "rows": 1000, "digest": "00" * 32, "parent": None, "seed": 7, "step": 90,
    "validation_loss": 1.25, "program": "0.1.0 (a983a86)",
}
CONDITION = {"name": "log_p", "range": [-1.0, 5.0], "borders": [1.0, 3.0]}


def tensors(vocabulary):
    width, context = MODEL["width"], MODEL["context"]
    yield "token.weight", [vocabulary, width]
    yield "position", [context, width]
    for name, shape in (
        ("norm_attention.gamma", [width]), ("norm_attention.beta", [width]),
        ("query_key_value.weight", [width, 3 * width]), ("query_key_value.bias", [3 * width]),
        ("projection.weight", [width, width]), ("projection.bias", [width]),
        ("norm_feed.gamma", [width]), ("norm_feed.beta", [width]),
        ("up.weight", [width, 4 * width]), ("up.bias", [4 * width]),
        ("down.weight", [4 * width, width]), ("down.bias", [width]),
    ):
        yield f"blocks.0.{name}", shape
    yield "norm.gamma", [width]
    yield "norm.beta", [width]


def write(name, more, *, tokens=(), checksum=True, number=1, after=None):
    vocabulary = TOKENS + list(tokens)
    description = {"format": number, "model": MODEL, "vocabulary": vocabulary, **more, **(after or {})}
    header = {"__metadata__": {"molgpt": json.dumps(description, separators=(",", ":"))}}
    data = b""
    # The format sorts tensors of one type by their names.
    for tensor, shape in sorted(tensors(len(vocabulary))):
        # Values follow from the name and the place, so that further rows change no other.
        start = sum(tensor.encode())
        values = [round(math.sin(start + 1.7 * place), 3) for place in range(math.prod(shape))]
        header[tensor] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(values)]}
        data += struct.pack(f"<{len(values)}f", *values)
    if checksum:
        header["sha256"] = {"dtype": "U8", "shape": [32], "data_offsets": [len(data), len(data) + 32]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    whole = struct.pack("<Q", len(text)) + text + data
    if checksum:
        whole += hashlib.sha256(whole).digest()
    (HERE / f"{name}.safetensors").write_bytes(whole)


HERE.mkdir(exist_ok=True)
write("plain", {}, checksum=False)
write("checksum", {})
write("trained_on", {"trained_on": {"radicals": True, "idle_stereo_marks": False}})
write("origin", {"origin": ORIGIN})
write("merges", {"merges": ["C C", "CC O"], "origin": ORIGIN}, tokens=["CC", "CCO"])
write("conditions", {"conditions": [CONDITION], "origin": ORIGIN}, tokens=["[P0=0]", "[P0=1]", "[P0=2]"])
write("later_field", {}, after={"adapters": []})
write("later_format", {}, number=2)
