"""Records of two orgs on a screen, over HTTP: the list, the fields, who and when, writing, and what goes wrong."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from hotfix_tui import paths
from hotfix_tui.ui import record_sides
from hotfix_tui.ui.app import HotfixApp
from hotfix_tui.ui.commands import commands_of
from hotfix_tui.ui.screens.dialogs import ChoiceDialog, ConfirmDialog
from hotfix_tui.ui.screens.records import RecordsScreen
from hotfix_tui.ui.screens.two_sides import TwoSidesScreen
from hotfix_tui.ui.screens.typed import TypedDialog
from hotfix_tui.ui.widgets.bars import Flash
from hotfix_tui.ui.widgets.diff_view import DiffView
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text
from tests.ui.test_goldens import check

HOSTILE = "\x1b[2J[/bold] [red]\u202e"


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[School, School]]:
    folder = tmp_path_factory.mktemp("schools")
    with campus.served(folder, "prod", "production") as prod, campus.served(folder, "box") as box:
        fill(prod)
        box.put("Exercise__c", Name="Later", Exercise_Key__c="E9", Lesson__c=None)
        fill(box)
        box.save("Course__c", box.ids["C2"], Note__c=HOSTILE, Fee__c=12.5)
        box.save("Lesson__c", box.ids["L3"], Before__c=box.ids["L1"])
        box.save("Lesson__c", box.ids["L4"], Lesson_Key__c=None)
        box.put("Product2", Name="Kit again", ProductCode="KIT-2", IsActive=True)
        exercise = box.soql("SELECT Id FROM Exercise__c WHERE Exercise_Key__c = 'E9'")[0]["Id"]
        box.save("Exercise__c", exercise, Lesson__c=box.ids["L2"])
        for place, school in enumerate((prod, box)):
            at = school.inside.store.value("SELECT LastModifiedDate FROM Course__c")
            assert isinstance(at, str)
            for obj in ("Course__c", "Lesson__c", "Exercise__c", "Product2", "PricebookEntry"):
                school.inside.store.execute(
                    f"UPDATE {obj} SET LastModifiedDate = ?", [f"2026-01-1{place}{at[10:11]}09:41{at[16:]}"]
                )
        yield prod, box


@pytest.fixture
def data_set(schools: tuple[School, School]) -> str:
    """The schools are known orgs, their data set is a person's own."""
    orgs = {
        one.login.alias: {
            "org_id": one.inside.org_id,
            "instance_url": one.login.instance_url,
            "username": one.login.username,
            "access_token": one.login.access_token,
        }
        for one in schools
    }
    (paths.local_orgs() / "registry.json").write_text(json.dumps({"orgs": orgs}))
    return str(campus.data_set(paths.data_sets()).path)


@asynccontextmanager
async def shown(data_set: str = "", size: tuple[int, int] = (140, 40)) -> AsyncIterator[tuple[Any, Pilot[None]]]:
    app = HotfixApp(compared=("prod", "box"), records=data_set)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: not getattr(app.screen, "running", True))
        await pilot.pause()
        yield app, pilot


def listed(app: Any) -> dict[str, Any]:
    """The records that are listed, by the list's keys."""
    keys = app.screen.components_table.keys()
    return {key: row for key in keys if (row := app.screen.named(key)) is not None}


async def go_to(app: Any, pilot: Pilot[None], obj: str, key: str, status: str = "") -> None:
    found = next(
        place for place, row in listed(app).items() if (row.object, row.key) == (obj, key) and status in row.status
    )
    assert app.screen.components_table.go_to(found)
    await pilot.pause()


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_the_screen_looks_as_it_should(data_set: str, size: tuple[int, int], no_grace: None) -> None:
    async with shown(data_set, size) as (app, pilot):
        check(f"records_{size[0]}x{size[1]}", screen_text(app))
        await go_to(app, pilot, "Lesson__c", "L3")
        await pilot.press("enter")
        await until(pilot, lambda: "Lesson__c L1 (One)" in screen_text(app))
        check(f"records_fields_{size[0]}x{size[1]}", screen_text(app))


async def test_records_are_listed_by_object_with_counts_and_what_both_sides_call_them(data_set: str) -> None:
    async with shown(data_set) as (app, _pilot):
        text = screen_text(app)
        assert "Lesson (Lesson__c)  +1 ~1 ?1 =2" in text
        assert "~ C2  Botany" in text and "- E9  Later" in text and "! KIT-2" in text
        assert "11 same, 2 different, 1 only in A, 1 only in B, 1 ambiguous, 1 without a key" in text
        assert "PRODUCTION prod" in text and "\x1b[2J" not in text


