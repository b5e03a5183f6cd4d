"""Optimization: a model learns to write molecules of a high score."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Callable, Optional, Union

from . import _input, _molgpt, _progress
from ._model import Model, load
from ._progress import Progress
from ._table import Table
from ._train import _toml

#: A function of a list of SMILES that gives a number for each: the more, the better; NaN for none.
ScoreFunction = Callable[["list[str]"], Iterable[float]]


class Optimized(Table):
    """All molecules that were scored, the best first.

    Columns: ``smiles`` (canonical), ``score``, ``scaffold``, ``call`` (the number of the call, from 1); of a goal file
    with stages also ``stage`` (from 1), and the molecules of the last stage come first; beside known molecules
    ``nearest`` and ``similarity``.
    """

    def __init__(self, found: dict[str, Any], name: str) -> None:
        columns = ("smiles", "score", "scaffold", "call", "stage", "nearest", "similarity")
        super().__init__({column: found[column] for column in columns if column in found})
        #: The model that learned.
        self.model = Model(found["model"], name)
        #: Area below the curve of the mean of the ten best, 0 to 1 for scores of 0 to 1 (PMO); of the last stage.
        self.area: float = found["area"]
        #: The page, where there is a folder.
        self.page: Optional[Path] = Path(found["page"]) if found["page"] else None
        #: Whether the model wrote nothing new any more, before the calls were used up.
        self.exhausted: bool = found["exhausted"]

    def _captions(self) -> list[str]:
        return [f"{score:.3f}" for score in self._columns["score"].tolist()[:12]]


def optimize(
    score: Union[str, os.PathLike[str], ScoreFunction],
    *,
    calls: int = 1000,
    until: Optional[float] = None,
    model: Union[Model, str, os.PathLike[str]] = "randomized",
    set: Optional[Mapping[str, Any]] = None,
    oracles: Union[str, os.PathLike[str]] = "data/oracles",
    seed: int = 0,
    scaffold: Union[str, Iterable[str], None] = None,
    grow_anywhere: bool = False,
    link: Union[str, Iterable[str], None] = None,
    morph: Optional[str] = None,
    extend: Optional[str] = None,
    superstructure: Optional[str] = None,
    conditions: Optional[Mapping[str, float]] = None,
    known: Optional[_input.Data] = None,
    output: Union[str, os.PathLike[str], None] = None,
    resume: bool = False,
    overwrite: bool = False,
    threads: int = 0,
    progress: Progress = True,
) -> Optimized:
    """Finds molecules of a high score: a copy of ``model`` learns to write them.

    ``score`` is a function of a list of SMILES that gives a number for each (0 to 1 suits the settings), a goal file
    (``goal.toml``), which may have stages, a property of 0 to 1 (``"qed"``), or a task of PMO or GuacaMol, of which ``drd2``, ``gsk3b`` and ``jnk3``
    need a file of the folder ``oracles``, which data/make_oracles.py makes. ``calls`` unique valid molecules are scored,
    fewer if the mean score of the ten best comes to ``until``.

    A structure that all molecules keep is one of ``scaffold``, ``link``, ``morph``, ``extend`` and
    ``superstructure``, as in `Model.sample`. ``conditions`` asks a model that was trained with conditions:
    ``{"log_p": 2.5}``.

    With ``known``, a file's path or molecules, there are two more columns: ``nearest``, the most similar of them to each
    molecule (ECFP4 of 1,024 bits), and ``similarity``, Tanimoto's.

    With ``output``, all is kept in a folder as it comes: after Ctrl-C, or an exception of the function,
    ``resume=True`` goes on there, and no molecule is scored twice. With or without, the exception
    (`KeyboardInterrupt`, or that of the function) has what was scored by then, an `Optimized`, as its attribute
    ``partial``, if there is anything.
    """
    function: Optional[ScoreFunction] = None
    goal: Optional[str] = None
    if callable(score) and not isinstance(score, (str, os.PathLike)):
        function = score
    else:
        goal = os.fspath(score)
        if isinstance(score, os.PathLike) or goal.endswith(".toml"):
            goal = Path(goal).read_text(encoding="utf-8")
    prior = model if isinstance(model, Model) else load(model)
    settings = [f"{key}={_toml(value)}" for key, value in (set or {}).items()]
    structure = _input.structure(
        scaffold=scaffold,
        grow_anywhere=grow_anywhere,
        link=link,
        morph=morph,
        extend=extend,
        superstructure=superstructure,
    )
    heard = _progress.listener(progress)
    try:
        found = _molgpt.optimize(
            prior._inner,
            prior._name,
            goal,
            function,
            calls,
            until,
            settings,
            os.fspath(oracles),
            seed,
            structure,
            [(name, float(value)) for name, value in (conditions or {}).items()],
            None if known is None else _input.data(known, "known"),
            None if output is None else os.fspath(output),
            resume,
            overwrite,
            threads,
            heard,
        )
    except BaseException as error:
        partial = getattr(error, "partial", None)
        if isinstance(partial, dict) and "exhausted" in partial:
            error.partial = Optimized(partial, "agent")  # type: ignore[attr-defined]
        raise
    finally:
        _progress.close(heard)
    return Optimized(found, "agent")
