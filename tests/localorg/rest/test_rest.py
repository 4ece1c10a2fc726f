"""The REST API, over real HTTP."""

from typing import Any

import pytest
import requests

from tests.localorg.own_org import Api


def test_who_is_calling_and_what_the_org_has(api: Api) -> None:
    info = requests.get(
        f"{api.url}/services/oauth2/userinfo", headers={"Authorization": f"Bearer {api.token}"}, timeout=9
    )
    assert info.json()["organization_id"] == api.org.org_id
    assert info.json()["preferred_username"] == "ann@library.example"
    identity = requests.get(
        f"{api.url}/id/{api.org.org_id}/{info.json()['user_id']}?oauth_token={api.token}", timeout=9
    )
    assert identity.json()["username"] == "ann@library.example"
    versions = requests.get(f"{api.url}/services/data/", timeout=9).json()
    assert versions[-1]["version"] == "67.0" and versions[-2] == {
        "label": "Spring '26",
        "url": "/services/data/v66.0",
        "version": "66.0",
    }
    assert api.call("GET", "").json()["sobjects"] == "/services/data/v66.0/sobjects"
    (org,) = api.query("SELECT Name, IsSandbox, TrialExpirationDate, OrganizationType FROM Organization")
    assert (org["IsSandbox"], org["TrialExpirationDate"]) == (False, None)
    assert api.call("GET", f"/sobjects/Organization/{api.org.org_id}").json()["Name"] == "library"


def test_the_identity_services_refuse_tokens_in_words_of_their_own(api: Api) -> None:
    for path in ("/services/oauth2/userinfo", f"/id/{api.org.org_id}/005000000000001AAA"):
        for headers, words in (({"Authorization": "Bearer 00Dxx!nope"}, "Bad"), ({}, "Missing")):
            answer = requests.get(api.url + path, headers=headers, timeout=9)
            assert (answer.status_code, answer.text) == (403, f"{words}_OAuth_Token")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer 00Dxx!nope"},
        {"Authorization": "Basic abc"},
        {"X-SFDC-Session": "nope"},
    ],
)
def test_without_a_session_nothing_is_answered(api: Api, headers: dict[str, str]) -> None:
    answer = requests.get(f"{api.url}/services/data/v66.0/sobjects", headers=headers, timeout=9)
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_a_token_comes_in_any_of_the_ways_clients_send_it(api: Api) -> None:
    url = f"{api.url}/services/data/v66.0/limits"
    for headers in ({"Authorization": f"OAuth {api.token}"}, {"X-SFDC-Session": api.token}):
        assert requests.get(url, headers=headers, timeout=9).status_code == 200
    assert requests.get(url, params={"oauth_token": api.token}, timeout=9).status_code == 200


def test_a_revoked_token_and_an_inactive_user_are_shut_out(api: Api) -> None:
    user = api.org.users.by_username("ANN@library.example")
    assert user is not None
    api.org.store.execute("UPDATE User SET IsActive = 0 WHERE Id = ?", (user.id,))
    assert api.call("GET", "/limits").status_code == 401
    api.org.store.execute("UPDATE User SET IsActive = 1 WHERE Id = ?", (user.id,))
    assert api.call("GET", "/limits").status_code == 200
    api.org.users.revoke(user.id)
    assert api.call("GET", "/limits").status_code == 401


def test_paths_are_forgiving(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    for path in ("/services/DATA/v66.0/SObjects/account/Describe/", "//services/data/v66.0/sobjects/ACCOUNT/describe"):
        assert requests.get(api.url + path, headers=headers, timeout=9).json()["name"] == "Account"
    assert api.call("GET", "/query/?q=SELECT+count()+FROM+User").json()["records"] == []


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Nothing__c/describe", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Account/001000000000001AAA", 404, "NOT_FOUND"),
        ("DELETE", "/sobjects/Account/soon", 404, "NOT_FOUND"),
        ("GET", "/sobjects/Account/003000000000001AAA", 400, "MALFORMED_ID"),
        ("DELETE", "/sobjects/Account/001000000000001AAA", 404, "INVALID_CROSS_REFERENCE_KEY"),
        ("GET", "/sobjects/Shelf__c/Nope__c/x", 404, "NOT_FOUND"),
        ("PUT", "/query", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/sobjects/Account", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/query", 400, "MALFORMED_QUERY"),
        ("GET", "/query?q=SELECT+Foo+FROM+Account", 400, "INVALID_FIELD"),
        ("GET", f"/query?q={'x' * 17000}", 414, "URI_TOO_LONG"),
        ("GET", "/query/01g000000000001AAA-2000", 400, "INVALID_QUERY_LOCATOR"),
    ],
)
def test_what_is_not_there_is_said_in_salesforces_words(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = api.call(method, path)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)


