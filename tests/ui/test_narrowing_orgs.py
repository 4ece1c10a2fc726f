"""The compare screen on the incident's orgs: a record's impact, and what the orgs themselves tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hotfix_tui.headless import codes
from hotfix_tui.ui.screens.data_set import DataSetScreen
from hotfix_tui.ui.screens.dialogs import DetailDialog
from hotfix_tui.ui.screens.uses import UsesDialog
from tests.local_orgs import Orgs, incident
from tests.ui.conftest import until
from tests.ui.screen_text import screen_text
from tests.ui.test_narrowing import keys
from tests.ui.test_two_sides import compared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("narrowed")) as running:
        yield running


@pytest.fixture
def rule(orgs: Orgs) -> str:
    (row,) = orgs.org("prod").soql("SELECT Id FROM Discount_Rule__c WHERE External_Key__c = 'DR-0147'")
    return str(row["Id"])


def children(orgs: Orgs, rule: str) -> dict[str, int]:
    """How many records refer to the rule, asked with nothing of ours."""
    found = {}
    for name, field in (
        ("Rule_Condition__c", "Rule__c"), ("Discount_Tier__c", "Rule__c"), ("Rule_Product__c", "Rule__c"),
    ):  # fmt: skip
        found[name] = len(orgs.org("prod").soql(f"SELECT Id FROM {name} WHERE {field} = '{rule}'"))
    return {name: count for name, count in found.items() if count}


def test_a_records_impact_is_told_with_its_parents_and_children(orgs: Orgs, rule: str) -> None:
    ran = orgs.run("compare", "prod", "hfx1", "--impact", rule, "--json")
    assert ran.code == codes.DIFFERENCES
    fact = ran.event("RecordRelated")
    assert (fact["org"], fact["object"]) == ("prod", "Discount_Rule__c")
    assert {one["field"]: one["object"] for one in fact["parents"]}["Program__c"] == "Discount_Program__c"
    counts = {one["object"]: one["count"] for one in fact["children"]}
    assert counts.items() >= children(orgs, rule).items() and children(orgs, rule)
    narrowed = {f"{one['type']}:{one['full_name']}" for one in ran.events("ComponentCompared", impact=True)}
    by_name = orgs.run("compare", "prod", "hfx1", "--impact", "Discount_Rule__c", "--json")
    assert narrowed == {f"{one['type']}:{one['full_name']}" for one in by_name.events("ComponentCompared")}
    assert ran.event("CompareFinished")["impact"] == 6
    nowhere = orgs.run("compare", "prod", "hfx1", "--impact", rule[:-6] + "zzzAAA")
    assert nowhere.code == codes.USAGE and "has no Discount_Rule__c" in nowhere.err


async def test_the_screen_shows_a_records_relations_and_what_the_orgs_say(
    orgs: Orgs, rule: str, monkeypatch: pytest.MonkeyPatch, no_grace: None
) -> None:
    monkeypatch.setenv("HOTFIX_HOME", str(orgs.home))
    async with compared("prod", "hfx1") as (app, pilot):
        screen = app.screen
        await pilot.press("M")
        app.screen.query_one("#typed").value = rule
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DetailDialog))
        await until(pilot, lambda: "↑ Discount_Program__c" in screen_text(app))
        for name, count in children(orgs, rule).items():
            assert f"↓ {name}" in screen_text(app) and f"{count} record" in screen_text(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        assert len(keys(screen)) == 6
        await pilot.press("D")
        await until(pilot, lambda: isinstance(app.screen, DataSetScreen))
        await until(pilot, lambda: "around Discount_Rule__c" in screen_text(app))
        await pilot.press("escape", "y")
        await until(pilot, lambda: app.screen is screen)
        screen.components_table.go_to("Flow:Cart_Line_Discount_Guard")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, UsesDialog))
        await until(pilot, lambda: "Asking the orgs" not in screen_text(app))
        assert "CustomPermission Bypass_Pricing_Automation" in screen_text(app)
        assert "does not tell" not in screen_text(app)
