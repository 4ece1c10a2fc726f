"""Faults of the wire: what the client sees, and what the org holds afterwards."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest
import requests

from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.server import serve
from hotfix_tui.localorg.traffic import Traffic
from tests.localorg.faults.conftest import EMPTY_DEPLOY, Faulty, fault_of


def test_drop_before_leaves_the_org_as_it_was(api: Faulty) -> None:
    api.fault("drop_before", call="create")
    with pytest.raises(requests.ConnectionError):
        api.account("Lost")
    assert api.accounts() == []
    assert api.account("Comes through").status_code == 201


# Commit, then drop the reply: what the org must offer first of all.


@pytest.mark.parametrize("kind", ["create", "update", "upsert", "delete", "collections", "collections-delete"])
def test_drop_after_commits_each_kind_of_write_and_loses_only_the_reply(api: Faulty, kind: str) -> None:
    shelf = api.create("Shelf__c", Name="Before", Key__c="S1")
    row = {"attributes": {"type": "Shelf__c"}, "Name": "After", "Key__c": "S2"}
    method, path, body, after = {
        "create": ("POST", "/sobjects/Shelf__c", {"Name": "After"}, ["After", "Before"]),
        "update": ("PATCH", f"/sobjects/Shelf__c/{shelf}", {"Name": "After"}, ["After"]),
        "upsert": ("PATCH", "/sobjects/Shelf__c/Key__c/S1", {"Name": "After"}, ["After"]),
        "delete": ("DELETE", f"/sobjects/Shelf__c/{shelf}", None, []),
        "collections": ("POST", "/composite/sobjects", {"records": [row]}, ["After", "Before"]),
        "collections-delete": ("DELETE", f"/composite/sobjects?ids={shelf}", None, []),
    }[kind]
    api.fault("drop_after", call=kind.partition("-")[0])
    with pytest.raises(requests.ConnectionError):
        api.call(method, path, body)
    assert [row["Name"] for row in api.query("SELECT Name FROM Shelf__c ORDER BY Name")] == after
    assert list(api.org.faults) == []


def test_drop_after_a_deploy_leaves_a_deployment_that_can_be_found(api: Faulty) -> None:
    api.fault("drop_after", call="deploy")
    with pytest.raises(requests.ConnectionError):
        api.soap("deploy", EMPTY_DEPLOY)
    found = api.call("GET", "/tooling/query", params={"q": "SELECT Id, Status FROM DeployRequest"}).json()
    assert found["size"] == 1


def test_a_reset_is_seen_as_one_and_reaches_nobody(api: Faulty) -> None:
    api.fault("reset", call="create")
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        body = b'{"Name": "Lost"}'
        raw.sendall(
            b"POST /services/data/v66.0/sobjects/Account HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"Authorization: Bearer {api.token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        with pytest.raises(ConnectionResetError):
            raw.recv(10)
    assert api.accounts() == []


def test_a_delay_passes_before_the_org_hears_of_it_and_repeats_by_seed(api: Faulty) -> None:
    pauses = []
    for _ in range(2):
        api.fault("delay", call="create", seconds=0.05, jitter=0.05, seed=7, times=2)
        (fault,) = api.org.faults
        pauses.append([fault.pause(), fault.pause()])
        api.org.faults.clear()
    assert pauses[0] == pauses[1]
    assert len(set(pauses[0])) == 2
    api.fault("delay", call="create", seconds=0.2)
    started = time.monotonic()
    assert api.account("Late").status_code == 201
    assert time.monotonic() - started >= 0.2
    assert api.accounts() == ["Late"]


def test_a_truncated_answer_breaks_off_before_its_length_and_the_write_stands(api: Faulty) -> None:
    api.fault("truncate", call="create", bytes=5)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.account("Cut")
    assert api.accounts() == ["Cut"]
    api.fault("truncate", call="query")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api.accounts()


def test_a_slow_answer_comes_whole_in_its_time(api: Faulty) -> None:
    whole = api.call("GET", "/sobjects/Account").content
    api.fault("slow", call="describe", rate=len(whole) * 4)
    started = time.monotonic()
    assert api.call("GET", "/sobjects/Account").content == whole
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [("too_many", 429, "REQUEST_LIMIT_EXCEEDED"), ("unavailable", 503, "SERVER_UNAVAILABLE")],
)
def test_busy_answers_say_when_to_come_back_in_the_shape_of_their_api(
    api: Faulty, mode: str, status: int, code: str
) -> None:
    api.fault(mode, call="create", retry_after=7)
    answer = api.account("Not now")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert [item["errorCode"] for item in answer.json()] == [code]
    api.fault(mode, path="listMetadata")
    assert fault_of(api.soap("listMetadata"))[:2] == (status, f"sf:{code}")
    api.fault(mode, path="/services/async/")
    headers = {"X-SFDC-Session": api.token, "Content-Type": "application/xml"}
    bulk = requests.post(f"{api.url}/services/async/66.0/job", "<jobInfo/>", headers=headers, timeout=10)
    assert (bulk.status_code, "<exceptionCode>" in bulk.text) == (status, True)
    assert api.accounts() == []


def test_a_status_answers_what_it_was_told_without_asking_the_org(api: Faulty) -> None:
    api.fault(
        "status", method="POST", path="/sobjects/Account", status=500, body='[{"errorCode": "UNKNOWN_EXCEPTION"}]'
    )
    answer = api.account("Never")
    assert (answer.status_code, answer.json()) == (500, [{"errorCode": "UNKNOWN_EXCEPTION"}])
    assert api.accounts() == []


def test_a_fault_waits_for_the_nth_call_and_is_good_for_so_many(api: Faulty) -> None:
    api.fault("unavailable", call="create", nth=2, times=2)
    assert [api.account(f"{number}").status_code for number in range(4)] == [201, 503, 503, 201]
    assert api.accounts() == ["0", "3"]


def test_the_time_a_fault_takes_is_not_the_orgs(org: LocalOrg, user: str) -> None:
    seen: list[Traffic] = []

    def wrap(application: Any) -> Traffic:
        seen.append(Traffic(application, org))
        return seen[0]

    with serve(org, wrap) as url:
        api = Faulty(url, org.users.token_for(user), org)
        api.fault("delay", call="create", seconds=0.5)
        started = time.monotonic()
        api.account("Late")
        took = (time.monotonic() - started) * 1000
        api.fault("unavailable", call="create")
        api.account("Never")
    late, never = seen[0].requests.log
    assert 0 < late["ms"] <= took - 500
    assert (never["ms"], never["status"], never["fault"]) == (0, 503, "unavailable")
