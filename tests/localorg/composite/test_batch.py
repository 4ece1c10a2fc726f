"""POST /composite/batch, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localorg.own_org import Api


def _batch(api: Api, *subrequests: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = api.call("POST", "/composite/batch", {"batchRequests": list(subrequests), **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _get(path: str) -> dict[str, Any]:
    return {"method": "GET", "url": f"v66.0{path}"}


def test_each_request_stands_for_itself(api: Api) -> None:
    shelf = api.create("Shelf__c", Name="A")
    before = api.org.requests
    found = _batch(
        api,
        {"method": "PATCH", "url": f"v66.0/sobjects/Shelf__c/{shelf}", "richInput": {"Name": "B"}},
        _get(f"/sobjects/Shelf__c/{shelf}?fields=Name"),
        _get("/sobjects/Nothing__c"),
        {"method": "Post", "url": "/services/data/v66.0/sobjects/Shelf__c", "richInput": {"Name": "C"}},
        _get("/limits/"),
        _get("/query?q=SELECT Name FROM Shelf__c ORDER BY Name"),
    )
    assert found["hasErrors"] is True
    assert [each["statusCode"] for each in found["results"]] == [204, 200, 404, 201, 200, 200]
    assert found["results"][0]["result"] is None
    assert found["results"][1]["result"]["Name"] == "B"
    assert found["results"][2]["result"][0]["errorCode"] == "NOT_FOUND"
    assert [row["Name"] for row in found["results"][5]["result"]["records"]] == ["B", "C"]
    assert api.org.requests == before + 7


def test_halt_on_error_leaves_out_what_follows(api: Api) -> None:
    create = {"method": "POST", "url": "v66.0/sobjects/Shelf__c", "richInput": {"Name": "C"}}
    found = _batch(api, create, _get("/nothing"), create, haltOnError=True)
    assert [each["statusCode"] for each in found["results"]] == [201, 404, 412]
    assert found["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert len(api.query("SELECT Id FROM Shelf__c")) == 1
    found = _batch(api, create, create, haltOnError=True)
    assert (found["hasErrors"], len(api.query("SELECT Id FROM Shelf__c"))) == (False, 3)


@pytest.mark.parametrize(
    "body",
    [
        {"batchRequests": []},
        {"batchRequests": [_get("/limits")] * 26},
        {"batchRequests": [_get("/limits")], "haltonerror": True},
        {"batchRequests": [{"method": "GO", "url": "v66.0/limits"}]},
        {"batchRequests": [{"method": "GET", "url": "limits"}]},
        {"batchRequests": [{"method": "GET"}]},
        {"batchRequests": [{**_get("/limits"), "referenceId": "a"}]},
    ],
)
def test_a_batch_that_is_not_well_formed_is_refused(shared: Api, body: dict[str, Any]) -> None:
    assert shared.call("POST", "/composite/batch", body).status_code == 400


def test_no_composite_in_a_batch(api: Api) -> None:
    found = _batch(api, {"method": "POST", "url": "v66.0/composite/batch", "richInput": {"batchRequests": []}})
    assert found["results"][0]["statusCode"] == 400


def test_a_batch_may_reach_the_limit_of_requests_half_way(api: Api) -> None:
    api.org.conditions.change({"request_limit": api.org.requests + 3})
    found = _batch(api, *[_get("/limits")] * 4)
    assert [each["statusCode"] for each in found["results"]] == [200, 200, 403, 403]
    assert found["results"][3]["result"][0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
