"""What grows under a screen is drawn often when that is quick, seldom when it is slow, and always in the end."""

from __future__ import annotations

import time

import pytest
from textual.app import App

from hotfix_tui.ui import pace
from hotfix_tui.ui.pace import Pace


@pytest.mark.parametrize(("takes", "most"), [(0.0, 40), (0.05, 1)])
async def test_slow_drawing_is_done_less_often(takes: float, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_LEAST_SECONDS", 0.001)
    drawn: list[float] = []

    def draw() -> None:
        time.sleep(takes)
        drawn.append(time.monotonic())

    app: App[None] = App()
    async with app.run_test() as pilot:
        asked = Pace(app, draw)
        asked.soon()
        assert len(drawn) == 1, "the first rows are shown at once"
        for _ in range(40):
            asked.soon()
            await pilot.pause()
        assert 1 <= len(drawn) <= 1 + most
        if takes:
            assert len(drawn) <= 3
        before = len(drawn)
        asked.now()
        await pilot.pause()
        assert len(drawn) == before + 1, "the end is shown whatever the pace"
        if not takes:
            assert before > 3
