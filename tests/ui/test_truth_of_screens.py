"""What a screen says stays true: after a decision, while a step runs, and when it has ended."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix_tui.events import session
from hotfix_tui.hotfix.orgs import why_offered
from hotfix_tui.ui.screens.dialogs import TypedAliasDialog
from hotfix_tui.ui.words import age
from tests.ui import journals
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text


async def test_the_sums_of_a_plan_follow_the_decision_about_twins(open_app: Any, no_grace: None) -> None:
    async with open_app(3) as (app, pilot):
        await pilot.press("t")
        journals.write("HF-1", journals.planned(twins=True))
        await until(pilot, lambda: "38 new, 1 changed" in screen_text(app))
        await pilot.press("w", "down", "enter")
        await until(pilot, lambda: "37 new, 2 changed" in screen_text(app))


async def test_what_a_validation_does_is_not_hidden_by_an_open_difference(open_app: Any, no_grace: None) -> None:
    async with open_app(7) as (app, pilot):
        journals.write(
            "HF-1",
            ("find_fix", [_kept("baseline/environment/components"), _kept("fix/components")]),
        )
        await until(pilot, lambda: "The fix" in screen_text(app))
        app.screen.add_class("diff-open")
        await pilot.press("V")
        assert isinstance(app.screen, TypedAliasDialog)
        await pilot.press(*"prod", "enter")
        await until(pilot, lambda: not isinstance(app.screen, TypedAliasDialog))
        assert not app.screen.has_class("diff-open")
        assert "validate" in screen_text(app) and "snapshot" in screen_text(app)


def _kept(name: str) -> Any:
    from hotfix_tui.events import Keep

    return Keep(name=name, org="sand", org_id=journals.ENV_ID, content=b"")


async def test_after_a_sync_the_parts_of_an_org_are_said_to_be_applied(open_app: Any, no_grace: None) -> None:
    async with open_app(10) as (app, pilot):
        await pilot.press("g", "j", "enter")
        await until(pilot, lambda: "The fix in uat" in screen_text(app))
        assert "will be applied" in screen_text(app)
        await pilot.press("escape")
        journals.write("HF-1", journals.synced())
        await until(pilot, lambda: "parity" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "The fix in uat" in screen_text(app))
        assert "will be applied" not in screen_text(app)
        assert "applied" in screen_text(app)


async def test_a_runner_that_has_nothing_left_to_do_is_no_news(open_app: Any) -> None:
    async with open_app(2) as (app, pilot):
        journals.write("HF-1", ("", [session.RunnerStopped(why="idle")]))
        journals.write("HF-1", ("", [session.RunnerStopped(why="terminated")]))
        await until(pilot, lambda: "it was told to end" in screen_text(app))
        assert "nothing left to do" not in screen_text(app)


@pytest.mark.parametrize("hours", [1.0, 12.7, 47.9, 48.0, 71.5, 900.9])
def test_why_an_org_is_offered_names_the_age_its_row_shows(hours: float) -> None:
    number, unit, *_ = age(hours).split()
    assert why_offered(named=False, age=hours, used=0, most=0).startswith(f"{number} {unit}")
