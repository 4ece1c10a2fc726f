"""POST /composite/graph, over HTTP: graphs stand or fall alone, limits, halts, and what a roll-back leaves behind."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.localorg.composite.conftest import step
from tests.localorg.own_org import Api, component
from tests.localorg.rest.unchanged import nothing_written


def graph(name: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"graphId": name, "compositeRequest": list(steps)}


def run(api: Api, *graphs: dict[str, Any]) -> list[dict[str, Any]]:
    answer = api.call("POST", "/composite/graph", {"graphs": list(graphs)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["graphs"]
    assert [each["graphId"] for each in found] == [each["graphId"] for each in graphs]
    return found


def _codes(found: dict[str, Any]) -> list[str]:
    nodes = found["graphResponse"]["compositeResponse"]
    return ["" if each["httpStatusCode"] < 400 else each["body"][0]["errorCode"] for each in nodes]


def _good(name: str) -> dict[str, Any]:
    return graph(
        name,
        step("POST", "/sobjects/Shelf__c", "shelf", {"Name": name}),
        step("POST", "/sobjects/Book__c", "book", {"Name": "Emma", "Shelf__c": "@{shelf.id}"}),
        step("GET", "/sobjects/Book__c/@{book.id}", "read"),
    )


def _bad(name: str) -> dict[str, Any]:
    return graph(
        name,
        step("POST", "/sobjects/Shelf__c", "shelf", {"Name": name}),
        step("POST", "/sobjects/Book__c", "book", {"Name": "Emma", "Shelf__c": "@{shelf.id}", "Genre__c": "No"}),
    )


def test_a_graph_is_saved_whole_or_not_at_all_and_the_others_do_not_mind(api: Api) -> None:
    first, second, third = run(api, _good("g1"), _bad("g2"), _good("g3"))
    assert (first["isSuccessful"], second["isSuccessful"], third["isSuccessful"]) == (True, False, True)
    assert _codes(first) == ["", "", ""]
    assert _codes(second) == ["PROCESSING_HALTED", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]
    assert first["graphResponse"]["compositeResponse"][2]["body"]["Name"] == "Emma"
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c ORDER BY Name")] == ["g1", "g3"]


def test_after_fourteen_failures_the_remaining_graphs_are_halted(api: Api) -> None:
    found = run(api, *(_bad(f"b{number}") for number in range(14)), _good("late"), _good("later"))
    assert [each["isSuccessful"] for each in found] == [False] * 16
    assert all("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" in _codes(each) for each in found[:14])
    assert [set(_codes(each)) for each in found[14:]] == [{"PROCESSING_HALTED"}] * 2
    assert api.query("SELECT Id FROM Shelf__c") == []
    found = run(api, *(_bad(f"b{number}") for number in range(13)), _good("in time"))
    assert found[-1]["isSuccessful"]


def test_a_node_cannot_refer_to_another_graph(api: Api) -> None:
    alone = step("POST", "/sobjects/Book__c", "other", {"Name": "Emma", "Shelf__c": "@{shelf.id}"})
    found = run(api, _good("g1"), graph("g2", alone))
    assert _codes(found[1]) == ["PROCESSING_HALTED"]


def _chain(length: int) -> dict[str, Any]:
    first = step("POST", "/sobjects/Shelf__c", "r0", {"Name": "n"})
    rest = [
        step("POST", "/sobjects/Shelf__c", f"r{number}", {"Name": f"@{{r{number - 1}.id}}"})
        for number in range(1, length)
    ]
    return graph("chain", first, *rest)


def _nodes(count: int) -> list[dict[str, Any]]:
    return [step("POST", "/sobjects/Shelf__c", f"r{number}", {"Name": "n"}) for number in range(count)]


KINDS = [step("GET", f"/sobjects/Thing{number}__c/a", f"r{number}") for number in range(16)]


@pytest.mark.parametrize(
    ("graphs", "words"),
    [
        ([graph(f"g{number}", *_nodes(1)) for number in range(76)], "Limit of 75 reached for number of graphs"),
        ([graph("g1", *_nodes(251)), graph("g2", *_nodes(250))], "Limit of 500"),
        ([_chain(16)], "Limit of 15"),
        ([graph("g", *KINDS)], "Limit of 15"),
        ([graph("g", *_nodes(1)), graph("g", *_nodes(1))], "Duplicate graphId"),
        ([graph("a.b", *_nodes(1))], "graphId"),
        ([graph("x" * 40, *_nodes(1))], "graphId"),
        ([{"graphId": "g"}], "compositeRequest"),
        ([{**graph("g", *_nodes(1)), "allOrNone": False}], "allOrNone"),
        ([], "graphs"),
    ],
)
def test_a_call_beyond_the_limits_does_nothing(shared: Api, graphs: list[dict[str, Any]], words: str) -> None:
    with nothing_written(shared):
        answer = shared.call("POST", "/composite/graph", {"graphs": graphs})
    assert (answer.status_code, words in answer.json()[0]["message"]) == (400, True), answer.text


def test_a_chain_of_fifteen_and_fifteen_kinds_pass(api: Api) -> None:
    assert run(api, _chain(15))[0]["isSuccessful"]
    assert not run(api, graph("g", *KINDS[:15]))[0]["isSuccessful"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/query?q=SELECT+Id+FROM+User"),
        ("POST", "/composite/sobjects"),
        ("GET", "/sobjects/Shelf__c"),
        ("POST", "/sobjects/Shelf__c/a01000000000001AAA"),
    ],
)
def test_a_node_is_a_record(shared: Api, method: str, path: str) -> None:
    assert _codes(run(shared, graph("g", step(method, path, "a")))[0]) == ["INVALID_INPUT"]


def test_graphs_came_with_version_50(api: Api) -> None:
    url, headers = f"{api.url}/services/data/v49.0/composite/graph", {"Authorization": f"Bearer {api.token}"}
    assert requests.post(url, json={"graphs": [_good("g")]}, headers=headers, timeout=9).status_code == 404


def test_what_a_roll_back_does_not_take_back(api: Api) -> None:
    def bad(*steps: dict[str, Any]) -> dict[str, Any]:
        return graph("g", *steps, step("POST", "/sobjects/Shelf__c", "bad", {"Nope__c": 1}))

    user = api.org.users.by_username("ann@library.example")
    assert user is not None
    for name, event in (("Listener", "Now__e"), ("Deaf", "Later__e")):
        path, meta = f"triggers/{name}.trigger", b"<ApexTrigger><status>Active</status></ApexTrigger>"
        body = f"trigger {name} on {event} (after insert) {{}}".encode()
        api.org.components.put("ApexTrigger", name, {path: body, f"{path}-meta.xml": meta}, user.id)
    start = "<start><object>Now__e</object><triggerType>PlatformEvent</triggerType></start>"
    flow = f"<label>Hears</label><processType>AutoLaunchedFlow</processType>{start}<status>Active</status>"
    api.org.components.put("Flow", "Hears_Now", {"flows/Hears_Now.flow": component("Flow", flow)}, user.id)
    loan = step("POST", "/sobjects/Loan__c", "loan", {})
    now = step("POST", "/sobjects/Now__e", "now", {"Word__c": "at once"})
    later = step("POST", "/sobjects/Later__e", "later", {"Word__c": "at the end"})
    assert not run(api, bad(loan, now, later))[0]["isSuccessful"]
    assert api.query("SELECT Id FROM Loan__c") == []
    made = api.create("Loan__c")
    assert api.query(f"SELECT Name FROM Loan__c WHERE Id = '{made}'")[0]["Name"] == "L-002"
    escaped = api.org.escaped.rows()
    assert [(each["kind"], each["object"]) for each in escaped] == [
        ("auto_number", "Loan__c"),
        ("platform_event", "Now__e"),
    ]
    assert escaped[0]["content"] == {"field": "Name", "value": "L-001"}
    assert escaped[1]["content"]["Word__c"] == "at once"
    assert api.org.store.rows('SELECT Word__c FROM "Now__e"') == [("at once",)]
    assert api.org.store.rows('SELECT Word__c FROM "Later__e"') == []
    fired = [(row.name, row.object, row.event) for row in api.org.fired.rows()]
    assert fired == [("Listener", "Now__e", "after insert"), ("Hears_Now", "Now__e", "after insert")]


def test_an_event_is_answered_as_put_on_the_bus(api: Api) -> None:
    answer = api.call("POST", "/sobjects/Later__e", {"Word__c": "hello"})
    assert answer.status_code == 201
    (note,) = answer.json()["errors"]
    assert (note["statusCode"], len(note["message"])) == ("OPERATION_ENQUEUED", 36)
    assert api.org.escaped.rows() == []
