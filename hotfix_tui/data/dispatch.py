"""Rows that do not need one another: in calls or jobs, several at once, ending together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from functools import partial

from hotfix_tui.data.bulk_calls import send_job
from hotfix_tui.data.calls import Body, send_rows
from hotfix_tui.data.lanes import CALL_LANES, JOB_LANES, cut, lanes, runs
from hotfix_tui.data.ledger import Ledger
from hotfix_tui.data.plan_model import Act, RowPlan
from hotfix_tui.data.platform_rules import ROWS_A_CALL, ROWS_A_JOB
from hotfix_tui.events import Event
from hotfix_tui.events.streams import merge

Ready = list[tuple[RowPlan, Body]]
Sift = Callable[[list[RowPlan], Ready], AsyncGenerator[Event, None]]
"""Right before a call: puts the rows of a batch that can be sent with what is sent of them, and refuses the others."""


async def dispatch(
    ledger: Ledger, act: Act, rows: Sequence[RowPlan], sift: Sift, *, key_unique: bool, bulk_from: int
) -> AsyncGenerator[Event, None]:
    """Sends `rows` of one object, sorted by master; more than `bulk_from` go as jobs of the Bulk API.

    When one call or the checkpoint raises, the others end after the call they are in; then it is raised.
    """
    # A job takes no request header that lets rows past duplicate rules, and there is no job that undeletes.
    bulk = len(rows) > bulk_from and act != "undelete" and not ledger.org.save_options.allow_duplicates
    batches = cut(rows, ROWS_A_JOB if bulk else ROWS_A_CALL)
    dealt = runs(batches, JOB_LANES) if bulk else lanes(batches, CALL_LANES)
    streams = [_lane(ledger, act, lane, sift, bulk=bulk, key_unique=key_unique) for lane in dealt]
    if len(streams) == 1:
        async for event in streams[0]:
            yield event
    elif streams:
        async for event in merge(streams):
            yield event
    ledger.ended()


async def _lane(
    ledger: Ledger, act: Act, batches: Sequence[Sequence[RowPlan]], sift: Sift, *, bulk: bool, key_unique: bool
) -> AsyncGenerator[Event, None]:
    turn = _Turn(ledger.turns)
    send = partial(send_job, begun=turn.give) if bulk else send_rows
    try:
        for batch in batches:
            if bulk:
                await turn.take()
            if ledger.stopped:
                return
            ready: Ready = []
            async for refused in sift(list(batch), ready):
                yield refused
            if ready:
                ready_rows, bodies = [row for row, _ in ready], [body for _, body in ready]
                async for event in send(ledger, act, ready_rows, bodies, key_unique=key_unique):
                    yield event
            turn.give()
    except Exception as error:
        ledger.stop(error)
    finally:
        turn.give()


class _Turn:
    """One lane's turn to make a job ready."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock, self._mine = lock, False

    async def take(self) -> None:
        """Waits for it."""
        await self._lock.acquire()
        self._mine = True

    def give(self) -> None:
        """Lets the next lane begin; nothing when this one has done so already."""
        if self._mine:
            self._mine = False
            self._lock.release()
