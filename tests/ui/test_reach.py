"""What could reach the outside is said before a seed, and listed with what can be done."""

from __future__ import annotations

from typing import Any

from hotfix_tui.events.automation import ReachFound
from hotfix_tui.ui.screens.dialogs import ConfirmDialog, DetailDialog
from tests.ui import journals
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text


def found(name: str, level: str) -> ReachFound:
    return ReachFound(
        org="sand", kind="remote site", name=name, detail=f"{name}.example", level=level, advice="stop it"
    )


async def test_the_confirmation_of_a_seed_names_what_goes_where_production_sends(open_app: Any, no_grace: None) -> None:
    async with open_app(4) as (app, pilot):
        await pilot.press("o")
        assert "The plan says what could reach the outside" in screen_text(app)
        names = [found("erp", "production"), found("rates\x1b[2J", "outside")]
        journals.write("HF-1", ("plan", names))
        await until(pilot, lambda: len(app.screen.state.reach) == 2)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        text = " ".join(screen_text(app).replace("│", " ").split())
        assert "2 ways to the outside from there, 1 to where PRODUCTION sends: remote site erp." in text
        await pilot.press("escape", "o")
        await until(pilot, lambda: isinstance(app.screen, DetailDialog) and "erp.example" in screen_text(app))
        assert "stop it" in screen_text(app) and "\x1b" not in screen_text(app)
