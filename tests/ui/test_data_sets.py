"""Data sets by keyboard: made from an org's own objects, changed, checked by the org, saved, copied, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from hotfix_tui import paths
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.salesforce import login
from hotfix_tui.ui.app import HotfixApp
from hotfix_tui.ui.screens.data_set import DataSetScreen
from hotfix_tui.ui.screens.data_sets import DataSetsScreen
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from tests.data import campus
from tests.data.campus import School
from tests.data.conftest import fill
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text
from tests.ui.test_goldens import check


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with campus.served(tmp_path_factory.mktemp("school"), "prod", "production") as made:
        fill(made)
        yield made


@pytest.fixture
def known(school: School, monkeypatch: pytest.MonkeyPatch) -> School:
    """The school is the org `prod` of this machine."""
    monkeypatch.setattr(login, "login_for", lambda alias: school.login)
    return school


async def typed(pilot: Pilot[None], text: str) -> None:
    """Types into the dialog's field, in place of what is there, and presses Enter."""
    pilot.app.screen.query_one(Input).value = text
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


async def shows(app: HotfixApp, pilot: Pilot[None], *words: str) -> None:
    """Waits until the screen says all of it."""
    try:
        await until(pilot, lambda: all(one in screen_text(app) for one in words))
    except AssertionError:
        raise AssertionError(f"{words} are not all on\n{screen_text(app)}") from None


async def to_object(app: HotfixApp, pilot: Pilot[None], words: str) -> None:
    """Puts the cursor on the line of the tree that says `words`."""
    assert isinstance(app.screen, DataSetScreen)
    model, table = app.screen.model, app.screen.query_one(VirtualTable)
    path = next(
        one.path for one in model.nodes() if one.link is not None and words in f"{one.object} {one.link.words()}"
    )
    assert table.go_to(path)
    await pilot.pause()


@pytest.mark.slow
async def test_a_data_set_is_made_from_the_orgs_objects_and_saved(open_app: Any, no_grace: None, known: School) -> None:
    async with open_app(0, size=(120, 40)) as (app, pilot):
        await pilot.press("d", "n")
        await shows(app, pilot, "Root object", "Account")
        await typed(pilot, "Course__c")
        await shows(app, pilot, "Lesson__c", "child by Course__c, MD", "Course_Key__c", "Successor__c, self")
        await to_object(app, pilot, "Lesson__c child by Course__c")
        await pilot.press("space")
        await shows(app, pilot, "[x]   ▸ Lesson__c")
        await pilot.press("enter")
        await shows(app, pilot, "Exercise__c")
        await to_object(app, pilot, "Exercise__c child by Lesson__c")
        await pilot.press("space")
        await shows(app, pilot, "[x]     ▸ Exercise__c")
        await pilot.press("s")
        await typed(pilot, "Courses at work")
        await shows(app, pilot, "Saved as courses_at_work.toml")
        made = load(paths.data_sets() / "courses_at_work.toml")
        assert made.names == ("Course__c", "Lesson__c", "Exercise__c")
        assert made.spec("Exercise__c").children_of == ("Lesson__c",)
        assert [one.key for one in made.objects] == [("Course_Key__c",), ("Lesson_Key__c",), ("Exercise_Key__c",)]
        await pilot.press("escape")
        await shows(app, pilot, "Courses at work", "yours")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_a_data_set_looks_as_it_should(open_app: Any, known: School, size: tuple[int, int]) -> None:
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    async with open_app(0, size=size) as (app, pilot):
        await pilot.press("d", "enter")
        await shows(app, pilot, "Course__c", "PricebookEntry")
        assert isinstance(app.screen, DataSetScreen)
        screen = app.screen
        await until(pilot, lambda: not screen.asking)
        await to_object(app, pilot, "Lesson__c child by Course__c")
        await pilot.press("enter")
        await shows(app, pilot, "[ ]")
        check(f"data_set_{size[0]}x{size[1]}", screen_text(app))


async def test_an_org_that_cannot_be_asked_is_said_and_the_file_can_still_be_changed(
    open_app: Any, no_grace: None
) -> None:
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    async with open_app(0, size=(120, 40)) as (app, pilot):
        await pilot.press("d", "enter")
        await shows(app, pilot, "prod could not be asked", "Exercise__c", "child by Lesson__c")
        await pilot.press("m", "down", "enter", "s")
        await shows(app, pilot, "Saved as campus.toml")
    assert load(paths.data_sets() / "campus.toml").spec("Course__c").mode == "insert"


@pytest.mark.slow
async def test_the_org_counts_a_filter_and_says_what_is_wrong_with_it(
    open_app: Any, no_grace: None, known: School, tmp_path: Path
) -> None:
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    async with open_app(0, size=(120, 40)) as (app, pilot):
        await pilot.press("d", "enter")
        await shows(app, pilot, "Course__c", "root", "PricebookEntry")
        table = app.screen.query_one(VirtualTable)
        assert table.go_to("Course__c")
        await pilot.press("w")
        await typed(pilot, "Nonsense__c = 1")
        await shows(app, pilot, "Org says", "No such column 'Nonsense__c'", "error")
        await pilot.press("w")
        await typed(pilot, "Status__c = 'Open'")
        await shows(app, pilot, "not saved", "1 upsert    Course_Key__c")
        await pilot.press("m")
        await shows(app, pilot, "insert only")
        await pilot.press("down", "down", "enter")
        await pilot.press("L")
        await typed(pilot, "5 by Name DESC")
        await pilot.press("s")
        await shows(app, pilot, "Saved as campus.toml")
    made = load(paths.data_sets() / "campus.toml").spec("Course__c")
    assert (made.where, made.mode, made.limit, made.order_by) == ("Status__c = 'Open'", "update", 5, "Name DESC")


