"""What a write has done so far: Ids of the rows the org took, and the rows it refused."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotfix_tui.data.plan_model import Act, RowPlan
from hotfix_tui.data.rows import Ref
from hotfix_tui.data.spool import Spooled, spooled_words
from hotfix_tui.events import Event, seed, session

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Checkpoint = Callable[[], Awaitable[None]]
Pause = Callable[[float], Awaitable[None]]


@dataclass
class Ledger:
    """One write to `org`. `purpose`: seed, promote, containment, sync, undo.

    `checkpoint` is awaited before each call and raises to stop there. `fold` gives a row's name as the org matches it.
    `adopted`: rows that are there under another name, and their Ids. `refused`: row → why. `totals`: object → rows to
    write, each pass counted. `turns`: of the jobs that are made ready at once, one at a time, so that the org works on
    the first while we prepare the next.
    """

    org: Org
    purpose: str
    checkpoint: Checkpoint
    pause: Pause
    fold: Callable[[Ref], Ref]
    adopted: Mapping[Ref, str] = field(default_factory=dict)
    refused: dict[Ref, str] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)
    turns: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ids: Spooled[str] = field(default_factory=spooled_words)
    _taken: Counter[Act] = field(default_factory=Counter)
    _twice: set[Ref] = field(default_factory=set)
    _moved: Counter[str] = field(default_factory=Counter)
    _stopped: Exception | None = None

    def ref(self, row: RowPlan) -> Ref:
        """The row's name."""
        return self.fold((row.object, row.key))

    def took(self, row: RowPlan, act: Act, record_id: str) -> None:
        """The org has the row. A second pass over a row that was inserted counts as part of its insert."""
        ref = self.ref(row)
        self._ids["\n".join(ref)] = record_id
        if row.later:
            if ref in self._twice:
                return
            self._twice.add(ref)
        self._taken[act] += 1

    def id_of(self, ref: Ref) -> str | None:
        """The Id of a row (folded) that the org took, or that is to be adopted."""
        return self._ids.find("\n".join(ref)) or self.adopted.get(ref)

    def refuse(self, row: RowPlan, act: Act, code: str, message: str, fields: Sequence[str] = ()) -> Event:
        """The org does not have the row as it should."""
        self.refused[self.ref(row)] = message
        self._moved[row.object] += 1
        return seed.RowRefused(
            org=self.org.alias,
            object=row.object,
            key=row.key,
            act=act,
            code=code,
            message=message,
            fields=tuple(fields),
        )

    def progress(self, name: str, rows: int) -> Iterator[Event]:
        """`rows` more of object `name` are written."""
        self._moved[name] += rows
        org = self.org.alias
        yield session.Progress(what=name, org=org, done=self._moved[name], total=self.totals[name], unit="rows")
        done, total = self._moved.total(), self.totals.total()
        yield session.Progress(what="records", org=org, done=done, total=total, unit="rows")

    def count(self, act: Act) -> int:
        """How many rows of this act the org took."""
        return self._taken[act]

    # Several calls at once end together

    def stop(self, error: Exception) -> None:
        """One of several lanes cannot go on: the others end after their call. `ended` raises the first such error."""
        self._stopped = self._stopped or error

    @property
    def stopped(self) -> bool:
        """Whether a lane said so."""
        return self._stopped is not None

    def ended(self) -> None:
        """After all lanes."""
        if self._stopped is not None:
            raise self._stopped
