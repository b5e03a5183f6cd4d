"""Molecules: canonical forms, properties, drawings, fingerprints, scores."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Optional, Union, overload

from . import _input, _molgpt
from ._table import Table, grid


@overload
def canonical(  # pyright: ignore[reportOverlappingOverload] - a text is one molecule, not several letters
    molecules: str, *, threads: int = 0
) -> Optional[str]: ...
@overload
def canonical(molecules: Iterable[Any], *, threads: int = 0) -> list[Optional[str]]: ...
def canonical(
    molecules: Union[str, Iterable[Any]], *, threads: int = 0
) -> Union[Optional[str], list[Optional[str]]]:
    """Canonical SMILES, as RDKit writes it; ``None`` for what is no molecule (`describe` has the reasons).

    >>> canonical("OCC")
    'CCO'
    >>> canonical(["OCC", "C("])
    ['CCO', None]
    """
    if _input.is_one(molecules):
        return _molgpt.canonical([_input.text(molecules)], 1)[0][0]
    return _molgpt.canonical(_input.texts(molecules), threads)[0]


def describe(molecules: Iterable[Any], properties: Optional[Iterable[str]] = None, *, threads: int = 0) -> Table:
    """Properties of molecules: columns ``smiles`` (canonical), one for each property, ``reason`` (why a row is no
    molecule, else ``None``). All properties, or those of these names (``"log_p"``, ``"qed"``, ...), or of
    usual other ones (``"logp"``, ``"mw"``): a column is called as it was asked for.

    Numbers are NaN, counts and texts ``None``, where a row is no molecule.
    """
    names = _input.words(properties, "properties")
    return Table(_molgpt.describe(_input.texts(molecules), names, threads))


class Drawing:
    """Drawings of molecules, which a notebook shows."""

    def __init__(self, rows: list[tuple[Optional[str], str]]) -> None:
        self._rows = rows

    @property
    def svg(self) -> list[Optional[str]]:
        """The drawing of each molecule as SVG; ``None`` for what is none."""
        return [svg for svg, _ in _molgpt.drawings([smiles for smiles, _ in self._rows], 0)]

    def _repr_html_(self) -> str:
        return grid(self._rows)


def draw(molecules: Union[str, Iterable[Any]], captions: Optional[Iterable[str]] = None) -> Drawing:
    """Drawings of one molecule or of several, with captions below."""
    texts = [_input.text(molecules)] if _input.is_one(molecules) else _input.texts(molecules)
    below = _input.words(captions, "captions") if captions is not None else [""] * len(texts)
    if len(below) != len(texts):
        raise ValueError(f"argument `captions` has {len(below)} texts for {len(texts)} molecules")
    return Drawing(list(zip(texts, below)))


def fingerprints(molecules: Iterable[Any], *, threads: int = 0) -> _molgpt.Array:
    """Morgan fingerprints of radius 2 (ECFP4) of 1,024 bits, `[molecules, 1024]` bytes of 0 and 1, for
    ``numpy.asarray``; zeros for what is no molecule."""
    return _molgpt.fingerprints(_input.texts(molecules), threads)


def score(
    molecules: Iterable[Any],
    goal: str,
    *,
    oracles: Union[str, os.PathLike[str]] = "data/oracles",
    threads: int = 0,
) -> list[float]:
    """Scores of molecules by a goal: a word (``"qed"``, a task of PMO or GuacaMol such as ``"celecoxib_rediscovery"``) or the
    TOML of a goal file. ``"drd2"``, ``"gsk3b"`` and ``"jnk3"`` need a file of the folder ``oracles``. NaN for what
    is no molecule."""
    return _molgpt.scores(goal, _input.texts(molecules), os.fspath(oracles), threads)
