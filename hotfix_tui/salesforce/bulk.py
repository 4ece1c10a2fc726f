"""Bulk API 2.0 ingest: a job is made, its rows are uploaded once, it is started, watched, and its results are read.

Nothing is written to the org before a job is started. So a job whose reply was lost before that can be left alone, and
one whose start was lost is asked for its state by the id that is known. Source: Bulk API 2.0 Developer Guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hotfix_tui.salesforce.bulk_csv import ResultRow, results
from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.rest import api_name, parsed, record_id
from hotfix_tui.salesforce.timing import MAX_BULK_RESULTS

Operation = Literal["insert", "update", "delete"]
Outcome = Literal["successfulResults", "failedResults", "unprocessedrecords"]

# "up to 100 MB of content" before it is encoded; a job of ours is far below, so that its results fit into memory.
MAX_UPLOAD = 100_000_000


@dataclass(frozen=True)
class BulkJob:
    """A job as the org has it. `state`: Open, UploadComplete, InProgress, JobComplete, Failed, Aborted."""

    id: str
    sobject: str
    operation: str
    state: str
    processed: int = 0
    failed: int = 0
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("JobComplete", "Failed", "Aborted")

    @property
    def started(self) -> bool:
        """Whether rows may have been written."""
        return self.state not in ("Open", "Aborted") or self.processed > 0


async def create(connection: Connection, sobject: str, operation: Operation, permit: WritePermit | None) -> BulkJob:
    """Makes a job for CSV with LF. It writes nothing until it is started."""
    body = {"object": api_name(sobject), "operation": operation, "contentType": "CSV", "lineEnding": "LF"}
    what = f"bulk {operation} of {sobject}"
    reply = await connection.write(
        lambda wire: wire.rest(what, "jobs/ingest", method="POST", body=body), permit=permit, call=what
    )
    return _job(connection, what, reply)


async def upload(connection: Connection, job: BulkJob, content: bytes, permit: WritePermit | None) -> None:
    """Sends all rows of a job, once."""
    if len(content) > MAX_UPLOAD:
        raise ValueError(f"a job takes at most {MAX_UPLOAD:,} bytes, not {len(content):,}")
    what = f"the upload of {job.sobject}"
    path = f"jobs/ingest/{record_id(job.id)}/batches"
    await connection.write(lambda wire: wire.csv(what, path, method="PUT", content=content), permit=permit, call=what)


async def change_state(
    connection: Connection, job: BulkJob, state: Literal["UploadComplete", "Aborted"], permit: WritePermit | None
) -> BulkJob:
    """Starts a job, or gives it up."""
    what = f"{'start' if state == 'UploadComplete' else 'abort'} of a bulk {job.operation} of {job.sobject}"
    path = f"jobs/ingest/{record_id(job.id)}"
    reply = await connection.write(
        lambda wire: wire.rest(what, path, method="PATCH", body={"state": state}), permit=permit, call=what
    )
    return _job(connection, what, reply)


async def status(connection: Connection, job_id: str) -> BulkJob:
    """The job as it is now. Jobs are kept for 7 days; raises NotFound after."""
    what = "the state of a bulk job"
    path = f"jobs/ingest/{record_id(job_id)}"
    return _job(connection, what, await connection.read(lambda wire: wire.rest(what, path)))


async def outcome(connection: Connection, job: BulkJob, kind: Outcome, columns: Sequence[str]) -> list[ResultRow]:
    """The rows that were saved, refused or never looked at; `columns` are those that were uploaded."""
    what = f"the results of a bulk {job.operation} of {job.sobject}"
    path = f"jobs/ingest/{record_id(job.id)}/{kind}"

    def work(wire: Any) -> list[ResultRow]:
        content = wire.csv(what, path)
        return parsed(connection, what, lambda: results(content, columns))

    return await connection.read(work, max_bytes=MAX_BULK_RESULTS)


def _job(connection: Connection, what: str, reply: Mapping[str, Any]) -> BulkJob:
    try:
        return BulkJob(
            id=record_id(str(reply["id"])),
            sobject=str(reply["object"]),
            operation=str(reply["operation"]),
            state=str(reply["state"]),
            processed=int(reply.get("numberRecordsProcessed") or 0),
            failed=int(reply.get("numberRecordsFailed") or 0),
            error=str(reply.get("errorMessage") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise malformed(Asked(connection.login.alias, what), "it is no job")
