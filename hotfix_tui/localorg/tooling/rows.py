"""Rows of setup objects, made from components: what SOQL over the Tooling API, and some of the data API, reads.

The tables and their columns are the schema room's. Rows are made anew for a type whenever components of it change.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.apex import trigger_header
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.tooling import code_rows, flow_rows, permission_rows, tab_rows
from hotfix_tui.localorg.tooling.metadata_json import to_json
from hotfix_tui.localorg.tooling.on_demand import Names, OnDemand
from hotfix_tui.localorg.tooling.support import Row, audit, entity_id

if TYPE_CHECKING:
    from hotfix_tui.localorg.metadata.job import DeployJob
    from hotfix_tui.localorg.org import LocalOrg

_USAGE = {
    "before insert": "UsageBeforeInsert",
    "before update": "UsageBeforeUpdate",
    "before delete": "UsageBeforeDelete",
    "after insert": "UsageAfterInsert",
    "after update": "UsageAfterUpdate",
    "after delete": "UsageAfterDelete",
    "after undelete": "UsageAfterUndelete",
}


Maker = Callable[["LocalOrg", Component], Row]
_FLOWS = frozenset({"Flow", "FlowDefinition", "FlowDefinitionView", "FlowVersionView"})


class SetupRows:
    """Keeps the rows in step with the components: most of them when they are asked for, some at once."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._simple: dict[str, Maker] = {
            "ApexClass": apex_class,
            "ApexComponent": code_rows.visualforce,
            "ApexPage": code_rows.visualforce,
            "ApexTrigger": apex_trigger,
            "AssignmentRule": routing_rule,
            "AutoResponseRule": routing_rule,
            "CustomField": custom_field,
            "CustomObject": custom_object,
            "DuplicateRule": duplicate_rule,
            "Layout": layout,
            "LightningComponentBundle": code_rows.lightning_bundle,
            "RecordType": record_type,
            "StaticResource": code_rows.static_resource,
            "ValidationRule": validation_rule,
            "WorkflowRule": workflow_rule,
        }
        fills = {name: frozenset({name}) for name in self._simple if name != "RecordType"}
        fills["CustomObject"] |= {"EntityDefinition", "TabDefinition"}
        fills["CustomTab"] = frozenset({"TabDefinition"})
        fills["LightningComponentBundle"] |= {"LightningComponentResource"}
        fills["Flow"] = _FLOWS
        self._on_demand = OnDemand(org.store, fills, self._make)

    def refresh(self, changed: Mapping[str, Names]) -> None:
        """Components have changed: full names by type, None where all of the type may have."""
        if changed.keys() & permission_rows.TYPES:
            permission_rows.refresh(self._org, changed)
        for type_name, names in changed.items():
            self._on_demand.changed(type_name, names)
        if "RecordType" in changed:
            self._rows_of("RecordType", changed["RecordType"])
        if "ApexTestSuite" in changed or ("ApexClass" in changed and self._has_rows("ApexTestSuite")):
            code_rows.refresh_suites(self._org)
        if "Settings" in changed:
            code_rows.refresh_settings(self._org)

    def begin(self) -> None:
        """Sees to the rows of standard objects, in an org that never had a custom one."""
        if not self._org.store.meta("setup rows"):
            with self._org.store.transaction():
                self._org.store.set_meta("setup rows", "begun")
                self._on_demand.changed("CustomObject", None)
        if not self._has_rows("SourceTrackingSettings"):
            code_rows.refresh_settings(self._org)

    def make_all(self) -> None:
        """Makes what would be made at the first question, so that the question is answered at once."""
        self._on_demand.make_all()

    def _has_rows(self, table: str) -> bool:
        return self._org.store.value(f'SELECT 1 FROM "{table}" LIMIT 1') is not None  # noqa: S608

    def _make(self, type_name: str, names: Names) -> None:
        if type_name == "Flow":
            flow_rows.refresh(self._org, names)
        elif type_name == "CustomTab":
            tab_rows.refresh(self._org)
        else:
            self._rows_of(type_name, names)
        if type_name == "CustomObject":
            self._entities()
        elif type_name == "LightningComponentBundle":
            code_rows.refresh_resources(self._org, names)

    def _rows_of(self, type_name: str, names: Names) -> None:
        """The rows of components that are made one by one."""
        store, maker = self._org.store, self._simple[type_name]
        known = store.columns(type_name)
        if not known:
            return
        components = self._org.components
        if names is None:
            store.execute(f'DELETE FROM "{type_name}"')  # noqa: S608
            found: Iterable[Component] = components.each(type_name)
        else:
            found = [component for name in sorted(names) if (component := components.get(type_name, name)) is not None]
            own = "SELECT id FROM _component WHERE type = ?"
            store.execute(f'DELETE FROM "{type_name}" WHERE Id NOT IN ({own})', (type_name,))  # noqa: S608
        for component in found:
            store.put_row(type_name, {key: value for key, value in maker(self._org, component).items() if key in known})

    def _entities(self) -> None:
        """EntityDefinition: every object of the schema has one, standard ones too. And their tabs."""
        known = self._org.store.columns("EntityDefinition")
        if not known:
            return
        rows = [entity_definition(self._org, found.name) for found in self._org.schema if found.api != "tooling"]
        kept = [{key: value for key, value in row.items() if key in known} for row in rows]
        self._org.store.replace_rows("EntityDefinition", kept)
        tab_rows.refresh(self._org)

    def deploy_changed(self, job: DeployJob) -> None:
        """Keeps the DeployRequest row of a deployment in step. Its details are not there, as in a real org."""
        known = self._org.store.columns("DeployRequest")
        if not known:
            return
        row = {key: value for key, value in deploy_request(job).items() if key in known}
        if self._org.store.update_row("DeployRequest", job.id, {k: v for k, v in row.items() if k != "Id"}) == 0:
            self._org.store.insert_row("DeployRequest", row)


