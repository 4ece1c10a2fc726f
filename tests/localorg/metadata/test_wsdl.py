"""Every answer against the Metadata WSDL that simple-salesforce carries: zeep in strict mode, and the schema itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import simple_salesforce
import zeep
from lxml import etree
from simple_salesforce.metadata import SfdcMetadataApi

from hotfix_tui.localorg.apex.planted import plant
from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, custom_object, document, tickets
from tests.localorg.metadata.soap_client import NAMESPACE, manifest, unzip, zipped

WSDL = Path(simple_salesforce.__file__).with_name("metadata.wsdl")
TYPE = f"{{{NAMESPACE}}}"
XSD = "{http://www.w3.org/2001/XMLSchema}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
CODE = {
    "package.xml": manifest(ApexClass=["Tickets", "TicketsTest"]),
    **apex_class("Tickets", "public class Tickets {\n  public static Integer one() { return 1; }\n}"),
    **apex_class("TicketsTest", TEST_CLASS),
}


@cache
def _schema() -> Any:
    (found,) = (item for item in etree.parse(WSDL).iter(f"{XSD}schema"))
    return etree.XMLSchema(etree.fromstring(etree.tostring(found)))


@cache
def _document() -> Any:
    return zeep.Client(WSDL.as_uri(), settings=zeep.Settings(strict=True))


class Checked:
    """zeep's proxy of one org, whose raw answers are kept, to be held against the schema."""

    def __init__(self, org: Served) -> None:
        self.client, self.raw = _document(), list[bytes]()
        session = requests.Session()
        session.trust_env = False
        session.hooks["response"].append(lambda answer, **_: self.raw.append(answer.content))
        self.client.transport.session = session
        address = f"{org.soap.url}/services/Soap/m/63.0"
        self._service = self.client.create_service(f"{TYPE}MetadataBinding", address)
        self._headers = [self.client.get_element(f"{TYPE}SessionHeader")(sessionId=org.soap.token)]
        self.types = self.client.type_factory("ns0")

    def call(self, name: str, *args: Any, **named: Any) -> Any:
        """An operation, its answer read by zeep; the raw one must fit the schema."""
        answer = getattr(self._service, name)(*args, _soapheaders=self._headers, **named)
        body = etree.fromstring(self.raw[-1]).find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
        assert body is not None
        element = etree.fromstring(etree.tostring(body[0]))
        for absent in [item for item in element.iter() if item.get(NIL) and item.tag == f"{TYPE}records"]:
            # Read by a name that is not there: real orgs answer nil, which the WSDL does not declare.
            absent.getparent().remove(absent)
        _schema().assertValid(etree.ElementTree(element))
        return getattr(getattr(answer, "body", answer), "result", answer)

    def options(self, **changed: Any) -> Any:
        flags = ("allowMissingFiles", "autoUpdatePackage", "checkOnly", "ignoreWarnings", "performRetrieve")
        plain = dict.fromkeys((*flags, "purgeOnDelete"), False)
        told = {
            **plain,
            "rollbackOnError": True,
            "singlePackage": True,
            "runTests": [],
            "testLevel": "NoTestRun",
            **changed,
        }
        return self.types.DeployOptions(**told)


@pytest.fixture
def wsdl(here: Served) -> Iterator[Checked]:
    yield Checked(here)


def _deployed(wsdl: Checked, here: Served, files: dict[str, str], **options: Any) -> Any:
    started = wsdl.call("deploy", zipped(files), wsdl.options(**options))
    assert here.org.deploys.wait_idle()
    return wsdl.call("checkDeployStatus", started.id, True)


def test_describe_and_list_fit(here: Served, wsdl: Checked) -> None:
    assert len(wsdl.call("describeMetadata", 63.0).metadataObjects) > 300
    _deployed(wsdl, here, {**tickets(), "objects/Ticket__c.object": custom_object()})
    fields = wsdl.call("listMetadata", [wsdl.types.ListMetadataQuery(type="CustomField")], 63.0)
    assert {item.fullName for item in fields} == {"Ticket__c.Limit__c", "Ticket__c.Parent__c"}
    assert len(wsdl.call("listMetadata", [wsdl.types.ListMetadataQuery(type="CustomObject")], 63.0)) > 10
    assert wsdl.call("listMetadata", [wsdl.types.ListMetadataQuery(type="Report", folder="No")], 63.0) in (None, [])


