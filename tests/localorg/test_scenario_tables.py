"""Step 4 of the incident: with production before the fix as base, each cell of both tables comes out as the story says.

The classes of this version: apply (theirs equals the base), new (not there, nor in the base), same (there already), and
differs. A blocked component may also equal the base when a check-only deploy says what is missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests import scenario_tables as tables
from tests.localorg import wire
from tests.localorg.wire import Wire

FIX = Path(__file__).parents[2] / "hotfix_tui/localorg/scenarios/incident/changes/hfx1/fix"
WANTED = {
    "ApexClass": ["DiscountEngine", "DiscountEngineTest"],
    "ApexTrigger": ["CartLineTrigger"],
    "Flow": ["Cart_Line_Discount_Guard"],
    "CustomField": ["Discount_Rule__c.Max_Stacked_Percent__c", "Cart_Line__c.Price_Hold__c"],
    "ValidationRule": ["Discount_Rule__c.Percent_Within_Program_Cap"],
    "CustomMetadata": ["Pricing_Setting.Default"],
    "PermissionSet": ["Pricing_Admin"],
    "Layout": ["Discount_Rule__c-Discount Rule Layout"],
}
FIELDS = {
    "Discount_Program__c": ("Name", "Status__c", "Starts_On__c", "Ends_On__c", "Stacking_Mode__c", "Campaign_Code__c"),
    "Discount_Rule__c": (
        "Name", "Rule_Code__c", "Discount_Percent__c", "Active__c", "Evaluation_Order__c", "Description__c",
        "Program__r.External_Key__c", "Parent_Rule__r.External_Key__c", "Fallback_Rule__r.External_Key__c",
        "RecordType.DeveloperName",
    ),
    "Rule_Condition__c": ("Rule__r.External_Key__c", "Attribute__c", "Operator__c", "Value__c"),
}  # fmt: skip


@pytest.fixture(scope="module")
def orgs(incident: dict[str, Any]) -> dict[str, Wire]:
    return {alias: Wire(entry) for alias, entry in incident["orgs"].items()}


@pytest.fixture(scope="module")
def fixed() -> dict[str, Any]:
    files = {
        path.relative_to(FIX / "metadata").as_posix(): path.read_bytes()
        for path in (FIX / "metadata").rglob("*")
        if path.is_file() and path.name != "package.xml"
    }
    return wire.components(files)


@pytest.fixture(scope="module")
def parts(orgs: dict[str, Wire]) -> dict[str, dict[str, Any]]:
    found = {}
    for alias in ("prod", *tables.ORGS):
        there = orgs[alias].listing(*WANTED)
        wanted = {
            kind: [name for name in names if f"{kind}:{name}" in there or kind != "CustomField"]
            for kind, names in WANTED.items()
        }
        found[alias] = wire.components(orgs[alias].retrieve({kind: names for kind, names in wanted.items() if names}))
    return found


def test_the_fix_is_ten_components_and_nine_records(fixed: dict[str, Any]) -> None:
    assert {name for name in fixed if not name.endswith("(meta)")} == set(tables.COMPONENTS["uat"])
    assert len(tables.COMPONENTS["uat"]) == 10
    assert len(tables.RECORDS["uat"]) == 9


@pytest.mark.parametrize("alias", tables.ORGS)
def test_components_come_out_as_the_table_says(
    alias: str, orgs: dict[str, Wire], parts: dict[str, dict[str, Any]], fixed: dict[str, Any]
) -> None:
    for name, wanted in tables.COMPONENTS[alias].items():
        theirs, base = parts[alias].get(name), parts["prod"].get(name)
        cell = _cell(theirs, base, fixed[name])
        if wanted == "blocked" and cell == "apply":
            cell = "apply, but " + _missing(orgs[alias], name)
            assert "Max_Total_Discount__c" in cell, name
        elif wanted in ("apply", "new", "same"):
            assert cell == wanted, (alias, name)
        else:
            assert cell == "differs", (alias, name)


def _cell(theirs: Any, base: Any, ours: Any) -> str:
    if theirs == ours:
        return "same"
    if theirs is None and base is None:
        return "new"
    return "apply" if theirs == base else "differs"


def _missing(org: Wire, name: str) -> str:
    """What a check-only deploy of one component of the fix complains of."""
    ok, problems = org.deploy(_package([name]), check_only=True)
    assert not ok
    return " ".join(problems)


def _package(names: list[str]) -> dict[str, bytes]:
    """The files of some of the fix's components, with their package.xml."""
    members: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    for name in names:
        kind, _, full_name = name.partition(":")
        members.setdefault(kind, []).append(full_name)
        owner = full_name.partition(".")[0] if kind in ("CustomField", "ValidationRule") else full_name
        for path in (FIX / "metadata").rglob("*"):
            place = path.relative_to(FIX / "metadata").as_posix()
            if path.is_file() and place.partition("/")[2].rpartition(".")[0] in (owner, *_source_names(kind, owner)):
                files[place] = path.read_bytes()
    for place in [place for place in files if place.startswith("objects/")]:
        owner = place.removeprefix("objects/").removesuffix(".object")
        own = {name for kind in ("CustomField", "ValidationRule") for name in members.get(kind, ())}
        root = ElementTree.fromstring(files[place])
        for child in list(root):
            if f"{owner}.{wire.text(child, 'fullName')}" not in own:
                root.remove(child)
        files[place] = ElementTree.tostring(root)
    types = "".join(
        f"<types>{''.join(f'<members>{name}</members>' for name in found)}<name>{kind}</name></types>"
        for kind, found in members.items()
    )
    package = f'<Package xmlns="http://soap.sforce.com/2006/04/metadata">{types}<version>60.0</version></Package>'
    return {"package.xml": package.encode(), **files}


