"""The Tooling API: rows that follow the components, and what can be switched by it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import (
    TEST_CLASS,
    apex_class,
    document,
    flow,
    only,
    rule,
    seen_by_administrators,
    tickets,
    trigger,
)
from tests.localorg.metadata.soap_client import manifest, problems


@pytest.fixture
def ticketing(here: Served) -> Served:
    """An org with an object, two rules on it, a trigger and a flow of two versions."""
    files = {
        **tickets(),
        "package.xml": manifest(CustomObject=["*"], ApexTrigger=["*"], Flow=["*"]),
        **trigger("OnTicket", "trigger OnTicket on Ticket__c (before insert, after update) {}"),
        "flows/Guard.flow": flow(label="One"),
    }
    assert problems(here.soap.deploy(files)) == {}
    assert problems(here.soap.deploy(seen_by_administrators("Ticket__c.Limit__c"))) == {}
    rules = only(rule("Cap", "Limit__c &gt; 0.7") + rule("Off", "ISBLANK(Name)", active=False))
    named = manifest(ValidationRule=["Ticket__c.Cap", "Ticket__c.Off"], Flow=["Guard"])
    more = {"package.xml": named, "objects/Ticket__c.object": rules, "flows/Guard.flow": flow(label="Two")}
    assert problems(here.soap.deploy(more)) == {}
    return here


def _one(org: Served, soql: str) -> dict[str, Any]:
    rows = org.rest.tooling(soql)
    assert len(rows) == 1
    return rows[0]


def test_triggers_are_found_by_object_and_event(ticketing: Served) -> None:
    row = _one(ticketing, "SELECT Name, Status, TableEnumOrId, UsageBeforeInsert, UsageBeforeUpdate FROM ApexTrigger")
    assert (row["Name"], row["Status"]) == ("OnTicket", "Active")
    assert (row["UsageBeforeInsert"], row["UsageBeforeUpdate"]) == (True, False)
    entity = _one(ticketing, "SELECT DurableId FROM EntityDefinition WHERE QualifiedApiName = 'Ticket__c'")
    assert row["TableEnumOrId"] == entity["DurableId"]
    assert row["TableEnumOrId"].startswith("01I")


def test_validation_rules_are_found_by_their_objects_name(ticketing: Served) -> None:
    rows = ticketing.rest.tooling(
        "SELECT ValidationName, Active, EntityDefinition.QualifiedApiName FROM ValidationRule"
        " WHERE EntityDefinition.QualifiedApiName IN ('Ticket__c') ORDER BY ValidationName"
    )
    assert [(row["ValidationName"], row["Active"]) for row in rows] == [("Cap", True), ("Off", False)]
    assert rows[0]["EntityDefinition"]["QualifiedApiName"] == "Ticket__c"


def test_metadata_is_given_for_one_row_and_refused_for_more(ticketing: Served) -> None:
    row = _one(ticketing, "SELECT FullName, Metadata FROM ValidationRule WHERE ValidationName = 'Cap'")
    assert row["FullName"] == "Ticket__c.Cap"
    assert row["Metadata"]["active"] is True
    assert row["Metadata"]["errorConditionFormula"] == "Limit__c > 0.7"
    status, answer = ticketing.rest.call("GET", "/tooling/query?q=SELECT+Id,Metadata+FROM+ValidationRule")
    assert status == 400
    assert answer[0]["errorCode"] == "MALFORMED_QUERY"
    assert "no more than one row" in answer[0]["message"]


def _rule(org: Served, name: str = "Cap") -> dict[str, Any]:
    return _one(org, f"SELECT Id, Active, Metadata FROM ValidationRule WHERE ValidationName = '{name}'")


def test_a_rule_is_switched_off_by_its_whole_metadata_and_on_again(ticketing: Served) -> None:
    record = {"Name": "A", "Limit__c": 90}
    assert ticketing.rest.call("POST", "/sobjects/Ticket__c", record)[0] == 400
    row = _rule(ticketing)
    path = f"/tooling/sobjects/ValidationRule/{row['Id']}"
    assert ticketing.rest.call("PATCH", path, {"Metadata": {**row["Metadata"], "active": False}}) == (204, None)
    assert _rule(ticketing)["Active"] is False
    assert ticketing.rest.call("POST", "/sobjects/Ticket__c", record)[0] == 201
    assert ticketing.rest.call("PATCH", path, {"Metadata": row["Metadata"]})[0] == 204
    assert _rule(ticketing) == row
    body = ticketing.soap.retrieve({"ValidationRule": ["Ticket__c.Cap"]})[0]["objects/Ticket__c.object"].decode()
    assert "<active>true</active>" in body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Metadata": {"active": False}}, "REQUIRED_FIELD_MISSING"),
        ({"Active": False}, "INVALID_FIELD"),
        ({}, "REQUIRED_FIELD_MISSING"),
        (
            {"Metadata": {"active": True, "errorConditionFormula": "Absent__c = 1", "errorMessage": "x"}},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            {"Metadata": {"active": True, "errorConditionFormula": "IF(", "errorMessage": "x"}},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
    ],
)
def test_half_a_rule_or_a_wrong_one_is_refused_and_the_rule_stays(
    ticketing: Served, body: dict[str, Any], code: str
) -> None:
    before = _rule(ticketing)
    status, answer = ticketing.rest.call("PATCH", f"/tooling/sobjects/ValidationRule/{before['Id']}", body)
    assert (status, answer[0]["errorCode"]) == (400, code)
    assert _rule(ticketing) == before


def _versions(org: Served) -> list[tuple[int, str]]:
    rows = org.rest.tooling("SELECT VersionNumber, Status FROM Flow ORDER BY VersionNumber")
    return [(row["VersionNumber"], row["Status"]) for row in rows]


@pytest.mark.parametrize("nothing", [0, None])
def test_a_flow_is_switched_off_and_its_recorded_version_comes_back(ticketing: Served, nothing: int | None) -> None:
    definition = _one(ticketing, "SELECT Id, ActiveVersion.VersionNumber FROM FlowDefinition")
    assert definition["ActiveVersion"]["VersionNumber"] == 2
    path = f"/tooling/sobjects/FlowDefinition/{definition['Id']}"
    assert ticketing.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": nothing}})[0] == 204
    assert _versions(ticketing) == [(1, "Obsolete"), (2, "Obsolete")]
    assert _one(ticketing, "SELECT ActiveVersion.VersionNumber FROM FlowDefinition")["ActiveVersion"] is None
    assert ticketing.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": 1}})[0] == 204
    assert _versions(ticketing) == [(1, "Active"), (2, "Obsolete")]


def test_a_version_that_is_not_there_cannot_be_made_active(ticketing: Served) -> None:
    definition = _one(ticketing, "SELECT Id FROM FlowDefinition")
    path = f"/tooling/sobjects/FlowDefinition/{definition['Id']}"
    status, answer = ticketing.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": 9}})
    assert status == 400
    assert "doesn't exist" in answer[0]["message"]
    assert _versions(ticketing) == [(1, "Obsolete"), (2, "Active")]


def test_a_flow_version_is_deleted_unless_it_is_active(ticketing: Served) -> None:
    ids = {row["VersionNumber"]: row["Id"] for row in ticketing.rest.tooling("SELECT Id, VersionNumber FROM Flow")}
    assert ticketing.rest.call("DELETE", f"/tooling/sobjects/Flow/{ids[2]}")[0] == 400
    assert ticketing.rest.call("DELETE", f"/tooling/sobjects/Flow/{ids[1]}")[0] == 204
    assert _versions(ticketing) == [(2, "Active")]


def test_a_record_is_read_by_id_and_an_unknown_one_is_404(ticketing: Served) -> None:
    row = _rule(ticketing)
    status, record = ticketing.rest.call("GET", f"/tooling/sobjects/ValidationRule/{row['Id']}")
    assert status == 200
    assert record["FullName"] == "Ticket__c.Cap"
    assert record["Metadata"] == row["Metadata"]
    assert ticketing.rest.call("GET", "/tooling/sobjects/ValidationRule/03d000000000001AAA")[0] == 404
    assert ticketing.rest.call("GET", "/tooling/sobjects/Sorcery/describe")[0] == 404
    status, described = ticketing.rest.call("GET", "/tooling/sobjects/ValidationRule/describe")
    assert status == 200
    assert "Metadata" in {field["name"] for field in described["fields"]}


def test_apex_cannot_be_changed_by_tooling_in_production(production: Served) -> None:
    production.soap.deploy(tickets())
    code = {
        **trigger("OnTicket", "trigger OnTicket on Ticket__c (before insert) {}"),
        **apex_class("TicketsTest", TEST_CLASS),
    }
    production.soap.deploy({"package.xml": manifest(ApexTrigger=["*"], ApexClass=["*"]), **code})
    row = _one(production, "SELECT Id FROM ApexTrigger")
    status, answer = production.rest.call("PATCH", f"/tooling/sobjects/ApexTrigger/{row['Id']}", {"Body": "x"})
    assert status == 400
    assert answer[0]["message"] == "Save or update not supported in active organizations"


def test_a_trigger_is_switched_off_by_a_deployment_of_its_status(ticketing: Served) -> None:
    body = "trigger OnTicket on Ticket__c (before insert, after update) {}"
    ticketing.rest.call("POST", "/sobjects/Ticket__c", {"Name": "A"})
    fired = [row.name for row in ticketing.org.fired.rows()]
    assert "OnTicket" in fired
    ticketing.soap.deploy({"package.xml": manifest(ApexTrigger=["*"]), **trigger("OnTicket", body, "Inactive")})
    assert _one(ticketing, "SELECT Status FROM ApexTrigger")["Status"] == "Inactive"
    ticketing.rest.call("POST", "/sobjects/Ticket__c", {"Name": "B"})
    assert [row.name for row in ticketing.org.fired.rows()].count("OnTicket") == fired.count("OnTicket")


def test_workflow_rules_show_their_metadata_and_are_switched(ticketing: Served) -> None:
    workflow = document(
        "Workflow",
        "<rules><fullName>Mail</fullName><active>true</active><formula>ISBLANK(Name)</formula>"
        "<triggerType>onCreateOnly</triggerType></rules>",
    )
    files = {"package.xml": manifest(Workflow=["*"]), "workflows/Ticket__c.workflow": workflow}
    assert problems(ticketing.soap.deploy(files)) == {}
    row = _one(ticketing, "SELECT Id, Name, TableEnumOrId, Metadata FROM WorkflowRule")
    assert row["Metadata"]["active"] is True
    off = {**row["Metadata"], "active": False}
    assert ticketing.rest.call("PATCH", f"/tooling/sobjects/WorkflowRule/{row['Id']}", {"Metadata": off})[0] == 204
    body = ticketing.soap.retrieve({"Workflow": ["*"]})[0]["workflows/Ticket__c.workflow"].decode()
    assert "<active>false</active>" in body


def test_permission_sets_and_what_they_grant_are_rows_of_the_data_api(ticketing: Served) -> None:
    permission = document("CustomPermission", "<isLicensed>false</isLicensed><label>Skip</label>")
    grants = (
        "<customPermissions><enabled>true</enabled><name>Skip</name></customPermissions>"
        "<fieldPermissions><editable>true</editable><field>Ticket__c.Limit__c</field><readable>true</readable>"
        "</fieldPermissions><label>Staff</label>"
    )
    files = {
        "package.xml": manifest(CustomPermission=["Skip"], PermissionSet=["Staff"]),
        "customPermissions/Skip.customPermission": permission,
        "permissionsets/Staff.permissionset": document("PermissionSet", grants),
    }
    assert problems(ticketing.soap.deploy(files)) == {}
    staff = ticketing.rest.query("SELECT Id FROM PermissionSet WHERE Name = 'Staff'")[0]
    skip = ticketing.rest.query("SELECT Id FROM CustomPermission WHERE DeveloperName = 'Skip'")[0]
    access = ticketing.rest.query("SELECT ParentId, SetupEntityId FROM SetupEntityAccess")
    assert [(row["ParentId"], row["SetupEntityId"]) for row in access] == [(staff["Id"], skip["Id"])]
    assert not ticketing.org.users.holds(ticketing.user_id, "Skip")
    assignment = {"PermissionSetId": staff["Id"], "AssigneeId": ticketing.user_id}
    assert ticketing.rest.call("POST", "/sobjects/PermissionSetAssignment", assignment)[0] == 201
    assert ticketing.org.users.holds(ticketing.user_id, "Skip")
    files["permissionsets/Staff.permissionset"] = document("PermissionSet", "<label>Staff of old</label>")
    ticketing.soap.deploy(files)
    assert not ticketing.org.users.holds(ticketing.user_id, "Skip")
    assert (
        len(ticketing.rest.query(f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '{staff['Id']}'"))
        == 1
    )


def test_a_deleted_permission_set_grants_nothing_any_more(ticketing: Served) -> None:
    grants = "<customPermissions><enabled>true</enabled><name>Skip</name></customPermissions><label>Staff</label>"
    files = {
        "package.xml": manifest(CustomPermission=["Skip"], PermissionSet=["Staff"]),
        "customPermissions/Skip.customPermission": document("CustomPermission", "<label>Skip</label>"),
        "permissionsets/Staff.permissionset": document("PermissionSet", grants),
    }
    assert problems(ticketing.soap.deploy(files)) == {}
    staff = ticketing.rest.query("SELECT Id FROM PermissionSet WHERE Name = 'Staff'")[0]["Id"]
    assignment = {"PermissionSetId": staff, "AssigneeId": ticketing.user_id}
    ticketing.rest.call("POST", "/sobjects/PermissionSetAssignment", assignment)
    assert ticketing.org.users.holds(ticketing.user_id, "Skip")
    ticketing.soap.deploy({"package.xml": manifest(), "destructiveChanges.xml": manifest(PermissionSet=["Staff"])})
    assert not ticketing.org.users.holds(ticketing.user_id, "Skip")
    assert ticketing.rest.query("SELECT Id FROM SetupEntityAccess") == []


def test_a_deleted_object_takes_its_fields_and_rules_out_of_the_rows(ticketing: Served) -> None:
    gone = manifest(CustomObject=["Ticket__c"], ApexTrigger=["OnTicket"], Flow=["Guard-1"])
    first = {"package.xml": manifest(), "destructiveChanges.xml": gone}
    assert "referenced elsewhere" in problems(ticketing.soap.deploy(first))["Ticket__c"]
    row = _one(ticketing, "SELECT Id FROM FlowDefinition")
    path = f"/tooling/sobjects/FlowDefinition/{row['Id']}"
    ticketing.rest.call("PATCH", path, {"Metadata": {"activeVersionNumber": 0}})
    gone = manifest(CustomObject=["Ticket__c"], ApexTrigger=["OnTicket"], Flow=["Guard-1", "Guard-2"])
    result = ticketing.soap.deploy({"package.xml": manifest(), "destructiveChanges.xml": gone})
    assert problems(result) == {}
    for name in ("CustomField", "ValidationRule", "CustomObject", "ApexTrigger", "Flow", "FlowDefinition"):
        assert ticketing.rest.tooling(f"SELECT Id FROM {name}") == []


def test_objects_are_listed_with_their_definitions_even_in_an_empty_org(production: Served) -> None:
    rows = production.rest.tooling(
        "SELECT QualifiedApiName, DurableId FROM EntityDefinition WHERE DurableId = 'Account'"
    )
    assert [row["QualifiedApiName"] for row in rows] == ["Account"]
