"""retrieve: a manifest in, a zip with the components out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import manifest, parts, xml
from hotfix_tui.localorg.metadata.bodies import Deflated, deflated, zipped
from hotfix_tui.localorg.metadata.catalogue import PropertiesOf, listed
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.flows import version_of
from hotfix_tui.localorg.metadata.layout import META, main_file
from hotfix_tui.localorg.metadata.profile_view import WHOLE_PERMISSION_SETS, cut, without_off
from hotfix_tui.localorg.metadata.shapes import KNOWN_VERSION, shapes
from hotfix_tui.localorg.metadata.standing import standing
from hotfix_tui.localorg.metadata.types import metadata_types
from hotfix_tui.localorg.metadata.versions import NEWEST, number

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_FILES = 10_000
MAX_ZIP_BYTES = 39 * 1024 * 1024


class TooLarge(Exception):
    """A retrieve asks for more than one answer may hold."""


@dataclass
class _Wanted:
    """A parent of which the whole or some children were asked for."""

    whole: bool = False
    children: dict[str, Component] = field(default_factory=dict)


@dataclass
class Retrieval:
    """What a retrieve gathers."""

    files: dict[str, Deflated] = field(default_factory=dict)
    properties: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, str]] = field(default_factory=list)
    members: dict[str, set[str]] = field(default_factory=dict)

    def only(self, paths: Collection[str]) -> None:
        """Leaves these files (and package.xml), and says which of them are not there."""
        for path in paths:
            if path not in self.files:
                self.messages.append({"fileName": path, "problem": f"File '{path}' was not found"})
        wanted = {"package.xml", *paths}
        self.files = {path: body for path, body in self.files.items() if path in wanted}
        self.properties = [item for item in self.properties if item["fileName"] in wanted]


class Retriever:
    """Gathers the components of one manifest. `single_package`: files at the root of the zip, not in `unpackaged/`."""

    def __init__(self, org: LocalOrg, *, single_package: bool) -> None:
        self._org = org
        self._prefix = "" if single_package else "unpackaged/"
        self._version = float(NEWEST)
        self._late: list[Component] = []
        self._properties = PropertiesOf(org)
        self._found = Retrieval()
        self._parents: dict[tuple[str, str], _Wanted] = {}

    def retrieve(self, wanted: manifest.Manifest) -> Retrieval:
        """Everything the manifest names; what cannot be found is a message, not a failure."""
        version = wanted.version or f"{NEWEST}.0"
        self._version = number(version)
        for member in wanted.members:
            self._member(member.component)
        for (type_name, full_name), parent in sorted(self._parents.items()):
            self._add_parent(type_name, full_name, parent)
        self._add_access()
        found = self._found
        self._file("package.xml", manifest.write(found.members, version))
        listed_as = Component("Package", "package.xml", {"package.xml": b""})
        found.properties.append(self._properties.of(listed_as, self._prefix))
        return found

    def _member(self, wanted: ComponentId) -> None:
        table = metadata_types()
        if not table.known(wanted.type):
            self._message("package.xml", f"Unknown type name '{wanted.type}' specified in package.xml")
            return
        found = table.types.get(wanted.type)
        # A folder may be named with a slash behind it (forcedotcom/source-deploy-retrieve, componentSet, does so).
        names = [wanted.full_name.removesuffix("/") if found and found.in_folder else wanted.full_name]
        if wanted.full_name == "*":
            names = self._all_names(wanted.type) if table.takes_wildcard(wanted.type) else []
        for name in names:
            self._one(ComponentId(wanted.type, name))

    def _get(self, wanted: ComponentId) -> Component | None:
        known = self._org.components.get(wanted.type, wanted.full_name)
        return known or standing(self._org, wanted)

    def _all_names(self, type_name: str) -> list[str]:
        names = [item.full_name for item in listed(self._org, type_name)]
        if type_name == "CustomObject":
            # `*` gives custom objects only: a standard object comes when it is named.
            return [name for name in names if "__" in name]
        return names

    def _one(self, wanted: ComponentId) -> None:
        child = metadata_types().children.get(wanted.type)
        if child is not None:
            component = self._get(wanted)
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
        if wanted.type in ("Profile", "PermissionSet") or (wanted.type == "Flow" and version_of(wanted.full_name)[1]):
            self._whole(wanted)
            return
        kept = self._org.components.kept(wanted.type, wanted.full_name)
        if kept is None or not kept[1]:
            self._whole(wanted)
            return
        component, files = kept
        self._name(wanted.type, component.full_name)
        for one in files:
            self._keep(self._kept_as_of_version(component.type, one))
        component.files = {one.path: b"" for one in files}
        self._found.properties.append(self._properties.of(component, self._prefix))

    def _whole(self, wanted: ComponentId) -> None:
        """A component whose files have to be looked at, or that nobody made."""
        component = self._get(wanted)
        if component is None or not component.files:
            self._unknown(wanted)
            return
        self._name(wanted.type, component.full_name)
        if wanted.type in ("Profile", "PermissionSet"):
            self._late.append(component)
            return
        for path, body in component.files.items():
            self._file(path, self._as_of_version(component.type, path, body))
        self._found.properties.append(self._properties.of(component, self._prefix))

    def _add_access(self) -> None:
        """Profiles show what the rest of the manifest names; so do permission sets before API 40."""
        named = {kind: {name.lower() for name in names} for kind, names in self._found.members.items()}
        for component in self._late:
            for path, body in component.files.items():
                whole = component.type == "PermissionSet" and self._version >= WHOLE_PERMISSION_SETS
                shown = without_off(body) if whole else cut(body, named)
                self._file(path, self._as_of_version(component.type, path, shown))
            self._found.properties.append(self._properties.of(component, self._prefix))

    def _kept_as_of_version(self, type_name: str, one: Deflated) -> Deflated:
        """As `_as_of_version`, of a file that is deflated: most stay as they are."""
        if self._version > KNOWN_VERSION or self._is_content(type_name, one.path):
            return one
        body = one.plain
        shown = self._as_of_version(type_name, one.path, body)
        return one if shown is body else deflated(one.path, shown)

    @staticmethod
    def _is_content(type_name: str, path: str) -> bool:
        kind = metadata_types().types[type_name]
        content = kind.bundle or kind.meta_file or kind.source in ("content", "mixed")
        return bool(content) and not path.endswith(META)

    def _as_of_version(self, type_name: str, path: str, body: bytes) -> bytes:
        """The file without the elements that came after the version asked for, as far as they are known."""
        if self._version > KNOWN_VERSION or self._is_content(type_name, path):
            return body
        if shapes().known(type_name) and not shapes().may_lack(body, type_name):
            return body
        root = xml.parse(body)
        shapes().arrange(root, xml.name(root))
        return xml.write(root)

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
        self._file(path, self._as_of_version(type_name, path, body))
        if wanted.whole:
            component = own or Component(type_name, full_name, {path: body})
            self._found.properties.append(self._properties.of(component, self._prefix))
        for child in children:
            shown = Component(**{**vars(child), "files": {path: b""}})
            self._found.properties.append(self._properties.of(shown, self._prefix))

    def _file(self, path: str, body: bytes) -> None:
        self._keep(deflated(path, body))

    def _keep(self, one: Deflated) -> None:
        path = f"{self._prefix}{one.path}"
        self._found.files[path] = replace(one, path=path) if self._prefix else one
        if len(self._found.files) > MAX_FILES:
            raise TooLarge

    def _name(self, type_name: str, full_name: str) -> None:
        self._found.members.setdefault(type_name, set()).add(full_name)

    def _unknown(self, wanted: ComponentId) -> None:
        problem = f"Entity of type '{wanted.type}' named '{wanted.full_name}' cannot be found"
        self._message("package.xml", problem)

    def _message(self, file_name: str, problem: str) -> None:
        self._found.messages.append({"fileName": f"{self._prefix}{file_name}", "problem": problem})


def retrieve_result(
    org: LocalOrg, retrieve_id: str, wanted: manifest.Manifest, *, single: bool, files: Collection[str] = ()
) -> tuple[dict[str, Any], bytes]:
    """The RetrieveResult of a manifest without its zip, elements in the order of the WSDL, and the zip.

    `files`: the paths of the only files to give (specificFiles); all of them when empty.
    """
    try:
        found = Retriever(org, single_package=single).retrieve(wanted)
        if files:
            found.only(files)
        content = zipped(found.files.values())
        if len(content) > MAX_ZIP_BYTES:
            raise TooLarge
    except TooLarge:
        message = f"Maximum number of files in request of {MAX_FILES:,} exceeded or zip larger than 39 MB"
        return failed_result(retrieve_id, "LIMIT_EXCEEDED", message), b""
    result = {
        "done": True,
        "fileProperties": found.properties,
        "id": retrieve_id,
        "messages": found.messages,
        "status": "Succeeded",
        "success": True,
    }
    return result, content


def failed_result(retrieve_id: str, code: str, message: str) -> dict[str, Any]:
    """The RetrieveResult of a retrieve that gives nothing."""
    told = {"done": True, "errorMessage": message, "errorStatusCode": code, "id": retrieve_id}
    return {**told, "status": "Failed", "success": False}
