"""The whole hotfix in a real terminal, with keys only; what it did is checked by SOQL and retrieve from outside."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import scenario_generator as scenarios
from tests.end_to_end import dumps, wizard
from tests.end_to_end.outside import Instance, OutsideView, instance
from tests.end_to_end.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end, pytest.mark.timeout(400)]


@pytest.fixture(params=["incident", "generated"])
def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """The scenario's name or folder, and what must come out of it."""
    if request.param == "incident":
        return "incident", scenarios.expectations()
    folder = scenarios.generate(tmp_path / "generated", seed=7)
    return str(folder), scenarios.expectations(folder)


def cells(table: dict[str, str], *wanted: str) -> set[str]:
    return {name for name, cell in table.items() if cell in wanted}


def test_from_home_to_the_end_of_sync_with_keys_only(
    open_terminal: Callable[..., Terminal],
    command: Callable[..., subprocess.CompletedProcess[str]],
    home: Path,
    scenario: tuple[str, dict[str, Any]],
) -> None:
    folder, expected = scenario
    alias = expected["aliases"]
    if folder == "incident":
        # Only its story: test_padded_incident.py is about the size that the demo gives it.
        assert command("local-orgs", "start", "--no-padding").returncode == 0
    screen = open_terminal("demo", "--scenario", folder)
    screen.wait_for("Hotfixes", 60)
    orgs = instance(home)
    orgs.control("/pace", {"seconds": 0.002})
    environment, production = orgs.orgs[alias["hfx1"]], orgs.orgs[alias["prod"]]
    others = [alias[name] for name in ("uat", "qa", "train", "dev1", "int")]
    metadata_before = {name: dumps.metadata(orgs.orgs[name]) for name in [*others, alias["prod"]]}
    records_before = {name: dumps.records(orgs.orgs[name]) for name in others}

    wizard.new_hotfix(screen, "one hundred percent")
    wizard.choose_environment(screen, alias["hfx1"])
    wizard.compare_and_resolve(screen, len(expected["blocking"]))
    automations = dumps.automations(environment)
    wizard.seed(screen, expected["data_set"])

    the_seed_is_whole(environment, production, expected)
    assert dumps.automations(environment) == automations
    assert orgs.fired(alias["hfx1"]) == []

    wizard.take_baseline(screen)
    wizard.make_and_find_fix(screen)
    automations = {name: dumps.automations(orgs.orgs[name]) for name in [*others, alias["prod"]]}
    wizard.promote(screen, alias["prod"])
    production_holds_the_fix(orgs, expected, metadata_before[alias["prod"]])

    wizard.sync(screen)
    for name in others:
        only_its_cells_changed(orgs.orgs[name], expected, name, metadata_before[name], records_before[name])
    for name, before in automations.items():
        the_rest_of_the_automations_is_as_it_was(orgs.orgs[name], before, expected)
    if folder == "incident":
        the_incident_is_mended(production)
        the_incident_is_mended(orgs.orgs["dev1"])
    screen.press("q")
    assert screen.wait_end() == 0


def the_seed_is_whole(environment: OutsideView, production: OutsideView, expected: dict[str, Any]) -> None:
    """Every record of the data set is there with the values that production has."""
    key = expected["key_field"]
    for name, count in expected["counts"].items():
        if not name.endswith("__c"):
            continue
        here, there = ({row[key]: row for row in rows_of(org, name)} for org in (environment, production))
        assert len(there) == count, name
        missing = there.keys() - here.keys()
        assert not missing, f"{name}: {sorted(missing)}"
        plain = [field for field in next(iter(there.values())) if not is_reference(production, name, field)]
        for record in there:
            assert {f: here[record][f] for f in plain} == {f: there[record][f] for f in plain}, f"{name} {record}"
    off = "SELECT Id FROM PricebookEntry WHERE IsActive = false"
    assert len(environment.soql(off)) == len(production.soql(off))


def rows_of(org: OutsideView, name: str) -> list[dict[str, Any]]:
    rows = dumps.records(org, [name]).tables[name].values()
    return [row for row in rows if any(value for field, value in row.items() if field.endswith("__c"))]


