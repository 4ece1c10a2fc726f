"""The real app on real journals. No org is asked, and no runner is started: what is posted stays in the journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from textual.pilot import Pilot

from hotfix_tui import paths
from hotfix_tui.hotfix import launch
from hotfix_tui.ui.app import ApplyFix, HotfixApp
from hotfix_tui.ui.screens.dialogs import Dialog
from tests.ui import journals
from tests.ui.screen_text import screen_text

Opened = AbstractAsyncContextManager[tuple[HotfixApp, "Pilot[None]"]]


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Screens post requests; here nobody takes them."""
    monkeypatch.setattr(launch, "ensure_runner", lambda *_: None)


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dialogs listen at once."""
    monkeypatch.setattr(Dialog, "GRACE", 0.0)


@pytest.fixture
def long_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dialogs do not listen yet, however slow the machine is."""
    monkeypatch.setattr(Dialog, "GRACE", 60.0)


@pytest.fixture
def open_app(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Opened]:
    """Opens the app with the first `steps` of a whole hotfix in its journal, at that hotfix when there are any."""

    @asynccontextmanager
    async def opened(
        steps: int = 0, *, size: tuple[int, int] = (100, 30), apply_fix: ApplyFix | None = None, home: bool = False
    ) -> AsyncIterator[tuple[HotfixApp, Pilot[None]]]:
        if steps and not (paths.hotfixes() / "HF-1.sqlite").exists():
            journals.write("HF-1", *journals.everything(steps))
        app = HotfixApp(apply_fix=apply_fix)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: not app.surveying)
            for status in journals.orgs():
                app.orgs[status.alias] = status
            app.survey_error = ""
            app._orgs_changed()
            if steps:
                await until(pilot, lambda: "HF-1" in screen_text(app))
                if not home:
                    await pilot.press("enter")
            await pilot.pause()
            yield app, pilot

    return opened


async def until(pilot: Pilot[None], ready: Callable[[], bool], looks: int = 1_000) -> None:
    """Waits for a background thread's answer to be on screen."""
    for _ in range(looks):
        await pilot.pause(0.02)
        if ready():
            return
    raise AssertionError("it did not come")
