"""Retrieve requests and their results, which wait in the org until they are asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.metadata import manifest, xml
from hotfix_tui.localorg.metadata.envelope import Raw, SoapFault, boolean, element
from hotfix_tui.localorg.metadata.retrieve import failed_result, retrieve_result
from hotfix_tui.localorg.metadata.support import new_id

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_TABLE = (
    "CREATE TABLE IF NOT EXISTS _retrieval (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, result TEXT NOT NULL, zip BLOB)"
)
# Results are kept for so many requests; older ones are gone, as after a day in a real org.
_KEPT = 20
_KNOWN = frozenset(
    {"apiVersion", "packageNames", "rootTypesWithDependencies", "singlePackage", "specificFiles", "unpackaged"}
)


@dataclass
class RetrieveRequest:
    """What a retrieve was asked for. `members`: (type, full name) pairs; `files`: paths, all files when empty."""

    members: list[tuple[str, str]] = field(default_factory=list)
    version: str = ""
    single: bool = False
    files: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)


def request_of(body: xml.Element) -> RetrieveRequest:
    """The request in a retrieve call. Raises SoapFault for one that is not understood."""
    # Clients of the sf family send <request> where the WSDL says <retrieveRequest>.
    request = xml.child(body, "retrieveRequest")
    if request is None:
        request = xml.child(body, "request")
    if request is None:
        raise SoapFault("INVALID_TYPE", "retrieve needs a retrieveRequest")
    for part in xml.children(request):
        if xml.name(part) not in _KNOWN:
            problem = f"Element {{{xml.NAMESPACE}}}{xml.name(part)} invalid at this location in type RetrieveRequest"
            raise SoapFault("soapenv:Client", problem)
    if _texts(request, "rootTypesWithDependencies"):
        raise SoapFault("INVALID_OPERATION", "rootTypesWithDependencies is not offered by this org")
    found = RetrieveRequest(
        single=boolean(request, "singlePackage"),
        files=_texts(request, "specificFiles"),
        packages=_texts(request, "packageNames"),
    )
    if found.files and (found.packages or not found.single):
        problem = "specificFiles can only be used with singlePackage set to true and without packageNames"
        raise SoapFault("INVALID_OPERATION", problem)
    unpackaged = xml.child(request, "unpackaged")
    if unpackaged is None and not found.packages:
        raise SoapFault("INVALID_OPERATION", "retrieve needs packageNames or an unpackaged manifest")
    if unpackaged is not None:
        _read_manifest(unpackaged, found)
    # The manifest's version counts; the request's only where it has none (API 31 and later).
    found.version = found.version or xml.text(request, "apiVersion")
    return found


def _texts(parent: xml.Element, tag: str) -> list[str]:
    return [text for part in xml.children(parent, tag) if (text := xml.text(part))]


def _read_manifest(unpackaged: xml.Element, found: RetrieveRequest) -> None:
    try:
        wanted = manifest.from_element(unpackaged)
    except xml.BadXml as problem:
        raise SoapFault("INVALID_TYPE", str(problem)) from None
    found.members = [(item.component.type, item.component.full_name) for item in wanted.members]
    found.version = wanted.version


class Retrievals:
    """The retrieve jobs of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._store = org.store
        self._store.execute(_TABLE)

    def start(self, request: RetrieveRequest) -> str:
        """Gathers what is asked for, as it is now; the id under which it waits."""
        retrieve_id = new_id(self._org, "09S")
        result, content = self._result(retrieve_id, request)
        with self._store.transaction():
            seq = self._store.next_number("retrieve")
            self._store.execute("DELETE FROM _retrieval WHERE seq <= ?", (seq - _KEPT,))
            # There are thousands of properties, and each status asked for tells them all: they are written once.
            listed = element("fileProperties", result.get("fileProperties", []))
            row = (retrieve_id, seq, json.dumps({**result, "fileProperties": listed}), content)
            self._store.execute("INSERT INTO _retrieval VALUES (?, ?, ?, ?)", row)
        return retrieve_id

    def _result(self, retrieve_id: str, request: RetrieveRequest) -> tuple[dict[str, Any], bytes]:
        if request.packages:
            # No packages are installed here, and none can be made.
            message = f"INVALID_CROSS_REFERENCE_KEY: No package named '{request.packages[0]}' found"
            return failed_result(retrieve_id, "INVALID_CROSS_REFERENCE_KEY", message), b""
        wanted = manifest.of_members(request.members, request.version)
        return retrieve_result(self._org, retrieve_id, wanted, single=request.single, files=request.files)

    def known(self, retrieve_id: str) -> str:
        """The 18-character id of a retrieve. Raises SoapFault when there is none."""
        found = self._store.value("SELECT id FROM _retrieval WHERE substr(id, 1, 15) = ?", (retrieve_id[:15],))
        if found is None:
            raise SoapFault("INVALID_CROSS_REFERENCE_KEY", f"no AsyncApexJob for id {retrieve_id}")
        return str(found)

    def result(self, retrieve_id: str) -> tuple[dict[str, Any], bytes]:
        """The RetrieveResult without its zip, and the zip. Raises SoapFault when there is no such retrieve."""
        known = self.known(retrieve_id)
        row = self._store.row("SELECT result, zip FROM _retrieval WHERE id = ?", (known,))
        if row is None:
            return {}, b""
        result = json.loads(str(row[0]))
        return {**result, "fileProperties": Raw(result["fileProperties"])}, bytes(row[1])
