"""From the metadata of permission sets and profiles to the rows that rights are read from.

A permission set's rows are replaced whole, a profile's are laid over what the profile has. Either happens only when the
component says something else than when it was applied last: what was granted by rows since then (FieldPermissions,
ObjectPermissions over the API) stays until the component is deployed again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.people.grants import write_fields, write_object
from hotfix_tui.localorg.people.profiles import METADATA_NAMES

if TYPE_CHECKING:
    from hotfix_tui.localorg.metadata.component import Component
    from hotfix_tui.localorg.org import LocalOrg

GRANTS = ("SetupEntityAccess", "FieldPermissions", "ObjectPermissions")
_ACCESS = (("customPermissions", "name", "CustomPermission"), ("classAccesses", "apexClass", "ApexClass"))
OBJECT_TAGS = {
    "PermissionsCreate": "allowCreate",
    "PermissionsRead": "allowRead",
    "PermissionsEdit": "allowEdit",
    "PermissionsDelete": "allowDelete",
    "PermissionsViewAllRecords": "viewAllRecords",
    "PermissionsModifyAllRecords": "modifyAllRecords",
}


def apply_permission_set(org: LocalOrg, component: Component) -> None:
    """Makes the rows of a permission set those of its component."""
    root = xml.parse(component.xml)
    entities = _entities(org, root)
    if not _is_news(org, component, entities):
        return
    for table in GRANTS:
        org.store.execute(f'DELETE FROM "{table}" WHERE ParentId = ?', (component.id,))  # noqa: S608
    _grant(org, component.id, root, entities)
    columns = [name for name in org.store.columns("PermissionSet") if name.startswith("Permissions")]
    org.store.update_row("PermissionSet", component.id, {**dict.fromkeys(columns, False), **_system(org, root)})


def apply_profile(org: LocalOrg, component: Component) -> None:
    """Lays a profile's component over its rows; a profile the org does not have yet is made."""
    root = xml.parse(component.xml)
    entities = _entities(org, root)
    if not _is_news(org, component, entities):
        return
    name = METADATA_NAMES.get(component.full_name, component.full_name)
    profile = org.users.add_profile(name)
    parent = str(org.store.value("SELECT Id FROM PermissionSet WHERE ProfileId = ?", (profile,)))
    named = [entity for entity, _, _ in entities]
    for entity in named:
        org.store.execute("DELETE FROM SetupEntityAccess WHERE ParentId = ? AND SetupEntityId = ?", (parent, entity))
    _grant(org, parent, root, entities)
    fields = [
        (parent, _field_name(org, xml.text(grant, "field")), _on(grant, "readable"), _on(grant, "editable"))
        for grant in xml.children(root, "fieldPermissions")
    ]
    org.store.executemany("INSERT OR REPLACE INTO _profile_field VALUES (?, ?, ?, ?)", fields)
    system = _system(org, root)
    org.store.update_row("PermissionSet", parent, system)
    org.store.update_row("Profile", profile, system)


def take_as_applied(org: LocalOrg, component: Component) -> None:
    """Notes that the rows of a permission set say what its component says."""
    _is_news(org, component, _entities(org, xml.parse(component.xml)))


def _is_news(org: LocalOrg, component: Component, entities: list[tuple[str, str, bool]]) -> bool:
    digest = hashlib.sha256(component.xml + repr(entities).encode()).hexdigest()
    known = org.store.value("SELECT digest FROM _applied_access WHERE component_id = ?", (component.id,))
    org.store.execute("INSERT OR REPLACE INTO _applied_access VALUES (?, ?)", (component.id, digest))
    return bool(known != digest)


def _entities(org: LocalOrg, root: xml.Element) -> list[tuple[str, str, bool]]:
    """Id, type and whether it is granted, of the custom permissions and classes that are named and there."""
    found = []
    for tag, key, type_name in _ACCESS:
        for grant in xml.children(root, tag):
            entity = org.components.id_of(type_name, xml.text(grant, key))
            if entity:
                found.append((entity, type_name, _on(grant, "enabled")))
    return found


def _grant(org: LocalOrg, parent: str, root: xml.Element, entities: list[tuple[str, str, bool]]) -> None:
    for entity, type_name, enabled in entities:
        if enabled:
            row = {"ParentId": parent, "SetupEntityId": entity, "SetupEntityType": type_name}
            org.records.raw_insert("SetupEntityAccess", row)
    grants = {}
    for grant in xml.children(root, "fieldPermissions"):
        read, edit = _on(grant, "readable"), _on(grant, "editable")
        grants[_field_name(org, xml.text(grant, "field"))] = (read or edit, edit)
    write_fields(org, parent, grants)
    for grant in xml.children(root, "objectPermissions"):
        flags = {column: _on(grant, tag) for column, tag in OBJECT_TAGS.items()}
        write_object(org, parent, _object_name(org, xml.text(grant, "object")), flags)


def _system(org: LocalOrg, root: xml.Element) -> dict[str, Any]:
    """The `Permissions…` columns that the component names; other permissions have no effect here."""
    known = org.store.columns("PermissionSet")
    named = {
        f"Permissions{xml.text(each, 'name')}": _on(each, "enabled") for each in xml.children(root, "userPermissions")
    }
    return {name: on for name, on in named.items() if name in known}


def _on(element: xml.Element, tag: str) -> bool:
    return xml.text(element, tag) == "true"


def _object_name(org: LocalOrg, name: str) -> str:
    found = org.schema.object(name)
    return found.name if found else name


def _field_name(org: LocalOrg, path: str) -> str:
    owner, field = org.schema.object(path.partition(".")[0]), org.schema.field(path)
    return f"{owner.name}.{field.name}" if owner and field else path
