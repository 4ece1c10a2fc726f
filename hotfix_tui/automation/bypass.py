"""The way past automations that are never switched off: a permission set for our user, for the time of a write."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.deploying import Pause
from hotfix_tui.automation.errors import RestoreFailed, SwitchFailed, SwitchRefused
from hotfix_tui.events import Event, Settled, seed, session
from hotfix_tui.salesforce.errors import SalesforceError, WrongOrg
from hotfix_tui.salesforce.soql import in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

# Seconds between looks for an assignment whose request may still be on its way.
_LOOKS = (0.2, 1.0, 2.0)


@dataclass(frozen=True)
class Bypass:
    """A permission set and the custom permissions it gives."""

    name: str
    ids: tuple[str, ...]
    permissions: tuple[str, ...]

    def named_in(self, text: str) -> bool:
        """Whether a body or a formula asks for one of the permissions.

        `FeatureManagement.checkPermission('X')` in Apex, `$Permission.X` in formulas and flows.
        """
        return any(
            re.search(rf"checkPermission\(\s*'{re.escape(one)}'\s*\)|\$Permission\.{re.escape(one)}\b", text, re.I)
            for one in self.permissions
        )


async def read_bypass(org: Org, permission_set: str) -> Bypass:
    """The permission set of this API name with its custom permissions; without Ids when the org has none."""
    soql = f"SELECT Id FROM PermissionSet WHERE Name = {quote(permission_set)} AND IsOwnedByProfile = false"  # noqa: S608
    ids = tuple(row["Id"] for row in await org.query(soql))
    permissions: list[str] = []
    for chunk in in_clauses(ids):
        granted = await org.query(
            "SELECT SetupEntityId FROM SetupEntityAccess "  # noqa: S608
            f"WHERE SetupEntityType = 'CustomPermission' AND ParentId IN {chunk}"
        )
        for wanted in in_clauses(row["SetupEntityId"] for row in granted):
            rows = await org.query(f"SELECT DeveloperName FROM CustomPermission WHERE Id IN {wanted}")  # noqa: S608
            permissions += [row["DeveloperName"] for row in rows]
    return Bypass(permission_set, ids, tuple(sorted(permissions)))


async def granting_sets(org: Org, permissions: Sequence[str]) -> dict[str, Bypass]:
    """Custom permission → the first permission set by name that gives it; one that no set gives is left out."""
    by_id: dict[str, str] = {}
    for chunk in in_clauses(permissions):
        soql = f"SELECT Id, DeveloperName FROM CustomPermission WHERE DeveloperName IN {chunk}"  # noqa: S608
        by_id |= {row["Id"]: row["DeveloperName"] for row in await org.query(soql)}
    found: dict[str, Bypass] = {}
    for chunk in in_clauses(sorted(by_id)):
        rows = await org.query(
            "SELECT SetupEntityId, Parent.Id, Parent.Name, Parent.IsOwnedByProfile FROM SetupEntityAccess "  # noqa: S608
            f"WHERE SetupEntityType = 'CustomPermission' AND SetupEntityId IN {chunk}"
        )
        given = [(row["Parent"]["Name"], row) for row in rows if row.get("Parent")]
        for name, row in sorted(given, key=lambda one: one[0]):
            if not row["Parent"]["IsOwnedByProfile"]:
                permission = by_id[row["SetupEntityId"]]
                found.setdefault(permission, Bypass(name, (row["Parent"]["Id"],), (permission,)))
    return found


async def assign(
    org: Org, permission_set: str, *, pause: Pause = asyncio.sleep, shows: tuple[str, ...] = ()
) -> AsyncGenerator[Event, None]:
    """Gives our user the permission set; leaves it be when our user has it already (then there is no intent).

    `shows`: the fields (`Object.Field`) it is assigned for, when it is not to bypass automations.
    In production `org` must be under the permit of the act. Raises SwitchRefused when there is no such permission set,
    SwitchFailed when our user does not have it; after a lost reply the intent stays open, and `unassign` looks again.
    """
    found = await read_bypass(org, permission_set)
    if not found.ids:
        raise SwitchRefused(f"{org.alias} has no permission set {permission_set}.", org=org.alias)
    if await _assignments(org, found.ids[0], org.user_id):
        text = f"our user has {permission_set} already and keeps it"
        yield session.Finding(level="info", text=text, org=org.alias)
        return
    intent = _intent(org, permission_set, found.ids[0], shows)
    yield intent
    refused = lost = ""
    try:
        results = await org.insert(
            "PermissionSetAssignment", [{"AssigneeId": org.user_id, "PermissionSetId": found.ids[0]}]
        )
        refused = "; ".join(error.message for result in results for error in result.errors)
    except SalesforceError as error:
        if error.written != "unknown":
            yield Settled(key=intent.key, result="not_done", detail=str(error))
            raise
        lost = str(error)
    if await _assignments(org, found.ids[0], org.user_id, pause if lost else None):
        yield Settled(key=intent.key, result="done", detail=lost)
        return
    detail = refused or lost or "the org does not have the assignment"
    yield Settled(key=intent.key, result="unknown" if lost else "not_done", detail=detail)
    raise SwitchFailed(
        f"{org.alias} did not assign {permission_set} to our user: {refused or 'no reply'}", org=org.alias
    )


def _intent(org: Org, permission_set: str, id: str, shows: tuple[str, ...]) -> seed.BypassAssign:
    common: dict[str, Any] = {
        "org": org.alias,
        "org_id": org.org_id,
        "before": {"permission_set_id": id, "assigned": False},
        "permission_set": permission_set,
        "user_id": org.user_id,
    }
    unique = f"{org.alias}/{permission_set}/{secrets.token_hex(6)}"
    if shows:
        return seed.AccessAssign(key=f"access/{unique}", fields=shows, **common)
    return seed.BypassAssign(key=f"bypass/{unique}", **common)


async def unassign(org: Org, intent: seed.BypassAssign, *, pause: Pause = asyncio.sleep) -> AsyncGenerator[Event, None]:
    """Takes away what `intent` gave, or finds that it is gone. Raises RestoreFailed when our user still has it.

    One that is not there is looked for again: the request of a lost process may still be on its way.
    """
    if org.org_id != intent.org_id:
        raise WrongOrg(f"{org.alias} is org {org.org_id} now, not {intent.org_id}.", org=org.alias)
    permission_set = str(intent.before["permission_set_id"])
    ids = await _assignments(org, permission_set, intent.user_id, pause)
    refused = ""
    if ids:
        try:
            results = await org.delete(ids)
            refused = "; ".join(error.message for result in results for error in result.errors)
        except SalesforceError as error:
            if error.written != "unknown":
                raise
    if await _assignments(org, permission_set, intent.user_id):
        raise RestoreFailed(
            f"Our user still has {intent.permission_set} in {org.alias}: {refused or 'no reply'}",
            org=org.alias,
            next="Run restore again, or take it away in Setup.",
        )
    yield Settled(key=intent.key, result="undone")


async def _assignments(org: Org, permission_set: str, user_id: str, pause: Pause | None = None) -> list[str]:
    """Ids of the assignments; with `pause`, asked a few times as long as there are none."""
    soql = (
        f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {quote(permission_set)} "  # noqa: S608
        f"AND AssigneeId = {quote(user_id)}"
    )
    ids = [row["Id"] for row in await org.query(soql)]
    for wait in _LOOKS if pause else ():
        if ids:
            break
        assert pause is not None
        await pause(wait)
        ids = [row["Id"] for row in await org.query(soql)]
    return ids
