"""What the Tooling API writes in a sandbox, and what production and a running deployment refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.metadata.conftest import Serve, Served
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, flow, tickets, trigger
from tests.localorg.metadata.soap_client import Rest, Soap, manifest, problems, serving

ACTIVE = "Save or update not supported in active organizations"


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A sandbox with an object, shared by tests that each make what they change."""
    with ExitStack() as stack:
        made = LocalOrg.create(tmp_path_factory.mktemp("org") / "here", name="here", kind="developer")
        stack.callback(made.close)
        made.deploys.pace = 0
        user_id = made.users.add_user("admin@example.com", "Ada Admin")
        token = made.users.token_for(user_id)
        url = stack.enter_context(serving(made))
        served = Served(made, Soap(url, token), Rest(url, token), user_id)
        assert problems(served.soap.deploy(tickets())) == {}
        yield served


def _create(org: Served, name: str, body: dict[str, Any]) -> str:
    status, answer = org.rest.call("POST", f"/tooling/sobjects/{name}", body)
    assert status == 201, answer
    assert (answer["success"], answer["errors"], answer["warnings"]) == (True, [], [])
    return str(answer["id"])


def _refused(org: Served, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
    status, answer = org.rest.call(method, f"/tooling/sobjects/{path}", body)
    assert status >= 400, answer
    return status, answer[0]["errorCode"], answer[0]["message"]


def _save(org: Served, container: str, **more: Any) -> dict[str, Any]:
    request = _create(org, "ContainerAsyncRequest", {"MetadataContainerId": container, **more})
    status, row = org.rest.call("GET", f"/tooling/sobjects/ContainerAsyncRequest/{request}")
    assert status == 200
    return dict(row)


def test_a_class_is_made_read_and_deleted(org: Served) -> None:
    made = _create(org, "ApexClass", {"Name": "Fresh", "Body": "public class Fresh { Integer a; }"})
    assert made.startswith("01p")
    status, row = org.rest.call("GET", f"/tooling/sobjects/ApexClass/{made}")
    assert (status, row["Name"], row["Status"]) == (200, "Fresh", "Active")
    assert org.soap.retrieve({"ApexClass": ["Fresh"]})[0]["classes/Fresh.cls"] == b"public class Fresh { Integer a; }"
    assert _refused(org, "POST", "ApexClass", {"Body": "public class Fresh {}"})[1] == "DUPLICATE_VALUE"
    assert (
        _refused(org, "POST", "ApexClass", {"Body": "public class X { Absent__c a; }"})[1]
        == "FIELD_INTEGRITY_EXCEPTION"
    )
    assert _refused(org, "PATCH", f"ApexClass/{made}", {"Body": "x"})[:2] == (405, "METHOD_NOT_ALLOWED")
    assert org.rest.call("DELETE", f"/tooling/sobjects/ApexClass/{made}") == (204, None)
    assert org.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'Fresh'") == []


def test_triggers_and_pages_are_made_from_their_source(org: Served) -> None:
    made = _create(org, "ApexTrigger", {"Body": "trigger Fires on Ticket__c (before insert) {}", "TableEnumOrId": "x"})
    row = org.rest.call("GET", f"/tooling/sobjects/ApexTrigger/{made}")[1]
    assert (row["Name"], row["UsageBeforeInsert"]) == ("Fires", True)
    page = _create(org, "ApexPage", {"Name": "Front", "MasterLabel": "The front", "Markup": "<apex:page/>"})
    row = org.rest.call("GET", f"/tooling/sobjects/ApexPage/{page}")[1]
    assert (row["Markup"], row["MasterLabel"]) == ("<apex:page/>", "The front")
    for path in (f"ApexTrigger/{made}", f"ApexPage/{page}"):
        assert org.rest.call("DELETE", f"/tooling/sobjects/{path}")[0] == 204


def test_a_container_saves_working_copies_together(org: Served) -> None:
    first = _create(org, "ApexClass", {"Body": "public class First {}"})
    container = _create(org, "MetadataContainer", {"Name": "work"})
    assert _refused(org, "POST", "MetadataContainer", {"Name": "work"})[1] == "DUPLICATE_VALUE"
    link = {"MetadataContainerId": container}
    member = _create(org, "ApexClassMember", {**link, "ContentEntityId": first, "Body": "public class First { Wrong }"})
    second = {**link, "FullName": "Second", "Body": "public class Second { Absent__c a; }"}
    other = _create(org, "ApexClassMember", second)
    row = _save(org, container, IsCheckOnly=False)
    assert row["State"] == "Failed"
    failures = row["DeployDetails"]["componentFailures"]
    assert [(item["fullName"], item["lineNumber"]) for item in failures] == [("Second", 1)]
    assert "Absent__c" in failures[0]["problem"]
    assert org.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'Second'") == []
    path = f"/tooling/sobjects/ApexClassMember/{other}"
    assert org.rest.call("PATCH", path, {"Body": "public class Second {}"})[0] == 204
    assert _save(org, container, IsCheckOnly=True)["State"] == "Completed"
    assert org.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'Second'") == [], "a check saves nothing"
    row = _save(org, container, IsCheckOnly=False)
    assert (row["State"], row["DeployDetails"]["componentFailures"]) == ("Completed", [])
    assert org.rest.call("GET", f"/tooling/sobjects/ApexClass/{first}")[1]["Body"] == "public class First { Wrong }"
    members = org.rest.tooling(f"SELECT Id FROM ApexClassMember WHERE MetadataContainerId = '{row['Id']}'")
    assert {each["Id"] for each in members} == {member, other}
    assert _refused(org, "PATCH", f"ApexClassMember/{other}", {"Body": "x"})[1] == "INVALID_OPERATION"
    assert org.rest.call("DELETE", f"/tooling/sobjects/MetadataContainer/{container}")[0] == 204


def test_a_field_is_made_changed_and_deleted_by_its_metadata(org: Served) -> None:
    metadata: dict[str, Any] = {"type": "Text", "length": 30, "label": "Colour", "required": False}
    made = _create(org, "CustomField", {"FullName": "Ticket__c.Colour__c", "Metadata": metadata})
    told = "SELECT Length, Label FROM FieldDefinition WHERE EntityDefinition.QualifiedApiName = 'Ticket__c'"
    told += " AND QualifiedApiName = 'Colour__c'"
    assert [(each["Length"], each["Label"]) for each in org.rest.tooling(told)] == [(30, "Colour")]
    row = org.rest.call("GET", f"/tooling/sobjects/CustomField/{made}")[1]
    assert (row["FullName"], row["DeveloperName"]) == ("Ticket__c.Colour__c", "Colour")
    longer = {"Metadata": {**row["Metadata"], "length": 60}}
    assert org.rest.call("PATCH", f"/tooling/sobjects/CustomField/{made}", longer) == (204, None)
    assert [each["Length"] for each in org.rest.tooling(told)] == [60]
    again = {"FullName": "Ticket__c.Colour__c", "Metadata": metadata}
    assert _refused(org, "POST", "CustomField", again)[1] == "DUPLICATE_DEVELOPER_NAME"
    rule = {"active": True, "errorConditionFormula": "ISBLANK(Colour__c)", "errorMessage": "Say a colour."}
    made_rule = _create(org, "ValidationRule", {"FullName": "Ticket__c.Coloured", "Metadata": rule})
    assert org.rest.call("POST", "/sobjects/Ticket__c", {"Name": "A"})[0] == 400
    assert "referenced elsewhere" in _refused(org, "DELETE", f"CustomField/{made}")[2]
    assert org.rest.call("DELETE", f"/tooling/sobjects/ValidationRule/{made_rule}")[0] == 204
    assert org.rest.call("POST", "/sobjects/Ticket__c", {"Name": "A"})[0] == 201
    assert org.rest.call("DELETE", f"/tooling/sobjects/CustomField/{made}")[0] == 204
    assert org.rest.tooling("SELECT Id FROM CustomField WHERE DeveloperName = 'Colour'") == []


def test_a_record_type_is_made_and_switched_off_by_its_metadata(org: Served) -> None:
    body = {"FullName": "Ticket__c.Bulk", "Metadata": {"active": True, "label": "Bulk ticket"}}
    made = _create(org, "RecordType", body)
    row = org.rest.query("SELECT Id, Name, IsActive FROM RecordType WHERE DeveloperName = 'Bulk'")[0]
    assert (row["Id"], row["Name"], row["IsActive"]) == (made, "Bulk ticket", True)
    told = org.rest.tooling("SELECT FullName, Metadata FROM RecordType WHERE DeveloperName = 'Bulk'")[0]
    assert (told["FullName"], told["Metadata"]["active"]) == ("Ticket__c.Bulk", True)
    off = {"Metadata": {**told["Metadata"], "active": False}}
    assert org.rest.call("PATCH", f"/tooling/sobjects/RecordType/{made}", off)[0] == 204
    assert org.rest.query("SELECT IsActive FROM RecordType WHERE DeveloperName = 'Bulk'")[0]["IsActive"] is False
    assert _refused(org, "DELETE", f"RecordType/{made}")[0] == 405


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        (
            "POST",
            "CustomField",
            {"FullName": "Absent__c.A__c", "Metadata": {"type": "Text"}},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        ("POST", "CustomField", {"FullName": "Ticket__c.A__c"}, "REQUIRED_FIELD_MISSING"),
        ("POST", "CustomField", {"FullName": "Ticket__c.A__c", "Metadata": {"label": "A"}}, "REQUIRED_FIELD_MISSING"),
        ("POST", "CustomObject", {"FullName": "New__c", "Metadata": {}}, "METHOD_NOT_ALLOWED"),
        ("POST", "EntityDefinition", {}, "METHOD_NOT_ALLOWED"),
        ("POST", "ContainerAsyncRequest", {"IsCheckOnly": True}, "INVALID_INPUT"),
        (
            "POST",
            "ApexClassMember",
            {"Body": "x", "MetadataContainerId": "1dc000000000001"},
            "INVALID_CROSS_REFERENCE_KEY",
        ),
        ("PATCH", "ApexTestQueueItem/709000000000001AAA", {"Status": "Aborted"}, "NOT_FOUND"),
        ("POST", "SourceMember", {"MemberName": "A"}, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_cannot_be_written_is_refused(org: Served, method: str, path: str, body: Any, expected: str) -> None:
    assert _refused(org, method, path, body)[1] == expected


def test_several_records_are_written_in_one_call_all_or_none(org: Served) -> None:
    one = {"attributes": {"type": "ApexClass"}, "Body": "public class One {}"}
    bad = {"attributes": {"type": "ApexClass"}, "Body": "public class Two { Absent__c a; }"}
    status, answer = org.rest.call("POST", "/tooling/composite/sobjects", {"records": [one, bad], "allOrNone": True})
    assert (status, [entry["success"] for entry in answer]) == (200, [False, False])
    assert answer[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert org.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'One'") == []
    status, answer = org.rest.call("POST", "/tooling/composite/sobjects", {"records": [one, bad]})
    assert [entry["success"] for entry in answer] == [True, False]
    status, answer = org.rest.call("DELETE", f"/tooling/composite/sobjects?ids={answer[0]['id']}")
    assert (status, [entry["success"] for entry in answer]) == (200, [True])
    assert org.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'One'") == []


def test_a_composite_call_makes_what_later_parts_refer_to(org: Served) -> None:
    base = "/services/data/v63.0/tooling"
    parts = [
        {
            "method": "POST",
            "url": f"{base}/sobjects/MetadataContainer",
            "referenceId": "box",
            "body": {"Name": "composed"},
        },
        {
            "method": "POST",
            "url": f"{base}/sobjects/ApexClassMember",
            "referenceId": "copy",
            "body": {"MetadataContainerId": "@{box.id}", "FullName": "Composed", "Body": "public class Composed {}"},
        },
        {
            "method": "POST",
            "url": f"{base}/sobjects/ContainerAsyncRequest",
            "referenceId": "save",
            "body": {"MetadataContainerId": "@{box.id}", "IsCheckOnly": False},
        },
        {
            "method": "GET",
            "url": f"{base}/query?q=SELECT Id, State FROM ContainerAsyncRequest WHERE Id = '@{{save.id}}'",
            "referenceId": "told",
        },
        {"method": "GET", "url": "/services/data/v63.0/query?q=SELECT Id FROM Account", "referenceId": "other"},
    ]
    status, answer = org.rest.call("POST", "/tooling/composite", {"compositeRequest": parts})
    assert status == 200
    found = answer["compositeResponse"]
    assert [each["httpStatusCode"] for each in found] == [201, 201, 201, 200, 404]
    assert found[3]["body"]["records"][0]["State"] == "Completed"
    assert len(org.rest.tooling("SELECT Id FROM ApexClass WHERE Name = 'Composed'")) == 1
    batch = {"batchRequests": [{"method": "GET", "url": "v63.0/tooling/query?q=SELECT Id FROM ApexClass LIMIT 1"}]}
    status, answer = org.rest.call("POST", "/tooling/composite/batch", batch)
    assert (status, answer["hasErrors"], answer["results"][0]["statusCode"]) == (200, False, 200)


def test_production_refuses_code_fields_and_objects_but_not_rules_and_flows(production: Served) -> None:
    code = {
        **trigger("OnTicket", "trigger OnTicket on Ticket__c (before insert) {}"),
        **apex_class("TicketsTest", TEST_CLASS),
    }
    files = {
        **tickets(),
        "package.xml": manifest(CustomObject=["*"], ApexTrigger=["*"], ApexClass=["*"], Flow=["*"]),
        "flows/Guard.flow": flow(status="Draft"),
        **code,
    }
    assert problems(production.soap.deploy(files)) == {}
    field = production.rest.tooling("SELECT Id FROM CustomField WHERE DeveloperName = 'Limit'")[0]["Id"]
    for method, path, body in (
        ("POST", "ApexClass", {"Body": "public class A {}"}),
        ("POST", "ApexPage", {"Name": "A", "Markup": "<apex:page/>"}),
        ("POST", "CustomField", {"FullName": "Ticket__c.A__c", "Metadata": {"type": "Text"}}),
        ("PATCH", f"CustomField/{field}", {"Metadata": {"type": "Text"}}),
        ("DELETE", f"CustomField/{field}", None),
        ("POST", "CustomObject", {"FullName": "A__c", "Metadata": {}}),
    ):
        assert _refused(production, method, path, body)[2] == ACTIVE
    container = _create(production, "MetadataContainer", {"Name": "work"})
    member = {"MetadataContainerId": container, "FullName": "A", "Body": "public class A {}"}
    _create(production, "ApexClassMember", member)
    request = {"MetadataContainerId": container, "IsCheckOnly": False}
    assert _refused(production, "POST", "ContainerAsyncRequest", request)[2] == ACTIVE
    assert _save(production, container, IsCheckOnly=True)["State"] == "Completed"
    rule = {"active": True, "errorConditionFormula": "ISBLANK(Name)", "errorMessage": "No."}
    _create(production, "ValidationRule", {"FullName": "Ticket__c.Named", "Metadata": rule})
    definition = production.rest.tooling("SELECT Id FROM FlowDefinition")[0]["Id"]
    path = f"/tooling/sobjects/FlowDefinition/{definition}"
    assert production.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": 1}})[0] == 204


def test_setup_is_locked_while_a_deployment_runs(serve: Serve) -> None:
    org = serve()
    files = {**tickets(), "package.xml": manifest(CustomObject=["*"], Flow=["*"]), "flows/Guard.flow": flow()}
    assert problems(org.soap.deploy(files)) == {}
    definition = org.rest.tooling("SELECT Id FROM FlowDefinition")[0]["Id"]
    path = f"/tooling/sobjects/FlowDefinition/{definition}"
    org.org.deploys.pace = 30
    running = org.soap.start(files)
    while org.soap.status(running)["status"] == ["Pending"]:
        pass
    status, answer = org.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": 0}})
    assert (status, answer[0]["errorCode"]) == (400, "ALREADY_IN_PROCESS")
    assert "temporarily lock your organization's administration setup" in answer[0]["message"]
    assert org.rest.tooling("SELECT ActiveVersionId FROM FlowDefinition")[0]["ActiveVersionId"] is not None
    org.soap.call("cancelDeploy", f"<String>{running}</String>")
    org.org.deploys.pace = 0
    assert org.soap.finish(running)["status"] == ["Canceled"]
    assert org.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": 0}})[0] == 204


def test_a_flow_version_with_a_paused_interview_cannot_be_deleted(org: Served) -> None:
    files = {"package.xml": manifest(Flow=["Waits"]), "flows/Waits.flow": flow(label="One")}
    org.soap.deploy(files)
    org.soap.deploy({**files, "flows/Waits.flow": flow(label="Two")})
    versions = org.rest.tooling("SELECT Id, VersionNumber FROM Flow WHERE Definition.DeveloperName = 'Waits'")
    old = next(row["Id"] for row in versions if row["VersionNumber"] == 1)
    interview = org.org.jobs.pause_flow("Waits", 1, "waits for an approval")
    rows = org.rest.query("SELECT Id, InterviewStatus FROM FlowInterview WHERE InterviewStatus = 'Paused'")
    assert [row["Id"] for row in rows] == [interview]
    assert "paused interviews" in _refused(org, "DELETE", f"Flow/{old}")[2]
    org.org.jobs.finish(interview)
    assert org.rest.call("DELETE", f"/tooling/sobjects/Flow/{old}")[0] == 204
