"""Talking to an org over HTTP with the standard library only: what tests believe must not come from the program."""

from __future__ import annotations

import base64
import io
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NS = "{http://soap.sforce.com/2006/04/metadata}"
API = "60.0"


class Refused(Exception):
    """An HTTP error answer."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body[:2000]}")
        self.status = status
        self.body = body


class Wire:
    """One org as one user."""

    def __init__(self, entry: dict[str, Any], username: str = "") -> None:
        self.url = entry["instance_url"]
        self.token = entry["users"][username] if username else entry["access_token"]
        self.entry = entry

    def call(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> bytes:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, "SOAPAction": '""'}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with OPENER.open(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode("utf-8", "replace")) from None

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.call(method, f"/services/data/v{API}{path}", None if body is None else json.dumps(body).encode())
        return json.loads(answer) if answer.strip() else None

    def query(self, soql: str, tooling: bool = False) -> list[dict[str, Any]]:
        found = self.rest("GET", f"{'/tooling' if tooling else ''}/query?{urllib.parse.urlencode({'q': soql})}")
        rows = list(found["records"])
        while not found.get("done", True):
            found = json.loads(self.call("GET", found["nextRecordsUrl"]))
            rows += found["records"]
        return rows

    def count(self, name: str, where: str = "") -> int:
        found = self.rest("GET", "/query?" + urllib.parse.urlencode({"q": f"SELECT COUNT() FROM {name} {where}"}))
        return int(found["totalSize"])

    # Metadata

    def soap(self, body: str) -> ElementTree.Element:
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns="http://soap.sforce.com/2006/04/metadata"><e:Header><SessionHeader><sessionId>'
            f"{self.token}</sessionId></SessionHeader></e:Header><e:Body>{body}</e:Body></e:Envelope>"
        )
        return ElementTree.fromstring(self.call("POST", f"/services/Soap/m/{API}", envelope.encode(), "text/xml"))

    def retrieve(self, wanted: dict[str, Iterable[str]]) -> dict[str, bytes]:
        types = "".join(
            f"<types>{''.join(f'<members>{escape(m)}</members>' for m in members)}<name>{name}</name></types>"
            for name, members in wanted.items()
        )
        started = self.soap(
            f"<retrieve><retrieveRequest><apiVersion>{API}</apiVersion><singlePackage>true</singlePackage>"
            f"<unpackaged>{types}<version>{API}</version></unpackaged></retrieveRequest></retrieve>"
        )
        asynchronous = text(started, "id")
        for _ in range(200):
            answer = self.soap(
                f"<checkRetrieveStatus><asyncProcessId>{asynchronous}</asyncProcessId></checkRetrieveStatus>"
            )
            if text(answer, "done") == "true":
                break
            time.sleep(0.02)
        assert text(answer, "success") == "true", ElementTree.tostring(answer)
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(text(answer, "zipFile")))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def listing(self, *types: str) -> dict[str, dict[str, str]]:
        """`Type:Full_Name` → properties."""
        found = {}
        for start in range(0, len(types), 3):
            queries = "".join(f"<queries><type>{name}</type></queries>" for name in types[start : start + 3])
            answer = self.soap(f"<listMetadata>{queries}<asOfVersion>{API}</asOfVersion></listMetadata>")
            for item in answer.iter(f"{NS}result"):
                row = {child.tag.removeprefix(NS): child.text or "" for child in item}
                found[f"{row['type']}:{row['fullName']}"] = row
        return found

    def deploy(
        self, files: dict[str, bytes], *, check_only: bool = False, tests: Iterable[str] = ()
    ) -> tuple[bool, list[str]]:
        """Deploys a package; whether it succeeded, and the problems."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, body in files.items():
                archive.writestr(name, body)
        started = self.soap(
            f"<deploy><ZipFile>{base64.b64encode(out.getvalue()).decode()}</ZipFile><DeployOptions><checkOnly>"
            f"{str(check_only).lower()}</checkOnly><rollbackOnError>true</rollbackOnError>"
            f"{''.join(f'<runTests>{name}</runTests>' for name in tests)}<singlePackage>true</singlePackage>"
            f"{'<testLevel>RunSpecifiedTests</testLevel>' if tests else ''}</DeployOptions></deploy>"
        )
        asynchronous = text(started, "id")
        for _ in range(500):
            answer = self.soap(
                f"<checkDeployStatus><asyncProcessId>{asynchronous}</asyncProcessId>"
                "<includeDetails>true</includeDetails></checkDeployStatus>"
            )
            if text(answer, "done") == "true":
                break
            time.sleep(0.02)
        problems = [
            f"{text(item, 'fullName')}: {text(item, 'problem')}" for item in answer.iter(f"{NS}componentFailures")
        ]
        return text(answer, "success") == "true", problems


