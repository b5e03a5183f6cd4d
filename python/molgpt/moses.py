"""The metrics of MOSES under the names of the package ``molsets``.

>>> from molgpt import moses
>>> metrics = moses.get_all_metrics(generated, train="train.csv", test="test.csv")     # doctest: +SKIP
"""

from __future__ import annotations

import math
import os
from typing import Any, Optional, Union

from . import _input
from ._report import Report, evaluate

#: Where a figure of MOSES lies in a report.
_PLACES: dict[str, tuple[str, ...]] = {
    "valid": ("validity",),
    "unique@1000": ("uniqueness_at_1000",),
    "unique@10000": ("uniqueness_at_10000",),
    "FCD/Test": ("moses", "test", "fcd"),
    "SNN/Test": ("moses", "test", "snn"),
    "Frag/Test": ("moses", "test", "frag"),
    "Scaf/Test": ("moses", "test", "scaf"),
    "FCD/TestSF": ("moses", "test_scaffolds", "fcd"),
    "SNN/TestSF": ("moses", "test_scaffolds", "snn"),
    "Frag/TestSF": ("moses", "test_scaffolds", "frag"),
    "Scaf/TestSF": ("moses", "test_scaffolds", "scaf"),
    "IntDiv": ("moses", "int_div"),
    "IntDiv2": ("moses", "int_div2"),
    "Filters": ("moses", "filters"),
    "Novelty": ("novelty",),
}

#: Properties of MOSES, and their names in a report. The figures are Wasserstein distances to the test set.
_PROPERTIES = {"logP": "log_p", "SA": "sa", "QED": "qed", "weight": "weight"}


def get_all_metrics(
    gen: _input.Data,
    k: Optional[list[int]] = None,
    n_jobs: int = 0,
    device: str = "cpu",
    batch_size: int = 512,
    *,
    test: _input.Data,
    test_scaffolds: Optional[_input.Data] = None,
    train: Optional[_input.Data] = None,
    chemnet: Union[str, os.PathLike[str], None] = None,
) -> dict[str, float]:
    """All metrics of ``moses.get_all_metrics``, under its names; NaN for what was not computed.

    The reference sets have to be given (``molgpt`` carries none): those of MOSES are ``data/full`` of the repository.
    Without ``chemnet``, the wheel of fcd_torch 1.0.7, FCD is NaN. ``k`` may be left out or ``[1000, 10000]``;
    ``device`` is ``"cpu"``, and ``batch_size`` changes nothing.
    """
    if k is not None and list(k) != [1000, 10000]:
        raise ValueError(f"argument `k` is {k}: only [1000, 10000] is computed")
    if device != "cpu":
        raise ValueError(f"argument `device` is {device!r}: only 'cpu' is computed")
    report = evaluate(
        gen,
        train=train,
        test=test,
        test_scaffolds=test_scaffolds,
        chemnet=chemnet,
        threads=max(n_jobs, 0),
        progress=False,
    )
    return of_report(report)


def of_report(report: Report) -> dict[str, float]:
    """The metrics of MOSES in a report."""
    metrics = {name: _number(report._at(place)["value"]) for name, place in _PLACES.items()}
    distances = {one["property"]: one["wasserstein"] for one in report.data["distributions"]}
    metrics.update({name: _number(distances.get(own)) for name, own in _PROPERTIES.items()})
    return metrics


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
