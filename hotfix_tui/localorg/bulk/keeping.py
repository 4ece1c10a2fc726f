"""Where jobs are kept: rows in the org's database, uploads and query results in files beside it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.localorg.bulk.job import (
    Batch,
    Chunk,
    Job,
    RowResult,
    dump_results,
    load_batch,
    load_job,
    load_results,
)
from hotfix_tui.localorg.clock import api_datetime, parse_datetime

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

LIFE = timedelta(days=7)
_DAY = timedelta(days=1)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS _bulk_job (id TEXT PRIMARY KEY, seq INTEGER NOT NULL, job TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS _bulk_batch (id TEXT PRIMARY KEY, job_id TEXT NOT NULL, batch TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS _bulk_chunk (batch_id TEXT, number INTEGER, start INTEGER, size INTEGER, done INTEGER,"
    " failed INTEGER, results TEXT, PRIMARY KEY (batch_id, number))",
    "CREATE TABLE IF NOT EXISTS _bulk_used (at TEXT NOT NULL, kind TEXT NOT NULL)",
)


class Keeping:
    """The jobs of one org, its batches and its chunks. `lock` guards what the objects say; hold it to change them.

    A job is forgotten seven days after it ended, by the org's clock.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._store = org.store
        self._folder = org.folder / "bulk"
        self.lock = threading.RLock()
        for table in _TABLES:
            self._store.execute(table)
        rows = self._store.rows("SELECT job FROM _bulk_job ORDER BY seq")
        self._jobs = {job.id: job for job in (load_job(row[0]) for row in rows)}
        self._batches: dict[str, list[Batch]] = {job_id: [] for job_id in self._jobs}
        for row in self._store.rows("SELECT batch FROM _bulk_batch"):
            batch = load_batch(row[0])
            self._batches[batch.job_id].append(batch)
        for batches in self._batches.values():
            batches.sort(key=lambda each: each.number)

    def now(self) -> str:
        """The org's present instant."""
        return api_datetime(self._org.clock.now())

    def new_id(self, prefix: str) -> str:
        """The next id: 750 of a job, 751 of a batch, 752 of a query's result."""
        return self._org.ids.record_id(prefix, self._store.next_number(f"id:{prefix}"))

    # Jobs

    def add(self, job: Job) -> None:
        """Takes a new job."""
        with self.lock:
            self._jobs[job.id] = job
            self._batches[job.id] = []
            number = self._store.next_number("bulk job")
            self._store.execute("INSERT INTO _bulk_job VALUES (?, ?, ?)", (job.id, number, job.dump()))

    def save(self, job: Job) -> None:
        """Writes down what a job says, as changed now."""
        job.modified_at = self.now()
        self._store.execute("UPDATE _bulk_job SET job = ? WHERE id = ?", (job.dump(), job.id))

    def job(self, job_id: str) -> Job | None:
        """A job by its 15- or 18-character id."""
        self._expire()
        with self.lock:
            if len(job_id) not in (15, 18):
                return None
            return next((job for job in self._jobs.values() if job.id[:15] == job_id[:15]), None)

    def jobs(self) -> list[Job]:
        """Every job, the newest first."""
        self._expire()
        with self.lock:
            return list(reversed(self._jobs.values()))

    def remove(self, job: Job) -> None:
        """Forgets a job and all it holds."""
        with self.lock:
            batches = self._batches.pop(job.id, [])
            self._jobs.pop(job.id, None)
            with self._store.transaction():
                for batch in batches:
                    self._store.execute("DELETE FROM _bulk_chunk WHERE batch_id = ?", (batch.id,))
                self._store.execute("DELETE FROM _bulk_batch WHERE job_id = ?", (job.id,))
                self._store.execute("DELETE FROM _bulk_job WHERE id = ?", (job.id,))
        shutil.rmtree(self._folder / job.id, ignore_errors=True)

    def _expire(self) -> None:
        until = self._org.clock.now() - LIFE
        with self.lock:
            old = [
                job
                for job in self._jobs.values()
                if parse_datetime(job.modified_at) < until and all(batch.ended for batch in self._batches[job.id])
            ]
            for job in old:
                self.remove(job)

    # Batches

    def add_batch(self, job: Job) -> Batch:
        """A new batch of a job, queued."""
        with self.lock:
            now = self.now()
            batch = Batch(self.new_id("751"), job.id, len(self._batches[job.id]), now, now)
            self._batches[job.id].append(batch)
            sql = "INSERT INTO _bulk_batch VALUES (?, ?, ?)"
            self._store.execute(sql, (batch.id, job.id, batch.dump()))
            return batch

    def save_batch(self, batch: Batch) -> None:
        """Writes down what a batch says, as changed now."""
        batch.modified_at = self.now()
        self._store.execute("UPDATE _bulk_batch SET batch = ? WHERE id = ?", (batch.dump(), batch.id))

    def batches(self, job: Job) -> list[Batch]:
        """The batches of a job, in the order they came."""
        with self.lock:
            return list(self._batches.get(job.id, []))

    def batch(self, job: Job, batch_id: str) -> Batch | None:
        """A batch of a job by its 15- or 18-character id."""
        return next((each for each in self.batches(job) if each.id[:15] == batch_id[:15]), None)

    def data(self, batch: Batch) -> Path:
        """The file of what was uploaded."""
        return self.folder(batch.job_id) / f"{batch.id}.data"

    def result(self, batch: Batch) -> Path:
        """The file of what a query found."""
        return self.folder(batch.job_id) / f"{batch.id}.result"

    def folder(self, job_id: str) -> Path:
        """Where a job's files are; made if it is not there."""
        folder = self._folder / job_id
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    # Chunks

    def lay_out(self, batch: Batch, chunks: Sequence[Chunk]) -> None:
        """Remembers the chunks of a batch, none of them done."""
        rows = [(batch.id, each.number, each.start, each.size) for each in chunks]
        with self._store.transaction():
            self._store.execute("DELETE FROM _bulk_chunk WHERE batch_id = ?", (batch.id,))
            sql = "INSERT INTO _bulk_chunk (batch_id, number, start, size) VALUES (?, ?, ?, ?)"
            self._store.executemany(sql, rows)

    def finish_chunk(self, batch: Batch, chunk: Chunk, results: list[RowResult]) -> None:
        """Remembers what became of a chunk's rows. Part of the transaction that saves them."""
        failed = sum(not each.success for each in results)
        self._store.execute(
            "UPDATE _bulk_chunk SET failed = ?, results = ?,"
            " done = (SELECT COALESCE(MAX(done), 0) + 1 FROM _bulk_chunk WHERE batch_id = ?)"
            " WHERE batch_id = ? AND number = ?",
            (failed, dump_results(results), batch.id, batch.id, chunk.number),
        )

    def chunks(self, batch: Batch, *, done: bool | None = None, by_time: bool = False) -> list[Chunk]:
        """The chunks of a batch: all, or those that are done or not; by number, or in the order they were done in."""
        which = {None: "", True: " AND done IS NOT NULL", False: " AND done IS NULL"}[done]
        order = "done" if by_time else "number"
        rows = self._store.rows(
            f"SELECT number, start, size FROM _bulk_chunk WHERE batch_id = ?{which} ORDER BY {order}",  # noqa: S608
            (batch.id,),
        )
        return [Chunk(*row) for row in rows]

    def results(self, batch: Batch, chunk: Chunk) -> list[RowResult]:
        """What became of a chunk's rows, in their order; none while it is not done."""
        sql = "SELECT results FROM _bulk_chunk WHERE batch_id = ? AND number = ?"
        found = self._store.value(sql, (batch.id, chunk.number))
        return load_results(found) if found else []

    def counted(self, batch: Batch) -> tuple[int, int]:
        """Rows processed and rows failed, from the chunks that are done."""
        sums = "COALESCE(SUM(size), 0), COALESCE(SUM(failed), 0)"
        sql = f"SELECT {sums} FROM _bulk_chunk WHERE batch_id = ? AND done IS NOT NULL"  # noqa: S608
        found = self._store.row(sql, (batch.id,)) or (0, 0)
        return int(found[0]), int(found[1])

    # Limits

    def use(self, kind: str, count: int = 1) -> None:
        """Counts against a daily limit."""
        now = self.now()
        with self._store.transaction():
            self._store.execute("DELETE FROM _bulk_used WHERE at <= ?", (self._day_ago(),))
            self._store.executemany("INSERT INTO _bulk_used VALUES (?, ?)", [(now, kind)] * count)

    def used(self, kind: str) -> int:
        """How much of a daily limit was used in the last 24 hours of the org's clock."""
        sql = "SELECT COUNT(*) FROM _bulk_used WHERE kind = ? AND at > ?"
        return int(self._store.value(sql, (kind, self._day_ago())))

    def _day_ago(self) -> str:
        return api_datetime(self._org.clock.now() - _DAY)
