"""hfx1 before and after `apply hfx1 fix`: what refuses a seed, what the change needs, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.client import HttpProblem
from tests import scenario_tables as tables
from tests.localorg.wire import Refused, Wire

Started = dict[str, Any]
Story = dict[str, Any]
BYPASS = "Pricing_Automation_Bypass"
PROGRAMMES = ("PRG-LNY26", "PRG-SEASONAL-W26")
RULE = (
    "External_Key__c, Name, Rule_Code__c, Discount_Percent__c, Active__c, Evaluation_Order__c,"
    " Program__r.External_Key__c, Parent_Rule__r.External_Key__c, RecordType.DeveloperName"
)


@pytest.fixture(scope="module")
def hfx1(own_incident: Started) -> Wire:
    return Wire(own_incident["orgs"]["hfx1"])


@pytest.fixture(scope="module")
def story(own_incident: Started, hfx1: Wire) -> Story:
    """Goes through it once, in order, and notes what the org said."""
    prod, said = Wire(own_incident["orgs"]["prod"]), Story()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", own_incident["home"])
        said["too early"] = _refusal(lambda: process.apply("hfx1", "fix"))
        said["fields then"] = set(hfx1.listing("CustomField"))
        said["without bypass"] = [_refusal(lambda key=key: _insert_programme(prod, hfx1, key)) for key in PROGRAMMES]
        with _bypass(hfx1):
            said["compound"] = _refusal(lambda: _insert_programme(prod, hfx1, "PRG-PRIVATE-Q1"))
            for key in PROGRAMMES:
                _insert_programme(prod, hfx1, key)
            said["duplicate"] = _refusal(lambda: _insert_rule(prod, hfx1, "DR-0102"))
            (twin,) = hfx1.query("SELECT Id FROM Discount_Rule__c WHERE External_Key__c = null")
            hfx1.rest("PATCH", f"/sobjects/Discount_Rule__c/{twin['Id']}", _rule(prod, hfx1, "DR-0102"))
            for key in ("DR-0147", "DR-0148", "DR-0151"):
                _insert_rule(prod, hfx1, key)
            always = {"External_Key__c": "RC-0147-1", "Rule__c": _id(hfx1, "Discount_Rule__c", "DR-0147")}
            hfx1.rest("POST", "/sobjects/Rule_Condition__c", {**always, "Attribute__c": "Any", "Operator__c": "Always"})
        said["fired before"] = process.control("GET", "/orgs/hfx1/fired")["fired"]
        said["done"] = process.apply("hfx1", "fix")
        said["fired"] = {
            who: process.control("GET", f"/orgs/hfx1/fired?user={who}")["fired"] for who in ("tom", "ines", "lea")
        }
        said["fired later"] = process.control("GET", "/orgs/hfx1/fired?since=2999-01-01T00:00:00Z")["fired"]
        said["fired until then"] = process.control("GET", "/orgs/hfx1/fired?until=2999-01-01T00:00:00Z")["fired"]
        said["unknown user"] = _refusal(lambda: process.control("GET", "/orgs/hfx1/fired?user=nobody"))
        said["twice"] = _refusal(lambda: process.apply("hfx1", "fix"))
        said["unknown change"] = _refusal(lambda: process.apply("hfx1", "nothing"))
        said["unknown org"] = _refusal(lambda: process.apply("nowhere", "fix"))
    return said


def _refusal(call: Callable[[], Any]) -> str:
    try:
        call()
    except (HttpProblem, Refused) as error:
        return f"{error.status} {error}"
    return "not refused"


@contextmanager
def _bypass(org: Wire) -> Iterator[None]:
    """Our user holds the bypass, as during a data step."""
    (found,) = org.query(f"SELECT Id FROM PermissionSet WHERE Name = '{BYPASS}'")
    (user,) = org.query(f"SELECT Id FROM User WHERE Username = '{org.entry['username']}'")
    values = {"PermissionSetId": found["Id"], "AssigneeId": user["Id"]}
    made = org.rest("POST", "/sobjects/PermissionSetAssignment", values)
    yield
    org.rest("DELETE", f"/sobjects/PermissionSetAssignment/{made['id']}")


def _insert_programme(prod: Wire, org: Wire, key: str) -> None:
    org.rest("POST", "/sobjects/Discount_Program__c", _programme(prod, key))


def _insert_rule(prod: Wire, org: Wire, key: str) -> None:
    org.rest("POST", "/sobjects/Discount_Rule__c", _rule(prod, org, key))


def _programme(prod: Wire, key: str) -> dict[str, Any]:
    (row,) = prod.query(
        "SELECT External_Key__c, Name, Status__c, Starts_On__c, Ends_On__c, Stacking_Mode__c, Max_Total_Discount__c"
        f" FROM Discount_Program__c WHERE External_Key__c = '{key}'"
    )
    return {name: value for name, value in row.items() if name != "attributes"}


def _rule(prod: Wire, hfx1: Wire, key: str) -> dict[str, Any]:
    (row,) = prod.query(f"SELECT {RULE} FROM Discount_Rule__c WHERE External_Key__c = '{key}'")
    found = {name: value for name, value in row.items() if name.endswith("__c") or name == "Name"}
    found["Program__c"] = _id(hfx1, "Discount_Program__c", row["Program__r"]["External_Key__c"])
    if row["Parent_Rule__r"]:
        found["Parent_Rule__c"] = _id(hfx1, "Discount_Rule__c", row["Parent_Rule__r"]["External_Key__c"])
    kinds = hfx1.query(
        "SELECT Id FROM RecordType WHERE SobjectType = 'Discount_Rule__c'"
        f" AND DeveloperName = '{row['RecordType']['DeveloperName']}'"
    )
    found["RecordTypeId"] = kinds[0]["Id"]
    return found


def _id(org: Wire, name: str, key: str) -> str:
    (row,) = org.query(f"SELECT Id FROM {name} WHERE External_Key__c = '{key}'")
    return str(row["Id"])


def test_the_fix_is_refused_before_the_seed_and_nothing_is_written(story: Story) -> None:
    assert story["too early"].startswith("409 There is no Discount_Program__c with External_Key__c PRG-LNY26 yet")
    assert "CustomField:Cart_Line__c.Price_Hold__c" not in story["fields then"]


def test_without_the_bypass_every_programme_is_refused(story: Story) -> None:
    assert all("FIELD_CUSTOM_VALIDATION_EXCEPTION" in words for words in story["without bypass"])


def test_the_programme_with_compound_is_refused_by_the_restricted_picklist(story: Story) -> None:
    assert "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in story["compound"]


def test_the_duplicate_rule_refuses_the_rule_that_was_typed_by_hand(story: Story) -> None:
    assert "DUPLICATES_DETECTED" in story["duplicate"]


def test_what_was_seeded_under_the_bypass_fired_nothing_that_was_not_bypassed(story: Story) -> None:
    fired = {(row["name"], row["bypassed"]) for row in story["fired before"] if row["kind"] != "ValidationRule"}
    assert ("DiscountRuleTrigger", True) in fired
    assert ("Discount_Program_Activated_Notify", True) in fired
    assert all(bypassed for _, bypassed in fired), fired


def test_what_would_have_fired_is_told_by_user_and_by_span(story: Story) -> None:
    fired = story["fired"]
    assert {row["user_id"] for row in fired["tom"]}.isdisjoint({row["user_id"] for row in fired["ines"]})
    assert fired["tom"]
    assert fired["ines"] == story["fired before"]
    assert fired["lea"] == story["fired later"] == []
    assert len(story["fired until then"]) == len(fired["tom"]) + len(fired["ines"])
    assert story["unknown user"].startswith("404")


def test_the_fix_is_one_deployment_and_nine_records_by_a_colleague(story: Story, hfx1: Wire) -> None:
    assert len(story["done"]) == 10
    listed = hfx1.listing(*{name.partition(":")[0] for name in tables.COMPONENTS["uat"]})
    for name in tables.COMPONENTS["uat"]:
        assert listed[name]["lastModifiedByName"] == "Tom Okafor", name
    rows = hfx1.query("SELECT LastModifiedBy.Username FROM Discount_Program__c WHERE Stacking_Mode__c = 'BestOf'")
    assert {row["LastModifiedBy"]["Username"] for row in rows} == {"tom.okafor@aurelle.example.hfx1"}


def test_the_records_are_what_the_story_says(story: Story, hfx1: Wire) -> None:
    rows = hfx1.query(
        "SELECT External_Key__c, Discount_Percent__c, Parent_Rule__c, Fallback_Rule__r.External_Key__c, Active__c,"
        " Max_Stacked_Percent__c FROM Discount_Rule__c WHERE External_Key__c != null"
    )
    found = {row["External_Key__c"]: row for row in rows}
    for key in ("DR-0147", "DR-0148"):
        assert (found[key]["Discount_Percent__c"], found[key]["Max_Stacked_Percent__c"]) == (20, 40)
        assert found[key]["Parent_Rule__c"] is None
        assert found[key]["Fallback_Rule__r"]["External_Key__c"] == "DR-0102"
    assert found["DR-0151"]["Active__c"] is False
    assert "DR-0160" in found
    conditions = {row["External_Key__c"] for row in hfx1.query("SELECT External_Key__c FROM Rule_Condition__c")}
    assert conditions == {"RC-0147-2", "RC-0148-2"}


def test_the_cap_rule_is_on_and_knows_what_a_percent_is(story: Story, hfx1: Wire) -> None:
    soql = "SELECT Id, Active, Metadata FROM ValidationRule WHERE ValidationName = 'Percent_Within_Program_Cap'"
    (rule,) = hfx1.query(soql, tooling=True)
    assert rule["Active"] is True
    assert "0.70" in rule["Metadata"]["errorConditionFormula"]
    path = f"/sobjects/Discount_Rule__c/{_id(hfx1, 'Discount_Rule__c', 'DR-0148')}"
    with pytest.raises(Refused, match="FIELD_CUSTOM_VALIDATION_EXCEPTION"):
        hfx1.rest("PATCH", path, {"Discount_Percent__c": 90})


def test_the_guard_is_one_version_on(story: Story, hfx1: Wire) -> None:
    soql = "SELECT ActiveVersion.VersionNumber FROM FlowDefinition WHERE DeveloperName = 'Cart_Line_Discount_Guard'"
    (guard,) = hfx1.query(soql, tooling=True)
    assert guard["ActiveVersion"]["VersionNumber"] == 7, "hfx1 had version 6; after production's 7 it would be 8"
    files = hfx1.retrieve({"Flow": ["Cart_Line_Discount_Guard"]})
    assert b"$Record.Price_Hold__c" in files["flows/Cart_Line_Discount_Guard.flow"]


def test_a_change_is_not_made_twice_and_unknown_names_are_named(story: Story) -> None:
    assert story["twice"] == "409 fix is in hfx1 already."
    assert story["unknown change"].startswith("404 There is no change nothing prepared for hfx1; it has fix")
    assert story["unknown org"].startswith("404 There is no org nowhere.")
