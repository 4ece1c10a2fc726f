"""The bypass permission set: for our user, for the time of a write."""

from __future__ import annotations

import pytest

from hotfix_tui.automation.bypass import assign, read_bypass, unassign
from hotfix_tui.automation.errors import SwitchFailed, SwitchRefused
from hotfix_tui.automation.inventory import find
from hotfix_tui.events import Settled, seed, session
from hotfix_tui.salesforce.errors import WriteRefused
from tests.automation.test_switch import OBJECTS, no_wait, of
from tests.data.campus import Permit, School, collect

SET = "Campus_Load"


def holders(school: School) -> list[str]:
    rows = school.soql(f"SELECT AssigneeId FROM PermissionSetAssignment WHERE PermissionSet.Name = '{SET}'")
    return [row["AssigneeId"] for row in rows]


async def test_the_inventory_says_who_asks_for_the_permission(prod: School) -> None:
    async with prod.connect() as org:
        found = await find(org, OBJECTS, bypass=SET)
        without = await find(org, OBJECTS)
    assert {one.name: one.plan for one in found} == {
        "LessonTrigger": "bypass",
        "Course__c.Open_Course_Has_Fee": "cannot",
        "Lesson__c.Hours_Are_Positive": "already_off",
        "Course_Opened": "cannot",
        "Lesson__c.Same_Code": "cannot",
        "Course__c.Stamp Notes": "cannot",
        "Course__c.Old Stamp": "already_off",
    }
    assert {one.plan for one in without} == {"cannot", "already_off"}


async def test_our_user_has_it_for_the_time_of_the_write(prod: School) -> None:
    async with prod.connect() as org:
        with pytest.raises(WriteRefused):
            await collect(assign(org, SET))
        permitted = org.under(Permit(org.org_id))
        events = await collect(assign(permitted, SET))
        (intent,) = of(seed.BypassAssign, events)
        assert holders(prod) == [prod.user_id]
        back = await collect(unassign(permitted, intent))
        assert holders(prod) == []
        again = await collect(unassign(permitted, intent, pause=no_wait))
    assert [event.result for event in of(Settled, events + back + again)] == ["done", "undone", "undone"]


async def test_who_has_it_already_keeps_it(box: School) -> None:
    async with box.connect() as org:
        found = await read_bypass(org, SET)
        assert found.permissions == ("Skip_Campus_Automation",)
        await org.insert("PermissionSetAssignment", [{"AssigneeId": org.user_id, "PermissionSetId": found.ids[0]}])
        events = await collect(assign(org, SET))
    assert of(seed.BypassAssign, events) == []
    assert of(session.Finding, events)[0].text == f"our user has {SET} already and keeps it"
    assert holders(box) == [box.user_id]


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
async def test_a_lost_reply_is_settled_by_what_the_org_has(box: School, mode: str) -> None:
    async with box.connect() as org:
        box.fault(mode, "composite/sobjects", method="POST")
        events = []
        try:
            async for event in assign(org, SET, pause=no_wait):
                events.append(event)
        except SwitchFailed:
            assert mode == "drop_before"
        (settled,) = of(Settled, events)
        assert settled.result == ("done" if mode == "drop_after" else "unknown")
        box.fault(mode, "composite/sobjects", method="DELETE")
        back = await collect(unassign(org, of(seed.BypassAssign, events)[0], pause=no_wait))
        assert of(Settled, back)[0].result == "undone"
    assert holders(box) == []


async def test_a_permission_set_that_is_not_there_is_a_sentence(box: School) -> None:
    async with box.connect() as org:
        with pytest.raises(SwitchRefused, match="box has no permission set Nobody"):
            await collect(assign(org, "Nobody"))
