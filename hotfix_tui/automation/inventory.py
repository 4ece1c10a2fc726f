"""Finds what fires when rows of some objects are saved, with everything needed to come back to how it is now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.model import (
    DEPLOYED,
    DUPLICATE,
    FLOW,
    TRIGGER,
    VALIDATION,
    WORKFLOW,
    Automation,
    SwitchPlan,
)
from hotfix_tui.automation.offers import offered
from hotfix_tui.automation.others import OURS, flow_metadata, others, switches_of
from hotfix_tui.automation.package import own_files, unpack
from hotfix_tui.automation.settings import setting_of
from hotfix_tui.automation.states import rule_metadata
from hotfix_tui.salesforce.soql import in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_CUSTOM_OBJECT_PREFIX = "01I"


async def find(
    org: Org,
    objects: Iterable[str],
    *,
    bypass: str = "",
    switching: bool | None = None,
    choices: Mapping[str, str] | None = None,
) -> list[Automation]:
    """What fires when rows of `objects` are saved, item by item, with what can be done about each and what will be.

    `bypass`: the permission set that the data set names. `switching`: whether items may be switched off; by default
    where no bypass is named. Where the org is under production rules nothing is ever switched off. `choices` (full
    name → way) goes before the default of `offers`. What is off already stays off.
    """
    names = list(dict.fromkeys(objects))
    if not names:
        return []
    may_switch = (not bypass if switching is None else switching) and not org.kind.production_rules
    found = [
        *await _triggers(org, names),
        *await _validation_rules(org, names),
        *await _flows(org, names),
        *await _workflow_rules(org, names),
        *await _duplicate_rules(org, names),
        *await others(org, names),
    ]
    # A process of Process Builder may be listed with the record-triggered flows, too.
    found = list({one.full_name: one for one in found}.values())
    found = await _with_package_switches(org, found)
    told = await asyncio.gather(*(_with_text(org, one) for one in found))
    planned = await offered(org, told, bypass=bypass, switching=may_switch, choices=choices or {})
    return await _with_files(org, planned)


def _automation(kind: str, name: str, obj: str, row: Mapping[str, Any], *, active: bool, managed: str) -> Automation:
    plan: SwitchPlan = "switch_off" if active else "already_off"
    return Automation(
        kind,
        name,
        obj,
        row["Id"],
        active,
        plan,
        detail="belongs to a managed package" if managed else "",
        before={"id": row["Id"], "active": active},
        managed=managed,
    )


async def _triggers(org: Org, names: Sequence[str]) -> list[Automation]:
    rows = await org.tooling_query("SELECT Id, Name, Status, TableEnumOrId, NamespacePrefix FROM ApexTrigger")
    tables = await _tables(org, names, rows)
    return [
        _automation(
            TRIGGER,
            row["Name"],
            tables[row["TableEnumOrId"]],
            row,
            active=row["Status"] == "Active",
            managed=row.get("NamespacePrefix") or "",
        )
        for row in sorted(rows, key=lambda one: str(one["Name"]))
        if row["TableEnumOrId"] in tables
    ]


async def _tables(org: Org, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """TableEnumOrId → object. It is the object's name, or a custom object's Id (01I…) in either length."""
    tables = {name: name for name in names}
    if any(str(row["TableEnumOrId"]).startswith(_CUSTOM_OBJECT_PREFIX) for row in rows):
        for chunk in in_clauses(names):
            soql = f"SELECT DurableId, QualifiedApiName FROM EntityDefinition WHERE QualifiedApiName IN {chunk}"  # noqa: S608
            for entity in await org.tooling_query(soql):
                short = str(entity["DurableId"])[:15]
                for row in rows:
                    if str(row["TableEnumOrId"])[:15] == short:
                        tables[row["TableEnumOrId"]] = entity["QualifiedApiName"]
    return tables


async def _validation_rules(org: Org, names: Sequence[str]) -> list[Automation]:
    found: list[Automation] = []
    for chunk in in_clauses(names):
        soql = (
            "SELECT Id, ValidationName, Active, NamespacePrefix, EntityDefinition.QualifiedApiName FROM ValidationRule "  # noqa: S608
            f"WHERE EntityDefinition.QualifiedApiName IN {chunk}"
        )
        for row in await org.tooling_query(soql):
            obj = row["EntityDefinition"]["QualifiedApiName"]
            one = _automation(
                VALIDATION,
                f"{obj}.{row['ValidationName']}",
                obj,
                row,
                active=row["Active"] is True,
                managed=row.get("NamespacePrefix") or "",
            )
            found.append(one)
    told = await asyncio.gather(*(_with_metadata(org, one) for one in found))
    return sorted(told, key=lambda one: one.name)


async def _with_metadata(org: Org, one: Automation) -> Automation:
    metadata = await rule_metadata(org, one.kind, one.id)
    return replace(one, before={**one.before, "metadata": metadata})


async def _flows(org: Org, names: Sequence[str]) -> list[Automation]:
    views: dict[str, Mapping[str, Any]] = {}
    for chunk in in_clauses(names):
        soql = (
            "SELECT ApiName, IsActive, ActiveVersionId, ManageableState, TriggerType, "  # noqa: S608
            "TriggerObjectOrEvent.QualifiedApiName FROM FlowDefinitionView "
            f"WHERE TriggerObjectOrEvent.QualifiedApiName IN {chunk}"
        )
        views |= {row["ApiName"]: row for row in await org.query(soql)}
    found: list[Automation] = []
    for chunk in in_clauses(sorted(views)):
        soql = (
            "SELECT Id, DeveloperName, ActiveVersion.VersionNumber, LatestVersion.VersionNumber "  # noqa: S608
            f"FROM FlowDefinition WHERE DeveloperName IN {chunk}"
        )
        for row in await org.tooling_query(soql):
            found.append(_flow(row, views[row["DeveloperName"]]))
    return sorted(found, key=lambda one: one.name)


def _flow(row: Mapping[str, Any], view: Mapping[str, Any]) -> Automation:
    version = (row.get("ActiveVersion") or {}).get("VersionNumber")
    latest = (row.get("LatestVersion") or {}).get("VersionNumber")
    one = _automation(
        FLOW,
        row["DeveloperName"],
        (view.get("TriggerObjectOrEvent") or {}).get("QualifiedApiName") or "",
        row,
        active=version is not None,
        managed="" if view.get("ManageableState") in OURS else "a managed package",
    )
    detail = one.detail
    if version is not None and latest is not None and latest != version:
        detail = detail or f"version {latest} is a later one that is not active"
    before = {**one.before, "version": version, "latest": latest, "active_version_id": view.get("ActiveVersionId")}
    return replace(one, version=version, detail=detail, before=before, timing=_TIMES.get(str(view["TriggerType"]), ""))


_TIMES = {"RecordBeforeSave": "before save", "RecordAfterSave": "after save", "RecordBeforeDelete": "before delete"}


async def _workflow_rules(org: Org, names: Sequence[str]) -> list[Automation]:
    rows = await org.tooling_query("SELECT Id, Name, TableEnumOrId, NamespacePrefix FROM WorkflowRule")
    tables = await _tables(org, names, rows)
    found: list[Automation] = []
    mine = sorted((row for row in rows if row["TableEnumOrId"] in tables), key=lambda one: str(one["Name"]))
    bodies = await asyncio.gather(*(rule_metadata(org, WORKFLOW, row["Id"]) for row in mine))
    for row, metadata in zip(mine, (body or {} for body in bodies), strict=True):
        obj = tables[row["TableEnumOrId"]]
        active = metadata.get("active") is True
        managed = row.get("NamespacePrefix") or ""
        one = _automation(WORKFLOW, f"{obj}.{row['Name']}", obj, row, active=active, managed=managed)
        found.append(replace(one, text=str(metadata), timing="after save"))
    return found


async def _duplicate_rules(org: Org, names: Sequence[str]) -> list[Automation]:
    found: list[Automation] = []
    for chunk in in_clauses(names):
        soql = (
            "SELECT Id, DeveloperName, IsActive, SobjectType, NamespacePrefix FROM DuplicateRule "  # noqa: S608
            f"WHERE SobjectType IN {chunk}"
        )
        for row in await org.query(soql):
            obj = row["SobjectType"]
            name = f"{obj}.{row['DeveloperName']}"
            managed = row.get("NamespacePrefix") or ""
            found.append(_automation(DUPLICATE, name, obj, row, active=row["IsActive"] is True, managed=managed))
    return sorted(found, key=lambda one: one.name)


async def _with_files(org: Org, found: list[Automation]) -> list[Automation]:
    """Fetches the bodies of what is switched and comes back by them, in one retrieve.

    A rule comes back by its Tooling Metadata; its file is for the validation before it is switched. A deploy of
    duplicate rules needs all rules of the object, in order from 1: those that stay as they are come along.
    """
    switched = [one for one in found if one.kind in _FILED and one.plan == "switch_off"]
    if not switched:
        return found
    objects = {one.object for one in switched if one.kind == DUPLICATE}
    members: dict[str, list[str]] = {}
    for one in found:
        if one in switched or (one.kind == DUPLICATE and one.object in objects):
            members.setdefault(one.kind, []).append(one.name)
    files = unpack((await org.retrieve(members)).zip, org.alias)
    return [_filed(one, files, found) if one in switched else one for one in found]


_FILED = DEPLOYED | {VALIDATION}


def _filed(one: Automation, files: Mapping[str, str], found: Sequence[Automation]) -> Automation:
    own = own_files(one.kind, one.name, files)
    if not own:
        if one.kind == VALIDATION:
            return one  # its Metadata brings it back
        return replace(one, plan="cannot", detail="the org does not give its body, so it could not be restored")
    companions = [one.name]
    if one.kind == DUPLICATE:
        companions = [other.name for other in found if other.kind == DUPLICATE and other.object == one.object]
        own = {path: text for name in companions for path, text in own_files(DUPLICATE, name, files).items()}
    return replace(one, before={**one.before, "files": own, "members": companions})


async def _with_package_switches(org: Org, found: list[Automation]) -> list[Automation]:
    """Managed triggers with the setting of their package that passes our user by, where one says so by its name."""
    managed = [one for one in found if one.kind == TRIGGER and one.managed and one.active]
    switches = await switches_of(org, sorted({one.managed for one in managed}))
    rows = {namespace: await setting_of(org, *switch) for namespace, switch in switches.items()}
    return [replace(one, setting=rows.get(one.managed)) if one in managed else one for one in found]


async def _with_text(org: Org, one: Automation) -> Automation:
    """With what the automation says itself; classes and subflows that it calls are not looked into."""
    if not one.active or one.text:
        return one
    if one.kind == TRIGGER:
        columns = ", ".join(["Body", *_USAGES])
        rows = await org.tooling_query(f"SELECT Id, {columns} FROM ApexTrigger WHERE Id = {quote(one.id)}")  # noqa: S608
        row = rows[0] if rows else {}
        times = ", ".join(words for column, words in _USAGES.items() if row.get(column))
        return replace(one, text=str(row.get("Body") or ""), timing=times)
    if one.kind == FLOW:
        metadata = await flow_metadata(org, one.before["active_version_id"])
        paths = (metadata.get("start") or {}).get("scheduledPaths")
        scheduled = ", and scheduled paths: what they started stays" if paths else ""
        return replace(one, text=str(metadata), timing=one.timing + scheduled)
    if one.kind == VALIDATION:
        return replace(one, text=str(one.before.get("metadata") or ""), timing="on save")
    if one.kind == DUPLICATE:
        files = await org.read_metadata(DUPLICATE, [one.name])
        return replace(one, text=b"".join(files.values()).decode(), timing="on save")
    return one


_USAGES = {
    f"Usage{when}{act}": f"{when.lower()} {act.lower()}"
    for when in ("Before", "After")
    for act in ("Insert", "Update", "Delete")
}