@pytest.mark.slow
async def test_a_match_key_is_checked_and_a_mask_must_fit(open_app: Any, no_grace: None, known: School) -> None:
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    known.put("Course__c", Name="Twice", Course_Key__c="T1", Status__c="Closed")
    known.put("Course__c", Name="Twice", Course_Key__c="T2", Status__c="Closed")
    async with open_app(0, size=(120, 40)) as (app, pilot):
        await pilot.press("d", "enter")
        await shows(app, pilot, "Course__c", "root", "PricebookEntry")
        table = app.screen.query_one(VirtualTable)
        assert table.go_to("Course__c")
        await pilot.press("w")
        await typed(pilot, "")
        await pilot.press("K")
        await shows(app, pilot, "external Id, unique")
        await typed(pilot, "Name")
        await shows(app, pilot, "Course__c by Name: 2 rows share Twice")
        await pilot.press("M")
        await typed(pilot, "Fee__c")
        await pilot.press("down", "enter")
        await shows(app, pilot, "is no text of 12 characters or more")
        await pilot.press("M")
        await typed(pilot, "Note__c")
        await pilot.press("enter")
        await shows(app, pilot, "Note__c: fake")
        await pilot.press("F")
        await shows(app, pilot, "Fields of Course__c")
        await pilot.press("space", "enter")
        await shows(app, pilot, "Fields     ")
        assert isinstance(app.screen, DataSetScreen)
        made = app.screen.model.data_set
        assert len(made.mask_seed) == 32
        assert len(made.spec("Course__c").fields) == 1


async def test_unticking_takes_what_hangs_on_it_and_leaving_unsaved_asks(
    open_app: Any, no_grace: None, known: School
) -> None:
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    async with open_app(0, size=(120, 40)) as (app, pilot):
        await pilot.press("d", "enter")
        await shows(app, pilot, "Lesson__c", "PricebookEntry")
        await to_object(app, pilot, "Lesson__c child by Course__c")
        await pilot.press("space")
        assert isinstance(app.screen, DataSetScreen)
        assert app.screen.model.data_set.names == ("Course__c",)
        await pilot.press("escape")
        await shows(app, pilot, "What you changed is not saved")
        await pilot.press("escape")
        assert isinstance(app.screen, DataSetScreen)
        await pilot.press("escape", "y")
        assert isinstance(app.screen, DataSetsScreen)
    assert len(load(paths.data_sets() / "campus.toml").objects) == 6


async def test_from_a_record_opens_a_ready_data_set(open_app: Any, no_grace: None, known: School) -> None:
    async with open_app(0, size=(120, 40)) as (app, pilot):
        await pilot.press("d", "f")
        await typed(pilot, known.ids["C1"])
        await shows(app, pilot, "around Course__c", "Course_Key__c = 'C1'", "[x]   ▸ Lesson__c")
        await pilot.press("escape", "y")
        await pilot.press("f")
        await typed(pilot, "a00000000000001AAA")
        await shows(app, pilot, "prod has no Course__c a00000000000001AAA")


@pytest.mark.slow
async def test_files_are_copied_shared_and_deleted_and_a_broken_one_says_why(
    open_app: Any, no_grace: None, tmp_path: Path
) -> None:
    (paths.data_sets() / "broken.toml").write_text("v = 2\n")
    async with open_app(0, size=(100, 30)) as (app, pilot):
        await pilot.press("d")
        await shows(app, pilot, "broken", "cannot be used", "v must be 1", "template")
        await pilot.press("enter")
        await shows(app, pilot, "e opens it in your editor")
        table = app.screen.query_one(VirtualTable)
        assert table.go_to("price_books_and_products")
        await pilot.press("D")
        await shows(app, pilot, "Only your own data sets are deleted here")
        await pilot.press("c")
        await typed(pilot, "My prices")
        await shows(app, pilot, "Copied to my_prices.toml", "My prices")
        assert table.go_to("my_prices")
        await pilot.press("x")
        await typed(pilot, str(tmp_path / "shared.toml"))
        await shows(app, pilot, "shared.toml")
        await pilot.press("y")
        assert app.clipboard == (tmp_path / "shared.toml").read_text()
        assert load(tmp_path / "shared.toml").name == "My prices"
        assert "# Sources:" in app.clipboard, "comments are kept"
        await pilot.press("D", "y")
        await shows(app, pilot, "my_prices.toml is deleted")
        assert sorted(one.name for one in paths.data_sets().iterdir()) == ["broken.toml"]


async def test_the_data_tab_shows_the_chosen_data_set_as_productions_tree_with_counts(
    open_app: Any, no_grace: None, known: School
) -> None:
    (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET)
    async with open_app(2, size=(120, 40)) as (app, pilot):
        await pilot.press("t")
        await shows(app, pilot, "Data set: campus", "4  child by Course__c, master-detail")
        lines = screen_text(app).splitlines()
        course, exercise = (next(line for line in lines if name in line) for name in ("Course__c", "Exercise__c"))
        assert exercise.index("Exercise__c") == course.index("Course__c") + 4
        (paths.data_sets() / "campus.toml").write_text(campus.DATA_SET.replace('name = "campus"', 'name = "renamed"'))
        await pilot.press("e", "escape")
        await shows(app, pilot, "Data set: renamed", "4  child by Course__c, master-detail")
