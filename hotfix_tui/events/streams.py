"""Running several steps' generators at once without giving up "journal first"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from hotfix_tui.events.base import Event, Intent


@dataclass
class _Offer:
    """An event of one generator, and whether its consumer has come back for more (so it is on disk)."""

    event: Event
    taken: asyncio.Event = field(default_factory=asyncio.Event)


async def merge(streams: Sequence[AsyncGenerator[Event, None]]) -> AsyncGenerator[Event, None]:
    """The events of all `streams` as they come, each stream in its own task.

    A stream goes on after a `yield` only when the consumer of the merged stream has asked for the next event, which a
    journal does only after the write. When one stream raises, or the consumer throws something in here, or this is
    cancelled, each other stream gets a CancelledError where it stands, also at its `yield`. What it still says while
    it takes back what it must is passed on, and the error is raised here after the last has ended. Questions cannot
    be merged.
    """
    run = _Merged(streams)
    failure: BaseException | None = None
    while run.running:
        try:
            offer = await run.next()
            if offer is not None:
                yield offer.event
                offer.taken.set()
        except GeneratorExit:
            await run.close()
            raise
        except BaseException as error:
            failure = failure or error
            run.cancel()
    if failure is not None:
        raise failure


class _Merged:
    def __init__(self, streams: Sequence[AsyncGenerator[Event, None]]) -> None:
        self._offers: asyncio.Queue[_Offer | Exception | None] = asyncio.Queue()
        self._offer: _Offer | None = None
        self._closing = asyncio.Event()
        self._cancelled = False
        self._tasks = [asyncio.create_task(self._pump(stream)) for stream in streams]
        self.running = len(self._tasks)

    async def next(self) -> _Offer | None:
        """The next event; None when a stream has ended. Raises what a stream raised."""
        self._offer = None
        said = await self._offers.get()
        if isinstance(said, Exception):
            raise said
        if said is None:
            self.running -= 1
        self._offer = said
        return said

    def cancel(self) -> None:
        """Every stream gets a CancelledError, once. The consumer's trouble with what they say then changes nothing."""
        if self._cancelled:
            if self._offer is not None:
                self._offer.taken.set()
            return
        self._cancelled = True
        waiting = [self._offers.get_nowait() for _ in range(self._offers.qsize())]
        for said in waiting:
            # An intent that nobody wrote down is not acted on: its stream is cancelled at that yield.
            if not (isinstance(said, _Offer) and isinstance(said.event, Intent)):
                self._offers.put_nowait(said)
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Nobody listens any more: the streams are closed where they stand."""
        self._closing.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pump(self, stream: AsyncGenerator[Event, None]) -> None:
        going_on = stream.asend(None)
        try:
            while True:
                offer = _Offer(await going_on)
                if self._closing.is_set():
                    return
                self._offers.put_nowait(offer)
                try:
                    await offer.taken.wait()
                except asyncio.CancelledError as error:
                    if self._closing.is_set():
                        return
                    going_on = stream.athrow(error)
                else:
                    going_on = stream.asend(None)
        except (StopAsyncIteration, asyncio.CancelledError):
            return
        except Exception as error:
            self._offers.put_nowait(error)
        finally:
            await stream.aclose()
            self._offers.put_nowait(None)
