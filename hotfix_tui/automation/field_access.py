"""A permission set of our own, made for the time of a write: our user may edit the fields that nobody else shows it.

Where the fix's permission set is left alone because a team has changed it, the fix's new field is there and seen by
nobody (a deployed field has no field-level security, not even for administrators). The set grants just those fields to
just our user, and goes again afterwards. It is found by its name, which the intent holds, whatever reply was lost.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Collection, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.deploying import Pause
from hotfix_tui.automation.errors import RestoreFailed
from hotfix_tui.events import Event, Settled, seed, session
from hotfix_tui.salesforce.errors import SalesforceError, WriteRefused, WrongOrg
from hotfix_tui.salesforce.soql import quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_LABEL = "hotfix-tui, for the time of a write"
# Seconds between looks for a permission set whose request may still be on its way.
_LOOKS = (0.2, 1.0, 2.0)


async def grant(org: Org, fields: Collection[str], *, pause: Pause = asyncio.sleep) -> AsyncGenerator[Event, None]:
    """Makes a permission set that lets edit `fields` (`Object.Field`) and assigns it to our user.

    What the org refuses is a finding, and what was made is taken away again: the write then leaves those values alone.
    In production `org` must be under the permit of the act. Raises WriteRefused, and what
    `remove` raises; the intent is open then.
    """
    name = f"Hotfix_Access_{secrets.token_hex(5)}"
    intent = seed.AccessGrant(
        key=f"grant/{org.alias}/{name}",
        org=org.alias,
        org_id=org.org_id,
        before={"there": False},
        permission_set=name,
        user_id=org.user_id,
        fields=tuple(sorted(fields)),
    )
    yield intent
    try:
        refused = await _make(org, intent)
    except WriteRefused:
        yield Settled(key=intent.key, result="not_done")
        raise
    except SalesforceError as error:
        refused = [str(error)]
    if not refused:
        yield Settled(key=intent.key, result="done")
        return
    yield session.Finding(
        level="warning",
        text=f"our user could not be given {', '.join(intent.fields)} for the time of the write: {'; '.join(refused)}",
        org=org.alias,
    )
    async for event in remove(org, intent, pause=pause):
        yield event


async def _make(org: Org, intent: seed.AccessGrant) -> list[str]:
    """The set, its field permissions, the assignment; what the org refused, in its words."""
    made = await org.insert(
        "PermissionSet", [{"Name": intent.permission_set, "Label": _LABEL, "Description": "Taken away by itself."}]
    )
    if not made[0].success:
        return [error.message for error in made[0].errors]
    parent = made[0].id
    rows: list[dict[str, Any]] = [
        {
            "ParentId": parent,
            "SobjectType": field.partition(".")[0],
            "Field": field,
            "PermissionsRead": True,
            "PermissionsEdit": True,
        }
        for field in intent.fields
    ]
    results = await org.insert("FieldPermissions", rows)
    if refused := [error.message for result in results for error in result.errors]:
        return refused
    given = await org.insert("PermissionSetAssignment", [{"AssigneeId": intent.user_id, "PermissionSetId": parent}])
    return [error.message for result in given for error in result.errors]


async def remove(org: Org, intent: seed.AccessGrant, *, pause: Pause = asyncio.sleep) -> AsyncGenerator[Event, None]:
    """Takes the permission set and its assignment away, or finds that they are gone. Raises RestoreFailed, WrongOrg.

    One that is not there is looked for again: the request of a lost process may still be on its way.
    """
    if org.org_id != intent.org_id:
        raise WrongOrg(f"{org.alias} is org {org.org_id} now, not {intent.org_id}.", org=org.alias)
    sets = await _sets(org, intent.permission_set, pause)
    refused: list[str] = []
    for one in sets:
        soql = f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {quote(one)}"  # noqa: S608
        refused += await _delete(org, [row["Id"] for row in await org.query(soql)])
    refused += await _delete(org, sets)
    if await _sets(org, intent.permission_set):
        raise RestoreFailed(
            f"The permission set {intent.permission_set} is still in {org.alias}: {'; '.join(refused) or 'no reply'}",
            org=org.alias,
            next="Run restore again, or delete it in Setup.",
        )
    yield Settled(key=intent.key, result="undone")


async def _delete(org: Org, ids: Sequence[str]) -> list[str]:
    if not ids:
        return []
    try:
        return [error.message for result in await org.delete(ids) for error in result.errors]
    except SalesforceError as error:
        if error.written != "unknown":
            raise
        return []  # the look afterwards says whether it was done


async def _sets(org: Org, name: str, pause: Pause | None = None) -> list[str]:
    """Ids of the permission sets of this name; with `pause`, asked a few times as long as there is none."""
    soql = f"SELECT Id FROM PermissionSet WHERE Name = {quote(name)} AND IsOwnedByProfile = false"  # noqa: S608
    ids = [row["Id"] for row in await org.query(soql)]
    for wait in _LOOKS if pause else ():
        if ids:
            break
        assert pause is not None
        await pause(wait)
        ids = [row["Id"] for row in await org.query(soql)]
    return ids
