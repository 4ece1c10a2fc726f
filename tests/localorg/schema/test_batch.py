"""Many components at once: tables and columns are made at the end, and what needs them before finds them."""

from __future__ import annotations

import pytest

from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.schema import SchemaError
from tests.localorg.own_org import an_object, component, field

_TEXT = "<length>40</length>"


def _room(fields: int) -> list[Component]:
    made = [Component("CustomObject", "Room__c", {"objects/Room__c.object": an_object("Room")})]
    names = [f"F{number}__c" for number in range(fields)]
    return made + [Component("CustomField", f"Room__c.{name}", {"": field(name, "Text", _TEXT)}) for name in names]


def test_an_object_with_many_fields_is_one_statement(org: LocalOrg, user: str) -> None:
    said: list[str] = []
    org.store._writer.set_trace_callback(said.append)
    org.components.put_all(_room(200), user)
    org.store._writer.set_trace_callback(None)
    assert [each.split("(")[0].strip() for each in said if "TABLE" in each and "Room__c" in each] == [
        'CREATE TABLE "Room__c"'
    ]
    made = org.records.insert(user, "Room__c", {"Name": "A", "F0__c": "first", "F199__c": "last"})
    assert org.queries.records(f"SELECT F199__c FROM Room__c WHERE Id = '{made.id}'")[0]["F199__c"] == "last"


def test_records_of_custom_metadata_find_the_columns_of_their_own_package(org: LocalOrg, user: str) -> None:
    org.components.put_all(
        [
            Component(
                "CustomObject",
                "Cap__mdt",
                {"": component("CustomObject", "<label>Cap</label><pluralLabel>Caps</pluralLabel>")},
            ),
            Component("CustomField", "Cap__mdt.Code__c", {"": field("Code__c", "Text", _TEXT)}),
            Component(
                "CustomMetadata",
                "Cap.First",
                {
                    "customMetadata/Cap.First.md": component(
                        "CustomMetadata",
                        "<label>First</label><values><field>Code__c</field><value>C-1</value></values>",
                    )
                },
            ),
        ],
        user,
    )
    assert org.queries.records("SELECT DeveloperName, Code__c FROM Cap__mdt")[0]["Code__c"] == "C-1"


def test_a_refused_component_undoes_all_and_the_next_batch_starts_clean(org: LocalOrg, user: str) -> None:
    bad = Component("CustomField", "Room__c.Bad__c", {"": field("Bad__c", "Lookup")})
    with pytest.raises(SchemaError):
        org.components.put_all([*_room(2), bad], user)
    assert org.schema.object("Room__c") is None and org.store.columns("Room__c") == {}
    org.components.put_all(_room(1), user)
    assert set(org.store.columns("Room__c")) >= {"Id", "Name", "F0__c"}
    assert org.records.insert(user, "Room__c", {"F0__c": "x"}).success


def test_a_component_without_effect_does_not_cost_the_others_theirs(org: LocalOrg, user: str) -> None:
    bad = Component("CustomField", "Room__c.A__c", {"": field("A__c", "Sorcery")})
    warnings: list[str] = []
    org.components.put_all([bad, *_room(3)], user, warnings=warnings)
    assert len(warnings) == 1 and "Room__c.A__c" in warnings[0]
    assert org.records.insert(user, "Room__c", {"F2__c": "x"}).success


def test_a_field_made_unique_in_a_batch_looks_at_the_rows_there_are(org: LocalOrg, user: str) -> None:
    org.components.put_all(_room(1), user)
    for _ in range(2):
        assert org.records.insert(user, "Room__c", {"F0__c": "same"}).success
    unique = Component("CustomField", "Room__c.F0__c", {"": field("F0__c", "Text", f"{_TEXT}<unique>true</unique>")})
    more = Component("CustomField", "Room__c.E__c", {"": field("E__c", "Text", _TEXT)})
    with pytest.raises(SchemaError, match="duplicate value found: same"):
        org.components.put_all([more, unique], user)
    assert "E__c" not in org.store.columns("Room__c")
