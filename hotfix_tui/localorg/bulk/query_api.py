"""Bulk API 2.0, queries: `/services/data/vNN.0/jobs/query`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.info import LIST_PARAMETERS, created, decoded, encoded, full, page_of_jobs, short
from hotfix_tui.localorg.bulk.job import Job, JobRefused
from hotfix_tui.localorg.bulk.queries import BulkQuery, header_line, page
from hotfix_tui.localorg.bulk.requests import fields_in, one_of, parameter, route, version_of
from hotfix_tui.localorg.bulk.service import QUERY_JOBS, Bulk
from hotfix_tui.localorg.bulk.uploads import form_of
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.rest.bodies import Answer

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

DEFAULT_PAGE = 50_000
_OLDEST = 47
_FIELDS = frozenset({"columnDelimiter", "contentType", "lineEnding", "operation", "query"})


def routes(org: LocalOrg) -> list[BaseRoute]:
    """The routes of one org."""
    api = QueryApi(org)
    base = "/services/data/v{version}/jobs/query"
    one = base + "/{job}"
    return [
        route(base, "POST", api.create, oldest=_OLDEST),
        route(base, "GET", api.listing, oldest=_OLDEST, known=LIST_PARAMETERS),
        route(one, "GET", api.read, oldest=_OLDEST),
        route(one, "PATCH", api.abort, oldest=_OLDEST),
        route(one, "DELETE", api.remove, oldest=_OLDEST),
        route(f"{one}/results", "GET", api.results, oldest=_OLDEST, known=frozenset({"locator", "maxrecords"})),
    ]


class QueryApi:
    """Handlers of one org."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._bulk: Bulk = org.bulk

    def create(self, request: Request, body: bytes) -> Response:
        """POST jobs/query: a malformed query is refused at once."""
        fields = fields_in(body, _FIELDS)
        operation = one_of(fields, "operation", ("query", "queryAll"))
        more = {
            "content_type": one_of(fields, "contentType", ("CSV",), "CSV"),
            "line_ending": one_of(fields, "lineEnding", tuple(csv_file.LINE_ENDINGS), "LF"),
            "delimiter": one_of(fields, "columnDelimiter", tuple(csv_file.DELIMITERS), "COMMA"),
            "query": str(fields.get("query", "")),
        }
        if not more["query"].strip():
            raise ApiError("API_ERROR", "The query is required")
        found = BulkQuery(self._org, more["query"], all_rows=operation == "queryAll")
        self._bulk.check_limit(QUERY_JOBS)
        job = self._bulk.new_job(request.state.user, "V2Query", operation, found.object, version_of(request), **more)
        self._bulk.keeping.use(QUERY_JOBS)
        batch = self._bulk.add_batch(job)
        self._bulk.set_state(job, "UploadComplete")
        answer = created(job)
        self._bulk.work.submit(job, batch)
        return Answer(answer)

    def listing(self, request: Request, body: bytes) -> Response:
        """GET jobs/query."""
        return Answer(page_of_jobs(self._bulk, request, "query"))

    def read(self, request: Request, body: bytes) -> Response:
        """GET jobs/query/ID."""
        return Answer(full(self._bulk, self._job(request)))

    def abort(self, request: Request, body: bytes) -> Response:
        """PATCH jobs/query/ID with the state Aborted."""
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        one_of(fields_in(body, frozenset({"state"})), "state", ("Aborted",))
        if job.ended:
            raise JobRefused("InvalidJobState", "Aborting already Completed Job not allowed")
        self._bulk.abort(job)
        return Answer(short(job))

    def remove(self, request: Request, body: bytes) -> Response:
        """DELETE jobs/query/ID."""
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        if not job.ended:
            text = "Error encountered when deleting the job because the job is not terminated"
            raise ApiError("API_ERROR", text)
        self._bulk.keeping.remove(job)
        return Response(status_code=204)

    def results(self, request: Request, body: bytes) -> Response:
        """GET jobs/query/ID/results: a header and up to maxRecords rows from the locator on."""
        job = self._job(request)
        self._bulk.check_owner(request.state.user, job)
        if job.api_version != version_of(request):
            raise ApiError("API_ERROR", f"The job was created in API version {job.api_version}", 409)
        if job.state != "JobComplete":
            raise JobRefused("InvalidJobState", f"Getting results of a Job in state {job.state} not allowed")
        count = self._count(request)
        first = decoded(parameter(request, "locator"))
        batch = self._bulk.keeping.batches(job)[0]
        if first and first >= batch.processed:
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        path, form = self._bulk.keeping.result(batch), form_of(job)
        begin, end, found = 0, 0, 0
        if batch.processed:
            begin, end, found = page(path, form, self._bulk.keeping.chunks(batch), first, count)
        more = first + found < batch.processed
        headers = {
            "Sforce-Locator": encoded(first + found) if more else "null",
            "Sforce-NumberOfRecords": str(found),
        }
        return StreamingResponse(
            _part(path, header_line(path, form), begin, end), media_type="text/csv", headers=headers
        )

    def _count(self, request: Request) -> int:
        text = parameter(request, "maxRecords")
        if text is None:
            return DEFAULT_PAGE
        if not text.isdecimal() or not 0 < len(text) < 12 or int(text) == 0:
            raise ApiError("API_ERROR", f"Invalid value: '{text}' supplied for property: 'maxRecords'")
        return int(text)

    def _job(self, request: Request) -> Job:
        found = self._bulk.job(request.state.user, request.path_params["job"])
        if found is None or found.type != "V2Query":
            raise not_found()
        return found


def _part(path: Path, header: bytes, begin: int, end: int) -> Iterator[bytes]:
    yield header
    with path.open("rb") as file:
        file.seek(begin)
        while begin < end and (piece := file.read(min(1 << 16, end - begin))):
            begin += len(piece)
            yield piece
