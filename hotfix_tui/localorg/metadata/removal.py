"""Deleting components, and what goes with them: a deleted field leaves layouts and permissions by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component, ComponentId

if TYPE_CHECKING:
    from hotfix_tui.localorg.metadata.store import ComponentStore

# The grants of permission sets and profiles that name a component of the type, and the child that holds the name.
_GRANTS = {
    "ApexClass": ("classAccesses", "apexClass"),
    "ApexPage": ("pageAccesses", "apexPage"),
    "CustomField": ("fieldPermissions", "field"),
    "CustomObject": ("objectPermissions", "object"),
    "CustomPermission": ("customPermissions", "name"),
}


def remove(components: ComponentStore, wanted: ComponentId, user_id: str, at: str, *, purge: bool = False) -> bool:
    """Deletes a component, and takes it off layouts and out of permission sets and profiles. False: not there.

    A custom field is kept among the deleted ones, unless it is to be purged.
    """
    field = components.get("CustomField", wanted.full_name) if wanted.type == "CustomField" and not purge else None
    if field is not None:
        components.deleted_fields.keep(field, at)
    if not components.delete(wanted.type, wanted.full_name, user_id, at):
        return False
    changed = []
    grant = _GRANTS.get(wanted.type)
    if grant is not None:
        for type_name in ("PermissionSet", "Profile"):
            changed += _without(components.list(type_name), *grant, wanted.full_name)
    if wanted.type == "CustomField":
        owner, _, name = wanted.full_name.partition(".")
        layouts = [item for item in components.list("Layout") if item.full_name.startswith(f"{owner}-")]
        changed += _without(layouts, "layoutItems", "field", name)
    if changed:
        components.put_all(changed, user_id, at)
    return True


def _without(found: list[Component], tag: str, key: str, name: str) -> list[Component]:
    """The components that had elements `tag` naming `name` in their child `key`, without those elements."""
    changed = []
    for component in found:
        root = xml.parse(component.xml)
        gone = [item for item in xml.descendants(root, tag) if xml.text(item, key).lower() == name.lower()]
        for element in gone:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
        if gone:
            path = next(iter(component.files))
            changed.append(Component(component.type, component.full_name, {path: xml.write(root)}))
    return changed
