"""What is offered about each automation, and the ways past it that only our own user feels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.automation.errors import SwitchFailed
from hotfix_tui.automation.inventory import find
from hotfix_tui.automation.meanwhile import changed_by_others
from hotfix_tui.automation.model import Automation, SettingRows
from hotfix_tui.automation.restore import restore
from hotfix_tui.automation.settings import take_back, write_settings
from hotfix_tui.automation.switch import switch_off
from hotfix_tui.events import Event, Settled, session
from hotfix_tui.events.automation import ChangedMeanwhile, SettingSwitch
from hotfix_tui.events.seed import AutomationSwitchOff
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.records import WriteOptions
from tests.automation import switches
from tests.automation.test_switch import no_wait, of
from tests.data import campus
from tests.data.campus import School, collect

OBJECTS = ["Course__c", "Lesson__c", "Case"]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "own", changed=switches.files()) as school:
        yield school


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[School]:
    with campus.served(tmp_path, "shared", "partial", changed=switches.files()) as school:
        yield school


async def inventory(school: School, **more: Any) -> dict[str, Automation]:
    async with school.connect() as org:
        return {one.name: one for one in await find(org, OBJECTS, bypass="Campus_Load", **more)}


def handlers(school: School, *excluded: str | None) -> list[str]:
    return [
        school.put(
            switches.HANDLER,
            Name=f"H{number}",
            npsp__Class__c=f"H{number}_TDTM",
            npsp__Object__c="Course__c",
            npsp__Active__c=True,
            npsp__Usernames_to_Exclude__c=names,
        )
        for number, names in enumerate(excluded)
    ]


async def test_every_sort_of_automation_is_listed_with_its_state_and_what_can_be_done(own: School) -> None:
    handlers(own, None)
    found = await inventory(own, switching=True)
    assert {name: (one.kind, one.active, one.plan, one.ways) for name, one in found.items()} == {
        "LessonTrigger": ("ApexTrigger", True, "switch_off", ("bypass", "switch_off", "leave")),
        "Course__c.Open_Course_Has_Fee": ("ValidationRule", True, "switch_off", ("setting", "switch_off", "leave")),
        "Lesson__c.Hours_Are_Positive": ("ValidationRule", False, "already_off", ()),
        "Course_Opened": ("Flow", True, "switch_off", ("switch_off", "leave")),
        "Course_Process": ("Flow", True, "switch_off", ("switch_off", "leave")),
        "Course__c.Old Stamp": ("WorkflowRule", False, "already_off", ()),
        "Course__c.Stamp Notes": ("WorkflowRule", True, "switch_off", ("switch_off", "leave")),
        "Lesson__c.Same_Code": ("DuplicateRule", True, "header", ("header", "switch_off", "leave")),
        "Case.Standard": ("EscalationRule", True, "leave", ("leave",)),
        "Case.Old": ("EscalationRule", False, "already_off", ()),
        "npsp__Trigger_Handler__c.Course__c": ("PackageSwitch", True, "setting", ("setting", "leave")),
        "Course__c.Hours__c": ("CustomField", True, "leave", ("leave",)),
    }
    assert found["Course_Process"].timing == "process, after insert"
    assert found["Course_Opened"].timing == "after save"


async def test_rules_that_headers_keep_from_running_are_named(own: School) -> None:
    async with own.connect() as org:
        found = await find(org, ["Case"], switching=True)
    assert [(one.full_name, one.plan, one.detail) for one in found if one.active and one.kind != "EscalationRule"] == [
        ("AssignmentRule:Case.Standard", "header", "Sforce-Auto-Assign: FALSE"),
        (
            "AutoResponseRule:Case.Standard",
            "header",
            "runs only when an EmailHeader asks for it, and ours do not",
        ),
    ]


async def test_where_people_share_the_org_our_user_alone_passes_and_switching_is_said_to_be_for_everybody(
    shared: School,
) -> None:
    found = await inventory(shared, switching=True)
    plans = {name: one.plan for name, one in found.items() if one.active}
    assert plans["LessonTrigger"] == "bypass"
    assert plans["Course__c.Open_Course_Has_Fee"] == "setting"
    assert plans["Lesson__c.Same_Code"] == "header"
    assert plans["Course_Opened"] == "cannot"
    assert "for everybody in the org: choose it" in found["Course_Opened"].detail
    chosen = await inventory(shared, switching=True, choices={"Flow:Course_Opened": "switch_off"})
    assert (chosen["Course_Opened"].plan, chosen["LessonTrigger"].plan) == ("switch_off", "bypass")
    assert chosen["Course_Opened"].detail.endswith("switching it off is for everybody in the org")


async def test_a_way_that_is_not_possible_is_not_taken(shared: School) -> None:
    chosen = await inventory(shared, switching=True, choices={"ApexTrigger:LessonTrigger": "setting"})
    assert chosen["LessonTrigger"].plan == "bypass"
    never = await inventory(shared, switching=False, choices={"Flow:Course_Opened": "switch_off"})
    assert "switch_off" not in {one.plan for one in never.values()}


async def test_a_permission_that_a_trigger_asks_for_is_found_with_the_set_that_gives_it(shared: School) -> None:
    async with shared.connect() as org:
        (trigger,) = [one for one in await find(org, ["Lesson__c"], switching=True) if one.kind == "ApexTrigger"]
    assert (trigger.plan, trigger.permission_set) == ("bypass", "Campus_Load")


async def _written(school: School, rows: SettingRows) -> list[Event]:
    async with school.connect() as org:
        return await collect(write_settings(org, rows))


async def _back(school: School, events: list[Event]) -> list[Event]:
    async with school.connect() as org:
        return await collect(take_back(org, of(SettingSwitch, events)[0], pause=no_wait))


async def _rule(school: School) -> SettingRows:
    found = (await inventory(school, switching=True))["Course__c.Open_Course_Has_Fee"]
    assert found.setting is not None
    return found.setting


async def save(school: School) -> list[str]:
    """The errors of a course that the rule refuses."""
    async with school.connect() as org:
        (result,) = await org.insert("Course__c", [{"Name": "x", "Status__c": "Open"}])
        if result.success:
            await org.delete([result.id])
    return [error.code for error in result.errors]


async def test_a_row_of_a_setting_passes_our_user_and_goes_again(shared: School) -> None:
    refused = await save(shared)
    assert refused == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    events = await _written(shared, await _rule(shared))
    assert await save(shared) == []
    assert [row["SetupOwnerId"] for row in shared.soql(f"SELECT SetupOwnerId FROM {switches.SETTING}")] == [
        shared.user_id
    ]
    again = await _back(shared, events)
    assert shared.soql(f"SELECT Id FROM {switches.SETTING}") == []
    assert await save(shared) == refused
    assert [one.result for one in of(Settled, events + again)] == ["done", "undone"]


async def test_a_row_our_user_had_comes_back_as_it_was(shared: School) -> None:
    row = shared.put(switches.SETTING, SetupOwnerId=shared.user_id, Skip_Rules__c=False, Hours__c=7)
    events = await _written(shared, await _rule(shared))
    assert await save(shared) == []
    await _back(shared, events)
    assert shared.soql(f"SELECT Id, Skip_Rules__c, Hours__c FROM {switches.SETTING}") == [
        {"Id": row, "Skip_Rules__c": False, "Hours__c": 7}
    ]


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
async def test_a_lost_reply_leaves_no_row_behind(shared: School, mode: str) -> None:
    rows = await _rule(shared)
    shared.fault(mode, "composite/sobjects", method="POST")
    events: list[Event] = []
    async with shared.connect() as org:
        try:
            async for event in write_settings(org, rows):
                events.append(event)
        except SwitchFailed:
            assert mode == "drop_before"
    assert len(shared.soql(f"SELECT Id FROM {switches.SETTING}")) == (1 if mode == "drop_after" else 0)
    shared.fault("drop_after", "composite/sobjects", method="DELETE")
    await _back(shared, events)
    assert shared.soql(f"SELECT Id FROM {switches.SETTING}") == []


async def test_handlers_of_a_package_exclude_our_user_and_keep_the_others(shared: School) -> None:
    first, second = handlers(shared, "eve@x.example", None)
    (one,) = [one for one in (await inventory(shared, switching=True)).values() if one.kind == "PackageSwitch"]
    assert one.setting is not None
    events = await _written(shared, one.setting)
    column = "npsp__Usernames_to_Exclude__c"
    now = {row["Id"]: row[column] for row in shared.soql(f"SELECT Id, {column} FROM {switches.HANDLER}")}
    assert now == {first: f"eve@x.example;{shared.login.username}", second: shared.login.username}
    shared.save(switches.HANDLER, second, **{column: f"{shared.login.username};zoe@x.example"})
    again = await _back(shared, events)
    back = {row["Id"]: row[column] for row in shared.soql(f"SELECT Id, {column} FROM {switches.HANDLER}")}
    assert back == {first: "eve@x.example", second: "zoe@x.example"}
    assert ["somebody changed" in finding.text for finding in of(session.Finding, again)] == [True]


async def test_a_rule_that_only_alerts_is_passed_by_the_header_alone(own: School) -> None:
    async with own.connect() as org:
        (course,) = await org.insert("Course__c", [{"Name": "c", "Status__c": "Draft"}])
        lesson = {"Name": "l", "Course__c": course.id, "Code__c": "1"}
        (first,) = await org.insert("Lesson__c", [lesson])
        (second,) = await org.insert("Lesson__c", [lesson])
        passed = org.saving(WriteOptions(allow_duplicates=True))
        (third,) = await passed.insert("Lesson__c", [lesson])
    assert (first.success, second.errors[0].code, third.success) == (True, "DUPLICATES_DETECTED", True)


async def test_rows_that_others_saved_while_automations_were_off_are_told(own: School) -> None:
    async with own.connect() as org:
        (course,) = await org.insert("Course__c", [{"Name": "ours", "Status__c": "Draft", "Fee__c": 1}])
        off: list[Event] = []
        chosen = [one for one in await find(org, ["Course__c"], switching=True) if one.kind == "ValidationRule"]
        async for event in switch_off(org, chosen, pause=no_wait):
            off.append(event)
        await org.update("Course__c", [{"Id": course.id, "Note__c": "seeded"}])
        own.inside.clock.advance(60)
        await _as_another(own, "Course__c", {"Name": "theirs", "Status__c": "Open"})
        intents = of(AutomationSwitchOff, off)
        await collect(restore(org, intents, pause=no_wait))
        told = await collect(changed_by_others(org, intents))
    assert [(one.object, one.count, one.rows) for one in of(ChangedMeanwhile, told)] == [
        ("Course__c", 1, ("theirs (Eve)",))
    ]


async def _as_another(school: School, obj: str, record: dict[str, Any]) -> None:
    eve = school.inside.users.add_user("eve@school.example", "Eve")
    login = replace(school.login, username="eve@school.example", access_token=school.inside.users.token_for(eve))
    async with await Org.connect(login) as org:
        (made,) = await org.insert(obj, [record])
        assert made.success, made.errors
