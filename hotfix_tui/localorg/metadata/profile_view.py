"""What a retrieve shows of a profile: only the parts about components that the same manifest names.

Source: Metadata API Developer Guide, Profile ("the content of a profile retrieved depends on the content requested in
the RetrieveRequest"). A permission that is off is not shown at all, so restoring one takes an explicit false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hotfix_tui.localorg.metadata import xml

# Element, the child that names the component, and the types of which the manifest must name it or its object.
_PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "applicationVisibilities": ("application", ("CustomApplication",)),
    "categoryGroupVisibilities": ("dataCategoryGroup", ("DataCategoryGroup",)),
    "classAccesses": ("apexClass", ("ApexClass",)),
    "customMetadataTypeAccesses": ("name", ("CustomObject",)),
    "customPermissions": ("name", ("CustomPermission",)),
    "customSettingAccesses": ("name", ("CustomObject",)),
    "externalDataSourceAccesses": ("externalDataSource", ("ExternalDataSource",)),
    "fieldPermissions": ("field", ("CustomField", "CustomObject")),
    "flowAccesses": ("flow", ("Flow",)),
    "layoutAssignments": ("layout", ("Layout",)),
    "objectPermissions": ("object", ("CustomObject",)),
    "pageAccesses": ("apexPage", ("ApexPage",)),
    "recordTypeVisibilities": ("recordType", ("RecordType", "CustomObject")),
    "tabVisibilities": ("tab", ("CustomTab",)),
}
_FLAGS: dict[str, tuple[str, ...]] = {
    "classAccesses": ("enabled",),
    "customMetadataTypeAccesses": ("enabled",),
    "customPermissions": ("enabled",),
    "customSettingAccesses": ("enabled",),
    "externalDataSourceAccesses": ("enabled",),
    "fieldPermissions": ("readable", "editable"),
    "flowAccesses": ("enabled",),
    "objectPermissions": ("allowRead", "allowCreate", "allowEdit", "allowDelete", "viewAllRecords", "modifyAllRecords"),
    "pageAccesses": ("enabled",),
    "userPermissions": ("enabled",),
}
Members = Mapping[str, set[str]]
WHOLE_PERMISSION_SETS = 40
"""From this version on permission sets are retrieved and deployed whole; before, they behaved like profiles."""


def cut(document: bytes, members: Members) -> bytes:
    """The profile as a retrieve of these components shows it. `members`: type → full names, lower case."""
    shown = _Shown(members)
    return _without(document, lambda element: not shown(element) or _off(element))


def without_off(document: bytes) -> bytes:
    """The document (of a permission set) without the permissions that are off."""
    return _without(document, _off)


def _without(document: bytes, gone: Callable[[xml.Element], bool]) -> bytes:
    """A document in the org's own writing without some of the elements at its top."""
    root = xml.parse(document)
    found = [element for element in xml.children(root) if gone(element)]
    for element in found:
        root.remove(element)
    return xml.write(root) if found else document


def _off(element: xml.Element) -> bool:
    flags = _FLAGS.get(xml.name(element))
    return flags is not None and not any(xml.text(element, flag) == "true" for flag in flags)


class _Shown:
    def __init__(self, members: Members) -> None:
        self._members = members
        self._tests: dict[str, Callable[[str, tuple[str, ...]], bool]] = {"fieldPermissions": self._child}
        self._tests["recordTypeVisibilities"] = self._child

    def __call__(self, element: xml.Element) -> bool:
        part = _PARTS.get(xml.name(element))
        if part is None:
            return True
        key, types = part
        name = xml.text(element, key).lower()
        return self._tests.get(xml.name(element), self._named)(name, types)

    def _named(self, name: str, types: tuple[str, ...]) -> bool:
        return any(name in self._members.get(kind, ()) for kind in types)

    def _child(self, name: str, types: tuple[str, ...]) -> bool:
        own, parent = types
        owner = name.partition(".")[0]
        return name in self._members.get(own, ()) or owner in self._members.get(parent, ())
