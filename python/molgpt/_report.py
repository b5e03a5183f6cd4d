"""Evaluation of generated molecules."""

from __future__ import annotations

import html
import json
import os
from dataclasses import dataclass
from typing import Any, Optional, Union

from . import _input, _molgpt, _progress
from ._progress import Progress


@dataclass(frozen=True)
class Proportion:
    """A share with its 95 % interval (Wilson)."""

    #: How many are such.
    count: int
    #: Of how many.
    of: int
    #: ``count / of``; ``None`` where there is none.
    value: Optional[float]
    #: Its interval.
    interval: Optional[tuple[float, float]]
    #: Why there is no value.
    reason: Optional[str] = None


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval."""

    #: The figure; ``None`` where there is none.
    value: Optional[float]
    #: Its interval.
    interval: Optional[tuple[float, float]]
    #: Why there is no value.
    reason: Optional[str] = None


class Report:
    """An evaluation. A notebook shows it as its page."""

    def __init__(self, inner: _molgpt.Evaluation) -> None:
        self._inner = inner
        #: All figures, as docs/report-schema.md has them.
        self.data: dict[str, Any] = json.loads(inner.json())

    def proportion(self, *path: str) -> Proportion:
        """A proportion at this place of `data`: ``proportion("moses", "filters")``."""
        found = self._at(path)
        return Proportion(found["count"], found["of"], found["value"], _interval(found), found.get("reason"))

    def figure(self, *path: str) -> Figure:
        """A figure at this place of `data`: ``figure("moses", "test", "fcd")``."""
        found = self._at(path)
        return Figure(found["value"], _interval(found), found.get("reason"))

    def _at(self, path: tuple[str, ...]) -> Any:
        found: Any = self.data
        for name in path:
            found = found.get(name) if found is not None else None
        if found is None:
            return {"count": 0, "of": 0, "value": None, "interval": None, "reason": "it was not computed"}
        return found

    @property
    def validity(self) -> Proportion:
        """Valid strings of all."""
        return self.proportion("validity")

    @property
    def uniqueness(self) -> Proportion:
        """Unique molecules of the valid ones."""
        return self.proportion("uniqueness")

    @property
    def novelty(self) -> Proportion:
        """Molecules that are not in the training set, of the unique ones."""
        return self.proportion("novelty")

    @property
    def fcd(self) -> Figure:
        """Frechet ChemNet distance to the test set."""
        return self.figure("moses", "test", "fcd")

    def html(self) -> str:
        """The report as one HTML document."""
        return self._inner.html()

    def save(self, folder: Union[str, os.PathLike[str]]) -> str:
        """Writes report.html, report.json and plots into a folder; returns the place of the page."""
        return str(self._inner.write(os.fspath(folder)))

    def __repr__(self) -> str:
        def told(name: str, share: Proportion) -> str:
            return f"{name} {'-' if share.value is None else f'{100 * share.value:.2f} %'}"

        shares = [("valid", self.validity), ("unique", self.uniqueness), ("novel", self.novelty)]
        return f"Report({self.data['generated']} strings: " + ", ".join(told(*share) for share in shares) + ")"

    def _repr_html_(self) -> str:
        page = html.escape(self.html(), quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:640px;border:0" sandbox></iframe>'


def _interval(found: dict[str, Any]) -> Optional[tuple[float, float]]:
    interval = found.get("interval")
    return None if interval is None else (interval[0], interval[1])


def evaluate(
    generated: _input.Data,
    *,
    train: Optional[_input.Data] = None,
    test: Optional[_input.Data] = None,
    test_scaffolds: Optional[_input.Data] = None,
    chemnet: Union[str, os.PathLike[str], None] = None,
    quick: bool = False,
    cache: bool = True,
    title: Optional[str] = None,
    threads: int = 0,
    progress: Progress = True,
) -> Report:
    """Evaluates generated molecules by the metrics of MOSES and GuacaMol.

    Every argument of molecules is a file's path, or molecules. ``train`` is what novelty needs, ``test`` what distances
    need; ``chemnet`` the wheel of fcd_torch 1.0.7, whose weights FCD needs. ``quick`` computes validity, uniqueness,
    novelty and properties only. ``cache`` keeps what is computed of large reference sets in the user's cache folder.
    """

    def data(given: Optional[_input.Data], name: str) -> Any:
        return None if given is None else _input.data(given, name)

    if title is None and not isinstance(generated, (str, os.PathLike)):
        title = "Generated molecules"
    heard = _progress.listener(progress)
    try:
        inner = _molgpt.evaluate(
            data(generated, "generated"),
            data(train, "train"),
            data(test, "test"),
            data(test_scaffolds, "test_scaffolds"),
            None if chemnet is None else os.fspath(chemnet),
            quick,
            cache,
            title,
            threads,
            heard,
        )
    finally:
        _progress.close(heard)
    return Report(inner)
