"""Asking production for a hotfix environment, once: the intent first, and a reply that was lost is looked up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeGuard

from hotfix_tui.events import Event, Settled
from hotfix_tui.events.environment import (
    EnvironmentDelete,
    EnvironmentDeleted,
    EnvironmentRequested,
    SandboxCreate,
    SandboxRefresh,
    ScratchCreate,
)
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org
    from hotfix_tui.salesforce.records import SaveResult

_DEVELOPER = "Developer"
# Seconds before each look for what a lost reply was about: the org may still be at it.
_LOOKS = (0.2, 1.0, 2.0)
Asked = SandboxCreate | SandboxRefresh | ScratchCreate | EnvironmentDelete


async def ask_for_sandbox(org: Org, intent: SandboxCreate) -> AsyncGenerator[Event, None]:
    """Creates the SandboxInfo under the org's permit. Raises SalesforceError."""
    from hotfix_tui.salesforce.environments import request

    body = request(
        intent.name,
        intent.licence,
        group_id=intent.group_id,
        source_id=intent.source_id,
        description=intent.description,
    )
    async for event in _settled(org, intent, lambda: org.tooling_create("SandboxInfo", body)):
        yield event
        if _was_done(event):
            yield EnvironmentRequested(org=org.alias, kind="sandbox", name=intent.name, request_id=event.detail)


async def ask_for_refresh(org: Org, intent: SandboxRefresh) -> AsyncGenerator[Event, None]:
    """Copies production anew into a sandbox, under the org's permit. Raises SalesforceError."""
    from hotfix_tui.salesforce.environments import refresh_request

    async def act() -> str:
        body = refresh_request(intent.licence, group_id=intent.group_id)
        await org.tooling_update("SandboxInfo", intent.info_id, body)
        return intent.info_id

    async for event in _settled(org, intent, act):
        yield event
        if _was_done(event):
            yield EnvironmentRequested(org=org.alias, kind="sandbox", name=intent.name, request_id=intent.info_id)


async def ask_for_scratch(org: Org, intent: ScratchCreate) -> AsyncGenerator[Event, None]:
    """Creates the ScratchOrgInfo under the org's permit. Raises SalesforceError, StepRefused with the org's reason."""
    from hotfix_tui.salesforce.environments import CLI_APP, CLI_CALLBACK
    from hotfix_tui.salesforce.scratch_definition import parse

    row = {
        "OrgName": intent.name,
        "Edition": intent.edition or _DEVELOPER,
        **parse(intent.definition).row,
        "DurationDays": intent.days,
        "ConnectedAppConsumerKey": CLI_APP,
        "ConnectedAppCallbackUrl": CLI_CALLBACK,
    }
    # A description of the file's own stays behind ours, by which the request is known again.
    row["Description"] = "\n".join(filter(None, (_mark(intent), str(row.get("Description", "")))))
    if intent.features:
        row["Features"] = ";".join(intent.features)

    async def act() -> str:
        [saved] = await org.insert("ScratchOrgInfo", [row])
        return _taken(org, saved, "the scratch org")

    async for event in _settled(org, intent, act):
        yield event
        if _was_done(event):
            yield EnvironmentRequested(org=org.alias, kind="scratch", name=intent.name, request_id=event.detail)


async def ask_to_delete(org: Org, intent: EnvironmentDelete) -> AsyncGenerator[Event, None]:
    """Deletes a sandbox's SandboxInfo or a scratch org's ActiveScratchOrg under the org's permit. Raises as above."""

    async def act() -> str:
        if intent.kind == "sandbox":
            await org.tooling_delete("SandboxInfo", intent.record_id)
        else:
            [gone] = await org.delete([intent.record_id])
            _taken(org, gone, f"to delete {intent.name}")
        return ""

    async for event in _settled(org, intent, act):
        yield event
        if _was_done(event):
            yield EnvironmentDeleted(org=org.alias, kind=intent.kind, name=intent.name)


def _was_done(event: Event) -> TypeGuard[Settled]:
    return isinstance(event, Settled) and event.result == "done"


def _taken(org: Org, saved: SaveResult, what: str) -> str:
    if not saved.success:
        raise StepRefused(f"{org.alias} refused {what}: {saved.words}.", org=org.alias)
    return saved.id


async def _settled(org: Org, intent: Asked, act: Callable[[], Awaitable[str]]) -> AsyncGenerator[Event, None]:
    """The intent, the act, and what became of it, done or not: that is on disk before an error goes on."""
    from hotfix_tui.salesforce.errors import ReplyLost, SalesforceError

    yield intent
    try:
        detail = await act()
    except ReplyLost:
        settled = await settle_environment(org, intent)
        if settled.result != "done":
            yield settled
            raise
    except StepRefused as error:
        yield Settled(key=intent.key, result="not_done", detail=str(error))
        raise
    except SalesforceError as error:
        yield Settled(key=intent.key, result="not_done" if error.written == "no" else "unknown", detail=str(error))
        raise
    else:
        settled = Settled(key=intent.key, result="done", detail=detail)
    yield settled


async def settle_environment(org: Org, intent: Asked) -> Settled:
    """What became of a request whose reply never came: production is asked. `detail` is the id of what was made.

    A sandbox's name is unique in production, so it cannot be somebody else's of the same moment: the name was free when
    the intent was written. A scratch org carries the intent's mark. A refresh is a copy that was not there before.
    """
    if isinstance(intent, EnvironmentDelete):
        there = await _is_there(org, intent)
        return Settled(key=intent.key, result="not_done" if there else "done")
    made = await _made(org, intent)
    for wait in _LOOKS:
        if made:
            break
        await asyncio.sleep(wait)
        made = await _made(org, intent)
    return Settled(key=intent.key, result="done" if made else "not_done", detail=made or "it is not there")


async def _is_there(org: Org, intent: EnvironmentDelete) -> bool:
    name = "SandboxInfo" if intent.kind == "sandbox" else "ActiveScratchOrg"
    soql = f"SELECT Id FROM {name} WHERE Id = '{intent.record_id}'"  # noqa: S608 - an id the org gave
    return bool(await (org.tooling_query(soql) if intent.kind == "sandbox" else org.query(soql)))


async def _made(org: Org, intent: SandboxCreate | SandboxRefresh | ScratchCreate) -> str:
    from hotfix_tui.salesforce import environments

    if isinstance(intent, SandboxCreate):
        found = await environments.named(org, intent.name)
        return found.info_id if found else ""
    if isinstance(intent, SandboxRefresh):
        latest = await environments.by_info(org, intent.info_id)
        return intent.info_id if latest and latest.process_id != intent.process_id else ""
    rows = await org.query("SELECT Id, Description FROM ScratchOrgInfo ORDER BY CreatedDate DESC LIMIT 200")
    first = ((str(row["Id"]), str(row.get("Description") or "").partition("\n")[0]) for row in rows)
    return next((found for found, mark in first if mark == _mark(intent)), "")


def _mark(intent: ScratchCreate) -> str:
    return f"hotfix-tui {intent.key}"
