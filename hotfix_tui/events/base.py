"""The kinds of event, and their way to JSON and back.

A step is an async generator of events. Its driver writes each event to the journal before the generator goes on, so
code after `yield SomeIntent(...)` runs only when that intent is on disk.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

_REGISTRY: dict[str, type[Event]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something the journal keeps.

    Fields hold only what JSON holds: str, int, float, bool, None, and tuples or dicts of those. Tuples are lists in
    JSON and tuples again after `decode`. The class name is the event's name on disk and in `--json`: never rename one.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        known = _REGISTRY.get(cls.__name__)
        if known is not None and known.__module__ != cls.__module__:
            raise TypeError(f"two events are named {cls.__name__}: {known.__module__} and {cls.__module__}")
        _REGISTRY[cls.__name__] = cls


@dataclass(frozen=True, kw_only=True)
class Fact(Event):
    """Something that is so. Named in the past participle (`DeployStarted`)."""


@dataclass(frozen=True, kw_only=True)
class Intent(Event):
    """What is about to be done to an org, on disk before it is done.

    `key` is unique within the hotfix; the `Settled` with the same key closes it. An intent without a `Settled` is
    looked up in the org on the next start and finished, undone or shown. `before` is what is needed to come back.
    Where `RETURNS` is true the act itself must be taken back: such an intent stays open until it is `undone` (or was
    `not_done`), whatever else was said of it.
    """

    RETURNS: ClassVar[bool] = False

    key: str
    org: str
    org_id: str
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Settled(Fact):
    """The outcome of the intent `key`.

    `result`: `done` (the org has it), `not_done` (the org refused it, nothing was changed), `undone` (it was done and
    has been taken back, so what `before` holds is true again), `unknown` (no reply; the org must be asked), `void` (the
    org that it was done in is gone: refreshed or deleted).
    """

    key: str
    result: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Question(Event):
    """Asks the person. The answer (one of `choices`, or free text when there are none) is the value of the `yield`."""

    key: str
    text: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Keep(Event):
    """Content for the journal's blob store: a baseline, a before-image, a side of a difference.

    `content` goes to the store compressed and content-addressed; the event on disk and in `--json` has `sha256` and
    `size` in its place (`decode` gives `content=b""`). The latest `Keep` of a `name` is the one that counts.
    """

    name: str
    org: str
    org_id: str
    content: bytes = field(default=b"", repr=False)
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """An event as the journal holds it. `seq` counts from 1 within a hotfix; `at` is ISO 8601 UTC (`…Z`)."""

    seq: int
    at: str
    hotfix: str | None
    step: str
    event: Event


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(item.name for item in dataclasses.fields(kind))


def encode(event: Event) -> dict[str, Any]:
    """The event's fields as JSON-ready values, without its name (`type(event).__name__` is that)."""
    kind: Any = type(event)
    fields = {name: _plain(getattr(event, name)) for name in _names(kind)}
    if isinstance(event, Keep):
        del fields["content"]
    return fields


def decode(name: str, fields: Mapping[str, Any]) -> Event:
    """The event `name` with `fields`, as `encode` gave them.

    A field that this version does not know is left out (a newer version wrote it). Raises ValueError for an unknown
    event or a missing field.
    """
    cls = _REGISTRY.get(name)
    if cls is None:
        raise ValueError(f"unknown event {name!r}")
    known = {item.name for item in dataclasses.fields(cls)}
    try:
        return cls(**{key: _frozen(value) for key, value in fields.items() if key in known})
    except TypeError as error:
        raise ValueError(f"event {name} does not have the fields it needs: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
