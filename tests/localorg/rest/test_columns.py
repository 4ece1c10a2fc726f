"""What `columns=true` tells, held against what the Salesforce CLI's own tests keep of real answers; over HTTP."""

from __future__ import annotations

from typing import Any

from tests.localorg.own_org import Api

PLAIN = {
    "aggregate": False,
    "apexType": None,
    "booleanType": False,
    "custom": False,
    "foreignKeyName": None,
    "insertable": False,
    "joinColumns": [],
    "numberType": False,
    "textType": False,
    "updatable": False,
}


def _columns(api: Api, soql: str) -> dict[str, Any]:
    answer = api.call("GET", "/query", params={"q": soql, "columns": "true"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _column(name: str, display: str = "", **more: Any) -> dict[str, Any]:
    return {**PLAIN, "columnName": name, "displayName": display or name, **more}


def test_plain_fields(shared: Api) -> None:
    found = _columns(shared, "select id, Name, AccountId, LastName, IsDeleted from Contact")
    written = {"insertable": True, "updatable": True}
    assert found["columnMetadata"] == [
        _column("Id", apexType="Id"),
        _column("Name", apexType="String", textType=True),
        _column("AccountId", apexType="Id", **written),
        _column("LastName", apexType="String", textType=True, **written),
        _column("IsDeleted", apexType="Boolean", booleanType=True),
    ]
    assert found["entityName"] == "Contact" and found["keyPrefix"] == "003"
    assert (found["groupBy"], found["idSelected"]) == (False, True)


def test_a_subquery_is_an_aggregate_that_joins_its_columns(shared: Api) -> None:
    (_, books) = _columns(shared, "SELECT Name, (SELECT Notes__c FROM Books__r) FROM Shelf__c")["columnMetadata"]
    notes = _column("Notes__c", apexType="String", textType=True, custom=True, insertable=True, updatable=True)
    assert books == _column("Books__r", aggregate=True, custom=True, joinColumns=[notes])


def test_a_parent_names_its_foreign_key_and_may_have_parents(shared: Api) -> None:
    found = _columns(shared, "SELECT Shelf__r.Owner.Name, Shelf__r.Name FROM Book__c")
    (shelf,) = found["columnMetadata"]
    name = _column("Name", apexType="String", textType=True)
    owner = _column("Owner", foreignKeyName="OwnerId", joinColumns=[name])
    assert shelf == _column("Shelf__r", custom=True, foreignKeyName="Shelf__c", joinColumns=[owner, name])


def test_functions_are_named_by_alias_and_told_by_what_they_do(shared: Api) -> None:
    found = _columns(shared, "SELECT Genre__c, AVG(Price__c), COUNT(Id) n, MIN(Name) FROM Book__c GROUP BY Genre__c")
    genre, average, count, least = found["columnMetadata"]
    assert genre["columnName"] == genre["displayName"] == "Genre__c" and genre["aggregate"] is False
    assert average == _column("expr0", "avg(Price__c)", aggregate=True, numberType=True)
    assert count == _column("n", "count(Id)", aggregate=True, numberType=True)
    assert least == _column("expr1", "min(Name)", aggregate=True, textType=True)
    assert (found["groupBy"], found["idSelected"]) == (True, False)
