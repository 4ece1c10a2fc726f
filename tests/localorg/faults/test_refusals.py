"""Faults of whole orgs and sessions: limits, maintenance, storage, who is let in; the answer, and what stays."""

from __future__ import annotations

import io
import zipfile

import pytest
import requests

from hotfix_tui.localorg.metadata.options import DeployOptions
from tests.localorg.faults.conftest import EMPTY_DEPLOY, Faulty, fault_of


def _refused(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def test_a_call_can_be_refused_for_the_request_limit(api: Faulty) -> None:
    api.fault("request_limit", call="create")
    answer = api.account("No more")
    assert _refused(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert answer.json()[0]["message"] == "TotalRequests Limit exceeded."
    assert api.accounts() == []


def test_the_daily_limit_counts_can_be_lowered_and_opens_again_after_a_day(api: Faulty) -> None:
    used = api.org.requests
    api.org.conditions.change({"request_limit": used + 2})
    first = api.account("One")
    assert first.headers["Sforce-Limit-Info"] == f"api-usage={used + 1}/{used + 2}"
    shown = api.call("GET", "/limits").json()["DailyApiRequests"]
    assert shown == {"Max": used + 2, "Remaining": 0}
    assert _refused(api.account("Two")) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert fault_of(api.soap("listMetadata"))[1] == "sf:REQUEST_LIMIT_EXCEEDED"
    api.org.clock.advance(24 * 3600)
    assert api.account("Three").status_code == 201
    assert api.accounts() == ["One", "Three"]


def test_a_session_ends_at_the_nth_call_and_stays_ended(api: Faulty) -> None:
    api.fault("session_expiry", call="write", nth=2)
    assert api.account("Before").status_code == 201
    assert _refused(api.account("After")) == (401, "INVALID_SESSION_ID")
    assert _refused(api.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")
    user = api.org.users.by_username("ann@library.example")
    assert user is not None
    old, api.token = api.token, api.org.users.token_for(user.id)
    assert api.token != old
    assert api.accounts() == ["Before"]


def test_a_session_ends_in_the_middle_of_soap_too(api: Faulty) -> None:
    api.fault("session_expiry", call="list")
    assert fault_of(api.soap("listMetadata"))[1] == "sf:INVALID_SESSION_ID"
    assert _refused(api.call("GET", "/limits")) == (401, "INVALID_SESSION_ID")


def test_a_read_only_org_answers_queries_and_refuses_every_write(api: Faulty) -> None:
    shelf = api.create("Shelf__c", Name="Kept", Key__c="S1")
    api.org.conditions.change({"read_only": True})
    code = "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    for method, path, body in (
        ("POST", "/sobjects/Shelf__c", {"Name": "x"}),
        ("PATCH", f"/sobjects/Shelf__c/{shelf}", {"Name": "x"}),
        ("PATCH", "/sobjects/Shelf__c/Key__c/S1", {"Name": "x"}),
        ("DELETE", f"/sobjects/Shelf__c/{shelf}", None),
        ("PATCH", "/tooling/sobjects/ValidationRule/03d000000000001AAA", {"Metadata": {}}),
        ("POST", "/jobs/ingest", {"object": "Shelf__c", "operation": "insert"}),
    ):
        assert _refused(api.call(method, path, body)) == (503, code), path
    row = {"attributes": {"type": "Shelf__c"}, "Name": "x"}
    (item,) = api.call("POST", "/composite/sobjects", {"records": [row]}).json()
    assert item["errors"][0]["message"].startswith("Updates can't be made during maintenance.")
    assert fault_of(api.soap("deploy", EMPTY_DEPLOY))[1] == f"sf:{code}"
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c")] == ["Kept"]
    assert api.org.deploys.jobs() == []
    api.org.conditions.clear()
    assert api.account("After").status_code == 201


def test_a_full_org_takes_no_more_records_and_deleting_makes_room(api: Faulty) -> None:
    api.create("Account", Name="First")
    api.org.conditions.change({"storage_mb": (api.org.records.storage.used() + 2 * 2048) / 1024**2})
    rows = [{"attributes": {"type": "Account"}, "Name": f"Row {number}"} for number in range(4)]
    items = api.call("POST", "/composite/sobjects", {"records": rows}).json()
    assert [item["success"] for item in items] == [True, True, False, False]
    assert items[2]["errors"][0] == {
        "statusCode": "STORAGE_LIMIT_EXCEEDED",
        "message": "storage limit exceeded",
        "fields": [],
    }
    assert api.call("GET", "/limits").json()["DataStorageMB"]["Remaining"] == 0
    assert _refused(api.account("Single")) == (400, "STORAGE_LIMIT_EXCEEDED")
    assert api.call("PATCH", f"/sobjects/Account/{items[0]['id']}", {"Name": "Changed"}).status_code == 204
    assert api.call("DELETE", f"/sobjects/Account/{items[1]['id']}").status_code == 204
    assert api.account("Single").status_code == 201
    outcome = api.org.records.undelete(api.org.system_user_id, items[1]["id"])
    assert [error.code for error in outcome.errors] == ["STORAGE_LIMIT_EXCEEDED"]
    assert api.accounts() == ["Changed", "First", "Single"]


def test_storage_is_two_kilobytes_a_record(api: Faulty) -> None:
    before = api.org.records.storage.used()
    api.account("One")
    assert api.org.records.storage.used() - before == 2048
    api.create("Campaign", Name="Four times as much")
    assert api.org.records.storage.used() - before == 2048 + 8192


@pytest.mark.parametrize(
    ("access", "message", "why", "login"),
    [
        (
            "ip",
            "This session is not valid for use with the REST API",
            "ip restricted",
            "LOGIN_DURING_RESTRICTED_DOMAIN",
        ),
        ("hours", "Session expired or invalid", "invalid login hours", "LOGIN_DURING_RESTRICTED_TIME"),
    ],
)
def test_who_comes_from_elsewhere_or_at_night_is_not_let_in(
    api: Faulty, access: str, message: str, why: str, login: str
) -> None:
    api.org.conditions.change({"access": access})
    answer = api.account("From elsewhere")
    assert answer.status_code == 401
    assert answer.json() == [{"message": message, "errorCode": "INVALID_SESSION_ID"}]
    assert fault_of(api.soap("listMetadata"))[2] == (
        "INVALID_SESSION_ID: Invalid Session ID found in SessionHeader: Illegal Session"
    )
    token = requests.post(f"{api.url}/services/oauth2/token", {"grant_type": "refresh_token"}, timeout=10)
    assert (token.status_code, token.json()["error_description"]) == (400, why)
    assert fault_of(api.soap("login", kind="u"))[1] == f"sf:{login}"
    api.org.conditions.clear()
    assert api.accounts() == []


def test_a_condition_can_come_with_the_nth_call(api: Faulty) -> None:
    api.fault("condition", call="create", nth=2, conditions={"read_only": True})
    assert [api.account(f"{number}").status_code for number in range(3)] == [201, 503, 503]
    assert api.accounts() == ["0"]


def test_rows_are_locked_for_a_call_and_only_those_records_are_refused(api: Faulty) -> None:
    one, two = (api.create("Shelf__c", Name=name) for name in ("One", "Two"))
    rows = [{"attributes": {"type": "Book__c"}, "Name": "A book", "Shelf__c": shelf} for shelf in (one, two, one)]
    api.fault("lock_rows", call="collections", rows=[two])
    items = api.call("POST", "/composite/sobjects", {"records": rows}).json()
    assert [item["success"] for item in items] == [True, False, True]
    assert items[1]["errors"][0]["message"] == f"unable to obtain exclusive access to this record or 1 records: {two}"
    assert [book["Shelf__c"] for book in api.query("SELECT Shelf__c FROM Book__c")] == [one, one]
    api.fault("lock_rows", call="update", object="Shelf__c")
    assert _refused(api.call("PATCH", f"/sobjects/Shelf__c/{one}", {"Name": "x"})) == (400, "UNABLE_TO_LOCK_ROW")
    assert api.call("PATCH", f"/sobjects/Shelf__c/{one}", {"Name": "x"}).status_code == 204


def test_an_org_a_release_behind_has_no_newer_version_and_reads_no_newer_package(api: Faulty) -> None:
    api.org.conditions.change({"newest_version": 66})
    assert requests.get(f"{api.url}/services/data", timeout=10).json()[-1]["version"] == "66.0"
    assert api.accounts() == []
    headers = {"Authorization": f"Bearer {api.token}"}
    newer = requests.get(f"{api.url}/services/data/v67.0/limits", headers=headers, timeout=10)
    assert _refused(newer) == (404, "NOT_FOUND")
    at_67 = requests.post(f"{api.url}/services/Soap/m/67.0", "<e:Envelope/>", timeout=10)
    assert fault_of(at_67)[1:] == (
        "sf:UNSUPPORTED_API_VERSION",
        "UNSUPPORTED_API_VERSION: Invalid Api version specified on URL: 67.0",
    )
    package = b'<Package xmlns="http://soap.sforce.com/2006/04/metadata"><version>67.0</version></Package>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("package.xml", package)
    options = DeployOptions(rollback_on_error=True, single_package=True)
    job = api.org.deploys.enqueue(out.getvalue(), options, api.org.system_user_id)
    assert api.org.deploys.wait_idle()
    done = api.org.deploys.job(job.id)
    assert done is not None
    assert (done.status, done.error_message) == ("Failed", "Invalid version specified:67.0")