def is_reference(org: OutsideView, name: str, field: str) -> bool:
    """Ids, lookups and numbers that each org gives itself differ by org; everything else must be equal."""
    described = {one["name"]: one for one in org.get(f"/services/data/v67.0/sobjects/{name}/describe")["fields"]}
    return described[field]["type"] in {"reference", "id"} or bool(described[field]["autoNumber"])


def production_holds_the_fix(orgs: Instance, expected: dict[str, Any], before: dict[str, Any]) -> None:
    """Production's ten components are the environment's, nothing else moved, and its records are as promised."""
    production = orgs.orgs[expected["aliases"]["prod"]]
    environment = dumps.metadata(orgs.orgs[expected["aliases"]["hfx1"]])
    now = dumps.metadata(production)
    fix = set(next(iter(expected["components"].values())))
    changed = {dumps.name_of(part) for part in now if now.get(part) != before.get(part)}
    assert changed == fix
    for part, content in now.items():
        if dumps.name_of(part) in fix:
            assert content == environment[part], part
    cart = expected["cart"]
    waiting = production.soql(f"SELECT Id FROM {cart['object']} WHERE Status__c = '{cart['status']}'")
    assert len(waiting) == expected["carts"]
    assert len(production.soql("SELECT Id FROM PricebookEntry WHERE IsActive = false")) == 5
    assert production.soql("SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name LIKE '%Bypass'") == []


def only_its_cells_changed(
    org: OutsideView, expected: dict[str, Any], alias: str, metadata: dict[str, Any], records: dumps.Rows
) -> None:
    """What changed in `org` is exactly what its column says: apply and new, nothing else."""
    now = dumps.metadata(org)
    changed = {dumps.name_of(part) for part in metadata.keys() | now.keys() if metadata.get(part) != now.get(part)}
    assert changed == cells(expected["components"][alias], "apply", "new"), alias
    touched = records.changed(dumps.records(org), expected["key_field"])
    assert touched == cells(expected["records"][alias], "apply", "new"), alias


def the_rest_of_the_automations_is_as_it_was(
    org: OutsideView, before: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Only automations that are part of the fix may have another state."""
    fix = set(next(iter(expected["components"].values())))
    now = dumps.automations(org)
    assert {name for name in now.keys() | before.keys() if now.get(name) != before.get(name)} <= fix


def the_incident_is_mended(org: OutsideView) -> None:
    """The values of the incident's fix, one by one, as somebody sees them who has the fix's permission set."""
    org = org.as_("tom.okafor")
    rules = "SELECT External_Key__c, Discount_Percent__c, Active__c, Max_Stacked_Percent__c, Parent_Rule__c, "
    rules += "Fallback_Rule__r.External_Key__c FROM Discount_Rule__c WHERE External_Key__c IN "
    found = {row["External_Key__c"]: row for row in org.soql(rules + "('DR-0147','DR-0148','DR-0151','DR-0160')")}
    for key in ("DR-0147", "DR-0148"):
        rule = found[key]
        assert (rule["Discount_Percent__c"], rule["Max_Stacked_Percent__c"]) == (20, 40)
        assert rule["Parent_Rule__c"] is None
        assert rule["Fallback_Rule__r"]["External_Key__c"] == "DR-0102"
    assert found["DR-0151"]["Active__c"] is False
    assert "DR-0160" in found
    programs = "SELECT External_Key__c, Stacking_Mode__c, Max_Total_Discount__c FROM Discount_Program__c"
    modes = {row["External_Key__c"]: row for row in org.soql(programs)}
    for key in ("PRG-LNY26", "PRG-SEASONAL-W26"):
        assert (modes[key]["Stacking_Mode__c"], modes[key]["Max_Total_Discount__c"]) == ("BestOf", 70)
    conditions = {row["External_Key__c"] for row in org.soql("SELECT External_Key__c FROM Rule_Condition__c")}
    assert {"RC-0147-2", "RC-0148-2"} <= conditions
    assert "RC-0147-1" not in conditions
    flow = "SELECT ActiveVersion.VersionNumber FROM FlowDefinition WHERE DeveloperName = 'Cart_Line_Discount_Guard'"
    assert org.soql(flow, tooling=True)[0]["ActiveVersion"]["VersionNumber"] == 8
    rule = "SELECT Active FROM ValidationRule WHERE ValidationName = 'Percent_Within_Program_Cap'"
    assert org.soql(rule, tooling=True)[0]["Active"] is True
