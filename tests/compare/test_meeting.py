"""Rows while both sides are still being read: each told once, final, and in the end the same whatever came first."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.compare import packages
from hotfix_tui.compare.compare import Comparison, compare
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.contents import Contents, family_of
from hotfix_tui.compare.sources import FolderSource, OrgSource
from hotfix_tui.events.base import Event
from hotfix_tui.events.compare import CompareFinished, ComponentCompared, TypesRead, TypeUnreadable
from hotfix_tui.events.session import Progress
from hotfix_tui.salesforce.errors import ServerUnavailable
from tests.compare import folders
from tests.compare.served import served

# Triggers and flows, and then three packages at the same time.
_SENT_AT_ONCE = 4
Batch = tuple[list[ComponentId], list[Component] | None]


class Scripted:
    """A side that lists `members`, then brings `batches` one by one; None in a batch: it could not be read."""

    def __init__(self, name: str, members: Iterable[ComponentId], batches: Iterable[Batch]) -> None:
        self.name = name
        self.api_version = ""
        self.contents = Contents()
        self._members = list(members)
        self._batches = list(batches)

    async def read(
        self, side: str, *, types: Iterable[str] | None = None, api_version: str = ""
    ) -> AsyncIterator[Event]:
        unreadable: dict[str, str] = {}
        self.contents = Contents.begun(self._members, unreadable)
        yield TypesRead(side=side, types=1, components=len(self._members))
        for members, components in self._batches:
            await asyncio.sleep(0)
            unreadable.update({member.type: "broken" for member in members if components is None})
            self.contents.take(members, None if components is None else {one.id: one for one in components})
            yield Progress(what="retrieve", org=self.name, done=0, total=0, unit="components")

    async def close(self) -> None:
        """Nothing is open."""


def page(name: str, text: str = "x", listed: str = "") -> Component:
    return Component(ComponentId("ApexPage", name), {f"pages/{listed or name}.page": text.encode()})


def told(events: list[Event]) -> list[ComponentCompared]:
    return [event for event in events if isinstance(event, ComponentCompared)]


@pytest.fixture
def small_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small org is read in many packages, as a large one is."""
    monkeypatch.setattr(packages, "_FIRST", 4)
    monkeypatch.setattr(packages, "_FILES", (8, 8))
    monkeypatch.setattr(packages, "_MOST_FILES", 16)


async def test_rows_come_while_the_rest_is_read_what_only_one_org_has_first(
    tmp_path: Path, small_packages: None
) -> None:
    a, b = folders.generate_pair(tmp_path)
    async with served(tmp_path, "prod", a) as left, served(tmp_path, "dev", b) as right:
        comparison = compare(OrgSource(left.org), OrgSource(right.org))
        events = [event async for event in comparison]
    whole = compare(FolderSource(a), FolderSource(b))
    await _all(whole)
    rows = told(events)
    read = [place for place, event in enumerate(events) if isinstance(event, Progress) and event.what == "retrieve"]
    first = next(place for place, event in enumerate(events) if isinstance(event, ComponentCompared))
    assert first < read[4] < read[-1]
    alone = next(event.full_name for event in rows if event.status == "only_in_a")
    retrieves = [call for call in left.calls if b"unpackaged>" in call]
    named = [place for place, call in enumerate(retrieves) if f"members>{alone}<".encode() in call]
    assert named[0] < _SENT_AT_ONCE < len(retrieves)
    assert max(Counter((event.type, event.full_name) for event in rows).values()) == 1
    assert list(comparison.rows) == sorted(comparison.rows) == sorted(ComponentId(e.type, e.full_name) for e in rows)
    assert {key: comparison.rows[key].status for key in whole.rows} == {
        key: row.status for key, row in whole.rows.items()
    }


async def test_what_could_not_be_read_late_takes_nothing_back(tmp_path: Path, small_packages: None) -> None:
    a = folders.generate(tmp_path / "a")
    async with served(tmp_path, "prod", a) as left, served(tmp_path, "dev", a) as right:
        right.refuse[b"Thing_2__c-Thing Layout<"] = "UNKNOWN_EXCEPTION"
        comparison = compare(OrgSource(left.org), OrgSource(right.org))
        events = [event async for event in comparison]
    rows = told(events)
    assert [event.type for event in events if isinstance(event, TypeUnreadable)] == ["Layout"]
    assert max(Counter((event.type, event.full_name) for event in rows).values()) == 1
    assert {event.status for event in rows if event.type != "Layout"} == {"same"}
    assert {e.status for e in rows if e.full_name == "Thing_2__c-Thing Layout"} == {"unreadable"}


