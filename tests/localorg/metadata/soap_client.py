"""A SOAP client written with the standard library only, and an org served over real HTTP for it to talk to."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import socket
import threading
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import uvicorn

from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.app import build_app

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
META = f'xmlns="{NAMESPACE}"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Fault(Exception):
    """A SOAP fault: HTTP status, code and text."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"{status} {code} {text}")
        self.status, self.code, self.text = status, code, text


@contextlib.contextmanager
def serving(org: LocalOrg) -> Iterator[str]:
    """Serves the org on a free port of the loopback device; gives its address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_app(org), log_config=None, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        org.deploys.close()


def as_dict(element: ElementTree.Element) -> Any:
    """An element as text, or as a dict of lists by child name."""
    if not len(element):
        return element.text or ""
    result: dict[str, list[Any]] = {}
    for child in element:
        result.setdefault(child.tag.rpartition("}")[2], []).append(as_dict(child))
    return result


class Soap:
    """One org's Metadata API as one user."""

    def __init__(self, url: str, token: str, version: str = "63.0") -> None:
        self.url, self.token, self.version = url, token, version

    def send(self, envelope: str, suffix: str = "") -> bytes:
        request = urllib.request.Request(
            f"{self.url}/services/Soap/m/{self.version}{suffix}",
            envelope.encode(),
            {"Content-Type": "text/xml", "SOAPAction": '""'},
        )
        try:
            with OPENER.open(request, timeout=30) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            root = ElementTree.fromstring(error.read())
            code = next(root.iter("faultcode")).text or ""
            raise Fault(error.code, code, next(root.iter("faultstring")).text or "") from None

    def call(self, operation: str, inner: str = "", suffix: str = "") -> list[Any]:
        """The `result` elements of the answer."""
        envelope = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
            f"<m:SessionHeader xmlns:m='{NAMESPACE}'><m:sessionId>{escape(self.token)}</m:sessionId></m:SessionHeader>"
            f"</e:Header><e:Body><{operation} {META}>{inner}</{operation}></e:Body></e:Envelope>"
        )
        root = ElementTree.fromstring(self.send(envelope, suffix))
        return [as_dict(item) for item in root.iter(f"{{{NAMESPACE}}}result")]

    def retrieve(self, wanted: Mapping[str, list[str]], *, single: bool = True) -> tuple[dict[str, bytes], Any]:
        """The files of a retrieve, and its result."""
        inner = (
            f"<retrieveRequest><apiVersion>{self.version}</apiVersion><singlePackage>{str(single).lower()}"
            f"</singlePackage><unpackaged>{types(wanted)}<version>{self.version}</version></unpackaged></retrieveRequest>"
        )
        started = self.call("retrieve", inner)[0]
        result = self.call("checkRetrieveStatus", f"<asyncProcessId>{started['id'][0]}</asyncProcessId>")[0]
        return unzip(base64.b64decode(result["zipFile"][0])), result

    def listing(self, type_name: str, folder: str = "") -> dict[str, Any]:
        """full name → FileProperties."""
        inner = f"<queries>{f'<folder>{folder}</folder>' if folder else ''}<type>{type_name}</type></queries>"
        return {item["fullName"][0]: item for item in self.call("listMetadata", inner)}

    def start(self, files: Mapping[str, str | bytes], **options: Any) -> str:
        """Starts a deploy; its id."""
        chosen = {"rollbackOnError": True, "singlePackage": True, **options}
        told = "".join(
            f"<{key}>{str(item).lower() if isinstance(item, bool) else item}</{key}>"
            for key, value in chosen.items()
            for item in (value if isinstance(value, list) else [value])
        )
        content = base64.b64encode(zipped(files)).decode()
        inner = f"<ZipFile>{content}</ZipFile><DeployOptions>{told}</DeployOptions>"
        return str(self.call("deploy", inner)[0]["id"][0])

    def status(self, deploy_id: str) -> Any:
        inner = f"<asyncProcessId>{deploy_id}</asyncProcessId><includeDetails>true</includeDetails>"
        return self.call("checkDeployStatus", inner)[0]

    def finish(self, deploy_id: str) -> Any:
        """The result of a deploy, when it is done."""
        for _ in range(1000):
            result = self.status(deploy_id)
            if result["done"] == ["true"]:
                return result
            time.sleep(0.01)
        raise AssertionError("the deployment does not end")

    def deploy(self, files: Mapping[str, str | bytes], **options: Any) -> Any:
        return self.finish(self.start(files, **options))


class Rest:
    """The same org over REST."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        request = urllib.request.Request(
            f"{self.url}/services/data/v63.0{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            method=method,
        )
        try:
            with OPENER.open(request, timeout=30) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        return status, json.loads(text) if text else None

    def tooling(self, soql: str) -> list[dict[str, Any]]:
        return self._records("/tooling/query?q=", soql)

    def query(self, soql: str) -> list[dict[str, Any]]:
        return self._records("/query?q=", soql)

    def _records(self, path: str, soql: str) -> list[dict[str, Any]]:
        status, answer = self.call("GET", path + urllib.request.quote(soql))
        assert status == 200, answer
        return list(answer["records"])


def types(wanted: Mapping[str, list[str]]) -> str:
    return "".join(
        f"<types>{''.join(f'<members>{escape(name)}</members>' for name in names)}<name>{kind}</name></types>"
        for kind, names in wanted.items()
    )


def manifest(**wanted: list[str]) -> str:
    """package.xml."""
    return f"{HEAD}<Package {META}>{types(wanted)}<version>63.0</version></Package>"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, body in files.items():
            archive.writestr(path, body)
    return buffer.getvalue()


def unzip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def problems(result: Any) -> dict[str, str]:
    """full name → problem of the failures in a deploy result."""
    failures = result["details"][0].get("componentFailures", [])
    return {item["fullName"][0]: item["problem"][0] for item in failures}


def successes(result: Any) -> dict[str, Any]:
    """full name → message of the successes in a deploy result, without package.xml."""
    found = {item["fullName"][0]: item for item in result["details"][0].get("componentSuccesses", [])}
    return {name: item for name, item in found.items() if name != "package.xml"}
