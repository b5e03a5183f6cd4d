"""What callers give as molecules, as texts: lists, columns of pandas and polars, numpy arrays, RDKit molecules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Optional, Union, cast

from ._errors import InputError
from ._table import Table

#: One molecule: a SMILES, or an RDKit molecule.
Molecule = Any
#: Several of them.
Molecules = Iterable[Molecule]
#: A file of molecules, or molecules.
Data = Union[str, "os.PathLike[str]", Molecules]


def is_one(molecules: object) -> bool:
    """Whether it is one molecule, and not several."""
    return isinstance(molecules, str) or hasattr(molecules, "GetNumAtoms")


def text(molecule: object, row: int = 0) -> Optional[str]:
    """The text of one molecule; ``None`` for what is missing."""
    if type(molecule) is str:
        return _encodable(molecule)
    if molecule is None or molecule != molecule:  # None, NaN
        return None
    if isinstance(molecule, str):
        return _encodable(str(molecule))
    if hasattr(molecule, "GetNumAtoms"):
        from rdkit import Chem

        smiles: str = Chem.MolToSmiles(molecule)
        return smiles
    # Missing values of pandas are unlike themselves, or not to be asked.
    if type(molecule).__name__ in ("NAType", "NaTType"):
        return None
    kind = type(molecule).__name__
    raise TypeError(f"molecule {row} is of type {kind}: a molecule is a SMILES (str) or an RDKit molecule")


def _encodable(word: str) -> str:
    try:
        word.encode()
    except UnicodeEncodeError:
        # No molecule, whatever stands for the surrogate; the row stays in its place.
        return word.encode(errors="backslashreplace").decode()
    return word


def texts(molecules: object) -> list[Optional[str]]:
    """The texts of several molecules, in order."""
    if is_one(molecules) or isinstance(molecules, bytes):
        kind = type(molecules).__name__
        raise TypeError(f"one molecule ({kind}) where several are expected: put it in a list")
    if isinstance(molecules, Table):
        molecules = molecules.smiles
    if hasattr(molecules, "columns"):
        raise TypeError("a data frame where one column is expected: give its column of SMILES, `frame['smiles']`")
    if not isinstance(molecules, Iterable):
        kind = type(molecules).__name__
        raise TypeError(f"molecules are a list, a column or an array of SMILES or of RDKit molecules, not {kind}")
    found = [text(molecule, row) for row, molecule in enumerate(_plain(molecules))]
    return found


def _plain(values: Iterable[Any]) -> Iterable[Any]:
    to_list = getattr(values, "tolist", None) or getattr(values, "to_list", None)
    return cast("Sequence[Any]", to_list()) if callable(to_list) else values


def data(given: object, name: str) -> Union[list[Optional[str]], str]:
    """A file's path, or the texts of molecules."""
    if isinstance(given, (str, os.PathLike)):
        path = os.fspath(given)
        if not isinstance(path, str):
            raise TypeError(f"argument `{name}` is a path of bytes: give a str")
        return path
    found = texts(given)
    if not found:
        raise InputError(f"argument `{name}` is empty: give molecules, or the path of a file")
    return found


def words(given: Union[str, Iterable[str], None], name: str) -> list[str]:
    """One text or several, as a list."""
    if given is None:
        return []
    if isinstance(given, str):
        return [given]
    found = list(given)
    for word in found:
        if not isinstance(word, str):
            raise TypeError(f"argument `{name}` has {word!r}: it takes texts")
    return found


def structure(
    *,
    scaffold: Union[str, Iterable[str], None] = None,
    grow_anywhere: bool = False,
    link: Union[str, Iterable[str], None] = None,
    morph: Optional[str] = None,
    extend: Optional[str] = None,
    superstructure: Optional[str] = None,
    near: Optional[str] = None,
) -> dict[str, Any]:
    """The structure that molecules keep."""
    return {
        "scaffold": words(scaffold, "scaffold"),
        "grow_anywhere": grow_anywhere,
        "link": words(link, "link"),
        "morph": morph,
        "extend": extend,
        "superstructure": superstructure,
        "near": near,
    }
