"""molgpt: a language model that writes molecules.

>>> import molgpt
>>> model = molgpt.load()
>>> molecules = model.sample(20)
>>> report = molgpt.evaluate(molecules)
>>> report.validity.count > 10
True
"""

from __future__ import annotations

from ._chem import Drawing, canonical, describe, draw, fingerprints, score
from ._errors import DeviceError, FileError, InputError, MolgptError, SettingError
from ._model import Model, Trace, load
from ._molgpt import Array, __version__
from ._optimize import Optimized, optimize
from ._report import Figure, Proportion, Report, evaluate
from ._table import Molecules, Table
from ._train import Run, train

__all__ = [
    "Array",
    "DeviceError",
    "Drawing",
    "Figure",
    "FileError",
    "InputError",
    "Model",
    "MolgptError",
    "Molecules",
    "Optimized",
    "Proportion",
    "Report",
    "Run",
    "SettingError",
    "Table",
    "Trace",
    "__version__",
    "canonical",
    "describe",
    "draw",
    "evaluate",
    "fingerprints",
    "load",
    "optimize",
    "score",
    "train",
]
