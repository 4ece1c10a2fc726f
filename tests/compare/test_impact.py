"""Which components a data set can run into."""

from __future__ import annotations

import pytest

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.impact import impact_of

OBJECTS = ["Thing__c", "Product2"]


def has_impact(kind: str, name: str, path: str = "x/X.x", content: str = "") -> bool:
    component = Component(ComponentId(kind, name), {path: content.encode()})
    return bool(impact_of({component.id: component}, OBJECTS))


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("CustomObject", "Thing__c", ""),
        ("CustomField", "Thing__c.A__c", ""),
        ("ValidationRule", "Thing__c.Check", ""),
        ("RecordType", "thing__C.Big", ""),
        ("Layout", "Thing__c-Thing Layout", ""),
        ("Layout", "Product2-Product Layout", ""),
        ("DuplicateRule", "Thing__c.Same", ""),
        ("Workflow", "Thing__c", ""),
        ("CustomField", "Other__c.Thing__c", "<referenceTo>Thing__c</referenceTo>"),
        ("Flow", "Guard", "<object>Thing__c</object>"),
        ("ApexTrigger", "T", "trigger T on thing__c (before insert) {}"),
        ("ApexClass", "C", "List<Thing__c> all = [SELECT Id FROM Thing__c];"),
        ("PermissionSet", "P", "<field>Thing__c.A__c</field>"),
        ("CustomMetadata", "Conf.A", "<value>Product2</value>"),
    ],
)
def test_what_belongs_to_an_object_or_names_it_is_in_the_impact_set(kind: str, name: str, content: str) -> None:
    assert has_impact(kind, name, content=content)


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("CustomField", "Other__c.A__c", "<label>Thing</label>"),
        ("CustomField", "OtherThing__c.A__c", "<referenceTo>OtherThing__c</referenceTo>"),
        ("Flow", "Guard", "<object>Thing__cx</object>"),
        ("ApexClass", "C", "String x = 'Product2s';"),
    ],
)
def test_what_only_looks_alike_is_not(kind: str, name: str, content: str) -> None:
    assert not has_impact(kind, name, content=content)


def test_no_objects_no_impact() -> None:
    component = Component(ComponentId("Flow", "F"), {"flows/F.flow": b"<object>Thing__c</object>"})
    assert impact_of({component.id: component}, []) == set()