def test_an_unknown_version_is_not_found(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}"}
    for version in ("v99.0", "v1.0", "latest", "v66.5"):
        answer = requests.get(f"{api.url}/services/data/{version}/limits", headers=headers, timeout=9)
        assert answer.status_code == 404


def test_one_record_through_its_life(api: Api) -> None:
    record = api.create("Shelf__c", Name="A", Key__c="A/1 ä?#")
    path = f"/sobjects/Shelf__c/{record}"
    assert api.call("GET", f"{path}?fields=Name,Owner.Name").json()["Owner"]["Name"] == "Ann Bee"
    assert api.call("PATCH", path, {"Name": "B"}).status_code == 204
    assert (
        api.call("GET", f"/sobjects/Shelf__c/Key__c/{requests.utils.quote('A/1 ä?#', safe='')}").json()["Name"] == "B"
    )
    assert api.call("PATCH", path, {"Nope": 1}).json()[0]["errorCode"] == "INVALID_FIELD"
    assert (
        api.call("POST", "/sobjects/Shelf__c", data=b"{", headers={"Content-Type": "application/json"}).json()[0][
            "errorCode"
        ]
        == "JSON_PARSER_ERROR"
    )
    assert api.call("DELETE", path).status_code == 204
    gone = api.call("GET", path)
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")


def test_upsert_by_external_id(api: Api) -> None:
    created = api.call("PATCH", "/sobjects/Shelf__c/Key__c/K1", {"Name": "A"})
    assert (created.status_code, created.json()["created"]) == (201, True)
    changed = api.call("PATCH", "/sobjects/shelf__c/key__c/k1", {"Name": "B"})
    assert (changed.status_code, changed.json()["created"], changed.json()["id"]) == (200, False, created.json()["id"])
    assert api.call("PATCH", "/sobjects/Shelf__c/Key__c/K2?updateOnly=true", {"Name": "B"}).status_code == 404
    for _ in range(2):
        api.org.records.raw_insert("Shelf__c", {"Name": "twin", "Key__c": "T"})
    several = api.call("PATCH", "/sobjects/Shelf__c/Key__c/T", {"Name": "B"})
    assert several.status_code == 300 and len(several.json()) == 2
    assert several.json()[0].startswith("/services/data/v66.0/sobjects/Shelf__c/a0")


def _records(kind: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"attributes": {"type": kind}, **row} for row in rows]


def test_collections_answer_record_by_record(api: Api) -> None:
    body = {"records": _records("Shelf__c", {"Name": "A", "Key__c": "1"}, {"Key__c": "1"}, {"Name": "C", "Nope": 1})}
    answer = api.call("POST", "/composite/sobjects", body)
    assert answer.status_code == 200
    first, second, third = answer.json()
    assert first["success"] and first["errors"] == []
    assert second["errors"][0]["statusCode"] == "DUPLICATE_VALUE" and "id" not in second
    assert third["errors"][0]["statusCode"] == "INVALID_FIELD"
    rows = _records("Shelf__c", {"id": first["id"], "Name": "B"}, {"id": "a00000000000009AAA", "Name": "B"})
    changed = api.call("PATCH", "/composite/sobjects", {"records": rows}).json()
    assert [each["success"] for each in changed] == [True, False]
    upserted = api.call(
        "PATCH",
        "/composite/sobjects/Shelf__c/Key__c",
        {"records": _records("Shelf__c", {"Key__c": "1"}, {"Key__c": "2"})},
    ).json()
    assert [each["created"] for each in upserted] == [False, True]
    by_id = api.call(
        "PATCH", "/composite/sobjects/Shelf__c/Id", {"records": _records("Shelf__c", {"Id": None, "Name": "new"})}
    ).json()
    assert by_id[0]["created"] is True
    read = api.call("GET", f"/composite/sobjects/Shelf__c?ids={first['id']},a00000000000009AAA&fields=Name").json()
    assert read[0]["Name"] == "B" and read[1] is None
    gone = api.call("DELETE", f"/composite/sobjects?ids={first['id']},{upserted[1]['id']}&allOrNone=true").json()
    assert all(each["success"] for each in gone)
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c")] == ["new"]


