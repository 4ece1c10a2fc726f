"""package.xml and destructiveChanges*.xml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import ComponentId


@dataclass
class Member:
    """One `<members>` element: the component it names (full name `*` for all) and its line."""

    component: ComponentId
    line: int


@dataclass
class Manifest:
    """What a manifest names. `version` is empty where it has none."""

    members: list[Member] = field(default_factory=list)
    version: str = ""

    @cached_property
    def _keys(self) -> frozenset[tuple[str, str]]:
        return frozenset(item.component.key for item in self.members)

    def names(self, type_name: str) -> set[str]:
        """The names listed under a type."""
        return {item.component.full_name for item in self.members if item.component.type == type_name}

    def covers(self, component: ComponentId) -> bool:
        """Whether the component is named, or its type is named with `*`."""
        return component.key in self._keys or (component.type, "*") in self._keys


def read(content: bytes) -> Manifest:
    """A manifest from its file. Raises BadXml, also when it is not a `<Package>`."""
    root = xml.parse(content)
    if xml.name(root) != "Package":
        raise xml.BadXml(f"Invalid package.xml: the root element is {xml.name(root)}, not Package", 1, 1)
    return from_element(root)


def from_element(root: xml.Element) -> Manifest:
    """A manifest from a `<Package>` or `<unpackaged>` element. Raises BadXml for `<types>` without a name."""
    manifest = Manifest(version=xml.text(root, "version"))
    for types in xml.children(root, "types"):
        type_name = xml.text(types, "name")
        if not type_name:
            raise xml.BadXml("Missing name element in package.xml types", xml.line(types), 0)
        for member in xml.children(types, "members"):
            manifest.members.append(Member(ComponentId(type_name, xml.text(member)), xml.line(member)))
    return manifest


def of_members(members: Iterable[Iterable[str]], version: str) -> Manifest:
    """A manifest of (type, full name) pairs."""
    return Manifest([Member(ComponentId(*pair), 0) for pair in members], version)


def write(members: Mapping[str, Iterable[str]], version: str) -> bytes:
    """package.xml naming the given components, sorted."""
    root = xml.new_root("Package")
    for type_name in sorted(members):
        names = sorted(set(members[type_name]))
        if not names:
            continue
        types = _sub(root, "types")
        for full_name in names:
            _sub(types, "members").text = full_name
        _sub(types, "name").text = type_name
    _sub(root, "version").text = version
    return xml.write(root)


def _sub(parent: xml.Element, tag: str) -> xml.Element:
    child = xml.new_root(tag)
    parent.append(child)
    return child
