"""Checks of permission sets and profiles: everything they grant must exist."""

from __future__ import annotations

from collections.abc import Iterator

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.checks.world import World, is_custom
from hotfix_tui.localorg.metadata.options import Message
from hotfix_tui.localorg.metadata.package import Item

# Element of the grant, the child that names the component, and the component's type.
_GRANTS = (
    ("classAccesses", "apexClass", "ApexClass"),
    ("customPermissions", "name", "CustomPermission"),
    ("recordTypeVisibilities", "recordType", "RecordType"),
    ("pageAccesses", "apexPage", "ApexPage"),
    ("flowAccesses", "flow", "Flow"),
    ("externalDataSourceAccesses", "externalDataSource", "ExternalDataSource"),
)
_OBJECT_GRANTS = (
    ("objectPermissions", "object"),
    ("customMetadataTypeAccesses", "name"),
    ("customSettingAccesses", "name"),
)
_TABS = (("tabSettings", "tab"), ("tabVisibilities", "tab"))


def check_access(item: Item, world: World) -> Iterator[Message]:
    """A permission set or profile: objects, fields, record types, classes, pages, flows, tabs, custom permissions."""
    if item.element is None:
        return
    yield from _fields(item, world, item.element)
    for tag, key in _OBJECT_GRANTS:
        for grant in xml.children(item.element, tag):
            name = xml.text(grant, key)
            if not world.has_object(name):
                yield item.problem(f"In field: field - no CustomObject named {name} found", xml.line(grant))
    for tag, key, type_name in _GRANTS:
        for grant in xml.children(item.element, tag):
            name = xml.text(grant, key)
            if not world.has(type_name, name) and "__" not in name.replace("__c", ""):
                yield item.problem(f"In field: {key} - no {type_name} named {name} found", xml.line(grant))
    for tag, key in _TABS:
        for grant in xml.children(item.element, tag):
            name = xml.text(grant, key)
            if is_custom(name) and not world.has("CustomTab", name):
                yield item.problem(f"In field: tab - no CustomTab named {name} found", xml.line(grant))


def check_group(item: Item, world: World) -> Iterator[Message]:
    """The permission sets of a group."""
    for tag, type_name in (("permissionSets", "PermissionSet"), ("mutingPermissionSets", "MutingPermissionSet")):
        for found in xml.children(item.element, tag) if item.element is not None else []:
            name = xml.text(found)
            if not world.has(type_name, name) and "__" not in name:
                yield item.problem(f"In field: {tag} - no {type_name} named {name} found", xml.line(found))


def _fields(item: Item, world: World, element: xml.Element) -> Iterator[Message]:
    for grant in xml.children(element, "fieldPermissions"):
        path = xml.text(grant, "field")
        owner, _, name = path.partition(".")
        line = xml.line(grant)
        if not world.has_object(owner):
            if is_custom(owner):
                yield item.problem(f"In field: field - no CustomObject named {owner} found", line)
            continue
        found = world.field(owner, name)
        if found is None:
            # Not every standard field is known here: only what is certainly absent is refused.
            if is_custom(name) or is_custom(owner):
                yield item.problem(f"In field: field - no CustomField named {path} found", line)
        elif is_custom(name) and (found.required or found.type == "MasterDetail"):
            yield item.problem(f"You cannot deploy to a required field: {path}", line)
