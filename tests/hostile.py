#!/usr/bin/env python3
"""What hostile inputs cost: time and peak memory of the program on each, as the table of docs/trust.md.

    cargo build --release && python3 tests/hostile.py target/release/molgpt [WORD]

With WORD, only the inputs whose name has it.

Every input must end in a verdict or in exit code 1 with a sentence. Peak memory is the largest resident
set, as GNU time tells it. Needs a few megabytes of disk and, for the streams of 10 GB, some seconds each.
"""

import gzip
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

PROGRAM = str(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "target/release/molgpt").resolve())
WORD = sys.argv[2] if len(sys.argv) > 2 else ""
ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGE = "head -c 10000000000 /dev/zero | tr '\\0' C"


def run(arguments, source=None):
    """(seconds, peak bytes, exit code, last line of stderr, stdout) of one run; `source` is a shell command."""
    feeder = subprocess.Popen(["sh", "-c", source], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) if source else None
    errors = tempfile.TemporaryFile()
    output = tempfile.TemporaryFile()
    began = time.monotonic()
    child = subprocess.Popen(["/usr/bin/time", "-f", "%M", "-o", "peak", PROGRAM, "-q", *arguments],
                             stdin=feeder.stdout if feeder else subprocess.DEVNULL, stdout=output, stderr=errors)
    if feeder:
        feeder.stdout.close()
    child.wait()
    peak = int(pathlib.Path("peak").read_text().split()[-1]) * 1024
    seconds = time.monotonic() - began
    if feeder:
        feeder.kill()
        feeder.wait()
    errors.seek(0)
    output.seek(0)
    message = errors.read().decode(errors="replace").strip()
    assert child.returncode in (0, 1), (arguments, child.returncode, message)
    assert "panicked" not in message, message
    return seconds, peak, child.returncode, message, output.read(4096).decode(errors="replace")


def tell(name, runs, answer):
    seconds = max(run[0] for run in runs)
    peak = max(run[1] for run in runs)
    if WORD in name:
        print(f"| {name} | {answer} | {seconds:.1f} s | {peak / 1e6:.0f} MB |", flush=True)


def verdict(name, source):
    if WORD not in name:
        return
    found = run(["canonicalize", "-"], source)
    cells = found[4].split("\t")
    answer = cells[1] if len(cells) > 1 and cells[1] in ("valid", "invalid") else found[4][-9:].strip() or "?"
    # The string comes first and may be longer than what is kept of the output.
    if answer not in ("valid", "invalid"):
        answer = "invalid" if "\tinvalid" in found[4] else "a verdict"
    tell(name, [found], answer)


def refusal(name, arguments, source=None, expected=1):
    if WORD not in name:
        return
    found = run(arguments, source)
    assert found[2] == expected, (name, found)
    tell(name, [found], "refused" if expected else "done")


def grid(side):
    """A square lattice of carbons, row by row, joined to the row before by ring closures."""
    rows = []
    for row in range(side):
        text = ""
        for column in range(side):
            text += "C"
            if row > 0:
                text += f"%{10 + (row - 1) % 2 * 40 + column}"
            if row + 1 < side:
                text += f"%{10 + row % 2 * 40 + column}"
        rows.append(text)
    return ".".join(rows)


