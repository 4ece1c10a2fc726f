"""What a bulk job is, and a batch of one: for both Bulk APIs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from hotfix_tui.localorg.errors import ApiError

JobType = Literal["V2Ingest", "V2Query", "Classic"]
QUERIES = frozenset({"query", "queryAll"})
INGESTS = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
ENDED = frozenset({"JobComplete", "Failed", "Aborted", "Closed"})
BATCH_ENDED = frozenset({"Completed", "Failed", "NotProcessed"})


@dataclass
class Job:
    """A job. Times are REST instants; `api_version` is "67.0"; `object` has its declared spelling.

    `state` is that of its API: Open UploadComplete InProgress JobComplete Failed Aborted (2.0), Open Closed Aborted
    Failed (1.0). A 2.0 job has one batch, which clients never see. `pk_chunk`: rows a batch where a query is cut by
    Ids, from `pk_start` on.
    """

    id: str
    type: JobType
    operation: str
    object: str
    created_by: str
    created_at: str
    modified_at: str
    state: str
    api_version: str
    content_type: str = "CSV"
    concurrency: str = "Parallel"
    external_id: str = ""
    line_ending: str = "LF"
    delimiter: str = "COMMA"
    query: str = ""
    error: str = ""
    uploaded: bool = False
    pk_chunk: int = 0
    pk_start: str = ""

    @property
    def serial(self) -> bool:
        """Whether its batches are to be processed one after the other."""
        return self.concurrency == "Serial"

    @property
    def querying(self) -> bool:
        """Whether it reads."""
        return self.operation in QUERIES

    @property
    def ended(self) -> bool:
        """Whether nothing more can be added to it."""
        return self.state in ENDED

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


@dataclass
class Batch:
    """What is processed as one: a batch of Bulk 1.0, or all the data of a 2.0 job.

    `state`: Queued InProgress Completed Failed NotProcessed; `processed` counts failed rows too; times in milliseconds.
    `part`: whether it is one of those that a query was cut into.
    """

    id: str
    job_id: str
    number: int
    created_at: str
    modified_at: str
    state: str = "Queued"
    message: str = ""
    processed: int = 0
    failed: int = 0
    total_ms: int = 0
    active_ms: int = 0
    result_id: str = ""
    part: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in BATCH_ENDED

    def dump(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


def load_job(text: str) -> Job:
    """What `Job.dump` wrote."""
    return Job(**json.loads(text))


def load_batch(text: str) -> Batch:
    """What `Batch.dump` wrote."""
    return Batch(**json.loads(text))


@dataclass(frozen=True)
class Chunk:
    """Up to 200 rows that are saved together. `start`: a byte offset in CSV, a row number in JSON and XML."""

    number: int
    start: int
    size: int


@dataclass(frozen=True)
class RowResult:
    """What became of a row; `errors` are (code, message, fields), none for a row that was saved."""

    id: str | None
    created: bool
    errors: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    @property
    def success(self) -> bool:
        """Whether the row was saved."""
        return not self.errors

    def error(self) -> str:
        """As both APIs write it into CSV: `CODE:message:Field, Field --`; `--` alone where no field is named."""
        return "".join(
            f"{code}:{text}:{', '.join(fields) + ' ' if fields else ''}--" for code, text, fields in self.errors
        )


def dump_results(results: list[RowResult]) -> str:
    """As JSON, for keeping."""
    return json.dumps([[each.id, each.created, each.errors] for each in results])


def load_results(text: str) -> list[RowResult]:
    """What `dump_results` wrote."""
    return [
        RowResult(row[0], row[1], tuple((code, message, tuple(fields)) for code, message, fields in row[2]))
        for row in json.loads(text)
    ]


class BatchProblem(Exception):
    """A whole batch cannot be processed: `code : message` is its state message, or a 2.0 job's errorMessage."""

    def __init__(self, message: str, code: str = "InvalidBatch") -> None:
        super().__init__(f"{code} : {message}")
        self.code = code
        self.message = message


class JobRefused(Exception):
    """A job is not taken, or not changed. `code` in the words of Bulk 1.0 (InvalidJob, InvalidJobState …)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def rest(self) -> ApiError:
        """As Bulk 2.0 says it: `INVALIDJOB`, "InvalidJob : Unable to find object: X"; states without the prefix."""
        said = (
            self.message if self.code in ("InvalidJobState", "FeatureNotEnabled") else f"{self.code} : {self.message}"
        )
        return ApiError(self.code.upper(), said)


def api_number(version: str) -> float:
    """An API version as JSON has it: 67.0."""
    return float(version)
