"""Random queries: the SQL that runs and a plain evaluation over the rows agree."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.own_org import LIBRARY, NOW
from tests.localorg.soql import evaluator
from tests.localorg.soql.evaluator import GENRES, Compare, In, Includes, Joined, Like, Logic, Not, Order, Row

_TAGS = ("New", "Rare", "Signed")
_NAMES = ("Emma", "EMMA", "emma's", "Öde", "öde 100%", "a_b", "Ab", "x\\y", "Zed")
_DATES = ("2025-12-31", "2026-01-12", "2026-01-13")
_SHELVES: list[Row] = []
_ROWS: list[Row] = []


def _some(choose: random.Random, values: Any) -> Any:
    return choose.choice([None, *values])


def _fill(org: LocalOrg) -> None:
    choose = random.Random(7)
    for number in range(4):
        row = {"Name": f"Shelf {number}", "Cap__c": _some(choose, (10, 70.5)), "Opened__c": _some(choose, _DATES)}
        _SHELVES.append({**row, "Id": org.records.raw_insert("Shelf__c", row)})
    for number in range(40):
        shelf = choose.choice(_SHELVES)
        tags = sorted(choose.sample(_TAGS, choose.randint(0, 3)))
        row = {
            "Name": choose.choice(_NAMES),
            "Key__c": f"K{number:02}",
            "Genre__c": _some(choose, GENRES),
            "Tags__c": ";".join(tags) or None,
            "Price__c": _some(choose, (0.1, 0.2, 0.7, 10, 10.25, -3)),
            "Discount__c": _some(choose, (5, 50, 100)),
            "Lent__c": choose.random() < 0.4,
            "Bought__c": _some(choose, ("2026-01-12T23:59:59.000+0000", "2026-01-13T00:00:00.000+0000")),
            "Shelf__c": shelf["Id"],
            "Sequel_Of__c": _some(choose, [row["Id"] for row in _ROWS[:3]]),
        }
        sequel = next((each for each in _ROWS if each["Id"] == row["Sequel_Of__c"]), None)
        parents = {
            "Shelf__r.Name": shelf["Name"],
            "Shelf__r.Cap__c": shelf["Cap__c"],
            "Shelf__r.Opened__c": shelf["Opened__c"],
            "Sequel_Of__r.Name": sequel and sequel["Name"],
            "Sequel_Of__r.Lent__c": bool(sequel and sequel["Lent__c"]),
            # The field counts blanks as zero.
            "Net__c": float(
                (Decimal(str(row["Price__c"] or 0)) * (100 - (row["Discount__c"] or 0)) / 100).quantize(
                    Decimal("0.01"), ROUND_HALF_UP
                )
            ),
        }
        stored = {**row, "Bought__c": row["Bought__c"]}
        bought = row["Bought__c"]
        shown = {"Bought__c": bought and bought.replace(".000+0000", "Z")}
        _ROWS.append({**row, **parents, **shown, "Id": org.records.raw_insert("Book__c", stored)})
    for row in _ROWS[::5]:
        org.records.raw_insert("Loan__c", {"Book__c": row["Id"]})
        _LENT.add(row["Id"])


_LENT: set[str] = set()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    org = LocalOrg.create(tmp_path_factory.mktemp("org"), name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    for each in (_SHELVES, _ROWS, _LENT):
        each.clear()
    _fill(org)
    yield org
    org.close()


_TEXT = st.sampled_from(["Name", "Sequel_Of__r.Name", "Shelf__r.Name"])
_NUMBER = st.sampled_from(["Price__c", "Discount__c", "Shelf__r.Cap__c", "Net__c"])
_EQUAL = st.sampled_from(["=", "!=", "<>"])
_ANY = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_WORDS = st.sampled_from([*_NAMES, "shelf 1", "nowhere"])
_AMOUNTS = st.sampled_from([-3, 0.1, 0.2, 5, 5.5, 9.69, 10, 50, 70.5, 100])
_DAYS = st.sampled_from(_DATES)
_MOMENTS = st.sampled_from(["2026-01-12T23:59:59Z", "2026-01-13T00:00:00Z", "2026-01-13T00:00:01Z"])
_PATTERNS = st.text("EMöd_%a'b1y0 \\", max_size=4).filter(lambda text: "\\" not in text)
_SIMPLE = st.one_of(
    st.builds(Compare, _TEXT, _ANY, _WORDS),
    st.builds(Compare, st.sampled_from(["Name", "Genre__c", "Price__c", "Bought__c", "Net__c"]), _EQUAL, st.none()),
    st.builds(Compare, st.just("Genre__c"), _EQUAL, st.sampled_from([*GENRES, "novel", "None"])),
    st.builds(Compare, _NUMBER, _ANY, _AMOUNTS),
    st.builds(Compare, st.sampled_from(["Lent__c", "Sequel_Of__r.Lent__c"]), _EQUAL, st.booleans()),
    st.builds(Compare, st.just("Shelf__r.Opened__c"), _ANY, _DAYS),
    st.builds(Compare, st.just("Bought__c"), _ANY, _MOMENTS),
    st.builds(Like, _TEXT, _PATTERNS),
    st.builds(In, st.just("Name"), st.lists(_WORDS, min_size=1, max_size=3).map(tuple), st.booleans()),
    st.builds(
        In,
        st.just("Genre__c"),
        st.lists(st.sampled_from([*GENRES, None]), min_size=1, max_size=3).map(tuple),
        st.booleans(),
    ),
    st.builds(
        Includes,
        st.just("Tags__c"),
        st.lists(st.sampled_from(["New", "Rare;Signed", "New;Rare", "Other"]), min_size=1, max_size=2).map(tuple),
        st.booleans(),
    ),
)
_CONDITIONS: Any = st.recursive(
    _SIMPLE,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Logic, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
_SORTED = st.sampled_from(["Name", "Genre__c", "Price__c", "Bought__c", "Lent__c", "Shelf__r.Opened__c", "Net__c"])
_ORDERS = st.lists(st.builds(Order, _SORTED, st.booleans(), st.booleans()), max_size=2, unique_by=lambda o: o.field)


def _where(condition: Any) -> str:
    return f" WHERE {condition.soql()}" if condition is not None else ""


@settings(max_examples=300, deadline=None)
@given(
    where=st.none() | _CONDITIONS,
    orders=_ORDERS,
    limit=st.none() | st.integers(0, 12),
    offset=st.integers(0, 3),
)
def test_rows_and_their_order_are_those_of_a_plain_evaluation(
    library: LocalOrg, where: Any, orders: list[Order], limit: int | None, offset: int
) -> None:
    by = [*orders, Order("Key__c")]
    soql = f"SELECT Key__c, Net__c FROM Book__c{_where(where)} ORDER BY {', '.join(order.soql() for order in by)}"
    soql += "" if limit is None else f" LIMIT {limit}"
    soql += f" OFFSET {offset}" if offset else ""
    wanted = evaluator.found(_ROWS, where, by, limit, offset)
    got = library.queries.records(soql)
    assert [(row["Key__c"], row["Net__c"]) for row in got] == [(row["Key__c"], row["Net__c"]) for row in wanted], soql
    if limit is None and not offset:
        assert library.queries.run(f"SELECT COUNT() FROM Book__c{_where(where)}")["totalSize"] == len(wanted)


@settings(max_examples=120, deadline=None)
@given(where=st.none() | _CONDITIONS, key=st.sampled_from(["Genre__c", "Shelf__r.Name"]), at_least=st.integers(0, 4))
def test_groups_add_up_as_in_a_plain_evaluation(library: LocalOrg, where: Any, key: str, at_least: int) -> None:
    soql = (
        f"SELECT {key} k, COUNT(Id) n, COUNT(Price__c) priced, SUM(Price__c) total, AVG(Price__c) mean,"
        f" MIN(Price__c) least, MAX(Price__c) most, COUNT_DISTINCT(Genre__c) kinds FROM Book__c{_where(where)}"
        f" GROUP BY {key} HAVING COUNT(Id) >= {at_least}"
    )
    got = {row["k"]: row for row in library.queries.records(soql)}
    wanted = evaluator.grouped(_ROWS, where, key, at_least)
    assert got.keys() == wanted.keys()
    for value, numbers in wanted.items():
        mean, exact = numbers.pop("mean"), got[value].pop("mean")
        assert exact == (None if mean is None else pytest.approx(mean, abs=1e-9))
        assert {name: got[value][name] for name in numbers} == numbers, soql


@settings(max_examples=60, deadline=None)
@given(where=_SIMPLE, negated=st.booleans(), shelf=st.sampled_from([10, 70.5]), both=st.booleans())
def test_semi_joins_choose_what_a_plain_evaluation_chooses(
    library: LocalOrg, where: Any, negated: bool, shelf: float, both: bool
) -> None:
    keys = frozenset(row["Id"] for row in _SHELVES if row["Cap__c"] == shelf)
    joins: list[Any] = [Joined("Shelf__c", f"SELECT Id FROM Shelf__c WHERE Cap__c = {shelf}", keys, negated)]
    if both:
        joins.append(Joined("Id", "SELECT Book__c FROM Loan__c", frozenset(_LENT), not negated))
    condition = Logic("AND", (where, *joins))
    soql = f"SELECT Key__c FROM Book__c WHERE {' AND '.join(part.soql() for part in condition.parts)} ORDER BY Key__c"
    wanted = evaluator.found(_ROWS, condition, [Order("Key__c")], None, 0)
    assert [row["Key__c"] for row in library.queries.records(soql)] == [row["Key__c"] for row in wanted], soql
