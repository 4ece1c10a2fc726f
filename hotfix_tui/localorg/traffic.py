"""What stands between the wire and an org: the request log, and faults that a test or a drill asked for."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal
from urllib.parse import unquote_plus

from uvicorn.protocols.http.h11_impl import H11Protocol

from hotfix_tui.localorg.clock import Clock, api_datetime
from hotfix_tui.localorg.wanted import FAULT_MODES

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Mode = Literal["status", "drop_before", "drop_after", "delay"]

_ABORT = "localorg.abort"
_KEPT = 20_000
_OPERATION = re.compile(rb"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)")
_SECRET = re.compile(r"(oauth_token|access_token|sid|password|client_secret|refresh_token)=[^&]*", re.IGNORECASE)


@dataclass
class Fault:
    """Something that goes wrong with the next requests that fit. `times`: how often, counted down.

    `path` is part of the path with its query (decoded), or the name of a SOAP operation. Modes: `status` answers
    `status` with `body` without asking the org; `drop_before` closes the connection without asking it; `drop_after`
    lets the org do it and then closes the connection; `delay` waits `seconds`, then goes on.
    """

    org: str
    mode: Mode
    path: str = ""
    method: str = ""
    times: int = 1
    status: int = 503
    body: str = ""
    seconds: float = 0.0

    def fits(self, method: str, path: str, operation: str) -> bool:
        """Whether a request is one of those that this goes wrong with."""
        if self.times < 1 or (self.method and self.method.upper() != method):
            return False
        return not self.path or self.path in path or self.path == operation


@dataclass
class Requests:
    """The requests one org has had: the last 20,000, and sums over all."""

    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    count: int = 0
    busy_ms: float = 0.0
    bytes_sent: int = 0

    def add(self, entry: dict[str, Any]) -> None:
        """Notes one request."""
        self.log.append(entry)
        self.count += 1
        self.busy_ms += entry["ms"]
        self.bytes_sent += entry["bytes"]

    def sums(self) -> dict[str, Any]:
        """Requests, milliseconds the org worked on them, bytes of answers."""
        return {"requests": self.count, "busy_ms": round(self.busy_ms, 1), "bytes": self.bytes_sent}


class AbortableProtocol(H11Protocol):
    """uvicorn's HTTP protocol; tells the application how to break the connection off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by asyncio for a new connection."""
        super().connection_made(transport)
        application = self.app

        async def with_abort(scope: Any, receive: Any, send: Any) -> None:
            scope[_ABORT] = transport.abort
            await application(scope, receive, send)

        self.app = with_abort


class Traffic:
    """ASGI middleware of one org."""

    def __init__(self, application: Any, alias: str, faults: list[Fault], clock: Clock) -> None:
        self._application = application
        self._alias = alias
        self._faults = faults
        self._clock = clock
        self.requests = Requests()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        started = time.perf_counter()
        query = scope.get("query_string", b"").decode("latin-1")
        path = scope["path"] + (f"?{unquote_plus(query)}" if query else "")
        operation = ""
        if "/services/Soap/" in scope["path"]:
            body = await _read(receive)
            found = _OPERATION.search(body[:20_000])
            operation = found[1].decode() if found else ""
            receive = _replay(body, receive)
        counted = _Counted(send)
        fault = self._take(scope["method"], path, operation)
        try:
            await self._answer(fault, scope, receive, counted)
        finally:
            self.requests.add(
                {
                    "at": api_datetime(self._clock.now()),
                    "method": scope["method"],
                    "path": _SECRET.sub(r"\1=…", path),
                    "operation": operation,
                    "status": counted.status,
                    "bytes": counted.bytes,
                    "ms": round((time.perf_counter() - started) * 1000, 2),
                    "fault": fault.mode if fault else "",
                }
            )

    def _take(self, method: str, path: str, operation: str) -> Fault | None:
        for fault in self._faults:
            if fault.org == self._alias and fault.fits(method, path, operation):
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                return fault
        return None

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: _Counted) -> None:
        if fault is None:
            await self._application(scope, receive, send)
        elif fault.mode == "status":
            await _drain(receive)
            await _plain(send, fault.status, fault.body.encode())
        elif fault.mode == "drop_before":
            await _drop(scope, receive)
        elif fault.mode == "drop_after":
            await self._application(scope, receive, _nowhere)
            await _drop(scope, receive)
        else:
            await asyncio.sleep(fault.seconds)
            await self._application(scope, receive, send)


class _Counted:
    """Passes an answer on and counts it. Status 0: no answer was sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0
        self.bytes = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)


async def _nowhere(message: Message) -> None:
    """Takes an answer that is never sent."""


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body"):
        pass


async def _plain(send: Send, status: int, body: bytes) -> None:
    kind = b"application/json" if body[:1] in (b"[", b"{") else b"text/xml" if body[:1] == b"<" else b"text/plain"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop(scope: Scope, receive: Receive) -> None:
    """Breaks the connection off and waits until the server has seen it, so that it does not try to answer."""
    scope[_ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    first = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


def fault_from(raw: dict[str, Any]) -> Fault:
    """A fault from a control request. Raises ValueError with a sentence."""
    known = set(Fault.__dataclass_fields__)
    strange = sorted(set(raw) - known)
    if strange:
        raise ValueError(f"A fault has no {strange[0]}; it has {', '.join(sorted(known))}.")
    if raw.get("mode") not in FAULT_MODES:
        raise ValueError(f"A fault's mode is one of {', '.join(FAULT_MODES)}.")
    if not isinstance(raw.get("org"), str):
        raise ValueError("A fault names its org.")
    made = Fault(**raw)
    if not isinstance(made.times, int) or made.times < 1:
        raise ValueError("A fault's times is a number from 1.")
    if not isinstance(made.seconds, (int, float)) or not 0 <= made.seconds <= 600:
        raise ValueError("A fault's seconds lie between 0 and 600.")
    if not isinstance(made.status, int) or not 100 <= made.status <= 599:
        raise ValueError("A fault's status is an HTTP status.")
    return made


def as_dict(fault: Fault) -> dict[str, Any]:
    """A fault as the control endpoint shows it."""
    return asdict(fault)
