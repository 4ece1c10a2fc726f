"""CSV as Bulk API 2.0 takes and gives it. Source: Bulk API 2.0 Developer Guide, "Prepare Data to Ingest"."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hotfix_tui.salesforce.records import SaveError

# An empty cell says nothing about its field; this empties it. As a text of its own it cannot be sent.
NULL = "#N/A"
_END = "--"


@dataclass(frozen=True)
class ResultRow:
    """One row of a job's results. `cells` are those that were sent, in the order of the columns that were sent.

    `id` is empty for a refused insert, `error` None for a row that was saved.
    """

    id: str
    created: bool
    error: SaveError | None
    cells: tuple[str, ...]


def columns_of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The fields that at least one row has, in the order they come."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def cells(row: Mapping[str, Any], columns: Sequence[str], *, nulls: bool) -> tuple[str, ...]:
    """`row` as cells. With `nulls` a field that is None (or empty text) is emptied; without, nothing is said of it."""
    return tuple(_cell(row[name], nulls=nulls) if name in row else "" for name in columns)


def _cell(value: Any, *, nulls: bool) -> str:
    if value is None or value == "":
        return NULL if nulls else ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def fits(row: Mapping[str, Any]) -> bool:
    """Whether CSV can say `row`: no text that means null, no lone carriage return (line endings are LF)."""
    return not any(
        isinstance(value, str) and (value == NULL or "\r" in value or "\0" in value) for value in row.values()
    )


def written(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A file with a header, LF at each line's end."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue().encode()


def results(content: bytes, columns: Sequence[str]) -> list[ResultRow]:
    """The rows of a results file, cells in the order of `columns`. Raises ValueError for another shape."""
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    header = next(reader, None)
    if header is None:
        return []
    at = {name: position for position, name in enumerate(header)}
    own_id, created, error = at.get("sf__Id"), at.get("sf__Created"), at.get("sf__Error")
    picked = [at[name] for name in columns]  # KeyError is caught by the caller's `parsed`
    return [
        ResultRow(
            id=row[own_id] if own_id is not None else "",
            created=created is not None and row[created].lower() == "true",
            error=save_error(row[error]) if error is not None else None,
            cells=tuple(row[position] for position in picked),
        )
        for row in reader
        if row
    ]


def save_error(text: str) -> SaveError:
    """`CODE:message:Field, Field --` (or `--` alone where no field is named) as an error."""
    code, _, rest = text.partition(":")
    message, colon, fields = rest.strip().removesuffix(_END).rpartition(":")
    if not colon:
        return SaveError(code, rest)
    names = tuple(name.strip() for name in fields.split(",") if name.strip())
    if not all(name.replace("_", "").isalnum() for name in names):
        return SaveError(code, f"{message}:{fields}".strip())
    return SaveError(code, message, names)
