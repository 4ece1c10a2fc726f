"""Saving a chunk of rows: the five operations, and what is remembered of each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.bulk.columns import Column
from hotfix_tui.localorg.bulk.job import Job, RowResult
from hotfix_tui.localorg.bulk.parents import Parents, try_placed
from hotfix_tui.localorg.bulk.rows import Record, bulk_error
from hotfix_tui.localorg.records.outcome import SaveOptions, SaveOutcome, SaveRefused, refused
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Remember = Callable[[list[RowResult]], None]


def save_chunk(
    org: LocalOrg, job: Job, columns: Sequence[Column], records: Sequence[Record], remember: Remember
) -> list[RowResult]:
    """Saves the rows of a chunk, each for itself; `remember` is called inside the transaction that saves them.

    The results are in the order of the rows.
    """
    placed = _placed(org, job, records)
    ready = [each for each in placed if not isinstance(each, SaveRefused)]
    results: list[RowResult] = []

    def keep(outcomes: Sequence[SaveOutcome]) -> None:
        saved = iter(outcomes)
        for given, record in zip(records, placed, strict=True):
            if isinstance(record, SaveRefused):
                outcome = SaveOutcome(_own_id(job, given), False, errors=record.errors)
            else:
                outcome = next(saved)
            results.append(_result(outcome, columns, given))
        remember(results)

    _save(org, job, ready, SaveOptions(recorded=keep))
    return results


def _placed(org: LocalOrg, job: Job, records: Sequence[Record]) -> list[Record | SaveRefused]:
    owner = org.schema.require(job.object)
    if job.operation in ("delete", "hardDelete"):
        return [_of_object(owner, each) or each for each in records]
    parents = Parents(org, owner)
    return [try_placed(parents, each) for each in records]


def _of_object(owner: SObject, record: Record) -> SaveRefused | None:
    """A job deletes records of its own object only."""
    record_id = str(_value(record, "Id") or "")
    if not record_id:
        return refused("MISSING_ARGUMENT", "Id not specified in a delete call")
    if (to_18(record_id) or "")[:3] != owner.key_prefix:
        return refused("MALFORMED_ID", f"{owner.label} ID: id value of incorrect type: {record_id}", "Id")
    return None


def _save(org: LocalOrg, job: Job, records: Sequence[Record], options: SaveOptions) -> None:
    service, user = org.records, job.created_by
    match job.operation:
        case "insert":
            service.insert_all(user, [(job.object, each) for each in records], options=options)
        case "update":
            rows = [(job.object, str(_value(each, "Id") or ""), each) for each in records]
            service.update_all(user, rows, options=options)
        case "upsert":
            service.upsert_all(user, job.object, job.external_id, records, options=options)
        case "delete" | "hardDelete":
            ids = [str(_value(each, "Id") or "") for each in records]
            service.delete_all(user, ids, options=options, forever=job.operation == "hardDelete")


def _own_id(job: Job, record: Record) -> str | None:
    return str(_value(record, "Id") or "") or None if job.operation != "insert" else None


def _result(outcome: SaveOutcome, columns: Sequence[Column], record: Mapping[str, Any]) -> RowResult:
    errors = tuple(bulk_error(error, columns, record) for error in outcome.errors)
    return RowResult(outcome.id, outcome.created, errors)


def _value(record: Mapping[str, Any], name: str) -> Any:
    return next((value for key, value in record.items() if key.lower() == name.lower()), None)
