"""What stands between the wire and an org: the request log, and faults that a test or a drill asked for."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from uvicorn.protocols.http.h11_impl import H11Protocol

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.faults.answers import UNAVAILABLE, refusal
from hotfix_tui.localorg.faults.bodies import read, replay
from hotfix_tui.localorg.faults.calls import Call, call_of, is_soap
from hotfix_tui.localorg.faults.wire import ABORT, RESET, Hop, carry_out

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# As long as a client may think between two calls; simple-salesforce waits five seconds between looks at a bulk job.
KEEP_ALIVE_SECONDS = 60
_KEPT = 20_000
_SECRET = re.compile(
    r"((?:\A|[?&])(?:oauth_token|access_token|refresh_token|token|sid|password|client_secret|code|code_verifier|assertion))"
    r"=[^&]*",
    re.IGNORECASE,
)


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
    """uvicorn's HTTP protocol; tells the application how to break the connection off, or to reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Called by asyncio for a new connection."""
        super().connection_made(transport)
        application = self.app

        def reset() -> None:
            # Lingering for no time at all makes the kernel send RST instead of FIN.
            made = transport.get_extra_info("socket")
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

        async def with_abort(scope: Any, receive: Any, send: Any) -> None:
            scope[ABORT], scope[RESET] = transport.abort, reset
            await application(scope, receive, send)

        self.app = with_abort

    def shutdown(self) -> None:
        """Called when the server stops. An idle client over HTTPS is let go of: asyncio would wait for its good-bye."""
        idle = self.cycle is None or self.cycle.response_complete
        super().shutdown()
        if idle and self.transport.get_extra_info("sslcontext") and not self.transport.get_write_buffer_size():
            self.transport.abort()


class Traffic:
    """ASGI middleware of one org: keeps the request log, and lets the org's faults happen.

    `watch` is asked about each call; what it gives is done when the org has done the call, before the answer is sent.
    """

    def __init__(self, application: Any, org: LocalOrg) -> None:
        self._application = application
        self._org = org
        self.requests = Requests()
        self.watch: Callable[[Call], Callable[[], None] | None] = lambda call: None
        self._under_way = 0

    def swap(self, application: Any, org: LocalOrg) -> None:
        """Serves another org from now on, under the same address."""
        self._application, self._org = application, org

    def close(self) -> None:
        """Answers 503 until `swap`."""
        self._application = _unavailable

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return not self._under_way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        query = scope.get("query_string", b"").decode("latin-1")
        path = scope["path"] + (f"?{unquote_plus(query)}" if query else "")
        body = b""
        if is_soap(scope["path"]):
            body = await read(receive)
            receive = replay(body, receive)
        counted = _Counted(send)
        call = call_of(scope["method"], path, body)
        fault = self._org.faults.take(call)
        self._under_way += 1
        then = self.watch(call)
        application = _followed(self._application, then) if then else self._application
        hop = Hop(self._org, application, scope, receive, counted, call, body)
        try:
            await (carry_out(fault, hop) if fault else hop.go_on())
        finally:
            self._under_way -= 1
            self.requests.add(
                {
                    "at": api_datetime(self._org.clock.now()),
                    "method": call.method,
                    "path": _SECRET.sub(r"\1=…", path),
                    "operation": call.operation,
                    "call": call.kind,
                    "status": counted.status,
                    "bytes": counted.bytes,
                    "ms": round(hop.busy * 1000, 2),
                    "fault": fault.mode if fault else "",
                }
            )


def _followed(application: Any, then: Callable[[], None]) -> Any:
    async def followed(scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                await asyncio.to_thread(then)
            await send(message)

        await application(scope, receive, sending)

    return followed


async def _unavailable(scope: Scope, receive: Receive, send: Send) -> None:
    status, kind, body = refusal(call_of(scope["method"], scope["path"]), UNAVAILABLE)
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
