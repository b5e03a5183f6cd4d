"""A density estimator of molecules with the methods that scikit-learn's have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Optional

from ._errors import SettingError
from ._model import Model
from ._table import Molecules
from ._train import train


class MoleculeDensity:
    """A language model as a density: ``fit`` trains it, ``score_samples`` gives log-likelihoods, ``sample`` draws.

    The parameters are those of `molgpt.train`; with ``from_="pretrained"`` it fine-tunes.
    """

    def __init__(
        self,
        from_: Optional[str] = None,
        minutes: Optional[float] = None,
        epochs: Optional[int] = None,
        set: Optional[Mapping[str, Any]] = None,
        output: Optional[str] = None,
        seed: int = 0,
    ) -> None:
        self.from_ = from_
        self.minutes = minutes
        self.epochs = epochs
        self.set = set
        self.output = output
        self.seed = seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name."""
        names = ("from_", "minutes", "epochs", "set", "output", "seed")
        return {name: getattr(self, name) for name in names}

    def set_params(self, **params: Any) -> MoleculeDensity:
        """Sets parameters by name."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise ValueError(f"no parameter `{name}`: there are {', '.join(known)}")
            setattr(self, name, value)
        return self

    def fit(self, X: Iterable[Any], y: object = None) -> MoleculeDensity:
        """Trains on molecules."""
        self.run_ = train(
            X,
            from_=self.from_,
            minutes=self.minutes,
            epochs=self.epochs,
            set=self.set,
            output=self.output,
            seed=self.seed,
            overwrite=self.output is not None,
            progress=False,
        )
        self.model_: Model = self.run_.model
        return self

    def _fitted(self) -> Model:
        if not hasattr(self, "model_"):
            raise SettingError("the estimator is not fitted: call `fit` with molecules first")
        return self.model_

    def score_samples(self, X: Iterable[Any]) -> list[float]:
        """Log-likelihood of each molecule in nats; NaN where it has none."""
        return [-nll for nll in self._fitted().nll(X)]

    def score(self, X: Iterable[Any], y: object = None) -> float:
        """Mean log-likelihood of the molecules that have one, in nats."""
        known = [value for value in self.score_samples(X) if value == value]
        return sum(known) / len(known) if known else float("nan")

    def sample(self, n_samples: int = 1, random_state: int = 0) -> Molecules:
        """Draws molecules."""
        return self._fitted().sample(n_samples, seed=random_state, progress=False)
