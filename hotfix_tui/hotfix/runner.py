"""The detached process that does what writes to an org, one a hotfix: `python -m hotfix_tui.hotfix.runner ID`.

It holds the hotfix's lock, takes requests in the order they came, writes each event of a step to the journal before
the step goes on, and ends when nothing was asked for a while. The terminal that started it may be long gone.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import suppress
from typing import Any

from hotfix_tui.events import Event, Intent, Question, Settled, session
from hotfix_tui.hotfix.client import path_of
from hotfix_tui.hotfix.context import Context, Orgs, Result
from hotfix_tui.hotfix.control import Control
from hotfix_tui.hotfix.failures import failure_of
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.keeping import forget_old
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.hotfix.steps import RESTORE, STEPS
from hotfix_tui.hotfix.steps.restore import restore_open
from hotfix_tui.hotfix.takeover import take_over
from hotfix_tui.journal import Journal, JournalError, LockHeld, ProcessIdentity, Request
from hotfix_tui.journal.secrets import redact

_log = logging.getLogger("hotfix_tui.runner")

_LOOK_SECONDS = 0.15
_HEARTBEAT_SECONDS = 2.0
# SIGTERM means 60 s to the end; what is still awaited then is given up, and the journal says it is open.
_LAST_SECONDS = 52.0


def _idle_seconds() -> float:
    return float(os.environ.get("HOTFIX_RUNNER_IDLE", "10"))


class Runner:
    """One runner's life."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._state = HotfixState(hotfix=journal.hotfix)
        self._orgs = Orgs(self._state)
        self._control = Control()
        self._work: asyncio.Task[Any] | None = None
        self._context: Context | None = None
        self._opened: set[str] = set()
        self._ending: str = ""
        # While a step is made ready, a cancel means that step; 0: nobody cancelled.
        self._making_ready = False
        self._cancelled_ahead = 0

    async def run(self) -> None:
        """Takes requests until there are none, or until told to end. Raises LockHeld, JournalError."""
        lost = self._journal.acquire(ProcessIdentity.mine())
        try:
            self._journal.check()
            for envelope in self._journal.replay():
                fold(self._state, envelope)
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self._terminate)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            watch = asyncio.create_task(self._watch())
            try:
                if lost is not None:
                    self._say_lost(lost.process.pid, lost.heartbeat)
                await self._look_up_open_acts()
                await self._serve()
            finally:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
                await self._orgs.close()
        finally:
            self._journal.release()

    # Requests

    async def _serve(self) -> None:
        idle_since = time.monotonic()
        while not self._ending:
            request = self._journal.take()
            if request is not None:
                await self._do(request)
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > _idle_seconds():
                self._append(session.RunnerStopped(why="idle"), "runner")
                if self._journal.release(only_idle=True):
                    return
                idle_since = time.monotonic()  # a request came in the same moment
            else:
                await asyncio.sleep(_LOOK_SECONDS)
        self._append(session.RunnerStopped(why=self._ending), "runner")

    async def _do(self, request: Request) -> None:
        step = request.kind
        make = STEPS.get(step)
        restored = step == RESTORE or await self._restore_first()
        if self._ending or self._cancelled_ahead > request.id:
            self._finish(request, "cancelled")
            return
        if not restored:
            self._finish(request, "refused")
            return
        self._append(session.StepStarted(name=step, request=request.id), step)
        if make is None:
            self._append(session.Failed(what=f"There is no step named {step!r}."), step)
            self._finish(request, "refused")
            return
        try:
            inspect.signature(make).bind(None, **request.args)
        except TypeError as error:
            self._append(session.Failed(what=f"The request {step} was not understood: {error}."), step)
            self._finish(request, "refused")
            return
        self._finish(request, await self._drive(lambda context: make(context, **request.args), step))

    def _finish(self, request: Request, result: Result) -> None:
        self._append(session.StepFinished(name=request.kind, request=request.id, result=result), request.kind)
        self._journal.finish(request.id, result)

    async def _restore_first(self) -> bool:
        """Takes back what a lost runner left switched off, before anything else is done. False when that failed."""
        if not any(intent.RETURNS for intent in self._state.open_intents.values()):
            return True
        return await self._make_ready(restore_open, RESTORE) == "done"

    async def _look_up_open_acts(self) -> None:
        if self._state.open_intents:
            await self._make_ready(take_over, "takeover")

    async def _make_ready(self, make: Callable[[Context], AsyncGenerator[Event, Any]], step: str) -> Result:
        self._making_ready = True
        try:
            return await self._drive(make, step)
        finally:
            self._making_ready = False

    # One step

    async def _drive(self, make: Callable[[Context], AsyncGenerator[Event, Any]], step: str) -> Result:
        self._control = Control()
        self._orgs.look_again()
        context = Context(self._journal, self._state, self._orgs, self._control)
        self._context, self._opened = context, set()
        try:
            result = await self._outcome(self._consume(make(context), step), step) or context.result
            if any(intent.RETURNS for key, intent in self._state.open_intents.items() if key in self._opened):
                # The step could not take it back itself: it failed in doing so, or in writing its journal.
                context.uninterrupted = True
                await self._outcome(self._consume(restore_open(context), step), step)
            return result
        finally:
            context.permits.end()
            self._context = None

    async def _outcome(self, work: Coroutine[Any, Any, None], step: str) -> Result | None:
        """Waits for `work`, a task of its own that can be cancelled. None: it went to its end."""
        self._work = asyncio.create_task(work)
        try:
            await self._work
        except asyncio.CancelledError:
            return "cancelled"
        except Exception as error:
            failed, result = failure_of(error)
            if result == "failed":
                _log.exception("%s %s", self._journal.hotfix, step)
            if failed is not None:
                self._append(failed, step)
            return result
        finally:
            self._work = None
        return None

    async def _consume(self, events: AsyncGenerator[Event, Any], step: str) -> None:
        """Writes each event down before the step goes on.

        What fails here is thrown into the step, which takes back what it must (its last events are still written) and
        raises it again. The step is never just closed: a closed generator cannot restore anything.
        """
        going_on = events.asend(None)
        unwritable = False
        while True:
            try:
                event = await going_on
            except StopAsyncIteration:
                return
            try:
                answer = await self._take(event, step)
            except BaseException as error:
                if unwritable and isinstance(error, JournalError):
                    # The step is taking back what it did; that matters more than saying so.
                    going_on = events.asend(None)
                    continue
                unwritable = isinstance(error, JournalError)
                going_on = events.athrow(error)
            else:
                going_on = events.asend(answer)

    async def _take(self, event: Event, step: str) -> str | None:
        self._append(event, step)
        if isinstance(event, Question):
            return await self._control.answer_to(event.key)
        await asyncio.sleep(0)  # a step that never waits must not keep the watch from looking
        return None

    def _append(self, event: Event, step: str) -> None:
        fold(self._state, self._journal.append(event, step))
        if isinstance(event, Intent):
            self._opened.add(event.key)
        elif isinstance(event, Settled):
            self._opened &= self._state.open_intents.keys()

    # Watching

    async def _watch(self) -> None:
        beaten = 0.0
        while True:
            try:
                if time.monotonic() - beaten > _HEARTBEAT_SECONDS:
                    self._journal.heartbeat()
                    beaten = time.monotonic()
                for request in self._journal.take_controls() if self._work is not None else ():
                    self._obey(request)
            except JournalError:
                _log.exception("cannot look for requests")  # the step has its own trouble then, and says so
            await asyncio.sleep(_LOOK_SECONDS)

    def _obey(self, request: Request) -> None:
        match request.kind:
            case "answer":
                self._control.give_answer(str(request.args.get("key")), str(request.args.get("text")))
            case "pause":
                self._control.pause()
            case "proceed":
                self._control.proceed()
            case "cancel":
                self._cancelled_ahead = request.id if self._making_ready else self._cancelled_ahead
                self._control.cancel()
                self._interrupt_reading()
            case "stop":
                self._ending = self._ending or "asked"
                self._control.stop()
                self._interrupt_reading()

    def _terminate(self) -> None:
        self._ending = "terminated"
        self._control.stop()
        self._interrupt_reading()
        asyncio.get_running_loop().call_later(_LAST_SECONDS, self._give_up)

    def _interrupt_reading(self) -> None:
        """A step that has no act open only reads: it need not wait for a safe point."""
        context = self._context
        if self._work is not None and context is not None and not (self._opened or context.uninterrupted):
            self._work.cancel()

    def _give_up(self) -> None:
        if self._work is not None:
            self._work.cancel()

    def _say_lost(self, pid: int, heartbeat: str) -> None:
        keys = tuple(self._state.open_intents)
        self._append(session.RunnerLost(pid=pid, last_heartbeat=heartbeat, open_intents=keys), "runner")


class _Redacted(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def main(arguments: list[str] | None = None) -> int:
    """Runs until idle. 0: ended as it should; 3: the journal cannot be used. Says why in runner.log only."""
    os.umask(0o077)
    hotfix = (arguments if arguments is not None else sys.argv[1:])[0]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacted(f"%(asctime)s {hotfix} {os.getpid()} %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO)
    try:
        with Journal.open(path_of(hotfix)) as journal:
            asyncio.run(Runner(journal).run())
            # Before our own journal is closed: the one who closes it last leaves it as a single file.
            for old in forget_old():
                _log.info("the content of %s was kept long enough and is forgotten", old)
    except LockHeld:
        return 0
    except Exception:
        _log.exception("the runner cannot go on")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