def _source_names(kind: str, name: str) -> tuple[str, ...]:
    """Beside a class or trigger lies its -meta.xml: `A.cls` is the stem of `A.cls-meta.xml`."""
    return {"ApexClass": (f"{name}.cls-meta",), "ApexTrigger": (f"{name}.trigger-meta",)}.get(kind, ())


@pytest.mark.parametrize("alias", tables.ORGS)
def test_what_applies_is_new_or_is_there_deploys_together(alias: str, orgs: dict[str, Wire]) -> None:
    wanted = [name for name, cell in tables.COMPONENTS[alias].items() if cell in ("apply", "new", "same")]
    assert orgs[alias].deploy(_package(wanted), check_only=True) == (True, [])


def test_in_production_the_whole_fix_validates(orgs: dict[str, Wire]) -> None:
    tests = ("DiscountEngineTest", "CartLineTriggerTest")
    assert orgs["prod"].deploy(_package(list(tables.COMPONENTS["uat"])), check_only=True, tests=tests) == (True, [])


def test_uat_and_qa_hold_the_same_three_values_so_one_decision_serves_both(parts: dict[str, dict[str, Any]]) -> None:
    for name in ("ApexClass:DiscountEngine", "ApexClass:DiscountEngineTest", "Flow:Cart_Line_Discount_Guard"):
        assert parts["uat"][name] == parts["qa"][name]


def test_what_the_other_orgs_have_of_their_own(orgs: dict[str, Wire], parts: dict[str, dict[str, Any]]) -> None:
    stacked = wire.strings(parts["qa"]["CustomField:Discount_Rule__c.Max_Stacked_Percent__c"])
    assert "Number" in stacked
    assert "ErpPriceFeed" in parts["int"]["ApexTrigger:CartLineTrigger"]
    described = orgs["train"].rest("GET", "/sobjects/Discount_Program__c/describe")
    assert "Max_Total_Discount__c" not in {field["name"] for field in described["fields"]}
    assert "Max_Total_Discount_Percent__c" not in wire.strings(parts["train"]["CustomMetadata:Pricing_Setting.Default"])
    assert "Exercise" in wire.strings(parts["train"]["Layout:Discount_Rule__c-Discount Rule Layout"])


@pytest.mark.parametrize("alias", tables.ORGS)
def test_records_come_out_as_the_table_says(alias: str, orgs: dict[str, Wire]) -> None:
    for name, wanted in tables.RECORDS[alias].items():
        kind, _, key = name.partition(":")
        fields = list(FIELDS[kind])
        if kind == "Discount_Program__c" and alias != "train":
            fields.append("Max_Total_Discount__c")
        theirs = _row(orgs[alias], kind, key, fields)
        base = _row(orgs["prod"], kind, key, fields)
        if wanted == "new":
            assert theirs is None and base is None, (alias, name)
            assert all(_row(orgs[alias], *parent) for parent in _parents(key)), (alias, name)
        elif wanted == "apply":
            assert theirs == base != None, (alias, name)  # noqa: E711
        elif base is None:
            assert theirs is None, (alias, name)
            assert not all(_row(orgs[alias], *parent) for parent in _parents(key)), (alias, name)
        else:
            assert theirs != base, (alias, name)


def _row(org: Wire, kind: str, key: str, fields: Any = ("Name",)) -> dict[str, Any] | None:
    rows = org.query(f"SELECT {', '.join(fields)} FROM {kind} WHERE External_Key__c = '{key}'")
    assert len(rows) < 2
    return _plain(rows[0]) if rows else None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "attributes"}
    return value


def _parents(key: str) -> list[tuple[str, str]]:
    """What an inserted row of the fix hangs on."""
    if key.startswith("RC-"):
        return [("Discount_Rule__c", f"DR-{key[3:7]}")]
    return [("Discount_Program__c", "PRG-LNY26")]


def test_in_qa_one_rule_appears_twice_without_a_key(orgs: dict[str, Wire]) -> None:
    rows = orgs["qa"].query("SELECT External_Key__c FROM Discount_Rule__c WHERE Rule_Code__c = 'LNY26-VIPBAGS'")
    assert [row["External_Key__c"] for row in rows] == [None, None]


def test_the_totals_of_both_tables() -> None:
    def totals(table: dict[str, dict[str, str]]) -> dict[str, int]:
        cells = [cell for rows in table.values() for cell in rows.values()]
        return {cell: cells.count(cell) for cell in set(cells)}

    assert totals(tables.COMPONENTS) == {
        "apply": 22, "new": 8, "merge": 6, "same": 2, "conflict": 7, "type": 1, "drift": 1, "blocked": 2, "protected": 1
    }  # fmt: skip
    assert totals(tables.RECORDS) == {
        "apply": 19, "new": 11, "merge": 1, "conflict": 2, "ambiguous": 1, "blocked": 2, "skip": 8, "protected": 1
    }  # fmt: skip
