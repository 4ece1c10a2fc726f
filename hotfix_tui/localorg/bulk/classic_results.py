"""What became of the rows of a Bulk 1.0 batch, in the order of the rows: CSV, XML or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.csv_file import Form
from hotfix_tui.localorg.bulk.dialect import answer
from hotfix_tui.localorg.bulk.job import Batch, Job, RowResult
from hotfix_tui.localorg.bulk.keeping import Keeping

_HEADER = ("Id", "Success", "Created", "Error")


def batch_results(keeping: Keeping, job: Job, batch: Batch) -> Response:
    """The results of a batch that was processed."""
    rows = _rows(keeping, batch)
    if job.content_type == "CSV":
        return StreamingResponse(_csv(rows), media_type="text/csv")
    if job.content_type == "JSON":
        return answer(True, "", [_json(each) for each in rows])
    return answer(False, "results", {"result": [_xml(each) for each in rows]})


def _rows(keeping: Keeping, batch: Batch) -> Iterator[RowResult]:
    for chunk in keeping.chunks(batch):
        yield from keeping.results(batch, chunk)


def _csv(rows: Iterator[RowResult]) -> Iterator[bytes]:
    yield csv_file.line(_HEADER, Form())
    for each in rows:
        cells = (each.id or "", str(each.success).lower(), str(each.created).lower(), each.error())
        yield csv_file.line(cells, Form())


def _json(row: RowResult) -> dict[str, Any]:
    errors = [
        {"message": message, "fields": list(fields), "statusCode": code, "extendedErrorDetails": None}
        for code, message, fields in row.errors
    ]
    return {"success": row.success, "created": row.created, "id": row.id, "errors": errors}


def _xml(row: RowResult) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if row.errors:
        out["errors"] = [
            {**({"fields": list(fields)} if fields else {}), "message": message, "statusCode": code}
            for code, message, fields in row.errors
        ]
    if row.id:
        out["id"] = row.id
    return {**out, "success": row.success, "created": row.created}
