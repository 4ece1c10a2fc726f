"""Two sides being compared for a screen: in a thread with a loop of its own, told in batches."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from hotfix_tui import paths
from hotfix_tui.events import Event
from hotfix_tui.ui.background import sentence_of

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides
    from hotfix_tui.compare.cache import MetadataCache
    from hotfix_tui.compare.compare import Comparison
    from hotfix_tui.compare.component import ComponentId
    from hotfix_tui.compare.narrowing import RecordFound
    from hotfix_tui.compare.sources import Source
    from hotfix_tui.salesforce.org import Org

_BATCH_SECONDS = 0.15


@dataclass
class SidesConnected(Message):
    """Both sides can be read. `kinds`: the org kind of each, empty for a folder."""

    run: int
    kinds: tuple[str, str]


@dataclass
class SidesCompared(Message):
    """What the comparison has said since the last one of these."""

    run: int
    events: list[Event] = field(default_factory=list)


@dataclass
class SidesEnded(Message):
    """The comparison is over. `error`: why it could not finish, or empty."""

    run: int
    error: str = ""


class TwoSides:
    """Compares `a` with `b` as often as asked; the messages go to `target`, each with the number of its run.

    `comparison` is the latest run's; its components may be read once the run has ended. `managed`: with what belongs to
    installed packages.
    """

    def __init__(self, target: MessagePump, a: str, b: str) -> None:
        self.a, self.b = a, b
        self.run = 0
        self.managed = False
        self.comparison: Comparison | None = None
        self._target = target

    def start(self, *, fresh: bool = False) -> None:
        """Begins anew; what an earlier run still says is to be ignored. `fresh` takes nothing from the cache."""
        self.run += 1
        self.comparison = None
        threading.Thread(target=self._work, args=(self.run, fresh), name="compare", daemon=True).start()

    def stop(self) -> None:
        """The running comparison ends at its next event."""
        self.run += 1

    def _work(self, run: int, fresh: bool) -> None:
        try:
            asyncio.run(self._compare(run, fresh))
        except Exception as error:  # whatever it was, a person is told
            self._target.post_message(SidesEnded(run, sentence_of(error)))
        else:
            self._target.post_message(SidesEnded(run))

    async def _compare(self, run: int, fresh: bool) -> None:
        from hotfix_tui.compare.cache import FILE, MetadataCache
        from hotfix_tui.compare.compare import compare
        from hotfix_tui.compare.ignore import IgnoreRules

        ignore = IgnoreRules.read(paths.config() / "config.toml")
        with contextlib.closing(MetadataCache(paths.cache() / FILE)) as cache:
            async with _opened((self.a, self.b), cache, fresh, self.managed) as (a, b):
                self._target.post_message(SidesConnected(run, (_kind(a), _kind(b))))
                comparison = compare(a, b, ignore=ignore)
                if run == self.run:
                    self.comparison = comparison
                await self._tell(run, comparison)

    async def find_record(self, record: str) -> RecordFound:
        """A record in the orgs that were compared. Raises NoSuchTarget, SalesforceError."""
        from hotfix_tui.compare.narrowing import find_record

        async with contextlib.AsyncExitStack() as stack:
            return await find_record([org for org in await self._orgs(stack) if org is not None], record)

    async def ask(self, key: ComponentId) -> Callable[[BothSides], list[str]]:
        """What the orgs say of a component's dependencies; what comes back adds it, and says what they do not tell.

        Raises SalesforceError.
        """
        from hotfix_tui.compare.org_dependencies import Told, told_by

        comparison = self.comparison
        assert comparison is not None
        sources = (comparison.a, comparison.b)
        async with contextlib.AsyncExitStack() as stack:
            orgs = await self._orgs(stack)
            told = [
                await told_by(org, [key], source.contents.ids) if org is not None else Told()
                for org, source in zip(orgs, sources, strict=True)
            ]

        def add(both: BothSides) -> list[str]:
            both.a.tell(told[0].edges)
            both.b.tell(told[1].edges)
            return [f"{note}." for one in told for note in one.notes]

        return add

    async def _orgs(self, stack: contextlib.AsyncExitStack) -> list[Org | None]:
        """Each side's org, connected for as long as the stack lasts; None for a folder."""
        from hotfix_tui.compare.sources import OrgSource
        from hotfix_tui.salesforce.login import login_for
        from hotfix_tui.salesforce.org import Org

        comparison = self.comparison
        sources = (comparison.a, comparison.b) if comparison is not None else ()
        return [
            await stack.enter_async_context(await Org.connect(login_for(source.name)))
            if isinstance(source, OrgSource)
            else None
            for source in sources
        ]

    async def _tell(self, run: int, comparison: Comparison) -> None:
        batch = SidesCompared(run)
        told = time.monotonic()
        async for event in comparison:
            if run != self.run:
                return
            batch.events.append(event)
            if time.monotonic() - told > _BATCH_SECONDS:
                self._target.post_message(batch)
                batch, told = SidesCompared(run), time.monotonic()
        self._target.post_message(batch)


@contextlib.asynccontextmanager
async def _opened(
    words: tuple[str, str], cache: MetadataCache, fresh: bool, managed: bool
) -> AsyncIterator[list[Source]]:
    from hotfix_tui.compare.sources import resolve_all

    sources = await resolve_all(words, cache=cache, fresh=fresh, managed=managed)
    try:
        yield sources
    finally:
        for source in sources:
            await source.close()


def _kind(source: Source) -> str:
    org = getattr(source, "org", None)
    return str(org.kind.value) if org is not None else ""