async def test_the_fields_of_a_record_have_labels_parents_by_key_and_cannot_act(data_set: str) -> None:
    async with shown(data_set) as (app, pilot):
        await go_to(app, pilot, "Course__c", "C2")
        await until(pilot, lambda: "Fee (Fee__c)" in screen_text(app))
        text = screen_text(app)
        assert "\\x1b[2J[/bold] [red]\\u202e" in text and "prod: " in text and "box: " in text
        await pilot.press("v", "z")
        await until(pilot, lambda: "Course__c C1 (Alchemy)" in screen_text(app))


@pytest.mark.slow
async def test_a_data_set_is_made_around_the_record_under_the_cursor(data_set: str, no_grace: None) -> None:
    async with shown(data_set) as (app, pilot):
        await go_to(app, pilot, "Lesson__c", "L3")
        await pilot.press("D")
        await until(pilot, lambda: "around Lesson__c" in screen_text(app))
        assert "Lesson_Key__c = 'L3'" in screen_text(app) and "PRODUCTION prod" in screen_text(app)
        await pilot.press("escape", "y")
        await go_to(app, pilot, "Product2", "KIT-2")
        await pilot.press("D")
        await until(pilot, lambda: "around Product2" in screen_text(app) or "not ambiguous" in screen_text(app))


@pytest.mark.slow
async def test_a_probable_twin_stands_beside_the_record(data_set: str) -> None:
    async with shown(data_set) as (app, pilot):
        await go_to(app, pilot, "Lesson__c", "L4")
        await until(pilot, lambda: "has no key and is probably the same" in " ".join(screen_text(app).split()))
        await until(pilot, lambda: ": L4" in screen_text(app) and ": (empty)" in screen_text(app))
        await go_to(app, pilot, "Lesson__c", "", "keyless")
        await until(pilot, lambda: "is probably L4" in screen_text(app))


@pytest.mark.slow
async def test_one_state_at_a_time_and_a_filter_over_names_states_and_fields(data_set: str) -> None:
    async with shown(data_set) as (app, pilot):
        seen = []
        for _ in range(7):
            await pilot.press("s")
            seen.append({row.status for row in listed(app).values()})
        assert seen[:6] == [{one} for one in ("different", "only_in_a", "only_in_b", "ambiguous", "keyless", "same")]
        assert seen[6] == {"different", "only_in_a", "only_in_b", "ambiguous", "keyless"}
        for needle, expected in (("before__c", {"L3"}), ("!differs", {"L4", "", "E9", "KIT-2"}), ("bota", {"C2"})):
            app.screen.components_table.filter(needle)
            assert {row.key for row in listed(app).values()} == expected


async def test_who_and_when_stand_in_columns_for_both_sides(data_set: str) -> None:
    async with shown(data_set, (100, 30)) as (app, pilot):
        await pilot.press("u")
        text = screen_text(app)
        assert "Changed in A" in text and "Changed in B" in text
        line = next(one for one in text.splitlines() if "~ C2" in one)
        assert len(re.findall(r"\d\d [A-Z][a-z]{2} \d\d:\d\d", line)) == 2
        await pilot.press("u")
        assert "Changed in A" not in screen_text(app)


@pytest.mark.slow
async def test_what_is_selected_or_listed_is_written_into_a_folder(
    data_set: str, tmp_path: Path, no_grace: None
) -> None:
    async with shown(data_set) as (app, pilot):
        await go_to(app, pilot, "Course__c", "C2")
        await pilot.press("space")
        for folder, count in (("one", 2), ("all", 7)):
            await pilot.press("x")
            assert isinstance(app.screen, TypedDialog)
            app.screen.query_one("#typed").value = str(tmp_path / folder)
            await pilot.press("enter")
            await until(pilot, lambda folder=folder: (tmp_path / folder / "records.csv").exists())
            assert len(list(csv.reader((tmp_path / folder / "records.csv").open()))) == 1 + count
            app.screen.components_table.selected.clear()


@pytest.mark.slow
async def test_folding_next_full_screen_and_back(data_set: str) -> None:
    async with shown(data_set) as (app, pilot):
        table = app.screen.components_table
        before = table.listed
        await pilot.press("g", "enter")
        assert table.listed < before and "▸" in screen_text(app)
        await pilot.press("enter", "n")
        assert app.screen.named(table.key) is not None
        await pilot.press("f")
        await until(pilot, lambda: "Records:" not in screen_text(app) and isinstance(app.focused, DiffView))
        await pilot.press("escape")
        await until(pilot, lambda: "Records:" in screen_text(app))
        for _ in range(20):
            await pilot.press("n")
        assert "There is no other record that way." in screen_text(app)


