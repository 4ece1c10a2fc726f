"""Bulk queries: what they refuse, and their results as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.csv_file import Form
from hotfix_tui.localorg.bulk.job import Chunk
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import NUMBERS, Field
from hotfix_tui.localorg.soql.answer import Writer
from hotfix_tui.localorg.soql.parse import parse
from hotfix_tui.localorg.soql.shape import Child, Choice, Compiled, Leaf, Nest
from hotfix_tui.localorg.soql.tree import Item, Query
from hotfix_tui.localorg.soql.tree import Path as FieldPath

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_STEP = 1000
MAX_ROWS = 10_000_000


class NotInBulk(ApiError):
    """A query that the REST API would run and the Bulk APIs do not."""

    def __init__(self, what: str) -> None:
        super().__init__("API_ERROR", f"{what} not supported in Bulk Query")


@dataclass(frozen=True)
class _Column:
    name: str
    leaf: Leaf


class BulkQuery:
    """A compiled query. Raises ApiError for what is malformed, and for what the Bulk APIs do not run: child subqueries,
    aggregates and GROUP BY, OFFSET, compound fields ("SOQL Considerations", Bulk API 2.0 Developer Guide)."""

    def __init__(self, org: LocalOrg, soql: str, *, all_rows: bool) -> None:
        self._org = org
        self._soql = soql
        self._all_rows = all_rows
        compiled, self._rows = org.queries.reading(soql, all_rows=all_rows)
        _check(compiled)
        self._writer = Writer(org, compiled, "", tooling=False)
        self.object = compiled.source.name
        self._columns = list(_leaves(compiled.shape)) if compiled.shape else []
        self._wanted = parse(soql.strip())

    def write(self, path: Path, form: Form, *, sort_columns: bool = False) -> list[Chunk]:
        """Runs the query and writes what it finds, a header first; where each thousand rows begin."""
        columns = sorted(self._columns, key=lambda each: each.name) if sort_columns else self._ordered()
        chunks: list[Chunk] = []
        with path.open("wb") as file:
            at = file.write(csv_file.line((each.name for each in columns), form))
            start = size = 0
            for row in self._rows:
                start = start if size else at
                at += file.write(csv_file.line([self._text(each.leaf, row) for each in columns], form))
                size += 1
                if size == _STEP:
                    chunks.append(Chunk(len(chunks), start, size))
                    size = 0
            if size:
                chunks.append(Chunk(len(chunks), start, size))
        return chunks

    def _text(self, leaf: Leaf, row: tuple[Any, ...]) -> str:
        return _text(leaf.field, self._writer.value(leaf, row))

    def write_records(self, path: Path, render: Callable[[list[dict[str, Any]]], str], version: str) -> int:
        """Runs the query and writes its records as one text (Bulk 1.0 in JSON and XML); how many there were."""
        found = self._org.queries.run(self._soql, version=version, all_rows=self._all_rows, page=MAX_ROWS)
        path.write_text(render(found["records"]), encoding="utf-8")
        return len(found["records"])

    def _ordered(self) -> list[_Column]:
        """The columns in the order of the SELECT list; FIELDS() gives those it stands for."""
        left = {each.name.lower(): each for each in self._columns}
        out: list[_Column] = []
        for path in _selected(self._wanted):
            for name in (path, path.partition(".")[2]):
                if name in left:
                    out.append(left.pop(name))
                    break
        return [*out, *left.values()]


def _selected(query: Query) -> Iterator[str]:
    for item in query.items:
        if isinstance(item, Item) and isinstance(item.what, FieldPath):
            yield str(item.what).lower()


def _check(compiled: Compiled) -> None:
    if compiled.aggregate or compiled.counting or compiled.shape is None:
        raise NotInBulk("Aggregate functions and GROUP BY")
    if compiled.offset:
        raise NotInBulk("OFFSET")
    if any(isinstance(each, Child) for each in compiled.shape.inner.values()):
        raise NotInBulk("Aggregate Relationships")
    if _chooses(compiled.shape):
        raise NotInBulk("TYPEOF")
    if any(each.leaf.field.type in ("address", "location") for each in _leaves(compiled.shape)):
        raise NotInBulk("Selecting compound data")


def _chooses(shape: Nest) -> bool:
    inner = shape.inner.values()
    return any(isinstance(each, Choice) or (isinstance(each, Nest) and _chooses(each)) for each in inner)


def _leaves(shape: Nest | None, prefix: str = "") -> Iterator[_Column]:
    for name, inner in (shape.inner if shape else {}).items():
        if isinstance(inner, Leaf):
            yield _Column(prefix + name, inner)
        elif isinstance(inner, Nest):
            yield from _leaves(inner, f"{prefix}{name}.")


def _text(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if field.type == "datetime":
        return str(value).replace("+0000", "Z")
    if field.type in NUMBERS and isinstance(value, float):
        return java_double(value)
    return str(value)


def java_double(value: float) -> str:
    """A number as Java's Double.toString writes it, which is how it comes in Salesforce's CSV: 3.5E8, 0.25, 12.0."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{value:.15g}" if float(f"{value:.15g}") == value else repr(value)
        if "e" in text:
            text = f"{value:f}".rstrip("0")
        return text if "." in text else f"{text}.0"
    mantissa, _, exponent = f"{value:.16e}".partition("e")
    for digits in range(1, 17):
        short = f"{value:.{digits}e}"
        if float(short) == value:
            mantissa, _, exponent = short.partition("e")
            break
    mantissa = mantissa.rstrip("0")
    return f"{mantissa}{'0' if mantissa.endswith('.') else ''}E{int(exponent)}"


def page(path: Path, form: Form, chunks: Sequence[Chunk], first: int, count: int) -> tuple[int, int, int]:
    """Rows `first` … of a result: the byte they begin at, the byte they end at, how many there are."""
    chunk = chunks[first // _STEP]
    begin = end = path.stat().st_size
    found = 0
    with path.open("rb") as file:
        records = csv_file.read(file, form, chunk.start)
        for number, (at, _) in enumerate(records, first // _STEP * _STEP):
            if number == first:
                begin = at
            if number == first + count:
                end = at
                break
            found += number >= first
    return begin, end, found


def header_line(path: Path, form: Form) -> bytes:
    """The header of a result."""
    return csv_file.line(csv_file.header_of(path, form), form)
