"""The first rows: triggers and flows are there before everything is listed, and nothing is read twice for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotfix_tui.compare.cache import FILE, MetadataCache
from hotfix_tui.compare.compare import Comparison, compare
from hotfix_tui.compare.early import EARLY, early_types
from hotfix_tui.compare.sources import FolderSource, OrgSource
from hotfix_tui.events.base import Event
from hotfix_tui.events.compare import ComponentCompared, TypesRead, TypeUnreadable
from tests.compare import folders
from tests.compare.served import Served, served

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Served, Served]]:
    a, b = folders.generate_pair(tmp_path)
    for root, body in ((a, "// one"), (b, "// other")):
        for name, text in (("Guard", body), ("Same", "// same")):
            file = f"force-app/main/default/triggers/{name}.trigger"
            folders.write(root, file, f"trigger {name} on Thing_0__c (before insert) {{ {text}\n}}\n")
            status = "<apiVersion>63.0</apiVersion><status>Active</status>"
            folders.write(root, f"{file}-meta.xml", folders.xml("ApexTrigger", status))
    async with (
        served(tmp_path, "prod", a, now=YESTERDAY) as left,
        served(tmp_path, "dev", b, now=YESTERDAY) as right,
    ):
        yield left, right


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[MetadataCache]:
    made = MetadataCache(tmp_path / FILE)
    yield made
    made.close()


async def run(
    pair: tuple[Served, Served], cache: MetadataCache | None = None
) -> tuple[Comparison, list[Event], list[ComponentCompared]]:
    for one in pair:
        one.calls.clear()
    comparison = compare(OrgSource(pair[0].org, cache=cache), OrgSource(pair[1].org, cache=cache))
    events = [event async for event in comparison]
    return comparison, events, [event for event in events if isinstance(event, ComponentCompared)]


def asked(org: Served, operation: bytes, name: str) -> int:
    """How often an operation named a metadata type."""
    calls = [call for call in org.calls if re.search(rb"<(?:\w+:)?%b[ >]" % operation, call)]
    return sum(len(re.findall(rb"<(?:\w+:)?(?:name|type)>%b<" % name.encode(), call)) for call in calls)


async def test_triggers_and_flows_are_told_before_everything_is_listed(
    pair: tuple[Served, Served], tmp_path: Path
) -> None:
    comparison, events, rows = await run(pair)
    first = next(place for place, event in enumerate(events) if isinstance(event, ComponentCompared))
    listed = [place for place, event in enumerate(events) if isinstance(event, TypesRead)]
    assert first < listed[-1]
    assert rows[0].type in EARLY
    assert max(Counter((one.type, one.full_name) for one in rows).values()) == 1
    folder = compare(FolderSource(tmp_path / "a"), FolderSource(tmp_path / "b"))
    async for _ in folder:
        assert folder is not comparison
    expected = {key: row.status for key, row in folder.rows.items()}
    assert {key: comparison.rows[key].status for key in expected} == expected


async def test_what_came_early_is_listed_and_read_once(pair: tuple[Served, Served]) -> None:
    await run(pair)
    for org in pair:
        for name in EARLY:
            assert asked(org, b"listMetadata", name) == 1
            assert asked(org, b"retrieve", name) <= 1


async def test_kept_ones_are_told_early_without_reading_any(pair: tuple[Served, Served], cache: MetadataCache) -> None:
    first, _, _ = await run(pair, cache)
    second, events, rows = await run(pair, cache)
    assert {key: row.status for key, row in second.rows.items()} == {key: row.status for key, row in first.rows.items()}
    assert [asked(org, b"retrieve", name) for org in pair for name in EARLY] == [0, 0, 0, 0]
    assert rows[0].type == "ApexTrigger"  # a flow waits: what else is gone from the org could have changed it
    assert events.index(rows[0]) < max(place for place, event in enumerate(events) if isinstance(event, TypesRead))


@pytest.mark.parametrize("name", EARLY)
async def test_one_that_cannot_be_listed_is_told_once_and_keeps_nothing_back(
    pair: tuple[Served, Served], name: str
) -> None:
    pair[1].refuse[f">{name}<".encode()] = "UNKNOWN_EXCEPTION"
    _, events, rows = await run(pair)
    assert [event.type for event in events if isinstance(event, TypeUnreadable)] == [name]
    other = next(one for one in EARLY if one != name)
    assert {row.status for row in rows if row.type == name} == {"unreadable"}
    assert "unreadable" not in {row.status for row in rows if row.type == other}
    assert max(Counter((one.type, one.full_name) for one in rows).values()) == 1


async def test_a_package_that_is_refused_early_comes_with_the_rest(pair: tuple[Served, Served]) -> None:
    left = pair[0]
    trigger = next(key for key in (await run(pair))[0].rows if key.type == "ApexTrigger").full_name
    left.refuse[f"members>{trigger}<".encode()] = "UNKNOWN_EXCEPTION"
    _, events, rows = await run(pair)
    assert [event.type for event in events if isinstance(event, TypeUnreadable)] == ["ApexTrigger"]
    assert "unreadable" not in {row.status for row in rows if row.type == "Flow"}


def test_only_wanted_types_are_listed_early() -> None:
    assert early_types(None) == EARLY
    assert early_types(["Flow", "Layout"]) == ("Flow",)
    assert early_types(["Layout"]) == ()


async def test_a_comparison_of_other_types_asks_for_none_of_them(pair: tuple[Served, Served]) -> None:
    comparison = compare(OrgSource(pair[0].org), OrgSource(pair[1].org), types=["Layout"])
    for one in pair:
        one.calls.clear()
    rows = [event async for event in comparison if isinstance(event, ComponentCompared)]
    assert {row.type for row in rows} == {"Layout"}
    assert [asked(org, b"listMetadata", name) for org in pair for name in EARLY] == [0, 0, 0, 0]
