"""The way past automations that ask a setting: a row for our user alone, for the time of a write.

Two sorts are known. A hierarchy custom setting (`$Setup.Switches__c.Skip_Rules__c` in a formula,
`Switches__c.getInstance().Skip_Rules__c` in Apex) is answered by the row of the user, before that of the profile or
the org (Apex Developer Guide, "Custom Settings Methods"). The trigger handlers of the Nonprofit Success Pack and of
Education Data Architecture are rows with the usernames they pass by (`Usernames_to_Exclude__c`, TDTM_TriggerHandler
in the packages' public sources). What other packages offer is found by the names of their own settings.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.deploying import Pause
from hotfix_tui.automation.errors import RestoreFailed, SwitchFailed
from hotfix_tui.automation.model import SettingRows
from hotfix_tui.events import Event, Settled, automation, session
from hotfix_tui.salesforce.errors import NotFound, SalesforceError, WrongOrg
from hotfix_tui.salesforce.soql import quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

OWNER = "SetupOwnerId"
EXCLUDED = "Usernames_to_Exclude__c"
_FORMULA = re.compile(r"\$Setup\.(\w+__c)\.(\w+__c)", re.I)
_APEX = re.compile(r"\b(\w+__c)\s*\.\s*get(?:Instance|OrgDefaults|Values)\s*\([^)]*\)\s*\.\s*(\w+__c)", re.I)
# Seconds between looks for a row whose request may still be on its way.
_LOOKS = (0.2, 1.0, 2.0)


def settings_named(text: str) -> list[tuple[str, str]]:
    """(setting, field) pairs that a body or a formula asks, in the order of their first mention."""
    return list(dict.fromkeys([*_FORMULA.findall(text), *_APEX.findall(text)]))


async def setting_of(org: Org, name: str, field: str) -> SettingRows | None:
    """The row of a hierarchy custom setting that turns the checkbox `field` on for our user; None when it cannot be."""
    try:
        described = await org.describe(name)
    except NotFound:
        return None
    column = described.fields.get(field)
    if not described.custom_setting or column is None or column.type != "boolean" or not column.updateable:
        return None
    owner = described.fields.get(OWNER)
    if owner is None or not owner.createable:
        return None  # a list setting has no rows of users
    own = await _rows_of(org, name, org.user_id, [field])
    if not own:
        return SettingRows(name, {"": {field: True}}, {})
    return SettingRows(name, {row: {field: True} for row in own}, own)


def excluding(name: str, rows: Iterable[Mapping[str, Any]], field: str, username: str) -> SettingRows:
    """Our username added to the list in `field` of each of the rows that lacks it."""
    before: dict[str, dict[str, Any]] = {}
    values: dict[str, dict[str, Any]] = {}
    for row in rows:
        listed = _names(row.get(field))
        if username.lower() not in (one.lower() for one in listed):
            before[row["Id"]] = {field: row.get(field)}
            values[row["Id"]] = {field: ";".join([*listed, username])}
    return SettingRows(name, values, before)


def merged(rows: Iterable[SettingRows]) -> list[SettingRows]:
    """One for each object, with all its fields."""
    found: dict[str, SettingRows] = {}
    for one in rows:
        kept = found.setdefault(one.object, SettingRows(one.object, {}, {}))
        for record_id, values in one.values.items():
            kept.values.setdefault(record_id, {}).update(values)
        for record_id, values in one.before.items():
            kept.before.setdefault(record_id, {}).update(values)
    return list(found.values())


async def write_settings(org: Org, rows: SettingRows) -> AsyncGenerator[Event, None]:
    """Writes them, intent first. Rows that say so already need nothing: there is no intent then.

    In production `org` must be under the permit of the act. Raises SwitchFailed when the org does not have them
    afterwards; after a lost reply the intent stays open, and `take_back` looks again.
    """
    wanted = {
        record_id: values
        for record_id, values in rows.values.items()
        if not record_id or any(rows.before[record_id].get(name) != value for name, value in values.items())
    }
    if not wanted:
        return
    intent = automation.SettingSwitch(
        key=f"setting/{org.alias}/{rows.object}/{secrets.token_hex(6)}",
        org=org.alias,
        org_id=org.org_id,
        before={"rows": rows.before, "owner": org.user_id},
        object=rows.object,
        values=wanted,
    )
    yield intent
    refused = lost = ""
    try:
        if made := wanted.get(""):
            results = await org.insert(rows.object, [{OWNER: org.user_id, **made}])
        else:
            results = await org.update(rows.object, [{"Id": one, **values} for one, values in wanted.items()])
        refused = "; ".join(error.message for result in results for error in result.errors)
    except SalesforceError as error:
        if error.written != "unknown":
            yield Settled(key=intent.key, result="not_done", detail=str(error))
            raise
        lost = str(error)
    if await _is_written(org, intent):
        yield Settled(key=intent.key, result="done", detail=lost)
        return
    # Of several rows some may have been taken; what was begun is taken back.
    result = "not_done" if refused and "" in wanted else "unknown"
    yield Settled(key=intent.key, result=result, detail=refused or lost or "the org does not have them")
    raise SwitchFailed(f"{org.alias} did not take {rows.object} for our user: {refused or 'no reply'}", org=org.alias)


async def take_back(
    org: Org, intent: automation.SettingSwitch, *, pause: Pause = asyncio.sleep
) -> AsyncGenerator[Event, None]:
    """Brings the rows back to what they were, or finds that they are. Raises RestoreFailed, WrongOrg.

    What somebody else wrote into them meanwhile stays, with a finding; of a list only our own name is taken out.
    """
    if org.org_id != intent.org_id:
        raise WrongOrg(f"{org.alias} is org {org.org_id} now, not {intent.org_id}.", org=org.alias)
    refused: list[str] = []
    made = intent.values.get("")
    if made is not None:
        refused += await _delete_made(org, intent, made, pause)
    now = await _rows_by_id(org, intent)
    bodies: list[dict[str, Any]] = []
    for record_id, values in intent.values.items():
        if not record_id or record_id not in now:
            continue
        back, left = _way_back(values, intent.before["rows"][record_id], now[record_id], org.username)
        if back:
            bodies.append({"Id": record_id, **back})
        if left:
            text = f"{intent.object} {record_id}: somebody changed {', '.join(left)} meanwhile; that stays"
            yield session.Finding(level="warning", text=text, org=org.alias)
    refused += await _update(org, intent.object, bodies)
    if refused:
        raise RestoreFailed(
            f"{intent.object} in {org.alias} still passes our user by: {'; '.join(refused)}",
            org=org.alias,
            next="Run restore again, or put it right in Setup, Custom Settings.",
        )
    yield Settled(key=intent.key, result="undone")


def _way_back(
    written: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any], username: str
) -> tuple[dict[str, Any], list[str]]:
    """What is written to come back, and the fields that somebody else changed to something of their own."""
    back: dict[str, Any] = {}
    left: list[str] = []
    for name, value in written.items():
        if now.get(name) == value:
            back[name] = before.get(name)
        elif name.endswith(EXCLUDED):
            others = [one for one in _names(now.get(name)) if one.lower() != username.lower()]
            if len(others) != len(_names(now.get(name))):
                back[name] = ";".join(others) or None
                left.append(name)
        elif now.get(name) != before.get(name):
            left.append(name)
    return back, left


async def _delete_made(org: Org, intent: automation.SettingSwitch, made: Mapping[str, Any], pause: Pause) -> list[str]:
    """Deletes the row made for our user. One that is not there is looked for again: it may still be on its way."""
    there = await _rows_of(org, intent.object, intent.before["owner"], made)
    for wait in _LOOKS:
        if there:
            break
        await pause(wait)
        there = await _rows_of(org, intent.object, intent.before["owner"], made)
    refused: list[str] = []
    if there:
        try:
            refused = [error.message for result in await org.delete(list(there)) for error in result.errors]
        except SalesforceError as error:
            if error.written != "unknown":
                raise
    left = await _rows_of(org, intent.object, intent.before["owner"], made)
    return (refused or ["no reply"]) if left else []


async def _update(org: Org, name: str, bodies: list[dict[str, Any]]) -> list[str]:
    if not bodies:
        return []
    try:
        return [error.message for result in await org.update(name, bodies) for error in result.errors]
    except SalesforceError as error:
        if error.written != "unknown":
            raise
    # The reply was lost: asking is cheaper than guessing, and writing the same values again does no harm.
    return [error.message for result in await org.update(name, bodies) for error in result.errors]


async def _is_written(org: Org, intent: automation.SettingSwitch) -> bool:
    if made := intent.values.get(""):
        return any(row == made for row in (await _rows_of(org, intent.object, org.user_id, made)).values())
    now = await _rows_by_id(org, intent)
    return all(
        now.get(record_id, {}).get(name) == value
        for record_id, values in intent.values.items()
        for name, value in values.items()
    )


async def _rows_of(org: Org, name: str, owner: str, fields: Iterable[str]) -> dict[str, dict[str, Any]]:
    columns = list(fields)
    soql = f"SELECT Id, {', '.join(columns)} FROM {name} WHERE {OWNER} = {quote(owner)}"  # noqa: S608
    return {row["Id"]: {column: row.get(column) for column in columns} for row in await org.query(soql)}


async def _rows_by_id(org: Org, intent: automation.SettingSwitch) -> dict[str, dict[str, Any]]:
    from hotfix_tui.salesforce.soql import in_clauses

    ids = [record_id for record_id in intent.values if record_id]
    columns = sorted({name for record_id in ids for name in intent.values[record_id]})
    found: dict[str, dict[str, Any]] = {}
    for chunk in in_clauses(ids):
        soql = f"SELECT Id, {', '.join(columns)} FROM {intent.object} WHERE Id IN {chunk}"  # noqa: S608
        found |= {row["Id"]: {column: row.get(column) for column in columns} for row in await org.query(soql)}
    return found


def _names(text: Any) -> list[str]:
    return [one.strip() for one in str(text or "").split(";") if one.strip()]
