"""A composite call does what its requests do one by one; all or none is one or the other; over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.localorg.composite.conftest import step
from tests.localorg.own_org import Api, served_library

_KEYS = st.sampled_from(["A", "B", "C"])
_STEPS = st.one_of(
    st.tuples(st.just("POST"), st.just("/sobjects/Shelf__c"), st.fixed_dictionaries({"Name": _KEYS, "Key__c": _KEYS})),
    st.tuples(st.just("POST"), st.just("/sobjects/Shelf__c"), st.just({"Name": "x", "Cap__c": "much"})),
    st.tuples(
        st.just("PATCH"),
        _KEYS.map(lambda key: f"/sobjects/Shelf__c/Key__c/{key}"),
        st.fixed_dictionaries({"Name": st.sampled_from(["new", "x" * 81])}),
    ),
    st.tuples(st.just("DELETE"), _KEYS.map(lambda key: f"/sobjects/Shelf__c/Key__c/{key}"), st.none()),
    st.tuples(st.just("GET"), st.just("/query?q=SELECT Name, Key__c FROM Shelf__c ORDER BY Key__c"), st.none()),
)
_CALLS = st.lists(_STEPS, min_size=1, max_size=8).filter(lambda steps: sum(each[0] == "GET" for each in steps) <= 5)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, Api]]:
    """Two orgs that are the same, down to the Ids they will give out."""
    folder = tmp_path_factory.mktemp("pair")
    with served_library(folder / "one") as one, served_library(folder / "two") as two:
        for each in (one, two):
            each.org.clock.set(each.org.created_at)
        yield one, two


def _state(api: Api) -> list[tuple[Any, ...]]:
    return api.org.store.rows("SELECT Id, Name, Key__c, IsDeleted FROM Shelf__c ORDER BY Id")


def _composite(api: Api, steps: list[tuple[str, str, Any]], *, all_or_none: bool) -> list[tuple[int, Any]]:
    made = [step(method, path, f"r{index}", body) for index, (method, path, body) in enumerate(steps)]
    answer = api.call("POST", "/composite", {"compositeRequest": made, "allOrNone": all_or_none})
    assert answer.status_code == 200, answer.text
    return [(each["httpStatusCode"], each["body"]) for each in answer.json()["compositeResponse"]]


def _single(api: Api, steps: list[tuple[str, str, Any]]) -> list[tuple[int, Any]]:
    answers = [api.call(method, path, body) for method, path, body in steps]
    return [(each.status_code, each.json() if each.content else None) for each in answers]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_CALLS)
def test_a_composite_call_does_what_its_requests_do_one_by_one(
    pair: tuple[Api, Api], steps: list[tuple[str, str, Any]]
) -> None:
    one, two = pair
    before = _state(two)
    tried = _composite(two, steps, all_or_none=True)
    failed = [index for index, (status, _) in enumerate(tried) if status >= 400]
    if failed:
        assert _state(two) == before
        assert len(failed) == len(steps)
        second = _composite(two, steps, all_or_none=False)
        real = [body for _, body in tried if body[0]["errorCode"] != "PROCESSING_HALTED"]
        assert real == [next(body for status, body in second if status >= 400)]
    else:
        second = tried
    assert second == _single(one, steps)
    assert _state(one) == _state(two)
