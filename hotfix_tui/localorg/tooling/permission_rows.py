"""Rows of permission sets and what they grant, of custom permissions, and of queues' groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.support import new_id
from hotfix_tui.localorg.people import access
from hotfix_tui.localorg.tooling.support import Row, audit

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

TYPES = frozenset({"PermissionSet", "CustomPermission", "Queue", "Profile", "PermissionSetGroup"})


def refresh(org: LocalOrg) -> None:
    """Brings the rows in step. Rows that no component made (profiles' own sets, assignments) stay."""
    _merge(org, "CustomPermission", [_custom_permission(item) for item in org.components.list("CustomPermission")])
    _merge(org, "PermissionSet", [_permission_set(item) for item in org.components.list("PermissionSet")])
    _merge(org, "PermissionSetGroup", [_group_of_sets(item) for item in org.components.list("PermissionSetGroup")])
    _queues(org)
    _group_members(org)
    for component in org.components.list("PermissionSet"):
        access.apply_permission_set(org, component)
    for component in org.components.list("Profile"):
        access.apply_profile(org, component)


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
    for table in access.GRANTS:
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


def _group_members(org: LocalOrg) -> None:
    """The permission sets of the groups, by name."""
    known = org.store.columns("PermissionSetGroupComponent")
    for component in org.components.list("PermissionSetGroup"):
        org.store.execute("DELETE FROM PermissionSetGroupComponent WHERE PermissionSetGroupId = ?", (component.id,))
        for member in xml.children(xml.parse(component.xml), "permissionSets"):
            permission_set = org.components.id_of("PermissionSet", xml.text(member))
            if not permission_set:
                continue
            ids = {"PermissionSetGroupId": component.id, "PermissionSetId": permission_set}
            row = {**audit(component), "IsDeleted": False, "Id": new_id(org, "0PL"), **ids}
            org.store.insert_row(
                "PermissionSetGroupComponent", {key: value for key, value in row.items() if key in known}
            )


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
