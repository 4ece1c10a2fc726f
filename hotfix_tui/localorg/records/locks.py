"""Row locks: who writes which rows at the moment, and who must wait for them.

SQLite lets one writer in at a time, so two writers would never be seen to meet. Salesforce locks the rows a transaction
writes and their masters until it ends, and a second writer waits at most ten seconds for them (Knowledge 000386567 and
000229525); this table is that. `RecordService` takes and gives back the locks of every call, whatever API it came by:
work that is to run in parallel only has to call it from several threads, a chunk of records each.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hotfix_tui.localorg.records.outcome import SaveError

WAIT_SECONDS = 10.0
Rows = frozenset[str]


class Targets(NamedTuple):
    """What one write locks: `rows`, by id. `own`: the record, where there is one already; `object`: its type."""

    own: str | None
    rows: Rows
    object: str = ""


@dataclass(eq=False)
class Holder:
    """Somebody who has rows locked. `written`: what they wrote is in the org, they only have not let go yet.

    `until`: when they let go by themselves, on the monotonic clock. `who`: for people to read. `object`: all rows of
    that type are theirs too, lower case. `lasting`: to wait for them would be in vain.
    """

    who: str = ""
    rows: set[str] = field(default_factory=set)
    written: bool = False
    until: float = float("inf")
    object: str = ""
    lasting: bool = False


class LockTable:
    """The locked rows of one org.

    `wait`: seconds a writer waits for rows that another has. `row`: seconds a call keeps its rows for each record it
    saved, beyond the time the work itself takes: what triggers and flows would take in a real org. Both may be set at
    any time, through `control pace`.
    """

    def __init__(self) -> None:
        self.wait = WAIT_SECONDS
        self.row = 0.0
        self._changed = threading.Condition()
        self._holders: list[Holder] = []
        self._kept = threading.local()

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Several calls of this thread as one transaction: the rows each of them takes are let go at the end only.

        For graphs, all-or-none composites and trees. Nests; the outermost counts.
        """
        if getattr(self._kept, "holder", None) is not None:
            yield
            return
        holder = self._kept.holder = Holder("a call")
        self._kept.records = 0
        try:
            yield
            self._stay(holder, self._kept.records)
        finally:
            self._kept.holder = None
            self._let_go(holder)

    @contextmanager
    def taken(self, wanted: Sequence[Targets], *, inside: bool = False) -> Iterator[list[SaveError | None]]:
        """The rows that each record of a call needs, for as long as the call takes.

        Yields for each record None, or the error of a record whose rows could not be had in time. `inside`: the thread
        has the org's one transaction already; then writers that still wait for it are no obstacle.
        """
        kept: Holder | None = getattr(self._kept, "holder", None)
        holder = kept or Holder("a call")
        try:
            refused = self._take(holder, wanted, inside=inside)
            yield refused
            saved = refused.count(None)
            if kept is not None:
                self._kept.records += saved
            elif not inside:
                self._stay(holder, saved)
        finally:
            if kept is None:
                self._let_go(holder)

    def hold(self, rows: Rows, seconds: float, who: str) -> Holder:
        """Locks rows as somebody else, for so many seconds or until `release`; rows that are taken are taken too."""
        holder = Holder(who, set(rows), written=True, until=time.monotonic() + seconds)
        with self._changed:
            self._holders.append(holder)
        return holder

    @contextmanager
    def barred(self, rows: Rows, object_name: str = "") -> Iterator[None]:
        """Locks rows, and every row of an object, as somebody who keeps them longer than anybody waits."""
        holder = Holder("a fault", set(rows), written=True, object=object_name.lower(), lasting=True)
        with self._changed:
            self._holders.append(holder)
        try:
            yield
        finally:
            self._let_go(holder)

    def release(self, who: str = "") -> int:
        """Lets go what `hold` locked (of one person, or of all); returns how many rows that were."""
        with self._changed:
            gone = [each for each in self._holders if each.until != float("inf") and who in ("", each.who)]
            for holder in gone:
                self._holders.remove(holder)
            self._changed.notify_all()
        return sum(len(holder.rows) for holder in gone)

    def held(self) -> list[Holder]:
        """Who has rows locked at the moment."""
        with self._changed:
            self._expire()
            return [replace(each, rows=set(each.rows)) for each in self._holders if each.rows or each.object]

    def _take(self, holder: Holder, wanted: Sequence[Targets], *, inside: bool) -> list[SaveError | None]:
        until = time.monotonic() + self.wait
        with self._changed:
            while True:
                self._expire()
                blockers = self._blockers(holder, wanted, inside=inside)
                left = until - time.monotonic()
                if all(each.lasting for each in blockers) or left <= 0:
                    break
                ends = min(each.until for each in blockers)
                self._changed.wait(max(0.001, min(left, ends - time.monotonic())))
            refused = [any(_meets(each, target) for each in blockers) for target in wanted]
            holder.rows.update(*(target.rows for target, no in zip(wanted, refused, strict=True) if not no))
            if holder not in self._holders:
                self._holders.append(holder)
        problem = _problem(wanted, blockers) if blockers else None
        return [problem if no else None for no in refused]

    def _blockers(self, holder: Holder, wanted: Sequence[Targets], *, inside: bool) -> list[Holder]:
        others = (each for each in self._holders if each is not holder and (each.written or not inside))
        return [each for each in others if any(_meets(each, target) for target in wanted)]

    def _expire(self) -> None:
        now = time.monotonic()
        self._holders = [each for each in self._holders if each.until > now]

    def _stay(self, holder: Holder, records: int) -> None:
        """Keeps the rows as long as the records would have taken in a real org."""
        with self._changed:
            holder.written = True
        if self.row and records:
            time.sleep(self.row * records)

    def _let_go(self, holder: Holder) -> None:
        with self._changed:
            if holder in self._holders:
                self._holders.remove(holder)
            self._changed.notify_all()


def _meets(holder: Holder, target: Targets) -> bool:
    return not holder.rows.isdisjoint(target.rows) or bool(holder.object and holder.object == target.object.lower())


def _problem(wanted: Sequence[Targets], blockers: Sequence[Holder]) -> SaveError:
    names: set[str] = set()
    for target in wanted:
        for each in blockers:
            names.update(target.rows & each.rows)
            if target.own and each.object == target.object.lower():
                names.add(target.own)
    told = f" or {len(names)} records: {','.join(sorted(names))}" if names else ""
    return SaveError("UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record{told}")
