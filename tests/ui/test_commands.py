"""The one table of commands and everything that is made from it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hotfix_tui.ui.commands import (
    COMMANDS,
    SCREENS,
    bindings_for,
    commands_of,
    footer_of,
    help_sections,
    key_name,
    readme_table,
)
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.screens.compare import CompareScreen
from hotfix_tui.ui.screens.data_set import DataSetScreen
from hotfix_tui.ui.screens.data_sets import DataSetsScreen
from hotfix_tui.ui.screens.environment import EnvironmentScreen
from hotfix_tui.ui.screens.finished import FinishedScreen
from hotfix_tui.ui.screens.fix import FixScreen
from hotfix_tui.ui.screens.home import HomeScreen
from hotfix_tui.ui.screens.promote import PromoteScreen
from hotfix_tui.ui.screens.seed_data import DataScreen
from hotfix_tui.ui.screens.sync import SyncScreen

ALL: tuple[type[BaseScreen], ...] = (
    HomeScreen, EnvironmentScreen, CompareScreen, DataScreen, FixScreen, PromoteScreen, SyncScreen, FinishedScreen,
    DataSetsScreen, DataSetScreen,
)  # fmt: skip
PLACES = [screen.WHERE for screen in ALL]


@pytest.mark.parametrize("where", PLACES)
def test_no_key_means_two_things_on_one_screen(where: str) -> None:
    keys = Counter(key for command in commands_of(where) for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("screen", ALL)
def test_every_command_of_a_screen_is_built(screen: type[BaseScreen]) -> None:
    missing = [
        command.id
        for command in commands_of(screen.WHERE)
        if command.id != "focus" and not hasattr(screen, f"do_{command.id}")
    ]
    assert missing == []


@pytest.mark.parametrize("screen", ALL)
def test_a_screen_builds_nothing_that_the_table_does_not_have(screen: type[BaseScreen]) -> None:
    known = {command.id for command in commands_of(screen.WHERE)} | {"filter", "sort", "back", "log"}
    assert {name[3:] for name in dir(screen) if name.startswith("do_")} <= known


@pytest.mark.parametrize("where", PLACES)
def test_every_command_has_a_binding(where: str) -> None:
    bound = {binding.action for binding in bindings_for(where)}
    assert bound == {f"run('{command.id}')" for command in commands_of(where) if command.id != "focus"}


@pytest.mark.parametrize("where", PLACES)
def test_help_lists_every_command_of_the_screen(where: str) -> None:
    listed = {command for _, commands in help_sections(where) for command in commands}
    assert set(commands_of(where)) <= listed


def test_the_footer_ends_with_help_and_leave_and_is_short() -> None:
    for where in PLACES:
        footer = footer_of(where)
        assert [command.id for command in footer][-2:] == ["help", "quit"]
        assert len(footer) <= 9


def test_every_command_has_a_sentence_and_a_place() -> None:
    for command in COMMANDS:
        assert command.sentence.endswith(".") and command.sentence[0].isupper()
        assert command.where in SCREENS and command.keys


def test_the_readme_table_has_a_line_for_every_command() -> None:
    lines = readme_table().splitlines()
    assert len(lines) == 2 + len(COMMANDS)
    assert all(line.count("|") == 4 for line in lines)


def test_keys_are_named_as_people_say_them() -> None:
    assert [key_name(key) for key in ("question_mark", "ctrl+p", "enter", "V", "slash")] == [
        "?",
        "Ctrl+P",
        "Enter",
        "V",
        "/",
    ]


def test_the_readme_s_key_table_is_this_table() -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    between = text.partition("<!-- keys: begin -->")[2].partition("<!-- keys: end -->")[0]
    assert between.strip() == readme_table().strip()
