"""Profiles are laid over what is there: a deploy changes what it names and leaves the rest; all else is replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.profile_view import WHOLE_PERMISSION_SETS

if TYPE_CHECKING:
    from hotfix_tui.localorg.metadata.store import ComponentStore

# What identifies a grant inside its profile.
_KEYS = {
    "applicationVisibilities": ("application",),
    "classAccesses": ("apexClass",),
    "customMetadataTypeAccesses": ("name",),
    "customPermissions": ("name",),
    "customSettingAccesses": ("name",),
    "externalDataSourceAccesses": ("externalDataSource",),
    "fieldPermissions": ("field",),
    "flowAccesses": ("flow",),
    "layoutAssignments": ("layout", "recordType"),
    "objectPermissions": ("object",),
    "pageAccesses": ("apexPage",),
    "recordTypeVisibilities": ("recordType",),
    "tabSettings": ("tab",),
    "tabVisibilities": ("tab",),
    "userPermissions": ("name",),
}


def overlaid(components: ComponentStore, brought: Component, version: float) -> Component:
    """The component as it is after the deploy: a profile merged into the org's, anything else as it was brought.

    `version` is the package's: before API 40 permission sets were merged as profiles are.
    """
    merged = brought.type == "Profile" or (brought.type == "PermissionSet" and version < WHOLE_PERMISSION_SETS)
    old = components.get(brought.type, brought.full_name) if merged else None
    if old is None:
        return brought
    root = xml.renamed(xml.parse(old.xml), old.type)
    new = xml.renamed(xml.parse(brought.xml), old.type)
    named = {_key(element) for element in xml.children(new)}
    for element in xml.children(root):
        if _key(element) in named:
            root.remove(element)
    for element in xml.children(new):
        root.append(element)
    for element in sorted(root, key=lambda item: (xml.name(item), _key(item))):
        root.remove(element)
        root.append(element)
    return Component(old.type, old.full_name, {path: xml.write(root) for path in old.files})


def _key(element: xml.Element) -> tuple[str, ...]:
    tag = xml.name(element)
    if tag == "layoutAssignments":
        # One layout a record type: the assignment is known by its object and record type, not by the layout it names.
        layout = xml.text(element, "layout").partition("-")[0]
        return (tag, layout, xml.text(element, "recordType"))
    return (tag, *(xml.text(element, name) for name in _KEYS.get(tag, ())))
