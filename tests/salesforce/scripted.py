"""An org's wire as a script: for what no well-behaved server does (drops, stalls, garbage) and to see each byte sent.

What an org answers when all goes well is tested against a local org.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.timing import Timing

ORG_ID = "00D5e000000abcdEAA"
USER_ID = "0055e000001AbCdAAK"
TOKEN = "00D5e000000abcd!AQ4Secret.secret_secretSECRET"
FAST = Timing(
    connect=1.0,
    read=0.3,
    write=0.3,
    transfer=0.2,
    backoff=(0.0, 0.001, 0.001, 0.001),
    poll_first=0.001,
    poll_most=0.004,
    poll_patience=0.5,
    threads=3,
)


@dataclass
class Request:
    """What came in. `headers` by lower-case name."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def soql(self) -> str:
        return self.query.get("q", "")

    def json(self) -> Any:
        return json.loads(self.body)


Action = Callable[[socket.socket], None]
"""What is done to the connection instead of a whole reply; the connection is closed afterwards."""


def reply(status: int = 200, content: object = None, **headers: str) -> bytes:
    """A whole HTTP reply; JSON unless `content` is bytes or text. Header names with `_` for `-`."""
    kind = "application/json"
    if isinstance(content, bytes | str):
        body = content.encode() if isinstance(content, str) else content
        kind = "text/xml" if body.lstrip().startswith(b"<") else "text/plain"
    else:
        body = b"" if content is None else json.dumps(content).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def refused(status: int, code: str, message: str = "No.", **headers: str) -> bytes:
    """An error in Salesforce's REST form."""
    return reply(status, [{"errorCode": code, "message": message}], **headers)


def soap(inner: str, status: int = 200) -> bytes:
    """A SOAP reply with this body."""
    return reply(
        status,
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:sf="http://soap.sforce.com/2006/04/metadata">'
        f"<soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>",
    )


def fault(code: str, message: str) -> bytes:
    """A SOAP fault."""
    return soap(
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring></soapenv:Fault>",
        500,
    )


def drop(connection: socket.socket) -> None:
    """Ends the connection without a word."""


def reset(connection: socket.socket) -> None:
    """Ends it with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(connection: socket.socket) -> None:
    """Says nothing until the other side has enough."""
    connection.settimeout(5)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    """Sends a long reply one byte at a time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
    until = time.monotonic() + 5
    while time.monotonic() < until:
        connection.sendall(b" ")
        time.sleep(0.02)


def cut_short(connection: socket.socket) -> None:
    """Promises more than it sends."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[{")


def endless(connection: socket.socket) -> None:
    """Sends as much as anybody takes."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    while True:
        connection.sendall(chunk)


Answer = bytes | Action


@dataclass
class Rule:
    """Answers in turn to requests that match; the last one stays."""

    matches: Callable[[Request], bool]
    answers: list[Answer]

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Server:
    """A scripted org on a port of 127.0.0.1. `requests` holds what came in since `connected`, in order."""

    organization: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.organization = {
            "Id": ORG_ID,
            "Name": "Scripted",
            "InstanceName": "CS1",
            "IsSandbox": True,
            "TrialExpirationDate": None,
            "OrganizationType": "Enterprise Edition",
            "NamespacePrefix": None,
            "CreatedDate": "2026-01-12T21:30:00.000+0000",
        } | self.organization
        self.user: dict[str, Any] = {"organization_id": ORG_ID, "user_id": USER_ID, "preferred_username": "a@b.example"}
        self.versions: list[dict[str, str]] = [{"version": "31.0"}, {"version": "66.0"}, {"version": "67.0"}]
        self.limits: dict[str, Any] = {"DataStorageMB": {"Max": 200, "Remaining": 190}}
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def login(self, **changes: Any) -> OrgLogin:
        values: dict[str, Any] = {
            "alias": "box",
            "org_id": ORG_ID,
            "instance_url": f"http://127.0.0.1:{self.port}",
            "username": "a@b.example",
            "access_token": TOKEN,
        }
        return OrgLogin(**(values | changes))

    def on(self, part: str, *answers: Answer) -> None:
        """Answers requests whose address, SOQL or body holds `part`; later rules win."""
        raw = part.encode()
        self.rules.insert(
            0, Rule(lambda seen: part in seen.target or part in seen.soql or raw in seen.body, [*answers])
        )

    def close(self) -> None:
        # shutdown() wakes the accepting thread; close() alone would leave the port answering.
        with self._lock:
            for waiting in [self._listener, *self._open]:
                with suppress(OSError):
                    waiting.shutdown(socket.SHUT_RDWR)
                waiting.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self._connections += 1
                number = self._connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        reader = connection.makefile("rb")
        try:
            while (request := _read(reader, number)) is not None:
                with self._lock:
                    self.requests.append(request)
                    answer = self._answer(request)
                if not isinstance(answer, bytes):
                    answer(connection)
                    return
                connection.sendall(answer)
        except OSError:
            pass
        finally:
            reader.close()
            connection.close()
            with self._lock:
                self._open.discard(connection)

    def _answer(self, request: Request) -> Answer:
        for rule in self.rules:
            if rule.matches(request):
                return rule.next()
        if request.path == "/services/oauth2/userinfo":
            return reply(200, self.user)
        if request.path == "/services/data":
            return reply(200, self.versions)
        if request.path.endswith("/limits/"):
            return reply(200, self.limits)
        if "FROM Organization" in request.soql:
            return reply(200, {"totalSize": 1, "done": True, "records": [self.organization]})
        return refused(404, "NOT_FOUND", "The requested resource does not exist")


def _read(reader: Any, number: int) -> Request | None:
    first = reader.readline()
    if not first.strip():
        return None
    method, target, _ = first.decode("latin-1").split()
    headers: dict[str, str] = {}
    while (line := reader.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = reader.read(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body, number)