def text(element: ElementTree.Element, name: str) -> str:
    found = next(element.iter(NS + name), None)
    return (found.text or "") if found is not None else ""


# What is in a package, component by component: the children of objects and labels on their own.

_FOLDERS = {
    "applications": "CustomApplication",
    "classes": "ApexClass",
    "customMetadata": "CustomMetadata",
    "customPermissions": "CustomPermission",
    "duplicateRules": "DuplicateRule",
    "flows": "Flow",
    "globalValueSets": "GlobalValueSet",
    "labels": "CustomLabels",
    "layouts": "Layout",
    "matchingRules": "MatchingRules",
    "objects": "CustomObject",
    "permissionsets": "PermissionSet",
    "queues": "Queue",
    "remoteSiteSettings": "RemoteSiteSetting",
    "settings": "Settings",
    "tabs": "CustomTab",
    "triggers": "ApexTrigger",
}
_CHILDREN = {
    ("CustomObject", "compactLayouts"): "CompactLayout",
    ("CustomObject", "fieldSets"): "FieldSet",
    ("CustomObject", "fields"): "CustomField",
    ("CustomObject", "listViews"): "ListView",
    ("CustomObject", "recordTypes"): "RecordType",
    ("CustomObject", "validationRules"): "ValidationRule",
    ("CustomLabels", "labels"): "CustomLabel",
    ("MatchingRules", "matchingRules"): "MatchingRule",
}


def components(files: dict[str, bytes]) -> dict[str, Any]:
    """`Type:Full_Name` → something that is equal when the component is: text, or a tree without order."""
    found: dict[str, Any] = {}
    for path, body in files.items():
        folder, _, rest = path.partition("/")
        if not rest:
            continue
        kind = _FOLDERS[folder]
        if path.endswith("-meta.xml"):
            found[f"{kind}:{_stem(rest.removesuffix('-meta.xml'))} (meta)"] = tree(ElementTree.fromstring(body))
        elif kind in ("ApexClass", "ApexTrigger"):
            found[f"{kind}:{_stem(rest)}"] = body.decode()
        else:
            found.update(_split(kind, _stem(rest), ElementTree.fromstring(body)))
    return found


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _split(kind: str, name: str, root: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in list(root):
        child = _CHILDREN.get((kind, item.tag.removeprefix(NS)))
        if child:
            own = text(item, "fullName")
            found[f"{child}:{own if kind == 'CustomLabels' else f'{name}.{own}'}"] = tree(item)
            root.remove(item)
    if len(root):
        found[f"{kind}:{name}"] = tree(root)
    return found


def tree(element: ElementTree.Element) -> Any:
    """An element as nested tuples; the order of children does not matter."""
    name = element.tag.removeprefix(NS) if isinstance(element.tag, str) else ""
    content = (element.text or "").strip()
    marks = tuple(
        sorted((key.rpartition("}")[2], re.sub(r"^\w+:", "", value)) for key, value in element.attrib.items())
    )
    return (name, content, marks, tuple(sorted((tree(child) for child in element), key=repr)))


def strings(value: Any) -> str:
    """All text of what `components` gives, to search for names in."""
    return value if isinstance(value, str) else " ".join(strings(item) for item in value)
