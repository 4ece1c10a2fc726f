"""retrieve: a manifest in, a zip with the components out."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import manifest, parts
from hotfix_tui.localorg.metadata.catalogue import file_properties, listed
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import main_file
from hotfix_tui.localorg.metadata.types import metadata_types

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_FILES = 10_000
MAX_ZIP_BYTES = 39 * 1024 * 1024


@dataclass
class _Wanted:
    """A parent of which the whole or some children were asked for."""

    whole: bool = False
    children: dict[str, Component] = field(default_factory=dict)


@dataclass
class Retrieval:
    """What a retrieve gathers."""

    files: dict[str, bytes] = field(default_factory=dict)
    properties: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, str]] = field(default_factory=list)
    members: dict[str, set[str]] = field(default_factory=dict)


class Retriever:
    """Gathers the components of one manifest. `single_package`: files at the root of the zip, not in `unpackaged/`."""

    def __init__(self, org: LocalOrg, *, single_package: bool) -> None:
        self._org = org
        self._prefix = "" if single_package else "unpackaged/"
        self._found = Retrieval()
        self._parents: dict[tuple[str, str], _Wanted] = {}

    def retrieve(self, wanted: manifest.Manifest) -> Retrieval:
        """Everything the manifest names; what cannot be found is a message, not a failure."""
        for member in wanted.members:
            self._member(member.component)
        for (type_name, full_name), parent in sorted(self._parents.items()):
            self._add_parent(type_name, full_name, parent)
        version = wanted.version or "63.0"
        found = self._found
        found.files[f"{self._prefix}package.xml"] = manifest.write(found.members, version)
        listed_as = Component("Package", "package.xml", {"package.xml": b""})
        found.properties.append(file_properties(self._org, listed_as, self._prefix))
        return found

    def _member(self, wanted: ComponentId) -> None:
        table = metadata_types()
        if not table.known(wanted.type):
            self._message("package.xml", f"Unknown type name '{wanted.type}' specified in package.xml")
            return
        names = [wanted.full_name]
        if wanted.full_name == "*":
            names = self._all_names(wanted.type) if table.takes_wildcard(wanted.type) else []
        for name in names:
            self._one(ComponentId(wanted.type, name))

    def _all_names(self, type_name: str) -> list[str]:
        names = [item.full_name for item in listed(self._org, type_name)]
        if type_name == "CustomObject":
            # `*` gives custom objects only: a standard object comes when it is named.
            return [name for name in names if "__" in name]
        return names

    def _one(self, wanted: ComponentId) -> None:
        child = metadata_types().children.get(wanted.type)
        if child is not None:
            component = self._org.components.get(wanted.type, wanted.full_name)
            if component is None:
                self._unknown(wanted)
                return
            key = (child.parent, parts.parent_name(child, component.full_name))
            self._parents.setdefault(key, _Wanted()).children[str(component.component_id)] = component
            self._name(wanted.type, component.full_name)
            return
        found = metadata_types().types.get(wanted.type)
        if found is not None and found.children and not found.bundle:
            self._whole_parent(wanted)
            return
        component = self._org.components.get(wanted.type, wanted.full_name)
        if component is None or not component.files:
            self._unknown(wanted)
            return
        self._name(wanted.type, component.full_name)
        for path, body in component.files.items():
            self._file(path, body)
        self._found.properties.append(file_properties(self._org, component, self._prefix))

    def _whole_parent(self, wanted: ComponentId) -> None:
        components = self._org.components
        own = components.get(wanted.type, wanted.full_name)
        children = components.children(wanted.type, wanted.full_name)
        name = own.full_name if own else wanted.full_name
        if own is None and not children:
            standard = self._org.schema.object(wanted.full_name) if wanted.type == "CustomObject" else None
            if standard is None:
                self._unknown(wanted)
                return
            name = standard.name
        parent = self._parents.setdefault((wanted.type, name), _Wanted())
        parent.whole = True
        parent.children.update({str(item.component_id): item for item in children})
        self._name(wanted.type, name)

    def _add_parent(self, type_name: str, full_name: str, wanted: _Wanted) -> None:
        own = self._org.components.get(type_name, full_name)
        children = [wanted.children[key] for key in sorted(wanted.children)]
        body = parts.compose(type_name, own.xml if own and wanted.whole else None, children)
        path = main_file(ComponentId(type_name, full_name))
        self._file(path, body)
        if wanted.whole:
            component = own or Component(type_name, full_name, {path: body})
            self._found.properties.append(file_properties(self._org, component, self._prefix))
        for child in children:
            shown = Component(**{**vars(child), "files": {path: b""}})
            self._found.properties.append(file_properties(self._org, shown, self._prefix))

    def _file(self, path: str, body: bytes) -> None:
        self._found.files[f"{self._prefix}{path}"] = body

    def _name(self, type_name: str, full_name: str) -> None:
        self._found.members.setdefault(type_name, set()).add(full_name)

    def _unknown(self, wanted: ComponentId) -> None:
        problem = f"Entity of type '{wanted.type}' named '{wanted.full_name}' cannot be found"
        self._message("package.xml", problem)

    def _message(self, file_name: str, problem: str) -> None:
        self._found.messages.append({"fileName": f"{self._prefix}{file_name}", "problem": problem})


def zipped(files: dict[str, bytes]) -> bytes:
    """The files as a zip, in path order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(path, files[path])
    return buffer.getvalue()


def retrieve_result(org: LocalOrg, retrieve_id: str, wanted: manifest.Manifest, *, single: bool) -> dict[str, Any]:
    """The RetrieveResult of a manifest, elements in the order of the WSDL, with the zip as base64 text."""
    found = Retriever(org, single_package=single).retrieve(wanted)
    content = zipped(found.files)
    failed = len(found.files) > MAX_FILES or len(content) > MAX_ZIP_BYTES
    if failed:
        message = f"Maximum number of files in request of {MAX_FILES:,} exceeded or zip larger than 39 MB"
        return {
            "done": True,
            "errorMessage": message,
            "errorStatusCode": "LIMIT_EXCEEDED",
            "id": retrieve_id,
            "status": "Failed",
            "success": False,
            "zipFile": "",
        }
    return {
        "done": True,
        "fileProperties": found.properties,
        "id": retrieve_id,
        "messages": found.messages,
        "status": "Succeeded",
        "success": True,
        "zipFile": base64.b64encode(content).decode(),
    }
