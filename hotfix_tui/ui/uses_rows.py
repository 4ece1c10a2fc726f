"""What a component depends on and what uses it, as the rows of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import RowSource

if TYPE_CHECKING:
    from hotfix_tui.compare.component import ComponentId
    from hotfix_tui.compare.dependencies import Uses

HEADING = "heading/"
State = Callable[["ComponentId"], tuple[str, str]]
"""A component → its state in words and their tone."""
QUIET = ("same", "not compared")
"""States of what is no difference; differences come first."""


class UsesRows(RowSource):
    """Two groups, each with what is named on either side and on which. `sides`: their names."""

    def __init__(self, a: Uses, b: Uses, sides: tuple[str, str], state: State) -> None:
        self._state = state
        self._rows: list[tuple[str, ComponentId | None, str]] = []
        of_org = a.of_org | b.of_org
        for title, left, right in (
            ("Depends on", a.depends_on, b.depends_on),
            ("Used by", a.used_by, b.used_by),
        ):
            both = sorted(left | right, key=lambda key: (state(key)[0] in QUIET, key))
            self._rows.append((f"{title} ({len(both):,})" if both else f"{title}: nothing that was found", None, ""))
            for key in both:
                where = "both" if key in left and key in right else f"only {sides[0] if key in left else sides[1]}"
                self._rows.append(("org" if key in of_org else "", key, where))

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, row: int) -> str:
        """`Type:Full_Name`, by group, as one can stand in both."""
        words, key, _ = self._rows[row]
        group = sum(1 for earlier in self._rows[: row + 1] if earlier[1] is None)
        return f"{HEADING}{words}" if key is None else f"{group}/{key}"

    def component(self, row: int) -> ComponentId | None:
        """The row's component; None for a heading."""
        return self._rows[row][1]

    def cells(self, row: int) -> Sequence[Cell]:
        """Name, on which side it is named, its state."""
        words, key, where = self._rows[row]
        if key is None:
            return (Toned(words, "strong"),)
        told = " (as the org says)" if words else ""
        return (f"  {key.type} {key.full_name}{told}", where, Toned(*self._state(key)))
