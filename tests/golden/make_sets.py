#!/usr/bin/env python3
"""Remakes `sets.json`: the set metrics of molsets and guacamol for `generated.smi.gz`.

Needs the packages of `oracle.py`. `generated.smi.gz` holds 11,000 strings, invalid ones included,
written by `molgpt sample -n 11000 --seed 1 --model pretrained` (version 0.1.0). The references are
those of `data/`: the first 10,000 rows of molecules.csv for training, test.csv, test_scaffolds.csv.

The packages' own functions compute every figure. guacamol asks a model for molecules until it has
enough: the model here reads the file from its beginning.
"""

import csv
import gzip
import itertools
import json
import pathlib

import oracle
import rdkit
from guacamol.distribution_learning_benchmark import KLDivBenchmark, NoveltyBenchmark
from guacamol.distribution_learning_benchmark import UniquenessBenchmark, ValidityBenchmark
from guacamol.distribution_matching_generator import DistributionMatchingGenerator
from moses.metrics import metrics, utils
from rdkit import RDLogger

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parent.parent / "data"
SAMPLE = 10_000


class File(DistributionMatchingGenerator):
    def __init__(self, smiles):
        self.left = iter(smiles)

    def generate(self, number_samples):
        # guacamol's canonicalize takes the empty string for a molecule; MOSES does not.
        return list(itertools.islice((s or "invalid" for s in self.left), number_samples))


def read(name, most=None):
    with open(DATA / name, newline="") as file:
        return [row["smiles"] for row in csv.DictReader(file)][:most]


def main():
    RDLogger.DisableLog("rdApp.*")
    generated = gzip.open(HERE / "generated.smi.gz", "rt").read().split("\n")[:-1]
    train, test, scaffolds = read("molecules.csv", SAMPLE), read("test.csv"), read("test_scaffolds.csv")
    out = {"generated": len(generated), "valid": metrics.fraction_valid(generated)}
    valid = metrics.remove_invalid(generated)
    for k in (1000, 10000):
        out[f"unique@{k}"] = metrics.fraction_unique(valid, k)
    molecules = [utils.get_mol(smiles) for smiles in valid]
    out["novelty"] = metrics.novelty(molecules, train)
    out["filters"] = float(metrics.fraction_passes_filters(molecules))
    out["IntDiv"] = float(metrics.internal_diversity(molecules))
    out["IntDiv2"] = float(metrics.internal_diversity(molecules, p=2))
    for name, smiles in (("Test", test), ("TestSF", scaffolds)):
        reference = [utils.get_mol(text) for text in smiles]
        for metric, measure in (
            ("SNN", metrics.SNNMetric()),
            ("Frag", metrics.FragMetric()),
            ("Scaf", metrics.ScafMetric()),
        ):
            out[f"{metric}/{name}"] = float(measure(ref=reference, gen=molecules))
        if name == "Test":
            for prop, of in (("logP", utils.logP), ("SA", utils.SA), ("QED", utils.QED), ("weight", utils.weight)):
                out[prop] = float(metrics.WassersteinMetric(of)(ref=reference, gen=molecules))
    guacamol = {}
    for name, benchmark in (
        ("validity", ValidityBenchmark(SAMPLE)),
        ("uniqueness", UniquenessBenchmark(SAMPLE)),
        ("novelty", NoveltyBenchmark(SAMPLE, train)),
        ("kl", KLDivBenchmark(SAMPLE, train)),
    ):
        result = benchmark.assess_model(File(generated))
        guacamol[name] = float(result.score)
        if name == "kl":
            guacamol["kl_parts"] = {key: float(value) for key, value in result.metadata["kl_divs"].items()}
    document = {
        "made_by": f"RDKit {rdkit.__version__}, molsets 0.3.1, guacamol 0.5.5, tests/golden/make_sets.py",
        "moses": out,
        "guacamol": guacamol,
    }
    (HERE / "sets.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
