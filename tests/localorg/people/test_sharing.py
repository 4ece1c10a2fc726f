"""Rows that a user does not see look not present: objects whose organization-wide default is Private."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.samples import document, only
from tests.localorg.metadata.soap_client import manifest
from tests.localorg.own_org import field
from tests.localorg.people.conftest import Office, grant, on_object

_SHARED = (
    "<deploymentStatus>Deployed</deploymentStatus><label>Desk</label><nameField><label>Name</label><type>Text</type>"
    "</nameField><pluralLabel>Desks</pluralLabel><sharingModel>{}</sharingModel>"
)


def _default(office: Office, model: str) -> None:
    files = {
        "package.xml": manifest(CustomObject=["Desk__c"]),
        "objects/Desk__c.object": document("CustomObject", _SHARED.format(model)),
    }
    result = office.soap().deploy(files)
    assert result["status"] == ["Succeeded"], result


@pytest.fixture
def private(office: Office) -> Office:
    """The office with private desks, for Sam and Ola."""
    _default(office, "Private")
    office.permission_set("Desks", on_object("Desk__c", more=grant("Desk__c.Room__c")), "sam", "ola")
    return office


def test_each_sees_his_own_rows_and_view_all_sees_them_all(private: Office) -> None:
    sam, ola = private.as_("sam"), private.as_("ola")
    mine, theirs = sam.create("Desk__c", Name="Mine"), ola.create("Desk__c", Name="Theirs")
    assert [row["Name"] for row in sam.query("SELECT Name FROM Desk__c")] == ["Mine"]
    assert len(private.as_("ada").query("SELECT Id FROM Desk__c")) == 2
    assert sam.call("GET", f"/sobjects/Desk__c/{mine}").status_code == 200
    assert sam.call("GET", f"/sobjects/Desk__c/{theirs}").status_code == 404
    assert sam.call("GET", "/query", params={"q": "SELECT COUNT() FROM Desk__c"}).json()["totalSize"] == 1
    viewer = on_object("Desk__c", "read viewAll")
    private.permission_set("Viewer", viewer, "sam")
    assert len(sam.query("SELECT Id FROM Desk__c")) == 2
    assert sam.call("PATCH", f"/sobjects/Desk__c/{theirs}", {"Name": "X"}).status_code == 403


def test_what_is_not_seen_is_neither_changed_nor_deleted(private: Office) -> None:
    theirs = private.as_("ola").create("Desk__c", Name="Theirs")
    sam = private.as_("sam")
    for answer in (
        sam.call("PATCH", f"/sobjects/Desk__c/{theirs}", {"Name": "X"}),
        sam.call("DELETE", f"/sobjects/Desk__c/{theirs}"),
    ):
        assert answer.status_code == 403
        assert answer.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert private.as_("ola").query("SELECT Name FROM Desk__c")[0]["Name"] == "Theirs"


def test_a_public_read_only_row_is_seen_by_all_and_changed_by_its_owner(private: Office) -> None:
    _default(private, "Read")
    theirs = private.as_("ola").create("Desk__c", Name="Theirs")
    sam = private.as_("sam")
    assert len(sam.query("SELECT Id FROM Desk__c")) == 1
    assert sam.call("PATCH", f"/sobjects/Desk__c/{theirs}", {"Name": "X"}).status_code == 403
    assert private.as_("ola").call("PATCH", f"/sobjects/Desk__c/{theirs}", {"Name": "X"}).status_code == 204


def test_a_queues_rows_are_its_members(private: Office) -> None:
    ada, sam = private.as_("ada"), private.as_("sam")
    queue = ada.create("Group", Name="Front", DeveloperName="Front", Type="Queue")
    ada.create("QueueSobject", QueueId=queue, SobjectType="Desk__c")
    ada.create("Desk__c", Name="Shared", OwnerId=queue)
    assert sam.query("SELECT Id FROM Desk__c") == []
    ada.create("GroupMember", GroupId=queue, UserOrGroupId=private.ids["sam"])
    assert len(sam.query("SELECT Id FROM Desk__c")) == 1


def test_details_are_seen_with_their_master_and_lookups_need_a_row_one_sees(private: Office) -> None:
    drawer = (
        "<deploymentStatus>Deployed</deploymentStatus><label>Drawer</label><nameField><label>Name</label>"
        "<type>Text</type></nameField><pluralLabel>Drawers</pluralLabel><sharingModel>ControlledByParent</sharingModel>"
    )
    master = "<referenceTo>Desk__c</referenceTo><relationshipName>Drawers</relationshipName>"
    kinds = f"<relationshipOrder>0</relationshipOrder>{master}"
    desk = field("Desk__c", "MasterDetail", kinds).decode().partition("<CustomField")[2].partition(">")[2]
    inner = f"{drawer}<fields>{desk.replace('</CustomField>', '')}</fields>"
    files = {
        "package.xml": manifest(CustomObject=["Drawer__c"]),
        "objects/Drawer__c.object": only(inner),
    }
    result = private.soap().deploy(files)
    assert result["status"] == ["Succeeded"], result
    private.permission_set("Drawers", on_object("Drawer__c"), "sam", "ola")
    sam, ola = private.as_("sam"), private.as_("ola")
    mine, theirs = sam.create("Desk__c", Name="Mine"), ola.create("Desk__c", Name="Theirs")
    sam.create("Drawer__c", Name="Top", Desk__c=mine)
    ola.create("Drawer__c", Name="Low", Desk__c=theirs)
    assert [row["Name"] for row in sam.query("SELECT Name FROM Drawer__c")] == ["Top"]
    refused = sam.call("POST", "/sobjects/Drawer__c", {"Name": "X", "Desk__c": theirs})
    assert refused.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
