"""What installed packages brought is left out unless asked for, and our own additions to it are not."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hotfix_tui.compare.cache import MetadataCache
from hotfix_tui.compare.compare import Comparison, compare
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.namespaces import namespace_of
from hotfix_tui.compare.sources import FolderSource, OrgSource
from hotfix_tui.events.compare import CompareFinished
from tests.compare import folders
from tests.compare.served import served

MAIN = "force-app/main/default"
THEIRS = {"CustomObject:pkg__Quote__c", "CustomField:pkg__Quote__c.pkg__Net__c", "CustomField:Account.pkg__Tier__c"}
OURS = "CustomField:pkg__Quote__c.Ours__c"


def with_package(root: Path, *, ours: str = "10") -> Path:
    """A project with a package's object, the package's fields, and a field of our own on its object."""
    folders.generate(root, objects=1)

    def field(name: str, length: str = "80") -> str:
        body = f"<fullName>{name}</fullName><label>{name}</label><length>{length}</length><type>Text</type>"
        return folders.xml("CustomField", body)

    own = (
        "<deploymentStatus>Deployed</deploymentStatus><label>Quote</label><nameField><label>Name</label>"
        "<type>Text</type></nameField><pluralLabel>Quotes</pluralLabel><sharingModel>ReadWrite</sharingModel>"
    )
    where = f"{MAIN}/objects/pkg__Quote__c"
    folders.write(root, f"{where}/pkg__Quote__c.object-meta.xml", folders.xml("CustomObject", own))
    folders.write(root, f"{where}/fields/pkg__Net__c.field-meta.xml", field("pkg__Net__c"))
    folders.write(root, f"{where}/fields/Ours__c.field-meta.xml", field("Ours__c", ours))
    folders.write(root, f"{MAIN}/objects/Account/fields/pkg__Tier__c.field-meta.xml", field("pkg__Tier__c"))
    return root


async def finished(comparison: Comparison) -> CompareFinished:
    events = [event async for event in comparison]
    assert isinstance(events[-1], CompareFinished)
    return events[-1]


def names(comparison: Comparison) -> set[str]:
    return {str(key) for key in comparison.rows}


async def test_a_package_is_left_out_and_counted_but_not_our_own_field_on_its_object(tmp_path: Path) -> None:
    with_package(tmp_path / "a"), folders.generate(tmp_path / "b", objects=1)
    async with served(tmp_path, "a", tmp_path / "a") as a, served(tmp_path, "b", tmp_path / "b") as b:
        comparison = compare(OrgSource(a.org), OrgSource(b.org))
        assert (await finished(comparison)).managed == len(THEIRS)
        assert not THEIRS & names(comparison)
        assert [str(key) for key in comparison.differences] == [OURS]
        asked = b"".join(a.calls)
        assert b"pkg__Quote__c.Ours__c" in asked
        assert b"<members>pkg__Quote__c</members>" not in asked.replace(b"met:", b"")

        comparison = compare(OrgSource(a.org, managed=True), OrgSource(b.org, managed=True))
        assert (await finished(comparison)).managed == 0
        assert {str(key) for key in comparison.differences} == {OURS, *THEIRS}


async def test_an_org_and_a_folder_leave_out_the_same(tmp_path: Path) -> None:
    with_package(tmp_path / "a", ours="10"), with_package(tmp_path / "b", ours="20")
    async with served(tmp_path, "org", tmp_path / "a") as org:
        comparison = compare(OrgSource(org.org), FolderSource(tmp_path / "b"))
        end = await finished(comparison)
        assert (end.managed, end.only_in_b) == (len(THEIRS), 0)
        assert OURS in {str(key) for key in comparison.differences}
    comparison = compare(FolderSource(tmp_path / "a"), FolderSource(tmp_path / "b"))
    assert ((await finished(comparison)).managed, [str(key) for key in comparison.differences]) == (3, [OURS])
    comparison = compare(FolderSource(tmp_path / "a", managed=True), FolderSource(tmp_path / "b", managed=True))
    assert (await finished(comparison)).managed == 0 and names(comparison) >= THEIRS


async def test_asking_for_packages_and_not_does_not_spoil_what_is_kept(tmp_path: Path) -> None:
    """What is left out is still there: the cache must not take it for deleted."""
    with_package(tmp_path / "a")
    async with served(tmp_path, "a", tmp_path / "a", now=datetime(2026, 1, 1, tzinfo=UTC)) as a:
        with contextlib.closing(MetadataCache(tmp_path / "cache.sqlite")) as cache:
            dropped: list[str] = []
            assert cache._db is not None
            cache._db.set_trace_callback(dropped.append)
            for managed in (True, False, True):
                await finished(compare(OrgSource(a.org, cache=cache, managed=managed), FolderSource(tmp_path / "a")))
            assert [statement for statement in dropped if statement.startswith("INSERT OR REPLACE INTO member")]
            assert not [statement for statement in dropped if statement.startswith("DELETE FROM member WHERE org")]


@pytest.mark.parametrize(
    ("component", "namespace"),
    [
        ("CustomObject:SBQQ__Quote__c", "SBQQ"),
        ("CustomField:SBQQ__Quote__c.Ours__c", ""),
        ("CustomField:Account.SBQQ__Tier__c", "SBQQ"),
        ("CustomMetadata:SBQQ__Conf.Ours", ""),
        ("CustomMetadata:SBQQ__Conf.SBQQ__Theirs", "SBQQ"),
        ("Layout:SBQQ__Quote__c-Ours", ""),
        ("Layout:SBQQ__Quote__c-SBQQ__Quote Layout", "SBQQ"),
        ("ApexClass:fflib__Domain", "fflib"),
        ("CustomObject:Pricing_Setting__mdt", ""),
        ("Profile:EU__Sales", ""),
        ("ApexClass:Two__", ""),
        ("ApexClass:A_name_too_long_for_one__X", ""),
    ],
)
def test_a_name_tells_its_namespace(component: str, namespace: str) -> None:
    assert namespace_of(ComponentId.parse(component)) == namespace
