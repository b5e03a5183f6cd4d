"""Makes chemnet.tsv.gz and prints the Frechet distances that tests/fcd.rs holds.

Made with fcd_torch 1.0.7, torch 2.15.0, scipy 1.17.1, numpy 2.4.6 and RDKit 2026.9.1 by

    python tests/golden/fcd.py
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import torch
from fcd_torch import FCD, calculate_frechet_distance, utils

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "data"

# Each oddity of the one-hot encoding once, then molecules of the data.
ODD = [
    "C",
    "CC",
    "[H][H]",
    "CCl",
    "Brc1ccccc1Br",
    "C[Si](C)(C)C",
    "[Na+].[Cl-]",
    "CC(=O)[O-].[NH4+]",
    "F/C=C/F",
    "C[C@H](N)C(=O)O",
    "C[Se]C",
    "[Al](C)(C)C",
    "c1cc[se]c1",
    "OB(O)c1ccccc1",
    "CP(=O)(O)OI",
    "[13CH4]",
    "C%11CCCCC%11",
    "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC",
    "C" * 347,
    "C" * 348,
    "C" * 349,
    "C" * 350,
    "N" + "CO" * 200,
]


def rows(name, count):
    return (DATA / name).read_text().split("\n")[1 : count + 1]


def small():
    """A network of ChemNet's kind, small enough to know its weights by a formula."""

    def filled(seed, scale, *shape):
        index = np.arange(np.prod(shape), dtype=np.float64)
        values = np.sin(index * 0.7 + seed).astype(np.float32) * np.float32(scale)
        return torch.tensor(values.reshape(shape))

    def conv(seed, inputs, outputs):
        state = {"weight": filled(seed, 8, outputs, inputs, 4)}
        shape = {"in_channels": inputs, "out_channels": outputs, "kernel_size": 4, "stride": 2}
        return "Conv1d", (state, {**shape, "bias": False}, {"activation": "selu", "padding": "same"})

    def lstm(seed, inputs, outputs, last):
        state = {
            "weight_ih_l0": filled(seed, 0.5, 4 * outputs, inputs),
            "weight_hh_l0": filled(seed + 1, 0.125, 4 * outputs, outputs),
            "bias_ih_l0": filled(seed + 2, 0.25, 4 * outputs),
            "bias_hh_l0": filled(seed + 3, 0.25, 4 * outputs),
        }
        # Little is written and all is kept, so that the state remembers every position.
        state["bias_ih_l0"][:outputs] -= 4
        state["bias_ih_l0"][outputs : 2 * outputs] += 6
        shape = {"input_size": inputs, "hidden_size": outputs, "batch_first": True}
        return "LSTM", (state, shape, {"reverse": True, "last": last})

    layers = [conv(1, 35, 4), conv(2, 4, 3), lstm(3, 3, 5, False), lstm(7, 5, 6, True)]
    return utils.load_imported_model(layers).eval()


def main():
    torch.set_num_threads(1)
    old_load = torch.load
    torch.load = lambda path: old_load(path, weights_only=False)
    np.row_stack = np.vstack
    fcd = FCD()

    smiles = ODD + rows("molecules.csv", 30)
    activations = fcd.get_predictions(smiles)
    with gzip.GzipFile(HERE / "chemnet.tsv.gz", "wb", mtime=0) as file:
        for text, row in zip(smiles, activations):
            file.write(("\t".join([text, *(f"{x:.6f}" for x in row)]) + "\n").encode())

    network = small()
    for text in ["C", "c1ccccc1Cl", "F/C=C/F", "C" * 349]:
        features = torch.tensor(utils.get_one_hot(text, 350) / 35).float().T[None]
        with torch.no_grad():
            print(f"small {text[:12]} {network(features)[0].tolist()}")

    for count in [2_000] if len(sys.argv) < 2 else [2_000, 10_000]:
        sets = {name: fcd.precalc(rows(f"{name}.csv", count)) for name in ["molecules", "test", "test_scaffolds"]}
        for a, b in [("molecules", "test"), ("molecules", "test_scaffolds"), ("test", "test_scaffolds")]:
            print(f"fcd of {count} rows of {a} and {b}: {fcd.metric(sets[a], sets[b])!r}")
    few = [fcd.precalc(rows(f"{name}.csv", 100)) for name in ["molecules", "test"]]
    print(f"fcd of 100 rows of molecules and test: {fcd.metric(*few)!r}")

    # Two Gaussians given by a formula, one of them of low rank.
    index = np.arange(12 * 8, dtype=np.float64).reshape(12, 8)
    first, second = np.sin(index * 1.3) , np.cos(index * index * 0.17) * 0.7
    second[:, 5:] = second[:, :3] * 2
    moments = [(x.mean(0), np.cov(x.T)) for x in (first, second)]
    print(f"frechet by formula: {calculate_frechet_distance(*moments[0], *moments[1])!r}")


if __name__ == "__main__":
    main()
