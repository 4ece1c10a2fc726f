"""A record with its parents and children, in each org that has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hotfix_tui.ui.screens.dialogs import DetailDialog
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import many

if TYPE_CHECKING:
    from hotfix_tui.compare.narrowing import RecordFound
    from hotfix_tui.events.compare import RecordRelated

_COLUMNS = (Column("Object", 0, 2), Column("By", 0, 2), Column("Which, how many", 0, 3))


def related_dialog(found: RecordFound) -> DetailDialog:
    """What is related to the record."""
    first = found.facts[0]
    words: list[Cell] = [Toned(note, "dim") for note in found.notes]

    def rows(_width: int) -> Sequence[tuple[Cell, ...]]:
        return [row for fact in found.facts for row in _rows(fact)]

    return DetailDialog(f"{first.object} {first.name or first.record}", _COLUMNS, rows, words)


def _rows(fact: RecordRelated) -> list[tuple[Cell, ...]]:
    listed: list[tuple[Cell, ...]] = [(Toned(f"In {fact.org}", "strong"), "", fact.record)]
    listed += [
        (f"  ↑ {one.get('object')}", str(one.get("field")), str(one.get("name") or one.get("id")))
        for one in fact.parents
    ]
    for one in fact.children:
        detail = ", goes with it" if one.get("detail") else ""
        listed.append(
            (f"  ↓ {one.get('object')}", str(one.get("field")), f"{many(one.get('count', 0), 'record')}{detail}")
        )
    if not fact.parents and not fact.children:
        listed.append(("  nothing", "", "no parents, no children that our user sees"))
    if fact.uncounted:
        listed.append((Toned(f"  {many(fact.uncounted, 'relationship')} not counted", "warn"), "", ""))
    return listed
