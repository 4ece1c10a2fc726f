"""What each mode does to one request."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.faults.answers import REQUEST_LIMIT, TOO_MANY, UNAVAILABLE, Problem, refusal
from hotfix_tui.localorg.faults.calls import Call
from hotfix_tui.localorg.faults.fault import Fault

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

ABORT, RESET = "localorg.abort", "localorg.reset"
_PIECES_A_SECOND = 10
_SESSION = re.compile(rb"<(?:[\w-]+:)?sessionId>([^<]+)<")


@dataclass
class Hop:
    """One request on its way: to the application with `receive`, back with `send`. `body` is known for SOAP only."""

    org: LocalOrg
    application: Any
    scope: Scope
    receive: Receive
    send: Send
    call: Call
    body: bytes = b""
    busy: float = 0.0

    async def go_on(self, send: Send | None = None) -> None:
        """Lets the org do it; `busy` is the seconds it took."""
        started = time.perf_counter()
        try:
            await self.application(self.scope, self.receive, send or self.send)
        finally:
            self.busy = time.perf_counter() - started

    async def answer(self, status: int, kind: str, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        """Answers without asking the org."""
        while (await self.receive()).get("more_body"):
            pass
        told = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *headers]
        await self.send({"type": "http.response.start", "status": status, "headers": told})
        await self.send({"type": "http.response.body", "body": body})

    async def cut(self, how: str = ABORT) -> None:
        """Ends the connection and waits until the server has seen it, so that it does not try to answer."""
        self.scope[how]()
        while (await self.receive())["type"] != "http.disconnect":
            pass


@dataclass
class _Kept:
    """An answer that is not sent on as it comes."""

    start: Message = field(default_factory=dict)
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


async def carry_out(fault: Fault, hop: Hop) -> None:
    """Makes one request go wrong."""
    await _MODES[fault.mode](fault, hop)


async def _drop_before(fault: Fault, hop: Hop) -> None:
    await hop.cut()


async def _drop_after(fault: Fault, hop: Hop) -> None:
    await hop.go_on(_Kept())
    await hop.cut()


async def _reset(fault: Fault, hop: Hop) -> None:
    await hop.cut(RESET)


async def _delay(fault: Fault, hop: Hop) -> None:
    await asyncio.sleep(fault.pause())
    await hop.go_on()


async def _truncate(fault: Fault, hop: Hop) -> None:
    kept = _Kept()
    await hop.go_on(kept)
    most = fault.bytes if fault.bytes >= 0 else len(kept.body) // 2
    # The length that is announced is the whole body's: the client can see that something is missing.
    headers = [(name, value) for name, value in kept.start["headers"] if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(kept.body)).encode()))
    await hop.send({**kept.start, "headers": headers})
    await hop.send({"type": "http.response.body", "body": kept.body[:most], "more_body": True})
    await hop.cut()


async def _slow(fault: Fault, hop: Hop) -> None:
    kept = _Kept()
    await hop.go_on(kept)
    await hop.send(kept.start)
    size = max(1, fault.rate // _PIECES_A_SECOND)
    for start in range(0, len(kept.body), size):
        await asyncio.sleep(size / fault.rate)
        piece = kept.body[start : start + size]
        await hop.send({"type": "http.response.body", "body": piece, "more_body": True})
    await hop.send({"type": "http.response.body", "body": b""})


async def _status(fault: Fault, hop: Hop) -> None:
    body = fault.body.encode()
    kind = "application/json" if body[:1] in (b"[", b"{") else "text/xml" if body[:1] == b"<" else "text/plain"
    await hop.answer(fault.status, kind, body)


def _refusing(problem: Problem) -> Callable[[Fault, Hop], Awaitable[None]]:
    async def refuse(fault: Fault, hop: Hop) -> None:
        status, kind, body = refusal(hop.call, problem)
        if fault.body:
            body = fault.body.encode()
        wait = ((b"Retry-After", str(fault.retry_after).encode()),) if fault.retry_after else ()
        await hop.answer(status, kind, body, wait)

    return refuse


async def _session_expiry(fault: Fault, hop: Hop) -> None:
    await asyncio.to_thread(_end_session, hop)
    await hop.go_on()


def _end_session(hop: Hop) -> None:
    headers = {name.lower(): value for name, value in hop.scope["headers"]}
    found = _SESSION.search(hop.body)
    token = found[1] if found else headers.get(b"authorization", b"").partition(b" ")[2]
    for text in (token, headers.get(b"x-sfdc-session", b"")):
        user = hop.org.users.user_by_token(text.decode("latin-1").strip()) if text else None
        if user is not None:
            hop.org.users.revoke(user.id)


async def _lock_rows(fault: Fault, hop: Hop) -> None:
    with hop.org.locks.barred(frozenset(fault.rows), fault.object):
        await hop.go_on()


async def _condition(fault: Fault, hop: Hop) -> None:
    hop.org.conditions.change(fault.conditions)
    await hop.go_on()


_MODES: dict[str, Callable[[Fault, Hop], Awaitable[None]]] = {
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "reset": _reset,
    "delay": _delay,
    "truncate": _truncate,
    "slow": _slow,
    "status": _status,
    "too_many": _refusing(TOO_MANY),
    "unavailable": _refusing(UNAVAILABLE),
    "request_limit": _refusing(REQUEST_LIMIT),
    "session_expiry": _session_expiry,
    "lock_rows": _lock_rows,
    "condition": _condition,
}
