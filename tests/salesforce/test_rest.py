"""Rows, describes and limits as typed values, whatever number of pages and levels the org sends them in."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

import pytest

from hotfix_tui.salesforce import rest
from hotfix_tui.salesforce.errors import MalformedReply, NotFound
from hotfix_tui.salesforce.org import Org
from tests.salesforce.scripted import Server, refused, reply


def typed(name: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": name, "url": f"/services/data/v67.0/sobjects/{name}/x"}, **fields}


def result(*rows: dict[str, Any], following: str = "") -> dict[str, Any]:
    page: dict[str, Any] = {"totalSize": len(rows), "done": not following, "records": list(rows)}
    return page | ({"nextRecordsUrl": following} if following else {})


async def test_rows_lose_their_attributes_at_every_level(org: Org, server: Server) -> None:
    row = typed(
        "Account",
        Name="A",
        Owner=typed("User", Name="U", Profile=typed("Profile", Name="P")),
        Parent=None,
        Contacts=result(typed("Contact", LastName="C", Account=typed("Account", Name="A"))),
        Cases=None,
    )
    server.on("FROM Account", reply(200, result(row)))
    assert await org.query("SELECT Name FROM Account") == [
        {
            "Name": "A",
            "Owner": {"Name": "U", "Profile": {"Name": "P"}},
            "Parent": None,
            "Contacts": [{"LastName": "C", "Account": {"Name": "A"}}],
            "Cases": None,
        }
    ]


async def test_a_field_called_attributes_is_no_attributes(org: Org, server: Server) -> None:
    row = typed("ValidationRule", Metadata={"attributes": "mine", "type": "x", "nested": {"attributes": {"a": 1}}})
    server.on("FROM ValidationRule", reply(200, result(row)))
    [found] = await org.tooling_query("SELECT Metadata FROM ValidationRule")
    assert found == {"Metadata": {"attributes": "mine", "type": "x", "nested": {"attributes": {"a": 1}}}}
    assert server.requests[0].path == "/services/data/v67.0/tooling/query/"


async def test_all_pages_come_also_those_of_child_subqueries(org: Org, server: Server) -> None:
    more = "/services/data/v67.0/query/01g{}-{}"
    first = typed("Account", N=1, Contacts=result(typed("Contact", C=1), following=more.format("c", 1)))
    server.on("FROM Account", reply(200, result(first, following=more.format("a", 1))))
    server.on("01gc-1", reply(200, result(typed("Contact", C=2), following=more.format("c", 2))))
    server.on("01gc-2", reply(200, result(typed("Contact", C=3))))
    server.on("01ga-1", reply(200, result(typed("Account", N=2, Contacts=None))))
    soql = "SELECT N, (SELECT C FROM Contacts) FROM Account"
    expected = [{"N": 1, "Contacts": [{"C": 1}, {"C": 2}, {"C": 3}]}, {"N": 2, "Contacts": None}]
    assert await org.query(soql) == expected
    assert [row async for row in org.query_iter(soql)] == expected


async def test_one_page_is_fetched_ahead_of_the_rows_that_are_taken_and_no_more(org: Org, server: Server) -> None:
    more = "/services/data/v67.0/query/01ga-{}"
    server.on("FROM Account", reply(200, result(typed("Account", N=1), following=more.format(1))))
    server.on("01ga-1", reply(200, result(typed("Account", N=2), following=more.format(2))))
    server.on("01ga-2", reply(200, result(typed("Account", N=3))))
    rows = org.query_iter("SELECT N FROM Account")
    assert await anext(rows) == {"N": 1}
    while len(server.requests) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert len(server.requests) == 2
    assert [row async for row in rows] == [{"N": 2}, {"N": 3}]
    assert len(server.requests) == 3


async def test_the_next_page_is_on_its_way_while_rows_are_worked_on_without_a_pause(org: Org, server: Server) -> None:
    more = "/services/data/v67.0/query/01ga-1"
    server.on("FROM Account", reply(200, result(typed("Account", N=1), following=more)))
    server.on("01ga-1", reply(200, result(typed("Account", N=2))))
    rows = org.query_iter("SELECT N FROM Account")
    assert await anext(rows) == {"N": 1}
    for _ in range(500):
        time.sleep(0.01)
        if len(server.requests) == 2:
            break
    assert len(server.requests) == 2
    assert [row async for row in rows] == [{"N": 2}]


async def test_whoever_stops_reading_hears_nothing_of_a_next_page_that_fails(org: Org, server: Server) -> None:
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(context))
    server.on("FROM Account", reply(200, result(typed("Account", N=1), following="/services/data/v67.0/query/01ga-1")))
    server.on("01ga-1", refused(400, "INVALID_QUERY_LOCATOR", "gone"))
    pages = rest.pages(org._connection, "SELECT N FROM Account")
    assert await anext(pages) == [{"N": 1}]
    while len(server.requests) < 2:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    await pages.aclose()  # type: ignore[attr-defined]
    await asyncio.sleep(0.05)
    del pages
    gc.collect()
    assert said == []


async def test_deleted_rows_are_asked_for_elsewhere(org: Org, server: Server) -> None:
    server.on("FROM Account", reply(200, result()))
    assert await org.query_all_rows("SELECT Id FROM Account") == []
    assert server.requests[0].path == "/services/data/v67.0/queryAll/"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"totalSize": 1312, "done": True, "records": []}, 1312),
        (result({"attributes": {"type": "AggregateResult"}, "expr0": 7}), 7),
        ({"totalSize": 4000, "done": False, "nextRecordsUrl": "/x", "records": [typed("Account", N=1)]}, 4000),
    ],
)
async def test_a_count_is_one_request(org: Org, server: Server, page: dict[str, Any], expected: int) -> None:
    server.on("FROM Account", reply(200, page))
    assert await org.count("SELECT COUNT() FROM Account") == expected
    assert len(server.requests) == 1


DESCRIBE: dict[str, Any] = {
    "name": "Rule__c",
    "label": "Rule",
    "labelPlural": "Rules",
    "keyPrefix": "a01",
    "custom": True,
    "createable": True,
    "fields": [
        {"name": "Id", "type": "id", "label": "Id", "nillable": False, "createable": False},
        {
            "name": "Program__c",
            "type": "reference",
            "label": "Program",
            "createable": True,
            "updateable": False,
            "nillable": False,
            "referenceTo": ["Program__c"],
            "relationshipName": "Program__r",
            "relationshipOrder": 0,
            "cascadeDelete": True,
        },
        {"name": "OwnerId", "type": "reference", "referenceTo": ["Group", "User"], "relationshipOrder": None},
        {
            "name": "Mode__c",
            "type": "picklist",
            "restrictedPicklist": True,
            "nillable": True,
            "createable": True,
            "picklistValues": [
                {"active": True, "defaultValue": True, "label": "Best of", "value": "BestOf"},
                {"active": False, "defaultValue": False, "label": "Old", "value": "Old"},
            ],
        },
    ],
    "childRelationships": [
        {"childSObject": "Tier__c", "field": "Rule__c", "relationshipName": "Tiers__r", "cascadeDelete": True},
        {"childSObject": "Note", "field": "ParentId", "relationshipName": None, "cascadeDelete": False},
    ],
    "recordTypeInfos": [{"recordTypeId": "012", "developerName": "Percent", "name": "Percent", "available": True}],
}


async def test_a_describe_is_kept_until_it_is_wanted_fresh(org: Org, server: Server) -> None:
    server.on("sobjects/Rule__c/describe", reply(200, DESCRIBE))
    rule = await org.describe("Rule__c")
    assert (rule.name, rule.key_prefix, rule.custom) == ("Rule__c", "a01", True)
    assert list(rule.fields) == ["Id", "Program__c", "OwnerId", "Mode__c"]
    program, owner, mode = rule.fields["Program__c"], rule.fields["OwnerId"], rule.fields["Mode__c"]
    assert program.master_detail
    assert program.required
    assert program.reference_to == ("Program__c",)
    assert owner.polymorphic
    assert not owner.master_detail
    assert [(value.value, value.active) for value in mode.picklist_values] == [("BestOf", True), ("Old", False)]
    assert not mode.required
    assert [(child.child, child.name) for child in rule.child_relationships] == [("Tier__c", "Tiers__r"), ("Note", "")]
    assert rule.record_types[0].developer_name == "Percent"
    assert await org.describe("rule__c") is rule
    assert len(server.requests) == 1
    assert await org.describe("Rule__c", fresh=True) == rule
    assert len(server.requests) == 2


async def test_an_unknown_object_is_not_found(org: Org) -> None:
    with pytest.raises(NotFound) as caught:
        await org.describe("Nothing__c")
    assert caught.value.code == "NOT_FOUND"


@pytest.mark.parametrize("content", [{}, {"name": "A"}, {"name": "A", "fields": 3}, [], {"name": "A", "fields": [{}]}])
async def test_a_describe_of_another_shape_is_said_so(org: Org, server: Server, content: object) -> None:
    server.on("sobjects/Account/describe", reply(200, content))
    with pytest.raises(MalformedReply):
        await org.describe("Account")


async def test_all_objects_are_listed_by_name(org: Org, server: Server) -> None:
    objects = [{"name": "Account", "keyPrefix": "001", "queryable": True}, {"name": "Rule__c", "custom": True}]
    server.on("/sobjects/", reply(200, {"sobjects": objects}))
    found = await org.describe_global()
    assert [(name, item.custom, item.key_prefix) for name, item in found.items()] == [
        ("Account", False, "001"),
        ("Rule__c", True, ""),
    ]


async def test_limits_and_usage(org: Org, server: Server) -> None:
    content = {"DailyApiRequests": {"Max": 5000, "Remaining": 4937}, "Odd": {"Max": "?"}, "DataStorageMB": {}}
    server.on("/limits/", reply(200, content, Sforce_Limit_Info="api-usage=63/5000; per-app-api-usage=1/9(appName=x)"))
    limits = await org.limits()
    assert limits == {"DailyApiRequests": (5000, 4937)}
    assert limits["DailyApiRequests"].used == 63
    assert org.api_usage == (63, 5000)


async def test_tooling_records(org: Org, server: Server) -> None:
    server.on("tooling/sobjects/ValidationRule/03d5e0000001234AAA", reply(200, typed("V", Id="03d", Metadata={"a": 1})))
    assert await org.tooling_record("ValidationRule", "03d5e0000001234AAA") == {"Id": "03d", "Metadata": {"a": 1}}
    server.on("tooling/sobjects/FlowDefinition/3005e0000001234AAA", reply(204))
    await org.tooling_update("FlowDefinition", "3005e0000001234AAA", {"Metadata": {"activeVersionNumber": 5}})
    sent = server.requests[-1]
    assert (sent.method, sent.json()) == ("PATCH", {"Metadata": {"activeVersionNumber": 5}})
    server.on("tooling/sobjects/FlowDefinition", refused(400, "FIELD_INTEGRITY_EXCEPTION", "No such version"))
    with pytest.raises(Exception, match="FIELD_INTEGRITY_EXCEPTION: No such version"):
        await org.tooling_update("FlowDefinition", "3005e0000001234AAA", {"Metadata": {"activeVersionNumber": 9}})
