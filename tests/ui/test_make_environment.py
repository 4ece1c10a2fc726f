"""Asking for a new environment from step 1: a name, a kind, production's alias; following what was asked for."""

from __future__ import annotations

from typing import Any

from hotfix_tui.events import session
from hotfix_tui.events.environment import EnvironmentReady, EnvironmentRequested
from hotfix_tui.ui.screens.dialogs import TypedAliasDialog
from hotfix_tui.ui.screens.make_environment import MakeEnvironmentDialog
from tests.ui import journals
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text
from tests.ui.test_keys import requests

ASKED = EnvironmentRequested(org="prod", kind="sandbox", name="hfx9", request_id="0GQ000000000001AAA")


async def test_a_sandbox_is_asked_for_with_the_alias_typed_in_full_and_a_permit_of_its_own(
    open_app: Any, no_grace: None
) -> None:
    async with open_app(1) as (app, pilot):
        await pilot.press("n")
        assert isinstance(app.screen, MakeEnvironmentDialog)
        await pilot.press("9", "enter", "enter")
        assert "begins with a letter" in screen_text(app)
        await pilot.press("home", "x", "enter", "j", "enter")
        assert isinstance(app.screen, TypedAliasDialog)
        assert "Developer pro sandbox x9" in screen_text(app)
        assert requests() == []
        await pilot.press(*"prod", "enter")
        await until(pilot, lambda: bool(requests()))
        [(kind, args)] = requests()
        assert (kind, args["name"], args["licence"]) == ("make_sandbox", "x9", "DEVELOPER_PRO")
        assert args["permit"].startswith("P-")


async def test_escape_at_either_dialog_asks_for_nothing(open_app: Any, no_grace: None) -> None:
    async with open_app(1) as (app, pilot):
        await pilot.press("n", "escape")
        assert not isinstance(app.screen, MakeEnvironmentDialog)
        await pilot.press("n", "a", "enter", "enter", "escape")
        assert not isinstance(app.screen, TypedAliasDialog)
        assert requests() == []


async def test_what_was_asked_for_is_followed_without_a_permit(open_app: Any) -> None:
    async with open_app(1) as (app, pilot):
        await pilot.press("f")
        assert "No org was asked for" in screen_text(app)
        journals.write("HF-1", ("make_sandbox", [session.StepStarted(name="make_sandbox", request=1), ASKED]))
        ended = session.StepFinished(name="make_sandbox", request=1, result="cancelled")
        journals.write("HF-1", ("make_sandbox", [ended]))
        await until(pilot, lambda: "goes on waiting for hfx9" in screen_text(app))
        await pilot.press("f")
        await until(pilot, lambda: bool(requests()))
        assert requests() == [("make_sandbox", {"name": "hfx9"})]
        ready = EnvironmentReady(
            org="prod", name="hfx9", alias="hfx9", org_id="00D000000000009EAA", username="u@x.example"
        )
        journals.write("HF-1", ("make_sandbox", [ready]))
        await until(pilot, lambda: "goes on waiting" not in screen_text(app))
