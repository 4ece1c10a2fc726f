"""The comparison as a stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from hotfix_tui.compare.compare import Comparison, common_version, compare
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.folder import NotMetadata
from hotfix_tui.compare.impact import ImpactSet
from hotfix_tui.compare.sources import Contents, FolderSource, resolve
from hotfix_tui.events.base import Event, decode, encode
from hotfix_tui.events.compare import CompareFinished, CompareStarted, ComponentCompared, TypesRead, TypeUnreadable
from hotfix_tui.events.session import Finding
from hotfix_tui.salesforce.errors import UnknownAlias
from tests.compare.folders import generate_pair, write, xml


class Held:
    """A side whose components are given."""

    def __init__(self, name: str, components: Iterable[Component], unreadable: dict[str, str] | None = None) -> None:
        self.name = name
        self.api_version = ""
        self.contents = Contents({component.id: component for component in components}, unreadable or {})

    async def read(
        self, side: str, *, types: Iterable[str] | None = None, api_version: str = ""
    ) -> AsyncIterator[Event]:
        yield TypesRead(side=side, types=1, components=len(self.contents.components))
        for name, why in self.contents.unreadable.items():
            yield TypeUnreadable(side=side, type=name, why=why)

    async def close(self) -> None:
        """Nothing is open."""


def field(name: str, body: str = "", at: str = "") -> Component:
    content = f"<CustomField>{body}</CustomField>".encode()
    return Component(ComponentId("CustomField", name), {"objects/T__c.object": content}, "Someone" if at else "", at)


async def run(comparison: Comparison) -> tuple[list[Event], dict[str, ComponentCompared]]:
    events = [event async for event in comparison]
    assert all(decode(type(event).__name__, encode(event)) == event for event in events)
    return events, {event.full_name: event for event in events if isinstance(event, ComponentCompared)}


async def test_the_stream_begins_reads_both_sides_compares_and_ends(tmp_path: Path) -> None:
    a, b = generate_pair(tmp_path)
    comparison = compare(FolderSource(a), FolderSource(b))
    events, compared = await run(comparison)
    assert events[0] == CompareStarted(a=str(a), b=str(b))
    assert {event.side for event in events if isinstance(event, TypesRead)} == {"a", "b"}
    assert isinstance(events[-1], CompareFinished)
    keys = [(event.type, event.full_name) for event in compared.values()]
    assert keys == sorted(keys)
    assert len(compared) == len(comparison.rows)
    assert "Flow:Flow_9" in map(str, comparison.differences)
    changed = ComponentId("Flow", "Flow_1")
    assert b"<label>Another flow</label>" in comparison.text("b", changed)
    assert comparison.text("a", ComponentId("Flow", "Flow_9")) == b""


async def test_only_what_production_changed_after_the_environment_was_made_blocks() -> None:
    impact = ImpactSet.of_objects(["T__c"])
    early, late = "2026-01-12T20:00:00.000Z", "2026-01-12T23:00:00.000+0000"
    old = {
        "T__c.Late__c": late,
        "T__c.Early__c": early,
        "O__c.Late__c": late,
        "T__c.Same__c": late,
        "T__c.New__c": late,
    }
    a = Held("prod", [field(name, "<label>1</label>", at) for name, at in old.items()])
    b = Held(
        "env", [field(name, f"<label>{1 if 'Same' in name else 2}</label>", late) for name in old if "New" not in name]
    )
    b.contents.components[ComponentId("CustomField", "T__c.Ours__c")] = field("T__c.Ours__c", at=late)
    events, compared = await run(compare(a, b, impact=impact, since="2026-01-12T21:30:00Z"))
    assert {name for name, event in compared.items() if event.blocking} == {"T__c.Late__c", "T__c.New__c"}
    assert {name for name, event in compared.items() if event.impact} == {name for name in compared if name[0] == "T"}
    assert compared["T__c.Late__c"].a_changed == {"by": "Someone", "at": late}
    finished = events[-1]
    assert isinstance(finished, CompareFinished)
    # Of the impact set only what differs counts: T__c.Same__c does not.
    assert (finished.impact, finished.blocking) == (4, 2)


async def test_without_a_date_nothing_blocks() -> None:
    a, b = Held("a", [field("T__c.A__c", "<label>1</label>", "2026-01-12T23:00:00Z")]), Held("b", [])
    _, compared = await run(compare(a, b, impact=ImpactSet.of_objects(["T__c"])))
    assert not compared["T__c.A__c"].blocking


async def test_a_type_that_one_side_cannot_give_is_unreadable_and_not_missing() -> None:
    apex = Component(ComponentId("ApexClass", "A"), {"classes/A.cls": b""})
    a = Held("a", [field("T__c.A__c"), apex])
    b = Held("b", [apex], {"CustomObject": "Something went wrong"})
    events, compared = await run(compare(a, b))
    assert {name: event.status for name, event in compared.items()} == {"T__c.A__c": "unreadable", "A": "same"}
    assert TypeUnreadable(side="b", type="CustomObject", why="Something went wrong") in events


async def test_a_file_that_is_not_xml_spoils_only_its_own_component() -> None:
    a = Held(
        "a", [field("T__c.A__c", "<label>"), field("T__c.B__c", "<label>x</label>"), field("T__c.C__c", "<label>")]
    )
    b = Held(
        "b", [field("T__c.A__c", "<label/>"), field("T__c.B__c", "<label>y</label>"), field("T__c.C__c", "<label>")]
    )
    comparison = compare(a, b)
    events, compared = await run(comparison)
    assert {name: event.status for name, event in compared.items()} == {
        "T__c.A__c": "unreadable",
        "T__c.B__c": "different",
        "T__c.C__c": "same",
    }
    assert any(isinstance(event, Finding) and "CustomField:T__c.A__c" in event.text for event in events)
    assert comparison.text("a", ComponentId("CustomField", "T__c.A__c")) == b"<CustomField><label></CustomField>"


async def test_only_the_types_that_were_asked_for_are_compared(tmp_path: Path) -> None:
    a, b = generate_pair(tmp_path)
    _, compared = await run(compare(FolderSource(a), FolderSource(b), types=["Flow"]))
    assert {event.type for event in compared.values()} == {"Flow"}


async def test_a_folder_that_is_not_metadata_ends_the_comparison(tmp_path: Path) -> None:
    write(tmp_path, "a/flows/F.flow-meta.xml", xml("Flow", ""))
    (tmp_path / "b").mkdir()
    with pytest.raises(NotMetadata, match="holds no Salesforce metadata"):
        await run(compare(FolderSource(tmp_path / "a"), FolderSource(tmp_path / "b")))


async def test_a_path_is_a_folder_and_another_word_an_alias(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(await resolve(str(tmp_path)), FolderSource)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    assert isinstance(await resolve("here"), FolderSource)
    assert isinstance(await resolve("./nowhere"), FolderSource)
    with pytest.raises(UnknownAlias, match="nowhere"):
        await resolve("nowhere")


def test_both_sides_are_read_at_the_lower_of_their_newest_versions() -> None:
    assert common_version("67.0", "100.0") == "67.0"
    assert common_version("", "66.0") == "66.0"
    assert common_version("", "") == ""
