"""An org of a test's own, with a small library in it: shelves, books on them (details), loans, readers' levels."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.server import serve

NOW = datetime(2026, 1, 13, 10, 0, tzinfo=UTC)
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_XMLNS = 'xmlns="http://soap.sforce.com/2006/04/metadata" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def component(kind: str, inner: str) -> bytes:
    """A component's XML."""
    return f"{_HEAD}<{kind} {_XMLNS}>{inner}</{kind}>".encode()


def field(name: str, kind: str, inner: str = "") -> bytes:
    """A custom field's XML; its label is its name in words."""
    label = name.removesuffix("__c").replace("_", " ")
    return component("CustomField", f"<fullName>{name}</fullName><label>{label}</label><type>{kind}</type>{inner}")


def values(*names: str, restricted: bool = True) -> str:
    """An inline value set."""
    each = "".join(f"<value><fullName>{n}</fullName><default>false</default><label>{n}</label></value>" for n in names)
    flag = str(restricted).lower()
    return f"<valueSet><restricted>{flag}</restricted><valueSetDefinition>{each}</valueSetDefinition></valueSet>"


def an_object(label: str, name_field: str = "<label>Name</label><type>Text</type>", inner: str = "") -> bytes:
    """A custom object's XML."""
    return component(
        "CustomObject",
        f"<label>{label}</label><pluralLabel>{label}s</pluralLabel><nameField>{name_field}</nameField>"
        f"<deploymentStatus>Deployed</deploymentStatus><sharingModel>ReadWrite</sharingModel>{inner}",
    )


KEY = "<length>40</length><externalId>true</externalId><unique>true</unique><caseSensitive>false</caseSensitive>"
LIBRARY: list[tuple[str, str, bytes]] = [
    ("CustomObject", "Shelf__c", an_object("Shelf")),
    ("CustomObject", "Book__c", an_object("Book")),
    (
        "CustomObject",
        "Loan__c",
        an_object("Loan", "<label>Number</label><type>AutoNumber</type><displayFormat>L-{000}</displayFormat>"),
    ),
    ("CustomField", "Shelf__c.Key__c", field("Key__c", "Text", KEY)),
    ("CustomField", "Shelf__c.Cap__c", field("Cap__c", "Percent", "<precision>5</precision><scale>2</scale>")),
    ("CustomField", "Shelf__c.Opened__c", field("Opened__c", "Date")),
    (
        "CustomField",
        "Book__c.Shelf__c",
        field(
            "Shelf__c",
            "MasterDetail",
            "<referenceTo>Shelf__c</referenceTo><relationshipName>Books</relationshipName><relationshipOrder>0</relationshipOrder>",
        ),
    ),
    ("CustomField", "Book__c.Key__c", field("Key__c", "Text", KEY)),
    ("CustomField", "Book__c.Genre__c", field("Genre__c", "Picklist", values("Novel", "Poetry", "Essay"))),
    (
        "CustomField",
        "Book__c.Tags__c",
        field("Tags__c", "MultiselectPicklist", values("New", "Rare", "Signed") + "<visibleLines>3</visibleLines>"),
    ),
    ("CustomField", "Book__c.Price__c", field("Price__c", "Currency", "<precision>8</precision><scale>2</scale>")),
    ("CustomField", "Book__c.Discount__c", field("Discount__c", "Percent", "<precision>5</precision><scale>2</scale>")),
    ("CustomField", "Book__c.Lent__c", field("Lent__c", "Checkbox", "<defaultValue>false</defaultValue>")),
    ("CustomField", "Book__c.Bought__c", field("Bought__c", "DateTime")),
    (
        "CustomField",
        "Book__c.Sequel_Of__c",
        field(
            "Sequel_Of__c", "Lookup", "<referenceTo>Book__c</referenceTo><relationshipName>Sequels</relationshipName>"
        ),
    ),
    (
        "CustomField",
        "Book__c.Net__c",
        field(
            "Net__c",
            "Currency",
            "<precision>8</precision><scale>2</scale><formula>Price__c * (1 - Discount__c)</formula>",
        ),
    ),
    (
        "CustomField",
        "Book__c.Notes__c",
        field("Notes__c", "LongTextArea", "<length>1000</length><visibleLines>3</visibleLines>"),
    ),
    (
        "CustomField",
        "Shelf__c.Total__c",
        field(
            "Total__c",
            "Summary",
            "<summarizedField>Book__c.Price__c</summarizedField><summaryForeignKey>Book__c.Shelf__c</summaryForeignKey><summaryOperation>sum</summaryOperation>",
        ),
    ),
    (
        "CustomField",
        "Loan__c.Book__c",
        field(
            "Book__c",
            "Lookup",
            "<referenceTo>Book__c</referenceTo><relationshipName>Loans</relationshipName><deleteConstraint>Restrict</deleteConstraint>",
        ),
    ),
    (
        "CustomField",
        "Loan__c.Reader__c",
        field("Reader__c", "Lookup", "<referenceTo>Contact</referenceTo><relationshipName>Loans</relationshipName>"),
    ),
]


