"""The list of compared records: very many at once, and only what is in view is looked at."""

from __future__ import annotations

from typing import Any

from hotfix_tui.compare.records import ComparedRow
from hotfix_tui.ui.record_rows import STATE_COLUMNS, RecordRows
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.widget_app import WidgetApp

OBJECTS, EACH = 5, 20_000
STATUSES = ("same", "different", "only_in_a", "only_in_b")


class Comparison:
    """Who is asked for, as a comparison would be."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def label(self, name: str) -> str:
        return name.removesuffix("__c")

    def changed(self, row: ComparedRow) -> tuple[dict[str, Any], dict[str, Any]]:
        self.asked.append(row.key)
        return {"by": "Ada", "at": "2026-01-12T23:05:00Z"}, {}


def many_rows() -> tuple[RecordRows, Comparison]:
    rows, comparison = RecordRows(("prod", "box"), set()), Comparison()
    rows.comparison = comparison  # type: ignore[assignment]
    for number in range(OBJECTS):
        name = f"Thing_{number}__c"
        rows.extend(
            ComparedRow(name, f"K-{place:05}", STATUSES[place % 4], ("a",), ("b",), ("F__c",) if place % 4 == 1 else ())
            for place in range(EACH)
        )
    return rows, comparison


def test_states_folds_filters_and_counts_of_a_hundred_thousand_records() -> None:
    rows, _ = many_rows()
    assert rows.counts() == dict.fromkeys(STATUSES, OBJECTS * EACH // 4)
    assert len(rows.index("", None)) == OBJECTS + OBJECTS * EACH * 3 // 4
    folded = rows.folded
    assert isinstance(folded, set)
    folded.add("Thing_1__c")
    assert len(rows.index("", None)) == OBJECTS + (OBJECTS - 1) * EACH * 3 // 4
    assert len(rows.index("f__c", None)) == OBJECTS * EACH // 4  # folded ones are found too
    assert len(rows.index("!only in", None)) == OBJECTS * EACH // 4
    rows.list_state("same")
    assert {rows.record(rows.key(row)).status for row in rows.index("k-0", None)[:50]} == {"same"}  # type: ignore[union-attr]
    assert len(rows.all_members()) == OBJECTS * EACH // 4


async def test_only_records_in_view_are_asked_who_changed_them() -> None:
    rows, comparison = many_rows()
    rows.who_shown = True
    app = WidgetApp(VirtualTable(*STATE_COLUMNS, title="Records", id="table"))
    async with app.run_test(size=(100, 30)) as pilot:
        table = app.query_one(VirtualTable)
        table.show(rows)
        await pilot.pause()
        assert 0 < len(set(comparison.asked)) <= 30
        comparison.asked.clear()
        table.focus()
        await pilot.press("G")
        await pilot.pause()
        assert 0 < len(set(comparison.asked)) <= 60  # the page that is left, and the one that is come to
        comparison.asked.clear()
        await pilot.press("k")
        await pilot.pause()
        assert len(set(comparison.asked)) <= 30
