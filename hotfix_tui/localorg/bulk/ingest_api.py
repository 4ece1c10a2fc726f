"""Bulk API 2.0, ingest: `/services/data/vNN.0/jobs/ingest`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.info import LIST_PARAMETERS, created, full, page_of_jobs, short
from hotfix_tui.localorg.bulk.job import Batch, BatchProblem, Job, JobRefused
from hotfix_tui.localorg.bulk.multipart import parts_of
from hotfix_tui.localorg.bulk.requests import fields_in, one_of, route, streaming, version_of
from hotfix_tui.localorg.bulk.service import Bulk
from hotfix_tui.localorg.bulk.spool import BadEncoding, TooLarge, spool
from hotfix_tui.localorg.bulk.uploads import Upload, form_of
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import Answer

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

# 150 MB once it is in Base64, which takes four bytes for three.
MAX_UPLOAD = 150 * 1_000_000 * 3 // 4
MAX_MULTIPART = 100_000
_OLDEST = 41
_OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_FIELDS = frozenset(
    {
        "assignmentRuleId",
        "columnDelimiter",
        "contentType",
        "externalIdFieldName",
        "lineEnding",
        "object",
        "operation",
    }
)


def routes(org: LocalOrg) -> list[BaseRoute]:
    """The routes of one org."""
    api = IngestApi(org)
    base = "/services/data/v{version}/jobs/ingest"
    one = base + "/{job}"
    return [
        streaming(base, "POST", api.create, oldest=_OLDEST),
        route(base, "GET", api.listing, oldest=_OLDEST, known=LIST_PARAMETERS),
        route(one, "GET", api.read, oldest=_OLDEST),
        route(one, "PATCH", api.change, oldest=_OLDEST),
        route(one, "DELETE", api.remove, oldest=_OLDEST),
        streaming(f"{one}/batches", "PUT", api.upload, oldest=_OLDEST),
        route(f"{one}/successfulResults", "GET", api.successful, oldest=_OLDEST),
        route(f"{one}/failedResults", "GET", api.failed, oldest=_OLDEST),
        route(f"{one}/unprocessedrecords", "GET", api.unprocessed, oldest=_OLDEST),
    ]


class IngestApi:
    """Handlers of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._bulk: Bulk = org.bulk
        self._uploading: set[str] = set()

    # Jobs

    async def create(self, request: Request) -> Response:
        """POST jobs/ingest: a job, or in a multipart body a job with its data, which is then processed at once."""
        content = bytearray()
        async for piece in request.stream():
            content += piece
            if len(content) > 10 * MAX_MULTIPART:
                raise _too_large()
        return await run_in_threadpool(self._create, request, bytes(content))

    def _create(self, request: Request, body: bytes) -> Response:
        kind = request.headers.get("content-type", "")
        if not kind.lower().startswith("multipart/form-data"):
            return Answer(created(self._new(request, body)))
        parts = parts_of(kind, body)
        if set(parts) != {"job", "content"}:
            raise ApiError("API_ERROR", "A multipart request has two parts: job and content")
        if len(parts["content"].decode("utf-8", "replace")) > MAX_MULTIPART:
            raise _too_large()
        job = self._new(request, parts["job"])
        batch = self._bulk.add_batch(job)
        self._bulk.keeping.data(batch).write_bytes(parts["content"])
        job.uploaded = True
        self._bulk.set_state(job, "UploadComplete")
        answer = created(job)
        self._bulk.work.submit(job, batch)
        return Answer(answer)

    def _new(self, request: Request, body: bytes) -> Job:
        fields = fields_in(body, _FIELDS)
        if "assignmentRuleId" in fields:
            raise JobRefused("InvalidJob", f"Invalid assignmentRuleId: {fields['assignmentRuleId']}")
        more = {
            "content_type": one_of(fields, "contentType", ("CSV",), "CSV"),
            "line_ending": one_of(fields, "lineEnding", tuple(csv_file.LINE_ENDINGS), "LF"),
            "delimiter": one_of(fields, "columnDelimiter", tuple(csv_file.DELIMITERS), "COMMA"),
        }
        operation = one_of(fields, "operation", _OPERATIONS)
        if "externalIdFieldName" in fields and not fields["externalIdFieldName"] and operation == "upsert":
            text = f"Field name provided,  does not match an External ID for {fields.get('object', '')}"
            raise JobRefused("InvalidJob", text)
        key = fields.get("externalIdFieldName", "")
        return self._bulk.new_job(
            request.state.user,
            "V2Ingest",
            operation,
            fields.get("object", ""),
            version_of(request),
            external_id=key,
            **more,
        )

    def listing(self, request: Request, body: bytes) -> Response:
        """GET jobs/ingest: 2.0 ingest jobs and jobs of Bulk 1.0, or one kind of them."""
        return Answer(page_of_jobs(self._bulk, request, "ingest"))

    def read(self, request: Request, body: bytes) -> Response:
        """GET jobs/ingest/ID."""
        return Answer(full(self._bulk, self._job(request, classic=True)))

    def change(self, request: Request, body: bytes) -> Response:
        """PATCH jobs/ingest/ID with the state UploadComplete or Aborted."""
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        state = one_of(fields_in(body, frozenset({"state"})), "state", ("UploadComplete", "Aborted"))
        if state == "Aborted":
            if job.ended:
                raise JobRefused("InvalidJobState", "Aborting already Completed Job not allowed")
            self._bulk.abort(job)
            return Answer(short(job))
        return self._close(job)

    def _close(self, job: Job) -> Response:
        with self._bulk.keeping.lock:
            if job.state != "Open":
                said = "Aborted" if job.state == "Aborted" else "Completed"
                raise JobRefused("InvalidJobState", f"Closing already {said} Job not allowed")
            if not job.uploaded:
                raise JobRefused("InvalidJobState", "Closing a Job without data not allowed")
            self._bulk.set_state(job, "UploadComplete")
        answer = short(job)
        self._bulk.work.submit(job, self._batch(job))
        return Answer(answer)

    def remove(self, request: Request, body: bytes) -> Response:
        """DELETE jobs/ingest/ID."""
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        if not job.ended:
            text = "Error encountered when deleting the job because the job is not terminated"
            raise ApiError("API_ERROR", text)
        self._bulk.keeping.remove(job)
        return Response(status_code=204)

    # Data

    async def upload(self, request: Request) -> Response:
        """PUT jobs/ingest/ID/batches: all the data of a job, once."""
        job, batch = await run_in_threadpool(self._place, request)
        path = self._bulk.keeping.data(batch)
        try:
            await spool(request, path, MAX_UPLOAD)
            await run_in_threadpool(self._uploaded, job)
        except TooLarge:
            raise _too_large() from None
        except BadEncoding as problem:
            raise ApiError("CLIENTINPUTERROR", f"ClientInputError : {problem}") from None
        finally:
            self._uploading.discard(job.id)
        return Response(status_code=201)

    def _place(self, request: Request) -> tuple[Job, Batch]:
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        kind = request.headers.get("content-type", "text/csv").partition(";")[0].strip().lower()
        if kind != "text/csv":
            raise ApiError("CLIENTINPUTERROR", f"ClientInputError : The content type must be text/csv, not {kind}", 415)
        with self._bulk.keeping.lock:
            if job.state != "Open":
                raise JobRefused("InvalidJobState", f"Uploading data to a Job in state {job.state} not allowed")
            if job.uploaded or job.id in self._uploading:
                text = (
                    f"Found multipe contents for job: <{job.id[:15]}>, please 'Close' / 'Abort' / 'Delete' the current"
                    " Job then create a new Job and make sure you only do 'PUT' once on a given Job."
                )
                raise ApiError("BULK_API_ERROR", text)
            self._uploading.add(job.id)
            batches = self._bulk.keeping.batches(job)
            return job, batches[0] if batches else self._bulk.add_batch(job)

    def _uploaded(self, job: Job) -> None:
        with self._bulk.keeping.lock:
            job.uploaded = True
            self._bulk.keeping.save(job)

    # Results

    def successful(self, request: Request, body: bytes) -> Response:
        """GET jobs/ingest/ID/successfulResults: the rows that were saved, in the order in which they were."""
        job = self._own(request)
        return _csv(self._results(job, ("sf__Id", "sf__Created"), success=True))

    def failed(self, request: Request, body: bytes) -> Response:
        """GET jobs/ingest/ID/failedResults: the rows that were not saved, and why."""
        job = self._own(request)
        return _csv(self._results(job, ("sf__Id", "sf__Error"), success=False))

    def unprocessed(self, request: Request, body: bytes) -> Response:
        """GET jobs/ingest/ID/unprocessedrecords: the rows that a failed or aborted job never came to."""
        job = self._own(request)
        return _csv(self._unprocessed(job))

    def _results(self, job: Job, own: tuple[str, str], *, success: bool) -> Iterator[bytes]:
        found = self._upload(job)
        if found is None:
            yield csv_file.line(own, form_of(job))
            return
        batch, upload, header = found
        yield csv_file.line((*own, *header), form_of(job))
        for chunk in self._bulk.keeping.chunks(batch, done=True, by_time=True):
            results = self._bulk.keeping.results(batch, chunk)
            lines = [
                csv_file.line(
                    (each.id or "", str(each.created).lower() if success else each.error(), *cells), form_of(job)
                )
                for each, cells in zip(results, upload.cells(chunk), strict=True)
                if each.success is success
            ]
            yield b"".join(lines)

    def _unprocessed(self, job: Job) -> Iterator[bytes]:
        found = self._upload(job)
        if found is None:
            return
        batch, upload, header = found
        yield csv_file.line(header, form_of(job))
        if job.state not in ("Failed", "Aborted"):
            return
        if self._bulk.keeping.chunks(batch):
            for chunk in self._bulk.keeping.chunks(batch, done=False):
                yield b"".join(csv_file.line(cells, form_of(job)) for cells in upload.cells(chunk))
            return
        # It was never laid out: what was uploaded as it is, without its first line.
        with self._bulk.keeping.data(batch).open("rb") as file:
            file.readline()
            while piece := file.read(1 << 16):
                yield piece

    def _upload(self, job: Job) -> tuple[Batch, Upload, list[str]] | None:
        batches = self._bulk.keeping.batches(job)
        if not batches or not self._bulk.keeping.data(batches[0]).exists():
            return None
        upload = Upload(self._org, job, batches[0], self._bulk.keeping.data(batches[0]))
        try:
            return batches[0], upload, upload.header()
        except BatchProblem:
            return None

    def _batch(self, job: Job) -> Batch:
        return self._bulk.keeping.batches(job)[0]

    def _job(self, request: Request, *, classic: bool = False) -> Job:
        found = self._bulk.job(request.state.user, request.path_params["job"])
        if found is None or (found.type != "V2Ingest" and not (classic and found.type == "Classic")):
            raise not_found()
        return found

    def _own(self, request: Request) -> Job:
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        return job


def _csv(lines: Iterator[bytes]) -> Response:
    return StreamingResponse(lines, media_type="text/csv")


def _too_large() -> ApiError:
    return ApiError("EXCEEDED_MAX_SIZE_REQUEST", "Maximum request size exceeded", 413)
