"""What holds for rows that grant something: FieldPermissions, ObjectPermissions, assignments, permission sets.

Sources: object reference, FieldPermissions (it must at least let read, or it is deleted; it belongs to a PermissionSet,
not to a Profile: a profile's rows hang on the permission set it owns) and ObjectPermissions; the words for dependencies
as clients have met them ("Permission Read All Asset depends on permission(s): Read All Account").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.people.access import OBJECT_TAGS, take_as_applied
from hotfix_tui.localorg.people.governed import governing, takes_field_permissions
from hotfix_tui.localorg.people.grants import is_editable
from hotfix_tui.localorg.records.outcome import refused

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.records.standard.save import Save
    from hotfix_tui.localorg.schema.model import SObject

_DUPLICATE = "duplicate value found: <unknown> duplicates value on record with id: <unknown>"
_WORDS = {
    "PermissionsCreate": "Create",
    "PermissionsRead": "Read",
    "PermissionsEdit": "Edit",
    "PermissionsDelete": "Delete",
    "PermissionsViewAllRecords": "Read All",
    "PermissionsModifyAllRecords": "Edit All",
}
_NEEDS = {
    "PermissionsCreate": ("PermissionsRead",),
    "PermissionsEdit": ("PermissionsRead",),
    "PermissionsDelete": ("PermissionsRead", "PermissionsEdit"),
    "PermissionsViewAllRecords": ("PermissionsRead",),
    "PermissionsModifyAllRecords": (
        "PermissionsRead",
        "PermissionsEdit",
        "PermissionsDelete",
        "PermissionsViewAllRecords",
    ),
}


def before_save(save: Save) -> None:
    """What a row must satisfy before it is saved. Raises SaveRefused."""
    org, row = save.org, save.row
    if save.owner.name == "FieldPermissions":
        _field(org, row, creating=save.creating)
    elif save.owner.name == "ObjectPermissions":
        _object(org, row, creating=save.creating)
    elif save.owner.name == "PermissionSetAssignment":
        _assignment(org, row)
    elif row.get("IsOwnedByProfile"):
        raise refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def after_user(save: Save) -> None:
    """A user has the permission set that the profile owns assigned, and a UserLogin row of his own."""
    org, user_id = save.org, str(save.row["Id"])
    if save.creating:
        org.records.raw_insert("UserLogin", {"UserId": user_id})
    if not save.changed("ProfileId"):
        return
    org.store.execute(
        "DELETE FROM PermissionSetAssignment WHERE AssigneeId = ?"
        " AND PermissionSetId IN (SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = 1)",
        (user_id,),
    )
    own = org.store.value("SELECT Id FROM PermissionSet WHERE ProfileId = ?", (save.row.get("ProfileId"),))
    if own is not None:
        row = {"PermissionSetId": own, "AssigneeId": user_id, "IsActive": True}
        org.records.raw_insert("PermissionSetAssignment", row)


def check_delete(org: LocalOrg, owner: SObject, row: Mapping[str, Any]) -> None:
    """A profile keeps the permission set it owns, and its users keep that. Raises SaveRefused."""
    own = owner.name == "PermissionSet" and row.get("IsOwnedByProfile")
    if own or (owner.name == "PermissionSetAssignment" and _of_profile(org, row.get("PermissionSetId"))):
        raise refused("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def _assignment(org: LocalOrg, row: Mapping[str, Any]) -> None:
    if row.get("PermissionSetId") is None and row.get("PermissionSetGroupId") is None:
        raise refused("REQUIRED_FIELD_MISSING", "Required fields are missing: [PermissionSetId]", "PermissionSetId")
    if _of_profile(org, row.get("PermissionSetId")):
        text = f"Permission set {row['PermissionSetId']} is owned by a profile and cannot be assigned"
        raise refused("FIELD_INTEGRITY_EXCEPTION", text, "PermissionSetId")


def _of_profile(org: LocalOrg, permission_set: Any) -> bool:
    return bool(org.store.value("SELECT IsOwnedByProfile FROM PermissionSet WHERE Id = ?", (permission_set,)))


def _field(org: LocalOrg, row: Mapping[str, Any], *, creating: bool) -> None:
    name = str(row.get("Field") or "")
    owner = org.schema.object(str(row.get("SobjectType") or ""))
    field = owner.field(name.partition(".")[2]) if owner else None
    given_for = name.partition(".")[0].lower()
    takes = owner is not None and field is not None and takes_field_permissions(owner, field)
    if owner is None or field is None or not takes or given_for != owner.name.lower():
        text = f"Field Name: bad value for restricted picklist field: {name}"
        raise refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, "Field")
    _depends({key: bool(row.get(key)) for key in ("PermissionsRead", "PermissionsEdit")}, name, creating=creating)
    if row.get("PermissionsEdit") and not is_editable(field):
        text = f"{name} is read-only for everyone: the edit permission cannot be given"
        raise refused("FIELD_INTEGRITY_EXCEPTION", text, "PermissionsEdit")
    _once(org, "FieldPermissions", "Field", row)


def _object(org: LocalOrg, row: Mapping[str, Any], *, creating: bool) -> None:
    owner = org.schema.object(str(row.get("SobjectType") or ""))
    if owner is None or governing(owner) != owner.name.lower():
        text = f"Sobject Type Name: bad value for restricted picklist field: {row.get('SobjectType')}"
        raise refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, "SobjectType")
    _depends({key: bool(row.get(key)) for key in _WORDS}, owner.label, creating=creating)
    _once(org, "ObjectPermissions", "SobjectType", row)


def _depends(given: Mapping[str, bool], name: str, *, creating: bool) -> None:
    problems = []
    for key, needed in _NEEDS.items():
        lacking = [f"{_WORDS[each]} {name}" for each in needed if given.get(key) and not given.get(each)]
        if lacking:
            problems.append(f"Permission {_WORDS[key]} {name} depends on permission(s): {', '.join(lacking)}")
    if creating and not any(given.values()):
        problems.append(f"Permission Read {name} must be given, or there is nothing to grant")
    if problems:
        raise refused("FIELD_INTEGRITY_EXCEPTION", "; ".join(problems))


def _once(org: LocalOrg, table: str, key: str, row: Mapping[str, Any]) -> None:
    twin = org.store.value(
        f'SELECT 1 FROM "{table}" WHERE ParentId = ? AND "{key}" = ? AND Id IS NOT ?',  # noqa: S608
        (row.get("ParentId"), row.get(key), row.get("Id")),
    )
    if twin:
        raise refused("DUPLICATE_VALUE", _DUPLICATE)


def after_save(save: Save) -> None:
    """After a row was written or deleted: one that grants nothing goes, and the component says what the rows say.

    So a retrieve of the permission set has it. What a profile grants by rows is in its component when that is deployed.
    """
    org, parent = save.org, str(save.row.get("ParentId"))
    org.store.execute(f'DELETE FROM "{save.owner.name}" WHERE ParentId = ? AND PermissionsRead = 0', (parent,))  # noqa: S608
    component = org.components.by_id(parent)
    if component is None or component.type != "PermissionSet":
        return
    changed = _with_rows(org, component, parent)
    take_as_applied(org, changed)
    org.components.put_all([changed], save.user_id or org.system_user_id)


def _with_rows(org: LocalOrg, component: Component, parent: str) -> Component:
    root = xml.parse(component.xml)
    for element in xml.children(root):
        if xml.name(element) in ("fieldPermissions", "objectPermissions"):
            root.remove(element)
    for name, read, edit in org.store.rows(
        "SELECT Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId = ? ORDER BY Field",
        (parent,),
    ):
        _append(root, "fieldPermissions", {"editable": edit, "field": name, "readable": read})
    for name, *flags in org.store.rows(
        f"SELECT SobjectType, {', '.join(OBJECT_TAGS)} FROM ObjectPermissions WHERE ParentId = ? ORDER BY SobjectType",  # noqa: S608
        (parent,),
    ):
        told = dict(zip(OBJECT_TAGS.values(), flags, strict=True))
        _append(root, "objectPermissions", dict(sorted({**told, "object": name}.items())))
    ordered = sorted(xml.children(root), key=xml.name)
    for element in ordered:
        root.remove(element)
        root.append(element)
    path = next(iter(component.files))
    return Component(component.type, component.full_name, {path: xml.write(root)}, id=component.id)


def _append(root: xml.Element, tag: str, values: Mapping[str, Any]) -> None:
    inner = "".join(
        f"<{name}>{value if isinstance(value, str) else str(bool(value)).lower()}</{name}>"
        for name, value in values.items()
    )
    root.append(xml.parse(f'<{tag} xmlns="{xml.NAMESPACE}">{inner}</{tag}>'.encode()))
