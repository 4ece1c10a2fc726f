"""Rows that are locked while somebody writes them: who waits, who is refused, and what a refusal leaves behind."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.records.locks import LockTable, Targets
from tests.localorg.own_org import Api

SHORT, LONG = 0.05, 0.4


def _shelves(api: Api, count: int) -> list[str]:
    return [api.create("Shelf__c", Name=f"Shelf {number}") for number in range(count)]


def _books(api: Api, shelves: list[str]) -> list[dict[str, Any]]:
    """One collection call: a book on each of these shelves."""
    records = [{"attributes": {"type": "Book__c"}, "Name": "A book", "Shelf__c": shelf} for shelf in shelves]
    answer = api.call("POST", "/composite/sobjects", {"records": records})
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()
    return found


def _at_once(*calls: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def _codes(items: list[dict[str, Any]]) -> list[str]:
    return [item["errors"][0]["statusCode"] if item["errors"] else "" for item in items]


def test_details_of_one_master_written_in_parallel_are_refused_and_leave_nothing(api: Api) -> None:
    api.org.locks.wait, api.org.locks.row = SHORT, LONG
    (shelf,) = _shelves(api, 1)
    both = _at_once(lambda: _books(api, [shelf]), lambda: _books(api, [shelf]))
    assert sorted(_codes(both[0] + both[1])) == ["", "UNABLE_TO_LOCK_ROW"]
    refused = next(item for item in both[0] + both[1] if not item["success"])
    assert refused["errors"][0]["message"] == (
        f"unable to obtain exclusive access to this record or 1 records: {shelf}"
    )
    assert len(api.query("SELECT Id FROM Book__c")) == 1


def test_batches_sorted_by_master_run_in_parallel_without_contention(api: Api) -> None:
    api.org.locks.wait, api.org.locks.row = SHORT, LONG / 4
    one, two = _shelves(api, 2)
    unsorted = _at_once(lambda: _books(api, [one, two] * 2), lambda: _books(api, [one, two] * 2))
    assert sorted(_codes(unsorted[0] + unsorted[1])) == [""] * 4 + ["UNABLE_TO_LOCK_ROW"] * 4
    in_order = _at_once(lambda: _books(api, [one] * 4), lambda: _books(api, [two] * 4))
    assert _codes(in_order[0] + in_order[1]) == [""] * 8


def test_only_the_records_that_need_a_locked_row_are_refused(api: Api) -> None:
    api.org.locks.wait = 0.0
    free, taken = _shelves(api, 2)
    api.org.locks.hold(frozenset({taken}), 60, "a colleague")
    assert _codes(_books(api, [free, taken, free])) == ["", "UNABLE_TO_LOCK_ROW", ""]
    assert [book["Shelf__c"] for book in api.query("SELECT Shelf__c FROM Book__c")] == [free, free]
    api.org.locks.release("a colleague")
    assert _codes(_books(api, [taken])) == [""]


def test_a_writer_waits_for_a_row_and_then_has_it(api: Api) -> None:
    (shelf,) = _shelves(api, 1)
    api.org.locks.hold(frozenset({shelf}), 60, "a colleague")
    timer = threading.Timer(0.1, api.org.locks.release)
    timer.start()
    assert _codes(_books(api, [shelf])) == [""]
    timer.join()


def test_a_locked_record_is_refused_with_400_to_single_calls_and_keeps_its_values(api: Api) -> None:
    api.org.locks.wait = 0.0
    (shelf,) = _shelves(api, 1)
    book = _books(api, [shelf])[0]["id"]
    api.org.locks.hold(frozenset({shelf}), 60, "a colleague")
    for method, path, body in (
        ("PATCH", f"/sobjects/Book__c/{book}", {"Name": "Other"}),
        ("DELETE", f"/sobjects/Book__c/{book}", None),
        ("PATCH", f"/sobjects/Shelf__c/{shelf}", {"Name": "Other"}),
        ("POST", "/sobjects/Book__c", {"Name": "New", "Shelf__c": shelf}),
    ):
        answer = api.call(method, path, body)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW"), (method, path)
    assert [row["Name"] for row in api.query("SELECT Name FROM Book__c")] == ["A book"]
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c")] == ["Shelf 0"]


def test_a_look_up_that_is_cleared_locks_nothing_and_one_that_restricts_does(api: Api) -> None:
    api.org.locks.wait = 0.0
    (shelf,) = _shelves(api, 1)
    book = _books(api, [shelf])[0]["id"]
    api.org.locks.hold(frozenset({book}), 60, "a colleague")
    sequel = {"Name": "Sequel", "Shelf__c": shelf, "Sequel_Of__c": book}
    assert api.call("POST", "/sobjects/Book__c", sequel).status_code == 201
    loan = api.call("POST", "/sobjects/Loan__c", {"Book__c": book})
    assert loan.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"


def test_an_upsert_locks_the_record_its_key_names_and_the_master_named_by_key(api: Api) -> None:
    api.org.locks.wait = 0.0
    shelf = api.create("Shelf__c", Name="Shelf", Key__c="S1")
    book = api.create("Book__c", Name="A book", Key__c="B1", Shelf__c=shelf)
    held = api.org.locks.hold(frozenset({book}), 60, "a colleague")
    assert api.call("PATCH", "/sobjects/Book__c/Key__c/B1", {"Name": "x"}).status_code == 400
    held.rows = {shelf}
    answer = api.call("PATCH", "/sobjects/Book__c/Key__c/B2", {"Name": "x", "Shelf__r": {"Key__c": "S1"}})
    assert answer.json()[0]["errorCode"] == "UNABLE_TO_LOCK_ROW"


def test_calls_that_are_one_transaction_keep_their_rows_until_its_end() -> None:
    table = LockTable()
    table.wait = 0.0

    def refused(row: str) -> bool:
        """Whether somebody in another thread cannot have the row."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(_refused, table, row).result()

    with table.kept():
        for row in ("a", "b"):
            with table.taken([Targets(None, frozenset({row}))]) as errors:
                assert errors == [None]
        assert refused("a") and refused("b")
    assert not refused("a") and not refused("b")


def _refused(table: LockTable, row: str) -> bool:
    with table.taken([Targets(None, frozenset({row}))]) as errors:
        return errors != [None]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.frozensets(st.sampled_from("abcd"), max_size=3), max_size=4), min_size=2, max_size=4))
def test_no_row_is_ever_written_by_two_at_once(calls: list[list[frozenset[str]]]) -> None:
    table, busy, clashes, guard = LockTable(), set[str](), list[str](), threading.Lock()
    table.wait = 5.0

    def work(wanted: list[frozenset[str]]) -> None:
        with table.taken([Targets(None, rows) for rows in wanted]) as errors:
            mine = frozenset(itertools.chain(*(rows for rows, error in zip(wanted, errors, strict=True) if not error)))
            with guard:
                clashes.extend(busy & mine)
                busy.update(mine)
            with guard:
                busy.difference_update(mine)

    _at_once(*(lambda wanted=wanted: work(wanted) for wanted in calls))  # type: ignore[misc]
    assert clashes == []
    assert table.held() == []


@pytest.mark.parametrize("wanted", [[], [frozenset[str]()]])
def test_a_call_that_locks_nothing_waits_for_nobody(wanted: list[frozenset[str]]) -> None:
    table = LockTable()
    table.hold(frozenset({"a"}), 60, "a colleague")
    with table.taken([Targets(None, rows) for rows in wanted]) as errors:
        assert errors == [None] * len(wanted)
