"""POST /composite/tree/X, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localorg.own_org import Api
from tests.localorg.rest.unchanged import nothing_written


def _shelf(reference: str, *books: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = {"attributes": {"type": "Shelf__c", "referenceId": reference}, "Name": reference, **fields}
    return {**made, "Books__r": {"records": list(books)}} if books else made


def _book(reference: str, *sequels: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = {"attributes": {"type": "Book__c", "referenceId": reference}, "Name": reference, **fields}
    return {**made, "Sequels__r": {"records": list(sequels)}} if sequels else made


def test_records_come_with_what_is_below_them_level_by_level(api: Api) -> None:
    body = {"records": [_shelf("s1", _book("b1"), _book("b2")), _shelf("s2", _book("b3"))]}
    answer = api.call("POST", "/composite/tree/shelf__c/", body)
    assert answer.status_code == 201
    found = answer.json()
    assert found["hasErrors"] is False
    assert [each["referenceId"] for each in found["results"]] == ["s1", "s2", "b1", "b2", "b3"]
    rows = api.query("SELECT Id, Name, Shelf__r.Name FROM Book__c ORDER BY Name")
    assert [(row["Name"], row["Shelf__r"]["Name"]) for row in rows] == [("b1", "s1"), ("b2", "s1"), ("b3", "s2")]
    assert [row["Id"] for row in rows] == [each["id"] for each in found["results"][2:]]


def test_one_refused_record_refuses_the_tree_and_only_it_is_named(api: Api) -> None:
    body = {"records": [_shelf("s1", _book("b1"), _book("b2", Genre__c="No")), _shelf("s2", _book("b3"))]}
    with nothing_written(api):
        answer = api.call("POST", "/composite/tree/Shelf__c", body)
    assert answer.status_code == 400
    assert answer.json() == {
        "hasErrors": True,
        "results": [
            {
                "referenceId": "b2",
                "errors": [
                    {
                        "statusCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                        "message": "Genre: bad value for restricted picklist field: No",
                        "fields": ["Genre__c"],
                    }
                ],
            }
        ],
    }


def test_a_reference_id_given_twice_is_named_for_each_record(api: Api) -> None:
    with nothing_written(api):
        answer = api.call("POST", "/composite/tree/Shelf__c", {"records": [_shelf("s"), _shelf("s"), _shelf("t")]})
    problem = {
        "statusCode": "INVALID_INPUT",
        "message": "Duplicate ReferenceId provided in the request.",
        "fields": [],
    }
    assert answer.status_code == 400
    assert answer.json() == {"hasErrors": True, "results": [{"referenceId": "s", "errors": [problem]}] * 2}
    answer = api.call("POST", "/composite/tree/Shelf__c", {"records": [_shelf("")]})
    assert "Include a reference ID" in answer.json()["results"][0]["errors"][0]["message"]


def _deep(levels: int) -> dict[str, Any]:
    made = _book(f"b{levels}")
    for number in range(levels - 1, 0, -1):
        made = _book(f"b{number}", made)
    return made


@pytest.mark.parametrize(
    "body",
    [
        {"records": []},
        {"records": {}},
        {},
        {"records": [_shelf("s")], "allOrNone": True},
        {"records": [_shelf(f"s{number}") for number in range(201)]},
        {"records": [_book("b")]},
        {"records": [{"Name": "no type"}]},
        {"records": [{**_shelf("s"), "Nothing__r": {"records": [_book("b")]}}]},
        {"records": [_shelf("s", _shelf("wrong"))]},
        {"records": [_shelf("s", _deep(5))]},
    ],
)
def test_a_tree_that_is_not_well_formed_is_refused(shared: Api, body: dict[str, Any]) -> None:
    with nothing_written(shared):
        answer = shared.call("POST", "/composite/tree/Shelf__c", body)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] in ("JSON_PARSER_ERROR", "INVALID_INPUT", "INVALID_FIELD")


def test_two_hundred_records_and_five_levels_pass(api: Api) -> None:
    shelf = api.create("Shelf__c", Name="all")
    wide = [_shelf(f"s{number}") for number in range(200)]
    assert api.call("POST", "/composite/tree/Shelf__c", {"records": wide}).status_code == 201
    deep = _deep(5)
    each: dict[str, Any] | None = deep
    while each is not None:
        each["Shelf__c"] = shelf
        each = each["Sequels__r"]["records"][0] if "Sequels__r" in each else None
    assert api.call("POST", "/composite/tree/Book__c", {"records": [deep]}).status_code == 201
    rows = api.query("SELECT Name FROM Book__c WHERE Sequel_Of__r.Sequel_Of__r.Sequel_Of__r.Sequel_Of__r.Name = 'b1'")
    assert [row["Name"] for row in rows] == ["b5"]


def test_an_object_that_is_not_there(api: Api) -> None:
    assert api.call("POST", "/composite/tree/Nothing__c", {"records": [_shelf("s")]}).status_code == 404
