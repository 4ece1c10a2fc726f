"""Rows of flows: FlowDefinition, Flow (one a version) and FlowDefinitionView."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.flows import FlowVersion
from hotfix_tui.localorg.metadata.support import user_name
from hotfix_tui.localorg.tooling.metadata_json import to_json
from hotfix_tui.localorg.tooling.on_demand import Names
from hotfix_tui.localorg.tooling.support import Row, entity_id

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_TRIGGERED = {"RecordBeforeSave", "RecordAfterSave", "RecordBeforeDelete"}


_TABLES = ("Flow", "FlowDefinition", "FlowDefinitionView", "FlowVersionView")


def refresh(org: LocalOrg, names: Names) -> None:
    """Makes the rows of these flows anew; None for all of them."""
    flows = org.components.flows
    definitions = {item.full_name.lower(): item.id for item in org.components.properties("FlowDefinition")}
    for table, kept in zip(_TABLES, ("_flow_version", "_component", "_component", "_flow_version"), strict=True):
        own = f"SELECT id FROM {kept}{' WHERE type = ?' if kept == '_component' else ''}"  # noqa: S608
        told = ("FlowDefinition",) if kept == "_component" else ()
        org.store.execute(f"DELETE FROM {table} WHERE Id NOT IN ({own})", told)  # noqa: S608
    for name in sorted(names) if names is not None else flows.names():
        found = flows.versions(name)
        if not found:
            continue
        definition_id = definitions.get(name.lower(), "")
        for version in found:
            row = _version_row(version, definition_id)
            _put(org, "Flow", row)
            _put(org, "FlowVersionView", _version_view_row(version, row))
        _put(org, "FlowDefinition", _definition_row(definition_id, found))
        _put(org, "FlowDefinitionView", _view_row(org, definition_id, found))


def _put(org: LocalOrg, table: str, row: Row) -> None:
    known = org.store.columns(table)
    if known:
        org.store.put_row(table, {key: value for key, value in row.items() if key in known})


def _version_row(version: FlowVersion, definition_id: str) -> Row:
    root = xml.parse(version.body)
    return {
        "Id": version.id,
        "DefinitionId": definition_id,
        "MasterLabel": xml.text(root, "label") or version.name,
        "VersionNumber": version.number,
        "Status": version.status,
        "ProcessType": xml.text(root, "processType"),
        "Description": xml.text(root, "description") or None,
        "ManageableState": "unmanaged",
        "IsTemplate": xml.text(root, "isTemplate") == "true",
        "RunInMode": xml.text(root, "runInMode") or None,
        "ApiVersion": float(xml.text(root, "apiVersion") or 0) or None,
        "FullName": f"{version.name}-{version.number}",
        "Metadata": to_json("Flow", version.body),
        **_dates(version),
    }


def _version_view_row(version: FlowVersion, row: Row) -> Row:
    """FlowVersionView, from the row of Flow: its Id and DurableId are the version's."""
    shown = {key: row[key] for key in ("Description", "Status", "VersionNumber", "ProcessType", "RunInMode")}
    return {
        **shown,
        "Id": version.id,
        "DurableId": version.id,
        "FlowDefinitionViewId": row["DefinitionId"],
        "ApiVersion": f"{row['ApiVersion']:.1f}" if row["ApiVersion"] else None,
        "Label": row["MasterLabel"],
        "IsTemplate": row["IsTemplate"],
        "LastModifiedDate": version.modified_at,
    }


def _dates(version: FlowVersion) -> Row:
    return {
        "CreatedDate": version.created_at,
        "CreatedById": version.created_by,
        "LastModifiedDate": version.modified_at,
        "LastModifiedById": version.modified_by,
        "SystemModstamp": version.modified_at,
    }


def _active(versions: list[FlowVersion]) -> FlowVersion | None:
    return next((version for version in versions if version.status == "Active"), None)


def _definition_row(definition_id: str, versions: list[FlowVersion]) -> Row:
    latest, active = versions[-1], _active(versions)
    root = xml.parse(latest.body)
    number = active.number if active else None
    return {
        "Id": definition_id,
        "DeveloperName": latest.name,
        "MasterLabel": xml.text(root, "label") or latest.name,
        "Description": xml.text(root, "description") or None,
        "ManageableState": "unmanaged",
        "NamespacePrefix": None,
        "ActiveVersionId": active.id if active else None,
        "LatestVersionId": latest.id,
        "FullName": latest.name,
        "Metadata": {"activeVersionNumber": number, "description": None, "masterLabel": None, "urls": None},
        **_dates(versions[0]),
        "LastModifiedDate": max(version.modified_at for version in versions),
        "LastModifiedById": max(versions, key=lambda version: version.modified_at).modified_by,
    }


def _view_row(org: LocalOrg, definition_id: str, versions: list[FlowVersion]) -> Row:
    """FlowDefinitionView shows the active version, or the latest when none is active."""
    latest, active = versions[-1], _active(versions)
    shown = active or latest
    root = xml.parse(shown.body)
    start = xml.child(root, "start")
    trigger = (xml.text(start, "triggerType") or None) if start is not None else None
    target = xml.text(start, "object") if start is not None else ""
    entity = entity_id(org, target) if target and trigger else None
    found = org.schema.object(target) if target else None
    order = xml.text(root, "triggerOrder")
    return {
        "Id": definition_id,
        "DurableId": definition_id,
        "ApiName": shown.name,
        "Label": xml.text(root, "label") or shown.name,
        "Description": xml.text(root, "description") or None,
        "ProcessType": xml.text(root, "processType"),
        "TriggerType": trigger,
        "RecordTriggerType": (xml.text(start, "recordTriggerType") or None) if start is not None else None,
        "TriggerObjectOrEventId": entity,
        "TriggerObjectOrEventLabel": found.label if found and trigger in _TRIGGERED else None,
        "TriggerObjectOrEvent": entity,
        "TriggerOrder": int(order) if order.isdigit() else None,
        "NamespacePrefix": None,
        "ActiveVersionId": active.id if active else None,
        "LatestVersionId": latest.id,
        "VersionNumber": shown.number,
        "IsActive": active is not None,
        "IsOutOfDate": active is not None and active.number != latest.number,
        "IsTemplate": False,
        "Builder": "Flow Builder",
        "ManageableState": "unmanaged",
        "LastModifiedBy": user_name(org, shown.modified_by),
        "LastModifiedDate": shown.modified_at,
    }
