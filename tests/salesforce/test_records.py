"""Collections of rows: sent as documented, an outcome for each row."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.org import Org
from hotfix_tui.salesforce.records import SaveError, SaveResult, WriteOptions
from tests.salesforce.scripted import Server, reply

ID = "0015e000001AbCdAAK"
SAVED: dict[str, Any] = {"id": ID, "success": True, "errors": []}
REFUSED: dict[str, Any] = {
    "success": False,
    "errors": [{"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing", "fields": ["Name"]}],
}


async def test_each_row_has_its_outcome_in_the_order_sent(org: Org, server: Server) -> None:
    server.on("composite/sobjects", reply(200, [SAVED, REFUSED]))
    results = await org.insert("Account", [{"Name": "A"}, {}])
    assert results == [
        SaveResult(ID, True, True),
        SaveResult("", False, False, (SaveError("REQUIRED_FIELD_MISSING", "Required fields are missing", ("Name",)),)),
    ]
    [sent] = server.requests
    assert (sent.method, sent.path) == ("POST", "/services/data/v67.0/composite/sobjects/")
    assert sent.json() == {
        "allOrNone": False,
        "records": [{"attributes": {"type": "Account"}, "Name": "A"}, {"attributes": {"type": "Account"}}],
    }
    assert sent.headers["sforce-auto-assign"] == "FALSE"
    assert "sforce-duplicate-rule-header" not in sent.headers


async def test_options_travel_as_salesforce_has_them(org: Org, server: Server) -> None:
    server.on("composite/sobjects", reply(200, [SAVED]))
    options = WriteOptions(all_or_none=True, auto_assign=True, allow_duplicates=True)
    [result] = await org.update("Account", [{"Id": ID, "Name": None}], options)
    [sent] = server.requests
    assert not result.created
    assert (sent.method, sent.json()["allOrNone"], sent.json()["records"][0]["Name"]) == ("PATCH", True, None)
    assert sent.headers["sforce-auto-assign"] == "TRUE"
    assert sent.headers["sforce-duplicate-rule-header"] == "allowSave=true"


async def test_an_upsert_says_which_rows_are_new(org: Org, server: Server) -> None:
    server.on("composite/sobjects/Account/Key__c", reply(200, [SAVED | {"created": True}, SAVED | {"created": False}]))
    results = await org.upsert("Account", "Key__c", [{"Key__c": "a"}, {"Key__c": "b"}])
    assert [result.created for result in results] == [True, False]


async def test_a_delete_names_its_ids(org: Org, server: Server) -> None:
    server.on("composite/sobjects", reply(200, [SAVED, SAVED]))
    await org.delete([ID, ID])
    [sent] = server.requests
    assert (sent.method, sent.path, sent.body) == ("DELETE", "/services/data/v67.0/composite/sobjects", b"")
    assert sent.query == {"ids": f"{ID},{ID}", "allOrNone": "false"}


async def test_no_rows_are_no_request(org: Org, server: Server) -> None:
    assert await org.insert("Account", []) == []
    assert await org.delete([]) == []
    assert server.requests == []


async def test_what_cannot_be_sent_is_refused_before_it_is(org: Org, server: Server) -> None:
    with pytest.raises(ValueError, match="at most 200"):
        await org.insert("Account", [{}] * 201)
    with pytest.raises(ValueError, match="at most 200"):
        await org.delete([ID] * 201)
    with pytest.raises(ValueError, match="not a Salesforce id"):
        await org.update("Account", [{"Id": "x", "Name": "A"}])
    with pytest.raises(ValueError, match="has no Key__c"):
        await org.upsert("Account", "Key__c", [{"Key__c": ""}])
    with pytest.raises(ValueError):
        await org.insert("Account", [{"Amount": float("nan")}])
    assert server.requests == []


async def test_a_reply_without_an_outcome_for_each_row_leaves_the_write_in_doubt(org: Org, server: Server) -> None:
    server.on("composite/sobjects", reply(200, [SAVED]))
    with pytest.raises(SalesforceError) as caught:
        await org.insert("Account", [{"Name": "A"}, {"Name": "B"}])
    assert caught.value.written == "unknown"
    assert "Look in box" in caught.value.next