def main():
    folder = tempfile.TemporaryDirectory()
    os.chdir(folder.name)
    print("| input | answer | time | peak memory |\n|---|---|---:|---:|")

    def text(name, content):
        pathlib.Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        return f"cat {name}"

    verdict("a string of 1 MB", text("a", "C" * (1 << 20)))
    verdict("100,000 atoms in a chain", text("a", "C" * 100_000))
    verdict("4,000 atoms in a chain, the longest that is read", text("a", "C" * 4_000))
    verdict("100,000 nested parentheses", text("a", "C(" * 100_000 + "C" + ")" * 100_000))
    verdict("450 nested parentheses", text("a", "C(" * 450 + "C" + ")" * 450))
    verdict("400 atoms in a lattice of fused rings", text("a", grid(20)))
    verdict("a ring of 3,996 aromatic atoms", text("a", "c1" + "c" * 3_994 + "c1"))
    verdict("a NUL byte", text("a", b"C\0C"))
    verdict("bytes that are no UTF-8", text("a", b"C\xff\xfeC"))
    verdict("an emoji", text("a", "C\U0001f600C"))
    verdict("one line of 10 GB", LARGE)

    train = ["train", "-", "-o", "run"]
    refusal("train: one line of 10 GB", train, LARGE)
    refusal("train: a table with a cell of 10 GB", train, f"printf 'smiles,note\\nCC,'; {LARGE}")
    refusal("train: a table with a quoted cell of 10 GB", train, f"printf 'smiles,note\\nCC,\"'; {LARGE}")
    refusal("train: a quote that is never closed, then a million rows", train,
            "printf 'smiles,note\\nCC,\"open\\n'; yes CCO,note | head -n 1000000")
    refusal("train: rows without end (`yes CCO`)", train, "yes CCO")
    refusal("evaluate: rows without end (`yes CCO`)", ["evaluate", "-", "-o", "endless"], "yes CCO")
    refusal("evaluate: one line of 10 GB", ["evaluate", "-", "--quick", "-o", "report"], LARGE, expected=0)
    refusal("evaluate: a table with a quoted cell of 10 GB", ["evaluate", "-", "--quick", "-o", "other"],
            f"printf 'smiles,note\\nCC,\"'; {LARGE}")
    with gzip.open("bomb.smi.gz", "wb") as file:
        for _ in range(2_000):
            file.write(b"C\n" * (1 << 19))
    for command in (["train", "bomb.smi.gz", "-o", "run"], ["evaluate", "bomb.smi.gz", "-o", "third"],
                    ["canonicalize", "bomb.smi.gz", "-o", "out.tsv"]):
        refusal(f"{command[0]}: 2 MB of gzip that grow to 2 GB", command)

    tiny = (ROOT / "configs/tiny.toml").read_text()
    text("few.csv", "smiles\nCC\nCO\n")

    def config(name, content, size=None):
        text("hostile.toml", content)
        if size:
            os.truncate("hostile.toml", size)
        refusal(f"configuration: {name}", ["train", "few.csv", "--config", "hostile.toml", "-o", "run"])

    config("8 GB", tiny, 1 << 33)
    config("500,000 nested brackets", "a = " + "[" * 500_000)
    config("256 layers of width 16,384", tiny.replace("width = 32", "width = 16384").replace("layers = 2", "layers = 256"))
    config("batches of 10^12 molecules", tiny.replace("batch_size = 16", "batch_size = 1000000000000"))

    model = (ROOT / "data/pretrained.safetensors").read_bytes()

    def sample(name, content, size=None):
        text("model", content)
        if size:
            os.truncate("model", size)
        refusal(f"model: {name}", ["sample", "-n", "1", "--model", "model"])

    sample("1 TB of zeros", b"", 1 << 40)
    sample("a model, then zeros to 1 TB", model, 1 << 40)
    sample("a header of 2^64 - 1 bytes", b"\xff" * 8 + model[8:])
    draw = random.Random(2026)
    cuts = [*range(0, 20), *(draw.randrange(20, len(model)) for _ in range(480))]
    runs = []
    for cut in cuts:
        text("model", model[:cut])
        runs.append(run(["sample", "-n", "1", "--model", "model"]))
        assert runs[-1][2] == 1, cut
    tell(f"model: cut at {len(cuts)} places", runs, "refused")
    runs = []
    for _ in range(200):
        changed = bytearray(model)
        changed[draw.randrange(len(model))] ^= 1 << draw.randrange(8)
        text("model", bytes(changed))
        runs.append(run(["sample", "-n", "1", "--model", "model"]))
        assert runs[-1][2] == 1
    tell("model: one bit turned, at 200 places", runs, "refused")


main()
