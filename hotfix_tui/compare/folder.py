"""A folder of metadata as components: `sf` source format or Metadata API format, one package directory or several."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hotfix_tui.compare.children import child_name, put_together, with_full_name
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.package import split
from hotfix_tui.compare.places import META, component_of, is_manifest
from hotfix_tui.compare.resources import pack_resources
from hotfix_tui.compare.source_format import Place, place_of
from hotfix_tui.compare.types import metadata_types
from hotfix_tui.compare.xml import NAMESPACE, BadXml

_NOT_METADATA = {"node_modules", "__tests__", "__mocks__", "jsconfig.json", "tsconfig.json"}


class NotMetadata(ValueError):
    """A folder that holds no metadata. The text is a sentence for people."""


@dataclass(frozen=True)
class FolderContents:
    """What a folder holds; `warnings` are sentences about files that were left out or lost to another folder's."""

    components: dict[ComponentId, Component]
    warnings: tuple[str, ...] = ()


def read_folder(path: str | Path) -> dict[ComponentId, Component]:
    """The components in `path`. Raises NotMetadata."""
    return scan_folder(path).components


def scan_folder(path: str | Path) -> FolderContents:
    """The components in `path`, and what to warn about. Raises NotMetadata.

    A component found in two package directories: the last directory by name wins, as `sf` deploys them in order.
    """
    root = Path(path)
    if not root.exists():
        raise NotMetadata(f"There is no folder {root}.")
    if not root.is_dir():
        raise NotMetadata(f"{root} is a file; name the folder that holds the metadata.")
    warnings: list[str] = []
    packages: dict[str, dict[Place, bytes]] = {}
    directories = _package_directories(root)
    for relative, content in _files(root, warnings):
        if directories and not relative.startswith(directories):
            continue
        place = None if is_manifest(relative.rpartition("/")[2]) else place_of(relative)
        if place is not None:
            packages.setdefault(place.package_dir, {})[place] = content
        elif relative.endswith(META):
            warnings.append(f"{relative} was left out: its type is not known.")
    found: dict[ComponentId, Component] = {}
    origin: dict[ComponentId, str] = {}
    for name in sorted(packages):
        for component in _package(packages[name], warnings):
            if component.id in found:
                warnings.append(f"{component.id} is in {origin[component.id]} and in {name}: the one in {name} counts.")
            found[component.id] = component
            origin[component.id] = name or "."
    if not found:
        raise NotMetadata(
            f"{root} holds no Salesforce metadata: neither a package.xml with its files nor source format "
            "(files that end -meta.xml in folders such as objects, classes, flows)."
        )
    return FolderContents(dict(sorted(found.items())), tuple(warnings))


def _package_directories(root: Path) -> tuple[str, ...]:
    """Where sfdx-project.json says the metadata is, each with a `/` at the end; empty when there is no such file.

    Raises NotMetadata when it cannot be read.
    """
    project = root / "sfdx-project.json"
    if not project.is_file():
        return ()
    try:
        listed = json.loads(project.read_text(encoding="utf-8"))["packageDirectories"]
        paths = [PurePosixPath(str(item["path"])).as_posix() for item in listed]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotMetadata(f"{project} cannot be read, so where the metadata is cannot be told: {error!r}.") from error
    return () if "." in paths else tuple(f"{path}/" for path in paths)


def _files(root: Path, warnings: list[str]) -> Iterator[tuple[str, bytes]]:
    """All files below `root` as (relative path with `/`, content), in order of name. Links are not followed."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_METADATA)
        for name in sorted(names):
            file = Path(folder) / name
            if name.startswith(".") or name in _NOT_METADATA:
                continue
            relative = file.relative_to(root).as_posix()
            if file.is_symlink():
                warnings.append(f"{relative} was left out: it is a link.")
            elif "/" in relative:
                yield relative, file.read_bytes()


def _package(files: dict[Place, bytes], warnings: list[str]) -> Iterator[Component]:
    """The components of one package directory."""
    whole = {place.path: content for place, content in files.items() if place.child is None}
    children = [(place, content) for place, content in files.items() if place.child is not None]
    inner: dict[str, list[Component]] = {}
    found: dict[ComponentId, Component] = {}
    for place, content in children:
        component = _child(place, content)
        if place.child is not None and place.child.addressable:
            found[component.id] = component
        else:
            inner.setdefault(place.path, []).append(component)
    for path, items in inner.items():
        whole[path] = _compose(path, whole.get(path), items, warnings)
    yield from {**split(pack_resources(whole)), **found}.values()


def _child(place: Place, content: bytes) -> Component:
    """The component of a decomposed child's file. Content that is not XML is kept; comparing it says so."""
    assert place.child is not None
    parent = component_of(place.path)
    if place.child.addressable:
        with contextlib.suppress(BadXml):
            content = with_full_name(content, place.name)
    child_id = ComponentId(place.child.type, child_name(place.child, parent.full_name, place.name))
    return Component(child_id, {place.path: content})


def _compose(path: str, own: bytes | None, items: list[Component], warnings: list[str]) -> bytes:
    """A parent's file with its decomposed parts that have no line of their own (translations of fields)."""
    parent_id = component_of(path)
    own = own or f'<{parent_id.type} xmlns="{NAMESPACE}"/>'.encode()
    try:
        return put_together(metadata_types()[parent_id.type], Component(parent_id, {path: own}), items)
    except BadXml as error:
        warnings.append(f"{parent_id} has parts that were left out: {error}.")
        return own
