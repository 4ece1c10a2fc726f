"""The log pane."""

from __future__ import annotations

from hotfix_tui.ui.widgets.log_pane import FLUSH, KEPT, LogLine, LogPane
from tests.ui.screen_text import screen_text
from tests.ui.widget_app import WidgetApp


def lines(*numbers: int, org: str = "") -> list[LogLine]:
    return [LogLine("10:00:00", f"line {number}", org=org) for number in numbers]


async def filled(pane: LogPane, *numbers: int) -> None:
    pane.write(lines(*numbers))
    pane.flush()


async def test_new_lines_are_followed_at_the_end() -> None:
    pane = LogPane()
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        await filled(pane, *range(50))
        await pilot.pause()
        assert "line 49" in screen_text(pilot.app)
        assert "line 9 " not in screen_text(pilot.app)


async def test_who_scrolled_up_stays_there_and_sees_how_many_came() -> None:
    pane = LogPane()
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        await filled(pane, *range(50))
        await pilot.pause()
        pane.focus()
        await pilot.press("home")
        await filled(pane, *range(50, 62))
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "line 0" in text and "line 61" not in text
        assert "paused, 12 new" in text
        await pilot.press("end")
        await pilot.pause()
        assert "line 61" in screen_text(pilot.app) and "paused" not in screen_text(pilot.app)


async def test_it_keeps_a_bounded_tail() -> None:
    pane = LogPane()
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        for start in range(0, KEPT + 500, 500):
            pane.write(lines(*range(start, start + 500)))
            pane.flush()
        assert len(pane.lines) == KEPT
        assert pane.lines[0].text == "line 500"
        assert pane.virtual_size.height == KEPT


async def test_many_writes_are_one_flush() -> None:
    pane = LogPane()
    flushes = []
    flush = pane.flush
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        pane.flush = lambda: (flushes.append(1), flush())[1]  # type: ignore[method-assign, func-returns-value]
        for number in range(200):
            pane.write(lines(number))
        await pilot.pause(FLUSH * 3)
        assert len(flushes) == 1
        assert len(pane.lines) == 200


async def test_the_log_of_one_org_shows_its_lines_and_those_of_none() -> None:
    pane = LogPane()
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        pane.write([*lines(1, org="uat"), *lines(2, org="qa"), *lines(3)])
        pane.flush()
        pane.show_only("uat")
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "line 1" in text and "line 3" in text and "line 2" not in text and "Log of uat" in text
        pane.show_only("")
        await pilot.pause()
        assert "line 2" in screen_text(pilot.app)


async def test_long_lines_are_wrapped_and_hostile_ones_are_text() -> None:
    pane = LogPane()
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        pane.write([LogLine("10:00:00", "word " * 20 + "last\x1b[31m [/foo]\u202e", "bad")])
        pane.flush()
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "last\\x1b[31m" in text and "[/foo]\\u202e" in text


async def test_the_size_goes_round() -> None:
    pane = LogPane()
    async with WidgetApp(pane).run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        assert pane.size_name == "small"
        assert [pane.next_size() for _ in range(3)] == ["half", "full", "small"]
