"""Fields and rows that our own user cannot see: found, shown for the time of a write, told of."""

from __future__ import annotations

import pytest

from hotfix_tui.automation.access import give_access, hidden_fields
from hotfix_tui.automation.bypass import unassign
from hotfix_tui.automation.field_access import remove
from hotfix_tui.events import Settled, seed, session
from hotfix_tui.hotfix.access import unseen_rows
from hotfix_tui.salesforce.errors import WriteRefused
from tests.automation.test_switch import of
from tests.data.campus import Permit, School, collect
from tests.localorg.metadata.samples import document
from tests.localorg.own_org import an_object, field

_WANTED = {"Course__c": {"Fee_Note__c", "Course_Key__c"}}
_GRANT = "<fieldPermissions><editable>true</editable><field>{}</field><readable>true</readable></fieldPermissions>"


@pytest.fixture
def noted(prod: School) -> School:
    """The school's production with a field that was just deployed and a permission set that shows it to nobody yet."""
    made = field("Fee_Note__c", "Text", "<length>40</length>")
    component = {"objects/Course__c/fields/Fee_Note__c.field": made}
    prod.inside.components.put("CustomField", "Course__c.Fee_Note__c", component, prod.user_id)
    prod.inside.store.execute("DELETE FROM FieldPermissions WHERE Field = 'Course__c.Fee_Note__c'")
    notes = document("PermissionSet", f"<label>Notes</label>{_GRANT.format('Course__c.Fee_Note__c')}").encode()
    path = "permissionsets/Notes.permissionset"
    prod.inside.components.put("PermissionSet", "Notes", {path: notes}, prod.user_id)
    return prod


async def test_our_user_sees_a_new_field_for_the_time_of_the_write(noted: School) -> None:
    sets = {"Other": {"Course__c.Course_Key__c"}, "Notes": {"Course__c.Fee_Note__c"}}
    async with noted.connect() as org:
        permitted = org.under(Permit(org.org_id))
        assert await hidden_fields(permitted, _WANTED) == ["Course__c.Fee_Note__c"]
        events = await collect(give_access(permitted, _WANTED, sets))
        (intent,) = of(seed.AccessAssign, events)
        assert (intent.permission_set, intent.fields) == ("Notes", ("Course__c.Fee_Note__c",))
        assert await hidden_fields(permitted, _WANTED) == []
        assert "Fee_Note__c" in (await permitted.describe("Course__c")).fields
        back = await collect(unassign(permitted, intent))
        assert await hidden_fields(permitted, _WANTED) == ["Course__c.Fee_Note__c"]
    assert [event.result for event in of(Settled, events + back)] == ["done", "undone"]


async def test_what_no_set_of_the_fix_shows_gets_a_set_of_its_own_in_production_under_the_permit(noted: School) -> None:
    async with noted.connect() as org:
        with pytest.raises(WriteRefused):
            await collect(give_access(org, _WANTED, {}))
        permitted = org.under(Permit(org.org_id))
        events = await collect(give_access(permitted, _WANTED, {"Other": {"Course__c.Course_Key__c"}}))
        (intent,) = of(seed.AccessGrant, events)
        assert intent.fields == ("Course__c.Fee_Note__c",)
        assert await hidden_fields(permitted, _WANTED) == []
        await collect(remove(permitted, intent))
        assert await hidden_fields(permitted, _WANTED) == ["Course__c.Fee_Note__c"]


async def test_what_stays_hidden_is_told_and_nothing_is_made(noted: School) -> None:
    async with noted.connect() as org:
        events = await collect(give_access(org, {"Course__c": {"Not_There__c"}}, {}))
    assert of(seed.BypassAssign, events) == []
    (finding,) = of(session.Finding, events)
    assert "cannot see or write Course__c.Not_There__c in prod" in finding.text


async def test_rows_that_our_user_may_not_see_are_named_by_object(noted: School) -> None:
    private = an_object("Course").replace(b"ReadWrite", b"Private")
    inside = noted.inside
    async with noted.connect() as org:
        assert await unseen_rows(org, ["Course__c", "Lesson__c"]) == []
        inside.components.put("CustomObject", "Course__c", {"objects/Course__c.object": private}, noted.user_id)
        assert await unseen_rows(org, ["Course__c", "Lesson__c"]) == []  # View All Data
        standard = inside.store.value("SELECT Id FROM Profile WHERE Name = 'Standard User'")
        inside.store.update_row("User", noted.user_id, {"ProfileId": standard})
        inside.store.execute("DELETE FROM PermissionSetAssignment WHERE AssigneeId = ?", (noted.user_id,))
        (told,) = await unseen_rows(org, ["Course__c", "Lesson__c"])
        assert "every row of Course__c in prod" in told
        rights = "<allowCreate>true</allowCreate><allowDelete>true</allowDelete><allowEdit>true</allowEdit>"
        rights += "<allowRead>true</allowRead><modifyAllRecords>false</modifyAllRecords><object>Course__c</object>"
        inner = (
            f"<label>All</label><objectPermissions>{rights}<viewAllRecords>true</viewAllRecords></objectPermissions>"
        )
        made = {"permissionsets/All.permissionset": document("PermissionSet", inner).encode()}
        inside.components.put("PermissionSet", "All", made, noted.user_id)
        row = {"PermissionSetId": inside.components.id_of("PermissionSet", "All"), "AssigneeId": noted.user_id}
        noted.put("PermissionSetAssignment", **row)
        assert await unseen_rows(org, ["Course__c", "Lesson__c"]) == []
