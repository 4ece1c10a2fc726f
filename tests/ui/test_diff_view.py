"""Differences: their lines, and the view that shows them."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from hotfix_tui.ui import differences
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from tests.ui.conftest import until
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
        assert "-   <formula>Total__c > 70" in text.replace("&gt;", ">")


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
        assert not any("Total__c > 70" in line and "│ " in line.strip("│ ") for line in lines)


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


def numbered(count: int, changed: tuple[int, ...] = ()) -> str:
    return "\n".join(f"line {number}{' changed' if number in changed else ''}" for number in range(count))


async def test_it_goes_from_one_place_that_differs_to_the_next_and_back() -> None:
    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 20)) as pilot:
        view.show(Subject("x", "a", "b", lambda: (numbered(300), numbered(300, (20, 150, 290)))))
        await settled(pilot, view)
        view.unfold()
        assert "3 differences" in screen_text(pilot.app)
        for shown in (20, 150, 290):
            assert view.go(1) == ""
            await pilot.pause()
            assert f"- line {shown}" in screen_text(pilot.app) and f"+ line {shown} changed" in screen_text(pilot.app)
        assert "3 of 3 differences" in screen_text(pilot.app)
        assert view.go(1) == "That was the last difference here."
        assert view.go(-1) == ""
        await pilot.pause()
        assert "+ line 150 changed" in screen_text(pilot.app)
        view.action_top()
        await pilot.pause()
        assert view.go(1) == ""
        await pilot.pause()
        assert "+ line 20 changed" in screen_text(pilot.app)
        assert view.go(-1) == "That was the first difference here."


async def test_what_is_folded_opens_and_the_top_line_stays() -> None:
    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 20)) as pilot:
        view.show(Subject("x", "a", "b", lambda: (numbered(300), numbered(300, (150,)))))
        await settled(pilot, view)
        assert "147 unchanged lines, z shows them" in screen_text(pilot.app)
        view.scroll_to(y=4, animate=False)
        await pilot.pause()
        first = screen_text(pilot.app).splitlines()[1]
        assert "are shown" in view.unfold()
        await pilot.pause()
        assert screen_text(pilot.app).splitlines()[1].split()[:4] == first.split()[:4]
        assert view.virtual_size.height > 300 and "are folded" in view.unfold()
        view.action_top()
        await pilot.pause()
        await pilot.click(DiffView, offset=(5, 2))
        await pilot.pause()
        assert 150 < view.virtual_size.height < 165


async def test_both_sides_stand_beside_each_other_at_any_width_when_asked_for() -> None:
    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 20)) as pilot:
        view.show(Subject("x", "a", "b", lambda: (numbered(3), numbered(3, (1,)))))
        await settled(pilot, view)
        assert view.toggle_columns() == "side by side"
        await pilot.pause()
        assert any("- line 1" in line and "+ line 1 changed" in line for line in screen_text(pilot.app).splitlines())
        assert view.toggle_columns() == "in one column"


async def test_keys_are_answered_while_it_works_and_moving_on_ends_the_work() -> None:
    gate, given, seen = threading.Event(), threading.Event(), []

    def endless() -> Iterator[tuple[str, str, str]]:
        given.set()
        for number in itertools.count():
            seen.append(number)
            if number == 500:
                gate.wait(10)
            yield f"element[{number}].value", "1", "2"

    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        view.show(Subject("endless", "a", "b", lambda: ("1", "2"), endless))
        await until(pilot, lambda: "working out the difference" in screen_text(pilot.app))
        assert given.wait(10)
        await pilot.press("j")
        gate.set()
        await until(pilot, lambda: "so far" in screen_text(pilot.app))
        assert "element[0].value  - 1  + 2" in screen_text(pilot.app)
        view.show(rule())
        await settled(pilot, view)
        made = len(seen)
        await asyncio.sleep(0.1)
        assert len(seen) == made
        assert "formula" in screen_text(pilot.app) and "element[" not in screen_text(pilot.app)


async def test_places_that_come_late_are_shown_one_after_the_other_and_all_in_the_end() -> None:
    def many() -> Iterator[tuple[str, str, str]]:
        for number in range(3_000):
            if number in (500, 1_500):
                time.sleep(0.35)
            yield f"e{number}", "1", "2"

    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        view.show(Subject("many", "a", "b", lambda: ("1", "2"), many))
        await settled(pilot, view)
        assert "3,000 differences" in screen_text(pilot.app) and "so far" not in screen_text(pilot.app)
        view.action_bottom()
        await pilot.pause()
        assert "e2999  - 1  + 2" in screen_text(pilot.app)


@pytest.mark.parametrize("plain", [True, False])
async def test_without_colours_signs_and_underlines_say_the_same(monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    view = DiffView()
    app = WidgetApp(view)
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = "ansi-dark" if plain else "textual-dark"
        view.show(Subject("x", "a", "b", lambda: ("a = 1;", "a = 2;"), language="javascript"))
        await settled(pilot, view)
        strips = [view.render_line(y) for y in range(1, 3)]
        assert [strip.text.rstrip() for strip in strips] == ["  1 - a = 1;", "  1 + a = 2;"]
        marked = {segment.text: segment.style for segment in strips[0] if segment.style and segment.text == "1"}
        assert marked["1"].bold
        assert bool(marked["1"].underline) == plain


async def test_laying_out_many_lines_does_not_lose_a_text_that_was_asked_for() -> None:
    given: list[str] = []
    view = DiffView()
    async with WidgetApp(view).run_test(size=(80, 24)) as pilot:
        both = ["\n".join(f"{word} {number}" for number in range(9_000)) for word in ("one", "other")]
        view.show(Subject("x", "a", "b", lambda: (both[0], both[1])))
        assert view.working is not None
        view.working.unified(lambda text, _error: given.append(text))
        await until(pilot, lambda: bool(given) and view.virtual_size.height > 18_000)
        assert given[0].count("\n") > 18_000
