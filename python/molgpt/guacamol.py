"""Generators for the benchmarks of the package ``guacamol``: its assessments take them as they are.

>>> from guacamol.assess_distribution_learning import assess_distribution_learning          # doctest: +SKIP
>>> assess_distribution_learning(DistributionMatchingGenerator(), "guacamol_v1_train.smiles")  # doctest: +SKIP
"""

from __future__ import annotations

import os
from typing import Any, Optional, Union

from ._model import Model, load
from ._optimize import optimize

try:  # Their classes, where the package is there: some of its versions ask for them.
    from guacamol.distribution_matching_generator import (  # type: ignore[import-not-found,unused-ignore]
        DistributionMatchingGenerator as _Matching,
    )
    from guacamol.goal_directed_generator import (  # type: ignore[import-not-found,unused-ignore]
        GoalDirectedGenerator as _Directed,
    )
except ImportError:
    _Matching = _Directed = object


class DistributionMatchingGenerator(_Matching):  # type: ignore[misc,unused-ignore]
    """Molecules of a model, for GuacaMol's benchmarks of distribution learning."""

    def __init__(self, model: Union[Model, str, os.PathLike[str]] = "pretrained", seed: int = 0) -> None:
        self._model = model if isinstance(model, Model) else load(model)
        self._seed = seed

    def generate(self, number_samples: int) -> list[str]:
        """So many strings; with every call others."""
        self._seed += 1
        return list(self._model.sample(number_samples, seed=self._seed - 1, progress=False))


class GoalDirectedGenerator(_Directed):  # type: ignore[misc,unused-ignore]
    """Molecules of a high score, for GuacaMol's benchmarks of goals."""

    def __init__(
        self, model: Union[Model, str, os.PathLike[str]] = "randomized", calls: int = 10_000, seed: int = 0
    ) -> None:
        self._model = model if isinstance(model, Model) else load(model)
        self._calls = calls
        self._seed = seed

    def generate_optimized_molecules(
        self, scoring_function: Any, number_molecules: int, starting_population: Optional[list[str]] = None
    ) -> list[str]:
        """The best molecules of a search; GuacaMol's starting population is not used."""
        found = optimize(
            scoring_function.score_list,
            calls=max(self._calls, number_molecules),
            model=self._model,
            seed=self._seed,
            progress=False,
        )
        return [smiles for smiles in found.smiles[:number_molecules] if smiles is not None]