def test_deployments_fit_when_they_succeed_fail_and_run_tests(here: Served, wsdl: Checked) -> None:
    result = _deployed(wsdl, here, {**tickets(), "objects/Ticket__c.object": custom_object()})
    assert (result.status, len(result.details.componentSuccesses)) == ("Succeeded", 4)
    failed = _deployed(wsdl, here, {"package.xml": manifest(ApexClass=["Gone"])})
    assert failed.details.componentFailures[0].problem
    plant(here.org, "TicketsTest", failures={"closes": "System.AssertException: Assertion Failed"})
    plant(here.org, "Tickets", 20.0)
    tested = _deployed(wsdl, here, CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    run = tested.details.runTestResult
    assert (run.numFailures, run.failures[0].methodName, run.codeCoverageWarnings[0].name) == (1, "closes", "Tickets")


def test_cancelling_and_quick_deploys_fit(here: Served, wsdl: Checked) -> None:
    checked = _deployed(wsdl, here, CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"], checkOnly=True)
    quick = wsdl.call("deployRecentValidation", checked.id)
    assert quick != checked.id
    assert here.org.deploys.wait_idle()
    here.org.deploys.pace = 5
    started = wsdl.call("deploy", zipped(tickets()), wsdl.options())
    assert wsdl.call("cancelDeploy", started.id).id == started.id
    assert here.org.deploys.wait_idle()
    assert wsdl.call("checkDeployStatus", started.id, True).canceledByName == "Ada Admin"


def test_retrieves_fit_with_and_without_the_zip(here: Served, wsdl: Checked) -> None:
    _deployed(wsdl, here, tickets())
    members = [wsdl.types.PackageTypeMembers(members=["*", "Gone__c"], name="CustomObject")]
    package = wsdl.types.Package(types=members, version="63.0")
    request = wsdl.types.RetrieveRequest(apiVersion=63.0, singlePackage=True, unpackaged=package)
    asked = wsdl.call("retrieve", request)
    assert wsdl.call("checkRetrieveStatus", asked.id, False).fileProperties
    result = wsdl.call("checkRetrieveStatus", asked.id, True)
    assert "objects/Ticket__c.object" in unzip(result.zipFile)
    assert "Gone__c" in result.messages[0].problem


def test_single_components_are_made_read_changed_and_deleted(here: Served, wsdl: Checked) -> None:
    t = wsdl.types
    name = t.CustomField(label="Room name", type="Text")
    room = t.CustomObject(
        fullName="Room__c", label="Room", pluralLabel="Rooms", nameField=name, deploymentStatus="Deployed",
        sharingModel="ReadWrite",
    )  # fmt: skip
    (made,) = wsdl.call("createMetadata", [room])
    assert (made.fullName, made.success, made.errors) == ("Room__c", True, [])
    (again,) = wsdl.call("createMetadata", [room])
    assert (again.success, again.errors[0].statusCode) == (False, "DUPLICATE_DEVELOPER_NAME")
    seats = t.CustomField(fullName="Room__c.Seats__c", label="Seats", type="Number", precision=3, scale=0)
    assert wsdl.call("upsertMetadata", [seats])[0].created is True
    seats.label = "Chairs"
    assert wsdl.call("updateMetadata", [seats])[0].success is True
    read = wsdl.call("readMetadata", "CustomField", ["room__c.SEATS__c", "Room__c.Gone__c"])
    field, gone = read.records if hasattr(read, "records") else read
    assert (field.fullName, field.label, field.precision) == ("Room__c.Seats__c", "Chairs", 3)
    assert gone.fullName is None
    records = wsdl.call("readMetadata", "CustomObject", ["Room__c"])
    (whole,) = records.records if hasattr(records, "records") else records
    assert [item.fullName for item in whole.fields] == ["Seats__c"]
    results = wsdl.call("deleteMetadata", "CustomField", ["Room__c.Seats__c", "Room__c.Gone__c"])
    assert [item.success for item in results] == [True, False]
    assert here.soap.listing("CustomField") == {}


def test_what_a_deployment_would_refuse_is_refused_for_single_components(here: Served, wsdl: Checked) -> None:
    lost = wsdl.types.CustomField(fullName="Gone__c.A__c", label="A", type="Text", length=3)
    (refused,) = wsdl.call("createMetadata", [lost])
    assert refused.success is False and "Gone__c" in refused.errors[0].message
    renamed = wsdl.call("renameMetadata", "CustomObject", "A__c", "B__c")
    assert (renamed.success, renamed.errors[0].statusCode) == (False, "FUNCTIONALITY_NOT_ENABLED")


def test_value_types_are_described(wsdl: Checked) -> None:
    found = wsdl.call("describeValueType", f"{TYPE}CustomField")
    fields = {item.name: item for item in found.valueTypeFields}
    assert found.apiCreatable and fields["fullName"].isNameField
    assert "MasterDetail" in {entry.value for entry in fields["type"].picklistValues}
    assert {item.name for item in fields["lookupFilter"].fields} >= {"filterItems", "errorMessage"}
    assert found.parentField.foreignKeyDomain == ["CustomObject"]


def test_simple_salesforces_own_calls_work_unmodified(here: Served) -> None:
    url = f"{here.soap.url}/services/Soap/m/63.0/"
    api = SfdcMetadataApi(requests.Session(), here.soap.token, "", url, {}, "63.0")
    api._client.transport.session.trust_env = False
    label = {"language": "en_US", "protected": False, "shortDescription": "Hi", "value": "Hi"}
    labels = [api.CustomLabel(fullName=name, **label) for name in ("Hello", "Bye")]
    api.CustomLabel.create(labels)
    assert [item.fullName for item in api.CustomLabel.read(["Hello", "Bye"])] == ["Hello", "Bye"]
    labels[0].value = "Good day"
    api.CustomLabel.update(labels[:1])
    assert api.CustomLabel.read(["Hello"]).value == "Good day"
    resource = api.StaticResource(fullName="Logo", content=b"\x00logo", contentType="image/png", cacheControl="Public")
    api.StaticResource.upsert([resource])
    assert api.StaticResource.read(["Logo"]).content == b"\x00logo"
    api.CustomLabel.delete(["Bye"])
    with pytest.raises(Exception, match="INVALID_CROSS_REFERENCE_KEY"):
        api.CustomLabel.delete(["Bye"])
    assert api.CustomLabel.describe().apiUpdatable
    assert set(here.soap.listing("CustomLabel")) == {"Hello"}


def test_all_or_none_saves_none_when_one_is_refused(here: Served) -> None:
    given = "".join(
        f'<metadata xsi:type="CustomPermission"><fullName>{name}</fullName><label>A</label></metadata>'
        for name in ("One", "Two", "One")
    )
    calls = {}
    for together in ("true", "false"):
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="{NAMESPACE}">'
            f"<e:Header><SessionHeader><sessionId>{here.soap.token}</sessionId></SessionHeader>"
            f"<AllOrNoneHeader><allOrNone>{together}</allOrNone></AllOrNoneHeader></e:Header>"
            f"<e:Body><createMetadata>{given}</createMetadata></e:Body></e:Envelope>"
        )
        calls[together] = re.findall(r"<success>(\w+)<", here.soap.send(envelope).decode())
        listed = set(here.soap.listing("CustomPermission"))
        assert listed == (set() if together == "true" else {"One", "Two"})
    assert calls == {"true": ["false"] * 3, "false": ["true", "true", "false"]}


def test_a_component_that_a_deployment_holds_is_locked(here: Served, wsdl: Checked) -> None:
    _deployed(wsdl, here, tickets())
    here.org.deploys.pace = 5
    started = wsdl.call("deploy", zipped(tickets()), wsdl.options())
    while wsdl.call("checkDeployStatus", started.id, False).numberComponentsTotal == 0:
        pass
    other = wsdl.types.CustomPermission(fullName="Free", label="Free", isLicensed=False)
    field = wsdl.types.CustomField(fullName="Ticket__c.New__c", label="New", type="Text", length=3)
    assert wsdl.call("createMetadata", [other])[0].success is True
    (refused,) = wsdl.call("createMetadata", [field])
    assert refused.errors[0].statusCode == "ALREADY_IN_PROCESS"
    wsdl.call("cancelDeploy", started.id)
    assert here.org.deploys.wait_idle()
    assert wsdl.call("createMetadata", [field])[0].success is True


def test_a_document_of_a_known_version_is_held_against_the_wsdl(here: Served) -> None:
    files = {"package.xml": manifest(CustomPermission=["A"])}
    path = "customPermissions/A.customPermission"
    result = here.soap.deploy(
        {**files, path: document("CustomPermission", "<label>A</label>\n    <colour>red</colour>")}
    )
    (failure,) = result["details"][0]["componentFailures"]
    assert failure["problem"] == [
        f"Error parsing file: Element {TYPE}colour invalid at this location in type CustomPermission"
    ]
    assert (failure["lineNumber"], failure["columnNumber"]) == (["4"], ["13"])
    newer = manifest(CustomPermission=["A"]).replace("63.0", "66.0")
    assert here.soap.deploy({"package.xml": newer, path: document("CustomPermission", "<label>A</label><new>1</new>")})[
        "status"
    ] == ["Succeeded"]
