"""`compare A B` on a screen, on real folders: what it lists, how it differs, what it writes, and what goes wrong."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from hotfix_tui.ui import outside
from hotfix_tui.ui.app import HotfixApp
from hotfix_tui.ui.commands import commands_of
from hotfix_tui.ui.screens.home import HomeScreen
from hotfix_tui.ui.screens.two_sides import TwoSidesScreen
from hotfix_tui.ui.screens.typed import TwoSidesDialog, TypedDialog
from hotfix_tui.ui.widgets.bars import Flash
from hotfix_tui.ui.widgets.diff_view import DiffView
from tests.compare import folders
from tests.ui.conftest import until
from tests.ui.screen_text import screen_lines, screen_text


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    a, b = folders.generate_pair(tmp_path_factory.mktemp("pair"))
    label = "<labels><fullName>L9</fullName><language>en_US</language><value>Only here</value></labels>"
    folders.write(b, "more-app/main/default/labels/More.labels-meta.xml", folders.xml("CustomLabels", label))
    return str(a), str(b)


@asynccontextmanager
async def compared(a: str, b: str, size: tuple[int, int] = (140, 40)) -> AsyncIterator[tuple[Any, Pilot[None]]]:
    app = HotfixApp(compared=(a, b))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TwoSidesScreen) and not app.screen.running)
        await pilot.pause()
        yield app, pilot


async def test_what_differs_is_listed_by_type_with_the_sums(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, _pilot):
        text = screen_text(app)
        assert "Flow (3)" in text and "~ Flow_1" in text and "+ Flow_2" in text and "- Flow_9" in text
        assert "only in A" in text and "0 unreadable" not in text
        assert set(app.screen.components_table.keys()) >= {"Flow:Flow_1", "Flow:Flow_2", "Flow:Flow_9"}


async def test_two_that_are_the_same_say_so(pair: tuple[str, str]) -> None:
    async with compared(pair[0], pair[0] + "/") as (app, _pilot):
        assert "components are the same." in screen_text(app)


async def test_the_difference_of_the_chosen_component_is_shown_and_filled_to_the_screen(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, pilot):
        app.screen.components_table.go_to("Flow:Flow_1")
        await until(pilot, lambda: "Another flow" in screen_text(app))
        await pilot.press("f")
        await until(pilot, lambda: "Components" not in screen_text(app))
        assert "Another flow" in screen_text(app) and isinstance(app.focused, DiffView)
        await pilot.press("escape")
        await until(pilot, lambda: "Components" in screen_text(app))


async def test_one_state_at_a_time(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, pilot):
        seen = []
        for _ in range(5):
            await pilot.press("s")
            listed = app.screen.components_table.keys()
            rows = [app.screen.component(key) for key in listed]
            seen.append({one.status for one in rows if one is not None})
        assert seen[:4] == [{"different"}, {"only_in_a"}, {"only_in_b"}, set()]
        assert seen[4] == {"different", "only_in_a", "only_in_b"}


async def test_what_is_selected_is_written_into_a_folder_once(
    pair: tuple[str, str], tmp_path: Path, no_grace: None
) -> None:
    place = tmp_path / "out"
    async with compared(*pair) as (app, pilot):
        for key in ("Flow:Flow_1", "Flow:Flow_9", "CustomLabel:L9"):
            app.screen.components_table.go_to(key)
            await pilot.press("space")
        for said in ("destructiveChanges.xml.", "stays as it is"):
            await pilot.press("x")
            assert isinstance(app.screen, TypedDialog)
            app.screen.query_one("#typed").value = str(place)
            await pilot.press("enter")
            await until(pilot, lambda said=said: said in "".join(screen_text(app).split("\n")).replace("  ", ""))
    written = json.loads((place / "comparison.json").read_text())
    assert [(one["full_name"], one["status"]) for one in written] == [
        ("L9", "only_in_b"),
        ("Flow_1", "different"),
        ("Flow_9", "only_in_b"),
    ]
    assert "<members>Flow_1</members>" in (place / "package.xml").read_text()
    assert "<members>L9</members>" in (place / "destructiveChanges.xml").read_text()
    text = (place / "comparison.md").read_text()
    assert "Another flow" in text and "## In no manifest" in text and "Flow\\_9" in text.partition("## In no")[2]


async def test_a_side_that_cannot_be_read_is_a_sentence_and_r_tries_again(
    pair: tuple[str, str], tmp_path: Path
) -> None:
    async with compared(pair[0], str(tmp_path / "no")) as (app, pilot):
        assert "There is no folder" in screen_text(app) and "Not compared. r tries again." in screen_text(app)
        folders.generate(tmp_path / "no")
        await pilot.press("r")
        await until(pilot, lambda: "same" in screen_lines(app)[-3] and not app.screen.running)
        await pilot.press("escape")
        assert isinstance(app.screen, HomeScreen)


async def test_every_key_works_or_says_why_not(pair: tuple[str, str], no_grace: None) -> None:
    async with compared(*pair) as (app, pilot):
        screen = app.screen
        for command in commands_of("two_sides"):
            if command.id in ("focus", "palette", "quit", "back", "editor", "pager"):
                continue
            why = screen.reason(command.id)
            await pilot.press(command.keys[0])
            await pilot.pause()
            if why:
                said = "".join(str(getattr(part, "text", part)) for part in screen.query_one(Flash).parts)
                assert said.strip() == why
            while app.screen is not screen:
                await pilot.press("escape")
                await pilot.pause()
            await until(pilot, lambda: not screen.running)


async def test_home_asks_which_two_and_takes_no_two_of_the_same(
    open_app: Any, pair: tuple[str, str], no_grace: None
) -> None:
    async with open_app() as (app, pilot):
        await pilot.press("c")
        assert isinstance(app.screen, TwoSidesDialog)
        assert "prod, sand" in screen_text(app)
        for value, other, words in ((pair[0], "", "Name two."), (pair[0], pair[0], "These are the same.")):
            app.screen.query_one("#a").value, app.screen.query_one("#b").value = value, other
            app.screen.query_one("#b").focus()
            await pilot.press("enter")
            await until(pilot, lambda words=words: words in screen_text(app))
        app.screen.query_one("#b").value = pair[1]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TwoSidesScreen) and "~ Flow_1" in screen_text(app))


def test_what_a_pager_gets_steers_no_terminal() -> None:
    assert outside.safe("a\tb\x1b[2J\x9b31m\u202e\nc") == "a   b\\x1b[2J\\x9b31m\\u202e\nc"


def test_files_for_a_pager_are_private_and_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "pager"
    script.write_text(
        f'#!/bin/sh\nstat -c "%a" "$1" "$(dirname "$1")" > {tmp_path}/modes\necho "$1" > {tmp_path}/name\n'
    )
    script.chmod(0o700)
    monkeypatch.setenv("PAGER", str(script))

    class Suspended:
        def suspend(self) -> Any:
            from contextlib import nullcontext

            return nullcontext()

    before = os.umask(0o077)
    try:
        assert outside.page(Suspended(), "text") == ""  # type: ignore[arg-type]
        assert (tmp_path / "modes").read_text().split() == ["600", "700"]
        assert not Path((tmp_path / "name").read_text().strip()).exists()
        monkeypatch.setenv("PAGER", str(tmp_path / "none"))
        assert "could not be started" in outside.page(Suspended(), "text")  # type: ignore[arg-type]
    finally:
        os.umask(before)
    assert stat.S_ISREG(script.stat().st_mode)


async def test_a_difference_is_worked_out_off_the_loop(pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A component may be of 20 MB; a key must be answered meanwhile."""
    import threading

    from hotfix_tui.compare.compare import Comparison

    threads: list[str] = []
    text = Comparison.text

    def watched(self: Comparison, side: str, key: Any) -> bytes:
        threads.append(threading.current_thread().name)
        return text(self, side, key)

    monkeypatch.setattr(Comparison, "text", watched)
    async with compared(*pair) as (app, pilot):
        app.screen.components_table.go_to("ApexClass:Engine")
        app.screen.components_table.go_to("Flow:Flow_9")
        await until(pilot, lambda: "Thing_0__c" in screen_text(app))
    assert set(threads) == {"difference"}


async def test_what_did_not_finish_is_not_written_down(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, pilot):
        app.screen.finished = None
        await pilot.press("x")
        assert "did not finish: r compares again" in screen_text(app)


async def test_compared_again_the_difference_is_of_what_is_there_now(tmp_path: Path) -> None:
    a, b = folders.generate_pair(tmp_path)
    flow = b / "force-app/main/default/flows/Flow_1.flow-meta.xml"
    async with compared(str(a), str(b)) as (app, pilot):
        app.screen.components_table.go_to("Flow:Flow_1")
        await until(pilot, lambda: "Another flow" in screen_text(app) and not app.screen.running)
        flow.write_text(flow.read_text().replace("Another flow", "A third flow"))
        await pilot.press("r")
        await until(pilot, lambda: "A third flow" in screen_text(app))
