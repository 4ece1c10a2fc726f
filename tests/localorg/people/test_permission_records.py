"""What is granted by rows: FieldPermissions, ObjectPermissions and assignments over the data API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localorg.people.conftest import Office, grant, on_object


def _refused(office: Office, object_name: str, **fields: Any) -> dict[str, Any]:
    answer = office.as_("ada").call("POST", f"/sobjects/{object_name}", fields)
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()[0]
    return error


def test_a_field_permission_written_as_a_row_counts_and_is_retrieved(office: Office) -> None:
    desks = office.permission_set("Desks", on_object("Desk__c"), "sam")
    ada, sam = office.as_("ada"), office.as_("sam")
    ask = {"q": "SELECT Room__c FROM Desk__c"}
    assert sam.call("GET", "/query", params=ask).status_code == 400
    row = {"ParentId": desks, "SobjectType": "Desk__c", "Field": "Desk__c.Room__c", "PermissionsRead": True}
    made = ada.create("FieldPermissions", **row, PermissionsEdit=False)
    assert sam.call("GET", "/query", params=ask).status_code == 200
    body = office.soap().retrieve({"PermissionSet": ["Desks"]})[0]["permissionsets/Desks.permissionset"].decode()
    assert "<field>Desk__c.Room__c</field>" in body
    assert "<object>Desk__c</object>" in body
    assert ada.call("PATCH", f"/sobjects/FieldPermissions/{made}", {"PermissionsEdit": True}).status_code == 204
    assert sam.create("Desk__c", Name="One", Room__c="1")
    assert ada.call("DELETE", f"/sobjects/FieldPermissions/{made}").status_code == 204
    assert sam.call("GET", "/query", params=ask).status_code == 400
    body = office.soap().retrieve({"PermissionSet": ["Desks"]})[0]["permissionsets/Desks.permissionset"].decode()
    assert "Room__c" not in body


def test_a_row_that_grants_nothing_any_more_is_gone(office: Office) -> None:
    desks = office.permission_set("Desks", grant("Desk__c.Room__c"))
    ada = office.as_("ada")
    row = ada.query(f"SELECT Id FROM FieldPermissions WHERE ParentId = '{desks}'")[0]
    change = {"PermissionsRead": False, "PermissionsEdit": False}
    assert ada.call("PATCH", f"/sobjects/FieldPermissions/{row['Id']}", change).status_code == 204
    assert ada.query(f"SELECT Id FROM FieldPermissions WHERE ParentId = '{desks}'") == []


def test_an_object_permission_needs_what_it_depends_on(office: Office) -> None:
    desks = office.permission_set("Desks", "")
    common = {"ParentId": desks, "SobjectType": "Desk__c"}
    error = _refused(office, "ObjectPermissions", **common, PermissionsDelete=True, PermissionsRead=True)
    assert error["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    assert error["message"] == "Permission Delete Desk depends on permission(s): Edit Desk"
    assert office.as_("ada").create("ObjectPermissions", **common, PermissionsRead=True)
    assert _refused(office, "ObjectPermissions", **common, PermissionsRead=True)["errorCode"] == "DUPLICATE_VALUE"


@pytest.mark.parametrize("name", ["Name", "Absent__c", "CreatedDate"])
def test_fields_without_field_security_take_no_permission(office: Office, name: str) -> None:
    desks = office.permission_set("Desks", "")
    row = {"ParentId": desks, "SobjectType": "Desk__c", "Field": f"Desk__c.{name}", "PermissionsRead": True}
    assert _refused(office, "FieldPermissions", **row)["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_edit_comes_with_read(office: Office) -> None:
    desks = office.permission_set("Desks", "")
    row = {"ParentId": desks, "SobjectType": "Desk__c", "Field": "Desk__c.Room__c", "PermissionsEdit": True}
    assert _refused(office, "FieldPermissions", **row)["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_profiles_rows_hang_on_its_permission_set_not_on_the_profile(office: Office) -> None:
    ada = office.as_("ada")
    own = ada.query("SELECT Id, ProfileId FROM PermissionSet WHERE Profile.Name = 'Standard User'")[0]
    row = {"SobjectType": "Desk__c", "PermissionsRead": True}
    assert _refused(office, "ObjectPermissions", ParentId=own["ProfileId"], **row)["errorCode"] == "MALFORMED_ID"
    assert office.as_("sam").call("GET", "/query", params={"q": "SELECT Id FROM Desk__c"}).status_code == 400
    ada.create("ObjectPermissions", ParentId=own["Id"], **row)
    assert office.as_("sam").query("SELECT Id FROM Desk__c") == []


def test_a_profiles_own_set_is_neither_assigned_nor_taken_away(office: Office) -> None:
    ada = office.as_("ada")
    own = ada.query("SELECT Id FROM PermissionSet WHERE Profile.Name = 'Standard User'")[0]["Id"]
    assert _refused(office, "PermissionSetAssignment", PermissionSetId=own, AssigneeId=office.ids["rea"])
    assert ada.call("DELETE", f"/sobjects/PermissionSet/{own}").status_code == 403
    given = ada.query(f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = '{own}'")[0]["Id"]
    assert ada.call("DELETE", f"/sobjects/PermissionSetAssignment/{given}").status_code == 403


def test_a_set_is_assigned_once(office: Office) -> None:
    row = {"PermissionSetId": office.permission_set("Desks", "", "sam"), "AssigneeId": office.ids["sam"]}
    assert _refused(office, "PermissionSetAssignment", **row)["errorCode"] == "DUPLICATE_VALUE"
