"""Bodies fetched once: what is kept is served only where the org's own dates vouch for it, and never in its place."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from hotfix_tui.compare.cache import FILE, MetadataCache, Scope
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.flows import FlowVersions
from hotfix_tui.compare.normalise import same
from hotfix_tui.compare.org_source import OrgReading
from hotfix_tui.compare.package import build
from hotfix_tui.compare.stamps import CONTAINERS, parent_of, stamps
from hotfix_tui.compare.types import metadata_types
from hotfix_tui.compare.wsdl import wsdl_file
from hotfix_tui.salesforce.metadata_api import ComponentProperties
from tests.compare import folders
from tests.compare.served import Served, served

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
# What cannot be dated, or is never vouched for by a date.
UNDATED = {"CustomObject", "StandardValueSet", "PermissionSet", "CustomMetadata", "Profile", "Workflow"}


@pytest.fixture
async def org(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path, "org", folders.generate(tmp_path / "folder"), now=YESTERDAY) as one:
        yield one


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[MetadataCache]:
    made = MetadataCache(tmp_path / FILE)
    yield made
    made.close()


async def read(org: Served, cache: MetadataCache | None, *, fresh: bool = False) -> dict[ComponentId, Component]:
    org.calls.clear()
    reading = OrgReading(org.org, cache=cache, fresh=fresh)
    await reading.begin()
    found: dict[ComponentId, Component] = {}
    async for batch in reading.batches():
        found.update(batch.components)
    assert reading.unreadable == {}
    return found


def retrieved(org: Served) -> dict[str, set[str]]:
    """Type → the members that were asked for by retrieve."""
    asked: dict[str, set[str]] = {}
    for call in org.calls:
        for types in re.findall(rb"<(?:\w+:)?types>(.*?)</(?:\w+:)?types>", call, re.S):
            name = re.findall(rb"<(?:\w+:)?name>([^<]*)<", types)[0].decode()
            asked.setdefault(name, set()).update(m.decode() for m in re.findall(rb"<(?:\w+:)?members>([^<]*)<", types))
    return asked


def alike(a: dict[ComponentId, Component], b: dict[ComponentId, Component]) -> None:
    assert set(a) == set(b)
    assert [str(key) for key in a if not same(a[key], b[key])] == []
    assert [str(key) for key in a if a[key].changed != b[key].changed] == []


async def test_a_second_read_fetches_no_dated_body_and_gives_the_same(org: Served, cache: MetadataCache) -> None:
    first = await read(org, cache)
    assert {"ApexClass", "Flow", "Layout", "CustomObject"} <= set(retrieved(org))
    second = await read(org, cache)
    asked = retrieved(org)
    assert set(asked) <= UNDATED, asked
    assert {name for name in asked.get("CustomObject", ()) if name.endswith("__c")} == set()
    alike(first, second)
    alike(second, await read(org, None))


async def test_fresh_fetches_everything_whatever_is_kept(org: Served, cache: MetadataCache) -> None:
    await read(org, cache)
    await read(org, cache, fresh=True)
    assert {"ApexClass", "Flow", "Layout"} <= set(retrieved(org))


async def test_what_was_changed_is_fetched_and_nothing_else_of_its_type(org: Served, cache: MetadataCache) -> None:
    first = await read(org, cache)
    flow = first[ComponentId("Flow", "Flow_1")]
    changed = {path: text.replace(b"<label>Flow<", b"<label>Another<") for path, text in flow.files.items()}
    await org.deploy(build([Component(flow.id, changed)], "63.0"))
    second = await read(org, cache)
    assert retrieved(org)["Flow"] == {"Flow_1"}
    assert b"Another" in b"".join(second[flow.id].files.values())
    alike(second, await read(org, None))


@pytest.mark.parametrize("child", ["CustomField:Thing_0__c.F1__c", "ValidationRule:Thing_0__c.Check"])
async def test_a_child_that_changed_brings_its_parent_though_the_parents_date_stays(
    org: Served, cache: MetadataCache, child: str
) -> None:
    first = await read(org, cache)
    one = first[ComponentId.parse(child)]
    text = b"<description>changed</description><fullName>" if child.startswith("Custom") else b"<fullName>"
    files = {
        path: content.replace(b"<fullName>", text).replace(b"Too long", b"Much too long")
        for path, content in one.files.items()
    }
    await org.deploy(build([Component(one.id, files)], "63.0"))
    second = await read(org, cache)
    assert {name for name in retrieved(org)["CustomObject"] if name.endswith("__c")} == {"Thing_0__c"}
    alike(second, await read(org, None))
    assert not same(first[one.id], second[one.id])


async def test_a_deleted_component_leaves_no_trace_and_voids_what_may_have_named_it(
    org: Served, cache: MetadataCache
) -> None:
    await read(org, cache)
    await org.deploy(build([], "63.0", destructive=[ComponentId("ListView", "Thing_0__c.All")]))
    second = await read(org, cache)
    assert ComponentId("ListView", "Thing_0__c.All") not in second
    asked = retrieved(org)
    assert {"Layout", "Flow"} <= set(asked), "an org takes what is deleted out of other components without a new date"
    assert "ApexClass" not in asked
    alike(second, await read(org, None))


async def test_another_active_version_of_a_flow_is_another_content(org: Served, cache: MetadataCache) -> None:
    first = await read(org, cache)
    flow = first[ComponentId("Flow", "Flow_0")]
    change = (b"<label>Flow<", b"<label>Draft<")
    draft = {path: text.replace(b">Active<", b">Draft<").replace(*change) for path, text in flow.files.items()}
    await org.deploy(build([Component(flow.id, draft)], "63.0"))
    second = await read(org, cache)
    assert second[flow.id].detail == {"active_version": 1, "latest_version": 2, "latest_status": "Draft"}
    assert same(first[flow.id], second[flow.id])
    alike(second, await read(org, None))


async def test_what_changes_between_list_and_retrieve_is_told_and_not_kept(org: Served, cache: MetadataCache) -> None:
    reading = OrgReading(org.org, cache=cache)
    await reading.begin()
    before = Component(ComponentId("ApexClass", "Engine"), {
        "classes/Engine.cls": b"public class Engine { Integer later; }",
        "classes/Engine.cls-meta.xml": b'<ApexClass xmlns="http://soap.sforce.com/2006/04/metadata">'
        b"<apiVersion>63.0</apiVersion><status>Active</status></ApexClass>",
    })  # fmt: skip
    await org.deploy(build([before], "63.0"))
    changed = [key for batch in [one async for one in reading.batches()] for key in batch.changed]
    assert changed == [before.id]
    await read(org, cache)
    assert retrieved(org)["ApexClass"] == {"Engine"}


async def test_two_orgs_and_two_versions_never_serve_each_other(tmp_path: Path, cache: MetadataCache) -> None:
    key = ComponentId("ApexClass", "A")
    cache.keep(Scope("00D1", "63.0"), {key: ("s", {"classes/A.cls": b"one"})})
    cache.keep(Scope("00D1", "67.0"), {key: ("s", {"classes/A.cls": b"two"})})
    assert cache.find(Scope("00D1", "63.0"), {key: "s"}) == {key: {"classes/A.cls": b"one"}}
    assert cache.find(Scope("00D2", "63.0"), {key: "s"}) == {}
    assert cache.find(Scope("00D1", "63.0"), {key: "other stamp"}) == {}


def test_what_two_orgs_have_alike_is_held_once(cache: MetadataCache) -> None:
    files = {"classes/A.cls": b"class A {}" * 100}
    for org in ("00D1", "00D2"):
        cache.keep(Scope(org, "63.0"), {ComponentId("ApexClass", "A"): ("s", dict(files))})
    stamped = {ComponentId("ApexClass", "A"): "s"}
    one, other = (cache.find(Scope(org, "63.0"), stamped) for org in ("00D1", "00D2"))
    assert one[ComponentId("ApexClass", "A")] is other[ComponentId("ApexClass", "A")]
    assert one == {ComponentId("ApexClass", "A"): files}


# -- stamps


def listed(kind: str, name: str, at: str = "2026-01-01T10:00:00.000Z", id: str = "01p000000000001AAA") -> (
    tuple[ComponentId, ComponentProperties]
):  # fmt: skip
    return ComponentId(kind, name), ComponentProperties(kind, name, "", id, "Ann", at, "", "unmanaged")


NOW = datetime(2026, 1, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "at", ["1970-01-01T00:00:00.000Z", "1960-01-01T00:00:00.000Z", "", "soon", "2026-01-12T23:59:58.000Z"]
)
def test_a_date_that_says_nothing_is_no_stamp(at: str) -> None:
    assert stamps({"Layout": ["L"]}, dict([listed("Layout", "L", at)]), {}, (), NOW) == {}


def test_without_an_id_or_a_place_in_the_list_there_is_no_stamp() -> None:
    assert stamps({"Layout": ["L"]}, dict([listed("Layout", "L", id="")]), {}, (), NOW) == {}
    assert stamps({"Layout": ["L"]}, {}, {}, (), NOW) == {}
    assert stamps({"Profile": ["P"]}, dict([listed("Profile", "P")]), {}, (), NOW) == {}


def test_a_parents_stamp_needs_the_list_of_every_kind_of_child() -> None:
    properties = dict([listed("CustomObject", "X__c"), listed("CustomField", "X__c.A__c")])
    assert stamps({"CustomObject": ["X__c"]}, properties, {}, (), NOW)
    assert stamps({"CustomObject": ["X__c"]}, properties, {}, ("ListView",), NOW) == {}
    later = {**properties, **dict([listed("CustomField", "X__c.A__c", "2026-01-02T10:00:00.000Z")])}
    anew = {**properties, **dict([listed("CustomField", "X__c.A__c", id="01p000000000002AAA")])}
    more = {**properties, **dict([listed("RecordType", "X__c.R")])}
    made = [stamps({"CustomObject": ["X__c"]}, one, {}, (), NOW) for one in (properties, later, anew, more)]
    assert len({str(one) for one in made}) == 4


def test_a_flows_stamp_holds_its_versions() -> None:
    properties = dict([listed("Flow", "F")])
    made = [
        stamps({"Flow": ["F"]}, properties, {"F": FlowVersions(*numbers)}, (), NOW)
        for numbers in ((1, 1), (1, 2), (2, 2))
    ]
    assert len({str(one) for one in made}) == 3


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_a_container_holds_nothing_but_components_of_their_own(name: str) -> None:
    addressable = {child.element for child in metadata_types()[name].children if child.addressable}
    assert set(elements_of(name)) == addressable


def elements_of(name: str) -> list[str]:
    """The elements of a type in the Metadata WSDL, without what it inherits."""
    with wsdl_file().open("rb") as file:
        for _, kind in etree.iterparse(file, tag="{http://www.w3.org/2001/XMLSchema}complexType"):
            if kind.get("name") == name:
                return [item.get("name") for item in kind.iter("{http://www.w3.org/2001/XMLSchema}element")]
    raise AssertionError(name)


def test_a_containers_stamp_needs_no_date_of_its_own_but_its_childrens() -> None:
    undated = listed("SharingRules", "X__c", "1970-01-01T00:00:00.000Z", "")
    members = {"SharingRules": ["X__c"]}
    assert stamps(members, dict([undated, listed("SharingOwnerRule", "X__c.R")]), {}, (), NOW)
    assert stamps(members, dict([undated, listed("SharingOwnerRule", "X__c.R", "")]), {}, (), NOW) == {}
    assert stamps(members, dict([undated]), {}, (), NOW) == {}


def test_children_know_their_parents() -> None:
    assert parent_of(ComponentId("CustomField", "Case.X__c")) == ComponentId("CustomObject", "Case")
    assert parent_of(ComponentId("CustomLabel", "Greeting")) == ComponentId("CustomLabels", "CustomLabels")
    assert parent_of(ComponentId("ApexClass", "A")) is None


# -- the file


KEY, SCOPE = ComponentId("ApexClass", "A"), Scope("00D000000000001AAA", "67.0")


def test_a_spoilt_file_is_made_anew_and_its_modes_are_private(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(b"nothing that SQLite knows" * 200)
    cache = MetadataCache(path)
    assert cache.usable
    cache.keep(SCOPE, {KEY: ("s", {"a": b"x" * 5_000})})
    assert cache.find(SCOPE, {KEY: "s"}) == {KEY: {"a": b"x" * 5_000}}
    assert path.stat().st_mode & 0o777 == 0o600
    cache.close()


def test_a_spoilt_body_is_as_good_as_none(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path / FILE)
    cache.keep(SCOPE, {KEY: ("s", {"a": b"content"})})
    cache.close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("UPDATE blob SET stored = ?", (b"c0ntent",))
    cache = MetadataCache(tmp_path / FILE)
    assert cache.find(SCOPE, {KEY: "s"}) == {}
    cache.close()


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    cache = MetadataCache(tmp_path / "no" / "such" / "folder" / FILE)
    assert not cache.usable
    cache.keep(SCOPE, {KEY: ("s", {"a": b"x"})})
    cache.listed("00D", {"ApexClass": ["A 1"]})
    assert cache.find(SCOPE, {KEY: "s"}) == {}
    cache.close()


def test_the_least_used_goes_first_when_there_is_too_much_and_bodies_nobody_names_go_too(tmp_path: Path) -> None:
    import random

    noise = random.Random(1)
    cache = MetadataCache(tmp_path / FILE)
    for number in range(4):
        cache.keep(SCOPE, {ComponentId("ApexClass", f"C{number}"): ("s", {"a": noise.randbytes(10_000)})})
    cache.keep(SCOPE, {ComponentId("ApexClass", "C3"): ("t", {"a": noise.randbytes(10_000)})})
    cache.close()
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("SELECT COUNT(*) FROM blob").fetchone()[0] == 4
        db.execute("UPDATE member SET used = used - 1 WHERE name = 'C2'")
        db.execute("UPDATE member SET used = used - 100 WHERE name = 'C1'")
    cache = MetadataCache(tmp_path / FILE, max_bytes=25_000)
    cache.close()
    with sqlite3.connect(tmp_path / FILE) as db:
        assert {row[0] for row in db.execute("SELECT name FROM member")} == {"C0", "C3"}
        assert db.execute("SELECT COUNT(*) FROM blob").fetchone()[0] == 2