def test_all_or_none_collections_write_nothing(api: Api) -> None:
    body = {"allOrNone": True, "records": _records("Shelf__c", {"Name": "A"}, {"Nope": 1})}
    answer = api.call("POST", "/composite/sobjects", body).json()
    assert answer[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert api.query("SELECT Id FROM Shelf__c") == []


@pytest.mark.parametrize(
    "body",
    [
        {"records": _records("Shelf__c", *({"Name": "x"} for _ in range(201)))},
        {"records": [{"Name": "no type"}]},
        {"records": "no list"},
        {"records": [], "allornone": True},
        {
            "records": _records("Shelf__c", {}) * 0
            + [r for _ in range(6) for k in ("Shelf__c", "Account") for r in _records(k, {"Name": "x"})]
        },
    ],
)
def test_a_collection_call_that_is_not_well_formed_is_refused_whole(api: Api, body: dict[str, Any]) -> None:
    assert api.call("POST", "/composite/sobjects", body).status_code == 400
    assert api.query("SELECT Id FROM Shelf__c") == []


def test_queries_page_by_the_header_and_count_what_they_cost(api: Api) -> None:
    with api.org.store.transaction():
        for number in range(450):
            api.org.records.raw_insert("Account", {"Name": f"A{number:03}"})
    headers = {"Sforce-Query-Options": "batchSize=200"}
    answer = api.call("GET", "/query", params={"q": "SELECT Name FROM Account"}, headers=headers)
    assert answer.headers["Sforce-Limit-Info"].startswith("api-usage=1/")
    found, pages = answer.json()["records"], 1
    while not answer.json()["done"]:
        path = answer.json()["nextRecordsUrl"].removeprefix("/services/data/v66.0")
        answer, pages = api.call("GET", path, headers=headers), pages + 1
        found += answer.json()["records"]
    assert (len(found), pages, len({row["Name"] for row in found})) == (450, 3, 450)
    counts = api.call("GET", "/limits/recordCount?sObjects=Account,Case").json()
    assert counts == {"sObjects": [{"count": 450, "name": "Account"}]}
    assert api.call("GET", "/limits").json()["DataStorageMB"]["Max"] == 10240


def test_query_all_and_columns(api: Api) -> None:
    record = api.create("Shelf__c", Name="A")
    api.call("DELETE", f"/sobjects/Shelf__c/{record}")
    assert api.call("GET", "/queryAll?q=SELECT+Id+FROM+Shelf__c").json()["totalSize"] == 1
    columns = api.call("GET", "/query?q=SELECT+Id,Owner.Name,(SELECT+Id+FROM+Books__r)+FROM+Shelf__c&columns=true")
    assert [each["columnName"] for each in columns.json()["columnMetadata"]] == ["Id", "Owner", "Books__r"]


def test_chunked_bodies_and_readable_answers(api: Api) -> None:
    headers = {"Content-Type": "application/json", "X-PrettyPrint": "1"}
    answer = api.call("POST", "/sobjects/Shelf__c", data=iter([b'{"Name"', b': "A"}']), headers=headers)
    assert answer.status_code == 201
    assert '  "success" : true' in answer.text


def test_the_duplicate_header_reaches_the_save(api: Api) -> None:
    from tests.localorg.records.test_saving import _duplicate_rules

    user = api.org.users.by_username("ann@library.example")
    assert user is not None
    _duplicate_rules(api.org, user.id, "Allow")
    api.create("Shelf__c", Name="A")
    refused = api.call("POST", "/sobjects/Shelf__c", {"Name": "A"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "DUPLICATES_DETECTED")
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert api.call("POST", "/sobjects/Shelf__c", {"Name": "A"}, headers=headers).status_code == 201