@pytest.fixture
def bare_org(tmp_path: Path) -> Iterator[LocalOrg]:
    """An org as it comes, in production, its clock at 13 January 2026, 10:00."""
    made = LocalOrg.create(tmp_path / "org", name="library", kind="production", clock=Clock(NOW))
    yield made
    made.close()


@pytest.fixture
def org(bare_org: LocalOrg) -> LocalOrg:
    """The org with the library's objects and fields."""
    for kind, name, xml in LIBRARY:
        bare_org.schema.apply_component(kind, name, xml)
    return bare_org


@pytest.fixture
def user(bare_org: LocalOrg) -> str:
    """An administrator's id."""
    return bare_org.users.add_user("ann@library.example", "Ann Bee")


def a_rule(formula: str, message: str = "No.", display: str = "") -> bytes:
    """An active validation rule's XML."""
    formula = formula.replace("&", "&amp;").replace("<", "&lt;")
    where = f"<errorDisplayField>{display}</errorDisplayField>" if display else ""
    return component(
        "ValidationRule",
        f"<active>true</active><errorConditionFormula>{formula}</errorConditionFormula>{where}"
        f"<errorMessage>{message}</errorMessage>",
    )


@dataclass
class Api:
    """The org over HTTP, as its administrator sees it."""

    url: str
    token: str
    org: LocalOrg

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        """One request under /services/data/v66.0."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return requests.request(
            method, f"{self.url}/services/data/v66.0{path}", json=json, headers=headers, timeout=10, **more
        )

    def query(self, soql: str) -> list[dict[str, Any]]:
        """The records of a query of one page."""
        answer = self.call("GET", "/query", params={"q": soql})
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["records"]
        return found

    def create(self, name: str, **fields: Any) -> str:
        """Creates a record and gives its id."""
        answer = self.call("POST", f"/sobjects/{name}", fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@pytest.fixture
def api(org: LocalOrg, user: str) -> Iterator[Api]:
    """The library served over HTTP."""
    with serve(org) as url:
        yield Api(url, org.users.token_for(user), org)


@contextmanager
def served_library(folder: Path, parts: list[tuple[str, str, bytes]] = LIBRARY) -> Iterator[Api]:
    """A library of its own over HTTP, with these components: for tests of a module that share one org."""
    org = LocalOrg.create(folder, name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in parts:
        org.schema.apply_component(kind, name, xml)
    user = org.users.add_user("ann@library.example", "Ann Bee")
    with serve(org) as url:
        yield Api(url, org.users.token_for(user), org)
    org.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A library that the tests of one module share: they write nothing, or clean up what they wrote."""
    with served_library(tmp_path_factory.mktemp("shared") / "org") as made:
        yield made
