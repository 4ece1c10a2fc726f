"""Roll-up summaries: what they count, when they change, and the master that must stay valid with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.own_org import LIBRARY, NOW, a_rule, field


def roll_up(name: str, operation: str, source: str = "", *filters: tuple[str, str, str]) -> tuple[str, str, bytes]:
    inner = f"<summarizedField>Book__c.{source}</summarizedField>" if source else ""
    for each, how, value in filters:
        inner += (
            f"<summaryFilterItems><field>Book__c.{each}</field><operation>{how}</operation>"
            f"<value>{value}</value></summaryFilterItems>"
        )
    inner += f"<summaryForeignKey>Book__c.Shelf__c</summaryForeignKey><summaryOperation>{operation}</summaryOperation>"
    return "CustomField", f"Shelf__c.{name}", field(name, "Summary", inner)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    org = LocalOrg.create(tmp_path_factory.mktemp("org"), name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    for kind, name, xml in (
        roll_up("Number__c", "count"),
        roll_up("Dear__c", "count", "", ("Price__c", "greaterOrEqual", "10")),
        roll_up("Kinds__c", "sum", "Price__c", ("Genre__c", "equals", "Novel,Poetry"), ("Lent__c", "notEqual", "True")),
        roll_up("Unkind__c", "count", "", ("Genre__c", "equals", "")),
        roll_up("Last__c", "max", "Bought__c", ("Bought__c", "lessThan", "1/10/2026")),
        roll_up("Named__c", "min", "Price__c", ("Name", "startsWith", "a%"), ("Tags__c", "includes", "New,Rare")),
        roll_up("Odd__c", "count", "", ("Price__c", "within", "10")),
    ):
        org.schema.apply_component(kind, name, xml)
    yield org
    org.close()


@pytest.fixture
def user(library: LocalOrg) -> str:
    return library.users.add_user("ann@library.example", "Ann Bee")


def made(org: LocalOrg, user: str, name: str, **fields: Any) -> str:
    outcome = org.records.insert(user, name, fields)
    assert outcome.id, outcome
    return outcome.id


def values(org: LocalOrg, shelf: str, names: str) -> list[Any]:
    (row,) = org.queries.records(f"SELECT {names} FROM Shelf__c WHERE Id = '{shelf}'")
    return [row[name.strip()] for name in names.split(",")]


def test_a_roll_up_follows_its_details_wherever_they_go(library: LocalOrg, user: str) -> None:
    one, two = made(library, user, "Shelf__c", Name="one"), made(library, user, "Shelf__c", Name="two")
    books = [made(library, user, "Book__c", Name=f"b{price}", Price__c=price, Shelf__c=one) for price in (0.1, 0.2, 10)]
    names = "Number__c, Total__c, Dear__c"
    assert values(library, one, names) == [3, 10.3, 1]
    library.records.update(user, "Book__c", books[0], {"Price__c": 20})
    assert values(library, one, names) == [3, 30.2, 2]
    library.records.delete(user, books[1])
    assert values(library, one, names) == [2, 30, 2]
    library.records.undelete(user, books[1])
    assert values(library, one, names) == [3, 30.2, 2]
    library.store.execute("UPDATE Book__c SET Shelf__c = ? WHERE Id = ?", (two, books[2]))
    assert values(library, one, names) == [2, 20.2, 1] and values(library, two, names) == [1, 10, 1]
    assert library.queries.run(f"SELECT COUNT() FROM Shelf__c WHERE Total__c = 20.2 AND Id = '{one}'")["totalSize"] == 1


def test_filters_choose_the_details_that_count(library: LocalOrg, user: str) -> None:
    shelf = made(library, user, "Shelf__c", Name="filters")
    for fields in (
        {"Name": "x", "Genre__c": "Novel", "Price__c": 1, "Lent__c": True},
        {"Name": "A%b", "Genre__c": "Poetry", "Price__c": 2, "Tags__c": "Rare"},
        {"Name": "ab", "Price__c": 1, "Tags__c": "New", "Bought__c": "2026-01-09T23:00:00Z"},
        {"Name": "late", "Genre__c": "Essay", "Bought__c": "2026-01-10T00:00:00Z"},
    ):
        made(library, user, "Book__c", Shelf__c=shelf, **fields)
    assert values(library, shelf, "Kinds__c, Unkind__c, Last__c, Named__c") == [
        2,
        1,
        "2026-01-09T23:00:00.000+0000",
        2,
    ]
    with pytest.raises(ApiError, match=r"roll-up filter on Book__c\.Price__c"):
        values(library, shelf, "Odd__c")


def test_a_roll_up_is_not_written_and_an_empty_one_is_zero_or_nothing(library: LocalOrg, user: str) -> None:
    (error,) = library.records.insert(user, "Shelf__c", {"Name": "x", "Total__c": 5}).errors
    assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    shelf = made(library, user, "Shelf__c", Name="empty")
    assert values(library, shelf, "Number__c, Total__c, Last__c") == [0, 0, None]


def test_a_detail_that_would_make_its_master_invalid_is_refused(library: LocalOrg, user: str) -> None:
    library.schema.apply_component("ValidationRule", "Shelf__c.Full", a_rule("Number__c > 1", "The shelf is full."))
    shelf = made(library, user, "Shelf__c", Name="small")
    book = made(library, user, "Book__c", Name="fits", Shelf__c=shelf)
    outcome = library.records.insert(user, "Book__c", {"Name": "too many", "Shelf__c": shelf})
    assert [(each.code, each.message) for each in outcome.errors] == [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "The shelf is full.")
    ]
    assert values(library, shelf, "Number__c") == [1]
    library.schema.apply_component("ValidationRule", "Shelf__c.Full", a_rule("Number__c < 1", "The shelf is empty."))
    assert library.records.delete(user, book).errors[0].message == "The shelf is empty."
    assert library.records.delete(user, shelf).success


def test_auto_numbers_may_carry_the_day(library: LocalOrg, user: str) -> None:
    form = "<displayFormat>{YYYY}-{MM}-{DD}/{YY}-{000}</displayFormat><startingNumber>7</startingNumber>"
    library.schema.apply_component("CustomField", "Loan__c.Slip__c", field("Slip__c", "AutoNumber", form))
    loan = made(library, user, "Loan__c")
    got = library.queries.records(f"SELECT Slip__c FROM Loan__c WHERE Id = '{loan}'")
    assert got[0]["Slip__c"] == "2026-01-13/26-007"
