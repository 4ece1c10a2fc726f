"""The shipped incident, asked over HTTP: every number of the story. Code here shares nothing with the program."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests import scenario_tables as tables
from tests.localorg import wire
from tests.localorg.wire import Wire

Started = dict[str, Any]
CAP_RULE = "Discount_Rule__c.Percent_Within_Program_Cap"


@pytest.fixture(scope="module")
def orgs(incident: Started) -> dict[str, Wire]:
    return {alias: Wire(entry) for alias, entry in incident["orgs"].items()}


@pytest.fixture(scope="module")
def everything(orgs: dict[str, Wire]) -> dict[str, dict[str, Any]]:
    """All components of production and hfx1."""
    return {alias: wire.components(orgs[alias].retrieve(_all_types(orgs[alias]))) for alias in ("prod", "hfx1")}


def _all_types(org: Wire) -> dict[str, list[str]]:
    answer = org.soap("<describeMetadata><asOfVersion>60.0</asOfVersion></describeMetadata>")
    known = {wire.text(item, "xmlName") for item in answer.iter(f"{wire.NS}metadataObjects")}
    wanted = {name: ["*"] for name in set(wire._FOLDERS.values()) & known}
    wanted["CustomObject"] = ["*", "Account", "Product2"]
    return wanted


# Records


@pytest.mark.parametrize(("name", "count"), tables.COUNTS.items())
def test_production_holds_the_data_set_row_for_row(orgs: dict[str, Wire], name: str, count: int) -> None:
    where = "WHERE IsStandard = false" if name == "Pricebook2" else ""
    assert orgs["prod"].count(name, where) == count


def test_the_data_set_is_682_records() -> None:
    assert sum(tables.COUNTS.values()) == 682
    assert sum(tables.SEED.values()) == 682


def test_every_product_has_its_four_entries_and_belongs_to_a_rule(orgs: dict[str, Wire]) -> None:
    rows = orgs["prod"].query("SELECT Product2Id, Pricebook2.Name, CurrencyIsoCode FROM PricebookEntry")
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row["Product2Id"], set()).add((row["Pricebook2"]["Name"], row["CurrencyIsoCode"]))
    standard = "Standard Price Book"
    wanted = {(standard, "USD"), (standard, "EUR"), ("US", "USD"), ("EU", "EUR")}
    assert len(found) == 61
    assert all(each == wanted for each in found.values())
    linked = {row["Product__c"] for row in orgs["prod"].query("SELECT Product__c FROM Rule_Product__c")}
    assert linked == set(found)


def test_the_containment_is_28_entries_by_time_and_person_not_by_being_off_sale(orgs: dict[str, Wire]) -> None:
    by_hand = (
        "WHERE IsActive = false AND LastModifiedBy.Username = 'lea.marchand@aurelle.example'"
        " AND LastModifiedDate >= 2026-01-13T09:41:00Z AND LastModifiedDate < 2026-01-13T09:42:00Z"
    )
    assert orgs["prod"].count("PricebookEntry", by_hand) == tables.CONTAINED
    assert orgs["prod"].count("PricebookEntry", "WHERE IsActive = false") == tables.CONTAINED + 5
    codes = {row["ProductCode"] for row in orgs["prod"].query(f"SELECT ProductCode FROM PricebookEntry {by_hand}")}
    assert len(codes) == 14


def test_the_contained_pieces_cost_what_the_story_says(orgs: dict[str, Wire]) -> None:
    rows = orgs["prod"].query(
        "SELECT UnitPrice FROM PricebookEntry WHERE Pricebook2.Name = 'US' AND IsActive = false"
        " AND LastModifiedDate >= 2026-01-13T09:41:00Z"
    )
    assert {row["UnitPrice"] for row in rows} == {325.0, 295.0, 435.0}
    assert 1204 * 325 + 198 * 295 + 84 * 435 == 486_250


def test_nine_open_carts_have_lines_for_nothing(orgs: dict[str, Wire]) -> None:
    free = orgs["prod"].query("SELECT Cart__c FROM Cart_Line__c WHERE Net_Price__c = 0 AND Cart__r.Status__c = 'Open'")
    assert len({row["Cart__c"] for row in free}) == tables.CARTS
    where = "WHERE Status__c = 'Open' AND Total_Amount__c = 0"
    assert orgs["prod"].count("Cart__c", f"{where} AND Line_Count__c > 0") == tables.CARTS
    assert orgs["prod"].count("Cart__c", where) == tables.CARTS + 1, "an empty cart is not one of them"
    for alias in ("hfx1", *tables.ORGS):
        assert orgs[alias].count("Cart__c") == 0


def test_the_seed_would_insert_375_change_28_and_leave_279(orgs: dict[str, Wire]) -> None:
    insert = sum(orgs["prod"].count(name) for name in tables.COUNTS if name.endswith("__c"))
    equal = update = 0
    for name, fields in (
        ("Product2", ("ProductCode", "Name", "IsActive", "Collection__c", "Launched_On__c", "Limited_Edition__c")),
        ("PricebookEntry", ("ProductCode", "UnitPrice", "IsActive", "CurrencyIsoCode", "Pricebook2Id", "Product2Id")),
        ("Pricebook2", ("Name", "IsActive", "Description", "IsStandard")),
    ):
        soql = f"SELECT Id, {', '.join(fields)} FROM {name}"
        there = {row["Id"]: row for row in orgs["hfx1"].query(soql)}
        for row in orgs["prod"].query(soql):
            if row.get("IsStandard"):
                continue
            assert row["Id"] in there, f"{name} has production's ids"
            same = all(row[field] == there[row["Id"]][field] for field in fields)
            equal, update = equal + same, update + (not same)
    assert {"insert": insert, "update": update, "equal": equal} == tables.SEED


def test_hfx1_has_none_of_the_custom_objects_rows_but_a_rule_typed_by_hand(orgs: dict[str, Wire]) -> None:
    for name in ("Storefront__c", "Rule_Condition__c", "Discount_Tier__c", "Rule_Product__c"):
        assert orgs["hfx1"].count(name) == 0
    (typed,) = orgs["hfx1"].query("SELECT External_Key__c, Rule_Code__c, CreatedBy.Username FROM Discount_Rule__c")
    (original,) = orgs["prod"].query("SELECT Rule_Code__c FROM Discount_Rule__c WHERE External_Key__c = 'DR-0102'")
    assert typed["External_Key__c"] is None
    assert typed["Rule_Code__c"] == original["Rule_Code__c"]
    assert typed["CreatedBy"]["Username"].startswith("tom.okafor@")


def test_rules_stand_three_levels_deep_and_programmes_and_rules_point_at_each_other(orgs: dict[str, Wire]) -> None:
    rows = orgs["prod"].query("SELECT Id, Parent_Rule__c, Fallback_Rule__c FROM Discount_Rule__c")
    above = {row["Id"]: {row["Parent_Rule__c"], row["Fallback_Rule__c"]} - {None} for row in rows}

    def level(rule: str) -> int:
        return 1 + max((level(each) for each in above[rule]), default=0)

    assert {level(rule) for rule in above} == {1, 2, 3}
    cycle = orgs["prod"].query("SELECT Id, Default_Rule__r.Program__c FROM Discount_Program__c")
    assert all(row["Default_Rule__r"]["Program__c"] == row["Id"] for row in cycle)


def test_the_programmes_are_what_the_root_cause_needs(orgs: dict[str, Wire]) -> None:
    rows = orgs["prod"].query(
        "SELECT External_Key__c, Stacking_Mode__c, Max_Total_Discount__c, OwnerId, Superseded_By__c"
        " FROM Discount_Program__c"
    )
    found = {row["External_Key__c"]: row for row in rows}
    assert found["PRG-LNY26"]["Stacking_Mode__c"] == "Additive"
    assert found["PRG-SEASONAL-W26"]["Stacking_Mode__c"] is None
    assert {row["Stacking_Mode__c"] for row in rows} == {"Additive", None, "Compound"}
    assert found["PRG-LNY26"]["Max_Total_Discount__c"] is found["PRG-SEASONAL-W26"]["Max_Total_Discount__c"] is None
    assert {row["OwnerId"][:3] for row in rows} == {"005", "00G"}, "a user and a queue"
    assert any(row["Superseded_By__c"] for row in rows)


def test_sixty_on_top_of_forty(orgs: dict[str, Wire]) -> None:
    rows = orgs["prod"].query(
        "SELECT Discount_Percent__c, Parent_Rule__r.External_Key__c, Parent_Rule__r.Discount_Percent__c"
        " FROM Discount_Rule__c WHERE External_Key__c IN ('DR-0147', 'DR-0148')"
    )
    assert len(rows) == 2
    for row in rows:
        assert row["Parent_Rule__r"]["External_Key__c"] == "DR-0102"
        assert row["Discount_Percent__c"] + row["Parent_Rule__r"]["Discount_Percent__c"] == 100


def test_the_times_of_the_story_stand_where_the_clock_puts_them(orgs: dict[str, Wire]) -> None:
    (programme,) = orgs["prod"].query(
        "SELECT Starts_On__c FROM Discount_Program__c WHERE External_Key__c = 'PRG-LNY26'"
    )
    assert programme["Starts_On__c"] == "2026-01-12"
    (organization,) = orgs["hfx1"].query("SELECT CreatedDate, IsSandbox FROM Organization")
    assert organization["CreatedDate"].startswith("2026-01-12T21:30:00")
    assert organization["IsSandbox"] is True


# Components


def test_production_and_hfx1_differ_in_23_components_9_of_them_in_the_impact_set(
    everything: dict[str, dict[str, Any]],
) -> None:
    different = _different(everything)
    assert len(different) == tables.DIFFERENT, sorted(different)
    assert len([name for name in different if _in_impact(name, everything)]) == tables.IMPACT


def test_exactly_two_components_of_the_impact_set_changed_in_production_after_the_refresh(
    orgs: dict[str, Wire], everything: dict[str, dict[str, Any]]
) -> None:
    (organization,) = orgs["hfx1"].query("SELECT CreatedDate FROM Organization")
    refreshed = organization["CreatedDate"][:19]
    types = {name.partition(":")[0] for name in _different(everything)}
    listed = {alias: orgs[alias].listing(*types) for alias in ("prod", "hfx1")}
    after = {
        name for name in _different(everything) if listed["prod"].get(name, {}).get("lastModifiedDate", "") > refreshed
    }
    assert after == tables.BLOCKING
    for name in _different(everything) - after:
        there = listed["hfx1"][name]
        assert there["lastModifiedDate"] > refreshed, f"{name} was changed in hfx1"
        assert there["lastModifiedByName"] == "Tom Okafor"


def test_there_are_about_150_components(everything: dict[str, dict[str, Any]]) -> None:
    assert 140 <= len([name for name in everything["prod"] if not name.endswith("(meta)")]) <= 175


def test_the_fix_is_not_there_yet_and_the_guard_is_at_version_7(orgs: dict[str, Wire]) -> None:
    soql = "SELECT DeveloperName, ActiveVersion.VersionNumber, LatestVersion.VersionNumber FROM FlowDefinition"
    versions = {
        alias: {
            row["DeveloperName"]: (row["ActiveVersion"]["VersionNumber"], row["LatestVersion"]["VersionNumber"])
            for row in orgs[alias].query(soql, tooling=True)
        }
        for alias in ("prod", "hfx1")
    }
    assert versions["prod"]["Cart_Line_Discount_Guard"] == (7, 7)
    assert versions["hfx1"]["Cart_Line_Discount_Guard"] == (6, 6)
    assert versions["hfx1"]["Discount_Rule_Price_Recalc"] == (5, 6), "a draft lies above the active version"


def _different(everything: dict[str, dict[str, Any]]) -> set[str]:
    ours, theirs = everything["prod"], everything["hfx1"]
    names = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    return {name.removesuffix(" (meta)") for name in names}


def _in_impact(name: str, everything: dict[str, dict[str, Any]]) -> bool:
    words = name + " ".join(wire.strings(content.get(name, "")) for content in everything.values())
    return any(re.search(rf"\b{each}\b", words) for each in tables.COUNTS)


# Automations


def test_hfx1_has_six_automations_on_the_data_set_five_on_one_off(orgs: dict[str, Wire]) -> None:
    org, objects = orgs["hfx1"], set(tables.COUNTS)
    found: dict[str, Any] = {}
    for row in org.query("SELECT Name, Status, TableEnumOrId FROM ApexTrigger", tooling=True):
        if _object(org, row["TableEnumOrId"]) in objects:
            found[f"ApexTrigger:{row['Name']}"] = "on" if row["Status"] == "Active" else "off"
    soql = "SELECT ValidationName, Active, EntityDefinition.QualifiedApiName FROM ValidationRule"
    for row in org.query(soql, tooling=True):
        if row["EntityDefinition"]["QualifiedApiName"] in objects:
            name = f"{row['EntityDefinition']['QualifiedApiName']}.{row['ValidationName']}"
            found[f"ValidationRule:{name}"] = "on" if row["Active"] else "off"
    numbers = {
        row["DeveloperName"]: row["ActiveVersion"]["VersionNumber"]
        for row in org.query("SELECT DeveloperName, ActiveVersion.VersionNumber FROM FlowDefinition", tooling=True)
        if row["ActiveVersion"]
    }
    for row in org.query("SELECT ApiName, IsActive, TriggerObjectOrEvent.QualifiedApiName FROM FlowDefinitionView"):
        if row["TriggerObjectOrEvent"] and row["TriggerObjectOrEvent"]["QualifiedApiName"] in objects:
            found[f"Flow:{row['ApiName']}"] = numbers[row["ApiName"]]
    for row in org.query("SELECT DeveloperName, IsActive, SobjectType FROM DuplicateRule"):
        found[f"DuplicateRule:{row['SobjectType']}.{row['DeveloperName']}"] = "on" if row["IsActive"] else "off"
    assert found == tables.AUTOMATIONS


def _object(org: Wire, name_or_id: str) -> str:
    if name_or_id.endswith("__c") or len(name_or_id) < 15:
        return name_or_id
    (row,) = org.query(f"SELECT QualifiedApiName FROM EntityDefinition WHERE DurableId = '{name_or_id}'", tooling=True)
    return str(row["QualifiedApiName"])


def test_the_cap_rule_is_on_in_production_and_off_in_hfx1_and_qa(orgs: dict[str, Wire]) -> None:
    soql = "SELECT Active FROM ValidationRule WHERE ValidationName = 'Percent_Within_Program_Cap'"
    states = {alias: org.query(soql, tooling=True)[0]["Active"] for alias, org in orgs.items()}
    assert states == {"prod": True, "hfx1": False, "uat": True, "qa": False, "train": True, "dev1": True, "int": True}


def test_nobody_has_the_bypass_for_good(orgs: dict[str, Wire]) -> None:
    for org in orgs.values():
        assert org.count("PermissionSet", "WHERE Name = 'Pricing_Automation_Bypass'") == 1
        where = "WHERE PermissionSet.Name = 'Pricing_Automation_Bypass'"
        assert org.count("PermissionSetAssignment", where) == 0


def test_production_has_a_public_group_for_which_a_sandbox_may_be_made(orgs: dict[str, Wire]) -> None:
    found = orgs["prod"].query("SELECT Name FROM Group WHERE Type = 'Regular'")
    assert [row["Name"] for row in found] == ["Release Managers"]


def test_flows_land_inactive_in_production(orgs: dict[str, Wire]) -> None:
    files = orgs["prod"].retrieve({"Settings": ["Flow"]})
    assert b"<enableFlowDeployAsActiveEnabled>false<" in files["settings/Flow.settings"]
