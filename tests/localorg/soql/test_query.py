"""What queries answer."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.org import LocalOrg


@pytest.fixture
def library(org: LocalOrg, user: str) -> LocalOrg:
    north = org.records.insert(user, "Shelf__c", {"Name": "North", "Key__c": "N", "Cap__c": 70}).id
    south = org.records.insert(user, "Shelf__c", {"Name": "south", "Key__c": "S", "Opened__c": "2026-01-12"}).id
    rows: list[dict[str, Any]] = [
        {
            "Name": "Emma",
            "Genre__c": "Novel",
            "Price__c": 10,
            "Discount__c": 50,
            "Tags__c": "Rare;New",
            "Shelf__c": north,
        },
        {"Name": "Odes", "Genre__c": "Poetry", "Price__c": 20, "Lent__c": True, "Shelf__c": north},
        {"Name": "Essays 100%", "Genre__c": "Essay", "Tags__c": "Signed", "Shelf__c": south},
        {"Name": "émile", "Price__c": 30, "Bought__c": "2026-01-13T08:00:00Z", "Shelf__c": south},
    ]
    for row in rows:
        outcome = org.records.insert(user, "Book__c", row)
        assert outcome.success, outcome
    return org


def names(org: LocalOrg, where: str) -> list[str]:
    return [row["Name"] for row in org.queries.records(f"SELECT Name FROM Book__c {where}")]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("WHERE name = 'EMMA'", "Emma"),
        ("WHERE Name = 'ÉMILE'", "émile"),
        ("WHERE Genre__c != 'Novel' ORDER BY Name", "Essays 100%,Odes,émile"),
        ("WHERE NOT Genre__c = 'Novel' ORDER BY Name", "Essays 100%,Odes,émile"),
        ("WHERE Genre__c = null", "émile"),
        ("WHERE Genre__c IN ('Novel', 'poetry') ORDER BY Name", "Emma,Odes"),
        ("WHERE Genre__c NOT IN ('Novel', 'Poetry') ORDER BY Name", "Essays 100%,émile"),
        ("WHERE Name LIKE 'e%' ORDER BY Name", "Emma,Essays 100%"),
        ("WHERE Name LIKE '%100\\%'", "Essays 100%"),
        ("WHERE Name LIKE '_des'", "Odes"),
        ("WHERE Price__c > 10 AND Price__c <= 30 ORDER BY Price__c DESC", "émile,Odes"),
        ("WHERE NOT Price__c > 10 ORDER BY Name", "Emma,Essays 100%"),
        ("WHERE Lent__c = true", "Odes"),
        ("WHERE Tags__c INCLUDES ('New;Rare', 'Signed') ORDER BY Name", "Emma,Essays 100%"),
        ("WHERE Tags__c EXCLUDES ('Signed') AND Tags__c != null", "Emma"),
        ("WHERE Shelf__r.Name = 'North' ORDER BY Name", "Emma,Odes"),
        ("WHERE Shelf__r.CreatedBy.Username LIKE 'ann@%' AND Price__c = 20", "Odes"),
        ("WHERE Shelf__r.Opened__c = YESTERDAY ORDER BY Name", "Essays 100%,émile"),
        ("WHERE Bought__c = TODAY", "émile"),
        ("WHERE Bought__c < 2026-01-13T09:00:00+01:00", ""),
        ("WHERE Bought__c >= 2026-01-13T09:00:00+01:00", "émile"),
        ("WHERE CreatedDate = LAST_N_DAYS:3 ORDER BY Name LIMIT 1 OFFSET 2", "Odes"),
        ("WHERE Shelf__c IN (SELECT Id FROM Shelf__c WHERE Cap__c = 70) ORDER BY Name", "Emma,Odes"),
        ("WHERE Id NOT IN (SELECT Book__c FROM Loan__c) AND (Name = 'Emma' OR Name = 'Odes')", "Emma,Odes"),
        ("WHERE Net__c = 5", "Emma"),
        ("WHERE Shelf__r.Total__c = 30 AND Shelf__r.Name = 'north' ORDER BY Net__c DESC", "Odes,Emma"),
        ("ORDER BY Price__c ASC NULLS LAST, Name LIMIT 2", "Emma,Odes"),
        ("ORDER BY Price__c DESC", "Essays 100%,émile,Odes,Emma"),
    ],
)
def test_conditions_and_order_choose_rows(library: LocalOrg, where: str, found: str) -> None:
    assert names(library, where) == [name for name in found.split(",") if name]


def test_an_id_in_its_short_form_is_the_same_id(library: LocalOrg) -> None:
    found = library.queries.records("SELECT Id FROM Book__c WHERE Name = 'Odes'")[0]["Id"]
    assert names(library, f"WHERE Id = '{found[:15]}'") == ["Odes"]


def test_parents_children_and_formulas_come_as_json(library: LocalOrg) -> None:
    rows = library.queries.records(
        "SELECT name, Shelf__r.Name, Shelf__r.Owner.Name, Shelf__r.Owner.Type, Sequel_Of__r.Name, Net__c, Lent__c"
        " FROM Book__c b WHERE b.Name = 'Emma'"
    )
    assert rows[0]["attributes"]["type"] == "Book__c"
    assert rows[0]["Name"] == "Emma"
    assert rows[0]["Shelf__r"]["Owner"]["Name"] == "Ann Bee"
    assert rows[0]["Shelf__r"]["Owner"]["Type"] == "User"
    assert rows[0]["Sequel_Of__r"] is None
    assert rows[0]["Net__c"] == 5.0 and rows[0]["Lent__c"] is False
    shelves = library.queries.records(
        "SELECT Name, Total__c, (SELECT Name FROM Books__r WHERE Price__c > 10 ORDER BY Name DESC LIMIT 1)"
        " FROM Shelf__c"
    )
    assert [(row["Name"], row["Total__c"]) for row in shelves] == [("North", 30.0), ("south", 30.0)]
    assert [row["Books__r"]["records"][0]["Name"] for row in shelves] == ["Odes", "émile"]


def test_counts_and_groups(library: LocalOrg) -> None:
    assert library.queries.run("SELECT COUNT() FROM Book__c WHERE Price__c != null")["totalSize"] == 3
    rows = library.queries.records(
        "SELECT Shelf__r.Name shelf, COUNT(Id), MAX(Price__c) most, AVG(Price__c) FROM Book__c"
        " GROUP BY Shelf__r.Name HAVING COUNT(Id) > 1 ORDER BY COUNT(Id) DESC, Shelf__r.Name"
    )
    assert rows[0] == {
        "attributes": {"type": "AggregateResult"},
        "shelf": "North",
        "expr0": 2,
        "most": 20.0,
        "expr1": 15.0,
    }
    years = library.queries.records(
        "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) n FROM Book__c GROUP BY CALENDAR_YEAR(CreatedDate)"
    )
    assert (years[0]["expr0"], years[0]["n"]) == (2026, 4)


def test_fields_of_a_group_need_a_limit(library: LocalOrg) -> None:
    row = library.queries.records("SELECT FIELDS(CUSTOM) FROM Book__c WHERE Name = 'Emma' LIMIT 200")[0]
    assert row["Tags__c"] == "New;Rare" and "Name" not in row
    with pytest.raises(ApiError, match="LIMIT of at most 200"):
        library.queries.records("SELECT FIELDS(ALL) FROM Book__c")


def test_deleted_rows_are_only_seen_when_asked_for(library: LocalOrg, user: str) -> None:
    found = library.queries.records("SELECT Id FROM Book__c WHERE Name = 'Odes'")[0]["Id"]
    assert library.records.delete(user, found).success
    assert "Odes" not in names(library, "")
    with pytest.raises(ApiError, match="ALL ROWS not allowed in this context"):
        names(library, "ALL ROWS")
    everything = library.queries.run("SELECT Id FROM Book__c WHERE IsDeleted = true", all_rows=True)
    assert everything["totalSize"] == 1


def test_pages_hand_out_every_row_once(org: LocalOrg) -> None:
    for number in range(25):
        org.records.raw_insert("Account", {"Name": f"A{number:02}"})
    first = org.queries.run("SELECT Name FROM Account ORDER BY Name", page=10, version="66.0")
    assert (first["totalSize"], first["done"], len(first["records"])) == (25, False, 10)
    assert first["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g") and first["nextRecordsUrl"].endswith(
        "-10"
    )
    second = org.queries.more(first["nextRecordsUrl"].rpartition("/")[2], 10)
    third = org.queries.more(second["nextRecordsUrl"].rpartition("/")[2], 10)
    got = [row["Name"] for page in (first, second, third) for row in page["records"]]
    assert got == [f"A{number:02}" for number in range(25)] and third["done"] is True
    org.clock.advance(3 * 86400)
    with pytest.raises(ApiError) as error:
        org.queries.more(first["nextRecordsUrl"].rpartition("/")[2], 10)
    assert error.value.code == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        ("SELECT Id FROM Nothing__c", "INVALID_TYPE", "sObject type 'Nothing__c' is not supported."),
        ("SELECT Id FROM ValidationRule", "INVALID_TYPE", "sObject type 'ValidationRule' is not supported."),
        (
            "SELECT Foo FROM Account",
            "INVALID_FIELD",
            "ERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'.",
        ),
        (
            "SELECT Id, Boss__r.Name FROM Account",
            "INVALID_FIELD",
            "Didn't understand relationship 'Boss__r' in field path.",
        ),
        (
            "SELECT (SELECT Id FROM Foos) FROM Account",
            "INVALID_TYPE",
            "relationship 'Foos' in FROM part of query call.",
        ),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        (
            "SELECT Id FROM Account WHERE Name = 'a' OR Name = 'b' AND Name = 'c'",
            "MALFORMED_QUERY",
            "unexpected token: 'AND'",
        ),
        ("SELECT Id FROM Account USING SCOPE team", "MALFORMED_QUERY", "scope 'team' is not supported"),
        ("SELECT FORMAT(Name) FROM Account", "MALFORMED_QUERY", "unexpected token: 'FORMAT'"),
        ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        (
            "SELECT Id FROM Account WHERE Name = 5",
            "INVALID_FIELD",
            "'Name' must be of type string and should be enclosed",
        ),
        ("SELECT Id FROM Account WHERE NumberOfEmployees = '5'", "INVALID_FIELD", "should not be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE CreatedDate = 2026-01-13", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Account WHERE CreatedDate = SOMETIME", "MALFORMED_QUERY", "unexpected token: 'SOMETIME'"),
        ("SELECT Id FROM Account WHERE Id = 'foo'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: foo"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered"),
        ("SELECT Id FROM Book__c ORDER BY Tags__c", "MALFORMED_QUERY", "field 'Tags__c' can not be sorted"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
        ("SELECT Id FROM Account WHERE Name = 'a\\q'", "MALFORMED_QUERY", "Illegal escape sequence"),
        ("", "MALFORMED_QUERY", "unexpected token"),
    ],
)
def test_what_is_not_understood_is_refused_in_salesforces_words(
    org: LocalOrg, soql: str, code: str, words: str
) -> None:
    with pytest.raises(ApiError) as error:
        org.queries.run(soql)
    assert error.value.code == code
    assert words in error.value.message


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028"), min_size=1, max_size=60))
def test_any_text_is_found_again_when_it_is_escaped(org: LocalOrg, text: str) -> None:
    record_id = org.records.raw_insert("Account", {"Name": text})
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    like = escaped.replace("%", "\\%").replace("_", "\\_")
    for condition in (f"Name = '{escaped}'", f"Name IN ('{escaped}', 'x')", f"Name LIKE '{like}'"):
        rows = org.queries.records(f"SELECT Id, Name FROM Account WHERE {condition}")
        assert {"Id": record_id, "Name": text} in [{"Id": row["Id"], "Name": row["Name"]} for row in rows]


def test_pages_of_a_large_result_are_each_read_in_their_place(org: LocalOrg) -> None:
    with org.store.transaction():
        for number in range(4500):
            org.records.raw_insert("Account", {"Name": f"A{number:04}", "AnnualRevenue": number / 8})
    answer = org.queries.run("SELECT Name, AnnualRevenue FROM Account ORDER BY Name", page=700)
    got = [(row["Name"], row["AnnualRevenue"]) for row in answer["records"]]
    while not answer["done"]:
        answer = org.queries.more(answer["nextRecordsUrl"].rpartition("/")[2], 700)
        assert answer["totalSize"] == 4500
        got += [(row["Name"], row["AnnualRevenue"]) for row in answer["records"]]
    assert got == [(f"A{number:04}", number / 8) for number in range(4500)]
    for locator in ("01g000000000001AAA-700", "01g-x", f"{'9' * 30}-{'9' * 30}"):
        with pytest.raises(ApiError, match="invalid query locator"):
            org.queries.more(locator)
