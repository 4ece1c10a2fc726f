"""Whatever text comes as a query, the answer is rows or one of Salesforce's errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.own_org import LIBRARY, NOW

_WORDS = [
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "IN",
    "LIKE",
    "INCLUDES",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "NULLS",
    "FIRST",
    "DESC",
    "FOR",
    "VIEW",
    "USING",
    "SCOPE",
    "mine",
    "TYPEOF",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "COUNT",
    "(",
    ")",
    "(",
    ")",
    ",",
    ".",
    ",",
    "=",
    "!=",
    "<",
    ">=",
    ":",
    "null",
    "true",
    "5",
    "-1",
    "2.5",
    "'a'",
    "'Novel'",
    "'%'",
    "2026-01-13",
    "2026-01-13T10:00:00Z",
    "TODAY",
    "LAST_N_DAYS:3",
    "USD5",
    "Id",
    "Name",
    "Book__c",
    "Shelf__c",
    "Shelf__r",
    "Owner",
    "Genre__c",
    "Tags__c",
    "Price__c",
    "Bought__c",
    "Net__c",
    "Total__c",
    "Lent__c",
    "Notes__c",
    "MAX",
    "SUM",
    "CALENDAR_YEAR",
    "toLabel",
    "FORMAT",
    "FIELDS",
    "ALL",
    "Books__r",
    "Loans__r",
]
_FIELDS = st.sampled_from(
    [
        "Id",
        "Name",
        "Shelf__c",
        "Shelf__r.Name",
        "Shelf__r.Owner.Name",
        "Genre__c",
        "Tags__c",
        "Price__c",
        "Bought__c",
        "Net__c",
        "Lent__c",
        "Notes__c",
        "COUNT(Id)",
        "SUM(Price__c)",
        "MAX(Bought__c)",
        "FORMAT(Net__c)",
        "toLabel(Tags__c)",
        "CALENDAR_MONTH(Bought__c)",
        "Sequel_Of__r.Sequel_Of__r.Net__c",
        "DAY_ONLY(Bought__c)",
    ]
)
_VALUES = st.sampled_from(
    [
        "null",
        "'a'",
        "5",
        "-2.5",
        "true",
        "2026-01-13",
        "2026-01-13T10:00:00Z",
        "TODAY",
        "LAST_N_YEARS:3",
        "''",
        "10:00:00Z",
    ]
)
_CONDITION = st.one_of(
    st.tuples(_FIELDS, st.sampled_from(["=", "!=", "<", ">=", "LIKE"]), _VALUES).map(" ".join),
    st.tuples(_FIELDS, st.sampled_from(["IN", "NOT IN", "INCLUDES", "EXCLUDES"]), _VALUES).map(
        lambda parts: f"{parts[0]} {parts[1]} ({parts[2]})"
    ),
)
_SHAPED = st.tuples(
    st.lists(_FIELDS, min_size=1, max_size=3).map(", ".join),
    st.none() | _CONDITION,
    st.none() | _FIELDS,
    st.none() | _CONDITION,
    st.none() | _FIELDS,
    st.sampled_from(["", " LIMIT 3", " LIMIT 1 OFFSET 1"]),
).map(
    lambda p: (
        f"SELECT {p[0]} FROM Book__c{f' WHERE {p[1]}' if p[1] else ''}"
        f"{f' GROUP BY {p[2]}' if p[2] else ''}{f' HAVING {p[3]}' if p[2] and p[3] else ''}"
        f"{f' ORDER BY {p[4]}' if p[4] else ''}{p[5]}"
    )
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    org = LocalOrg.create(tmp_path_factory.mktemp("org"), name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    shelf = org.records.raw_insert("Shelf__c", {"Name": "North"})
    for name in ("a", "b", None):
        org.records.raw_insert("Book__c", {"Name": name, "Shelf__c": shelf, "Price__c": 5 if name else None})
    yield org
    org.close()


def _answered(org: LocalOrg, soql: str) -> None:
    try:
        answer = org.queries.run(soql)
    except ApiError as error:
        assert error.message
    else:
        assert answer["done"] is True


@settings(max_examples=250, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=14).map(" ".join) | st.text(max_size=40))
def test_words_in_any_order_are_answered(library: LocalOrg, soql: str) -> None:
    _answered(library, soql)
    _answered(library, f"SELECT Id FROM Book__c WHERE {soql}")


@settings(max_examples=400, deadline=None)
@given(_SHAPED)
def test_queries_of_any_fields_are_answered(library: LocalOrg, soql: str) -> None:
    _answered(library, soql)
