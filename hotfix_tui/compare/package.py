"""Metadata API packages: taken apart into components, and built from components."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar
from xml.sax.saxutils import escape

from hotfix_tui.compare.archive import BadPackage, check_path, read_bodies, read_zip, write_zip
from hotfix_tui.compare.bodies import Bodies, Files
from hotfix_tui.compare.children import put_together, take_apart
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.giving_way import foreground
from hotfix_tui.compare.places import component_of, is_manifest
from hotfix_tui.compare.types import MetadataTypes, metadata_types
from hotfix_tui.compare.xml import NAMESPACE

__all__ = ["BadPackage", "build", "components_of", "manifest", "members", "packed_members", "split"]

Content = TypeVar("Content")


def split(package: bytes | Mapping[str, bytes], types: MetadataTypes | None = None) -> dict[ComponentId, Component]:
    """The components of a package: a zip, or its files by path. Raises BadPackage.

    Children that describeMetadata names as childXmlNames are components of their own, and their parent is without
    them; a parent that has nothing else is left out. The manifests are not components.
    """
    return components_of(members(package, types), types)


def components_of(
    grouped: Mapping[ComponentId, Mapping[str, bytes]],
    types: MetadataTypes | None = None,
    apart: TakenApart | None = None,
) -> dict[ComponentId, Component]:
    """The components in members' files, children apart from their parents; `apart` remembers how for another org."""
    types = types or metadata_types()
    found: dict[ComponentId, Component] = {}
    for component_id, its_files in grouped.items():
        foreground.give_way()
        kind = types.get(component_id.type)
        component = Component(component_id, its_files)
        parts = [component]
        if kind and kind.children:
            known = apart.pop(component) if apart is not None else None
            parts = known or take_apart(component, kind)
            if apart is not None and known is None:
                apart.keep(component, parts)
        found.update({part.id: part for part in parts})
    return found


class TakenApart:
    """Members that one of two orgs brought, taken apart: the other's, when they are the same, need not be parsed.

    Both then share what came of it. Used from several threads, whose worst is to parse once more.
    """

    def __init__(self) -> None:
        self._parts: dict[tuple[ComponentId, Bodies], list[Component]] = {}

    def keep(self, member: Component, parts: list[Component]) -> None:
        """Remembers the parts of a packed member."""
        if isinstance(member.files, Files):
            self._parts[member.id, member.files.bodies] = parts

    def pop(self, member: Component) -> list[Component] | None:
        """The parts of the same member with the same content, which are then forgotten; None when there are none."""
        return self._parts.pop((member.id, member.files.bodies), None) if isinstance(member.files, Files) else None


def members(
    package: bytes | Mapping[str, bytes], types: MetadataTypes | None = None
) -> dict[ComponentId, dict[str, bytes]]:
    """The files of a package by the member that brought them, children not taken apart. Raises BadPackage."""
    files = read_zip(package) if isinstance(package, bytes) else {check_path(path): package[path] for path in package}
    return _grouped(files, types)


def packed_members(package: bytes) -> dict[ComponentId, Files]:
    """`members` of a zip whose files stay packed until they are read. Raises BadPackage."""
    return {key: Files(bodies.items()) for key, bodies in _grouped(read_bodies(package)).items()}


def _grouped(files: Mapping[str, Content], types: MetadataTypes | None = None) -> dict[ComponentId, dict[str, Content]]:
    grouped: dict[ComponentId, dict[str, Content]] = {}
    for path, content in sorted(_inside(files).items()):
        if not is_manifest(path):
            grouped.setdefault(component_of(path, types), {})[path] = content
    return grouped


def build(components: Iterable[Component], api_version: str, destructive: Iterable[ComponentId] = ()) -> bytes:
    """A package (zip) that deploys `components` and then deletes `destructive`. Raises BadPackage.

    The same input gives the same bytes. Children are put into their parent's file; the manifest names exactly the
    components given, so a parent that is only a wrapper is not touched. Deletions are `destructiveChangesPost.xml`:
    what used a component is deployed before the component goes. `api_version`: `63.0`.
    """
    chosen = {component.id: component for component in components}
    files: dict[str, bytes] = {}
    children: dict[str, list[Component]] = {}
    for component in sorted(chosen.values(), key=lambda item: item.id):
        if metadata_types().child(component.id.type):
            children.setdefault(next(iter(component.files)), []).append(component)
        else:
            files.update(component.files)
    for path, items in children.items():
        parent_id = component_of(path)
        kind = metadata_types()[parent_id.type]
        files[path] = put_together(kind, chosen.get(parent_id), items)
    files["package.xml"] = manifest(chosen, api_version)
    if gone := list(destructive):
        files["destructiveChangesPost.xml"] = manifest(gone, "")
    return write_zip(files)


def manifest(named: Iterable[ComponentId], api_version: str) -> bytes:
    """A `package.xml` that names these members; without a version when `api_version` is empty (destructive changes)."""
    by_type: dict[str, list[str]] = {}
    for member in sorted(named):
        by_type.setdefault(member.type, []).append(member.full_name)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<Package xmlns="{NAMESPACE}">']
    for name, members_of_type in by_type.items():
        lines.append("    <types>")
        lines.extend(f"        <members>{escape(member)}</members>" for member in members_of_type)
        lines.extend([f"        <name>{escape(name)}</name>", "    </types>"])
    if api_version:
        lines.append(f"    <version>{escape(api_version)}</version>")
    return "\n".join([*lines, "</Package>", ""]).encode()


def _inside(files: Mapping[str, Content]) -> dict[str, Content]:
    """The files relative to the package's root: `unpackaged/…` when a retrieve was not a single package."""
    if "package.xml" in files:
        return dict(files)
    roots = {path.partition("/")[0] for path in files}
    if len(roots) == 1 and f"{next(iter(roots))}/package.xml" in files:
        root = next(iter(roots)) + "/"
        return {path.removeprefix(root): content for path, content in files.items()}
    return dict(files)
