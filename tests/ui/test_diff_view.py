"""Differences: their lines, and the view that shows them."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hotfix_tui.ui import differences
from hotfix_tui.ui.widgets import diff_lines
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from tests.ui.journals import CLASS_A, CLASS_B, RULE_A, RULE_B
from tests.ui.screen_text import screen_text
from tests.ui.widget_app import WidgetApp


def rule(name: str = "Order__c.Cap") -> Subject:
    return differences.subject(
        name, ("ValidationRule", name), ("PRODUCTION prod", "sand"), RULE_A.encode(), RULE_B.encode(), "note"
    )


async def settled(pilot: object, view: DiffView) -> None:
    for thread in threading.enumerate():
        if thread.name == "difference":
            thread.join(10)
    await pilot.pause()  # type: ignore[attr-defined]


async def test_structure_names_the_elements_that_differ_and_v_shows_the_text() -> None:
    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        view.show(rule())
        await settled(pilot, view)
        text = screen_text(pilot.app)
        assert "(structure)" in text and "formula" in text and "+ Total__c > 0.70" in text
        assert "<formula>" not in text
        assert view.toggle() == "text"
        await settled(pilot, view)
        text = screen_text(pilot.app)
        assert "-   <formula>Total__c > 70</formula>" in text.replace("&gt;", ">")


async def test_from_120_columns_on_both_sides_stand_beside_each_other() -> None:
    view = DiffView()
    async with WidgetApp(view).run_test(size=(120, 24)) as pilot:
        view.show(rule())
        await settled(pilot, view)
        lines = screen_text(pilot.app).splitlines()
        assert any("Total__c > 70" in line and "Total__c > 0.70" in line for line in lines)
        await pilot.resize_terminal(119, 24)
        await pilot.pause()
        lines = screen_text(pilot.app).splitlines()
        assert not any("Total__c > 70" in line and "Total__c > 0.70" in line for line in lines)


async def test_apex_is_text_only_and_a_missing_side_is_one_column() -> None:
    view = DiffView()
    async with WidgetApp(view).run_test(size=(120, 24)) as pilot:
        view.show(
            differences.subject("Totals", ("ApexClass", "Totals"), ("a", "b"), CLASS_A.encode(), CLASS_B.encode())
        )
        await settled(pilot, view)
        text = screen_text(pilot.app)
        assert "(text)" in text and "Integer a = 1;" in text and "Integer a = 2;" in text
        view.show(differences.subject("New", ("ApexClass", "New"), ("a", "b"), None, CLASS_B.encode()))
        await settled(pilot, view)
        assert "+ public class Totals {" in screen_text(pilot.app)


async def test_nothing_is_compared_before_it_is_shown_and_only_in_a_thread() -> None:
    asked: list[threading.Thread] = []

    def structure() -> list[tuple[str, str, str]]:
        asked.append(threading.current_thread())
        return [("a / b", "1", "2")]

    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        subject = Subject("x", "a", "b", lambda: ("1", "2"), structure)
        assert asked == []
        view.show(subject)
        view.show(subject)
        await settled(pilot, view)
        assert len(asked) == 1
        assert asked[0] is not threading.main_thread()


async def test_a_difference_that_cannot_be_computed_is_said() -> None:
    def broken() -> list[tuple[str, str, str]]:
        raise ValueError("[/foo]\x1b")

    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        view.show(Subject("x", "a", "b", lambda: ("1", "2"), broken))
        await settled(pilot, view)
        assert "Could not compare: ValueError: [/foo]\\x1b" in screen_text(pilot.app)


def test_files_under_headings_come_apart_again() -> None:
    text = "==> a.cls\nx\n\\==> not a heading\n==> a.cls-meta.xml\n<X/>"
    assert differences.files_of(text) == {"a.cls": b"x\n==> not a heading", "a.cls-meta.xml": b"<X/>"}
    assert differences.files_of("plain") == {"content": b"plain"}


LINES = st.lists(st.sampled_from(["a", "b", "c", "d e f", ""]), max_size=12).map("\n".join)


@given(LINES, LINES)
def test_a_text_difference_holds_every_changed_line_of_both_sides(left: str, right: str) -> None:
    rows = diff_lines.text_rows(left, right)
    changed_left = [row.left for row in rows if row.kind in ("change", "remove")]
    changed_right = [row.right for row in rows if row.kind in ("change", "add")]
    kept = [row for row in rows if row.kind == "same"]
    assert all(row.left == row.right for row in kept)
    if left == right:
        assert rows == []
    else:
        assert changed_left or changed_right
        assert set(changed_left) <= set(left.split("\n"))
        assert set(changed_right) <= set(right.split("\n"))


@given(LINES, LINES, st.integers(30, 90))
def test_drawn_lines_are_as_wide_as_the_view(left: str, right: str, width: int) -> None:
    rows = diff_lines.text_rows(left, right)
    for line in (*diff_lines.unified(rows, width), *diff_lines.side_by_side(rows, width)):
        assert sum(cell_len(text) for text, _ in line) <= width
