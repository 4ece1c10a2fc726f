"""What a row holds, in full: dialogs that several screens open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hotfix_tui.events.promote import FixRecord
from hotfix_tui.events.seed import AutomationFound, DuplicateFound, ObjectPlanned, RowRefused, RowWouldBeRefused
from hotfix_tui.events.sync import CellClassified
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui.screens.dialogs import DetailDialog
from hotfix_tui.ui.text import Cell, Toned, visible_text, wrap
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import many

CELLS = {
    "apply": ("will be applied", "add"),
    "new": ("new there", "add"),
    "same": ("there already", "dim"),
    "differs": ("left alone", "warn"),
}
"""CellClassified.cell → words and tone."""
_BROUGHT = {"apply": ("applied", "good"), "new": ("applied, was new", "good")}
"""The same after a sync that left nothing of it undone."""
_ACTS = {"insert": ("+", "add"), "update": ("~", "warn"), "delete": ("-", "remove")}


def shown_value(value: Any) -> str:
    """A field's value as people read it."""
    if value is None:
        return "(empty)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def changes_in_words(changes: Mapping[str, Any], act: str) -> str:
    """`Percent: 60 → 20; Active: true → false`; a new row only has what it gets."""
    return "; ".join(f"{field}: {_from_to(change, act)}" for field, change in changes.items())


def _from_to(change: Any, act: str) -> str:
    if not isinstance(change, list | tuple) or len(change) != 2:
        return shown_value(change)
    return shown_value(change[1]) if act == "insert" else f"{shown_value(change[0])} → {shown_value(change[1])}"


def planned_detail(state: HotfixState, planned: ObjectPlanned) -> DetailDialog:
    """The rows that a plan writes of one object."""
    rows = [row for row in state.planned_rows if row.object == planned.object]

    def cells(_width: int) -> Sequence[tuple[Cell, ...]]:
        lines = []
        for row in rows:
            sign, tone = _ACTS.get(row.act, ("?", ""))
            lines.append((Toned(sign, tone), row.key, changes_in_words(row.changes, row.act)))
        return lines

    columns = (Column("", 1), Column("Row", 0, 1), Column("What is written", 0, 3))
    title = f"{planned.object}: {many(len(rows), 'row')} to write"
    return DetailDialog(title, columns, cells, empty="Nothing of this object is written: all rows are equal.")


def sentences(title: str, parts: Sequence[tuple[str, str]]) -> DetailDialog:
    """Named texts, each in full, wrapped."""

    def cells(width: int) -> Sequence[tuple[Cell, ...]]:
        lines: list[tuple[Cell, ...]] = []
        for name, text in parts:
            if not text:
                continue
            for place, line in enumerate(wrap(visible_text(text), max(width - 18, 20))):
                lines.append((Toned(name if place == 0 else "", "dim"), line))
        return lines

    return DetailDialog(title, (Column("", 14), Column("")), cells)


def duplicate_detail(one: DuplicateFound) -> DetailDialog:
    """Rows that share a key, side by side: what they are, and the fields in which they differ."""

    def cells(_width: int) -> Sequence[tuple[Cell, ...]]:
        names = dict.fromkeys(name for row in one.rows for name in row)
        return [(name, *(shown_value(row.get(name)) for row in one.rows)) for name in names]

    columns = (Column("Field", 0, 1), *(Column(f"Row {number}", 0, 2) for number in range(1, len(one.rows) + 1)))
    return DetailDialog(f"{one.org}: {one.object} {one.key} is {len(one.ids)} rows", columns, cells)


def refused_detail(row: RowRefused | RowWouldBeRefused) -> DetailDialog:
    """The org's words about one row that was refused, or would be."""
    by = row.automation if isinstance(row, RowWouldBeRefused) else ""
    parts = [
        ("Refused by", by), ("Org", row.org), ("Object", row.object), ("Row", row.key), ("Act", row.act),
        ("Code", row.code), ("Message", row.message), ("Fields", ", ".join(row.fields)),
    ]  # fmt: skip
    return sentences("Refused", parts)


def automation_detail(one: AutomationFound) -> DetailDialog:
    """One automation: what, where, and what happens to it."""
    version = f"v{one.version} active" if one.version is not None else ""
    parts = [
        ("Automation", one.name), ("Kind", one.kind), ("Object", one.object), ("State found", one.state),
        ("Version", version), ("Runs", one.timing), ("While writing", one.plan.replace("_", " ")),
        ("Or", ", ".join(way.replace("_", " ") for way in one.ways if way != one.plan)), ("Detail", one.detail),
    ]  # fmt: skip
    return sentences("Automation", parts)


def record_detail(record: FixRecord) -> DetailDialog:
    """A record of the fix, field by field."""

    def cells(_width: int) -> Sequence[tuple[Cell, ...]]:
        lines: list[tuple[Cell, ...]] = []
        for field, change in record.changes.items():
            pair = change if isinstance(change, list | tuple) and len(change) == 2 else (None, change)
            lines.append((field, Toned(shown_value(pair[0]), "remove"), Toned(shown_value(pair[1]), "add")))
        return lines

    columns = (Column("Field", 0, 1), Column("Before", 0, 1), Column("After", 0, 1))
    return DetailDialog(f"{record.change} {record.object} {record.key}", columns, cells, empty="The whole record.")


def cells_of_org(org: str, cells: Iterable[CellClassified], parity: str = "") -> DetailDialog:
    """Each part of the fix in one org; what is left alone first, with the reason.

    `parity` of its certificate, empty before there is one: yes and exceptions mean that the rest has been applied.
    """
    words = {**CELLS, **_BROUGHT} if parity in ("yes", "exceptions") else CELLS
    shown = sorted(
        (cell for cell in cells if cell.org == org),
        key=lambda cell: (cell.cell != "differs", cell.part, cell.type, cell.name),
    )

    def rows(_width: int) -> list[tuple[Cell, ...]]:
        return [(cell.name, cell.type, Toned(*words.get(cell.cell, (cell.cell, ""))), cell.reason) for cell in shown]

    columns = (
        Column("Part of the fix", 0, 3), Column("Kind", 16, from_width=80), Column("In this org", 16),
        Column("Why", 0, 3),
    )  # fmt: skip
    return DetailDialog(f"The fix in {org}", columns, rows, empty="This org was not compared with the fix.")
