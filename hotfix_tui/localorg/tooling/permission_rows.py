"""Rows of permission sets and what they grant, of custom permissions, and of queues' groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.support import new_id
from hotfix_tui.localorg.tooling.support import Row, audit

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

TYPES = frozenset({"PermissionSet", "CustomPermission", "Queue", "Profile", "PermissionSetGroup"})
_ACCESS = (("customPermissions", "name", "CustomPermission"), ("classAccesses", "apexClass", "ApexClass"))
_OBJECT_RIGHTS = {
    "PermissionsCreate": "allowCreate",
    "PermissionsRead": "allowRead",
    "PermissionsEdit": "allowEdit",
    "PermissionsDelete": "allowDelete",
    "PermissionsViewAllRecords": "viewAllRecords",
    "PermissionsModifyAllRecords": "modifyAllRecords",
}


def refresh(org: LocalOrg) -> None:
    """Brings the rows in step. Rows that no component made (profiles' own sets, assignments) stay."""
    _merge(org, "CustomPermission", [_custom_permission(item) for item in org.components.list("CustomPermission")])
    _merge(org, "PermissionSet", [_permission_set(item) for item in org.components.list("PermissionSet")])
    _merge(org, "PermissionSetGroup", [_group_of_sets(item) for item in org.components.list("PermissionSetGroup")])
    _queues(org)
    for component in org.components.list("PermissionSet"):
        _grants(org, component, component.id)
    for component in org.components.list("Profile"):
        parent = org.store.value(
            "SELECT p.Id FROM PermissionSet p JOIN Profile f ON f.Id = p.ProfileId WHERE f.Name = ?",
            (_profile_name(component.full_name),),
        )
        if parent is not None:
            _grants(org, component, str(parent))


def _profile_name(full_name: str) -> str:
    """The Metadata API calls some profiles by other names than the user interface."""
    return {"Admin": "System Administrator", "Standard": "Standard User", "ReadOnly": "Read Only"}.get(
        full_name, full_name
    )


def _merge(org: LocalOrg, table: str, rows: list[Row]) -> None:
    """Writes the rows by id, and removes rows of components that are gone."""
    known = org.store.columns(table)
    if not known:
        return
    made_key = f"rows:{table}"
    before = set(org.store.meta(made_key).split())
    for row in rows:
        kept = {key: value for key, value in row.items() if key in known}
        if org.store.update_row(table, row["Id"], {k: v for k, v in kept.items() if k != "Id"}) == 0:
            org.store.insert_row(table, kept)
    now = {str(row["Id"]) for row in rows}
    for gone in before - now:
        org.store.execute(f'DELETE FROM "{table}" WHERE Id = ?', (gone,))  # noqa: S608
        if table == "PermissionSet":
            _forget_grants(org, gone)
    org.store.set_meta(made_key, " ".join(sorted(now)))


def _forget_grants(org: LocalOrg, permission_set_id: str) -> None:
    """What a permission set granted, and to whom it was assigned, goes with it."""
    for table in _PREFIXES:
        org.store.execute(f'DELETE FROM "{table}" WHERE ParentId = ?', (permission_set_id,))  # noqa: S608
    org.store.execute("DELETE FROM PermissionSetAssignment WHERE PermissionSetId = ?", (permission_set_id,))


def _custom_permission(component: Component) -> Row:
    root = xml.parse(component.xml)
    return {
        **audit(component),
        "IsDeleted": False,
        "DeveloperName": component.full_name,
        "MasterLabel": xml.text(root, "label") or component.full_name,
        "Language": "en_US",
        "Description": xml.text(root, "description") or None,
        "IsLicensed": xml.text(root, "isLicensed") == "true",
    }


def _permission_set(component: Component) -> Row:
    root = xml.parse(component.xml)
    return {
        **audit(component),
        "Name": component.full_name,
        "Label": xml.text(root, "label") or component.full_name,
        "Description": xml.text(root, "description") or None,
        "IsOwnedByProfile": False,
        "IsCustom": True,
        "Type": "Regular",
        "HasActivationRequired": xml.text(root, "hasActivationRequired") == "true",
    }


def _group_of_sets(component: Component) -> Row:
    root = xml.parse(component.xml)
    return {
        **audit(component),
        "IsDeleted": False,
        "DeveloperName": component.full_name,
        "MasterLabel": xml.text(root, "label") or component.full_name,
        "Description": xml.text(root, "description") or None,
        "Status": "Updated",
    }


def _queues(org: LocalOrg) -> None:
    queues = org.components.list("Queue")
    _merge(org, "Group", [_queue(item) for item in queues])
    known = org.store.columns("QueueSobject")
    for component in queues:
        org.store.execute("DELETE FROM QueueSobject WHERE QueueId = ?", (component.id,))
        for sobject in xml.descendants(xml.parse(component.xml), "sobjectType"):
            row = {
                "Id": new_id(org, "03g"),
                "QueueId": component.id,
                "SobjectType": xml.text(sobject),
                "SystemModstamp": component.modified_at,
            }
            org.store.insert_row("QueueSobject", {key: value for key, value in row.items() if key in known})


def _queue(component: Component) -> Row:
    root = xml.parse(component.xml)
    return {
        **audit(component),
        "Name": xml.text(root, "name") or component.full_name,
        "DeveloperName": component.full_name,
        "Type": "Queue",
        "Email": xml.text(root, "email") or None,
        "DoesSendEmailToMembers": xml.text(root, "doesSendEmailToMembers") == "true",
        "DoesIncludeBosses": False,
    }


def _grants(org: LocalOrg, component: Component, parent_id: str) -> None:
    root = xml.parse(component.xml)
    at = component.modified_at
    _replace(org, "SetupEntityAccess", parent_id, _setup_entities(org, root), at)
    fields = [
        {
            "SobjectType": xml.text(grant, "field").partition(".")[0],
            "Field": xml.text(grant, "field"),
            "PermissionsRead": xml.text(grant, "readable") == "true",
            "PermissionsEdit": xml.text(grant, "editable") == "true",
        }
        for grant in xml.children(root, "fieldPermissions")
    ]
    _replace(org, "FieldPermissions", parent_id, fields, at)
    objects = [
        {
            "SobjectType": xml.text(grant, "object"),
            **{column: xml.text(grant, tag) == "true" for column, tag in _OBJECT_RIGHTS.items()},
        }
        for grant in xml.children(root, "objectPermissions")
    ]
    _replace(org, "ObjectPermissions", parent_id, objects, at)


def _setup_entities(org: LocalOrg, root: xml.Element) -> list[Row]:
    rows = []
    for tag, key, type_name in _ACCESS:
        for grant in xml.children(root, tag):
            entity = org.components.id_of(type_name, xml.text(grant, key))
            if entity and xml.text(grant, "enabled") == "true":
                rows.append({"SetupEntityId": entity, "SetupEntityType": type_name})
    return rows


_PREFIXES = {"SetupEntityAccess": "0J0", "FieldPermissions": "01k", "ObjectPermissions": "110"}


def _replace(org: LocalOrg, table: str, parent_id: str, rows: list[Row], at: str) -> None:
    known = org.store.columns(table)
    if not known:
        return
    org.store.execute(f'DELETE FROM "{table}" WHERE ParentId = ?', (parent_id,))  # noqa: S608
    for row in rows:
        full = {
            "Id": new_id(org, _PREFIXES[table]),
            "ParentId": parent_id,
            "SystemModstamp": at,
            "CreatedDate": at,
            "LastModifiedDate": at,
            **row,
        }
        org.store.insert_row(table, {key: value for key, value in full.items() if key in known})
