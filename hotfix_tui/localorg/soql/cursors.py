"""What is left of queries whose answer takes more than one page.

Salesforce keeps a cursor for two days, however many there are. The rows are kept as they were found, packed, so that
the pages of a long run of large queries take little memory.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hotfix_tui.localorg.soql.shape import Compiled

LIFE = timedelta(days=2)
_STEP = 2000
Row = Sequence[Any]


@dataclass(frozen=True)
class Found:
    """A query and how its records are addressed."""

    query: Compiled
    version: str
    tooling: bool


@dataclass(frozen=True)
class _Kept:
    found: Found
    chunks: list[bytes]
    total: int
    made: datetime


class Cursors:
    """Query locators of one org. `now` is the org's clock, `name` makes an id from a running number."""

    def __init__(self, now: Callable[[], datetime], name: Callable[[int], str]) -> None:
        self._now = now
        self._name = name
        self._kept: dict[str, _Kept] = {}
        self._count = 0
        self._lock = threading.Lock()

    def keep(self, found: Found, rows: Sequence[Row]) -> str:
        """Keeps the rows of a query; gives its locator. Cursors older than two days are forgotten."""
        chunks = [
            zlib.compress(json.dumps(rows[start : start + _STEP]).encode(), 1) for start in range(0, len(rows), _STEP)
        ]
        now = self._now()
        with self._lock:
            self._kept = {name: each for name, each in self._kept.items() if now - each.made <= LIFE}
            self._count += 1
            name = self._name(self._count)
            self._kept[name] = _Kept(found, chunks, len(rows), now)
        return name

    def rows(self, name: str, start: int, size: int) -> tuple[Found, list[Row], int] | None:
        """The query, so many of its rows from `start` on, and how many there are; None for an unknown or old cursor."""
        with self._lock:
            kept = self._kept.get(name)
        if kept is None or self._now() - kept.made > LIFE:
            return None
        first, last = start // _STEP, (start + size - 1) // _STEP
        rows = [row for chunk in kept.chunks[first : last + 1] for row in json.loads(zlib.decompress(chunk))]
        begin = start - first * _STEP
        return kept.found, rows[begin : begin + size], kept.total