async def test_an_org_that_cannot_be_listed_ends_it_and_the_other_does_not_wait_for_ever(tmp_path: Path) -> None:
    a = folders.generate(tmp_path / "a")
    async with served(tmp_path, "prod", a) as left, served(tmp_path, "dev", a) as right:
        right.refuse[b"listMetadata"] = "SERVER_UNAVAILABLE"
        with pytest.raises(ServerUnavailable):
            await asyncio.wait_for(_all(compare(OrgSource(left.org), OrgSource(right.org))), 30)


async def _all(comparison: Comparison) -> list[Event]:
    return [event async for event in comparison]


async def test_a_component_brought_under_a_name_that_was_not_listed_is_compared_in_the_end() -> None:
    a = Scripted("a", [page("Home").id], [([page("Home").id], [page("Home")])])
    b = Scripted("b", [page("HOME").id], [([page("HOME").id], [page("Home")])])
    comparison = compare(a, b)
    events = await _all(comparison)
    assert told(events)[-1].status == "same"
    finished = events[-1]
    assert isinstance(finished, CompareFinished) and (finished.same, finished.only_in_a) == (1, 0)


THING = ComponentId("CustomObject", "Thing__c")
FIELDS = ("Thing__c.F1__c", "Thing__c.F2__c", "Account.F1__c", "Account.F2__c")
NAMES = [
    *(ComponentId("ApexPage", f"P{number}") for number in range(4)),
    *(ComponentId("CustomField", name) for name in FIELDS),
    THING,
    ComponentId("Report", "Sales/R"),
]


@st.composite
def sides(draw: st.DrawFn) -> tuple[list[ComponentId], list[Batch]]:
    """Members and the batches that bring them, in any order and size; some members cannot be read."""
    here = draw(st.sets(st.sampled_from(NAMES)))
    components = [Component(key, {"f": draw(st.sampled_from([b"<x>1</x>", b"<x>2</x>"]))}) for key in sorted(here)]
    members = sorted({family_of(key) for key in here})
    order = draw(st.permutations(members))
    broken = draw(st.sets(st.sampled_from(members), max_size=2)) if members else set()
    batches: list[Batch] = []
    while order:
        size = draw(st.integers(1, 3))
        part, order = order[:size], order[size:]
        read = [member for member in part if member not in broken]
        batches.append((read, [one for one in components if family_of(one.id) in read]))
        if failed := [member for member in part if member in broken]:
            batches.append((failed, None))
    return members, batches


@given(sides(), sides())
@settings(max_examples=60, deadline=None)
def test_whatever_comes_first_the_rows_are_those_of_both_sides_read_whole(
    a: tuple[list[ComponentId], list[Batch]], b: tuple[list[ComponentId], list[Batch]]
) -> None:
    def compared(*batches: list[Batch]) -> tuple[dict[ComponentId, str], list[ComponentId]]:
        comparison = compare(Scripted("a", a[0], batches[0]), Scripted("b", b[0], batches[1]))
        rows = told(asyncio.run(_all(comparison)))
        keys = [ComponentId(event.type, event.full_name) for event in rows]
        assert [(key, comparison.rows[key].status) for key in keys] == [
            (key, event.status) for key, event in zip(keys, rows, strict=True)
        ]
        return {key: row.status for key, row in comparison.rows.items()}, keys

    rows, keys = compared(a[1], b[1])
    assert len(keys) == len(set(keys))
    assert list(rows) == sorted(rows)
    again, _ = compared(a[1][::-1], sorted(b[1], key=lambda batch: batch[0]))
    assert again == rows
    content = [{one.id: one.files for _, found in side for one in found or ()} for side in (a[1], b[1])]
    failed = [{member for members, found in side if found is None for member in members} for side in (a[1], b[1])]
    for key, status in rows.items():
        if any(family_of(key) in one for one in failed):
            assert status == "unreadable"
        elif key in content[0] and key in content[1]:
            assert status == ("same" if content[0][key] == content[1][key] else "different")
        else:
            assert status == ("only_in_a" if key in content[0] else "only_in_b")


async def test_when_one_side_cannot_be_opened_nothing_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotfix_tui.compare import sources
    from hotfix_tui.salesforce.errors import UnknownAlias

    closed: list[str] = []

    async def close(self: FolderSource) -> None:
        closed.append(self.name)

    monkeypatch.setattr(FolderSource, "close", close)
    with pytest.raises(UnknownAlias):
        await sources.resolve_all([str(tmp_path), "nobody"])
    assert closed == [str(tmp_path)]
    assert [one.name for one in await sources.resolve_all([str(tmp_path)])] == [str(tmp_path)]
