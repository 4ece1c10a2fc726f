"""Rows of permission sets and what they grant, of custom permissions, and of queues' groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.support import new_id
from hotfix_tui.localorg.people import access
from hotfix_tui.localorg.tooling.on_demand import Names
from hotfix_tui.localorg.tooling.support import Row, audit

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

TYPES = frozenset({"PermissionSet", "CustomPermission", "Queue", "Profile", "PermissionSetGroup"})


def refresh(org: LocalOrg, changed: Mapping[str, Names]) -> None:
    """Brings the rows in step with what has changed: full names by type, None where all of a type may have.

    Rows that no component made (profiles' own sets, assignments) stay.
    """
    _merge(org, "CustomPermission", "CustomPermission", _custom_permission, changed)
    _merge(org, "PermissionSet", "PermissionSet", _permission_set, changed)
    _merge(org, "PermissionSetGroup", "PermissionSetGroup", _group_of_sets, changed)
    if "Queue" in changed:
        _queues(org, changed)
    if "PermissionSetGroup" in changed or "PermissionSet" in changed:
        _group_members(org)
    for component in _granting(org, "PermissionSet", changed):
        access.apply_permission_set(org, component)
    for component in _granting(org, "Profile", changed):
        access.apply_profile(org, component)


def _granting(org: LocalOrg, type_name: str, changed: Mapping[str, Names]) -> Iterator[Component]:
    """What has changed of a type, and what names a custom permission that came or went."""
    permissions = changed.get("CustomPermission", frozenset())
    if permissions is None:
        yield from org.components.each(type_name)
        return
    yield from _changed(org, type_name, changed)
    done = changed.get(type_name, frozenset())
    words = [name.lower().encode() for name in permissions]
    for component in org.components.each(type_name) if words and done is not None else ():
        document = component.xml.lower()
        if component.full_name not in (done or ()) and any(word in document for word in words):
            yield component


def _changed(org: LocalOrg, type_name: str, changed: Mapping[str, Names]) -> Iterator[Component]:
    """The components of a type that have changed and are there."""
    names = changed.get(type_name, frozenset())
    if names is None:
        yield from org.components.each(type_name)
        return
    for name in sorted(names):
        found = org.components.get(type_name, name)
        if found is not None:
            yield found


def _merge(
    org: LocalOrg, table: str, type_name: str, maker: Callable[[Component], Row], changed: Mapping[str, Names]
) -> None:
    """Writes the rows of what has changed by id, and removes rows of components that are gone."""
    known = org.store.columns(table)
    if not known or type_name not in changed:
        return
    for component in _changed(org, type_name, changed):
        org.store.put_row(table, {key: value for key, value in maker(component).items() if key in known})
    made_key = f"rows:{table}"
    before = set(org.store.meta(made_key).split())
    now = {item.id for item in org.components.properties(type_name)}
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
    for component in org.components.each("PermissionSetGroup"):
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


def _queues(org: LocalOrg, changed: Mapping[str, Names]) -> None:
    _merge(org, "Group", "Queue", _queue, changed)
    known = org.store.columns("QueueSobject")
    for component in _changed(org, "Queue", changed):
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
