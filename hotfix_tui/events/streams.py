"""Running several steps' generators at once without giving up "journal first"."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field

from hotfix_tui.events.base import Event


@dataclass
class _Offer:
    """An event of one generator, and whether its consumer has come back for more (so it is on disk)."""

    event: Event
    taken: asyncio.Event = field(default_factory=asyncio.Event)


async def merge(streams: Sequence[AsyncIterator[Event]]) -> AsyncGenerator[Event, None]:
    """The events of all `streams` as they come, each stream in its own task.

    A stream goes on after a `yield` only when the consumer of the merged stream has asked for the next event, which a
    journal does only after the write. When one stream raises, the others are cancelled at their next await and the
    error is raised here; a stream that must finish its work guards itself. Questions cannot be merged.
    """
    offers: asyncio.Queue[_Offer | Exception | None] = asyncio.Queue()

    async def pump(stream: AsyncIterator[Event]) -> None:
        try:
            async for event in stream:
                offer = _Offer(event)
                await offers.put(offer)
                await offer.taken.wait()
        except Exception as error:
            await offers.put(error)
        else:
            await offers.put(None)

    tasks = [asyncio.create_task(pump(stream)) for stream in streams]
    running = len(tasks)
    try:
        while running:
            offer = await offers.get()
            if isinstance(offer, Exception):
                raise offer
            if offer is None:
                running -= 1
                continue
            yield offer.event
            offer.taken.set()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
