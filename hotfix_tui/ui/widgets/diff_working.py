"""Working out one difference, in threads: a subject's texts and places, as far as somebody wants to see them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from hotfix_tui.ui.text import visible_text
from hotfix_tui.ui.widgets.diff_match import Alive, Stopped
from hotfix_tui.ui.widgets.diff_structure import Entry
from hotfix_tui.ui.widgets.diff_text import TextDiff
from hotfix_tui.ui.widgets.diff_work import LatestWork

Place = tuple[str, str | None, str | None]
"""Path, left, right; None where a side has nothing."""

T = TypeVar("T")

_BATCH_SECONDS = 0.3
_FIRST_BATCH = 100


@dataclass(frozen=True)
class Subject:
    """What is compared. `texts` gives both sides, None for one that does not have it; `structure` the places.

    Both may be slow: they run in a thread, when asked for; of `structure` no more is taken than somebody looks at. It
    is None where there is none (Apex). `language` colours a text of one file (`diff_syntax`).
    """

    title: str
    left_name: str
    right_name: str
    texts: Callable[[], tuple[str | None, str | None]]
    structure: Callable[[], Iterable[Place]] | None = None
    note: str = ""
    language: str = ""


class Working:
    """What is known of one subject so far. `tell(take)` is called in a thread and runs `take` where the view lives.

    `told(structured)` runs there, after each piece of news.
    """

    def __init__(
        self, subject: Subject, tell: Callable[[Callable[[], None]], None], told: Callable[[bool, list[Entry]], None]
    ) -> None:
        self.subject = subject
        self.diff: TextDiff | None = None
        self.entries: list[Entry] | None = None
        self.errors = {True: "", False: ""}
        self.since = time.monotonic()
        self._complete = False
        self._tell = tell
        self._told = told
        self._work = LatestWork()
        self._layouts = LatestWork()
        self._asked = LatestWork()

    def stop(self) -> None:
        """Nobody looks any more."""
        self._work.stop()
        self._layouts.stop()
        self._asked.stop()

    def done(self, structured: bool) -> bool:
        """Whether all is known that there is to know."""
        if self.errors[structured]:
            return True
        return self._complete if structured else self.diff is not None

    def changes(self, structured: bool) -> int:
        """How many places differ, as far as is known."""
        if structured:
            return len(self.entries or ())
        return self.diff.changes if self.diff is not None else 0

    def start(self, structured: bool, quick: bool = False) -> None:
        """Begins to work it out. `quick`: keys come quickly; it waits until they rest."""
        self.since = time.monotonic()
        self.entries = None if structured else self.entries
        self._work.start(self._by_structure if structured else self._by_text, quick)

    def lay_out(self, work: Callable[[Alive], None]) -> None:
        """Lays lines out where that takes time; the latest such work alone."""
        self._layouts.start(work)

    def unified(self, then: Callable[[str, str], None]) -> None:
        """Gives the whole difference as a unified one to `then(text, error)`."""

        def make(alive: Alive) -> str:
            diff = self.diff or TextDiff(*self.subject.texts(), self.subject.language, alive)
            return "\n".join(
                diff.unified((visible_text(self.subject.left_name), visible_text(self.subject.right_name)))
            )

        def work(alive: Alive) -> None:
            text, error = _tried(lambda: make(alive))
            self._tell(lambda: then(text or "", error))

        self._asked.start(work)

    def texts(self, then: Callable[[tuple[str | None, str | None], str], None]) -> None:
        """Gives both texts to `then(texts, error)`."""

        def work(_: Alive) -> None:
            both, error = _tried(self.subject.texts)
            self._tell(lambda: then(both or (None, None), error))

        self._asked.start(work)

    def _by_text(self, alive: Alive) -> None:
        diff, error = _tried(lambda: TextDiff(*self.subject.texts(), self.subject.language, alive))

        def take() -> None:
            self.diff, self.errors[False] = diff, error
            self._told(False, [])

        self._tell(take)

    def _by_structure(self, alive: Alive) -> None:
        def make() -> list[Entry]:
            assert self.subject.structure is not None
            batch: list[Entry] = []
            told, most = time.monotonic(), _FIRST_BATCH
            for place in self.subject.structure():
                if not alive():
                    raise Stopped
                batch.append(Entry.of(*place))
                if len(batch) >= most and time.monotonic() - told > _BATCH_SECONDS:
                    self._take(batch, False, "")
                    batch, told, most = [], time.monotonic(), 1
            return batch

        rest, error = _tried(make)
        self._take(rest or [], not error, error)

    def _take(self, entries: list[Entry], complete: bool, error: str) -> None:
        def take() -> None:
            self.entries = [] if self.entries is None else self.entries
            self.entries.extend(entries)
            self._complete, self.errors[True] = complete, error
            self._told(True, entries)

        self._tell(take)


def _tried(make: Callable[[], T]) -> tuple[T | None, str]:
    """What it makes, and why it could not. Raises Stopped."""
    try:
        return make(), ""
    except Stopped:
        raise
    except Exception as reason:  # shown in place of the difference; the other view still works
        return None, f"{type(reason).__name__}: {reason}"
