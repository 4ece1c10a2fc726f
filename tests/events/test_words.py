"""Every event has words of its own."""

from __future__ import annotations

import dataclasses
from typing import Any

from hotfix_tui.events import Event, base
from hotfix_tui.events.session import Failed, RunnerLost
from hotfix_tui.events.words import sentence

_VALUES: dict[str, Any] = {
    "str": "word",
    "int": 2,
    "float": 1.5,
    "bool": True,
    "bytes": b"x",
    "int | None": 3,
    "float | None": 1.0,
    "str | None": "word",
    "tuple[str, ...]": ("one", "two", "three", "four"),
    "tuple[int, ...]": (1, 2),
    "dict[str, Any]": {"Field__c": ["a", "b"]},
    "dict[str, str]": {"key": "id"},
    "tuple[dict[str, Any], ...]": ({"problem": "no"},),
}


def sample(cls: type[Event]) -> Event:
    return cls(**{field.name: _VALUES[str(field.type)] for field in dataclasses.fields(cls)})


def kinds() -> list[type[Event]]:
    abstract = {"Fact", "Intent"}
    return [
        cls
        for name, cls in base._REGISTRY.items()
        if name not in abstract and cls.__module__.startswith("hotfix_tui.events")
    ]


def test_every_event_is_a_sentence_of_its_own() -> None:
    assert len(kinds()) > 40
    silent = [cls.__name__ for cls in kinds() if sentence(sample(cls)) == cls.__name__]
    assert silent == []


def test_a_sentence_is_one_line_and_says_more_than_a_word() -> None:
    for cls in kinds():
        text = sentence(sample(cls))
        assert "\n" not in text
        assert len(text) >= 8, (cls.__name__, text)


def test_sentences_hold_with_nothing_filled_in() -> None:
    for cls in kinds():
        empty = {
            field.name: type(_VALUES[str(field.type)])() if "None" not in str(field.type) else None
            for field in dataclasses.fields(cls)
        }
        assert isinstance(sentence(cls(**empty)), str)


def test_a_failure_says_what_where_and_what_now() -> None:
    text = sentence(Failed(what="No reply.", org="prod", written="10 rows", not_written="5 rows", next="Press r."))
    assert text == "prod: No reply · Written: 10 rows · Not written: 5 rows · Next: Press r"


def test_many_and_one_are_told_apart() -> None:
    lost = RunnerLost(pid=7, last_heartbeat="10:00", open_intents=("a",))
    assert "1 act left open" in sentence(lost)
    assert "nothing left open" in sentence(dataclasses.replace(lost, open_intents=()))


def test_an_org_that_begins_the_sentence_is_not_named_twice() -> None:
    assert sentence(Failed(what="box does not answer.", org="box")) == "box does not answer"
    assert sentence(Failed(what="Nothing was written.", org="box")) == "box: Nothing was written"
