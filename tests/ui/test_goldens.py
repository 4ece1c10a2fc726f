"""What each screen looks like, as plain text in `goldens/`. HOTFIX_WRITE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.events import session
from hotfix_tui.ui.widgets.bars import Flash
from tests.ui import journals
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text

GOLDENS = Path(__file__).parent / "goldens"

SCREENS: dict[str, tuple[int, tuple[str, ...]]] = {
    "home": (0, ()),
    "new_hotfix": (0, ("n",)),
    "data_sets": (0, ("d",)),
    "environment": (1, ()),
    "compare_empty": (2, ()),
    "compare": (3, ("n",)),
    "compare_difference": (3, ("n", "enter")),
    "bring": (3, ("b",)),
    "uses": (3, ("n", "n", "d")),
    "impact": (3, ("n", "m")),
    "plan": (4, ()),
    "seed": (4, ("s",)),
    "fix": (6, ()),
    "promote": (8, ()),
    "deploy": (8, ("D",)),
    "sync": (10, ()),
    "finished": (12, ()),
    "help": (8, ("question_mark",)),
}


def steady(text: str) -> str:
    """Without what differs from run to run: times, and how long ago something was."""
    text = re.sub(r"\b\d\d:\d\d:\d\d\b", "HH:MM:SS", text)
    text = re.sub(r"\b\d:\d\d:\d\d\b", "H:MM:SS", text)
    text = re.sub(r"/\S*/hotfix/", "/…/", text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def check(name: str, text: str) -> None:
    path = GOLDENS / f"{name}.txt"
    if os.environ.get("HOTFIX_WRITE_GOLDENS"):
        GOLDENS.mkdir(exist_ok=True)
        path.write_text(steady(text))
    assert steady(text) == path.read_text()


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
@pytest.mark.parametrize("name", SCREENS)
async def test_a_screen_looks_as_it_should(open_app: Any, no_grace: None, name: str, size: tuple[int, int]) -> None:
    steps, keys = SCREENS[name]
    async with open_app(steps, size=size) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        at_work = ("working out", "Reading what")
        await until(pilot, lambda: not any(words in screen_text(app) for words in at_work))
        await pilot.pause()
        check(f"{name}_{size[0]}x{size[1]}", screen_text(app))


async def test_home_with_everything_on_it(open_app: Any) -> None:
    off = [session.StepStarted(name="seed", request=1), *journals.switched_off()]
    journals.write("HF-8", *journals.everything(4), ("seed", off))
    journals.write("HF-7", *journals.everything(8))
    journals.write("HF-6", *journals.everything(12))
    async with open_app(0, size=(80, 24)) as (app, pilot):
        await until(pilot, lambda: "HF-6" in screen_text(app))
        app.screen.query_one(Flash).flash("")
        await pilot.pause()
        check("home_full_80x24", "\n".join(sorted(screen_text(app).splitlines()[3:7])))
