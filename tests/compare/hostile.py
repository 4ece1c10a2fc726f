"""Two local orgs over real HTTP that things go wrong with, found by the program as a person's orgs are."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from hotfix_tui import paths
from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.faults import faults_from
from hotfix_tui.localorg.loading.load import load_folder
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.person.director import Director
from hotfix_tui.localorg.person.script import steps_from
from hotfix_tui.localorg.rest.server import serve
from hotfix_tui.localorg.traffic import Traffic

Files = dict[str, bytes]
INSIDE = "unpackaged/"
_ZIP = re.compile(rb"<zipFile>([^<]*)</zipFile>")


@dataclass
class HostileOrg:
    """One of them. `refuse`: metadata types that it never gives. `rewrite`: what becomes of each package it sends."""

    name: str
    local: LocalOrg
    director: Director
    refuse: set[str] = field(default_factory=set)
    rewrite: Callable[[bytes], bytes] | None = None

    def fault(self, mode: str, **more: Any) -> None:
        """Something goes wrong with the next calls that fit (docs/local-orgs.md)."""
        self.local.faults.extend(faults_from({"org": self.name, "mode": mode, **more}))

    def meanwhile(self, *steps: Mapping[str, Any]) -> None:
        """A colleague works in it, after our listing and before our first retrieve."""
        after = {"call": "tooling-query", "nth": 1}
        given = [{"org": self.name, "by": f"bob@{self.name}.example", "after": after, **step} for step in steps]
        self.director.give(steps_from(given, self.local.clock))

    def replace(self, path: str, content: bytes) -> None:
        """One file of what it sends holds something else."""
        path = INSIDE + path
        self.rewrite = lambda package: zipped({**unzipped(package), **({path: content} if has(package, path) else {})})

    async def __call__(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        """Its answers, as they are to be."""
        if "/Soap/m/" not in scope.get("path", ""):
            await app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        asked = [name for name in self.refuse if f"name>{name}</".encode() in body]
        if b"retrieveRequest" in body and asked:
            await _fault(send, asked[0])
            return

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        plain = [(key, value) for key, value in scope["headers"] if key.lower() != b"accept-encoding"]
        scope = {**scope, "headers": plain}
        await app(scope, again, self._rewriting(send) if self.rewrite and b"checkRetrieveStatus" in body else send)

    def _rewriting(self, send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        held: list[dict[str, Any]] = []
        text = b""

        async def collect(message: dict[str, Any]) -> None:
            nonlocal text
            if message["type"] == "http.response.start":
                held.append(message)
                return
            text += message.get("body", b"")
            if message.get("more_body"):
                return
            assert self.rewrite is not None
            rewrite = self.rewrite
            answer = _ZIP.sub(
                lambda hit: b"<zipFile>" + base64.b64encode(rewrite(base64.b64decode(hit[1]))) + b"</zipFile>", text
            )
            start = held.pop()
            headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
            await send({**start, "headers": [*headers, (b"content-length", str(len(answer)).encode())]})
            await send({"type": "http.response.body", "body": answer})

        return collect


async def _fault(send: Any, kind: str) -> None:
    text = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
        f"<faultcode>sf:UNKNOWN_EXCEPTION</faultcode><faultstring>UNKNOWN_EXCEPTION: {kind} is broken today"
        "</faultstring></e:Fault></e:Body></e:Envelope>"
    )
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/xml")]})
    await send({"type": "http.response.body", "body": text.encode()})


@contextmanager
def two_orgs(tmp_path: Path, a: Path, b: Path) -> Iterator[tuple[HostileOrg, HostileOrg]]:
    """Orgs `a` and `b` loaded from folders, in the registry of local orgs."""
    with ExitStack() as stack:
        made, listed = [], {}
        for name, folder in (("a", a), ("b", b)):
            local = LocalOrg.create(tmp_path / "orgs" / name, name=name, kind="developer", clock=Clock())
            stack.callback(local.close)
            local.deploys.pace = 0
            load_folder(local, folder)
            user = local.users.add_user(f"ines@{name}.example", "Ines Moreau")
            local.users.add_user(f"bob@{name}.example", "Bob Colleague")
            director = Director(local.clock)
            stack.callback(director.close)
            org = HostileOrg(name, local, director)
            url = stack.enter_context(serve(local, _wrapping(org)))
            made.append(org)
            listed[name] = {
                "alias": name, "org_id": local.org_id, "instance_url": url, "username": f"ines@{name}.example",
                "access_token": local.users.token_for(user), "kind": "developer", "label": name,
            }  # fmt: skip
        (paths.local_orgs() / "registry.json").write_text(json.dumps({"v": 1, "orgs": listed}))
        yield made[0], made[1]


def _wrapping(org: HostileOrg) -> Callable[[Any], Any]:
    def wrap(application: Any) -> Any:
        async def hostile(scope: Any, receive: Any, send: Any) -> None:
            await org(application, scope, receive, send)

        traffic = Traffic(hostile, org.local)
        org.director.attach(org.name, org.local, traffic)
        return traffic

    return wrap


def unzipped(package: bytes) -> Files:
    """A package's files."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A package of files; a path may be one that no package has."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return buffer.getvalue()


def has(package: bytes, path: str) -> bool:
    """Whether the package has a file of that path."""
    return path in unzipped(package)


NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


def laughs(root: str) -> bytes:
    """A billion laughs in a metadata file."""
    names = [f"l{number}" for number in range(10)]
    entities = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise(names))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>'
    return f"{text}<{root} {NS}><label>&l9;</label></{root}>".encode()


def hostile_xml(root: str, secret: Path, url: str) -> dict[str, bytes]:
    """Metadata files that no org should send, by what is wrong with them."""
    return {
        "entities": laughs(root),
        "a file of ours": (
            f'<!DOCTYPE x [<!ENTITY f SYSTEM "{secret.as_uri()}">]><{root} {NS}><label>&f;</label></{root}>'
        ).encode(),
        "a call of ours": f'<!DOCTYPE {root} SYSTEM "{url}/x.dtd"><{root} {NS}><label>x</label></{root}>'.encode(),
        "10,000 levels": f"<{root} {NS}>".encode() + b"<a>" * 10_000 + b"</a>" * 10_000 + f"</{root}>".encode(),
        "invalid UTF-8": f"<{root} {NS}><label>\xff\xfe</label></{root}>".encode("latin-1"),
        "NUL": f"<{root} {NS}><label>a\0b</label></{root}>".encode(),
        "controls": f"<{root} {NS}><label>\x1b[2J\x07</label></{root}>".encode(),
        "not closed": f"<{root} {NS}><label>".encode(),
        "nothing": b"",
    }
