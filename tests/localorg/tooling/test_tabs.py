"""TabDefinition: which objects have a tab, as clients ask it over both APIs; and packages: none is installed."""

from __future__ import annotations

from typing import Any

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import document, tickets
from tests.localorg.metadata.soap_client import manifest, problems

_SOQL = "SELECT Name, SobjectName, Label, IsCustom FROM TabDefinition WHERE"


def _tabs(rows: list[dict[str, Any]]) -> dict[str, tuple[str | None, str, bool]]:
    return {row["Name"]: (row["SobjectName"], row["Label"], row["IsCustom"]) for row in rows}


def test_tabs_follow_their_components_and_their_objects(here: Served) -> None:
    account = here.rest.query(f"{_SOQL} SobjectName = 'Account'")
    assert _tabs(account) == {"standard-Account": ("Account", "Accounts", False)}
    assert here.rest.query(f"{_SOQL} IsCustom = true") == []
    files = {
        **tickets(),
        "tabs/Ticket__c.tab": document("CustomTab", "<customObject>true</customObject><motif>Custom1: Heart</motif>"),
        "tabs/Map.tab": document(
            "CustomTab", "<label>The map</label><motif>Custom1: Heart</motif><url>https://maps.example</url>"
        ),
        "package.xml": manifest(CustomObject=["*"], CustomTab=["*"]),
    }
    assert problems(here.soap.deploy(files)) == {}
    expected = {"Ticket__c": ("Ticket__c", "Tickets", True), "Map": (None, "The map", True)}
    assert _tabs(here.rest.query(f"{_SOQL} IsCustom = true")) == expected
    assert _tabs(here.rest.tooling(f"{_SOQL} IsCustom = true")) == expected
    gone = {"package.xml": manifest(), "destructiveChanges.xml": manifest(CustomTab=["Ticket__c"])}
    assert problems(here.soap.deploy(gone)) == {}
    assert set(_tabs(here.rest.query(f"{_SOQL} IsCustom = true"))) == {"Map"}


def test_no_package_is_installed(here: Served) -> None:
    wanted = "SubscriberPackage.Id, SubscriberPackage.NamespacePrefix, SubscriberPackageVersionId"
    assert here.rest.tooling(f"SELECT {wanted} FROM InstalledSubscriberPackage") == []
