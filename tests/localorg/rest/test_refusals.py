"""What is not fully understood is refused in Salesforce's words, and leaves everything as it was; over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.localorg.own_org import Api
from tests.localorg.rest.unchanged import nothing_written

_SECURITY = "Please check the security settings of this field and verify that it is read/write for your profile"


@pytest.fixture
def shelf(api: Api) -> str:
    """A shelf with a book on it; another shelf stands by."""
    made = api.create("Shelf__c", Name="Top", Key__c="Top-1")
    api.create("Shelf__c", Name="Low", Key__c="Low-1")
    api.create("Book__c", Name="Emma", Shelf__c=made, Key__c="B-1")
    return made


def _id(api: Api, soql: str) -> str:
    return str(api.query(soql)[0]["Id"])


def _refused(api: Api, answer: requests.Response, code: str, words: str, status: int = 400) -> None:
    assert answer.status_code == status, answer.text
    (problem,) = answer.json()
    assert problem["errorCode"] == code
    assert words in problem["message"]


# Requests


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/query?q=SELECT+Id+FROM+Account&limit=5", "Unrecognized query parameter: limit"),
        ("GET", "/query?explain=SELECT+Id+FROM+Account", "Unrecognized query parameter: explain"),
        ("GET", "/query?q=SELECT+Id+FROM+Account&columns=perhaps", "columns parameter must be true or false"),
        ("GET", "/queryAll?q=SELECT+Id+FROM+Account&Q2=x", "Unrecognized query parameter: Q2"),
        ("GET", "/sobjects/Shelf__c/describe?layout=x", "Unrecognized query parameter: layout"),
        ("GET", "/limits/recordCount?objects=Account", "Unrecognized query parameter: objects"),
        ("PATCH", "/sobjects/Shelf__c/Key__c/Top-1?updateonly=perhaps", "updateOnly parameter must be true or false"),
        ("PATCH", "/sobjects/Shelf__c/Key__c/Top-1?update_only=true", "Unrecognized query parameter: update_only"),
        ("DELETE", "/composite/sobjects?ids={shelf}&allOrNone=perhaps", "allOrNone parameter must be true or false"),
        ("DELETE", "/composite/sobjects?ids={shelf}&force=true", "Unrecognized query parameter: force"),
        ("DELETE", "/sobjects/Shelf__c/{shelf}?cascade=false", "Unrecognized query parameter: cascade"),
        ("GET", "/tooling/query?q=SELECT+Id+FROM+ApexClass&limit=5", "Unrecognized query parameter: limit"),
    ],
)
def test_an_unknown_query_parameter(api: Api, shelf: str, method: str, path: str, words: str) -> None:
    body = {"Name": "changed"} if method == "PATCH" else None
    with nothing_written(api):
        _refused(api, api.call(method, path.format(shelf=shelf), body), "INVALID_INPUT", words)


@pytest.mark.parametrize(
    "clause",
    [
        "ALL ROWS",
        "USING SCOPE my_territory",
        "WITH DATA CATEGORY Geo__c AT usa__c",
        "GROUP BY ROLLUP(Name)",
        "UPDATE VIEWSTAT",
        "FOR SHARE",
        "LIMIT -1",
        "LIMIT 5 LIMIT 6",
        "WHERE Name = 'a' XOR Name = 'b'",
        "WHERE CreatedDate = LAST_CENTURY",
        "WHERE CreatedDate > LAST_N_DAYS",
        "WHERE Name = 'a' ; SELECT Id FROM User",
        "WHERE DISTANCE(BillingAddress, GEOLOCATION(1, 2), 'mi') < 5",
        "ORDER BY Name SIDEWAYS",
    ],
)
@pytest.mark.parametrize("api_name", ["query", "tooling/query"])
def test_an_unknown_clause(api: Api, clause: str, api_name: str) -> None:
    name = "Account" if api_name == "query" else "ApexClass"
    answer = api.call("GET", f"/{api_name}", params={"q": f"SELECT Id FROM {name} {clause}"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize("select", ["*", "GROUPING(Name)", "DISTANCE(BillingAddress, GEOLOCATION(1, 2), 'mi')"])
def test_an_unknown_selection(api: Api, select: str) -> None:
    answer = api.call("GET", "/query", params={"q": f"SELECT {select} FROM Account"})
    _refused(api, answer, "MALFORMED_QUERY", "unexpected token")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b'{"Name": "A"} and more',
        b'{"Name": "A",}',
        b'{"Name": "A", "Name": "B"}',
        b'{"Cap__c": NaN}',
        b'{"Cap__c": Infinity}',
        b'{"Name": "\\ud83d"}',
        b'{"Name": "\xff"}',
        b'{"Name": ' + b"[" * 100_000,
        b"Name=A",
        b"<Shelf__c><Name>A</Name></Shelf__c>",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sobjects/Shelf__c"),
        ("PATCH", "/sobjects/Shelf__c/Key__c/Top-1"),
        ("POST", "/composite/sobjects"),
    ],
)
def test_a_body_that_is_no_json_object(api: Api, shelf: str, method: str, path: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    with nothing_written(api):
        answer = api.call(method, path, data=body, headers=headers)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


# Single records


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"Nope__c": 1}, "INVALID_FIELD", "No such column 'Nope__c' on sobject of type Book__c"),
        ({"Loans__r": []}, "INVALID_FIELD", "No such column 'Loans__r'"),
        ({"Price__c": "much"}, "JSON_PARSER_ERROR", "instance of currency from VALUE_STRING value much or request"),
        ({"Price__c": "12 EUR"}, "JSON_PARSER_ERROR", "instance of currency from VALUE_STRING value 12 EUR"),
        ({"Price__c": False}, "JSON_PARSER_ERROR", "instance of currency from VALUE_FALSE value false"),
        ({"Discount__c": [5]}, "JSON_PARSER_ERROR", "instance of double from START_ARRAY"),
        ({"Lent__c": 2}, "JSON_PARSER_ERROR", "instance of boolean from VALUE_NUMBER_INT value 2"),
        ({"Lent__c": "perhaps"}, "JSON_PARSER_ERROR", "instance of boolean from VALUE_STRING value perhaps"),
        (
            {"Bought__c": "2026-02-30T10:00:00Z"},
            "JSON_PARSER_ERROR",
            "instance of datetime from VALUE_STRING value 2026",
        ),
        ({"Bought__c": "2026-01-13 10:00:00 UTC"}, "JSON_PARSER_ERROR", "instance of datetime from VALUE_STRING"),
        ({"Bought__c": 1768298400}, "JSON_PARSER_ERROR", "instance of datetime from VALUE_NUMBER_INT"),
        ({"Tags__c": ["New"]}, "JSON_PARSER_ERROR", "instance of multipicklist from START_ARRAY"),
        ({"Name": {"text": "A"}}, "JSON_PARSER_ERROR", "instance of string from START_OBJECT"),
        ({"Name": "x" * 81}, "STRING_TOO_LONG", "(max length=80)"),
        ({"Notes__c": "x" * 1001}, "STRING_TOO_LONG", "(max length=1000)"),
        ({"Price__c": 12345678}, "NUMBER_OUTSIDE_VALID_RANGE", "value outside of valid range on numeric field"),
        ({"Genre__c": "Opera"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist"),
        ({"Tags__c": "New;Old"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "restricted picklist field: Old"),
        ({"Net__c": 5}, "INVALID_FIELD_FOR_INSERT_UPDATE", f"fields: Net__c. {_SECURITY}"),
        ({"CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: CreatedDate."),
        ({"LastModifiedById": None}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: LastModifiedById."),
        ({"SystemModstamp": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: SystemModstamp."),
        ({"IsDeleted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: IsDeleted."),
        ({"Key__c": "b-1"}, "DUPLICATE_VALUE", "duplicate value found: Key__c duplicates value on record with id: a01"),
        ({"Sequel_Of__c": "soon"}, "MALFORMED_ID", "id value of incorrect type: soon"),
        ({"Sequel_Of__c": "a01000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
        ({"Id": "a01000000000009AAA"}, "INVALID_FIELD", "The Id field should not be specified in the sobject data."),
        ({"name": "other"}, "INVALID_FIELD", "Duplicate field name on sobject of type Book__c"),
        ({"Shelf__r": {"Key__c": "Low-1"}}, "INVALID_FIELD", "Duplicate field Shelf__r on sobject of type Book__c"),
        ({"attributes": {"type": "Shelf__c"}}, "INVALID_TYPE", "The attributes name the type Shelf__c"),
    ],
)
def test_a_record_that_cannot_be_created(api: Api, shelf: str, fields: dict[str, Any], code: str, words: str) -> None:
    with nothing_written(api):
        body = {"Name": "Persuasion", "Shelf__c": shelf, **fields}
        _refused(api, api.call("POST", "/sobjects/Book__c", body), code, words)


def test_a_date_takes_days_and_nothing_else(api: Api) -> None:
    for text in ("2026-01-13garbage", "13.01.2026", "2026-02-30", "2026-1-3", "today", "2026-01-13T25:00:00Z"):
        with nothing_written(api):
            answer = api.call("POST", "/sobjects/Shelf__c", {"Opened__c": text})
            _refused(api, answer, "JSON_PARSER_ERROR", f"instance of date from VALUE_STRING value {text}")
    for text in ("2026-01-13", "2026-01-13Z", "2026-01-13+01:00", "2026-01-13T22:00:00Z"):
        made = api.create("Shelf__c", Name="A", Opened__c=text)
        assert api.query(f"SELECT Opened__c FROM Shelf__c WHERE Id = '{made}'")[0]["Opened__c"] == "2026-01-13"


@pytest.mark.parametrize(
    ("path", "fields", "code", "words"),
    [
        ("Book__c/{book}", {"Shelf__c": "{low}"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Shelf__c."),
        ("Book__c/{book}", {"Shelf__c": None}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Shelf__c."),
        ("Book__c/{book}", {"Shelf__r": {"Key__c": "Low-1"}}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Shelf__c."),
        ("Book__c/{book}", {"Id": "{book}", "Name": "x"}, "INVALID_FIELD", "The Id field should not be specified"),
        ("Book__c/{book}", {"Name": "x", "Net__c": 1}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Net__c."),
        ("Shelf__c/{low}", {"Name": "x", "Key__c": "TOP-1"}, "DUPLICATE_VALUE", "Key__c duplicates value on record"),
        ("Shelf__c/{low}", {"Name": "x", "Total__c": 1}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Total__c."),
        ("Shelf__c/{low}", {"OwnerId": "005000000000009AAA"}, "INVALID_CROSS_REFERENCE_KEY", "Owner ID:"),
        ("Shelf__c/Key__c/Low-1", {"Key__c": "Low-1", "Name": "x"}, "INVALID_FIELD", "The Key__c field should not be"),
        ("Shelf__c/Key__c/Low-1", {"Id": "{low}", "Name": "x"}, "INVALID_FIELD", "The Id field should not be"),
        ("Loan__c/{loan}", {"Name": "L-9"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Name."),
    ],
)
def test_a_record_that_cannot_be_changed(
    api: Api, shelf: str, path: str, fields: dict[str, Any], code: str, words: str
) -> None:
    loan = api.create("Loan__c")
    ids = {
        "book": _id(api, "SELECT Id FROM Book__c"),
        "low": _id(api, "SELECT Id FROM Shelf__c WHERE Key__c = 'Low-1'"),
        "loan": loan,
    }
    text = json.dumps(fields)
    for name, record_id in ids.items():
        text = text.replace(f"{{{name}}}", record_id)
    with nothing_written(api):
        answer = api.call("PATCH", f"/sobjects/{path.format(**ids)}", json.loads(text))
        _refused(api, answer, code, words)


def test_an_auto_number_is_not_taken_from_a_client(api: Api) -> None:
    with nothing_written(api):
        answer = api.call("POST", "/sobjects/Loan__c", {"Name": "L-9"})
        _refused(api, answer, "INVALID_FIELD_FOR_INSERT_UPDATE", "fields: Name.")
    assert api.query(f"SELECT Name FROM Loan__c WHERE Id = '{api.create('Loan__c')}'")[0]["Name"] == "L-001"


def test_a_master_goes_with_its_details_unless_something_holds_one_of_them(api: Api, shelf: str) -> None:
    book = _id(api, "SELECT Id FROM Book__c")
    loan = api.create("Loan__c", Book__c=book)
    for path in (f"/sobjects/Shelf__c/{shelf}", f"/sobjects/Book__c/{book}", "/sobjects/Shelf__c/Key__c/Top-1"):
        with nothing_written(api):
            _refused(api, api.call("DELETE", path), "DELETE_FAILED", f"associated with the following Loans.: {loan}")
    assert api.call("DELETE", f"/sobjects/Loan__c/{loan}").status_code == 204
    assert api.call("DELETE", f"/sobjects/Shelf__c/{shelf}").status_code == 204
    assert api.query("SELECT Id FROM Book__c") == []
    deleted = api.call("GET", "/queryAll?q=SELECT+Id,IsDeleted+FROM+Book__c").json()["records"]
    assert [(row["Id"], row["IsDeleted"]) for row in deleted] == [(book, True)]


@pytest.mark.parametrize("name", ["User", "Organization"])
def test_what_an_org_does_not_delete(api: Api, name: str) -> None:
    with nothing_written(api):
        answer = api.call("DELETE", f"/sobjects/{name}/{_id(api, f'SELECT Id FROM {name}')}")
        _refused(api, answer, "INSUFFICIENT_ACCESS_OR_READONLY", "does not support delete", 403)


# Collections


def _collection(api: Api, method: str, path: str, *rows: dict[str, Any], **more: Any) -> requests.Response:
    records = [{"attributes": {"type": "Shelf__c"}, **row} for row in rows]
    return api.call(method, f"/composite/sobjects{path}", {"records": records, **more})


def test_a_collection_call_with_a_word_nobody_knows(api: Api, shelf: str) -> None:
    for more in ({"allOrNone": "perhaps"}, {"allOrNone": 1}, {"allornone": True}):
        with nothing_written(api):
            answer = _collection(api, "POST", "", {"Name": "A"}, **more)
            assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "rows", "code", "words"),
    [
        ("PATCH", "", [{"Name": "x"}], "MISSING_ARGUMENT", "Id not specified in an update call"),
        ("PATCH", "", [{"id": "soon", "Name": "x"}], "MALFORMED_ID", "id value of incorrect type: soon"),
        (
            "POST",
            "",
            [{"id": "a00000000000001AAA"}],
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "cannot specify Id in an insert",
        ),
        ("POST", "", [{"Key__c": "top-1"}], "DUPLICATE_VALUE", "duplicate value found: Key__c"),
        ("PATCH", "/Shelf__c/Key__c", [{"Name": "x"}], "MISSING_ARGUMENT", "Key__c not specified"),
        (
            "PATCH",
            "/Shelf__c/Key__c",
            [{"Key__c": "N-1", "Name": "x"}, {"Key__c": "n-1", "Name": "y"}],
            "DUPLICATE_VALUE",
            "Duplicate external id specified: n-1",
        ),
        (
            "PATCH",
            "/Shelf__c/Key__c",
            [{"Key__c": "Top-1", "Name": "x"}, {"Key__c": "TOP-1", "Name": "y"}],
            "DUPLICATE_VALUE",
            "Duplicate external id specified: top-1",
        ),
    ],
)
def test_a_collection_row_that_is_refused(
    api: Api, shelf: str, method: str, path: str, rows: list[dict[str, Any]], code: str, words: str
) -> None:
    with nothing_written(api):
        answer = _collection(api, method, path, *rows)
        assert answer.status_code == 200
        for each in answer.json():
            assert each["success"] is False
            assert each["errors"][0]["statusCode"] == code
            assert words in each["errors"][0]["message"]
