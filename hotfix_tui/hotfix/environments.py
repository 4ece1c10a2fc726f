"""Asking production for a hotfix environment, once: the intent first, and a reply that was lost is looked up."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Settled
from hotfix_tui.events.environment import (
    EnvironmentDelete,
    EnvironmentDeleted,
    EnvironmentRequested,
    SandboxCreate,
    ScratchCreate,
)
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_DEVELOPER = "Developer"


async def ask_for_sandbox(org: Org, intent: SandboxCreate) -> AsyncGenerator[Event, None]:
    """Creates the SandboxInfo under the org's permit. Raises SalesforceError, StepRefused when nobody can tell."""
    from hotfix_tui.salesforce.environments import request
    from hotfix_tui.salesforce.errors import ReplyLost, SalesforceError

    yield intent
    body = request(
        intent.name,
        intent.licence,
        group_id=intent.group_id,
        source_id=intent.source_id,
        description=intent.description,
    )
    try:
        info = await org.tooling_create("SandboxInfo", body)
    except ReplyLost:
        settled = await settle_environment(org, intent)
        yield settled
        if settled.result != "done":
            raise
        info = settled.detail
    except SalesforceError as error:
        yield Settled(key=intent.key, result="not_done" if error.written == "no" else "unknown", detail=str(error))
        raise
    else:
        yield Settled(key=intent.key, result="done", detail=info)
    yield EnvironmentRequested(org=org.alias, kind="sandbox", name=intent.name, request_id=info)


async def ask_for_scratch(org: Org, intent: ScratchCreate) -> AsyncGenerator[Event, None]:
    """Creates the ScratchOrgInfo under the org's permit. Raises SalesforceError, StepRefused with the org's reason."""
    from hotfix_tui.salesforce.environments import CLI_APP, CLI_CALLBACK
    from hotfix_tui.salesforce.errors import ReplyLost

    yield intent
    row = {
        "OrgName": intent.name,
        "Edition": intent.edition or _DEVELOPER,
        "DurationDays": intent.days,
        "ConnectedAppConsumerKey": CLI_APP,
        "ConnectedAppCallbackUrl": CLI_CALLBACK,
        "Description": _mark(intent),
        **({"Features": ";".join(intent.features)} if intent.features else {}),
    }
    try:
        [saved] = await org.insert("ScratchOrgInfo", [row])
    except ReplyLost:
        settled = await settle_environment(org, intent)
        yield settled
        if settled.result != "done":
            raise
        info = settled.detail
    else:
        yield Settled(key=intent.key, result="done" if saved.success else "not_done", detail=saved.id or saved.words)
        if not saved.success:
            raise StepRefused(f"{org.alias} refused the scratch org: {saved.words}.", org=org.alias)
        info = saved.id
    yield EnvironmentRequested(org=org.alias, kind="scratch", name=intent.name, request_id=info)


async def ask_to_delete(org: Org, intent: EnvironmentDelete) -> AsyncGenerator[Event, None]:
    """Deletes a sandbox's SandboxInfo or a scratch org's ActiveScratchOrg under the org's permit. Raises as above."""
    from hotfix_tui.salesforce.errors import ReplyLost, SalesforceError

    yield intent
    try:
        if intent.kind == "sandbox":
            await org.tooling_delete("SandboxInfo", intent.record_id)
        else:
            [gone] = await org.delete([intent.record_id])
            if not gone.success:
                yield Settled(key=intent.key, result="not_done", detail=gone.words)
                raise StepRefused(f"{org.alias} refused to delete {intent.name}: {gone.words}.", org=org.alias)
    except ReplyLost:
        settled = await settle_environment(org, intent)
        yield settled
        if settled.result != "done":
            raise
    except SalesforceError as error:
        yield Settled(key=intent.key, result="not_done" if error.written == "no" else "unknown", detail=str(error))
        raise
    else:
        yield Settled(key=intent.key, result="done")
    yield EnvironmentDeleted(org=org.alias, kind=intent.kind, name=intent.name)


async def settle_environment(org: Org, intent: SandboxCreate | ScratchCreate | EnvironmentDelete) -> Settled:
    """What became of a request whose reply never came: production is asked. `detail` is the id of what was made.

    A sandbox's name is unique in production, so it cannot be somebody else's of the same moment: the name was free when
    the intent was written. A scratch org carries the intent's mark.
    """
    from hotfix_tui.salesforce import environments

    if isinstance(intent, SandboxCreate):
        found = await environments.named(org, intent.name)
        return Settled(
            key=intent.key, result="done" if found else "not_done", detail=found.info_id if found else "it is not there"
        )
    if isinstance(intent, ScratchCreate):
        rows = await org.query("SELECT Id, Description FROM ScratchOrgInfo ORDER BY CreatedDate DESC LIMIT 200")
        made = next((str(row["Id"]) for row in rows if row.get("Description") == _mark(intent)), "")
        return Settled(key=intent.key, result="done" if made else "not_done", detail=made or "it is not there")
    name = "SandboxInfo" if intent.kind == "sandbox" else "ActiveScratchOrg"
    soql = f"SELECT Id FROM {name} WHERE Id = '{intent.record_id}'"  # noqa: S608 - an id the org gave
    there = await (org.tooling_query(soql) if intent.kind == "sandbox" else org.query(soql))
    return Settled(key=intent.key, result="not_done" if there else "done")


def _mark(intent: ScratchCreate) -> str:
    return f"hotfix-tui {intent.key}"
