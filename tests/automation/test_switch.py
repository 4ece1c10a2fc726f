"""Switching automations off and back on in a real (local) org, at every point of failure."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from hotfix_tui.automation.errors import RestoreFailed, SwitchFailed, SwitchRefused
from hotfix_tui.automation.inventory import find
from hotfix_tui.automation.model import Automation
from hotfix_tui.automation.restore import restore
from hotfix_tui.automation.switch import switch_off
from hotfix_tui.events import Event, Settled, decode, deploy, encode, seed, session
from hotfix_tui.events.automation import FlowMoved
from hotfix_tui.salesforce.errors import SalesforceError, WrongOrg
from tests.automation.outside import OFF, ON, flags, metadata_of, patch, states, tooling
from tests.data.campus import School, collect

OBJECTS = ["Course__c", "Lesson__c", "Exercise__c"]


async def no_wait(_: float) -> None:
    """For tests that need no back-off."""


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def from_disk(events: list[Event]) -> list[seed.AutomationSwitchOff]:
    """The open intents as the next process reads them from the journal."""
    intents = {event.key: event for event in of(seed.AutomationSwitchOff, events)}
    for settled in of(Settled, events):
        if settled.result in ("undone", "not_done"):
            intents.pop(settled.key, None)
    again = [decode("AutomationSwitchOff", json.loads(json.dumps(encode(one)))) for one in intents.values()]
    return [one for one in again if isinstance(one, seed.AutomationSwitchOff)]


async def switched_off(school: School) -> list[Event]:
    async with school.connect() as org:
        return await collect(switch_off(org, await find(org, OBJECTS), pause=no_wait))


async def restored(school: School, intents: list[seed.AutomationSwitchOff]) -> list[Event]:
    async with school.connect() as org:
        return await collect(restore(org, intents, pause=no_wait))


async def test_the_inventory_has_what_fires_and_what_is_off_already(box: School) -> None:
    async with box.connect() as org:
        found = await find(org, OBJECTS)
        nothing = await find(org, ["Product2"])
    assert [(one.kind, one.name, one.object, one.active, one.version, one.plan) for one in found] == [
        ("ApexTrigger", "LessonTrigger", "Lesson__c", True, None, "switch_off"),
        ("ValidationRule", "Course__c.Open_Course_Has_Fee", "Course__c", True, None, "switch_off"),
        ("ValidationRule", "Lesson__c.Hours_Are_Positive", "Lesson__c", False, None, "already_off"),
        ("Flow", "Course_Opened", "Course__c", True, 2, "switch_off"),
        ("WorkflowRule", "Course__c.Old Stamp", "Course__c", False, None, "already_off"),
        ("WorkflowRule", "Course__c.Stamp Notes", "Course__c", True, None, "switch_off"),
        ("DuplicateRule", "Lesson__c.Same_Code", "Lesson__c", True, None, "switch_off"),
    ]
    assert nothing == []
    (flow,) = [one for one in found if one.kind == "Flow"]
    assert flow.detail == "version 3 is a later one that is not active"
    assert [one.found("box").state for one in found] == ["on", "on", "off", "on", "off", "on", "on"]


async def test_all_go_off_and_come_back_exactly(box: School) -> None:
    before = states(box)
    assert flags(box) == ON
    events = await switched_off(box)
    assert flags(box) == OFF
    switched = of(seed.AutomationSwitched, events)
    assert {one.name: one.state for one in switched} == {
        "LessonTrigger": "off",
        "Lesson__c.Same_Code": "off",
        "Course__c.Stamp Notes": "off",
        "Course__c.Open_Course_Has_Fee": "off",
        "Course_Opened": "off",
    }
    again = await restored(box, from_disk(events))
    assert states(box) == before
    assert {one.result for one in of(Settled, again) if one.key.startswith("off/")} == {"undone"}
    assert {(one.name, one.version) for one in of(seed.AutomationSwitched, again) if one.kind == "Flow"} == {
        ("Course_Opened", 2)
    }


async def test_records_fire_nothing_while_they_are_off_and_are_seen_to_fire_when_they_are_not(box: School) -> None:
    def fired() -> list[str]:
        return [str(row["name"]) for row in map(dict, box.inside.fired.rows()) if not row["bypassed"]]

    async def save(number: int) -> None:
        async with box.connect() as org:
            (course,) = await org.insert("Course__c", [{"Name": "x", "Course_Key__c": f"X{number}"}])
            (lesson,) = await org.insert("Lesson__c", [{"Name": "y", "Course__c": course.id, "Code__c": str(number)}])
            assert lesson.success

    events = await switched_off(box)
    await save(1)
    assert fired() == []
    await restored(box, from_disk(events))
    await save(2)
    assert {"LessonTrigger", "Course_Opened"} <= set(fired())


async def test_each_intent_is_on_disk_before_its_switch(box: School) -> None:
    async with box.connect() as org:
        known: set[str] = set()
        async for event in switch_off(org, await find(org, OBJECTS), pause=no_wait):
            if isinstance(event, seed.AutomationSwitchOff):
                known.add(event.name.rpartition(".")[2])
            off_now = {name for name, value in flags(box).items() if value != ON[name]}
            assert off_now <= known
    assert len(known) == 5


async def _until(events: AsyncIterator[Event], last: int) -> list[Event]:
    """The events up to number `last`; then nobody asks any more, as if the process had been killed."""
    taken: list[Event] = []
    async for event in events:
        taken.append(event)
        if len(taken) == last:
            break
    return taken


@pytest.mark.slow
async def test_killed_at_any_event_the_intents_alone_bring_everything_back(box: School) -> None:
    before = states(box)
    whole = await switched_off(box)
    await restored(box, from_disk(whole))
    assert states(box) == before
    for last in range(1, len(whole) + 1):
        async with box.connect() as org:
            steps = switch_off(org, await find(org, OBJECTS), pause=no_wait)
            events = await _until(steps, last)
            await steps.aclose()
        await restored(box, from_disk(events))
        assert states(box) == before, f"after {last} events"


async def test_restoring_twice_writes_nothing_the_second_time(box: School) -> None:
    intents = from_disk(await switched_off(box))
    await restored(box, intents)
    before = len(box.traffic.requests.log)
    again = await restored(box, intents)
    later = list(box.traffic.requests.log)[before:]
    assert [one for one in later if one["method"] == "PATCH" or one["operation"] == "deploy"] == []
    assert {one.result for one in of(Settled, again)} == {"undone"}


async def test_restore_goes_in_reverse_order(box: School) -> None:
    events = await switched_off(box)
    there = [one.name for one in of(seed.AutomationSwitchOff, events)]
    back = [one.name for one in of(seed.AutomationSwitched, await restored(box, from_disk(events)))]
    assert back == there[::-1]


async def test_production_is_never_switched(prod: School) -> None:
    async with prod.connect() as org:
        found = await find(org, OBJECTS)
        assert {one.plan for one in found} <= {"already_off", "bypass", "cannot"}
        forced = [Automation(**{**vars(one), "plan": "switch_off"}) for one in found]
        with pytest.raises(SwitchRefused, match="not switched off there"):
            await collect(switch_off(org, forced))
    assert flags(prod) == ON


async def test_nothing_is_switched_off_that_could_not_be_switched_on_again(box: School) -> None:
    async with box.connect() as org:
        found = await find(org, OBJECTS)
        for one in found:
            if one.kind == "ApexTrigger":
                broken = one.before["files"]["triggers/LessonTrigger.trigger"].replace("Lesson__c", "Gone__c")
                one.before["files"]["triggers/LessonTrigger.trigger"] = broken
        with pytest.raises(SwitchRefused, match="could not be switched on again"):
            await collect(switch_off(org, found, pause=no_wait))
    assert flags(box) == ON


async def test_a_rule_or_a_flow_version_that_could_not_come_back_is_found_before_anything_is_switched(
    box: School,
) -> None:
    async with box.connect() as org:
        found = await find(org, OBJECTS)
        (rule,) = [one for one in found if one.name == "Course__c.Open_Course_Has_Fee"]
        path = "objects/Course__c.object"
        broken = {
            **rule.before["files"],
            path: rule.before["files"][path].replace("ISBLANK(Fee__c)", "ISBLANK(Gone__c)"),
        }
        rules = [replace(one, before={**one.before, "files": broken}) if one is rule else one for one in found]
        with pytest.raises(SwitchRefused, match=r"(?s)could not be switched on again.*Gone__c"):
            await collect(switch_off(org, rules, pause=no_wait))
        flows = [replace(one, version=9, before={**one.before, "version": 9}) for one in found if one.kind == "Flow"]
        with pytest.raises(SwitchRefused, match="could not be switched on again"):
            await collect(switch_off(org, flows, pause=no_wait))
    assert flags(box) == ON


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
async def test_a_lost_reply_of_the_deploy_is_looked_up(box: School, mode: str) -> None:
    async with box.connect() as org:
        found = await find(org, OBJECTS)
        box.fault(mode, "deploy")  # that of the validation before
        events: list[Event] = []
        try:
            async for event in switch_off(org, found, pause=no_wait):
                events.append(event)
        except SwitchRefused:
            assert mode == "drop_before"
            assert flags(box) == ON
            return
    assert mode == "drop_after"
    assert flags(box) == OFF
    await restored(box, from_disk(events))
    assert flags(box) == ON


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
async def test_a_lost_reply_of_a_patch_is_settled_by_the_state_in_the_org(box: School, mode: str) -> None:
    events: list[Event] = []
    async with box.connect() as org:
        found = await find(org, OBJECTS)
        box.fault(mode, "tooling/sobjects/ValidationRule", method="PATCH")
        try:
            async for event in switch_off(org, found, pause=no_wait):
                events.append(event)
        except SwitchFailed:
            assert mode == "drop_before"
    assert flags(box)["Open_Course_Has_Fee"] is (mode == "drop_before")
    await restored(box, from_disk(events))
    assert flags(box) == ON


async def test_a_lost_reply_while_restoring_is_tried_until_the_org_says_so(box: School) -> None:
    events = await switched_off(box)
    box.fault("drop_before", "tooling/sobjects/FlowDefinition", method="PATCH")
    box.fault("drop_after", "tooling/sobjects/ValidationRule", method="PATCH")
    await restored(box, from_disk(events))
    assert flags(box) == ON


async def test_what_cannot_be_restored_is_named_and_the_rest_is_restored(box: School) -> None:
    events = await switched_off(box)
    refusal = '[{"errorCode":"INSUFFICIENT_ACCESS","message":"not you"}]'
    box.fault("status", "tooling/sobjects/FlowDefinition", method="PATCH", times=99, status=403, body=refusal)
    async with box.connect() as org:
        seen: list[Event] = []
        with pytest.raises(RestoreFailed, match="Still off in box: Flow Course_Opened") as raised:
            async for event in restore(org, from_disk(events), pause=no_wait):
                seen.append(event)
    assert "not you" in str(raised.value)
    assert flags(box) == {**ON, "Course_Opened": None}
    left = from_disk(events + seen)
    assert [one.name for one in left] == ["Course_Opened"]
    box.faults.clear()
    await restored(box, left)
    assert flags(box) == ON


async def test_one_whose_state_cannot_be_read_does_not_keep_the_others_off(box: School) -> None:
    events = await switched_off(box)
    seen: list[Event] = []
    async with box.connect() as org:
        with pytest.raises(RestoreFailed, match=r"ValidationRule Course__c\.Open_Course_Has_Fee"):
            async for event in restore(org, from_disk(events), pause=no_wait):
                if not seen:
                    refusal = '[{"errorCode":"INSUFFICIENT_ACCESS","message":"not you"}]'
                    box.fault("status", "Active FROM ValidationRule", times=99, status=403, body=refusal)
                seen.append(event)
    box.faults.clear()
    assert [one.name for one in from_disk(events + seen)] == ["Course__c.Open_Course_Has_Fee"]
    assert {name: flags(box)[name] for name in ("LessonTrigger", "Course_Opened", "Same_Code")} == {
        "LessonTrigger": "Active",
        "Course_Opened": 2,
        "Same_Code": True,
    }


async def test_an_edit_somebody_made_meanwhile_stays_and_the_flag_comes_back(box: School) -> None:
    events = await switched_off(box)
    (rule,) = tooling(box, "SELECT Id FROM ValidationRule WHERE ValidationName = 'Open_Course_Has_Fee'")
    edited = {**metadata_of(box, "ValidationRule", rule["Id"]), "errorMessage": "Set a fee, please."}
    patch(box, "ValidationRule", rule["Id"], edited)
    again = await restored(box, from_disk(events))
    assert states(box)["Open_Course_Has_Fee"] == (True, {**edited, "active": True})
    assert ["was edited meanwhile" in one.text for one in of(session.Finding, again)] == [True]


async def test_a_flow_version_somebody_activated_meanwhile_is_left_and_told(box: School) -> None:
    events = await switched_off(box)
    (flow,) = tooling(box, "SELECT Id FROM FlowDefinition")
    patch(box, "FlowDefinition", flow["Id"], {"activeVersionNumber": 3})
    again = await restored(box, from_disk(events))
    assert flags(box)["Course_Opened"] == 3
    (told,) = of(FlowMoved, again)
    assert (told.flow, told.version, told.recorded) == ("Course_Opened", 3, 2)
    assert told.who.startswith(" (Ana, ")


async def test_the_intents_of_another_org_are_void(box: School, prod: School) -> None:
    intents = from_disk(await switched_off(box))
    async with prod.connect() as org:
        with pytest.raises(WrongOrg, match="is org"):
            await collect(restore(org, intents))


async def test_a_switch_that_the_org_refuses_stops_there_and_can_be_taken_back(box: School) -> None:
    refusal = '[{"errorCode":"INSUFFICIENT_ACCESS","message":"not you"}]'
    box.fault("status", "tooling/sobjects/FlowDefinition", method="PATCH", times=1, status=403, body=refusal)
    events: list[Event] = []
    async with box.connect() as org:
        with pytest.raises(SalesforceError, match="not you"):
            async for event in switch_off(org, await find(org, OBJECTS), pause=no_wait):
                events.append(event)
    assert "Course_Opened" not in [one.name for one in from_disk(events)]
    await restored(box, from_disk(events))
    assert flags(box) == ON


@pytest.mark.slow
async def test_a_deploy_of_a_lost_process_that_still_runs_is_waited_for(box: School) -> None:
    """The switch-off was sent, the process died, and the org has not yet done it: now it says "on"."""
    box.inside.deploys.pace = 0.4
    async with box.connect() as org:
        steps = switch_off(org, await find(org, OBJECTS), pause=no_wait)
        events: list[Event] = []
        async for event in steps:
            events.append(event)
            if isinstance(event, deploy.DeployStarted) and event.purpose == "switch_off":
                break
        await steps.aclose()
    assert flags(box) == ON
    again = await restored(box, from_disk(events))
    assert any("waited for" in one.text for one in of(session.Finding, again))
    box.inside.deploys.pace = 0
    assert flags(box) == ON
