"""Several generators as one: journal first, and nobody is left half way when one of them or the consumer fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from hotfix_tui.events import Event, merge
from hotfix_tui.events.seed import BypassAssign
from hotfix_tui.events.session import Finding

_SOON = 2.0


def say(text: str) -> Finding:
    return Finding(level="info", text=text)


def texts(events: list[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Finding)]


async def guarded(name: str, done: list[str], *, wait: float = 0.0) -> AsyncGenerator[Event, None]:
    """Does something that must be taken back, writes, and takes it back however that ends."""
    try:
        yield say(f"{name} assigned")
        yield say(f"{name} writes")
        await asyncio.sleep(wait)
    except GeneratorExit:
        done.append(f"{name} closed")
        raise
    except BaseException:
        await asyncio.sleep(0)
        done.append(f"{name} took back")
        yield say(f"{name} unassigned")
        raise


async def broken() -> AsyncGenerator[Event, None]:
    yield say("begins")
    raise ValueError("broken")


async def drained(events: AsyncGenerator[Event, None], got: list[Event]) -> None:
    async for event in events:
        got.append(event)


async def test_a_stream_goes_on_only_when_its_event_was_taken() -> None:
    on_disk: list[str] = []

    async def stream() -> AsyncGenerator[Event, None]:
        yield say("intent")
        assert on_disk == ["intent"]
        yield say("outcome")

    async for event in merge([stream()]):
        await asyncio.sleep(0)
        on_disk += texts([event])
    assert on_disk == ["intent", "outcome"]


async def test_when_one_fails_the_others_take_back_and_are_heard() -> None:
    done: list[str] = []
    got: list[Event] = []
    with pytest.raises(ValueError, match="broken"):
        await asyncio.wait_for(drained(merge([guarded("a", done, wait=60), broken()]), got), _SOON)
    assert done == ["a took back"]
    assert texts(got)[-1] == "a unassigned"


@pytest.mark.parametrize("wait", [60, 0])
async def test_a_consumer_that_cannot_write_an_event_leaves_no_stream_half_way(wait: float) -> None:
    """The disk is full: all streams are told where they stand, one waiting at its yield too."""
    done: list[str] = []
    merged = merge([guarded("a", done, wait=60), guarded("b", done, wait=wait)])
    await anext(merged)
    await anext(merged)
    got = [await asyncio.wait_for(merged.athrow(OSError("disk full")), _SOON)]
    with pytest.raises(OSError, match="disk full"):
        await asyncio.wait_for(drained(merged, got), _SOON)
    assert sorted(done) == ["a took back", "b took back"]
    assert {"a unassigned", "b unassigned"} <= set(texts(got))


async def test_trouble_with_what_is_said_while_taking_back_stops_nobody() -> None:
    done: list[str] = []
    merged = merge([guarded("a", done, wait=60), guarded("b", done, wait=60)])
    await anext(merged)
    going_on = merged.athrow(OSError("disk full"))
    with pytest.raises(OSError, match="disk full"):
        while True:
            await asyncio.wait_for(going_on, _SOON)
            going_on = merged.athrow(OSError("still full"))
    assert sorted(done) == ["a took back", "b took back"]


async def test_when_it_is_cancelled_the_streams_end_and_what_they_say_is_heard() -> None:
    done: list[str] = []
    got: list[Event] = []
    working = asyncio.create_task(drained(merge([guarded("a", done, wait=60), guarded("b", done, wait=60)]), got))
    while len(got) < 4:
        await asyncio.sleep(0.01)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(working, _SOON)
    assert sorted(done) == ["a took back", "b took back"]
    assert {"a unassigned", "b unassigned"} <= set(texts(got))


async def test_an_intent_that_was_not_taken_when_another_failed_is_not_acted_on() -> None:
    acted: list[str] = []

    async def intent() -> AsyncGenerator[Event, None]:
        yield BypassAssign(key="k", org="o", org_id="00D", permission_set="P", user_id="005")
        acted.append("assigned")

    got: list[Event] = []
    merged = merge([guarded("a", [], wait=60), intent()])
    await anext(merged)
    with pytest.raises(OSError, match="disk full"):
        got.append(await merged.athrow(OSError("disk full")))
        await asyncio.wait_for(drained(merged, got), _SOON)
    assert acted == []
    assert [type(event) for event in got] == [Finding]


async def test_closing_it_closes_the_streams() -> None:
    done: list[str] = []
    merged = merge([guarded("a", done, wait=60), guarded("b", done, wait=60)])
    await anext(merged)
    await asyncio.wait_for(merged.aclose(), _SOON)
    assert done
    assert not [one for one in done if "took back" in one]
