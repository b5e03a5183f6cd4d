"""Tables of molecules, which become data frames and draw themselves in a notebook."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any, Optional, Union, overload

from . import _molgpt

#: Drawings that a table shows of itself.
_SHOWN = 12


class Table:
    """Columns of equal length, the molecules in the column ``smiles``."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._columns)

    @property
    def smiles(self) -> list[Optional[str]]:
        """The molecules; ``None`` where a row is none."""
        found: list[Optional[str]] = self._columns["smiles"]
        return found

    def __getitem__(self, column: str) -> Any:
        try:
            return self._columns[column]
        except KeyError:
            names = ", ".join(f"`{name}`" for name in self._columns)
            raise KeyError(f"no column `{column}`: there are {names}") from None

    def __len__(self) -> int:
        return len(self.smiles)

    def to_dict(self) -> dict[str, list[Any]]:
        """The columns as lists."""
        return {name: _plain(values) for name, values in self._columns.items()}

    def to_pandas(self) -> Any:
        """A data frame of pandas."""
        import pandas

        return pandas.DataFrame(self.to_dict())

    def to_polars(self) -> Any:
        """A data frame of polars."""
        import polars

        return polars.DataFrame(self.to_dict())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} rows: {', '.join(self._columns)})"

    def _captions(self) -> list[str]:
        return [""] * len(self)

    def _repr_html_(self) -> str:
        rows = list(zip(self.smiles[:_SHOWN], self._captions()[:_SHOWN]))
        more = len(self) - len(rows)
        return grid(rows) + (f"<p>and {more:,} more</p>" if more > 0 else "")


class Molecules(Table):
    """Molecules that a model wrote, a sequence of their SMILES.

    Columns: ``smiles``; ``nll``, the negative log-likelihood in nats of what follows the prompt, the end included;
    ``cut``, whether the model's context cut the string.
    """

    def __init__(self, columns: dict[str, Any], draws: int, counts: Optional[str]) -> None:
        super().__init__(columns)
        #: Strings that were drawn for these molecules.
        self.draws = draws
        #: Counts of what was rejected, in words; ``None`` where all were kept.
        self.counts = counts

    @property
    def nll(self) -> _molgpt.Array:
        """Negative log-likelihoods in nats."""
        found: _molgpt.Array = self._columns["nll"]
        return found

    @overload
    def __getitem__(self, place: str) -> Any: ...
    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: Union[str, int, slice]) -> Any:
        if isinstance(place, str):
            return super().__getitem__(place)
        return self._columns["smiles"][place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns["smiles"])

    def _captions(self) -> list[str]:
        return [f"{nll:.1f} nats" for nll in self.nll.tolist()[:_SHOWN]]


def _plain(values: Any) -> list[Any]:
    return values.tolist() if isinstance(values, _molgpt.Array) else list(values)


def grid(rows: list[tuple[Optional[str], str]]) -> str:
    """Drawings of molecules with captions, as HTML; a box with the reason for what is none."""
    drawn = _molgpt.drawings([smiles for smiles, _ in rows], 0)
    cells = []
    for (smiles, caption), (svg, reason) in zip(rows, drawn):
        name = html.escape(smiles or "", quote=True)
        body = svg or f'<div style="width:220px;height:170px;overflow:hidden">{html.escape(reason or "")}</div>'
        below = f'<figcaption style="text-align:center;font-size:.85em">{html.escape(caption)}</figcaption>'
        cells.append(
            f'<figure title="{name}" style="margin:0;background:#fff;color:#222;border-radius:4px">{body}{below if caption else ""}</figure>'
        )
    return '<div style="display:flex;flex-wrap:wrap;gap:8px">' + "".join(cells) + "</div>"
