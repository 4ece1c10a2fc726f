"""Requests that nobody heard of again and that the org carries out all the same, a moment later."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest

from hotfix_tui.automation.bypass import assign, read_bypass, unassign
from hotfix_tui.automation.errors import SwitchFailed
from hotfix_tui.automation.inventory import find
from hotfix_tui.automation.restore import restore
from hotfix_tui.automation.switch import switch_off
from hotfix_tui.events import Event, Settled, deploy, seed
from tests.automation.outside import ON, flags, metadata_of, patch, tooling
from tests.automation.test_bypass import SET, holders
from tests.automation.test_switch import OBJECTS, from_disk, no_wait, of
from tests.data.campus import School, collect

_LATE = 0.5


def later(act: Callable[[], None]) -> threading.Timer:
    timer = threading.Timer(_LATE, act)
    timer.start()
    return timer


def assigned_by_the_org(school: School, permission_set: str) -> None:
    record = {"AssigneeId": school.user_id, "PermissionSetId": permission_set}
    request = Request(
        f"{school.login.instance_url}/services/data/v60.0/sobjects/PermissionSetAssignment", json.dumps(record).encode()
    )
    request.add_header("Authorization", f"Bearer {school.login.access_token}")
    request.add_header("Content-Type", "application/json")
    urlopen(request, timeout=20).close()


async def test_a_switch_off_of_a_lost_process_that_arrives_after_the_restore_began_is_taken_back(box: School) -> None:
    events: list[Event] = []
    (rule,) = tooling(box, "SELECT Id FROM ValidationRule WHERE ValidationName = 'Open_Course_Has_Fee'")
    off = {**metadata_of(box, "ValidationRule", rule["Id"]), "active": False}
    async with box.connect() as org:
        (one,) = [one for one in await find(org, OBJECTS) if one.id == rule["Id"]]
        steps = switch_off(org, [one])
        async for event in steps:
            events.append(event)
            if isinstance(event, seed.AutomationSwitchOff):
                break  # the intent is on disk, the request on its way, the process gone
        await steps.aclose()
        late = later(lambda: patch(box, "ValidationRule", rule["Id"], off))
        again = await collect(restore(org, from_disk(events)))
    late.join()
    assert flags(box) == ON
    assert of(Settled, again)[-1].result == "undone"


async def test_a_deploy_that_the_org_does_not_know_of_leaves_its_switches_open(box: School) -> None:
    """The org may begin it later: what it says now is not the last word."""
    events: list[Event] = []
    async with box.connect() as org:
        with pytest.raises(SwitchFailed):
            async for event in switch_off(org, await find(org, OBJECTS), pause=no_wait):
                events.append(event)
                if isinstance(event, deploy.DeployFinished):
                    box.fault("drop_before", "deploy")
        switched = [one.name for one in of(seed.AutomationSwitchOff, events)]
        assert "LessonTrigger" in switched
        assert {one.name for one in from_disk(events)} == set(switched)
        again = await collect(restore(org, from_disk(events), pause=no_wait))
    assert from_disk(events + again) == []
    assert flags(box) == ON


async def test_an_assignment_that_comes_after_its_reply_was_lost_is_seen_and_taken_away(box: School) -> None:
    async with box.connect() as org:
        (permission_set,) = (await read_bypass(org, SET)).ids
        box.fault("drop_before", "composite/sobjects", method="POST")
        late = later(lambda: assigned_by_the_org(box, permission_set))
        events = await collect(assign(org, SET))
        late.join()
        assert of(Settled, events)[0].result == "done"
        await collect(unassign(org, of(seed.BypassAssign, events)[0]))
    assert holders(box) == []


async def test_an_assignment_of_a_lost_process_that_comes_late_is_taken_away(box: School) -> None:
    async with box.connect() as org:
        steps = assign(org, SET)
        intent = await anext(steps)
        assert isinstance(intent, seed.BypassAssign)
        await steps.aclose()
        late = later(lambda: assigned_by_the_org(box, intent.before["permission_set_id"]))
        again = await collect(unassign(org, intent))
        late.join()
    assert holders(box) == []
    assert of(Settled, again)[-1].result == "undone"