@pytest.mark.slow
async def test_every_key_works_or_says_why_not(data_set: str, no_grace: None) -> None:
    async with shown(data_set) as (app, pilot):
        screen = app.screen
        await go_to(app, pilot, "Course__c", "C2")
        for command in commands_of("records"):
            if command.id in ("focus", "palette", "quit", "back", "editor", "pager"):
                continue
            why = screen.reason(command.id)
            await pilot.press(command.keys[0])
            await pilot.pause()
            if why:
                said = "".join(str(getattr(part, "text", part)) for part in screen.query_one(Flash).parts)
                assert said.strip() == why
            await until(pilot, lambda: app.screen is not screen or not screen.running)
            while app.screen is not screen:
                unsaved = isinstance(app.screen, ConfirmDialog)
                await pilot.press("y" if unsaved else "escape")
                await pilot.pause()
            await until(pilot, lambda: not screen.running)


@pytest.mark.slow
async def test_one_key_shows_the_records_beside_the_components_of_the_data_set_that_fits(
    data_set: str, no_grace: None
) -> None:
    async with shown() as (app, pilot):
        assert isinstance(app.screen, TwoSidesScreen)
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, ChoiceDialog))
        assert "campus  (campus)" in screen_text(app) and "Price books and products" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RecordsScreen) and app.screen.finished is not None)
        assert "Records: campus" in screen_text(app)
        await pilot.press("escape")
        assert isinstance(app.screen, TwoSidesScreen)


@pytest.mark.slow
async def test_the_wizard_shows_the_records_of_its_own_data_set_between_its_own_orgs(
    open_app: Any, data_set: str
) -> None:
    async with open_app(3, size=(100, 30)) as (app, pilot):
        below = app.screen
        app.session.data_set = "campus"
        await pilot.press("h")
        await until(pilot, lambda: isinstance(app.screen, RecordsScreen) and not app.screen.running)
        assert (app.screen.side_names(), app.screen.data_set) == (("prod", "sand"), data_set)
        assert "No org is called 'sand'" in screen_text(app)
        await pilot.press("escape")
        assert app.screen is below


async def test_a_data_set_that_does_not_fit_says_what_is_lacking_and_one_that_is_wrong_why(data_set: str) -> None:
    folder = paths.data_sets()
    (folder / "odd.toml").write_text(
        'v = 1\nname = "odd"\n[[object]]\nname = "Nowhere__c"\nroot = true\nkey = ["Name"]\n'
    )
    (folder / "wrong.toml").write_text("v = 2\n")
    found = {Path(one.path).stem: one for one in await record_sides.choices("prod", "box")}
    assert found["campus"].fits and not found["odd"].fits and not found["wrong"].fits
    assert found["odd"].lacking == ("Nowhere__c",) and "v must be 1" in found["wrong"].wrong
    assert [one.fits for one in found.values()] == sorted((one.fits for one in found.values()), reverse=True)


@pytest.mark.slow
async def test_an_org_that_cannot_be_read_is_a_sentence_and_r_tries_again(
    data_set: str, schools: tuple[School, School]
) -> None:
    schools[1].fault("status", "query", status=400, times=99, body='[{"errorCode":"NOT_NOW","message":"come later"}]')
    async with shown(data_set) as (app, pilot):
        assert "come later" in screen_text(app)
        assert "not compared" in screen_text(app) or "Could not compare" in screen_text(app)
        schools[1].faults.clear()
        await pilot.press("r")
        await until(pilot, lambda: app.screen.finished is not None and not app.screen.running and not app.screen.error)
        assert "11 same" in screen_text(app)


@pytest.mark.slow
async def test_leaving_while_both_are_read_ends_quietly(data_set: str, schools: tuple[School, School]) -> None:
    schools[1].fault("delay", "query", seconds=1.0, times=1)
    app = HotfixApp(compared=("prod", "box"), records=data_set)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RecordsScreen))
        assert "Reading both orgs" in screen_text(app)
        await pilot.press("x")
        assert "wait for the end" in screen_text(app)
        await pilot.press("escape")
        assert not isinstance(app.screen, RecordsScreen)
    schools[1].faults.clear()
