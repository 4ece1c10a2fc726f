"""A comparison of two orgs' records as an async stream of events, whose result stays with it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from hotfix_tui.compare.compare import DIFFERENT, ONLY_IN_A, ONLY_IN_B, SAME
from hotfix_tui.compare.records import AMBIGUOUS, KEYLESS, ComparedRow, RowComparer
from hotfix_tui.data.both_sides import Side, read_both
from hotfix_tui.data.changes import shown
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.difference import OWNER
from hotfix_tui.events.base import Event
from hotfix_tui.events.compare import (
    RecordCompared,
    RecordCompareFinished,
    RecordCompareStarted,
    RecordsUnreadable,
)
from hotfix_tui.events.session import Finding, Progress

if TYPE_CHECKING:
    from hotfix_tui.data.rows import Row
    from hotfix_tui.salesforce.org import Org

_AT_A_TIME = 500
_SECONDS_BETWEEN_PROGRESS = 0.3


class RecordComparison:
    """Iterate it once for the events (`async for event in comparison`); then `rows` and both sides are there.

    `rows`: every compared record, object by object in the data set's order. `unreadable`: object → why, in words.
    With `quiet` it does not tell of single records: they are in `rows`. It only reads. Raises (while iterating)
    SalesforceError.
    """

    def __init__(self, a: Org, b: Org, data_set: DataSet, *, owners: bool = False, quiet: bool = False) -> None:
        self.data_set = data_set
        self.rows: list[ComparedRow] = []
        self.counts: Counter[str] = Counter()
        self.notes: list[Finding] = []
        self.unreadable: dict[str, str] = {}
        self._owners, self._quiet = owners, quiet
        self._read: Counter[tuple[str, str]] = Counter()
        self._news = asyncio.Event()
        self.a = Side(a, data_set, lambda name, rows: self._advanced(a.alias, name, rows))
        self.b = Side(b, data_set, lambda name, rows: self._advanced(b.alias, name, rows))

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events()

    def side(self, side: str) -> Side:
        """Side `a` or `b`."""
        return self.a if side == "a" else self.b

    def label(self, name: str) -> str:
        """The object's label, as A calls it, else B."""
        return next((one.labels[name][0] for one in (self.a, self.b) if name in one.labels), name)

    def field_label(self, name: str, field: str) -> str:
        """The field's label, as A calls it, else B."""
        labels = [one.labels[name][1] for one in (self.a, self.b) if name in one.labels]
        return next((one[field] for one in labels if field in one), field)

    def of(self, row: ComparedRow) -> tuple[list[Row], list[Row]]:
        """The rows of both sides behind a compared record."""
        return [self.a.row(row.object, one) for one in row.a], [self.b.row(row.object, one) for one in row.b]

    def changed(self, row: ComparedRow) -> tuple[dict[str, Any], dict[str, Any]]:
        """Who changed it last on each side, and when; empty for a side that does not have it, or has several."""
        a = self.a.changed(row.object, row.a[0]) if len(row.a) == 1 else {}
        b = self.b.changed(row.object, row.b[0]) if len(row.b) == 1 else {}
        return a, b

    # -- events

    def _advanced(self, alias: str, name: str, rows: int) -> None:
        self._read[alias, name] = rows
        self._news.set()

    async def _events(self) -> AsyncIterator[Event]:
        yield RecordCompareStarted(a=self.a.org, b=self.b.org, data_set=self.data_set.name)
        async for progress in self._reading():
            yield progress
        for event in self._not_comparable():
            yield event
        told = time.monotonic()
        total = sum(1 for name in self.data_set.names for _ in self.a.rows(name))
        for name in self.data_set.names:
            if name in self.a.unfit or name in self.b.unfit:
                continue
            comparer = RowComparer(self.a, self.b, self.data_set.spec(name), self.data_set, owners=self._owners)
            source = iter(comparer)
            while (batch := await asyncio.to_thread(self._batch, source)) is not None:
                for event in batch:
                    yield event
                if time.monotonic() - told > _SECONDS_BETWEEN_PROGRESS:
                    told = time.monotonic()
                    yield Progress(what="compare", org="", done=len(self.rows), total=total, unit="records")
            for field, count in comparer.untold.items():
                rows = "1 row" if count == 1 else f"{count:,} rows"
                yield self._note(f"{name}.{field} refers to records without a match key: not compared in {rows}")
        yield self._finished()

    async def _reading(self) -> AsyncIterator[Progress]:
        """Reads both sides, and tells how far each is."""
        reading = asyncio.create_task(read_both(self.a, self.b))
        reading.add_done_callback(lambda _: self._news.set())
        told = 0.0
        try:
            while not reading.done():
                await self._news.wait()
                self._news.clear()
                if time.monotonic() - told > _SECONDS_BETWEEN_PROGRESS:
                    told = time.monotonic()
                    for alias in (self.a.org, self.b.org):
                        yield self._progress(alias)
            await reading
        finally:
            reading.cancel()
        for alias in (self.a.org, self.b.org):
            yield self._progress(alias)

    def _progress(self, alias: str) -> Progress:
        done = sum(rows for (org, _), rows in self._read.items() if org == alias)
        return Progress(what="read", org=alias, done=done, total=0, unit="records")

    def _not_comparable(self) -> Iterator[Event]:
        for letter, side in (("a", self.a), ("b", self.b)):
            for name in side.missing:
                self.unreadable[name] = f"{side.org} does not have it"
                yield RecordsUnreadable(side=letter, object=name, why=self.unreadable[name])
            for name, why in side.unfit.items():
                self.unreadable[name] = f"{side.org}: {why}"
                yield RecordsUnreadable(side=letter, object=name, why=why)
        for side in (self.a, self.b):
            for name, fields in side.unseen.items():
                if fields and name not in self.unreadable:
                    listed = ", ".join(fields)
                    yield self._note(
                        f"{name}: not compared, {side.org} does not have it or our user cannot see it: {listed}"
                    )
        for spec in self.data_set.objects:
            if spec.masked:
                named = ", ".join(spec.masked)
                yield self._note(f"{spec.name}: not compared, the data set masks it: {named}", "info")
        owned = any(OWNER in self.a.fields(name) for name in self.data_set.names)
        if owned and not self._owners:
            yield self._note("who owns a record is each org's own affair and was not compared", "info")

    def _note(self, text: str, level: str = "warning") -> Finding:
        note = Finding(level=level, text=text)
        self.notes.append(note)
        return note

    def _batch(self, source: Iterator[ComparedRow]) -> list[RecordCompared] | None:
        """Compares the next records, and what is to be told of them; None at the end. Not for an event loop."""
        rows = list(islice(source, _AT_A_TIME))
        self.rows += rows
        self.counts.update(row.status for row in rows)
        return [self.event(row) for row in rows if not self._quiet] if rows else None

    def event(self, row: ComparedRow) -> RecordCompared:
        """A compared record as a fact."""
        changes: dict[str, Any] = {}
        rows: tuple[dict[str, Any], ...] = ()
        if row.fields:
            (left,), (right,) = self.of(row)
            changes = {name: (shown(left, name), shown(right, name)) for name in row.fields}
        elif row.status == AMBIGUOUS:
            rows = tuple(self._described(row))
        a, b = self.changed(row)
        return RecordCompared(
            object=row.object,
            key=row.key,
            status=row.status,
            label=row.label,
            changes=changes,
            a_ids=row.a,
            b_ids=row.b,
            a_changed=a,
            b_changed=b,
            looks_like=row.like,
            rows=rows,
        )

    def _described(self, row: ComparedRow) -> Iterator[dict[str, Any]]:
        for letter, rows in zip("ab", self.of(row), strict=True):
            for one in rows:
                names = [*one.fields, *one.lookups, *one.outside]
                fields = {name: shown(one, name) for name in names if shown(one, name) is not None}
                yield {"side": letter, "id": one.id, "label": one.label, "fields": fields}

    def _finished(self) -> RecordCompareFinished:
        counts = self.counts
        return RecordCompareFinished(
            data_set=self.data_set.name,
            same=counts[SAME],
            different=counts[DIFFERENT],
            only_in_a=counts[ONLY_IN_A],
            only_in_b=counts[ONLY_IN_B],
            ambiguous=counts[AMBIGUOUS],
            keyless=counts[KEYLESS],
            unreadable=len(self.unreadable),
        )
