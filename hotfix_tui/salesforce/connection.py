"""The connection to one org: a pool of threads, each with a line of its own, and the rules for trying again.

simple_salesforce.Salesforce is not made for threads (headers, session and usage change under it), so each thread of
the pool has its own. Nothing here blocks an event loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from hotfix_tui.salesforce.errors import OrgUnreachable, ReplyLost, SalesforceError, ServerUnavailable, SessionExpired
from hotfix_tui.salesforce.kinds import OrgKind
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.permit import WritePermit, check_admitted
from hotfix_tui.salesforce.pool import Pool
from hotfix_tui.salesforce.timing import MAX_REPLY, Terms, Timing

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import ObjectDescribe
    from hotfix_tui.salesforce.wire import Wire

Result = TypeVar("Result")

# What to call until the org has said which versions it has; every org of the last years serves it.
_FIRST_VERSION = "60.0"


@dataclass(frozen=True)
class RequestDone:
    """One HTTP request that was tried. `status` is None when no reply came. Holds no secret and no query text.

    `what` is short ("the query", "listMetadata", "insert of Account"); `bytes` are those of the reply's body.
    """

    org: str
    method: str
    path: str
    what: str
    status: int | None
    milliseconds: float
    bytes: int


class Connection:
    """Calls one org. `org_id`, `kind` and `version` are set once the org has said who it is.

    `on_request` is called on the event loop of the caller, once for each request that was tried.
    """

    def __init__(self, login: OrgLogin, timing: Timing) -> None:
        self.login = login
        self.timing = timing
        self.version = _FIRST_VERSION
        self.org_id = login.org_id
        self.kind = OrgKind.UNKNOWN
        self.api_usage: tuple[int, int] | None = None
        self.on_request: Callable[[RequestDone], None] | None = None
        self.described: dict[str, ObjectDescribe] = {}
        self._pool = Pool(f"org-{login.alias}", timing.threads)
        self._own = threading.local()
        self._wires: list[Wire] = []
        self._closed = threading.Event()

    async def read(self, work: Callable[[Wire], Result], *, max_bytes: int = MAX_REPLY) -> Result:
        """`work` on a thread of the pool, tried again on what passes. It makes one request and changes nothing.

        Cancelling leaves at once; the thread gives up before its next try.
        """
        terms = Terms(self.timing.connect, self.timing.read, self.timing.read + self.timing.transfer, max_bytes)
        tries = Tries(self.timing)
        loop = asyncio.get_running_loop()
        future = self._submit(lambda: self._reading(work, terms, tries, loop))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            tries.stopped.set()
            raise

    async def write(self, work: Callable[[Wire], Result], *, permit: WritePermit | None, call: str) -> Result:
        """`work`, sent at most once. Raises WriteRefused before anything is sent, ReplyLost when nobody can tell.

        Cancelling before it was sent leaves at once; a write under way is waited for, so that nothing of ours still
        runs in the org when the caller begins to put things right.
        """
        check_admitted(alias=self.login.alias, org_id=self.org_id, kind=self.kind, permit=permit, call=call)
        terms = Terms(self.timing.connect, self.timing.write, self.timing.write + self.timing.transfer)
        tries = Tries(self.timing)
        loop = asyncio.get_running_loop()
        future = self._submit(lambda: self._writing(work, terms, tries, loop))
        waiting = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            tries.stopped.set()
            if not future.cancel():
                await asyncio.wait({waiting})
                if not waiting.cancelled():
                    waiting.exception()  # its outcome is the caller's to look up, not asyncio's to complain of
            raise

    def close(self) -> None:
        """Lets go of the org. Calls under way are not waited for and not tried again."""
        self._closed.set()
        self._pool.close()
        for wire in self._wires:
            wire.close()

    def _submit(self, work: Callable[[], Result]) -> Future[Result]:
        if self._closed.is_set():
            alias = self.login.alias
            raise OrgUnreachable(f"The connection to {alias} is closed.", org=alias, next=f"Connect to {alias} again.")
        return self._pool.submit(work)

    def _reading(
        self, work: Callable[[Wire], Result], terms: Terms, tries: Tries, loop: asyncio.AbstractEventLoop
    ) -> Result:
        while True:
            wire = self._wire()
            try:
                return self._once(wire, work, terms, loop, writing=False)
            except SalesforceError as error:
                wait = None if self._closed.is_set() else tries.wait_after(error, wire.retry_after)
                if wait is None or tries.stopped.wait(wait):
                    raise

    def _writing(
        self, work: Callable[[Wire], Result], terms: Terms, tries: Tries, loop: asyncio.AbstractEventLoop
    ) -> Result:
        while True:
            try:
                return self._once(self._wire(), work, terms, loop, writing=True)
            except OrgUnreachable as error:
                # No connection was made, so nothing was sent: the one failure after which a write may go out again.
                wait = tries.wait_after(error, None)
                if wait is None or tries.stopped.wait(wait):
                    raise

    def _once(
        self,
        wire: Wire,
        work: Callable[[Wire], Result],
        terms: Terms,
        loop: asyncio.AbstractEventLoop,
        *,
        writing: bool,
    ) -> Result:
        """One try. A session that has ended is renewed once where the login can: a 401 means that nothing was done."""
        wire.loop = loop
        wire.prepare(self.version, terms, writing=writing, idle=self.timing.idle)
        try:
            try:
                return work(wire)
            except SessionExpired:
                if not wire.renew():
                    raise
            wire.prepare(self.version, terms, writing=writing, idle=self.timing.idle)
            return work(wire)
        finally:
            self.api_usage = wire.api_usage or self.api_usage

    def _wire(self) -> Wire:
        """This thread's line to the org."""
        wire: Wire | None = getattr(self._own, "wire", None)
        if wire is None:
            # Brings requests, zeep and simple_salesforce along: 0.3 s, off the event loop.
            from hotfix_tui.salesforce.wire import Wire

            wire = Wire(self.login, self._seen)
            self._own.wire = wire
            self._wires.append(wire)
        return wire

    def _seen(self, loop: asyncio.AbstractEventLoop | None, done: RequestDone) -> None:
        hook = self.on_request
        if hook is None or loop is None:
            return
        with suppress(RuntimeError):  # the caller's loop has ended, and with it who wanted to know
            loop.call_soon_threadsafe(hook, done)


class Tries:
    """How often one call was tried, and whether it may be tried again."""

    def __init__(self, timing: Timing) -> None:
        self.stopped = threading.Event()
        self._timing = timing
        self._waits = iter(timing.backoff)
        self._unreachable = 0
        self._silent = 0

    def wait_after(self, error: SalesforceError, retry_after: float | None) -> float | None:
        """Seconds until the next try, or None when `error` is the last word."""
        if isinstance(error, OrgUnreachable):
            self._unreachable += 1
            again = self._unreachable < self._timing.connect_tries
        elif isinstance(error, ReplyLost):
            self._silent += 1
            again = self._silent < self._timing.silent_tries
        else:
            again = isinstance(error, ServerUnavailable) or error.code == "UNABLE_TO_LOCK_ROW"
        wait = next(self._waits, None) if again else None
        if wait is None:
            return None
        return min(max(wait, retry_after or 0.0), self._timing.longest_wait)
