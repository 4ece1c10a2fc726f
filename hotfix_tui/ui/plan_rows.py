"""A data plan as rows: objects in writing order, sums."""

from __future__ import annotations

from typing import Any

from hotfix_tui.events.seed import DuplicateFound, ObjectPlanned, RehearsalFinished, RowRefused, RowWouldBeRefused
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import many

PLAN_COLUMNS = (
    Column("#", 2, right=True),
    Column("Object", 0, 3),
    Column("Rows", 5, right=True),
    Column("New", 5, right=True),
    Column("Chg", 5, right=True),
    Column("Same", 5, right=True),
    Column("Note", 0, 2),
)


def plan_cells(place: int, one: ObjectPlanned) -> tuple[Cell, ...]:
    """The cells of `PLAN_COLUMNS`."""
    notes = []
    if len(one.levels) > 1:
        notes.append(f"{len(one.levels)} levels")
    if one.second_pass:
        notes.append(f"second pass: {', '.join(one.second_pass)}")
    if one.reference:
        notes.append(f"{one.reference:,} only matched")
    if one.delete:
        notes.append(f"{one.delete:,} deleted")
    new: Cell = Toned(f"{one.insert:,}", "add") if one.insert else Toned("0", "dim")
    changed: Cell = Toned(f"{one.update:,}", "warn") if one.update else Toned("0", "dim")
    return (str(place), one.object, f"{one.rows:,}", new, changed, f"{one.equal:,}", "; ".join(notes))


def is_old(state: HotfixState) -> bool:
    """Whether a seed or an undo has written rows since the plan was made, so that its numbers are of then."""
    ended = [step for step in state.results if step in ("plan", "seed", "undo_seed")]
    return state.plan is not None and ended[-1:] != ["plan"] and bool(ended) and state.results[ended[-1]] != "refused"


def plan_title(state: HotfixState, adopted: int = 0) -> str:
    """`Plan: NAME  375 new, 28 changed, 279 equal · 1.4 of 200 MB left, 12 calls`.

    An `adopted` twin is changed, not new. After a write the numbers are of before, which the title says.
    """
    plan = state.plan
    if plan is None:
        return "Plan  working it out …"
    deleted = f", {plan.delete:,} deleted" if plan.delete else ""
    sums = f"{plan.insert - adopted:,} new, {plan.update + adopted:,} changed{deleted}, {plan.equal:,} equal"
    room = f" of {plan.storage_left:,} MB left" if plan.storage_left is not None else " MB"
    head = "Plan before the last write" if is_old(state) else "Plan"
    return f"{head}: {plan.data_set}  {sums} · {plan.size / 1_000_000:.1f}{room}, {plan.calls:,} calls"


def refused_table(state: HotfixState) -> tuple[str, ListRows[Any]]:
    """What was refused; before a seed what a rehearsal says would be, and keys that several rows have: title, rows."""
    if state.duplicates:
        title = f"Keys that several rows have ({len(state.duplicates)}): nothing is written"
        return title, ListRows(
            state.duplicates,
            lambda one: (one.object, one.key, Toned(duplicate_words(one), "bad")),
            lambda one: f"{one.org}/{one.object}/{one.key}",
        )
    rows: list[RowRefused | RowWouldBeRefused] = [*(state.refused or state.would_be_refused)]

    def cells(row: RowRefused | RowWouldBeRefused) -> tuple[Cell, ...]:
        by = f"{row.automation}  " if isinstance(row, RowWouldBeRefused) and row.automation else ""
        return row.object, row.key, Toned(f"{by}{row.code}: {row.message}", "bad")

    title = f"{'Refused' if state.refused else 'Would be refused'} ({len(rows)})"
    return title, ListRows(rows, cells, lambda row: f"{row.object}/{row.key}")


def duplicate_words(one: DuplicateFound) -> str:
    """`prod: a01… (Alchemy, Ana, 2026-01-12), a01… (Copy, Bo, 2026-01-13)`."""

    def row(shown: dict[str, Any]) -> str:
        more = [shown.get("Name"), shown.get("LastModifiedBy"), str(shown.get("LastModifiedDate") or "")[:10]]
        return f"{shown.get('Id')} ({', '.join(str(part) for part in more if part)})"

    return f"{one.org}: {', '.join(row(shown) for shown in one.rows) or ', '.join(one.ids)}"


def rehearsal_words(one: RehearsalFinished) -> list[Cell]:
    """`Rehearsed as it is: 372 of 375 rows tried and rolled back, 3 would be refused`, and what it cannot tell."""
    how = "with automations off" if one.mode == "switched_off" else "as it is"
    words: list[Cell] = [
        f"Rehearsed {how}: {one.covered:,} of {one.rows:,} rows tried and rolled back, ",
        Toned(f"{one.refused:,} would be refused", "bad" if one.refused else "good"),
    ]
    left = max(one.rows - one.covered, 0)
    if left:
        words.append(Toned(f"; {left:,} could not be tried", "warn"))
    if one.remains:
        words.append(Toned(f"; {many(len(one.remains), 'side effect')} may stay", "warn"))
    if left or one.remains:
        words.append(Toned(" (the log says which)", "dim"))
    return words
