"""What else runs when rows are saved: processes, rules of cases and leads, roll-ups, switches of packages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.model import (
    ASSIGNMENT,
    AUTO_RESPONSE,
    ESCALATION,
    FLOW,
    PACKAGE_SWITCH,
    ROLL_UP,
    Automation,
)
from hotfix_tui.automation.settings import EXCLUDED, excluding
from hotfix_tui.salesforce.errors import NotFound, RequestRefused
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_ASSIGNED = ("Case", "Lead")
"""The objects that have assignment and auto-response rules; only cases have escalation rules."""
_HANDLERS = (("npsp__Trigger_Handler__c", "npsp__"), ("hed__Trigger_Handler__c", "hed__"))
"""Trigger handlers of managed packages, with the prefix of their fields: Nonprofit Success Pack, Education."""
_ON = "Active" + "__c"


async def others(org: Org, names: Sequence[str]) -> list[Automation]:
    """All of it, on the objects `names`. What an org does not know (it has no cases, no package) is not there."""
    found = [*await processes(org, names)]
    asked = [name for name in _ASSIGNED if name in names]
    if asked:
        found += await _rules(org, ASSIGNMENT, asked, tooling=False)
        found += await _rules(org, AUTO_RESPONSE, asked, tooling=True)
    if "Case" in names:
        found += await _escalation(org)
    return [*found, *await _handlers(org, names), *await _roll_ups(org, names)]


async def processes(org: Org, names: Sequence[str]) -> list[Automation]:
    """Active processes of Process Builder on `names`, as flows. Their object is said in their metadata only.

    A process is a flow of process type Workflow; `processMetadataValues` ObjectType names its object, TriggerType when
    it runs (Metadata API Developer Guide, Flow; seen in processes retrieved from real orgs).
    """
    views = await org.query(
        "SELECT ApiName, ActiveVersionId, ManageableState FROM FlowDefinitionView "
        "WHERE ProcessType = 'Workflow' AND IsActive = true"
    )
    mine: dict[str, tuple[dict[str, Any], str, dict[str, str], Any]] = {}
    for view in views:
        metadata = await flow_metadata(org, view["ActiveVersionId"])
        said = _process_values(metadata)
        if said.get("ObjectType") in names:
            mine[view["ApiName"]] = (view, said["ObjectType"], said, metadata)
    found: list[Automation] = []
    for chunk in in_clauses(sorted(mine)):
        soql = (
            "SELECT Id, DeveloperName, ActiveVersion.VersionNumber, LatestVersion.VersionNumber "  # noqa: S608
            f"FROM FlowDefinition WHERE DeveloperName IN {chunk}"
        )
        for row in await org.tooling_query(soql):
            view, obj, said, process = mine[row["DeveloperName"]]
            version = (row.get("ActiveVersion") or {}).get("VersionNumber")
            latest = (row.get("LatestVersion") or {}).get("VersionNumber")
            managed = "" if view.get("ManageableState") in OURS else "a managed package"
            found.append(
                Automation(
                    FLOW,
                    row["DeveloperName"],
                    obj,
                    row["Id"],
                    version is not None,
                    "switch_off",
                    version=version,
                    before={"id": row["Id"], "active": version is not None, "version": version, "latest": latest},
                    text=str(process),
                    timing=_PROCESS_TIMES.get(said.get("TriggerType", ""), "process, after save"),
                    managed=managed,
                    detail="belongs to a managed package" if managed else "",
                )
            )
    return sorted(found, key=lambda one: one.name)


_PROCESS_TIMES = {
    "onCreateOnly": "process, after insert",
    "onAllChanges": "process, after insert and update",
}
# States of a component that came with a managed package and is not ours to change.
OURS = frozenset({None, "", "unmanaged", "installedEditable"})


async def flow_metadata(org: Org, version_id: str) -> Mapping[str, Any]:
    """The Metadata of one flow version; empty where the org does not show it (a managed one)."""
    try:
        metadata = (await org.tooling_record("Flow", version_id)).get("Metadata")
    except RequestRefused:
        return {}
    return metadata if isinstance(metadata, Mapping) else {}


def _process_values(metadata: Mapping[str, Any]) -> dict[str, str]:
    values: dict[str, str] = {}
    for one in metadata.get("processMetadataValues") or ():
        value = one.get("value") or {}
        values[str(one.get("name"))] = str(value.get("stringValue") or value.get("elementReference") or "")
    return values


async def _rules(org: Org, kind: str, objects: Sequence[str], *, tooling: bool) -> list[Automation]:
    """Assignment rules (data API) or auto-response rules (Tooling API; its EntityDefinitionId is the object's name)."""
    column = "EntityDefinitionId" if tooling else "SobjectType"
    soql = f"SELECT Id, Name, Active, {column} FROM {kind}"  # noqa: S608
    try:
        rows = await (org.tooling_query(soql) if tooling else org.query(soql))
    except (NotFound, RequestRefused):
        return []
    return [
        Automation(
            kind,
            f"{row[column]}.{row['Name']}",
            str(row[column]),
            row["Id"],
            row["Active"] is True,
            "header",
            before={"id": row["Id"], "active": row["Active"] is True},
            timing="after save",
        )
        for row in sorted(rows, key=lambda one: str(one["Name"]))
        if row[column] in objects
    ]


async def _escalation(org: Org) -> list[Automation]:
    """Escalation rules of cases; the Metadata API alone tells which is active."""
    from lxml import etree

    try:
        files = await org.read_metadata("EscalationRules", ["Case"])
    except RequestRefused:
        return []
    found: list[Automation] = []
    for content in files.values():
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for rule in etree.fromstring(content, parser).iter("{*}escalationRule"):
            name, active = rule.findtext("{*}fullName") or "", rule.findtext("{*}active") == "true"
            timing = "by time, after save"
            found.append(Automation(ESCALATION, f"Case.{name}", "Case", "", active, "leave", timing=timing))
    return found


async def _handlers(org: Org, names: Sequence[str]) -> list[Automation]:
    """Active trigger handlers of known packages on `names`, one item an object, with our username to be excluded."""
    found: list[Automation] = []
    for handler, prefix in _HANDLERS:
        column = f"{prefix}{EXCLUDED}"
        for chunk in in_clauses(names):
            soql = (
                f"SELECT Id, {prefix}Class__c, {prefix}Object__c, {column} FROM {handler} "  # noqa: S608
                f"WHERE {prefix}{_ON} = true AND {prefix}Object__c IN {chunk}"
            )
            try:
                rows = await org.query(soql)
            except RequestRefused:
                break  # the package is not there: asking is cheaper than the list of all objects
            for obj in sorted({row[f"{prefix}Object__c"] for row in rows}):
                own = [row for row in rows if row[f"{prefix}Object__c"] == obj]
                ways = excluding(handler, own, column, org.username)
                classes = ", ".join(sorted(str(row[f"{prefix}Class__c"]) for row in own))
                found.append(
                    Automation(
                        PACKAGE_SWITCH,
                        f"{handler}.{obj}",
                        obj,
                        "",
                        bool(ways.values),
                        "setting",
                        setting=ways,
                        managed=prefix.rstrip("_"),
                        detail=classes if ways.values else f"{classes}; our user is excluded already",
                        timing="trigger",
                    )
                )
    return found


async def _roll_ups(org: Org, names: Sequence[str]) -> list[Automation]:
    """Roll-up summaries on the masters of `names`: saving a detail recalculates them; they have no switch."""
    masters: dict[str, set[str]] = {}
    for name in names:
        try:
            described = await org.describe(name)
        except NotFound:
            continue
        for field in described.fields.values():
            if field.master_detail:
                masters.setdefault(field.reference_to[0], set()).add(name)
    found: list[Automation] = []
    for master, details in sorted(masters.items()):
        for field in (await org.describe(master)).fields.values():
            if field.roll_up:
                text = f"recalculated, and {master} saved, whenever a row of {', '.join(sorted(details))} is"
                found.append(
                    Automation(
                        ROLL_UP, f"{master}.{field.name}", master, "", True, "leave", detail=text, timing="roll-up"
                    )
                )
    return found


async def switches_of(org: Org, namespaces: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Namespace → (setting, field) by which a managed package's triggers pass a user by, told by their names.

    A hierarchy custom setting of the package with a checkbox such as `SBQQ__TriggersDisabled__c`. *Assumed*: packages
    do not say so in any way that can be read; what is found is offered as what its name says.
    """
    if not namespaces:
        return {}
    found: dict[str, tuple[str, str]] = {}
    settings = [one for one in (await org.describe_global()).values() if one.custom_setting]
    for namespace in namespaces:
        for one in settings:
            if not one.name.lower().startswith(f"{namespace.lower()}__"):
                continue
            for field in (await org.describe(one.name)).fields.values():
                words = field.name.lower()
                disabling = any(word in words for word in ("disable", "bypass", "skip"))
                if field.type == "boolean" and "trigger" in words and disabling:
                    found.setdefault(namespace, (one.name, field.name))
    return found
