"""Reading a folder of metadata, in `sf` source format or Metadata API format, to components as the store keeps them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from hotfix_tui.localorg.loading.source_format import SourceFile, locate, static_resource
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.expand import canonical_files, expand, gather
from hotfix_tui.localorg.metadata.layout import META, main_file
from hotfix_tui.localorg.metadata.types import metadata_types

_NOT_PACKAGES = frozenset({"data", "node_modules", "config", "scripts", "docs", "bin", "tests"})
_NOT_METADATA = (".md", ".txt", ".forceignore", ".json", ".sh", ".gitkeep")


class NotMetadata(ValueError):
    """The folder holds nothing that can be loaded. The message is a sentence for people."""


@dataclass
class Contents:
    """What a folder holds: components (children on their own) and what was found odd, a sentence each."""

    components: dict[tuple[str, str], Component] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read_folder(folder: Path) -> Contents:
    """The components of a folder: a project of package folders, one package folder, or a Metadata API package.

    A component in two package folders is taken from the last by name, with a warning. Raises NotMetadata when there
    is no component in it, or a file is not XML.
    """
    if not folder.is_dir():
        raise NotMetadata(f"{folder} is not a folder.")
    contents = Contents()
    origin: dict[tuple[str, str], str] = {}
    for package in package_folders(folder):
        for component in _read_package(package, contents.warnings).values():
            key = component.component_id.key
            if key in origin:
                contents.warnings.append(
                    f"{component.component_id} is in {origin[key]} and in {package.name}; taken from {package.name}."
                )
            origin[key] = package.name
            contents.components[key] = component
    if not contents.components:
        raise NotMetadata(f"{folder} holds no Salesforce metadata that this program knows.")
    return contents


def package_folders(folder: Path) -> list[Path]:
    """The package folders, sorted by name: those of sfdx-project.json, else the subfolders, else the folder itself."""
    project = folder / "sfdx-project.json"
    if project.is_file():
        try:
            listed = json.loads(project.read_text(encoding="utf-8")).get("packageDirectories", [])
            found = [folder / str(item["path"]) for item in listed]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise NotMetadata(f"{project} cannot be read: {error}") from error
        return sorted((path for path in found if path.is_dir()), key=lambda path: path.name)
    if (folder / "package.xml").is_file() or _holds_types(folder):
        return [folder]
    found = [
        path
        for path in folder.iterdir()
        if path.is_dir() and path.name not in _NOT_PACKAGES and not path.name.startswith(".")
    ]
    return sorted(found, key=lambda path: path.name) or [folder]


def _holds_types(folder: Path) -> bool:
    return any(path.is_dir() and metadata_types().in_directory(path.name) for path in folder.iterdir())


def _read_package(package: Path, warnings: list[str]) -> dict[tuple[str, str], Component]:
    files = {
        PurePosixPath(path.relative_to(package).as_posix()): path
        for path in sorted(package.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(package).parts)
    }
    if (package / "package.xml").is_file():
        return _read_metadata_format({str(name): path.read_bytes() for name, path in files.items()}, warnings)
    reader = _SourceReader(warnings, package.name)
    for name, path in files.items():
        reader.add(name, path.read_bytes())
    return reader.components()


def _read_metadata_format(files: dict[str, bytes], warnings: list[str]) -> dict[tuple[str, str], Component]:
    wanted = {path: body for path, body in files.items() if "/" in path}
    found, unknown = gather(wanted)
    warnings.extend(f"{path} belongs to no metadata type that this program knows; left out." for path in unknown)
    result: dict[tuple[str, str], Component] = {}
    for owner, bodies in found.items():
        for component in _expanded(owner, bodies):
            result[component.component_id.key] = component
    return result


def _expanded(owner: ComponentId, bodies: dict[str, bytes]) -> list[Component]:
    try:
        components = expand(owner.type, owner.full_name, bodies)
        for component in components:
            component.files = canonical_files(component)
        return components
    except xml.BadXml as error:
        raise NotMetadata(f"{error.path or next(iter(bodies))}, line {error.line}: {error}") from error


class _SourceReader:
    """Gathers source files until each component's files are all known."""

    def __init__(self, warnings: list[str], package: str) -> None:
        self._warnings = warnings
        self._package = package
        self._files: dict[ComponentId, dict[str, bytes]] = {}
        self._contents: dict[ComponentId, dict[str, bytes]] = {}
        self._metas: dict[ComponentId, bytes] = {}
        self._parts: dict[ComponentId, list[tuple[str, bytes]]] = {}
        self._children: list[Component] = []

    def add(self, name: PurePosixPath, body: bytes) -> None:
        """One file, by its path below the package folder."""
        place = locate(name)
        if place is None:
            if not str(name).endswith(_NOT_METADATA) and "__tests__" not in name.parts:
                self._warnings.append(
                    f"{self._package}/{name} belongs to no metadata type that this program knows; left out."
                )
            return
        if place.role == "child":
            self._add_child(place, name, body)
        elif place.role == "part":
            self._parts.setdefault(place.component, []).append((place.tag, body))
        elif place.role == "content":
            self._contents.setdefault(place.component, {})[place.path] = body
        elif place.path == META:
            self._metas[place.component] = body
        else:
            self._files.setdefault(place.component, {})[place.path] = body

    def _add_child(self, place: SourceFile, name: PurePosixPath, body: bytes) -> None:
        child = place.component
        document = self._parsed(name, body)
        if not xml.text(document, "fullName"):
            full_name = xml.new_root("fullName")
            full_name.text = child.full_name.rpartition(".")[2]
            document.insert(0, full_name)
        content = xml.write(xml.renamed(document, child.type))
        self._children.append(Component(child.type, child.full_name, {"": content}))

    def _parsed(self, name: PurePosixPath | str, body: bytes) -> xml.Element:
        try:
            return xml.parse(body)
        except xml.BadXml as error:
            raise NotMetadata(f"{self._package}/{name}, line {error.line}: {error}") from error

    def components(self) -> dict[tuple[str, str], Component]:
        """Everything that was added."""
        self._join_contents()
        self._join_parts()
        result: dict[tuple[str, str], Component] = {}
        for owner, bodies in self._files.items():
            for component in _expanded(owner, bodies):
                result[component.component_id.key] = component
        for child in self._children:
            result[child.component_id.key] = child
        return result

    def _join_contents(self) -> None:
        for owner, contents in self._contents.items():
            if owner.type == "StaticResource":
                self._files.setdefault(owner, {})[main_file(owner)] = static_resource(contents)
                continue
            for name, body in contents.items():
                document = ComponentId(owner.type, name)
                path = main_file(document)
                self._files[document] = {path: body}
                if owner in self._metas:
                    self._files[document][f"{path}{META}"] = self._metas[owner]

    def _join_parts(self) -> None:
        for owner, found in self._parts.items():
            path = main_file(owner)
            bodies = self._files.setdefault(owner, {})
            root = (
                xml.renamed(self._parsed(path, bodies[path]), owner.type)
                if path in bodies
                else xml.new_root(owner.type)
            )
            for tag, body in found:
                root.append(xml.renamed(self._parsed(path, body), tag))
            bodies[path] = xml.write(root)
