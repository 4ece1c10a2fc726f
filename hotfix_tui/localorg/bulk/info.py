"""What a 2.0 job says of itself, and the list of jobs."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from starlette.requests import Request

from hotfix_tui.localorg.bulk.job import Job, api_number
from hotfix_tui.localorg.bulk.requests import parameter, version_of
from hotfix_tui.localorg.bulk.service import Bulk
from hotfix_tui.localorg.errors import ApiError

LIST_PARAMETERS = frozenset({"ispkchunkingenabled", "jobtype", "concurrencymode", "querylocator"})
_JOBS_A_PAGE = 1000
_TYPES = ("Classic", "V2Ingest", "V2Query", "BigObjectIngest")


def short(job: Job) -> dict[str, Any]:
    """What every answer about a job has: all that an answer to PATCH says."""
    out: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "createdById": job.created_by,
        "createdDate": job.created_at,
        "systemModstamp": job.modified_at,
        "state": job.state,
        "externalIdFieldName": job.external_id or None,
        "concurrencyMode": job.concurrency,
        "contentType": job.content_type,
        "apiVersion": api_number(job.api_version),
    }
    return {name: value for name, value in out.items() if value is not None}


def created(job: Job) -> dict[str, Any]:
    """The answer to the POST that made a job."""
    return {**short(job), **_upload_address(job), "lineEnding": job.line_ending, "columnDelimiter": job.delimiter}


def _upload_address(job: Job) -> dict[str, str]:
    if job.type != "V2Ingest" or job.state != "Open":
        return {}
    return {"contentUrl": f"services/data/v{job.api_version}/jobs/ingest/{job.id}/batches"}


def listed(job: Job) -> dict[str, Any]:
    """A job in a list of jobs."""
    out = {**short(job), "jobType": job.type, **_upload_address(job)}
    if job.type != "Classic":
        out.update(lineEnding=job.line_ending, columnDelimiter=job.delimiter)
    return out


def full(bulk: Bulk, job: Job) -> dict[str, Any]:
    """The answer to a GET of a job."""
    batches = bulk.keeping.batches(job)
    out = {
        **listed(job),
        "retries": 0,
        "totalProcessingTime": sum(each.total_ms for each in batches),
        "numberRecordsProcessed": sum(each.processed for each in batches),
        "apiActiveProcessingTime": sum(each.active_ms for each in batches),
        "apexProcessingTime": 0,
    }
    if job.type != "V2Query":
        out["numberRecordsFailed"] = sum(each.failed for each in batches)
    else:
        out["isPkChunkingSupported"] = False
    if job.error:
        out["errorMessage"] = job.error
    return out


def page_of_jobs(bulk: Bulk, request: Request, kind: str) -> dict[str, Any]:
    """The answer to a GET of all jobs: 1,000 a page, newest first, filtered as asked. `kind`: ingest or query."""
    wanted = parameter(request, "jobType")
    if wanted is not None and wanted not in _TYPES:
        raise ApiError("API_ERROR", f"Invalid value: '{wanted}' supplied for property: 'jobType'")
    mode = (parameter(request, "concurrencyMode") or "").lower()
    if mode not in ("", "parallel", "serial"):
        raise ApiError("API_ERROR", f"Invalid value: '{mode}' supplied for property: 'concurrencyMode'")
    own = "V2Query" if kind == "query" else "V2Ingest"
    found = [
        job
        for job in bulk.jobs(request.state.user)
        if (job.type == wanted if wanted else job.type in (own, "Classic"))
        and (not mode or job.concurrency.lower() == mode)
    ]
    if (parameter(request, "isPkChunkingEnabled") or "").lower() == "true":
        found = [job for job in found if job.pk_chunk]
    start = decoded(parameter(request, "queryLocator"))
    rows = found[start : start + _JOBS_A_PAGE]
    out: dict[str, Any] = {"done": start + len(rows) >= len(found), "records": [listed(job) for job in rows]}
    if not out["done"]:
        path = f"/services/data/v{version_of(request)}/jobs/{kind}"
        out["nextRecordsUrl"] = f"{path}?queryLocator={encoded(start + len(rows))}"
    return out


def encoded(offset: int) -> str:
    """A locator: how many rows came before, in Base64 without padding (MTAwMDA for 10000)."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def decoded(locator: str | None) -> int:
    """The offset a locator stands for. Raises ApiError."""
    if not locator:
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not text.isdecimal() or len(text) > 12:
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
    return int(text)
