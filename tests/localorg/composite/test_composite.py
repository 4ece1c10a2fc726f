"""POST /composite, over HTTP: references, failures, all or none, limits."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.composite.references import References, Unresolved
from hotfix_tui.localorg.composite.subrequest import Subrequest
from tests.localorg.composite.conftest import composite, step
from tests.localorg.own_org import Api
from tests.localorg.rest.unchanged import nothing_written

ROLLED_BACK = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same transaction failed.",
    }
]


def test_later_requests_use_what_earlier_ones_answered(api: Api) -> None:
    found = composite(
        api,
        step("POST", "/sobjects/Shelf__c", "shelf", {"Name": "Top", "Key__c": "T"}),
        step("POST", "/sobjects/Book__c/", "book", {"Name": "Emma", "Shelf__c": "@{shelf.id}", "Key__c": "E"}),
        step("GET", "/sobjects/Book__c/@{book.id}?fields=Name,Shelf__r.Name", "read"),
        step("GET", "/query?q=SELECT Name, Shelf__c FROM Book__c WHERE Shelf__c = '@{shelf.id}'", "asked"),
        step("PATCH", "/sobjects/Shelf__c/Key__c/T", "renamed", {"Name": "@{asked.records[0].Name} and others"}),
        step("DELETE", "/sobjects/Book__c/@{asked.records[0].attributes.type}x", "wrong"),
    )
    assert (found["shelf"]["httpStatusCode"], found["shelf"]["body"]["success"]) == (201, True)
    location = f"/services/data/v66.0/sobjects/Shelf__c/{found['shelf']['body']['id']}"
    assert found["shelf"]["httpHeaders"] == {"Location": location}
    assert found["read"]["body"]["Shelf__r"]["Name"] == "Top"
    assert found["read"]["httpHeaders"] == {}
    assert found["asked"]["body"]["totalSize"] == 1
    assert (found["renamed"]["httpStatusCode"], found["renamed"]["body"]["created"]) == (200, False)
    assert (found["wrong"]["httpStatusCode"], found["wrong"]["body"][0]["errorCode"]) == (404, "NOT_FOUND")
    assert api.query("SELECT Name FROM Shelf__c")[0]["Name"] == "Emma and others"


def test_an_answer_without_a_body_is_null(api: Api) -> None:
    shelf = api.create("Shelf__c", Name="Top")
    found = composite(
        api, step("PATCH", f"/sobjects/Shelf__c/{shelf}", "a", {"Name": "B"}), step("GET", "/sobjects", "b")
    )
    assert found["a"] == {"body": None, "httpHeaders": {}, "httpStatusCode": 204, "referenceId": "a"}
    assert found["b"]["body"]["maxBatchSize"] == 200


@pytest.mark.parametrize("wrong", ["@{shelf.Id}", "@{Shelf.id}", "@{shelf}", "@{shelf.errors[0]}", "@{late.id}"])
def test_a_reference_that_leads_nowhere_halts_what_has_it_and_nothing_else(api: Api, wrong: str) -> None:
    found = composite(
        api,
        step("POST", "/sobjects/Shelf__c", "shelf", {"Name": "Top"}),
        step("POST", "/sobjects/Book__c", "book", {"Name": "Emma", "Shelf__c": wrong}),
        step("POST", "/sobjects/Shelf__c", "late", {"Name": "Low"}),
    )
    (problem,) = found["book"]["body"]
    name = wrong[2:-1]
    assert problem["errorCode"] == "PROCESSING_HALTED"
    assert problem["message"].startswith(f"Invalid reference specified. No value for {name} found in ")
    assert found["book"]["httpStatusCode"] == 400
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c")] == ["Top", "Low"]
    assert api.query("SELECT Id FROM Book__c") == []


def test_what_depends_on_a_failure_is_halted_and_the_rest_goes_on(api: Api) -> None:
    found = composite(
        api,
        step("POST", "/sobjects/Shelf__c", "bad", {"Name": "Top", "Nope__c": 1}),
        step("POST", "/sobjects/Book__c", "book", {"Name": "Emma", "Shelf__c": "@{bad.id}"}),
        step("POST", "/sobjects/Shelf__c", "good", {"Name": "Low"}),
    )
    assert found["bad"]["body"][0]["errorCode"] == "INVALID_FIELD"
    assert found["book"]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert found["good"]["httpStatusCode"] == 201


def test_all_or_none_leaves_nothing_and_names_the_one_that_failed(api: Api) -> None:
    with nothing_written(api):
        found = composite(
            api,
            step("POST", "/sobjects/Shelf__c", "first", {"Name": "Top"}),
            step("POST", "/sobjects/Book__c", "bad", {"Name": "Emma", "Shelf__c": "@{first.id}", "Genre__c": "No"}),
            step("POST", "/sobjects/Shelf__c", "last", {"Name": "Low"}),
            allOrNone=True,
        )
    assert found["first"]["body"] == found["last"]["body"] == ROLLED_BACK
    assert {each["httpStatusCode"] for each in found.values()} == {400}
    assert found["bad"]["body"][0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_all_or_none_outside_overrules_a_collection_inside(api: Api) -> None:
    records = [{"attributes": {"type": "Shelf__c"}, "Name": "A"}, {"attributes": {"type": "Shelf__c"}, "Nope__c": 1}]
    steps = [
        step("POST", "/composite/sobjects", "many", {"allOrNone": False, "records": records}),
        step("POST", "/sobjects/Shelf__c", "one", {"Name": "B"}),
    ]
    with nothing_written(api):
        found = composite(api, *steps, allOrNone=True)
    codes = [each["errors"][0]["statusCode"] for each in found["many"]["body"]]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"]
    assert found["one"]["body"] == ROLLED_BACK
    found = composite(api, *steps, allOrNone=False)
    assert [each["success"] for each in found["many"]["body"]] == [True, False]
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c")] == ["A", "B"]


def test_headers_of_a_subrequest_are_its_own(api: Api) -> None:
    with api.org.store.transaction():
        for number in range(300):
            api.org.records.raw_insert("Account", {"Name": f"A{number}"})
    found = composite(
        api,
        step("GET", "/query?q=SELECT+Name+FROM+Account", "small", Sforce_Query_Options="batchSize=200"),
        step("GET", "/query/?q=SELECT+Name+FROM+Account", "all"),
    )
    assert (len(found["small"]["body"]["records"]), len(found["all"]["body"]["records"])) == (200, 300)


def test_a_null_is_a_value_from_version_52(api: Api) -> None:
    shelf = api.create("Shelf__c", Name="Top")
    steps = [
        step("GET", f"/sobjects/Shelf__c/{shelf}?fields=Key__c,Name", "read"),
        step("POST", "/sobjects/Shelf__c", "made", {"Name": "Low", "Key__c": "@{read.Key__c}"}),
    ]
    assert composite(api, *steps)["made"]["httpStatusCode"] == 201
    old = requests.post(
        f"{api.url}/services/data/v51.0/composite",
        json={"compositeRequest": steps},
        headers={"Authorization": f"Bearer {api.token}"},
        timeout=9,
    )
    problem = old.json()["compositeResponse"][1]["body"][0]
    assert problem == {
        "errorCode": "PROCESSING_HALTED",
        "message": "Invalid reference specified. No value for read.Key__c found in read. Provided referenceId"
        " ('read.Key__c') must start with a letter or a number, and it can contain only letters, numbers and"
        " underscores ('_').",
    }


def _many(count: int, path: str) -> list[dict[str, Any]]:
    return [step("GET", path, f"r{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "compositeRequest"),
        ({"compositeRequest": []}, "compositeRequest"),
        ({"compositeRequest": ["x"]}, "JSON object"),
        ({"compositeRequest": _many(26, "/sobjects")}, "Limit of 25"),
        ({"compositeRequest": _many(6, "/query?q=SELECT+Id+FROM+User")}, "Limit of 5"),
        ({"compositeRequest": _many(1, "/sobjects"), "allornone": True}, "allornone"),
        ({"compositeRequest": _many(1, "/sobjects"), "allOrNone": "true"}, "boolean"),
        ({"compositeRequest": _many(1, "/sobjects") * 2}, "r0"),
        ({"compositeRequest": [{**step("GET", "/sobjects", "a"), "richInput": {}}]}, "richInput"),
        ({"compositeRequest": [{"method": "GET", "url": "/services/data/v66.0/sobjects"}]}, "referenceId"),
        ({"compositeRequest": [step("get", "/sobjects", "a")]}, "'get'"),
        ({"compositeRequest": [step("GET", "/sobjects", "a[0]")]}, "Provided referenceId ('a[0]') must start with"),
        ({"compositeRequest": [{**step("GET", "", "a"), "url": "/sobjects"}]}, "/services/data/vXX.X/"),
        ({"compositeRequest": [step("GET", "/sobjects", "a", Authorization="Bearer x")]}, "authorization"),
    ],
)
def test_a_call_that_is_not_well_formed_does_nothing(shared: Api, body: dict[str, Any], words: str) -> None:
    answer = shared.call("POST", "/composite", body)
    assert answer.status_code == 400
    assert words.lower() in answer.json()[0]["message"].lower()


@pytest.mark.parametrize("path", ["/limits", "/composite", "/composite/graph", "/tooling/query?q=SELECT+Id+FROM+Flow"])
def test_a_resource_that_composite_does_not_take(shared: Api, path: str) -> None:
    assert composite(shared, step("GET", path, "a"))["a"]["httpStatusCode"] == 404


def test_the_whole_call_counts_once_and_lists_its_family(api: Api) -> None:
    before = api.org.requests
    composite(api, *_many(5, "/sobjects/Account"))
    assert api.org.requests == before + 1
    assert api.call("GET", "/composite").json()["graph"] == "/services/data/v66.0/composite/graph"


_names = st.text("abcXYZ_09", min_size=1, max_size=5)
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8))
_trees = st.recursive(
    _leaves, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_names, inner, max_size=3))
)


def _paths(value: Any, prefix: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [each for name, inner in value.items() for each in _paths(inner, f"{prefix}.{name}")]
    if isinstance(value, list):
        return [each for index, inner in enumerate(value) for each in _paths(inner, f"{prefix}[{index}]")]
    return [(prefix, value)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(_names, _trees, min_size=1, max_size=3))
def test_every_value_of_an_answer_can_be_referred_to_and_nothing_beside_it(answer: dict[str, Any]) -> None:
    references = References("66.0")
    references.add("r", json.loads(json.dumps(answer)))
    for path, value in _paths(answer):
        body = {"whole": f"@{{r{path}}}", "deep": [{"x": f"@{{r{path}}}"}]}
        found = references.resolved(Subrequest("POST", "/services/data/v66.0/x", "s", body, {})).body
        assert (found["whole"], found["deep"][0]["x"]) == (value, value)
        with pytest.raises(Unresolved):
            references.resolved(Subrequest("POST", f"/x/@{{r{path}.nope}}", "s", None, {}))
