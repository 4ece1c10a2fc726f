"""createMetadata, readMetadata, updateMetadata, upsertMetadata, deleteMetadata: single components, at once.

Each write is a small deployment that does not wait in the queue: the same checks, no tests, nothing kept of it. What a
running deployment brings is locked against it. Nothing voids a validation here, as nothing made in Setup does.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import manifest, parts, xml
from hotfix_tui.localorg.metadata.archive import MANIFEST
from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.engine import DeployRun, Steps
from hotfix_tui.localorg.metadata.envelope import NIL, Raw, SoapFault, boolean
from hotfix_tui.localorg.metadata.job import DeployJob
from hotfix_tui.localorg.metadata.layout import META, main_file
from hotfix_tui.localorg.metadata.locks import LOCKED
from hotfix_tui.localorg.metadata.options import DeployOptions
from hotfix_tui.localorg.metadata.shapes import KNOWN_VERSION, shapes
from hotfix_tui.localorg.metadata.standing import standing
from hotfix_tui.localorg.metadata.support import timestamp
from hotfix_tui.localorg.metadata.types import metadata_types

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_MOST = 10
_MORE = frozenset({"CustomMetadata", "CustomApplication"})
_MOST_OF_THOSE = 200
# Bundles and code have only file-based calls.
_FILES_ONLY = frozenset({"ApexClass", "ApexTrigger"})
_TYPE, _NIL = f"{{{xml.XSI}}}type", f"{{{xml.XSI}}}nil"
Result = dict[str, Any]


@dataclass(frozen=True)
class _Given:
    """A component of a call: what it is, as the org names it, and its element."""

    component: ComponentId
    element: xml.Element


class Crud:
    """The calls of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def create(self, body: xml.Element, header: xml.Element | None, user_id: str) -> list[Result]:
        """The SaveResults of createMetadata; a component that is there already is not created."""
        return self._write(body, header, user_id, "create")

    def update(self, body: xml.Element, header: xml.Element | None, user_id: str) -> list[Result]:
        """The SaveResults of updateMetadata; a component that is not there is not updated."""
        return self._write(body, header, user_id, "update")

    def upsert(self, body: xml.Element, header: xml.Element | None, user_id: str) -> list[Result]:
        """The UpsertResults of upsertMetadata."""
        return self._write(body, header, user_id, "upsert")

    def _write(self, body: xml.Element, header: xml.Element | None, user_id: str, mode: str) -> list[Result]:
        given = [_given(element) for element in xml.children(body, "metadata")]
        _check_number({item.component.type for item in given}, len(given))
        together = boolean(header, "allOrNone")
        if together and len(given) > 1:
            keys = [item.component.key for item in given]
            problems = [
                self._refused(item.component, mode) or (_TWICE if item.component.key in keys[:index] else {})
                for index, item in enumerate(given)
            ]
            if not any(problems):
                return self._saved_together(given, user_id, mode)
            return [self._result(i, why or _ROLLED_BACK, mode) for i, why in zip(given, problems, strict=True)]
        return [self._saved(item, user_id, mode) for item in given]

    def _refused(self, component: ComponentId, mode: str) -> Result:
        exists = self._org.components.exists(component.type, component.full_name) or self._stands(component)
        if component.type in _FILES_ONLY or _is_bundle(component.type):
            return _error("INVALID_TYPE_FOR_OPERATION", f"{component.type} can only be deployed and retrieved")
        if not component.full_name:
            return _error("REQUIRED_FIELD_MISSING", "Required fields are missing: [fullName]", "fullName")
        if self._org.deploys.locked(component):
            return _error(*LOCKED)
        if mode == "create" and exists:
            text = f"The {component.type} {component.full_name} is already in use"
            return _error("DUPLICATE_DEVELOPER_NAME", text, "fullName")
        if mode == "update" and not exists:
            return _error("INVALID_CROSS_REFERENCE_KEY", f"no {component.type} named {component.full_name} found")
        return {}

    def _stands(self, component: ComponentId) -> bool:
        return self._is_standard(component) or standing(self._org, component) is not None

    def _is_standard(self, component: ComponentId) -> bool:
        return component.type == "CustomObject" and self._org.schema.object(component.full_name) is not None

    def _saved(self, item: _Given, user_id: str, mode: str) -> Result:
        problem = self._refused(item.component, mode)
        if problem:
            return self._result(item, problem, mode)
        existed = self._org.components.exists(item.component.type, item.component.full_name)
        return self._result(item, self._run([item], user_id), mode, existed=existed)

    def _saved_together(self, given: list[_Given], user_id: str, mode: str) -> list[Result]:
        existed = [self._org.components.exists(i.component.type, i.component.full_name) for i in given]
        problem = self._run(given, user_id)
        return [self._result(i, problem, mode, existed=was) for i, was in zip(given, existed, strict=True)]

    def _run(self, given: list[_Given], user_id: str) -> Result:
        """Deploys the components; the error, or {} when they were saved."""
        try:
            files = _package_files(given)
        except SoapFault as problem:
            return _error(problem.code, problem.message)
        return self._deploy(files, user_id)

    def _deploy(self, files: dict[str, bytes], user_id: str) -> Result:
        at = timestamp(self._org)
        options = DeployOptions(rollback_on_error=True, single_package=True, test_level="NoTestRun")
        job = DeployJob("", options, user_id, at)
        run = DeployRun(self._org, job, b"", Steps(lambda: None, lambda: None))
        if run.run_files(files) == "Succeeded":
            return {}
        first = job.failures[0]
        return _error("FIELD_INTEGRITY_EXCEPTION", first.problem)

    @staticmethod
    def _result(item: _Given, problem: Result, mode: str, *, existed: bool = False) -> Result:
        told: Result = {"errors": [problem] if problem else [], "fullName": item.component.full_name}
        told["success"] = not problem
        return {"created": not problem and not existed, **told} if mode == "upsert" else told

    def delete(self, body: xml.Element, header: xml.Element | None, user_id: str) -> list[Result]:
        """The DeleteResults of deleteMetadata, by type and full names."""
        type_name = xml.text(body, "type")
        names = [xml.text(element) for element in xml.children(body, "fullNames")]
        _check_type(type_name)
        _check_number({type_name}, len(names))
        found = [_stored(type_name, name) for name in names]
        problems = [self._cannot_delete(item) for item in found]
        if boolean(header, "allOrNone") and any(problems):
            problems = [problem or _ROLLED_BACK for problem in problems]
        else:
            problems = [problem or self._deleted(item, user_id) for item, problem in zip(found, problems, strict=True)]
        return [
            {"errors": [problem] if problem else [], "fullName": name, "success": not problem}
            for name, problem in zip(names, problems, strict=True)
        ]

    def _cannot_delete(self, component: ComponentId) -> Result:
        if component.type in _FILES_ONLY or _is_bundle(component.type):
            return _error("INVALID_TYPE_FOR_OPERATION", f"{component.type} can only be deleted by a deployment")
        if not self._org.components.exists(component.type, component.full_name):
            return _error("INVALID_CROSS_REFERENCE_KEY", f"no {component.type} named {component.full_name} found")
        return _error(*LOCKED) if self._org.deploys.locked(component) else {}

    def _deleted(self, component: ComponentId, user_id: str) -> Result:
        version = f"{KNOWN_VERSION}.0"
        named = manifest.write({component.type: [component.full_name]}, version)
        return self._deploy({MANIFEST: manifest.write({}, version), "destructiveChanges.xml": named}, user_id)

    def read(self, body: xml.Element) -> Result:
        """The ReadResult of readMetadata: a record for each name, nil for one that is not there."""
        type_name = xml.text(body, "type")
        names = [xml.text(element) for element in xml.children(body, "fullNames")]
        _check_type(type_name)
        _check_number({type_name}, len(names))
        return {"records": [self._record(type_name, name) for name in names]}

    def _record(self, type_name: str, full_name: str) -> Raw | str:
        stored = _stored(type_name, full_name)
        if stored.type in _FILES_ONLY or _is_bundle(stored.type):
            raise SoapFault("INVALID_TYPE", f"{type_name} can only be retrieved")
        document, name = self._document(stored)
        if document is None:
            return NIL
        root = xml.as_root(document, "records")
        for element in xml.children(root, "fullName"):
            root.remove(element)
        told = xml.new_root("fullName")
        told.text = name
        root.insert(0, told)
        self._add_content(root, stored)
        shapes().arrange(root, type_name)
        root.set(_TYPE, type_name)
        return Raw(xml.fragment(root))

    def _document(self, stored: ComponentId) -> tuple[xml.Element | None, str]:
        """The component's XML with its children, and its name as the org writes it."""
        if stored.type in metadata_types().children:
            found = self._org.components.get(stored.type, stored.full_name)
            return (xml.parse(found.xml), found.full_name) if found else (None, "")
        own = self._org.components.get(stored.type, stored.full_name)
        own = own or standing(self._org, stored)
        files = self._org.components.whole(stored.type, stored.full_name) or (own.files if own else {})
        name = own.full_name if own else stored.full_name
        if not files and self._is_standard(stored):
            return xml.new_root(stored.type), self._org.schema.require(stored.full_name).name
        texts = [body for path, body in sorted(files.items()) if len(files) == 1 or path.endswith(META)]
        return (xml.parse(texts[0]), name) if texts else (None, "")

    def _add_content(self, root: xml.Element, stored: ComponentId) -> None:
        kind = metadata_types().types.get(stored.type)
        if kind is None or not kind.meta_file:
            return
        files = self._org.components.whole(stored.type, stored.full_name)
        bodies = [body for path, body in sorted(files.items()) if not path.endswith(META)]
        for body in bodies[:1]:
            content = xml.new_root("content")
            content.text = base64.b64encode(body).decode()
            root.append(content)


