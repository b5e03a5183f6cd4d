"""Training and fine-tuning."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Optional, Union

from . import _input, _molgpt, _progress
from ._model import Model, load
from ._progress import Progress


class Run:
    """A training run: its best model, and what became of it."""

    def __init__(self, done: dict[str, Any]) -> None:
        #: The run folder, with the model, its history and its record.
        self.folder = Path(done["folder"])
        #: The best model.
        self.model = Model(done["model"], str(self.folder))
        #: Its loss on held-out molecules, in nats per token; ``None`` if it was never computed.
        self.loss: Optional[float] = done["loss"]
        #: Why the run ended.
        self.reason: str = done["reason"]
        #: Optimizer steps.
        self.steps: int = done["step"]
        #: Seconds of training.
        self.seconds: float = done["seconds"]
        #: The record of the run, as ``run.json`` has it.
        self.record: dict[str, Any] = json.loads(done["record"]) if done["record"] else {}

    @property
    def history(self) -> list[dict[str, str]]:
        """The rows of ``history.csv``."""
        import csv

        with open(self.folder / "history.csv", newline="") as file:
            return list(csv.DictReader(file))

    def __repr__(self) -> str:
        loss = "" if self.loss is None else f", loss {self.loss:.4f}"
        return f"Run({str(self.folder)!r}, {self.steps} steps{loss}: {self.reason})"

    def _repr_html_(self) -> str:
        curve = self.folder / "loss.svg"
        return curve.read_text() if curve.is_file() else f"<pre>{self!r}</pre>"


def train(
    data: Optional[_input.Data] = None,
    *,
    from_: Union[Model, str, os.PathLike[str], None] = None,
    config: Union[str, os.PathLike[str], None] = None,
    set: Optional[Mapping[str, Any]] = None,
    minutes: Optional[float] = None,
    epochs: Optional[int] = None,
    output: Union[str, os.PathLike[str], None] = None,
    conditions: Optional[Iterable[str]] = None,
    augment: Optional[int] = None,
    context: Optional[int] = None,
    column: Optional[str] = None,
    old: Optional[_input.Data] = None,
    keep_vocabulary: bool = False,
    strict: bool = False,
    resume: bool = False,
    overwrite: bool = False,
    seed: int = 0,
    device: str = "cpu",
    threads: int = 0,
    progress: Progress = True,
) -> Run:
    """Trains a model on molecules, or with ``from_`` (a model, its path, ``"pretrained"``) fine-tunes one.

    ``data`` is a file's path, or molecules. ``config`` is a TOML file as in ``configs/``; ``set`` replaces keys of it:
    ``{"learning_rate": 3e-3}``. The run folder is ``output``, else ``runs/NAME`` with a number if that is taken.

    Ctrl-C (in a notebook: interrupt the kernel) ends the training, keeps what is done, and raises `KeyboardInterrupt`;
    ``train(data, output=FOLDER, resume=True)`` goes on with exactly the steps of an uninterrupted run.
    """
    given = None if data is None else _input.data(data, "data")
    if given is None and not resume:
        raise TypeError("train() needs argument `data`: a file of molecules, or molecules")
    folder, numbered = (os.fspath(output), False) if output is not None else (_default(given), True)
    wanted = {
        "data": given,
        "column": column,
        "config": None if config is None else os.fspath(config),
        "set": [f"{key}={_toml(value)}" for key, value in (set or {}).items()],
        "old": None if old is None else _input.data(old, "old"),
        "keep_vocabulary": keep_vocabulary,
        "context": context,
        "augment": augment,
        "epochs": epochs,
        "minutes": minutes,
        "conditions": None if conditions is None else _input.words(conditions, "conditions"),
        "seed": seed,
        "device": device,
        "strict": strict,
        "output": folder,
        "numbered": numbered,
        "resume": resume,
        "overwrite": overwrite,
    }
    base = from_ if from_ is None or isinstance(from_, Model) else load(from_)
    heard = _progress.listener(progress)
    try:
        done = _molgpt.train(wanted, None if base is None else (base._name, base._inner), threads, heard)
    finally:
        _progress.close(heard)
    return Run(done)


def _default(given: Union[list[Optional[str]], str, None]) -> str:
    name = Path(given).name.split(".")[0] if isinstance(given, str) else "molecules"
    return str(Path("runs") / (re.sub(r"[^\w.-]", "-", name) or "molecules"))


def _toml(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (bool, list, str)) else str(value)
