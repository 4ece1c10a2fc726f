"""Metadata calls that are not fully understood are refused in Salesforce's words, and leave everything as it was."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.samples import apex_class, custom_object
from tests.localorg.metadata.soap_client import Fault, Soap, manifest, problems
from tests.localorg.own_org import Api, an_object
from tests.localorg.rest.unchanged import nothing_written


@pytest.fixture
def soap(api: Api) -> Soap:
    """The Metadata API of the library, which is a production org."""
    api.org.deploys.pace = 0
    return Soap(api.url, api.token)


@pytest.mark.parametrize(
    ("operation", "inner", "code"),
    [
        ("createMetadata", "<metadata/>", "soapenv:Client"),
        ("deployNow", "", "soapenv:Client"),
        ("deploy", "<ZipFile>not base64!</ZipFile>", "sf:INVALID_TYPE"),
        (
            "deploy",
            "<ZipFile></ZipFile><DeployOptions><rollbackOnError>true</rollbackOnError><testLevel>RunSome</testLevel>"
            "</DeployOptions>",
            "sf:INVALID_VALUE",
        ),
        (
            "deploy",
            "<ZipFile></ZipFile><DeployOptions><rollbackOnError>true</rollbackOnError><dryRun>true</dryRun>"
            "</DeployOptions>",
            "soapenv:Client",
        ),
        (
            "deploy",
            "<ZipFile></ZipFile><DeployOptions><rollbackOnError>perhaps</rollbackOnError></DeployOptions>",
            "soapenv:Client",
        ),
        ("deploy", "<ZipFile></ZipFile><DeployOptions/>", "sf:INVALID_OPERATION"),
        (
            "deploy",
            "<ZipFile></ZipFile><DeployOptions><rollbackOnError>true</rollbackOnError><performRetrieve>true"
            "</performRetrieve></DeployOptions>",
            "sf:INVALID_OPERATION",
        ),
        ("listMetadata", "<queries><type>Sorcery</type></queries>", "sf:INVALID_TYPE"),
        ("listMetadata", "<queries></queries>", "sf:INVALID_TYPE"),
        ("checkDeployStatus", "<asyncProcessId>0Af000000000009AAA</asyncProcessId>", "sf:INVALID_CROSS_REFERENCE_KEY"),
        ("checkDeployStatus", "", "sf:INVALID_ID_FIELD"),
        ("cancelDeploy", "<String>0Af000000000009AAA</String>", "sf:INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_soap_call_that_is_not_understood(api: Api, soap: Soap, operation: str, inner: str, code: str) -> None:
    with nothing_written(api):
        with pytest.raises(Fault) as error:
            soap.call(operation, inner)
        assert (error.value.status, error.value.code) == (500, code)
        assert api.org.deploys.jobs() == []


@pytest.mark.parametrize("body", ["", "hello", "<unclosed>", "<a/>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"])
def test_an_envelope_that_is_none(api: Api, soap: Soap, body: str) -> None:
    with pytest.raises(Fault) as error:
        soap.send(body)
    assert (error.value.status, error.value.code) == (500, "soapenv:Client")


def _room(name: str = "Room__c") -> dict[str, str | bytes]:
    return {f"objects/{name}.object": an_object("Room")}


@pytest.mark.parametrize(
    ("files", "name", "words"),
    [
        (
            {"package.xml": manifest(CustomObject=["Room__c"], Sorcery=["A"]), **_room()},
            "A",
            "Unknown type name 'Sorcery'",
        ),
        (
            {"package.xml": manifest(CustomObject=["Room__c", "Attic__c"]), **_room()},
            "Attic__c",
            "named in package.xml, but was not found in zipped directory",
        ),
        ({"package.xml": manifest(CustomObject=["Other__c"]), **_room()}, "Room__c", "Not in package.xml"),
        ({"package.xml": "<Package>", **_room()}, "package.xml", ""),
        (
            {
                "package.xml": manifest(CustomObject=["Room__c"], ApexClass=["Rooms"]),
                "objects/Room__c.object": custom_object(label="Room"),
                **apex_class("Rooms", "public class Rooms {\n  Room__c first = new Room__c(Seats__c = 4);\n}"),
            },
            "Rooms",
            "Variable does not exist: Seats__c",
        ),
    ],
)
def test_a_deployment_that_names_what_is_not_there(
    api: Api, soap: Soap, files: dict[str, str], name: str, words: str
) -> None:
    with nothing_written(api):
        result = soap.deploy(files)
        assert result["status"] == ["Failed"]
        assert words in problems(result)[name]
        assert api.call("GET", "/sobjects/Room__c/describe").status_code == 404


def test_a_retrieve_names_what_it_did_not_find(soap: Soap) -> None:
    files, result = soap.retrieve({"CustomObject": ["Attic__c"], "Sorcery": ["A"]})
    assert set(files) == {"package.xml"}
    assert [each["problem"] for each in result["messages"]] == [
        ["Entity of type 'CustomObject' named 'Attic__c' cannot be found"],
        ["Unknown type name 'Sorcery' specified in package.xml"],
    ]


def test_production_rolls_back_on_error_or_does_not_start(api: Api, soap: Soap) -> None:
    files = {"package.xml": manifest(CustomObject=["Room__c"]), **_room()}
    for option in ({"rollbackOnError": False}, {"allowMissingFiles": True}, {"autoUpdatePackage": True}):
        with nothing_written(api):
            with pytest.raises(Fault) as error:
                soap.start(files, **option)
            assert error.value.code == "sf:INVALID_OPERATION"
            assert next(iter(option)) in error.value.text
            assert api.org.deploys.jobs() == []
