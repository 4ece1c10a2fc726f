"""Bulk API 1.0: `/services/async/NN.0/job`, for clients that speak XML or JSON and send CSV, JSON or XML."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from hotfix_tui.localorg.bulk.classic_results import batch_results
from hotfix_tui.localorg.bulk.dialect import answer, fields_in, refusal, speaks_json
from hotfix_tui.localorg.bulk.job import INGESTS, QUERIES, Batch, Job, JobRefused, api_number
from hotfix_tui.localorg.bulk.pk_chunks import asked_for
from hotfix_tui.localorg.bulk.service import Bulk
from hotfix_tui.localorg.bulk.spool import BadEncoding, TooLarge, spool
from hotfix_tui.localorg.rest.identity import NEWEST, OLDEST

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_BATCH = 10_000_000
_MAX_JOB = 100_000
_JOB_FIELDS = ("operation", "object", "concurrencyMode", "contentType", "externalIdFieldName", "assignmentRuleId")
_CHANGES = ("id", "state")
_CONTENT = {"CSV": "text/csv", "JSON": "application/json", "XML": "application/xml"}
# The modes in the order of their enumeration: JSON clients send numbers.
_MODES = {"Parallel": "Parallel", "Serial": "Serial", "0": "Parallel", "1": "Serial"}

Handler = Callable[[Request, bytes], Response]


def routes(org: LocalOrg) -> list[BaseRoute]:
    """The routes of one org."""
    api = ClassicApi(org)
    base = "/services/async/{version}/job"
    one, batches = base + "/{job}", base + "/{job}/batch"
    batch = batches + "/{batch}"
    table: list[tuple[str, str, Handler]] = [
        (base, "POST", api.create),
        (one, "GET", api.read),
        (one, "POST", api.change),
        (batches, "GET", api.list_batches),
        (batch, "GET", api.read_batch),
        (f"{batch}/request", "GET", api.request_of),
        (f"{batch}/result", "GET", api.result),
        (f"{batch}/result/{{result}}", "GET", api.query_result),
        ("/services/async/{rest:path}", "GET", api.nowhere),
        ("/services/async/{rest:path}", "POST", api.nowhere),
    ]
    found: list[BaseRoute] = [Route(batches, _guarded(api.add_batch), methods=["POST"])]
    found.extend(Route(path, _guarded(_whole(handler)), methods=[method]) for path, method, handler in table)
    return found


def _whole(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if len(body) > _MAX_JOB:
            raise JobRefused("ClientInputError", f"Failed to read request. Exceeded max size limit of {_MAX_JOB}")
        return await run_in_threadpool(partial(handler, request, body))

    return endpoint


def _guarded(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            if request.state.user is None:
                raise JobRefused("InvalidSessionId", "Invalid session id")
            _check_version(request)
            return await endpoint(request)
        except JobRefused as problem:
            return refusal(speaks_json(request), problem, 404 if problem.code == "InvalidUrl" else 400)

    return guarded


def _check_version(request: Request) -> None:
    version = str(request.path_params.get("version", f"{NEWEST}.0"))
    number, _, minor = version.partition(".")
    if not number.isdecimal() or not OLDEST <= int(number) <= NEWEST or minor not in ("0", ""):
        raise JobRefused("InvalidVersion", f"Api version not supported: {version}")


class ClassicApi:
    """Handlers of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._bulk: Bulk = org.bulk

    # Jobs

    def create(self, request: Request, body: bytes) -> Response:
        """POST job: a new job, open."""
        size, start = asked_for(request.headers.get("sforce-enable-pkchunking", ""))
        fields = fields_in(request, body, _JOB_FIELDS)
        if fields.get("assignmentRuleId"):
            raise JobRefused("InvalidJob", f"Invalid assignmentRuleId: {fields['assignmentRuleId']}")
        operation = fields.get("operation", "")
        if operation not in INGESTS | QUERIES:
            raise JobRefused("InvalidJob", f"Invalid operation: {operation}")
        mode = _MODES.get(fields.get("concurrencyMode", "Parallel"))
        content = fields.get("contentType", "XML").upper()
        if mode is None or content not in _CONTENT:
            wrong = fields.get("concurrencyMode") if mode is None else content
            raise JobRefused("InvalidJob", f"Unsupported value: {wrong}")
        version = f"{str(request.path_params['version']).partition('.')[0]}.0"
        job = self._bulk.new_job(
            request.state.user,
            "Classic",
            operation,
            fields.get("object", ""),
            version,
            content_type=content,
            concurrency=mode,
            external_id=fields.get("externalIdFieldName", ""),
        )
        if size and job.querying:
            job.pk_chunk, job.pk_start = size, start
            self._bulk.keeping.save(job)
        return answer(speaks_json(request), "jobInfo", self._job_info(job), 201)

    def read(self, request: Request, body: bytes) -> Response:
        """GET job/ID."""
        job = self._job(request)
        return answer(speaks_json(request, job), "jobInfo", self._job_info(job))

    def change(self, request: Request, body: bytes) -> Response:
        """POST job/ID with the state Closed or Aborted. Closing a closed job again changes nothing."""
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        state = fields_in(request, body, _CHANGES).get("state", "")
        if state not in ("Closed", "Aborted"):
            raise JobRefused("InvalidJobState", f"Invalid job state: {state}")
        if job.state == "Aborted" or (job.state == "Closed" and state == "Aborted" and self._all_done(job)):
            doing = "Closing" if state == "Closed" else "Aborting"
            said = "Aborted" if job.state == "Aborted" else "Completed"
            raise JobRefused("InvalidJobState", f"{doing} already {said} Job not allowed")
        if state == "Aborted":
            self._bulk.abort(job)
        elif job.state == "Open":
            self._bulk.set_state(job, "Closed")
        return answer(speaks_json(request, job), "jobInfo", self._job_info(job))

    def _all_done(self, job: Job) -> bool:
        return all(each.ended for each in self._bulk.keeping.batches(job))

    # Batches

    async def add_batch(self, request: Request) -> Response:
        """POST job/ID/batch: rows, or a query; processed as soon as it is its turn."""
        job = await run_in_threadpool(self._open_job, request)
        folder = self._bulk.keeping.folder(job.id)
        handle, name = tempfile.mkstemp(dir=folder, suffix=".incoming")
        os.close(handle)
        path = Path(name)
        try:
            await spool(request, path, MAX_BATCH)
            return await run_in_threadpool(self._added, request, job, path)
        except TooLarge:
            raise JobRefused(
                "ClientInputError", f"Failed to read request. Exceeded max size limit of {MAX_BATCH}"
            ) from None
        except BadEncoding as problem:
            raise JobRefused("ClientInputError", str(problem)) from None

    def _open_job(self, request: Request) -> Job:
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        if job.state != "Open":
            raise JobRefused("InvalidJobState", f"Unable to add a batch to a job in state {job.state}")
        return job

    def _added(self, request: Request, job: Job, path: Path) -> Response:
        try:
            with self._bulk.keeping.lock:
                self._open_job(request)
                batch = self._bulk.add_batch(job)
                path.rename(self._bulk.keeping.data(batch))
        finally:
            path.unlink(missing_ok=True)
        info = _batch_info(batch)
        self._bulk.work.submit(job, batch)
        return answer(speaks_json(request, job), "batchInfo", info, 201)

    def list_batches(self, request: Request, body: bytes) -> Response:
        """GET job/ID/batch."""
        job = self._job(request)
        infos = [_batch_info(each) for each in self._bulk.keeping.batches(job)]
        return answer(speaks_json(request, job), "batchInfoList", {"batchInfo": infos})

    def read_batch(self, request: Request, body: bytes) -> Response:
        """GET job/ID/batch/ID."""
        job, batch = self._batch(request)
        return answer(speaks_json(request, job), "batchInfo", _batch_info(batch))

    def request_of(self, request: Request, body: bytes) -> Response:
        """GET job/ID/batch/ID/request: what was sent."""
        job, batch = self._batch(request)
        return FileResponse(self._bulk.keeping.data(batch), media_type=_CONTENT[job.content_type])

    def result(self, request: Request, body: bytes) -> Response:
        """GET job/ID/batch/ID/result: what became of each row; of a query, the ids of its results."""
        job, batch = self._done(request)
        if not job.querying:
            return batch_results(self._bulk.keeping, job, batch)
        if speaks_json(request, job):
            return answer(True, "", [batch.result_id])
        return answer(False, "result-list", {"result": [batch.result_id]})

    def query_result(self, request: Request, body: bytes) -> Response:
        """GET job/ID/batch/ID/result/ID: the records."""
        job, batch = self._done(request)
        if not job.querying or request.path_params["result"][:15] != batch.result_id[:15]:
            raise JobRefused("InvalidBatch", f"Invalid result id: {request.path_params['result']}")
        return FileResponse(self._bulk.keeping.result(batch), media_type=_CONTENT[job.content_type])

    def nowhere(self, request: Request, body: bytes) -> Response:
        """Anything else."""
        raise JobRefused("InvalidUrl", "Destination URL not reset. The URL returned from login must be set")

    # Look-ups

    def _job(self, request: Request) -> Job:
        job_id = request.path_params["job"]
        found = self._bulk.job(request.state.user, job_id)
        if found is None or found.type != "Classic":
            raise JobRefused("InvalidJob", f"Invalid job id: {job_id}")
        return found

    def _batch(self, request: Request) -> tuple[Job, Batch]:
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        batch = self._bulk.keeping.batch(job, request.path_params["batch"])
        if batch is None:
            raise JobRefused("InvalidBatch", f"Invalid batch id: {request.path_params['batch']}")
        return job, batch

    def _done(self, request: Request) -> tuple[Job, Batch]:
        job, batch = self._batch(request)
        if batch.state in ("Queued", "InProgress"):
            raise JobRefused("InvalidBatch", "Batch not completed")
        if batch.state != "Completed":
            raise JobRefused("InvalidBatch", "Records not processed")
        return job, batch

    def _job_info(self, job: Job) -> dict[str, Any]:
        batches = self._bulk.keeping.batches(job)
        counts = {name: sum(each.state == name for each in batches) for name in ("Queued", "InProgress", "Completed")}
        out: dict[str, Any] = {
            "id": job.id,
            "operation": job.operation,
            "object": job.object,
            "createdById": job.created_by,
            "createdDate": job.created_at,
            "systemModstamp": job.modified_at,
            "state": job.state,
        }
        if job.external_id:
            out["externalIdFieldName"] = job.external_id
        return {
            **out,
            "concurrencyMode": job.concurrency,
            "contentType": job.content_type,
            "numberBatchesQueued": counts["Queued"],
            "numberBatchesInProgress": counts["InProgress"],
            "numberBatchesCompleted": counts["Completed"],
            "numberBatchesFailed": sum(each.state == "Failed" for each in batches),
            "numberBatchesTotal": len(batches),
            "numberRecordsProcessed": sum(each.processed for each in batches),
            "numberRetries": 0,
            "apiVersion": api_number(job.api_version),
            "numberRecordsFailed": sum(each.failed for each in batches),
            "totalProcessingTime": sum(each.total_ms for each in batches),
            "apiActiveProcessingTime": sum(each.active_ms for each in batches),
            "apexProcessingTime": 0,
        }


def _batch_info(batch: Batch) -> dict[str, Any]:
    out: dict[str, Any] = {"id": batch.id, "jobId": batch.job_id, "state": batch.state}
    if batch.message:
        out["stateMessage"] = batch.message
    return {
        **out,
        "createdDate": batch.created_at,
        "systemModstamp": batch.modified_at,
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": batch.total_ms,
        "apiActiveProcessingTime": batch.active_ms,
        "apexProcessingTime": 0,
    }
