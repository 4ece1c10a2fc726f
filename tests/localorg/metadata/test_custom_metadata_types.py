"""Custom metadata types as published projects have them: fields that name fields, layouts with Protected Component."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import document
from tests.localorg.metadata.soap_client import manifest, problems


def _relationship(target: str) -> str:
    return (
        "<fields><fullName>Where__c</fullName><label>Where</label><type>MetadataRelationship</type>"
        f"<referenceTo>{target}</referenceTo><relationshipName>Wheres</relationshipName></fields>"
    )


def _type(inner: str) -> dict[str, str]:
    body = f"{inner}<label>Setting</label><pluralLabel>Settings</pluralLabel><visibility>Public</visibility>"
    return {"objects/Setting__mdt.object": document("CustomObject", body)}


def _layout(*fields: str) -> dict[str, str]:
    items = "".join(f"<layoutItems><behavior>Edit</behavior><field>{name}</field></layoutItems>" for name in fields)
    body = f"<layoutSections><layoutColumns>{items}</layoutColumns></layoutSections>"
    return {"layouts/Setting__mdt-Main.layout": document("Layout", body)}


@pytest.mark.parametrize("target", ["EntityDefinition", "FieldDefinition", "EntityParticle"])
def test_a_relationship_may_name_objects_and_fields_themselves(here: Served, target: str) -> None:
    files = {**_type(_relationship(target)), "package.xml": manifest(CustomObject=["Setting__mdt"])}
    assert problems(here.soap.deploy(files)) == {}


def test_a_relationship_to_what_is_not_there_is_refused(here: Served) -> None:
    files = {**_type(_relationship("Absent__mdt")), "package.xml": manifest(CustomObject=["Setting__mdt"])}
    found = problems(here.soap.deploy(files))
    assert "does not resolve to a valid sObject type" in found["Setting__mdt.Where__c"]


def test_its_layout_may_show_whether_a_record_is_protected(here: Served) -> None:
    named = manifest(CustomObject=["Setting__mdt"], Layout=["Setting__mdt-Main"])
    files = {**_type(""), **_layout("MasterLabel", "DeveloperName", "IsProtected"), "package.xml": named}
    assert problems(here.soap.deploy(files)) == {}
    files = {**_layout("IsProtectd__c"), "package.xml": manifest(Layout=["Setting__mdt-Main"])}
    assert list(problems(here.soap.deploy(files))) == ["Setting__mdt-Main"]