def apex_class(org: LocalOrg, component: Component) -> Row:
    """ApexClass."""
    return {**_apex(component), "SymbolTable": None}


def _apex(component: Component) -> Row:
    meta = xml.parse(component.xml)
    body = component.body
    return {
        **audit(component),
        "Name": component.full_name,
        "ApiVersion": float(xml.text(meta, "apiVersion") or 0),
        "Status": xml.text(meta, "status") or "Active",
        "IsValid": True,
        "Body": body,
        "BodyCrc": float(zlib.crc32(body.encode())),
        "LengthWithoutComments": len(body),
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def apex_trigger(org: LocalOrg, component: Component) -> Row:
    """ApexTrigger: its object and events from the source."""
    header = trigger_header(component.body)
    events = header.events if header else ()
    target = entity_id(org, header.object) if header else ""
    usage = {column: event in events for event, column in _USAGE.items()}
    return {**_apex(component), **usage, "UsageIsBulk": False, "TableEnumOrId": target, "EntityDefinitionId": target}


def validation_rule(org: LocalOrg, component: Component) -> Row:
    """ValidationRule."""
    root = xml.parse(component.xml)
    owner, _, name = component.full_name.partition(".")
    return {
        **audit(component),
        "EntityDefinitionId": entity_id(org, owner),
        "ValidationName": name,
        "Active": xml.text(root, "active") == "true",
        "Description": xml.text(root, "description") or None,
        "ErrorDisplayField": xml.text(root, "errorDisplayField") or None,
        "ErrorMessage": xml.text(root, "errorMessage"),
        "ErrorConditionFormula": xml.text(root, "errorConditionFormula"),
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def workflow_rule(org: LocalOrg, component: Component) -> Row:
    """WorkflowRule."""
    owner, _, name = component.full_name.partition(".")
    return {
        **audit(component),
        "Name": name,
        "TableEnumOrId": entity_id(org, owner),
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def routing_rule(org: LocalOrg, component: Component) -> Row:
    """AssignmentRule and AutoResponseRule."""
    owner, _, name = component.full_name.partition(".")
    active = xml.text(xml.parse(component.xml), "active") == "true"
    return {**audit(component), "Name": name, "SobjectType": owner, "EntityDefinitionId": owner, "Active": active}


def custom_field(org: LocalOrg, component: Component) -> Row:
    """CustomField of the Tooling API: its DeveloperName is without `__c`."""
    root = xml.parse(component.xml)
    owner, _, name = component.full_name.partition(".")
    return {
        **audit(component),
        "EntityDefinitionId": entity_id(org, owner),
        "TableEnumOrId": entity_id(org, owner),
        "DeveloperName": name.removesuffix("__c"),
        "InlineHelpText": xml.text(root, "inlineHelpText") or None,
        "Length": _int(root, "length"),
        "Precision": _int(root, "precision"),
        "Scale": _int(root, "scale"),
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def _int(root: xml.Element, tag: str) -> int | None:
    text = xml.text(root, tag)
    return int(text) if text.isdigit() else None


def custom_object(org: LocalOrg, component: Component) -> Row:
    """CustomObject of the Tooling API."""
    root = xml.parse(component.xml) if component.files else None
    return {
        **audit(component),
        "DeveloperName": component.full_name.rpartition("__")[0] or component.full_name,
        "Description": (xml.text(root, "description") or None) if root is not None else None,
        "SharingModel": (xml.text(root, "sharingModel") or None) if root is not None else None,
    }


def entity_definition(org: LocalOrg, name: str) -> Row:
    """EntityDefinition: Id and DurableId are the object's name, for custom objects their 15-character id."""
    found = org.schema.require(name)
    durable = entity_id(org, name)
    custom = org.components.get("CustomObject", name) if found.custom else None
    workable = (found.api != "tooling" and "layout" in found.flags) or found.custom
    return {
        "Id": durable,
        "DurableId": durable,
        "QualifiedApiName": found.name,
        "DeveloperName": found.name.rpartition("__")[0] or found.name,
        "MasterLabel": found.label,
        "Label": found.label,
        "PluralLabel": found.plural,
        "KeyPrefix": found.key_prefix,
        "IsCustomizable": bool(workable),
        "IsCustomSetting": found.setting is not None,
        "IsQueryable": True,
        "IsRetrieveable": True,
        "IsTriggerable": bool(found.custom or "trigger" in found.flags),
        "IsApexTriggerable": bool(found.custom or "trigger" in found.flags),
        "IsWorkflowEnabled": bool(workable),
        "IsProcessEnabled": bool(workable),
        "IsDeprecatedAndHidden": False,
        "InternalSharingModel": found.sharing_model or "ReadWrite",
        "ExternalSharingModel": found.sharing_model or "ReadWrite",
        "LastModifiedDate": custom.modified_at if custom else None,
        "LastModifiedById": custom.modified_by if custom else None,
    }


def duplicate_rule(org: LocalOrg, component: Component) -> Row:
    """DuplicateRule."""
    root = xml.parse(component.xml)
    owner, _, name = component.full_name.partition(".")
    return {
        **audit(component),
        "IsDeleted": False,
        "SobjectType": owner,
        "DeveloperName": name,
        "Language": "en_US",
        "MasterLabel": xml.text(root, "masterLabel") or name,
        "IsActive": xml.text(root, "isActive") == "true",
    }


def record_type(org: LocalOrg, component: Component) -> Row:
    """RecordType."""
    root = xml.parse(component.xml)
    owner, _, name = component.full_name.partition(".")
    return {
        **audit(component),
        "Name": xml.text(root, "label") or name,
        "DeveloperName": name,
        "Description": xml.text(root, "description") or None,
        "SobjectType": owner,
        "IsActive": xml.text(root, "active") == "true",
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def layout(org: LocalOrg, component: Component) -> Row:
    """Layout."""
    owner, _, name = component.full_name.partition("-")
    return {
        **audit(component),
        "Name": name,
        "TableEnumOrId": entity_id(org, owner),
        "EntityDefinitionId": entity_id(org, owner),
        "LayoutType": "Standard",
        "FullName": component.full_name,
        "Metadata": to_json(component.type, component.xml),
    }


def deploy_request(job: DeployJob) -> dict[str, Any]:
    """DeployRequest of a deployment; TestLevel is null, as real orgs have it."""
    return {
        "Id": job.id,
        "Status": job.status,
        "Type": "Api",
        "CheckOnly": job.options.check_only,
        "IgnoreWarnings": job.options.ignore_warnings,
        "RollbackOnError": job.options.rollback_on_error,
        "RunTestsEnabled": job.test_level not in ("", "NoTestRun"),
        "TestLevel": None,
        "StateDetail": job.state_detail or None,
        "ErrorMessage": job.error_message or None,
        "ErrorStatusCode": job.error_code or None,
        "NumberComponentsDeployed": job.components_deployed,
        "NumberComponentsTotal": job.components_total,
        "NumberComponentErrors": job.component_errors,
        "NumberTestsCompleted": job.tests_completed,
        "NumberTestsTotal": job.tests_total,
        "NumberTestErrors": job.test_errors,
        "CreatedDate": job.created_at,
        "CreatedById": job.created_by,
        "StartDate": job.started_at or None,
        "CompletedDate": job.completed_at or None,
        "LastModifiedDate": job.modified_at,
        "CanceledById": job.canceled_by or None,
    }
