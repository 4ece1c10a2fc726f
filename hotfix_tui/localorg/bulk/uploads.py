"""What was uploaded for a batch, in chunks: CSV from its file, JSON and XML (ten megabytes at most) parsed whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.columns import Column, columns_of
from hotfix_tui.localorg.bulk.csv_file import CHUNK, Form
from hotfix_tui.localorg.bulk.job import Batch, BatchProblem, Chunk, Job
from hotfix_tui.localorg.bulk.records_xml import records_of_xml
from hotfix_tui.localorg.bulk.rows import Record, fields_of, record_of

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_CLASSIC_ROWS = 10_000


def form_of(job: Job) -> Form:
    """How a job's CSV is written; Bulk 1.0 takes commas and any line ending."""
    return Form() if job.type == "Classic" else Form(job.delimiter, job.line_ending)


class Upload:
    """The rows of one batch."""

    def __init__(self, org: LocalOrg, job: Job, batch: Batch, path: Path) -> None:
        self._org = org
        self._job = job
        self._batch = batch
        self._path = path
        self._form = form_of(job)
        self._records: list[Record] | None = None
        self._columns: list[Column] | None = None

    def chunks(self) -> list[Chunk]:
        """Reads everything once; the chunks it is saved in. Raises BatchProblem when the whole cannot be processed."""
        if self._job.content_type == "CSV":
            if not self.header():
                raise BatchProblem("No data was uploaded", "ClientInputError")
            self.columns()
            chunks = csv_file.lay_out(self._path, self._form)
        else:
            self._columns = columns_of(self._org, self._job, fields_of(self._parsed()))
            rows = len(self._parsed())
            starts = range(0, rows, CHUNK)
            chunks = [Chunk(number, at, min(CHUNK, rows - at)) for number, at in enumerate(starts)]
        rows = sum(each.size for each in chunks)
        if self._job.type == "Classic" and rows > MAX_CLASSIC_ROWS:
            most = f"Number of records should be less than or equal to {MAX_CLASSIC_ROWS}"
            raise BatchProblem(f"Exceeded number of records : {rows}. {most}")
        return chunks

    def columns(self) -> list[Column]:
        """What the columns are for. Raises BatchProblem."""
        if self._columns is None:
            names = self.header() if self._job.content_type == "CSV" else fields_of(self._parsed())
            self._columns = columns_of(self._org, self._job, names)
        return self._columns

    def header(self) -> list[str]:
        """The header of a CSV upload, as it was sent; empty for an empty file."""
        return csv_file.header_of(self._path, self._form)

    def cells(self, chunk: Chunk) -> list[list[str]]:
        """The rows of a chunk of CSV, as they were sent."""
        return csv_file.rows_of(self._path, self._form, chunk)

    def records(self, chunk: Chunk) -> list[Record]:
        """The records of a chunk."""
        if self._job.content_type == "CSV":
            return [record_of(self.columns(), cells) for cells in self.cells(chunk)]
        return self._parsed()[chunk.start : chunk.start + chunk.size]

    def _parsed(self) -> list[Record]:
        if self._records is None:
            content = self._path.read_bytes()
            self._records = records_of_xml(content) if self._job.content_type == "XML" else _records_of_json(content)
        return self._records


def _records_of_json(content: bytes) -> list[Record]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BatchProblem(f"Unable to parse JSON: {error}") from None
    if not isinstance(found, list) or not all(_is_record(each) for each in found):
        raise BatchProblem("Unable to parse JSON: a batch is an array of records")
    return found


def _is_record(value: Any) -> bool:
    return isinstance(value, Mapping) and not any(
        isinstance(each, Sequence) and not isinstance(each, str) for each in value.values()
    )