def _error(code: str, message: str, *fields: str) -> Result:
    return {"fields": list(fields), "message": message, "statusCode": code}


_ROLLED_BACK = _error(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK", "Record rolled back because not all records were valid and allOrNone was set"
)

_TWICE = _error("DUPLICATE_VALUE", "Duplicate full name in one call", "fullName")


def _check_type(type_name: str) -> None:
    if not shapes().is_metadata(type_name) or not _known(_stored_type(type_name)):
        raise SoapFault("INVALID_TYPE", f"Unknown type:{type_name}")


def _known(type_name: str) -> bool:
    return metadata_types().known(type_name)


def _check_number(types: set[str], number: int) -> None:
    if len(types) > 1:
        raise SoapFault("INVALID_TYPE", f"A call takes components of one type, not of {', '.join(sorted(types))}")
    most = _MOST_OF_THOSE if types <= _MORE else _MOST
    if number > most:
        text = f"record limit reached. cannot submit more than {most} records into this call"
        raise SoapFault("EXCEEDED_ID_LIMIT", text)


def _is_bundle(type_name: str) -> bool:
    found = metadata_types().types.get(type_name)
    return found is not None and found.bundle


def _stored_type(type_name: str) -> str:
    """The type under which files have it: AccountSettings is the Settings named Account."""
    if type_name.endswith("Settings") and type_name not in metadata_types().types:
        return "Settings"
    folder = metadata_types().of_folder(type_name)
    return folder.name if folder else type_name


