"""Who processes batches: a few lanes side by side, a chunk of 200 rows at a time."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.job import Batch, BatchProblem, Chunk, Job
from hotfix_tui.localorg.bulk.keeping import Keeping
from hotfix_tui.localorg.bulk.loading import save_chunk
from hotfix_tui.localorg.bulk.order import BATCH_CHUNKS, parallel_order
from hotfix_tui.localorg.bulk.pk_chunks import chunked
from hotfix_tui.localorg.bulk.queries import BulkQuery, NotInBulk
from hotfix_tui.localorg.bulk.records_xml import records_xml
from hotfix_tui.localorg.bulk.uploads import Upload, form_of
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.rest.limits import bulk_limit
from hotfix_tui.localorg.users import current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

LANES = 4
BATCHES = "DailyBulkApiBatches"
_CLOSING_SECONDS = 20
_FIRST_ORDERED_COLUMNS = 50.0
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Running:
    """A batch on its way. `waiting` is None until it has been read once; `ordered`: one chunk at a time, in order."""

    job: Job
    batch: Batch
    upload: Upload
    ordered: bool
    waiting: deque[Chunk] | None = None
    busy: int = 0
    began: float = field(default_factory=time.monotonic)


class BulkWork:
    """Processes the batches of one org in threads of its own, which `start` begins (serving the org does).

    The chunks of a 2.0 job are taken in no order that a client could rely on, several at a time; each is one call of
    the record service, so rows that chunks have in common are locked as any other writers'. A batch of Bulk 1.0 is
    processed in the order of its rows; several batches of a job at a time unless it is serial. `pace`: seconds a chunk
    takes beyond its work. What was running when the process ended goes on where it was: a chunk's results are kept in
    the transaction that saves its rows.
    """

    def __init__(self, org: LocalOrg, keeping: Keeping) -> None:
        self._org = org
        self._keeping = keeping
        self.pace = 0.0
        self._condition = threading.Condition()
        self._running: list[_Running] = []
        self._lanes: list[threading.Thread] = []
        self._closing = threading.Event()

    def start(self) -> None:
        """Begins to work, with what an earlier process left."""
        with self._condition:
            if self._lanes:
                return
            self._lanes = [
                threading.Thread(target=self._lane, name=f"bulk {self._org.name} {number}", daemon=True)
                for number in range(LANES)
            ]
        for job in reversed(self._keeping.jobs()):
            for batch in self._keeping.batches(job):
                if not batch.ended:
                    self._resume(job, batch)
        for lane in self._lanes:
            lane.start()

    def _resume(self, job: Job, batch: Batch) -> None:
        if job.type != "Classic" and job.state == "Open":
            return
        self._count(batch)
        if job.state == "Aborted" and job.type != "Classic":
            self._finish(_Running(job, batch, self._upload(job, batch), ordered=False))
        else:
            self.submit(job, batch)

    def close(self) -> None:
        """Ends the lanes after the chunks they are at."""
        self._closing.set()
        with self._condition:
            self._condition.notify_all()
        for lane in self._lanes:
            if lane.is_alive():
                lane.join(_CLOSING_SECONDS)

    def submit(self, job: Job, batch: Batch) -> None:
        """Takes a batch whose data is there."""
        running = _Running(job, batch, self._upload(job, batch), ordered=job.type == "Classic")
        with self._condition:
            self._running.append(running)
            self._condition.notify_all()

    def _upload(self, job: Job, batch: Batch) -> Upload:
        return Upload(self._org, job, batch, self._keeping.data(batch))

    def abort(self, job: Job) -> None:
        """Takes nothing more of a job: of 2.0 no further chunk, of 1.0 no further batch. What was saved stays.

        Returns when nothing of a 2.0 job is being worked on any more.
        """
        with self._condition:
            for running in [each for each in self._running if each.job is job]:
                untouched = running.waiting is None and not running.busy
                if job.type == "Classic" and not untouched:
                    continue
                running.waiting = deque()
                if untouched:
                    running.batch.state = "NotProcessed"
                    self._finish(running)
            if job.type != "Classic":
                self._condition.wait_for(lambda: not any(each.job is job for each in self._running))

    # Lanes

    def _lane(self) -> None:
        while True:
            with self._condition:
                task = self._next()
                while task is None and not self._closing.is_set():
                    self._condition.wait()
                    task = self._next()
            if self._closing.is_set() or task is None:
                return
            task()

    def _next(self) -> Callable[[], None] | None:
        """The next thing to do; the batches take turns. The condition is held."""
        if self._closing.is_set():
            return None
        serial: set[str] = set()
        for running in self._running:
            if running.job.serial and running.job.id in serial:
                continue
            serial.add(running.job.id)
            if running.waiting is None and not running.busy:
                running.busy = 1
                return partial(self._guarded, running, self._begin)
            if running.waiting and not (running.ordered and running.busy):
                chunk = running.waiting.popleft()
                running.busy += 1
                if not running.job.serial:
                    self._running.remove(running)
                    self._running.append(running)
                return partial(self._guarded, running, partial(self._chunk, chunk=chunk))
        return None

    def _guarded(self, running: _Running, work: Callable[[_Running], None]) -> None:
        began = time.monotonic()
        current_user.set(running.job.created_by)
        try:
            work(running)
        except BatchProblem as problem:
            self._fail(running, str(problem))
        except ApiError as problem:
            code = "FUNCTIONALITY_NOT_ENABLED" if isinstance(problem, NotInBulk) else problem.code
            self._fail(running, f"InvalidBatch : Failed to process query: {code}: {problem.message}")
        except Exception as error:
            _log.exception("a bulk batch broke: %s", running.batch.id)
            self._fail(running, f"UnknownException : {type(error).__name__}")
        with self._condition:
            running.busy -= 1
            running.batch.active_ms += round((time.monotonic() - began) * 1000)
            if not running.busy and not running.waiting and running.waiting is not None:
                self._finish(running)
            self._condition.notify_all()

    def _fail(self, running: _Running, message: str) -> None:
        with self._condition:
            running.batch.state, running.batch.message = "Failed", message
            running.waiting = deque()

    def _begin(self, running: _Running) -> None:
        self._in_progress(running)
        if running.job.querying:
            self._query(running)
            chunks = deque[Chunk]()
        else:
            chunks = self._chunks(running)
        with self._condition:
            running.waiting = chunks if running.waiting is None else deque()

    def _in_progress(self, running: _Running) -> None:
        with self._keeping.lock:
            running.batch.state = "InProgress"
            self._keeping.save_batch(running.batch)
            if running.job.state == "UploadComplete":
                running.job.state = "InProgress"
                self._keeping.save(running.job)

    def _chunks(self, running: _Running) -> deque[Chunk]:
        """What is still to be done of a batch, in the order it is to be done in."""
        batch = running.batch
        known = {chunk.number: chunk for chunk in self._keeping.chunks(batch)}
        if not known:
            found = running.upload.chunks()
            if running.job.type != "Classic":
                self._use(max(1, -(-len(found) // BATCH_CHUNKS)))
            self._keeping.lay_out(batch, found)
            known = {chunk.number: chunk for chunk in found}
        order = sorted(known)
        if not running.ordered:
            order = parallel_order(f"{self._org.store.meta('seed')} {running.job.id}", len(known))
        left = {chunk.number for chunk in self._keeping.chunks(batch, done=False)}
        return deque(known[number] for number in order if number in left)

    def _use(self, batches: int) -> None:
        """Counts the internal batches of a 2.0 job. Raises BatchProblem when the day's are used up."""
        if self._keeping.used(BATCHES) + batches > bulk_limit(BATCHES):
            raise BatchProblem("ApiBatchItems Limit exceeded.", "ExceededQuota")
        self._keeping.use(BATCHES, batches)

    def _chunk(self, running: _Running, chunk: Chunk) -> None:
        if self.pace and self._closing.wait(self.pace):
            return
        job, batch = running.job, running.batch
        records = running.upload.records(chunk)
        save_chunk(self._org, job, running.upload.columns(), records, partial(self._keeping.finish_chunk, batch, chunk))
        self._count(batch)

    def _count(self, batch: Batch) -> None:
        with self._keeping.lock:
            batch.processed, batch.failed = self._keeping.counted(batch)

    def _query(self, running: _Running) -> None:
        job, batch = running.job, running.batch
        soql = job.query or self._keeping.data(batch).read_text(encoding="utf-8", errors="replace")
        query = BulkQuery(self._org, soql, all_rows=job.operation == "queryAll")
        if query.object != job.object:
            raise BatchProblem(f"Query is for {query.object}, the job for {job.object}")
        if job.pk_chunk and not batch.part:
            self._cut(running, soql)
            return
        batch.result_id = self._keeping.new_id("752")
        path = self._keeping.result(batch)
        if job.content_type == "CSV":
            old = job.type == "V2Query" and float(job.api_version) < _FIRST_ORDERED_COLUMNS
            chunks = query.write(path, form_of(job), sort_columns=old)
            self._keeping.lay_out(batch, chunks)
            batch.processed = sum(each.size for each in chunks)
            if job.type == "Classic" and not chunks:
                path.write_bytes(csv_file.line(("Records not found for this query",), form_of(job)))
        else:
            render = records_xml if job.content_type == "XML" else json.dumps
            batch.processed = query.write_records(path, render, job.api_version)

    def _cut(self, running: _Running, soql: str) -> None:
        """Makes a batch for each range of Ids; the one with the whole query is not processed itself."""
        job = running.job
        for part in chunked(self._org, job.object, soql, job.pk_chunk, job.pk_start):
            batch = self._keeping.add_batch(job)
            batch.part = True
            self._keeping.save_batch(batch)
            self._keeping.data(batch).write_text(part, encoding="utf-8")
            self._keeping.use(BATCHES)
            self.submit(job, batch)
        running.batch.state = "NotProcessed"

    def _finish(self, running: _Running) -> None:
        """The batch is over, and a 2.0 job with it. The condition is held."""
        if self._closing.is_set() and running.batch.processed < self._rows(running.batch):
            return
        if running in self._running:
            self._running.remove(running)
        job, batch = running.job, running.batch
        with self._keeping.lock:
            if not batch.ended:
                batch.state = "Completed"
            batch.total_ms = max(batch.active_ms, round((time.monotonic() - running.began) * 1000))
            self._keeping.save_batch(batch)
            if job.type != "Classic":
                if batch.state == "Failed":
                    job.error = batch.message
                if job.state != "Aborted":
                    job.state = "Failed" if batch.state == "Failed" else "JobComplete"
                self._keeping.save(job)
        self._condition.notify_all()

    def _rows(self, batch: Batch) -> int:
        return sum(each.size for each in self._keeping.chunks(batch))
