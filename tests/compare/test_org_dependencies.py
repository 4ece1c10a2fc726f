"""What an org itself tells of its dependencies, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotfix_tui.compare import org_dependencies
from hotfix_tui.compare.both_sides import BothSides
from hotfix_tui.compare.compare import Comparison, compare
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.org_dependencies import told_by
from hotfix_tui.compare.sources import FolderSource, OrgSource
from tests.compare import folders
from tests.compare.served import Served, served
from tests.data import campus

FLOW = ComponentId("Flow", "Flow_1")
FIELD = ComponentId("CustomField", "Thing_0__c.F1__c")


@pytest.fixture
async def org(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, "org", folders.generate(tmp_path / "folder")) as one:
        yield one


async def ended(comparison: Comparison) -> Comparison:
    async for _ in comparison:
        pass
    return comparison


async def test_an_org_tells_both_ways_by_full_name(org: Served) -> None:
    source = OrgSource(org.org)
    await ended(compare(source, source))
    told = await told_by(org.org, [FLOW, FIELD], source.contents.ids)
    assert told.notes == []
    assert (FLOW, ComponentId("CustomObject", "Thing_0__c")) in told.edges
    assert (FLOW, FIELD) in told.edges
    assert {named_in.type for named_in, named in told.edges if named == FIELD} >= {"Flow", "Layout"}
    assert all(FLOW in edge or FIELD in edge for edge in told.edges)


async def test_an_answer_that_is_cut_is_asked_for_in_halves(org: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    source = OrgSource(org.org)
    await ended(compare(source, source))
    keys = [key for key in source.contents.ids if key.type in ("CustomField", "Flow")]
    whole = await told_by(org.org, keys, source.contents.ids)
    most = max(sum(key in edge for edge in set(whole.edges)) for key in keys)
    assert most < len(set(whole.edges))
    monkeypatch.setattr(org_dependencies, "MOST_ROWS", most + 1)
    halved = await told_by(org.org, keys, source.contents.ids)
    assert set(halved.edges) == set(whole.edges) and halved.notes == []
    monkeypatch.setattr(org_dependencies, "MOST_ROWS", most)
    assert any("tells only" in note for note in (await told_by(org.org, keys, source.contents.ids)).notes)


async def test_an_org_that_does_not_tell_is_said_and_spoils_nothing(org: Served, tmp_path: Path) -> None:
    comparison = await ended(compare(OrgSource(org.org), FolderSource(tmp_path / "folder")))
    both = BothSides.read(comparison)
    own = both.uses(FIELD)
    assert own[0].used_by and own[0] == own[1]
    ids = {FIELD: "not'an id"}
    told = await told_by(org.org, [FIELD], ids)
    assert told.edges == []
    with monkeypatched_table(org_dependencies):
        notes = await both.ask(comparison, [FIELD])
    assert len(notes) == 1 and "does not tell dependencies" in notes[0]
    assert both.uses(FIELD) == own


async def test_an_org_that_is_gone_is_a_sentence_and_the_files_still_say_what_they_say(tmp_path: Path) -> None:
    with campus.served(tmp_path, "box") as school:
        async with school.connect() as org:
            comparison = await ended(compare(OrgSource(org), OrgSource(org)))
            both = BothSides.read(comparison)
            key = ComponentId("CustomField", "Lesson__c.Course__c")
            own = both.uses(key)
            assert own[0].used_by | own[0].depends_on
            school.fault("session_expiry", "tooling/query", method="GET", times=99)
            (note, _) = await both.ask(comparison, [key])
            assert "box was not asked what depends on what" in note
            assert both.uses(key) == own


class monkeypatched_table:
    """Asks for an object that no org has, as an org answers whose edition has no dependencies."""

    def __init__(self, module: object) -> None:
        self._patch = pytest.MonkeyPatch()
        self._module = module

    def __enter__(self) -> None:
        self._patch.setattr(self._module, "_SELECT", "SELECT Id FROM NoSuchDependency WHERE ")

    def __exit__(self, *error: object) -> None:
        self._patch.undo()
