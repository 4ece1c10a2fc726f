"""What the language of queries offers beyond conditions, and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.users import current_user
from tests.localorg.own_org import LIBRARY, NOW


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    org = LocalOrg.create(
        tmp_path_factory.mktemp("org"),
        name="library",
        kind="production",
        clock=Clock(NOW),
        currencies=("EUR", "USD"),
    )
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    org.store.execute("UPDATE CurrencyType SET ConversionRate = 2.0 WHERE IsoCode = 'USD'")
    shelf = org.records.raw_insert("Shelf__c", {"Name": "North"})
    for name, price, code, bought in (
        ("Emma", 1000.5, "EUR", "2025-11-30T09:05:00.000+0000"),
        ("Odes", 10, "USD", "2026-01-13T13:00:00.000+0000"),
    ):
        org.records.raw_insert(
            "Book__c",
            {
                "Name": name,
                "Price__c": price,
                "CurrencyIsoCode": code,
                "Bought__c": bought,
                "Shelf__c": shelf,
                "Genre__c": "Novel" if name == "Emma" else None,
            },
        )
    account = org.records.raw_insert("Account", {"Name": "Acme", "Phone": "1"})
    contact = org.records.raw_insert("Contact", {"LastName": "Lee", "Email": "lee@acme.example", "AccountId": account})
    campaign = org.records.raw_insert("Campaign", {"Name": "Spring"})
    for what in (account, campaign, None):
        org.records.raw_insert("Task", {"Subject": f"{what}", "WhatId": what, "WhoId": contact})
    yield org
    org.close()


def rows(org: LocalOrg, soql: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != "attributes"} for row in org.queries.records(soql)]


def test_typeof_reads_fields_by_what_a_polymorphic_lookup_leads_to(library: LocalOrg) -> None:
    soql = "SELECT TYPEOF What WHEN Account THEN Phone, Name WHEN Contract THEN StartDate {} END FROM Task ORDER BY Id"
    first, second, third = (row["What"] for row in rows(library, soql.format("ELSE Name")))
    assert (first["attributes"]["type"], first["Phone"], first["Name"]) == ("Account", "1", "Acme")
    assert second == {"attributes": second["attributes"], "Name": "Spring"} and third is None
    assert second["attributes"]["url"].startswith("/services/data/v67.0/sobjects/Campaign/701")
    assert [row["What"] is None for row in rows(library, soql.format(""))] == [False, True, True]


def test_amounts_are_converted_shown_and_added_up_in_the_corporate_currency(library: LocalOrg) -> None:
    got = rows(library, "SELECT FORMAT(Price__c) shown, convertCurrency(Price__c), FORMAT(Bought__c) FROM Book__c")
    assert got == [
        {"shown": "EUR 1,000.50", "Price__c": 1000.5, "Bought__c": "11/30/2025, 9:05 AM"},
        {"shown": "EUR 10.00", "Price__c": 5.0, "Bought__c": "1/13/2026, 1:00 PM"},
    ]
    assert rows(library, "SELECT SUM(Price__c) s, FORMAT(MIN(Price__c)) f FROM Book__c") == [
        {"s": 1005.5, "f": "EUR 5.00"}
    ]
    assert [row["Name"] for row in rows(library, "SELECT Name FROM Book__c WHERE Price__c < USD11")] == ["Odes"]


@pytest.mark.parametrize(
    ("literal", "found"),
    [
        ("THIS_FISCAL_YEAR", "Odes"),
        ("LAST_FISCAL_QUARTER", "Emma"),
        ("LAST_N_FISCAL_YEARS:2", "Emma"),
        ("N_FISCAL_QUARTERS_AGO:1", "Emma"),
        ("LAST_N_MONTHS:2", "Emma"),
        ("N_MONTHS_AGO:2", "Emma"),
        ("LAST_N_DAYS:44", "Emma,Odes"),
        ("THIS_WEEK", "Odes"),
        ("NEXT_N_QUARTERS:4", ""),
    ],
)
def test_date_literals_name_ranges_of_days(library: LocalOrg, literal: str, found: str) -> None:
    got = rows(library, f"SELECT Name FROM Book__c WHERE Bought__c = {literal}")
    assert [row["Name"] for row in got] == [name for name in found.split(",") if name]


def test_the_fiscal_year_begins_in_the_organizations_month(bare_org: LocalOrg) -> None:
    bare_org.store.execute("UPDATE Organization SET FiscalYearStartMonth = 2")
    for name, day in (("old", "2025-02-01"), ("new", "2026-02-01")):
        bare_org.records.raw_insert("Campaign", {"Name": name, "StartDate": day})
    assert [r["Name"] for r in rows(bare_org, "SELECT Name FROM Campaign WHERE StartDate = THIS_FISCAL_YEAR")] == [
        "old"
    ]
    got = rows(
        bare_org,
        "SELECT FISCAL_YEAR(StartDate) y, FISCAL_QUARTER(StartDate) q, COUNT(Id) FROM Campaign"
        " GROUP BY FISCAL_YEAR(StartDate), FISCAL_QUARTER(StartDate) ORDER BY FISCAL_YEAR(StartDate) DESC",
    )
    assert [(row["y"], row["q"]) for row in got] == [(2026, 1), (2025, 1)]


def test_an_empty_checkbox_of_a_missing_parent_is_false_and_null_means_false(library: LocalOrg) -> None:
    everything = [{"Name": "Emma"}, {"Name": "Odes"}]
    assert rows(library, "SELECT Name FROM Book__c WHERE Sequel_Of__r.Lent__c = false") == everything
    assert rows(library, "SELECT Name FROM Book__c WHERE Lent__c = null") == everything
    assert rows(library, "SELECT Name FROM Book__c WHERE Lent__c != null") == []


def test_count_stops_at_its_limit_and_groups_do_not_page(library: LocalOrg) -> None:
    assert library.queries.run("SELECT COUNT() FROM Book__c LIMIT 1")["totalSize"] == 1
    with pytest.raises(ApiError, match="does not support queryMore") as error:
        library.queries.run("SELECT Name, COUNT(Id) FROM Book__c GROUP BY Name", page=1)
    assert error.value.code == "EXCEEDED_ID_LIMIT"


def test_a_thousand_alternatives_are_taken_and_a_tower_of_not_is_refused(library: LocalOrg) -> None:
    many = " OR ".join(f"Name = '{number}'" for number in range(2500))
    assert rows(library, f"SELECT Name FROM Book__c WHERE {many} OR Name = 'Odes'") == [{"Name": "Odes"}]
    with pytest.raises(ApiError) as error:
        library.queries.run(f"SELECT Id FROM Book__c WHERE {'NOT ' * 5000} Name = 'x'")
    assert error.value.code == "QUERY_TOO_COMPLICATED"


def test_a_polymorphic_owner_leads_to_profile_and_role_of_users(library: LocalOrg) -> None:
    user = library.users.add_user("joe@library.example", "Joe Cee")
    queue = library.records.raw_insert("Group", {"Name": "Desk", "Type": "Queue"})
    for owner in (user, queue):
        library.records.raw_insert("Case", {"Subject": "x", "OwnerId": owner})
    got = rows(
        library, "SELECT Owner.Profile.Name, Owner.UserRole.Name FROM Case WHERE Subject = 'x' ORDER BY CaseNumber"
    )
    assert got[0]["Owner"]["Profile"]["Name"] == "System Administrator" and got[0]["Owner"]["UserRole"] is None
    assert got[1]["Owner"]["Profile"] is None
    found = rows(library, "SELECT OwnerId FROM Case WHERE Owner.Profile.Name LIKE 'System%'")
    assert [row["OwnerId"] for row in found] == [user]


def test_parents_may_have_names_of_their_own(library: LocalOrg) -> None:
    named = "FROM Contact c, c.Account a, a.Owner o WHERE a.Name = 'Acme' ORDER BY a.Name"
    (row,) = rows(library, f"SELECT c.LastName, a.Name, o.Username {named}")
    assert (row["LastName"], row["Account"]["Name"]) == ("Lee", "Acme")
    assert row["Account"]["Owner"]["Username"].startswith("autoproc")
    assert library.queries.run("SELECT COUNT() FROM Contact c, c.Account a WHERE a.Name != 'Acme'")["totalSize"] == 0
    with pytest.raises(ApiError, match="Didn't understand relationship 'Bosses'"):
        rows(library, "SELECT Id FROM Contact c, c.Bosses b")


def test_scope_mine_gives_what_the_user_owns(library: LocalOrg) -> None:
    user = library.users.add_user("ann@library.example", "Ann Bee")
    library.records.raw_insert("Account", {"Name": "Own", "OwnerId": user})
    token = current_user.set(user)
    try:
        assert rows(library, "SELECT Name FROM Account USING SCOPE mine") == [{"Name": "Own"}]
        assert len(rows(library, "SELECT Name FROM Account USING SCOPE Everything WHERE Name != null")) == 2
        assert [each["name"] for each in library.schema.describe("Account")["supportedScopes"]] == [
            "everything",
            "mine",
        ]
        with pytest.raises(ApiError, match="scope 'mine' is not supported for Product2"):
            rows(library, "SELECT Name FROM Product2 USING SCOPE mine")
    finally:
        current_user.reset(token)


def test_children_have_children_and_may_be_named_with_their_parent(library: LocalOrg) -> None:
    library.records.raw_insert("Loan__c", {"Book__c": library.queries.records("SELECT Id FROM Book__c")[0]["Id"]})
    soql = "SELECT Name, (SELECT Name, (SELECT Name FROM Loans__r) FROM s.Books__r ORDER BY Name) FROM Shelf__c s"
    books = rows(library, soql)[0]["Books__r"]["records"]
    assert [book["Loans__r"]["totalSize"] if book["Loans__r"] else 0 for book in books] == [1, 0]


def test_labels_are_filtered_by_and_picklists_sort_as_setup_has_them(library: LocalOrg) -> None:
    assert rows(library, "SELECT toLabel(Genre__c) FROM Book__c WHERE toLabel(Genre__c) = 'NOVEL'") == [
        {"Genre__c": "Novel"}
    ]
    library.records.raw_insert("Campaign", {"Name": "a", "Status": "Aborted"})
    library.records.raw_insert("Campaign", {"Name": "b", "Status": "Planned"})
    got = rows(library, "SELECT Status FROM Campaign WHERE Status != null ORDER BY Status")
    assert [row["Status"] for row in got] == ["Planned", "Aborted"]


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        (
            "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "Semi join sub-selects are not allowed with the 'OR' operator",
        ),
        (
            "SELECT Id FROM Account WHERE Name = 'a' AND (Name = 'b' OR Id IN (SELECT AccountId FROM Contact))",
            "MALFORMED_QUERY",
            "only allowed at the top level WHERE expressions",
        ),
        (
            "SELECT Id FROM Account WHERE NOT Id IN (SELECT AccountId FROM Contact)",
            "MALFORMED_QUERY",
            "only allowed at the top level WHERE expressions",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)",
            "MALFORMED_QUERY",
            "The inner and outer selects should not be on the same object type",
        ),
        (
            "SELECT Id FROM Contact WHERE Id IN (SELECT WhoId FROM Task)",
            "MALFORMED_QUERY",
            "Entity 'Task' is not supported for semi join inner selects",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)",
            "INVALID_FIELD",
            "Semi join sub-selects can only query id fields, cannot use: 'Name'",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT ReportsToId FROM Contact)",
            "MALFORMED_QUERY",
            "should point to the same object type",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN"
            " (SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Case))",
            "MALFORMED_QUERY",
            "Nesting of semi join sub-selects is not supported",
        ),
        (
            "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact) AND Id IN (SELECT AccountId FROM Case)"
            " AND Id IN (SELECT AccountId FROM Opportunity)",
            "MALFORMED_QUERY",
            "maximum 2 semi join sub-selects are allowed",
        ),
        ("SELECT MAX(Name) FROM Account LIMIT 1", "MALFORMED_QUERY", "cannot also use LIMIT"),
        (
            "SELECT Name, COUNT(Id) FROM Account GROUP BY Name ORDER BY CreatedDate",
            "MALFORMED_QUERY",
            "Ordered field must be grouped or aggregated: CreatedDate",
        ),
        ("SELECT COUNT(), Id FROM Account", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT COUNT() FROM Account GROUP BY Name", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT COUNT(Id) FROM Account GROUP BY CreatedDate", "MALFORMED_QUERY", "can not be grouped in a query call"),
        ("SELECT Id FROM Account WITH SECURITY_ENFORCED", "MALFORMED_QUERY", "unexpected token: 'SECURITY_ENFORCED'"),
        ("SELECT FIELDS(SOME) FROM Account LIMIT 1", "MALFORMED_QUERY", "unexpected token: 'SOME'"),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 201", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
        ("SELECT Id, FIELDS(STANDARD) FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:9999999", "MALFORMED_QUERY", "LAST_N_DAYS:9999999"),
        ('SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY", "no viable alternative at character '\"'"),
        ("SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "mismatched character '<EOF>' expecting '''"),
        ("SELECT Id FROM Account WHERE Name = '\\uZZZZ'", "MALFORMED_QUERY", "Illegal escape sequence"),
        ("SELECT * FROM Account", "MALFORMED_QUERY", "unexpected token: '*'"),
        (
            "SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account",
            "MALFORMED_QUERY",
            "at most 5 levels",
        ),
        ("SELECT TYPEOF Owner WHEN Case THEN Id END FROM Case", "MALFORMED_QUERY", "Case is no object that Owner"),
        ("SELECT HOUR_IN_DAY(LastActivityDate) FROM Account", "MALFORMED_QUERY", "unexpected token: 'HOUR_IN_DAY'"),
        ("SELECT Id FROM Account WHERE AnnualRevenue > CHF5", "MALFORMED_QUERY", "unexpected token: 'CHF'"),
        ("SELECT Id FROM Account WHERE IsDeleted > false", "INVALID_QUERY_FILTER_OPERATOR", "boolean field"),
        ("SELECT Id, (SELECT COUNT(Id) FROM Contacts) FROM Account", "MALFORMED_QUERY", "not supported in subqueries"),
    ],
)
def test_what_queries_may_not_do_is_refused(library: LocalOrg, soql: str, code: str, words: str) -> None:
    with pytest.raises(ApiError) as error:
        library.queries.run(soql)
    assert (error.value.code, words in error.value.message) == (code, True), error.value.message
