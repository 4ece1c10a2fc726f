"""Finds what fires when rows of some objects are saved, with everything needed to come back to how it is now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.bypass import Bypass, read_bypass
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
from hotfix_tui.automation.package import own_files, unpack
from hotfix_tui.automation.states import rule_metadata
from hotfix_tui.salesforce.soql import in_clauses, quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_CUSTOM_OBJECT_PREFIX = "01I"
# States of a component that came with a managed package and is not ours to change.
_OURS = frozenset({None, "", "unmanaged", "installedEditable"})


async def find(org: Org, objects: Iterable[str], *, bypass: str = "") -> list[Automation]:
    """The automations of `objects`: triggers, validation rules, record-triggered flows, workflow and duplicate rules.

    Where the org is under production rules nothing is ever switched off; there, and wherever `bypass` names a
    permission set, the plan says which automations ask for one of its custom permissions. Elsewhere the plan is to
    switch off what is on; what is off already stays off.
    """
    names = list(dict.fromkeys(objects))
    if not names:
        return []
    found = [
        *await _triggers(org, names),
        *await _validation_rules(org, names),
        *await _flows(org, names),
        *await _workflow_rules(org, names),
        *await _duplicate_rules(org, names),
    ]
    if bypass or org.kind.production_rules:
        passing = await read_bypass(org, bypass) if bypass else Bypass("", (), ())
        return [await _by_permission(org, one, passing) for one in found]
    return await _with_files(org, found)


def _plan(*, active: bool, managed: bool) -> SwitchPlan:
    if not active:
        return "already_off"
    return "cannot" if managed else "switch_off"


def _automation(kind: str, name: str, obj: str, row: Mapping[str, Any], *, active: bool, managed: bool) -> Automation:
    return Automation(
        kind,
        name,
        obj,
        row["Id"],
        active,
        _plan(active=active, managed=managed),
        detail="belongs to a managed package" if managed else "",
        before={"id": row["Id"], "active": active},
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
            managed=bool(row.get("NamespacePrefix")),
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
                managed=bool(row.get("NamespacePrefix")),
            )
            found.append(await _with_metadata(org, one))
    return sorted(found, key=lambda one: one.name)


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
        managed=view.get("ManageableState") not in _OURS,
    )
    detail = one.detail
    if version is not None and latest is not None and latest != version:
        detail = detail or f"version {latest} is a later one that is not active"
    before = {**one.before, "version": version, "latest": latest, "active_version_id": view.get("ActiveVersionId")}
    return replace(one, version=version, detail=detail, before=before)


async def _workflow_rules(org: Org, names: Sequence[str]) -> list[Automation]:
    rows = await org.tooling_query("SELECT Id, Name, TableEnumOrId, NamespacePrefix FROM WorkflowRule")
    tables = await _tables(org, names, rows)
    found: list[Automation] = []
    for row in sorted((row for row in rows if row["TableEnumOrId"] in tables), key=lambda one: str(one["Name"])):
        obj = tables[row["TableEnumOrId"]]
        metadata = await rule_metadata(org, WORKFLOW, row["Id"]) or {}
        active = metadata.get("active") is True
        managed = bool(row.get("NamespacePrefix"))
        found.append(_automation(WORKFLOW, f"{obj}.{row['Name']}", obj, row, active=active, managed=managed))
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
            managed = bool(row.get("NamespacePrefix"))
            found.append(_automation(DUPLICATE, name, obj, row, active=row["IsActive"] is True, managed=managed))
    return sorted(found, key=lambda one: one.name)


async def _with_files(org: Org, found: list[Automation]) -> list[Automation]:
    """Fetches the bodies of what is switched by deploy, in one retrieve.

    A deploy of duplicate rules needs all rules of the object, in order from 1: those that stay as they are come along.
    """
    switched = [one for one in found if one.kind in DEPLOYED and one.plan == "switch_off"]
    if not switched:
        return found
    objects = {one.object for one in switched if one.kind == DUPLICATE}
    members: dict[str, list[str]] = {}
    for one in found:
        if one in switched or (one.kind == DUPLICATE and one.object in objects):
            members.setdefault(one.kind, []).append(one.name)
    files = unpack((await org.retrieve(members)).zip, org.alias)
    return [_filed(one, files, found) if one in switched else one for one in found]


def _filed(one: Automation, files: Mapping[str, str], found: Sequence[Automation]) -> Automation:
    own = own_files(one.kind, one.name, files)
    if not own:
        return replace(one, plan="cannot", detail="the org does not give its body, so it could not be restored")
    companions = [one.name]
    if one.kind == DUPLICATE:
        companions = [other.name for other in found if other.kind == DUPLICATE and other.object == one.object]
        own = {path: text for name in companions for path, text in own_files(DUPLICATE, name, files).items()}
    return replace(one, before={**one.before, "files": own, "members": companions})


async def _by_permission(org: Org, one: Automation, passing: Bypass) -> Automation:
    if not one.active:
        return replace(one, plan="already_off")
    text = await _body(org, one)
    if passing.named_in(text):
        return replace(one, plan="bypass", detail=f"asks for {', '.join(passing.permissions)}")
    where = "there is no bypass permission set" if not passing.name else f"does not ask for {passing.name}'s permission"
    return replace(one, plan="cannot", detail=f"{where} in its own body: it will fire")


async def _body(org: Org, one: Automation) -> str:
    """What the automation itself says; classes and subflows that it calls are not looked into."""
    if one.kind == TRIGGER:
        rows = await org.tooling_query(f"SELECT Id, Body FROM ApexTrigger WHERE Id = {quote(one.id)}")  # noqa: S608
        return str(rows[0].get("Body") or "") if rows else ""
    if one.kind == FLOW and one.before.get("active_version_id"):
        return str((await org.tooling_record("Flow", one.before["active_version_id"])).get("Metadata") or "")
    if one.kind in (VALIDATION, WORKFLOW):
        return str(one.before.get("metadata") or await rule_metadata(org, one.kind, one.id) or "")
    return ""
