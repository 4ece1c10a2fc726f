"""The rules for repeated elements."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from hotfix_tui.compare.keys import groups, rule_of
from hotfix_tui.compare.reviewed import KEYS, ORDERED
from hotfix_tui.compare.wsdl import TABLE, as_text, element_rules, wsdl_file


def test_the_data_file_is_what_the_wsdl_and_the_review_give() -> None:
    assert TABLE.read_text(encoding="utf-8") == as_text(element_rules(wsdl_file()))


def test_every_decision_of_the_review_is_about_an_element_that_repeats() -> None:
    table: dict[str, dict[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))["types"]
    repeated = {f"{kind}.{name}" for kind, inside in table.items() for name in inside if " " in inside[name]}
    repeated |= {"." + name.partition(".")[2] for name in repeated}
    assert set(KEYS) | set(ORDERED) <= repeated


def test_the_fields_of_a_reviewed_key_are_fields_of_the_element() -> None:
    table: dict[str, dict[str, str]] = json.loads(TABLE.read_text(encoding="utf-8"))["types"]
    wsdl = etree.parse(str(wsdl_file()))
    types = {str(node.get("name")): node for node in wsdl.iter("{*}complexType")}

    def fields(name: str) -> set[str]:
        base = types[name].find(".//{*}extension")
        inherited = fields(str(base.get("base")).partition(":")[2]) if base is not None else set()
        return inherited | {str(item.get("name")) for item in types[name].iter("{*}element")}

    wrong = []
    for key, parts in KEYS.items():
        kind, _, element = key.partition(".")
        if kind:
            child = table[kind][element].partition(" ")[0]
            wrong += [f"{key}: {part}" for part in parts if part not in fields(child)]
    assert wrong == []


@pytest.mark.parametrize(
    ("parent", "element", "fields", "ordered"),
    [
        ("Profile", "fieldPermissions", ("field",), False),
        ("Profile", "layoutAssignments", ("layout", "recordType"), False),
        ("CustomObject", "actionOverrides", ("actionName", "formFactor"), False),
        ("Flow", "decisions", ("name",), False),
        ("FlowDecision", "rules", ("name",), True),
        ("ValueSetValuesDefinition", "value", ("fullName",), True),
        ("CustomMetadata", "values", ("field",), False),
        ("ListView", "columns", (), True),
        ("DelegateGroup", "roles", (), False),
    ],
)
def test_an_element_has_the_rule_that_was_decided(
    parent: str, element: str, fields: tuple[str, ...], ordered: bool
) -> None:
    rule = rule_of(parent, element)
    assert (rule.fields, rule.ordered, rule.repeats) == (fields, ordered, True)


def keys_of(body: str, kind: str = "Profile") -> list[object]:
    return [group.keys for group in groups(etree.fromstring(f"<P>{body}</P>"), kind)]


def test_a_key_that_is_not_unique_in_its_parent_is_not_used_there() -> None:
    one, two = (f"<fieldPermissions><field>{name}</field></fieldPermissions>" for name in "AB")
    assert keys_of(one + two) == [[("A",), ("B",)]]
    assert keys_of(one + two + one) == [None]
    assert keys_of(one + "<fieldPermissions><readable>true</readable></fieldPermissions>") == [None]


def test_elements_that_the_wsdl_does_not_have_are_keyed_by_the_usual_names() -> None:
    assert keys_of("<n><name>A</name></n><n><name>B</name></n>", "FromTheFuture") == [[("A",), ("B",)]]
    assert keys_of("<n><o>A</o></n><n><o>B</o></n>", "FromTheFuture") == [None]
