"""Switches automations off for the time of a write: intent on disk, act, state read back from the org."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.deploying import Deploy, Pause
from hotfix_tui.automation.errors import SwitchFailed, SwitchRefused
from hotfix_tui.automation.meanwhile import SINCE, newest
from hotfix_tui.automation.model import DEPLOYED, FLOW, VALIDATION, Automation, State
from hotfix_tui.automation.package import Files, flow_definition, pack, with_flag
from hotfix_tui.automation.states import read_states
from hotfix_tui.events import Event, Settled, seed
from hotfix_tui.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Checkpoint = Callable[[], Awaitable[None]]

# Seconds between looks at a switch whose reply was lost.
_LOOKS = (0.2, 1.0, 2.0)


async def no_checkpoint() -> None:
    """For a caller that never stops half way."""


async def switch_off(
    org: Org,
    automations: Iterable[Automation],
    *,
    checkpoint: Checkpoint = no_checkpoint,
    pause: Pause = asyncio.sleep,
) -> AsyncGenerator[Event, None]:
    """Switches off those whose plan is switch_off; what is off already is not touched and so stays off.

    First, everything as it is now is validated (check-only): when it could not come back, nothing is switched.
    Raises SwitchRefused (also for every org under production rules), SwitchFailed, SalesforceError; the intents that
    were written by then stay open, and `restore` takes them back.
    """
    wanted = [one for one in automations if one.plan == "switch_off" and one.active]
    if not wanted:
        return
    if org.kind.production_rules:
        raise SwitchRefused(
            f"{org.alias} is {org.kind.value}: automations are not switched off there.",
            org=org.alias,
            next="Use a bypass permission set (bypass_permission_set in the data set).",
        )
    stamps = {name: await newest(org, name) for name in dict.fromkeys(one.object for one in wanted)}
    wanted = [replace(one, before={**one.before, SINCE: stamps[one.object]}) for one in wanted]
    async for event in _validate_restore(org, wanted, pause):
        yield event
    deployed = [one for one in wanted if one.kind in DEPLOYED]
    if deployed:
        await checkpoint()
        async for event in _off_by_deploy(org, deployed, pause):
            yield event
    for one in wanted:
        if one.kind not in DEPLOYED:
            await checkpoint()
            async for event in _off_by_patch(org, one, pause):
                yield event


def packed(org: Org, automations: Sequence[Automation], *, active: bool) -> tuple[bytes, tuple[str, ...]]:
    """A package with the bodies of `automations`, each on or off; and what is in it, as `Type:Full_Name`."""
    files: Files = {}
    members: dict[str, set[str]] = {}
    for one in automations:
        if one.kind == FLOW:
            members.setdefault("FlowDefinition", set()).add(one.name)
            version = one.before["version"] if active else 0
            files[f"flowDefinitions/{one.name}.flowDefinition"] = flow_definition(version)
            continue
        for path, text in one.before.get("files", {}).items():
            files.setdefault(path, text)
        members.setdefault(one.kind, set()).update(one.before.get("members", ()))
    for one in automations:
        if one.kind != FLOW:
            files = with_flag(one.kind, one.name, files, active=active)
    members = {kind: names for kind, names in members.items() if names}
    names = tuple(sorted(f"{kind}:{name}" for kind, listed in members.items() for name in listed))
    return pack(files, members, org.api_version), names


def switched(intent: seed.AutomationSwitchOff, state: State) -> seed.AutomationSwitched:
    """A state read back from the org, as a fact."""
    return seed.AutomationSwitched(
        key=intent.key,
        org=intent.org,
        kind=intent.kind,
        name=intent.name,
        object=intent.object,
        state=state.word,
        version=state.version,
    )


def _intent(org: Org, one: Automation) -> seed.AutomationSwitchOff:
    return seed.AutomationSwitchOff(
        key=f"off/{org.alias}/{one.kind}/{one.name}/{secrets.token_hex(4)}",
        org=org.alias,
        org_id=org.org_id,
        before=one.before,
        kind=one.kind,
        name=one.name,
        object=one.object,
    )


async def _validate_restore(org: Org, wanted: Sequence[Automation], pause: Pause) -> AsyncGenerator[Event, None]:
    package, names = packed(org, wanted, active=True)
    check = Deploy(org, "restore", check_only=True, pause=pause)
    async for event in check.run(package, names):
        yield event
    if check.problem:
        raise SwitchRefused(
            f"Nothing was switched off in {org.alias}: it could not be switched on again ({check.problem}).",
            org=org.alias,
            next="Put this right in the org, or write with a bypass permission set.",
        )


async def _off_by_deploy(org: Org, deployed: Sequence[Automation], pause: Pause) -> AsyncGenerator[Event, None]:
    intents = [_intent(org, one) for one in deployed]
    for intent in intents:
        yield intent
    package, names = packed(org, deployed, active=False)
    sent = Deploy(org, "switch_off", pause=pause)
    async for event in sent.run(package, names):
        yield event
    states = await read_states(org, [(one.kind, one.id) for one in deployed])
    still_on: list[str] = []
    for one, intent in zip(deployed, intents, strict=True):
        state = states.get(one.id)
        if state is not None:
            yield switched(intent, state)
        if state is None or state.active:
            still_on.append(one.full_name)
            # A deploy that was lost on the way may come yet; one that has ended has not.
            result = "unknown" if sent.result is None else "not_done"
            yield Settled(key=intent.key, result=result, detail=sent.problem or "it is still on")
        else:
            yield Settled(key=intent.key, result="done")
    if still_on:
        raise SwitchFailed(f"{org.alias} did not switch off {', '.join(still_on)}: {sent.problem}", org=org.alias)


async def _off_by_patch(org: Org, one: Automation, pause: Pause) -> AsyncGenerator[Event, None]:
    intent = _intent(org, one)
    yield intent
    lost = ""
    try:
        await patch(org, one.kind, one.id, off_body(one.kind, one.before))
    except SalesforceError as error:
        if error.written != "unknown":
            yield Settled(key=intent.key, result="not_done", detail=str(error))
            raise
        lost = str(error)
    state = await read_back(org, one.kind, one.id, State(False), pause if lost else None)
    if state is not None:
        yield switched(intent, state)
    if state is None or state.active:
        detail = lost or "the org took the change and it is still on"
        yield Settled(key=intent.key, result="unknown" if lost else "not_done", detail=detail)
        raise SwitchFailed(f"{org.alias} did not switch off {one.full_name}: {detail}", org=org.alias)
    yield Settled(key=intent.key, result="done", detail=lost)


async def patch(org: Org, kind: str, record_id: str, metadata: Mapping[str, Any]) -> None:
    """Tooling PATCH of a validation rule or of a flow's definition."""
    await org.tooling_update({VALIDATION: VALIDATION, FLOW: "FlowDefinition"}[kind], record_id, {"Metadata": metadata})


def off_body(kind: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """The Metadata that switches it off. Version 0 is "none" for a flow; a rule's Metadata must be whole."""
    if kind == FLOW:
        return {"activeVersionNumber": 0}
    return {**before["metadata"], "active": False}


async def read_back(org: Org, kind: str, record_id: str, expected: State, pause: Pause | None) -> State | None:
    """The state now; with `pause`, asked a few times because the org may still be at work on a lost request."""
    state = (await read_states(org, [(kind, record_id)])).get(record_id)
    for wait in _LOOKS if pause else ():
        if state is not None and (state.active, state.version) == (expected.active, expected.version):
            break
        assert pause is not None
        await pause(wait)
        state = (await read_states(org, [(kind, record_id)])).get(record_id)
    return state
