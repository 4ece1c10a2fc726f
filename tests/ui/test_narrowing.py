"""Both compare screens: filter words, impact, what depends on what, packages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from hotfix_tui.ui.screens.compare import CompareScreen
from hotfix_tui.ui.screens.typed import TypedDialog
from hotfix_tui.ui.screens.uses import UsesDialog
from tests.compare import folders
from tests.compare.test_managed import with_package
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text
from tests.ui.test_two_sides import compared


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    a, b = folders.generate_pair(tmp_path_factory.mktemp("pair"))
    return str(a), str(b)


def keys(screen: Any) -> list[str]:
    listed: list[str] = screen.components_table.keys()
    return [key for key in listed if not key.startswith("group/")]


async def typed(pilot: Pilot[None], text: str) -> None:
    for character in text:
        await pilot.press({" ": "space", ":": "colon", "*": "asterisk", "_": "underscore"}.get(character, character))


async def test_words_in_the_filter_line_narrow_and_backspace_lists_all(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, pilot):
        every = keys(app.screen)
        await pilot.press("slash")
        assert "type:Flow" in screen_text(app)
        await typed(pilot, "type:fl")
        await pilot.press("right")  # takes the completion
        await typed(pilot, " status:a")
        assert app.screen.query_one("#filter").value == "type:Flow status:a"
        await pilot.press("enter")
        assert keys(app.screen) == ["Flow:Flow_2"]
        assert "1 listed: filter type:Flow status:a" in screen_text(app)
        await pilot.press("backspace")
        assert keys(app.screen) == every and "listed:" not in screen_text(app)


async def test_a_filter_that_means_nothing_says_so_and_hides_nothing(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, pilot):
        every = keys(app.screen)
        await pilot.press("slash")
        await typed(pilot, "since:s")
        await until(pilot, lambda: "s is no time" in screen_text(app))
        assert set(keys(app.screen)) == set(every)


async def test_what_a_component_depends_on_is_shown_by_side_and_jumped_to(
    pair: tuple[str, str], no_grace: None
) -> None:
    async with compared(*pair) as (app, pilot):
        screen = app.screen
        screen.components_table.go_to("PermissionSet:Users")
        await pilot.press("s")  # the field it grants is only in A, so this hides it
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, UsesDialog))
        await until(pilot, lambda: "Depends on (12)" in screen_text(app))
        text = screen_text(app)
        assert "Used by: nothing that was found" in text and "CustomField Thing_3__c.F1__c" in text
        field = next(row for row, key in enumerate(app.screen.query_one("#uses").keys()) if "Thing_3__c.F1__c" in key)
        app.screen.query_one("#uses").move(field)
        await pilot.press("d")
        await until(pilot, lambda: "Used by (3)" in screen_text(app))
        await pilot.press("backspace")
        await until(pilot, lambda: "Depends on (12)" in screen_text(app))
        app.screen.query_one("#uses").move(field)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.components_table.key == "CustomField:Thing_3__c.F1__c"


async def test_enter_on_what_is_no_difference_says_so(pair: tuple[str, str], no_grace: None) -> None:
    async with compared(*pair) as (app, pilot):
        app.screen.components_table.go_to("PermissionSet:Users")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, UsesDialog))
        same = next(row for row, key in enumerate(app.screen.query_one("#uses").keys()) if "Thing_0__c.F1__c" in key)
        app.screen.query_one("#uses").move(same)
        await pilot.press("enter")
        await until(pilot, lambda: "is no difference, so the list does not have it" in screen_text(app))
        assert isinstance(app.screen, UsesDialog)


async def test_one_key_narrows_to_the_impact_of_a_component_and_one_toggles(pair: tuple[str, str]) -> None:
    async with compared(*pair) as (app, pilot):
        every = keys(app.screen)
        app.screen.components_table.go_to("ValidationRule:Thing_1__c.Check")
        await pilot.press("m")
        await until(pilot, lambda: "impact of Thing_1__c.Check" in screen_text(app))
        narrowed = keys(app.screen)
        assert {"ValidationRule:Thing_1__c.Check", "PermissionSet:Users"} <= set(narrowed) < set(every)
        await pilot.press("i")
        assert keys(app.screen) == every
        await pilot.press("i")
        assert keys(app.screen) == narrowed
        await pilot.press("backspace")
        assert keys(app.screen) == every


async def test_an_impact_is_asked_by_name_and_a_mistake_is_said(pair: tuple[str, str], no_grace: None) -> None:
    async with compared(*pair) as (app, pilot):
        for text, said in (
            ("Nothing__c", "Neither side has an object Nothing__c"),
            ("a b", "no record id"),
            ("001000000000001", "neither side is an org"),
            ("Thing_1__c", "Impact of Thing_1__c:"),
        ):
            await pilot.press("i" if "Nothing" in text else "M")
            assert isinstance(app.screen, TypedDialog)
            app.screen.query_one("#typed").value = text
            await pilot.press("enter")
            await until(pilot, lambda said=said: said in screen_text(app))
        assert "PermissionSet:Users" in keys(app.screen) and "ApexClass:Engine" not in keys(app.screen)


async def test_what_is_listed_is_what_is_written_also_in_folded_groups(
    pair: tuple[str, str], tmp_path: Path, no_grace: None
) -> None:
    async with compared(*pair) as (app, pilot):
        app.screen.components_table.go_to("ValidationRule:Thing_1__c.Check")
        await pilot.press("m")
        await until(pilot, lambda: "impact of" in screen_text(app))
        listed = set(keys(app.screen))
        app.screen.components_table.move(0)
        await pilot.press("enter")
        assert len(keys(app.screen)) < len(listed)
        await pilot.press("x")
        app.screen.query_one("#typed").value = str(tmp_path / "out")
        await pilot.press("enter")
        await until(pilot, lambda: (tmp_path / "out" / "package.xml").exists())
    written = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert {f"{one['type']}:{one['full_name']}" for one in written} == listed


async def test_packages_come_with_a_key_and_are_counted_without(tmp_path: Path) -> None:
    a, b = with_package(tmp_path / "a", ours="10"), folders.generate(tmp_path / "b", objects=1)
    async with compared(str(a), str(b)) as (app, pilot):
        assert "3 of installed packages left out" in screen_text(app)
        assert keys(app.screen) == ["CustomField:pkg__Quote__c.Ours__c"]
        await pilot.press("P")
        await until(pilot, lambda: not app.screen.running and "installed packages included" in screen_text(app))
        assert "CustomObject:pkg__Quote__c" in keys(app.screen)


async def test_the_wizards_screen_has_the_same_from_its_journal(open_app: Any, no_grace: None) -> None:
    async with open_app(3, size=(140, 40)) as (app, pilot):
        screen = app.screen
        if not isinstance(screen, CompareScreen):
            await pilot.press("n")
            screen = app.screen
        assert isinstance(screen, CompareScreen)
        every = keys(screen)
        screen.components_table.go_to("ApexClass:Totals")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, UsesDialog))
        await until(pilot, lambda: "Depends on (2)" in screen_text(app))
        assert "only production" in screen_text(app) and "ApexClass Same" in screen_text(app)
        app.screen.query_one("#uses").move(2)
        await pilot.press("d")
        await until(pilot, lambda: "was not kept" in screen_text(app))
        app.screen.query_one("#uses").move(1)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        assert screen.components_table.key == "CustomField:Order__c.Mode__c"
        await pilot.press("m")
        await until(pilot, lambda: "impact of Order__c.Mode__c" in screen_text(app))
        assert set(keys(screen)) == set(every)
        screen.components_table.go_to("ApexClass:Totals")
        await pilot.press("m")
        await until(pilot, lambda: "impact of Totals" in screen_text(app))
        assert keys(screen) == ["ApexClass:Totals", "CustomField:Order__c.Mode__c"]
        await pilot.press("i")
        assert keys(screen) == every
        await pilot.press("backspace")
        await pilot.press("i")
        assert screen.session.impact_only and "ApexClass:Totals" not in keys(screen)
