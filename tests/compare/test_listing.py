"""What an org lists, and what of it is read."""

from __future__ import annotations

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.flows import FlowVersions, member, under_own_name, versions_of
from hotfix_tui.compare.org_listing import Listing
from hotfix_tui.salesforce.errors import MetadataFault
from hotfix_tui.salesforce.metadata_api import ComponentProperties


def properties(kind: str, name: str, namespace: str = "", state: str = "") -> ComponentProperties:
    return ComponentProperties(kind, name, f"x/{name}", "", "Someone", "2026-01-01T00:00:00.000Z", namespace, state)


def test_what_belongs_to_installed_packages_is_left_out() -> None:
    listing = Listing()
    items = [
        properties("ApexClass", "Ours"),
        properties("ApexClass", "pkg__Theirs", "pkg", "installed"),
        properties("ApexClass", "pkg__Old", "pkg", "deprecatedEditable"),
        properties("ApexClass", "pkg__Unsaid", "pkg"),
        properties("ApexClass", "own__InOurNamespace", "own", "unmanaged"),
        properties("CustomField", "Account.pkg__X__c", "pkg", "installed"),
        properties("CustomField", "Account.Y__c"),
    ]
    listing.take(items, children={"CustomField"})
    assert listing.members == {"ApexClass": ["Ours", "own__InOurNamespace"]}
    assert ComponentId("CustomField", "Account.Y__c") in listing.properties
    assert ComponentId("CustomField", "Account.pkg__X__c") in listing.managed


def test_a_child_type_that_cannot_be_listed_still_comes_with_its_parent() -> None:
    listing = Listing()
    error = MetadataFault("INVALID_TYPE: no", org="a", code="INVALID_TYPE")
    listing.refused("CustomField", error)
    listing.refused("Layout", error)
    listing.refused(("Report", "Sales"), error)
    assert set(listing.unreadable) == {"Layout", "Report"}


def rows(active: int | None, latest: int) -> list[dict[str, object]]:
    version = None if active is None else {"VersionNumber": active}
    return [
        {
            "DeveloperName": "F",
            "NamespacePrefix": None,
            "ActiveVersion": version,
            "LatestVersion": {"VersionNumber": latest},
        }
    ]


def test_the_active_version_is_asked_for_where_it_is_not_the_latest() -> None:
    assert member("F", versions_of(rows(5, 6))) == "F-5"
    assert member("F", versions_of(rows(6, 6))) == "F"
    assert member("F", versions_of(rows(None, 6))) == "F"
    assert member("Unknown", versions_of(rows(5, 6))) == "Unknown"


def test_a_version_comes_under_the_name_of_its_flow() -> None:
    version = Component(ComponentId("Flow", "F-5"), {"flows/F-5.flow": b"<Flow/>"})
    found = under_own_name(version, {"F": FlowVersions(5, 6)})
    assert (str(found.id), found.files) == ("Flow:F", {"flows/F.flow": b"<Flow/>"})
    assert found.changed == {"active_version": 5, "latest_version": 6}
