"""Orgs read over HTTP, and compared."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.folder import read_folder
from hotfix_tui.compare.normalise import same
from hotfix_tui.compare.org_source import read_org
from hotfix_tui.compare.package import build
from hotfix_tui.compare.packages import MAX_FILES, chunked
from hotfix_tui.compare.report import markdown
from hotfix_tui.compare.sources import OrgSource
from hotfix_tui.events.compare import CompareFinished, ComponentCompared, TypesRead, TypeUnreadable
from hotfix_tui.events.session import Progress
from hotfix_tui.events.words import sentence
from hotfix_tui.salesforce.errors import ServerUnavailable
from tests.compare import folders, independent
from tests.compare.served import Served, served


@pytest.fixture
async def org(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, "org", folders.generate(tmp_path / "folder")) as one:
        yield one


def without_standard(components: dict[ComponentId, Component]) -> dict[ComponentId, Component]:
    """Without what an org has of its own accord: standard objects, value sets."""
    return {
        key: component
        for key, component in components.items()
        if not (key.type in ("CustomObject", "StandardValueSet", "Profile") and "__" not in key.full_name)
    }


async def test_an_org_loaded_from_a_folder_holds_what_the_folder_holds(org: Served, tmp_path: Path) -> None:
    folder = read_folder(tmp_path / "folder")
    read = await read_org(org.org)
    assert read.unreadable == {}
    found = without_standard(read.components)
    assert set(found) == set(folder)
    assert [str(key) for key in folder if not same(folder[key], found[key])] == []


async def test_every_component_says_who_changed_it_when_also_children(org: Served) -> None:
    read = await read_org(org.org)
    field = read.components[ComponentId("CustomField", "Thing_0__c.F0__c")]
    assert field.changed_by and field.changed_at.startswith("20")
    unknown = [str(key) for key, one in without_standard(read.components).items() if not one.changed_at]
    assert unknown == []


@pytest.mark.parametrize("pair", [*folders.REAL_PAIRS, "generated"], ids=str)
async def test_two_orgs_differ_where_their_folders_do(pair: tuple[str, str] | str, tmp_path: Path) -> None:
    if isinstance(pair, str):
        a, b = folders.generate_pair(tmp_path)
    else:
        a, b = (folders.CORPUS / name for name in pair)
        if not a.is_dir():
            pytest.skip(f"{a} is not here")
    async with served(tmp_path, "prod", a) as left, served(tmp_path, "dev", b) as right:
        comparison = compare(OrgSource(left.org, managed=True), OrgSource(right.org, managed=True))
        events = [event async for event in comparison]
    found: dict[str, set[tuple[str, str]]] = {}
    for event in events:
        if isinstance(event, ComponentCompared):
            found.setdefault(event.status, set()).add((event.type, event.full_name))
    only_a, only_b, different = independent.differences(a, b, ordered=True)
    surely = independent.differences(a, b, ordered=False)[2]
    assert found["only_in_a"] == only_a
    assert found["only_in_b"] == only_b
    assert surely <= found["different"] <= different
    assert "unreadable" not in found
    assert {event.side for event in events if isinstance(event, TypesRead)} == {"a", "b"}
    assert any(isinstance(event, Progress) and event.done == event.total for event in events)


FLOW = (
    '<?xml version="1.0"?><Flow xmlns="http://soap.sforce.com/2006/04/metadata"><apiVersion>63.0</apiVersion>'
    "<description>{words}</description><label>Guard</label><processType>AutoLaunchedFlow</processType>"
    "<start><locationX>0</locationX><locationY>0</locationY></start><status>{status}</status></Flow>"
)


def flow(words: str, status: str) -> Component:
    content = FLOW.format(words=words, status=status).encode()
    return Component(ComponentId("Flow", "Guard"), {"flows/Guard.flow": content})


async def test_a_flow_is_its_active_version_and_a_draft_above_it_is_told(tmp_path: Path) -> None:
    async with served(tmp_path, "a") as a, served(tmp_path, "b") as b:
        for one in (a, b):
            await one.deploy(build([flow("first", "Active")], "63.0"))
        await a.deploy(build([flow("a draft above it", "Draft")], "63.0"))
        comparison = compare(OrgSource(a.org), OrgSource(b.org), types=["Flow"])
        rows = {event.full_name: event async for event in comparison if isinstance(event, ComponentCompared)}
    assert list(rows) == ["Guard"]
    assert rows["Guard"].status == "same"
    draft = {key: rows["Guard"].a_changed[key] for key in ("active_version", "latest_version")}
    assert draft == {"active_version": 1, "latest_version": 2}
    assert rows["Guard"].b_changed["latest_version"] == 1
    assert list(comparison.a.contents.components[ComponentId("Flow", "Guard")].files) == ["flows/Guard.flow"]


async def test_only_what_is_asked_for_is_read(org: Served) -> None:
    wanted = [
        ComponentId("CustomField", "Thing_1__c.F2__c"),
        ComponentId("ApexClass", "Engine"),
        ComponentId("ApexClass", "NotThere"),
        ComponentId("Flow", "Flow_0"),
    ]
    org.calls.clear()
    read = await read_org(org.org, only=wanted)
    assert sorted(map(str, read.components)) == ["ApexClass:Engine", "CustomField:Thing_1__c.F2__c", "Flow:Flow_0"]
    assert all(component.changed_by for component in read.components.values())
    assert len(org.calls) < 8


CODES = ["UNKNOWN_EXCEPTION", "INVALID_CROSS_REFERENCE_KEY"]


@pytest.mark.parametrize("code", CODES)
async def test_a_type_that_cannot_be_retrieved_never_spoils_the_rest(org: Served, code: str) -> None:
    org.refuse[b"Thing_0__c-Thing Layout<"] = code
    read = await read_org(org.org)
    assert read.unreadable == {"Layout": read.unreadable["Layout"]}
    assert "broken today" in read.unreadable["Layout"]
    kinds = {key.type for key in read.components}
    assert "Layout" not in kinds
    assert {"CustomField", "Flow", "ApexClass", "PermissionSet", "WorkflowRule"} <= kinds


@pytest.mark.parametrize("code", CODES)
async def test_a_type_that_cannot_be_listed_never_spoils_the_rest(org: Served, code: str) -> None:
    org.refuse[b"type>Layout<"] = code
    read = await read_org(org.org, types=["Layout", "CustomObject", "Flow"])
    assert list(read.unreadable) == ["Layout"]
    assert "broken today" in read.unreadable["Layout"]
    assert {"CustomField", "Flow"} <= {key.type for key in read.components}


async def test_an_org_that_is_down_is_an_error_and_not_many_unreadable_types(org: Served) -> None:
    org.refuse[b"retrieve"] = "SERVER_UNAVAILABLE"
    with pytest.raises(ServerUnavailable, match="broken today"):
        await read_org(org.org)
    assert sum(b"retrieve" in call for call in org.calls) < 5


async def test_a_type_that_cannot_be_read_is_told_and_its_components_are_unreadable(
    org: Served, tmp_path: Path
) -> None:
    async with served(tmp_path, "other", tmp_path / "folder") as other:
        other.refuse[b"Flow_0<"] = CODES[1]
        comparison = compare(OrgSource(org.org), OrgSource(other.org))
        events = [event async for event in comparison]
    told = [event for event in events if isinstance(event, TypeUnreadable)]
    assert [(event.side, event.type) for event in told] == [("b", "Flow")]
    by_status = {event.full_name: event.status for event in events if isinstance(event, ComponentCompared)}
    assert by_status["Flow_0"] == by_status["Flow_1"] == "unreadable"
    assert by_status["Engine"] == "same"


async def test_what_is_built_deploys_and_reads_back_the_same(tmp_path: Path) -> None:
    source = read_folder(folders.generate(tmp_path / "folder"))
    # A field of a standard object and everything of one custom object, with children wrapped in their parents' files.
    chosen = {key: one for key, one in source.items() if "Thing_1__c" in key.full_name and key.type != "Layout"}
    chosen[ComponentId("CustomLabel", "L1")] = source[ComponentId("CustomLabel", "L1")]
    chosen[ComponentId("CustomField", "Account.Extra__c")] = source[ComponentId("CustomField", "Account.Extra__c")]
    assert len(chosen) > 8
    async with served(tmp_path, "empty") as empty:
        await empty.deploy(build(chosen.values(), "63.0"))
        read = await read_org(empty.org, only=chosen)
    assert set(read.components) == set(chosen)
    assert [str(key) for key in chosen if not same(chosen[key], read.components[key])] == []


def clerk(field: ComponentId) -> Component:
    """A profile that gives a field."""
    permission = f"<fieldPermissions><editable>true</editable><field>{field.full_name}</field><readable>true</readable>"
    content = (
        f'<Profile xmlns="http://soap.sforce.com/2006/04/metadata"><custom>true</custom>{permission}'
        "</fieldPermissions><userLicense>Salesforce</userLicense></Profile>"
    )
    return Component(ComponentId("Profile", "Clerk"), {"profiles/Clerk.profile": content.encode()})


async def test_a_profile_is_read_whole_whatever_else_is_read(org: Served) -> None:
    field = ComponentId("CustomField", "Thing_1__c.F0__c")
    profile = clerk(field)
    await org.deploy(build([profile], "63.0"))
    alone = await read_org(org.org, types=["Profile"])
    [content] = alone.components[profile.id].files.values()
    assert field.full_name.encode() in content
    everything = await read_org(org.org)
    assert same(alone.components[profile.id], everything.components[profile.id])
    assert alone.components[profile.id].changed_by


async def test_profiles_that_cannot_be_read_are_told_and_spoil_nothing_else(org: Served) -> None:
    await org.deploy(build([clerk(ComponentId("CustomField", "Thing_1__c.F0__c"))], "63.0"))
    org.refuse[b"readMetadata"] = CODES[1]
    read = await read_org(org.org)
    assert list(read.unreadable) == ["Profile"] and "broken today" in read.unreadable["Profile"]
    assert {"CustomField", "Flow", "ApexClass"} <= {key.type for key in read.components}


def test_a_retrieve_stays_below_the_limit_of_files() -> None:
    members = {
        "ApexClass": [f"C{number}" for number in range(6_000)],
        "Layout": [f"L{number}" for number in range(500)],
        "LightningComponentBundle": [f"b{number}" for number in range(700)],
    }
    chunks = chunked(members)
    sizes = {"ApexClass": 2, "Layout": 1, "LightningComponentBundle": 8}
    for chunk in chunks:
        assert sum(sizes[name] * len(names) for name, names in chunk.items()) <= MAX_FILES
    together: dict[str, list[str]] = {}
    for chunk in chunks:
        for name, names in chunk.items():
            together.setdefault(name, []).extend(names)
    assert together == members
    assert len(chunks) == 3


async def test_active_draft_and_latest_of_each_side_are_said_in_words_and_in_the_document(tmp_path: Path) -> None:
    async with served(tmp_path, "a") as a, served(tmp_path, "b") as b:
        await a.deploy(build([flow("first", "Active")], "63.0"))
        await a.deploy(build([flow("a draft above it", "Draft")], "63.0"))
        await b.deploy(build([flow("never activated", "Draft")], "63.0"))
        comparison = compare(OrgSource(a.org), OrgSource(b.org), types=["Flow"])
        events = [event async for event in comparison]
    (row,) = [event for event in events if isinstance(event, ComponentCompared)]
    assert row.status == "different"
    assert sentence(row).endswith("A: v1 active, v2 is a draft; B: no version active, v1 is a draft")
    document = markdown(comparison, next(one for one in events if isinstance(one, CompareFinished)))
    assert "v1 active, v2 is a draft" in document and "no version active, v1 is a draft" in document
    text = comparison.text("a", ComponentId("Flow", "Guard")).decode()
    assert "first" in text and "a draft above it" not in text
