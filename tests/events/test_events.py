"""The language of events: to JSON and back without loss, journal first also when streams are merged."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.events import Event, Keep, base, decode, encode, merge, seed, session

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(changes=st.dictionaries(st.text(), _PLAIN), keys=st.lists(st.text()).map(tuple))
def test_an_event_survives_json(changes: dict[str, object], keys: tuple[str, ...]) -> None:
    row = seed.RowPlanned(org="a", object="b", key="c", act="update", changes=changes)
    write = seed.RowsWrite(key="1", org="a", org_id="00D", object="b", act="update", keys=keys, before=changes)
    for event in (row, write):
        assert decode(type(event).__name__, json.loads(json.dumps(encode(event)))) == event


def test_every_event_holds_only_what_json_holds() -> None:
    plain = {"str", "int", "float", "bool", "bytes", "None", "Any", "tuple[str, ...]", "tuple[int, ...]"}
    plain |= {"dict[str, Any]", "dict[str, str]", "tuple[dict[str, Any], ...]"}
    for cls in base._REGISTRY.values():
        for field in dataclasses.fields(cls):
            words = {word.strip() for word in str(field.type).split("|")}
            assert words <= plain, f"{cls.__name__}.{field.name}: {field.type}"


def test_kept_content_never_reaches_the_json_lines() -> None:
    fields = encode(Keep(name="n", org="a", org_id="00D", content=b"customer data", sha256="ab", size=13))
    assert "content" not in fields
    assert "customer" not in json.dumps(fields)


def test_a_field_of_a_newer_version_is_left_out_and_a_missing_one_is_named() -> None:
    fields = encode(session.StepStarted(name="seed", request=1))
    assert decode("StepStarted", {**fields, "later": 1}) == session.StepStarted(name="seed", request=1)
    with pytest.raises(ValueError, match="request"):
        decode("StepStarted", {"name": "seed"})
    with pytest.raises(ValueError, match="unknown event"):
        decode("NeverHeardOf", {})


async def test_a_merged_stream_goes_on_only_after_its_event_was_taken() -> None:
    acted: list[str] = []
    seen: list[str] = []

    async def stream(name: str) -> AsyncGenerator[Event, None]:
        for number in range(3):
            yield session.StepStarted(name=name, request=number)
            acted.append(f"{name}{number}")

    async for event in merge([stream("a"), stream("b")]):
        assert isinstance(event, session.StepStarted)
        label = f"{event.name}{event.request}"
        await asyncio.sleep(0)
        assert label not in acted, "the stream acted before its event was on disk"
        seen.append(label)
    assert sorted(seen) == sorted(acted) == ["a0", "a1", "a2", "b0", "b1", "b2"]


async def test_an_error_in_one_merged_stream_is_raised_and_the_others_end() -> None:
    ended = asyncio.Event()

    async def failing() -> AsyncGenerator[Event, None]:
        yield session.StepStarted(name="x", request=1)
        raise RuntimeError("the org said no")

    async def waiting() -> AsyncGenerator[Event, None]:
        try:
            await asyncio.sleep(3600)
            yield session.StepStarted(name="never", request=1)
        finally:
            ended.set()

    with pytest.raises(RuntimeError, match="the org said no"):
        async for _ in merge([failing(), waiting()]):
            pass
    assert ended.is_set()
