"""Asking for a new environment from step 1: a name, a kind, production's alias; following what was asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui import paths
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.events import session
from hotfix_tui.events.environment import EnvironmentReady, EnvironmentRequested
from hotfix_tui.hotfix import drift
from hotfix_tui.hotfix.drift import Drift
from hotfix_tui.hotfix.orgs import OrgStatus
from hotfix_tui.ui.screens.dialogs import TypedAliasDialog
from hotfix_tui.ui.screens.form import FormDialog
from hotfix_tui.ui.screens.make_environment import MakeEnvironmentDialog
from tests.data import campus
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
        assert isinstance(app.screen, FormDialog)
        await pilot.press(*"price rule", "tab", *"hfx1", "enter")
        assert isinstance(app.screen, TypedAliasDialog)
        assert "Developer pro sandbox x9" in screen_text(app)
        assert requests() == []
        await pilot.press(*"prod", "enter")
        await until(pilot, lambda: bool(requests()))
        [(kind, args)] = requests()
        assert (kind, args["name"], args["licence"]) == ("make_sandbox", "x9", "DEVELOPER_PRO")
        assert (args["description"], args["clone_of"], args["alias"]) == ("price rule", "hfx1", "x9")
        assert args["permit"].startswith("P-")


async def test_escape_at_either_dialog_asks_for_nothing(open_app: Any, no_grace: None) -> None:
    async with open_app(1) as (app, pilot):
        await pilot.press("n", "escape")
        assert not isinstance(app.screen, MakeEnvironmentDialog)
        await pilot.press("n", "a", "enter", "enter", "escape")
        assert not isinstance(app.screen, FormDialog)
        await pilot.press("n", "a", "enter", "enter", "enter", "escape")
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


async def test_a_scratch_org_is_asked_for_with_its_definition_which_is_checked_first(
    open_app: Any, no_grace: None, tmp_path: Path
) -> None:
    file = tmp_path / "def.json"
    file.write_text('{"orgPreferences": {}}')
    async with open_app(1) as (app, pilot):
        await pilot.press("n", *"tryout", "enter", "end", "enter")
        assert "Scratch org tryout" in screen_text(app)
        await pilot.press("backspace", *"31", "enter")
        assert "1 to 30 days" in screen_text(app)
        await pilot.press("backspace", "backspace", *"3", "tab", "tab", *str(file), "enter")
        assert "write them as settings" in screen_text(app)
        file.write_text('{"edition": "Enterprise"}')
        await pilot.press("enter", *"prod", "enter")
        await until(pilot, lambda: bool(requests()))
        [(kind, args)] = requests()
        assert (kind, args["name"], args["days"]) == ("make_scratch", "tryout", 3)
        assert args["definition"] == '{"edition": "Enterprise"}'


async def test_only_a_sandbox_is_refreshed_and_only_what_this_hotfix_made_is_deleted(
    open_app: Any, no_grace: None
) -> None:
    async with open_app(1) as (app, pilot):
        await pilot.press("end", "R")
        assert "only a sandbox of production is copied anew" in screen_text(app)
        await pilot.press("home", "X")
        assert "was not made by this hotfix" in screen_text(app)
        here = app.screen.chosen
        app.orgs[here.alias] = replace(here, people=("Ann", "Bob"))
        await pilot.press("R")
        assert f"{here.alias} is in use by Ann, Bob" in screen_text(app)
        app.orgs[here.alias] = here
        await pilot.press("R")
        chosen = app.screen_stack[-2].chosen
        assert isinstance(app.screen, TypedAliasDialog)
        assert f"All that is in {chosen.alias} goes for good" in screen_text(app)
        await pilot.press(*"prod", "enter")
        await until(pilot, lambda: bool(requests()))
        [(kind, args)] = requests()
        assert (kind, args["alias"]) == ("refresh_sandbox", chosen.alias)
        ready = EnvironmentReady(org="prod", name="hfx9", alias=chosen.alias, org_id=chosen.org_id, username="u@x")
        journals.write("HF-1", ("make_sandbox", [ASKED, ready]))
        await until(pilot, lambda: "hfx9" in app.screen.state.made_ready and not app.surveying)
        app.orgs[chosen.alias] = chosen
        app.screen.redraw()
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, TypedAliasDialog))
        await pilot.press(*"prod", "enter")
        await until(pilot, lambda: len(requests()) > 1)
        kind, args = requests()[-1]
        assert (kind, args["name"], args["environment_kind"]) == ("delete_environment", "hfx9", "sandbox")


async def test_the_least_drifted_org_comes_first_and_an_empty_one_last(open_app: Any) -> None:
    async with open_app(1) as (app, pilot):
        kinds = {alias: OrgStatus(alias=alias, label="", kind="sandbox developer", org_id=f"00D{alias}", connected=True,
                                  age_hours=9.0) for alias in ("dev1", "dev2", "dev3")}  # fmt: skip
        app.orgs = kinds
        app.drifts = {"00Ddev1": Drift("x", 7, 9), "00Ddev2": Drift("x", 1, 9), "00Ddev3": Drift("x", 0, 0)}
        app.screen.redraw()
        await until(pilot, lambda: [one.alias for one in app.screen.orgs()] == ["dev2", "dev1", "dev3"])
        await pilot.press("home")
        await until(pilot, lambda: "1 of 9 components of x differ from production" in screen_text(app))
        app.orgs = {}
        app.screen.redraw()
        await pilot.press("d")
        assert "There is no org that could be the environment" in screen_text(app)


def drifts_by(monkeypatch: pytest.MonkeyPatch, found: dict[str, Drift]) -> list[str]:
    """Comparing takes what is `found` by alias, and fails for other orgs; the aliases that were compared."""
    compared: list[str] = []

    async def drift_of(production: str, alias: str, data_set: DataSet) -> Drift:
        assert (production, data_set.name) == ("prod", "campus")
        compared.append(alias)
        return found[alias]

    monkeypatch.setattr(drift, "drift_of", drift_of)
    return compared


def sandboxes(**changes: object) -> dict[str, OrgStatus]:
    return {
        alias: OrgStatus(alias=alias, label="", kind="sandbox developer", org_id=f"00D{alias}", connected=True,
                         age_hours=9.0, **changes)  # type: ignore[arg-type]
        for alias in ("dev1", "dev2", "dev3")
    }  # fmt: skip


async def test_drift_is_looked_up_unasked_once_for_a_data_set_of_ones_own(
    open_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = drifts_by(monkeypatch, {"dev1": Drift("campus", 7, 9), "dev2": Drift("campus", 1, 9)})
    campus.data_set(paths.data_sets())
    async with open_app(1) as (app, pilot):
        await until(pilot, lambda: not app.screen._comparing)
        compared.clear()  # the orgs that the app was opened with
        app.orgs = sandboxes()
        app.screen.redraw()
        await until(pilot, lambda: len(compared) == 3 and not app.screen._comparing)
        assert [one.alias for one in app.screen.orgs()] == ["dev2", "dev1", "dev3"]
        app.screen.redraw()
        await pilot.pause()
        assert compared == ["dev1", "dev2", "dev3"], "one that cannot be compared is not asked again and again"
        await pilot.press("end")
        await until(pilot, lambda: "Its drift is not known: KeyError: 'dev3'" in screen_text(app))
        assert app.session.data_set == "", "a look chooses no data set"
        await pilot.press("d")
        await until(pilot, lambda: "dev3 could not be compared; of the others the least drifted" in screen_text(app))


async def test_nothing_is_compared_unasked_by_a_template_nor_in_an_org_short_of_calls(
    open_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = drifts_by(monkeypatch, {})
    async with open_app(1) as (app, pilot):
        app.orgs = sandboxes()
        app.screen.redraw()
        await pilot.pause(0.1)
        campus.data_set(paths.data_sets())
        app.orgs = sandboxes(api_used=95, api_max=100)
        app.session.data_set = ""
        app.screen.redraw()
        await pilot.pause(0.1)
    assert compared == []


async def test_an_org_without_room_for_the_data_set_comes_last_and_says_so(open_app: Any) -> None:
    async with open_app(1) as (app, pilot):
        app.orgs = {
            alias: OrgStatus(alias=alias, label="", kind="sandbox developer", org_id=f"00D{alias}", connected=True,
                             storage_max_mb=200.0, storage_used_mb=used)
            for alias, used in (("full", 190.0), ("free", 10.0))
        }  # fmt: skip
        app.drifts = {"00Dfull": Drift("x", 0, 9, 10_000), "00Dfree": Drift("x", 5, 9, 10_000)}
        app.screen.redraw()
        await until(pilot, lambda: [one.alias for one in app.screen.orgs()] == ["free", "full"])
        await pilot.press("end")
        await until(pilot, lambda: "Its 10,000 rows may take 19.5 MB, and 10.0 MB are free." in screen_text(app))


async def test_an_empty_scratch_org_is_offered_what_it_lacks_of_the_impact_set(open_app: Any, no_grace: None) -> None:
    scratch = session.EnvironmentChosen(org="sand", org_id=journals.ENV_ID, kind="scratch")
    journals.write("HF-1", journals.begun(), journals.ran("choose_environment", scratch), journals.compared())
    async with open_app(3) as (app, pilot):
        await until(pilot, lambda: "A scratch org begins empty: 2 components selected" in screen_text(app))
        await pilot.press("b")
        await until(pilot, lambda: "Bring components" in screen_text(app))
        await pilot.press("y")
        await until(pilot, lambda: bool(requests()))
        [(kind, args)] = requests()
        assert kind == "resolve"
        assert sorted(args["components"]) == ["CustomField:Order__c.Mode__c", "ValidationRule:Order__c.Cap"]


async def test_an_org_that_no_login_leads_to_any_more_leaves_the_list(open_app: Any) -> None:
    async with open_app(1) as (app, pilot):
        assert "sand" in app.orgs
        await pilot.press("r")
        await until(pilot, lambda: not app.surveying)
        assert app.orgs == {}
        assert "No org is known" in screen_text(app)
