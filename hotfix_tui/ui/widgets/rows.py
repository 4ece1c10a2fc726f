"""What a VirtualTable draws from: rows that are asked for one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from hotfix_tui.ui.text import Cell, Toned, joined

T = TypeVar("T")


class RowSource:
    """Rows by number. Only the rows in view are asked for their cells."""

    def __len__(self) -> int:
        raise NotImplementedError

    @property
    def total(self) -> int:
        """How many rows there are that a filter can find."""
        return len(self)

    def cells(self, row: int) -> Sequence[Cell]:
        """The cells of a row, made visible by the table. With fewer cells than columns the last takes all the rest."""
        raise NotImplementedError

    def key(self, row: int) -> str:
        """What names the row when rows come and go: cursor and selection stay with it."""
        raise NotImplementedError

    def markable(self, row: int) -> bool:
        """Whether the row has a mark at all; the table's `selectable` says whether it can be set."""
        del row
        return True

    def search(self, row: int) -> str:
        """The text that a filter looks in, in lower case."""
        return joined(self.cells(row)).lower()

    def order(self, row: int, column: int) -> Any:
        """What the row is ordered by in a column."""
        cells = self.cells(row)
        cell = cells[min(column, len(cells) - 1)]
        text = cell.text if isinstance(cell, Toned) else cell
        return (0, float(text), "") if _is_number(text) else (1, 0.0, text.lower())

    def index(self, needle: str, column: int | None) -> Sequence[int]:
        """The rows that contain `needle` (or, from `!needle`, do not), ordered by `column` when there is one."""
        rows: Sequence[int] = range(len(self))
        wanted = needle.lower()
        if wanted.startswith("!") and len(wanted) > 1:
            rows = [row for row in rows if wanted[1:] not in self.search(row)]
        elif wanted and wanted != "!":
            rows = [row for row in rows if wanted in self.search(row)]
        if column is not None:
            rows = sorted(rows, key=lambda row: self.order(row, column))
        return rows


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


class ListRows(RowSource, Generic[T]):
    """Rows from a list of things and a function that gives a thing's cells."""

    def __init__(
        self,
        items: Sequence[T],
        cells: Callable[[T], Sequence[Cell]],
        key: Callable[[T], str] | None = None,
        markable: Callable[[T], bool] | None = None,
    ) -> None:
        self.items = items
        self._cells = cells
        self._key = key
        self._markable = markable

    def __len__(self) -> int:
        return len(self.items)

    def cells(self, row: int) -> Sequence[Cell]:
        """The cells that the function gives for the row's thing."""
        return self._cells(self.items[row])

    def markable(self, row: int) -> bool:
        """As the function says; without one every row is."""
        return self._markable is None or self._markable(self.items[row])

    def key(self, row: int) -> str:
        """The thing's own name, or the row's number."""
        return self._key(self.items[row]) if self._key else str(row)
