"""Object permissions, user permissions, sessions: who may ask, read, write and deploy."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.samples import document, only, text_field, tickets
from tests.localorg.metadata.soap_client import Fault, manifest
from tests.localorg.people.conftest import Office, on_object


def test_an_object_without_read_is_not_there(office: Office) -> None:
    sam = office.as_("sam")
    refused = sam.call("GET", "/query", params={"q": "SELECT Id FROM Desk__c"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
    assert "sObject type 'Desk__c' is not supported." in refused.json()[0]["message"]
    assert sam.call("GET", "/sobjects/Desk__c/describe").status_code == 404
    assert sam.call("POST", "/sobjects/Desk__c", {"Name": "One"}).status_code == 404
    assert "Desk__c" not in {each["name"] for each in sam.call("GET", "/sobjects").json()["sobjects"]}
    assert "Desk__c" in {each["name"] for each in office.as_("ada").call("GET", "/sobjects").json()["sobjects"]}


def test_each_right_on_an_object_is_one_of_its_own(office: Office) -> None:
    made = office.as_("ada").create("Desk__c", Name="One")
    office.permission_set("Desks", on_object("Desk__c", "read"), "sam")
    sam = office.as_("sam")
    assert len(sam.query("SELECT Id FROM Desk__c")) == 1
    described = sam.call("GET", "/sobjects/Desk__c/describe").json()
    assert [described[flag] for flag in ("createable", "updateable", "deletable")] == [False, False, False]
    create = sam.call("POST", "/sobjects/Desk__c", {"Name": "Two"})
    assert (create.status_code, create.json()[0]["errorCode"]) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    update = sam.call("PATCH", f"/sobjects/Desk__c/{made}", {"Name": "Two"})
    remove = sam.call("DELETE", f"/sobjects/Desk__c/{made}")
    for refused in (update, remove):
        assert refused.status_code == 403
        assert refused.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
        assert refused.json()[0]["message"] == "insufficient access rights on object id"
    office.permission_set("Desks", on_object("Desk__c", "read create edit"))
    assert sam.create("Desk__c", Name="Two")
    assert sam.call("PATCH", f"/sobjects/Desk__c/{made}", {"Name": "Uno"}).status_code == 204
    assert sam.call("DELETE", f"/sobjects/Desk__c/{made}").status_code == 403
    office.permission_set("Desks", on_object("Desk__c"))
    assert sam.call("DELETE", f"/sobjects/Desk__c/{made}").status_code == 204


def test_collections_refuse_record_by_record(office: Office) -> None:
    rows = [{"attributes": {"type": name}, "Name": "A"} for name in ("Account", "Desk__c", "Product2")]
    answer = office.as_("sam").call("POST", "/composite/sobjects", {"records": rows}).json()
    assert [each["success"] for each in answer] == [True, False, False]
    assert [each["errors"][0]["statusCode"] for each in answer[1:]] == [
        "INVALID_TYPE",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
    ]


def test_a_read_only_user_writes_nothing(office: Office) -> None:
    made = office.as_("ada").create("Account", Name="Acme")
    rea = office.as_("rea")
    assert len(rea.query("SELECT Id FROM Account")) == 1
    assert rea.call("POST", "/sobjects/Account", {"Name": "B"}).status_code == 400
    assert rea.call("PATCH", f"/sobjects/Account/{made}", {"Name": "B"}).status_code == 403
    assert rea.call("DELETE", f"/sobjects/Account/{made}").status_code == 403


def test_view_all_data_reads_every_object_and_no_hidden_field(office: Office) -> None:
    office.as_("ada").create("Desk__c", Name="One")
    viewer = "<userPermissions><enabled>true</enabled><name>ViewAllData</name></userPermissions>"
    office.permission_set("Viewer", viewer, "sam")
    sam = office.as_("sam")
    assert len(sam.query("SELECT Id FROM Desk__c")) == 1
    assert sam.call("GET", "/query", params={"q": "SELECT Room__c FROM Desk__c"}).status_code == 400
    assert sam.call("POST", "/sobjects/Desk__c", {"Name": "Two"}).status_code == 400


def test_modify_all_data_writes_every_object_and_no_hidden_field(office: Office) -> None:
    changer = "<userPermissions><enabled>true</enabled><name>ModifyAllData</name></userPermissions>"
    office.permission_set("Changer", changer, "sam")
    sam = office.as_("sam")
    made = sam.create("Desk__c", Name="Two")
    assert sam.call("PATCH", f"/sobjects/Desk__c/{made}", {"Room__c": "1"}).status_code == 400
    assert sam.call("DELETE", f"/sobjects/Desk__c/{made}").status_code == 204


def test_a_user_without_api_enabled_is_told_that_the_org_has_none(office: Office) -> None:
    refused = office.as_("min").call("GET", "/sobjects")
    assert refused.status_code == 403
    assert refused.json() == [
        {"errorCode": "API_DISABLED_FOR_ORG", "message": "The REST API is not enabled for this Organization."}
    ]
    with pytest.raises(Fault, match="API_DISABLED_FOR_ORG"):
        office.soap("min").call("describeMetadata")


def test_the_metadata_api_asks_for_a_permission_of_its_own(office: Office) -> None:
    words = "INSUFFICIENT_ACCESS: use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata"
    for call in (lambda: office.soap("sam").listing("CustomObject"), lambda: office.soap("sam").deploy(tickets())):
        with pytest.raises(Fault, match=words) as refused:
            call()
        assert refused.value.code == "sf:INSUFFICIENT_ACCESS"


def test_what_a_deployer_may_not_set_up_he_does_not_deploy(office: Office) -> None:
    allowed = "<userPermissions><enabled>true</enabled><name>ModifyMetadata</name></userPermissions>"
    office.permission_set("Deployer", allowed, "sam")
    files = {
        "package.xml": manifest(CustomField=["Desk__c.Code__c"]),
        "objects/Desk__c.object": only(text_field("Code__c")),
    }
    refused = office.soap("sam").deploy(files)
    assert refused["status"] == ["Failed"]
    told = refused["details"][0]["componentFailures"][0]
    assert told["fullName"] == ["Desk__c.Code__c"]
    assert "Customize Application" in told["problem"][0]
    more = "<userPermissions><enabled>true</enabled><name>CustomizeApplication</name></userPermissions>"
    office.permission_set("Deployer", allowed + more)
    assert office.soap("sam").deploy(files)["status"] == ["Succeeded"]


def test_a_frozen_or_inactive_user_has_no_session(office: Office) -> None:
    ada, sam = office.as_("ada"), office.as_("sam")
    login = ada.query(f"SELECT Id, IsFrozen FROM UserLogin WHERE UserId = '{office.ids['sam']}'")[0]
    assert login["IsFrozen"] is False
    assert sam.call("GET", "/sobjects").status_code == 200
    assert ada.call("PATCH", f"/sobjects/UserLogin/{login['Id']}", {"IsFrozen": True}).status_code == 204
    assert sam.call("GET", "/sobjects").status_code == 401
    ada.call("PATCH", f"/sobjects/UserLogin/{login['Id']}", {"IsFrozen": False})
    assert sam.call("GET", "/sobjects").status_code == 200
    assert ada.call("PATCH", f"/sobjects/User/{office.ids['sam']}", {"IsActive": False}).status_code == 204
    assert sam.call("GET", "/sobjects").json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_a_user_made_or_moved_over_the_api_has_the_profiles_rights(office: Office) -> None:
    ada = office.as_("ada")
    profiles = {row["Name"]: row["Id"] for row in ada.query("SELECT Id, Name FROM Profile")}
    person = {"Username": "new@office.example", "LastName": "New", "Email": "new@office.example", "Alias": "new"}
    made = ada.create("User", **person, ProfileId=profiles["Read Only"], IsActive=True)
    office.ids["new"] = made
    new = office.as_("new")
    assert new.call("POST", "/sobjects/Account", {"Name": "A"}).status_code == 400
    assert ada.call("PATCH", f"/sobjects/User/{made}", {"ProfileId": profiles["Standard User"]}).status_code == 204
    assert new.call("POST", "/sobjects/Account", {"Name": "A"}).status_code == 201
    assigned = f"SELECT PermissionSet.Profile.Name FROM PermissionSetAssignment WHERE AssigneeId = '{made}'"
    assert [row["PermissionSet"]["Profile"]["Name"] for row in ada.query(assigned)] == ["Standard User"]
    assert len(ada.query(f"SELECT Id FROM UserLogin WHERE UserId = '{made}'")) == 1


def test_setup_is_not_for_everyone(office: Office) -> None:
    sam, ada = office.as_("sam"), office.as_("ada")
    assert ada.query("SELECT Id FROM UserLogin")
    assert sam.call("GET", "/query", params={"q": "SELECT Id FROM UserLogin"}).status_code == 400
    assigned = {"AssigneeId": office.ids["sam"], "PermissionSetId": office.permission_set("Empty", "")}
    refused = sam.call("POST", "/sobjects/PermissionSetAssignment", assigned)
    assert refused.json()[0]["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert ada.create("PermissionSetAssignment", **assigned)


def test_permission_depends_on_the_user_and_on_the_hour(office: Office) -> None:
    desks = office.permission_set("Desks", on_object("Desk__c", "read"))
    ada, sam = office.as_("ada"), office.as_("sam")
    row = {"AssigneeId": office.ids["sam"], "PermissionSetId": desks, "ExpirationDate": "2026-01-13T11:00:00Z"}
    ada.create("PermissionSetAssignment", **row)
    assert sam.query("SELECT Id FROM Desk__c") == []
    office.org.clock.advance(3601)
    assert sam.call("GET", "/query", params={"q": "SELECT Id FROM Desk__c"}).status_code == 400


def test_a_group_gives_what_its_sets_give(office: Office) -> None:
    office.permission_set("Desks", on_object("Desk__c", "read"))
    group = "<label>Front</label><permissionSets>Desks</permissionSets><status>Updated</status>"
    files = {
        "package.xml": manifest(PermissionSetGroup=["Front"]),
        "permissionsetgroups/Front.permissionsetgroup": document("PermissionSetGroup", group),
    }
    assert office.soap().deploy(files)["status"] == ["Succeeded"]
    ada = office.as_("ada")
    group_id = ada.query("SELECT Id FROM PermissionSetGroup")[0]["Id"]
    ada.create("PermissionSetAssignment", AssigneeId=office.ids["sam"], PermissionSetGroupId=group_id)
    assert office.as_("sam").query("SELECT Id FROM Desk__c") == []
