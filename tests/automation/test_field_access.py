"""A permission set of our own for the time of a write: made for what nobody shows our user, gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.automation.access import give_access, hidden_fields
from hotfix_tui.automation.field_access import grant, remove
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.package import build
from hotfix_tui.events import Settled, seed, session
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.errors import WriteRefused, WrongOrg
from hotfix_tui.salesforce.following import follow
from hotfix_tui.salesforce.org import Org
from tests.automation.test_switch import no_wait, of
from tests.data.campus import NS, Permit, School, collect

FIELD = "Course__c.Credits__c"


async def new_field(org: Org) -> None:
    """Deploys a field, which nobody sees then."""
    content = f"<CustomField {NS}><fullName>Credits__c</fullName><label>Credits</label><precision>3</precision>"
    content += "<scale>0</scale><type>Number</type></CustomField>"
    field = Component(ComponentId("CustomField", FIELD), {"objects/Course__c.object": content.encode()})
    looks = [look async for look in follow(org, await org.deploy(build([field], "63.0"), DeployOptions()))]
    assert looks[-1].success, looks[-1].messages
    assert await hidden_fields(org, {"Course__c": ["Credits__c"]}) == [FIELD]


def left(school: School) -> list[str]:
    """What is there of permission sets of ours."""
    return [row["Name"] for row in school.soql("SELECT Name FROM PermissionSet WHERE Name LIKE 'Hotfix_Access%'")]


async def test_a_field_nobody_shows_is_written_and_nothing_of_ours_stays(box: School) -> None:
    course = box.put("Course__c", Name="Maths", Course_Key__c="M")
    async with box.connect() as org:
        await new_field(org)
        events = await collect(give_access(org, {"Course__c": ["Credits__c"]}, {}, pause=no_wait))
        (intent,) = of(seed.AccessGrant, events)
        assert intent.fields == (FIELD,)
        assert of(Settled, events)[-1].result == "done" and of(session.Finding, events) == []
        (saved,) = await org.update("Course__c", [{"Id": course, "Credits__c": 4}])
        assert saved.success
        assert left(box) == [intent.permission_set]
        assert of(Settled, await collect(remove(org, intent)))[0].result == "undone"
        assert left(box) == []
        assert await hidden_fields(org, {"Course__c": ["Credits__c"]}) == [FIELD]
        again = await collect(remove(org, intent, pause=no_wait))
    assert of(Settled, again)[0].result == "undone"


async def test_the_intent_is_told_before_anything_is_made(box: School) -> None:
    async with box.connect() as org:
        await new_field(org)
        events = grant(org, [FIELD], pause=no_wait)
        assert isinstance(await anext(events), seed.AccessGrant)
        assert left(box) == []
        await events.aclose()


async def test_a_set_of_the_fix_that_shows_the_field_here_comes_first_and_one_that_does_not_is_left_alone(
    box: School,
) -> None:
    async with box.connect() as org:
        await new_field(org)
        content = f"<PermissionSet {NS}><fieldPermissions><editable>true</editable><field>{FIELD}</field>"
        content += "<readable>true</readable></fieldPermissions><label>Credits</label></PermissionSet>"
        shows = Component(
            ComponentId("PermissionSet", "Credits"), {"permissionsets/Credits.permissionset": content.encode()}
        )
        looks = [look async for look in follow(org, await org.deploy(build([shows], "63.0"), DeployOptions()))]
        assert looks[-1].success, looks[-1].messages
        sets = {"Campus_Load": [FIELD], "Credits": [FIELD]}
        events = await collect(give_access(org, {"Course__c": ["Credits__c"]}, sets, pause=no_wait))
    assert [one.permission_set for one in of(seed.AccessAssign, events)] == ["Credits"]
    assert of(seed.AccessGrant, events) == [] and left(box) == []


async def test_a_field_that_is_not_there_is_told_and_nothing_is_made(box: School) -> None:
    async with box.connect() as org:
        events = await collect(give_access(org, {"Course__c": ["Nothing__c"]}, {}, pause=no_wait))
    assert of(seed.AccessGrant, events) == []
    assert "Course__c.Nothing__c" in of(session.Finding, events)[0].text


async def test_what_the_org_refuses_is_told_and_taken_away_again(box: School) -> None:
    async with box.connect() as org:
        events = await collect(grant(org, ["Course__c.Nothing__c"], pause=no_wait))
    assert "could not be given Course__c.Nothing__c" in of(session.Finding, events)[0].text
    assert of(Settled, events)[-1].result == "undone"
    assert left(box) == []


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
@pytest.mark.parametrize("nth", [1, 2, 3])
async def test_a_lost_reply_at_any_call_leaves_nothing_behind(box: School, mode: str, nth: int) -> None:
    async with box.connect() as org:
        await new_field(org)
        box.fault(mode, "composite/sobjects", method="POST", nth=nth)
        events = await collect(grant(org, [FIELD], pause=no_wait))
        if of(Settled, events)[-1].result == "done":
            events += await collect(remove(org, of(seed.AccessGrant, events)[0], pause=no_wait))
        assert of(Settled, events)[-1].result == "undone"
    assert left(box) == []
    assert box.soql("SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name LIKE 'Hotfix_Access%'") == []


async def test_production_needs_the_permit_and_another_org_is_left_alone(prod: School, tmp_path: Path) -> None:
    async with prod.connect() as org:
        with pytest.raises(WriteRefused):
            await collect(grant(org, [FIELD], pause=no_wait))
        assert left(prod) == []
        permitted = org.under(Permit(org.org_id))
        intent = seed.AccessGrant(
            key="k", org="prod", org_id="00D000000000009AAA", permission_set="X", user_id=org.user_id
        )
        with pytest.raises(WrongOrg):
            await collect(remove(permitted, intent))
