"""The app as a whole: where a person is, sizes, leaving, hostile journals."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotfix_tui import paths
from hotfix_tui.events import Question, compare, session
from hotfix_tui.events.seed import BypassAssign
from hotfix_tui.ui.app import HotfixApp
from hotfix_tui.ui.background import Answered
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog, TypedAliasDialog
from hotfix_tui.ui.screens.home import HomeScreen
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui import journals
from tests.ui.conftest import until
from tests.ui.screen_text import screen_lines, screen_text
from tests.ui.test_keys import WHERE, requests

HOSTILE = "[/foo] \x1b[2J\x9b1m \u202etxet [@click=app.quit()]x[/] \x00 \u200b\n日本語"


async def test_a_first_start_says_what_to_press(open_app: Any) -> None:
    async with open_app() as (app, _pilot):
        text = screen_text(app)
        assert "No hotfix yet. n begins one." in text
        assert "PRODUCTION" in text and "no answer" in text


async def test_without_any_org_home_says_how_to_get_some() -> None:
    app = HotfixApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "No org is known" in screen_text(app))


@pytest.mark.parametrize(("steps", "where"), [item for item in WHERE.items() if item[0]])
async def test_a_hotfix_opens_where_it_stands(open_app: Any, steps: int, where: str) -> None:
    async with open_app(steps) as (app, _pilot):
        assert isinstance(app.screen, BaseScreen) and where == app.screen.WHERE


async def test_production_is_named_on_every_step_and_not_by_colour_alone(open_app: Any) -> None:
    for steps in WHERE:
        if steps:
            async with open_app(steps, size=(80, 24)) as (app, _pilot):
                assert "PRODUCTION prod" in screen_lines(app)[0]


@pytest.mark.parametrize("steps", WHERE)
@pytest.mark.parametrize("size", [(40, 10), (1, 1)])
async def test_a_terminal_that_is_too_small_is_told_and_nothing_can_be_pressed_unseen(
    open_app: Any, steps: int, size: tuple[int, int]
) -> None:
    async with open_app(steps) as (app, pilot):
        screen = app.screen
        await pilot.resize_terminal(*size)
        await pilot.pause()
        if size == (40, 10):
            assert "Enlarge it to" in screen_text(app)
        await pilot.press("n", "enter", "c", "s", "D")
        assert app.screen is screen
        if steps:
            assert requests() == []
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert "Enlarge" not in screen_text(app)


@pytest.mark.parametrize("size", [(79, 24), (80, 23), (10, 3)])
async def test_one_column_or_line_too_few_is_too_small(open_app: Any, size: tuple[int, int]) -> None:
    async with open_app(0, size=(80, 24)) as (app, pilot):
        assert "Enlarge" not in screen_text(app)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert isinstance(app.screen, BaseScreen) and app.screen.too_small


async def test_a_dialog_in_a_small_terminal_takes_only_the_way_out(open_app: Any, no_grace: None) -> None:
    async with open_app(8) as (app, pilot):
        await pilot.press("D")
        await pilot.resize_terminal(40, 10)
        await pilot.press(*"prod", "enter")
        assert isinstance(app.screen, TypedAliasDialog) and requests() == []
        await pilot.press("escape")
        assert not isinstance(app.screen, TypedAliasDialog)


async def test_keys_typed_ahead_do_not_answer_a_dialog(open_app: Any, long_grace: None) -> None:
    async with open_app(4) as (app, pilot):
        await pilot.press("s", "y")
        assert isinstance(app.screen, ConfirmDialog)
        assert requests() == []


async def test_what_the_journal_gets_is_shown_without_a_key(open_app: Any) -> None:
    async with open_app(2) as (app, pilot):
        journals.write("HF-1", journals.compared())
        await until(pilot, lambda: "Order__c.Cap" in screen_text(app) and "Compare done" in screen_text(app))


async def test_a_comparison_that_did_not_finish_claims_nothing_of_what_it_has_not_seen(open_app: Any) -> None:
    same = compare.ComponentCompared(type="ApexClass", full_name="A", status="same", a_changed={}, b_changed={})
    async with open_app(2) as (app, pilot):
        journals.write("HF-1", ("compare", [session.StepStarted(name="compare", request=1), same]))
        ended = session.StepFinished(name="compare", request=1, result="cancelled")
        journals.write("HF-1", ("compare", [ended]))
        await until(pilot, lambda: "The comparison did not finish." in screen_text(app))
        assert "are the same" not in screen_text(app)


async def test_a_finished_seed_and_a_found_fix_lead_on(open_app: Any) -> None:
    async with open_app(6) as (app, pilot):
        journals.write("HF-1", journals.fix_found())
        await until(pilot, lambda: getattr(app.screen, "WHERE", "") == "promote")


async def test_a_question_of_the_runner_is_asked_once_and_answered(open_app: Any, no_grace: None) -> None:
    async with open_app(4) as (app, pilot):
        question = Question(key="q/1", text="Adopt it?", choices=("adopt", "leave"))
        journals.write("HF-1", ("seed", [session.StepStarted(name="seed", request=1), question]))
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        await pilot.press("j", "enter")
        assert requests() == [("answer", {"key": "q/1", "text": "adopt"})]


async def test_leaving_is_at_once_when_nothing_runs_and_says_what_goes_on_when_something_does(
    open_app: Any, no_grace: None
) -> None:
    async with open_app(2) as (app, pilot):
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0
    async with open_app(0, home=True) as (app, pilot):
        await until(pilot, lambda: "HF-1" in screen_text(app))
        await pilot.press("enter", "c", "q")
        assert "goes on without this screen" in screen_text(app)
        await pilot.press("escape")
        assert app.return_code is None
        await pilot.press("q", "q")
        await pilot.pause()
        assert app.return_code == 0


async def test_automations_left_off_are_on_home_and_one_key_restores_them(open_app: Any) -> None:
    off = [session.StepStarted(name="seed", request=1), *journals.switched_off()]
    journals.write("HF-8", *journals.everything(4), ("seed", off))
    async with open_app() as (app, pilot):
        await until(pilot, lambda: "automations still off in sand (1 of 2)" in screen_text(app))
        await pilot.press("r")
        assert requests("HF-8") == [("restore", {})]


async def test_a_permission_set_left_assigned_is_on_home_and_one_key_takes_it_away(open_app: Any) -> None:
    given = BypassAssign(key="b", org="prod", org_id="00D", permission_set="Skip_All", user_id="005")
    journals.write("HF-8", *journals.everything(4), ("promote", [given]))
    async with open_app() as (app, pilot):
        await until(pilot, lambda: "Skip_All still assigned to our user in prod" in screen_text(app))
        await pilot.press("r")
        assert requests("HF-8") == [("restore", {})]


async def test_a_lost_runner_is_said_in_the_step_and_r_restores(open_app: Any) -> None:
    off = [session.StepStarted(name="seed", request=1), *journals.switched_off()]
    journals.write("HF-1", *journals.everything(4), ("seed", off))
    async with open_app(0, home=True) as (app, pilot):
        await until(pilot, lambda: "HF-1" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "ended without a word" in screen_text(app))
        await pilot.press("r")
        assert requests() == [("restore", {})]


async def test_a_corrupt_journal_is_listed_with_its_sentence_and_left_alone(open_app: Any) -> None:
    path = paths.hotfixes() / "HF-3.sqlite"
    path.write_bytes(b"no journal" * 100)
    async with open_app() as (app, pilot):
        await until(pilot, lambda: "cannot be read" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "This hotfix cannot be opened" in screen_text(app))
        assert isinstance(app.screen_stack[0], HomeScreen)
    assert path.read_bytes() == b"no journal" * 100


def hostile_events() -> list[tuple[str, list[Any]]]:
    """Every step of a hotfix with hostile text in every field of words."""
    import dataclasses

    kept = {"status", "state", "plan", "cell", "parity", "change", "act", "stage", "purpose", "gate", "level", "which"}
    kept |= {"result", "production", "org", "key", "kind", "part"}

    def made(event: Any, name: str) -> Any:
        changes = {
            item.name: f"{value}{HOSTILE}"
            for item in dataclasses.fields(event)
            if isinstance(value := getattr(event, item.name), str) and value and item.name not in kept
            and not (item.name == "name" and name == "StepStarted") and not item.name.endswith(("_id", "at"))
        }  # fmt: skip
        if name in ("Keep", "StepStarted", "StepFinished", "EnvironmentChosen"):
            return event
        return dataclasses.replace(event, **changes)

    return [(step, [made(event, type(event).__name__) for event in events]) for step, events in journals.everything()]


async def test_hostile_text_in_every_event_is_only_text_on_every_screen(open_app: Any, no_grace: None) -> None:
    for steps in (1, 2, 3, 4, 6, 7, 8, 10, 12):
        hotfix = f"HF-{steps}"
        journals.write(hotfix, *hostile_events()[:steps])
        app = HotfixApp()
        async with app.run_test(size=(140, 40)) as pilot:
            await pilot.pause()
            app.open_hotfix(hotfix)
            await pilot.pause(0.15)
            screens = [screen_text(app)]
            await pilot.press("j", "enter")
            await pilot.pause(0.1)
            screens.append(screen_text(app))
            for text in screens:
                assert not any(letter in text for letter in "\x00\x1b\x9b\u202e\u200b")
            assert any("[/foo]" in text for text in screens), hotfix


@pytest.mark.slow
async def test_the_screen_stays_with_what_it_draws_when_orgs_and_journals_come_at_once(open_app: Any) -> None:
    async with open_app(3) as (app, pilot):
        for number in range(5):
            journals.write("HF-1", journals.compared())
            app.survey()
            await pilot.press("2", "t", "1", "2")
            await asyncio.sleep(0.02 * number)
        await pilot.pause()
        assert app.screen.query_one(VirtualTable).is_mounted


async def test_an_answer_that_comes_while_the_app_ends_fails_nothing(open_app: Any) -> None:
    async with open_app(3) as (app, _pilot):
        pass
    app._tick()
    app.on_answered(Answered("x", "", lambda *_: pytest.fail("nobody is there to be told")))