def _stored(type_name: str, full_name: str) -> ComponentId:
    return ComponentId(_stored_type(type_name), full_name)


def _given(element: xml.Element) -> _Given:
    type_name = (element.get(_TYPE) or "").rpartition(":")[2]
    if not type_name or element.get(_NIL) in ("true", "1"):
        raise SoapFault("soapenv:Client", "Must specify a {http://www.w3.org/2001/XMLSchema-instance}type of metadata")
    _check_type(type_name)
    document = xml.renamed(element, type_name)
    document.attrib.clear()
    _drop_nil(document)
    misfit = shapes().misfit(document, type_name)
    if misfit is not None:
        raise SoapFault("soapenv:Client", misfit.problem)
    return _Given(_stored(type_name, xml.text(document, "fullName")), document)


def _drop_nil(parent: xml.Element) -> None:
    """Clients that serialise by the WSDL send a nil element for what they leave out."""
    for element in xml.children(parent):
        if element.get(_NIL) in ("true", "1"):
            parent.remove(element)
        else:
            _drop_nil(element)


def _package_files(given: list[_Given]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    members: dict[str, set[str]] = {}
    children: dict[tuple[str, str], xml.Element] = {}
    for item in given:
        wanted = item.component
        child = metadata_types().children.get(wanted.type)
        if child is None:
            files.update(_files(item))
        else:
            name = parts.parent_name(child, wanted.full_name)
            root = children.setdefault((child.parent, name), xml.new_root(child.parent))
            part = xml.renamed(item.element, child.tag)
            for element in xml.children(part, "fullName"):
                element.text = wanted.full_name.rpartition(".")[2]
            root.append(part)
        _name_all(item, members)
    for (type_name, name), root in children.items():
        files[main_file(ComponentId(type_name, name))] = xml.write(root)
    return {MANIFEST: manifest.write(members, f"{KNOWN_VERSION}.0"), **files}


def _name_all(item: _Given, members: dict[str, set[str]]) -> None:
    members.setdefault(item.component.type, set()).add(item.component.full_name)


def _files(item: _Given) -> dict[str, bytes]:
    kind = metadata_types().types[item.component.type]
    root = xml.renamed(item.element, xml.name(item.element))
    for element in xml.children(root, "fullName"):
        root.remove(element)
    path = main_file(item.component)
    if kind.in_folder and "/" not in item.component.full_name:
        return {f"{path}{META}": xml.write(root)}
    if not kind.meta_file:
        return {path: xml.write(root)}
    content = xml.child(root, "content")
    if content is None:
        raise SoapFault("REQUIRED_FIELD_MISSING", "Required fields are missing: [content]")
    root.remove(content)
    try:
        body = base64.b64decode("".join((content.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise SoapFault("INVALID_TYPE", "content is not base64") from None
    return {path: body, f"{path}{META}": xml.write(root)}
