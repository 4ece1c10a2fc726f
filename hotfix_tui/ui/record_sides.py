"""Two orgs' records being compared for a screen: in a thread with a loop of its own, told a few times a second."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from hotfix_tui.events import Event
from hotfix_tui.ui.background import sentence_of

if TYPE_CHECKING:
    from hotfix_tui.compare.record_comparison import RecordComparison

_NEWS_SECONDS = 0.15


@dataclass
class RecordsNews(Message):
    """What was said since the last one of these; `comparison.rows` has grown meanwhile."""

    run: int
    comparison: RecordComparison
    events: list[Event] = field(default_factory=list)


@dataclass
class RecordsEnded(Message):
    """The comparison is over. `error`: why it could not finish, or empty."""

    run: int
    error: str = ""


@dataclass(frozen=True)
class Choice:
    """A data set a person may choose. `lacking`: objects it names that one of the orgs does not have."""

    path: str
    name: str
    lacking: tuple[str, ...] = ()
    wrong: str = ""

    @property
    def fits(self) -> bool:
        """Whether both orgs have all it names."""
        return not self.lacking and not self.wrong


class RecordSides:
    """Compares the records of a data set between orgs `a` and `b` as often as asked; messages go to `target`."""

    def __init__(self, target: MessagePump, a: str, b: str) -> None:
        self.a, self.b = a, b
        self.run = 0
        self._target = target

    def start(self, path: str) -> None:
        """Begins anew; what an earlier run still says is to be ignored."""
        self.run += 1
        threading.Thread(target=self._work, args=(self.run, path), name="records", daemon=True).start()

    def stop(self) -> None:
        """The running comparison ends at its next event."""
        self.run += 1

    def _work(self, run: int, path: str) -> None:
        try:
            asyncio.run(self._compare(run, path))
        except Exception as error:  # whatever it was, a person is told
            self._target.post_message(RecordsEnded(run, sentence_of(error)))
        else:
            self._target.post_message(RecordsEnded(run))

    async def _compare(self, run: int, path: str) -> None:
        from hotfix_tui.compare.record_comparison import RecordComparison
        from hotfix_tui.data.data_set_loader import load
        from hotfix_tui.hotfix.record_compare import open_both, unseen_notes

        data_set = load(Path(path))
        async with open_both(self.a, self.b) as (a, b):
            comparison = RecordComparison(a, b, data_set, quiet=True)
            comparison.notes += await unseen_notes((a, b), data_set)
            news, told = RecordsNews(run, comparison), 0.0
            async for event in comparison:
                if run != self.run:
                    return
                news.events.append(event)
                if time.monotonic() - told > _NEWS_SECONDS:
                    self._target.post_message(news)
                    news, told = RecordsNews(run, comparison), time.monotonic()
            self._target.post_message(news)


async def choices(a: str, b: str) -> list[Choice]:
    """The data sets that are known; those that fit both orgs first. Raises as connecting does."""
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.data.data_set_loader import load
    from hotfix_tui.data.errors import DataSetError
    from hotfix_tui.hotfix.data_sets import available
    from hotfix_tui.hotfix.record_compare import fitting, open_both

    found: dict[str, DataSet] = {}
    wrong: list[Choice] = []
    for name, path in available().items():
        try:
            found[str(path)] = load(path)
        except DataSetError as error:
            wrong.append(Choice(str(path), name, wrong=str(error)))
    async with open_both(a, b) as orgs:
        lacking = await fitting(orgs, found.values())
    known = [Choice(path, one.name, tuple(lacking[path])) for path, one in found.items()]
    return [*sorted(known, key=lambda one: not one.fits), *wrong]
