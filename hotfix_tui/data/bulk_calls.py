"""Jobs of Bulk API 2.0: the job's id is on disk before its rows are uploaded, so nothing is ever sent twice.

A job writes nothing before it is started. One whose upload was lost is given up and made anew; one whose start was
lost is asked for its state. Bulk 2.0 works on a job's rows in parallel, so rows of one job never need one another, and
rows of one master lie together.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TYPE_CHECKING

from hotfix_tui.data.calls import LOCK_WAITS, Body, intent_key, job_intent, refusals, send_rows, written
from hotfix_tui.data.ledger import Ledger
from hotfix_tui.data.plan_model import Act, RowPlan
from hotfix_tui.data.platform_rules import ROWS_A_CALL
from hotfix_tui.data.sending import LOCKED, Outcome, look_up
from hotfix_tui.events import Event, Settled
from hotfix_tui.salesforce.bulk_csv import ResultRow, cells, columns_of, fits
from hotfix_tui.salesforce.bulk_csv import written as csv_of
from hotfix_tui.salesforce.errors import MalformedReply, NotFound, SalesforceError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.bulk import BulkJob, Operation
    from hotfix_tui.salesforce.org import Org

_UNPROCESSED = "BULK_JOB_ENDED"
_JOB_TRIES = 2
_SOONEST = 0.25
_OPERATIONS: dict[Act, Operation] = {"insert": "insert", "update": "update", "delete": "delete"}


async def send_job(
    ledger: Ledger,
    act: Act,
    rows: list[RowPlan],
    bodies: list[Body],
    *,
    key_unique: bool,
    begun: Callable[[], None] = lambda: None,
) -> AsyncGenerator[Event, None]:
    """One job of up to 10,000 rows; what was locked goes again in calls, and so does what CSV cannot say.

    `begun` is called when the org is at work on it.
    Raises what the checkpoint raises after the job was given up and what it had written is known, and SalesforceError
    when the job as a whole cannot be carried out; its intent is settled by then.
    """
    plain = [position for position, body in enumerate(bodies) if fits(body)]
    others = [position for position, body in enumerate(bodies) if not fits(body)]
    locked: list[int] = []
    if plain:
        outcome = Outcome()
        part = [rows[one] for one in plain]
        job = _Job(ledger, act, part, [bodies[one] for one in plain], begun)
        async for event in job.run(outcome):
            yield event
        again = {one for one, error in outcome.errors.items() if error[0] == LOCKED}
        for event in refusals(ledger, act, part, outcome, again):
            yield event
        if job.stopped is not None:
            raise job.stopped
        locked = [plain[one] for one in sorted(again)]
    if locked:
        await ledger.pause(LOCK_WAITS[0])
    rest = [(rows[one], bodies[one]) for one in locked + others]
    for start in range(0, len(rest), ROWS_A_CALL):
        chunk = rest[start : start + ROWS_A_CALL]
        calls = send_rows(ledger, act, [row for row, _ in chunk], [body for _, body in chunk], key_unique=key_unique)
        async for event in calls:
            yield event


class _Job:
    """One job from its making to its results. `stopped`: what the checkpoint raised meanwhile."""

    def __init__(
        self, ledger: Ledger, act: Act, rows: list[RowPlan], bodies: list[Body], begun: Callable[[], None]
    ) -> None:
        self._ledger, self._act, self._rows, self._bodies, self._begun = ledger, act, rows, bodies, begun
        self._org: Org = ledger.org
        self.stopped: Exception | None = None

    async def run(self, outcome: Outcome) -> AsyncGenerator[Event, None]:
        """Writes the rows; what became of each is in `outcome`."""
        columns = columns_of(self._bodies)
        nulls = self._act == "update"
        lines = [cells(body, columns, nulls=nulls) for body in self._bodies]
        content = await asyncio.to_thread(csv_of, columns, lines)
        for tries in range(_JOB_TRIES):
            await self._ledger.checkpoint()
            job = await self._org.bulk_create(self._rows[0].object, _OPERATIONS[self._act])
            key = intent_key(self._ledger, job.sobject)
            for event in job_intent(self._ledger, key, self._act, self._rows, self._bodies, job.id):
                yield event
            try:
                await self._org.bulk_upload(job, content)
            except SalesforceError as error:
                await _give_up(self._org, job)
                yield Settled(key=key, result="not_done", detail=f"the job was not started: {error}")
                if error.written != "unknown" or tries + 1 == _JOB_TRIES:
                    raise
                continue
            break
        try:
            started = await _start(self._org, job)
            self._begun()
            job = await self._watched(started)
            got = await self._results(job, columns, lines)
        except SalesforceError as error:
            try:
                got = await look_up(self._org, self._act, self._rows, self._bodies, error, self._ledger.pause)
            except SalesforceError:
                yield Settled(key=key, result="unknown", detail=str(error))
                raise
        outcome.take(got)
        for event in written(self._ledger, key, self._act, self._rows, got, kept=True):
            yield event

    async def _watched(self, job: BulkJob) -> BulkJob:
        """The job when it has ended. Somebody who wants to stop does not wait for it: it is given up."""
        began = time.monotonic()
        for wait in _waits(self._org):
            if job.ended:
                break
            left = _time_left(job, len(self._rows), time.monotonic() - began)
            # Sooner when it should end sooner; not much, because an org may take its time after the last row.
            await self._ledger.pause(min(wait, max(left, wait * _SOONEST)))
            if self.stopped is None:
                try:
                    await self._ledger.checkpoint()
                except Exception as error:
                    self.stopped = error
                    await _give_up(self._org, job)
            job = await self._org.bulk_job(job.id)
        return job

    async def _results(self, job: BulkJob, columns: tuple[str, ...], lines: list[tuple[str, ...]]) -> Outcome:
        """Results come in any order and repeat what was sent, so they are told apart by it."""
        positions: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for position in range(len(lines) - 1, -1, -1):
            positions[lines[position]].append(position)
        got = Outcome()
        for result in await self._org.bulk_outcome(job, "successfulResults", columns):
            position = self._position(positions, result)
            got.ids[position] = result.id or self._bodies[position].get("Id", "")
        if len(got.ids) < len(lines):
            for result in await self._org.bulk_outcome(job, "failedResults", columns):
                error = result.error
                said = (error.code, error.message, error.fields) if error else ("", "refused", ())
                got.errors[self._position(positions, result)] = said
        why = job.error or f"the job ended as {job.state} before it came to this row"
        for left in positions.values():
            for position in left:
                got.errors[position] = (_UNPROCESSED, why, ())
        return got

    def _position(self, positions: dict[tuple[str, ...], list[int]], result: ResultRow) -> int:
        found = positions.get(result.cells)
        if not found:
            alias = self._org.alias
            raise MalformedReply(
                f"{alias}'s results of a bulk job have a row that was not sent.", org=alias, written="unknown"
            )
        return found.pop()


async def _start(org: Org, job: BulkJob) -> BulkJob:
    """Starts a job; a lost reply is answered by the job itself."""
    try:
        return await org.bulk_start(job)
    except SalesforceError as error:
        if error.written != "unknown":
            raise
    now = await org.bulk_job(job.id)
    return await org.bulk_start(job) if now.state == "Open" else now


async def _give_up(org: Org, job: BulkJob) -> None:
    try:
        await org.bulk_abort(job)
    except SalesforceError:
        return  # it ended meanwhile, or was never more than an empty job


async def finish_job(org: Org, job_id: str) -> str:
    """What became of a job whose runner was lost, in words: one that was not started is given up, another waited for.

    Raises SalesforceError when the org cannot be asked.
    """
    try:
        job = await org.bulk_job(job_id)
    except NotFound:
        return "its job is not kept any more"
    if job.state == "Open":
        await _give_up(org, job)
        job = await org.bulk_job(job_id)
    for wait in _waits(org):
        if job.ended:
            break
        await asyncio.sleep(wait)
        job = await org.bulk_job(job_id)
    return f"its job ended as {job.state}"


def _time_left(job: BulkJob, rows: int, seconds: float) -> float:
    """Seconds that the rest of a job takes at the rate of its first `seconds`; infinite while nothing is done."""
    return (rows - job.processed) * seconds / job.processed if job.processed > 0 else math.inf


def _waits(org: Org) -> Iterator[float]:
    wait = org.timing.poll_first
    while True:
        yield wait
        wait = min(wait * 1.5, org.timing.poll_most)
