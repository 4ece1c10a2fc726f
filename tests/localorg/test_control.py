"""The control endpoint: request log, faults, clock, prepared changes."""

from __future__ import annotations

import http.client
import json
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg import process, registry
from hotfix_tui.localorg.client import HttpProblem
from tests.localorg.small import SMALL, run, start, write
from tests.localorg.wire import Refused, Wire


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(tmp_path / "small", SMALL)


@pytest.fixture(autouse=True)
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


def test_control_wants_its_token(small: Path) -> None:
    found = start(small)
    parts = urllib.parse.urlparse(found["control"]["url"])
    for token in ("", "Bearer wrong", f"Bearer {found['orgs']['one']['access_token']}"):
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
        connection.request("GET", "/status", headers={"Authorization": token} if token else {})
        assert connection.getresponse().status == 401
    assert "access_token" not in json.dumps(process.status())


def test_the_request_log_counts_and_hides_tokens(small: Path) -> None:
    one = Wire(start(small)["orgs"]["one"])
    one.query("SELECT Id FROM Account")
    one.soap("<describeMetadata><asOfVersion>60.0</asOfVersion></describeMetadata>")
    with pytest.raises(Refused):
        one.call("GET", f"/services/data/v60.0/nowhere?oauth_token={one.token}")
    found = process.control("GET", "/orgs/one/requests")
    assert [(row["method"], row["operation"], row["status"]) for row in found["log"]] == [
        ("GET", "", 200),
        ("POST", "describeMetadata", 200),
        ("GET", "", 404),
    ]
    assert found["requests"] == 3
    assert found["busy_ms"] > 0
    assert all(row["bytes"] > 0 for row in found["log"])
    assert one.token not in json.dumps(found)
    assert process.control("GET", "/orgs/two/requests")["requests"] == 0


def test_drop_before_loses_the_request_and_drop_after_only_the_reply(small: Path) -> None:
    one = Wire(start(small)["orgs"]["one"])
    for mode, rows in (("drop_before", 2), ("drop_after", 3)):
        process.control("POST", "/faults", {"org": "one", "mode": mode, "method": "POST", "path": "/sobjects/Account"})
        with pytest.raises((http.client.HTTPException, OSError)):
            one.rest("POST", "/sobjects/Account", {"Name": mode})
        assert one.count("Account") == rows, mode
    one.rest("POST", "/sobjects/Account", {"Name": "goes through"})
    log = process.control("GET", "/orgs/one/requests")["log"]
    assert [row["fault"] for row in log if row["method"] == "POST"] == ["drop_before", "drop_after", ""]
    assert "Traceback" not in (registry.home() / "process.log").read_text()


def test_status_and_delay_faults_count_down_and_fit_by_soap_operation(small: Path) -> None:
    found = start(small)
    one, two = Wire(found["orgs"]["one"]), Wire(found["orgs"]["two"])
    body = '[{"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}]'
    process.control(
        "POST", "/faults", {"faults": [
            {"org": "one", "mode": "status", "status": 503, "path": "/query", "times": 2, "body": body},
            {"org": "one", "mode": "delay", "seconds": 0.3, "path": "describeMetadata"},
        ]}
    )  # fmt: skip
    for _ in range(2):
        with pytest.raises(Refused, match="SERVER_UNAVAILABLE"):
            one.count("Account")
    assert one.count("Account") == two.count("Account") == 2
    began = time.monotonic()
    one.soap("<describeMetadata><asOfVersion>60.0</asOfVersion></describeMetadata>")
    assert time.monotonic() - began >= 0.3
    assert process.control("GET", "/faults")["faults"] == []


def test_faults_that_mean_nothing_are_refused_whole(small: Path) -> None:
    start(small)
    good = {"org": "one", "mode": "drop_before"}
    for bad in ({"mode": "explode"}, {"times": 0}, {"color": 1}, {"seconds": 9999}, {"org": "nowhere"}, {"status": 7}):
        with pytest.raises(HttpProblem) as refused:
            process.control("POST", "/faults", {"faults": [good, {**good, **bad}]})
        assert refused.value.status in (400, 404)
    assert process.control("GET", "/faults")["faults"] == []


def test_the_clock_is_one_for_all_orgs(small: Path) -> None:
    found = start(small, now="2026-01-13T10:00:00Z")
    process.control("POST", "/clock", {"now": "2027-07-07T07:07:07Z"})
    process.control("POST", "/clock", {"advance": 86400})
    for alias in ("one", "two"):
        org = Wire(found["orgs"][alias])
        made = org.rest("POST", "/sobjects/Account", {"Name": "Later"})
        (row,) = org.query(f"SELECT CreatedDate FROM Account WHERE Id = '{made['id']}'")
        assert row["CreatedDate"].startswith("2027-07-08T07:0")
    with pytest.raises(HttpProblem, match="no time"):
        process.control("POST", "/clock", {"now": "tomorrow"})


def test_a_change_is_made_as_its_user_once(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = Wire(start(small)["orgs"]["two"])
    assert run("apply", "two", "rename") == 0
    assert "rename is in two now." in capsys.readouterr().out
    (row,) = two.query("SELECT LastModifiedBy.Username FROM Account WHERE Name = 'Apex'")
    assert row["LastModifiedBy"]["Username"] == "bob@small.example.two"
    assert run("apply", "two", "rename") == 3
    assert run("apply", "one", "rename") == 2
    assert run("apply", "three", "rename") == 2
    errors = capsys.readouterr().err.splitlines()
    assert errors[0] == "rename is in two already."
    assert "one; it has none" in errors[1]
    assert errors[2].startswith("There is no org three.")
    process.stop()
    start(small)
    assert run("apply", "two", "rename") == 3, "remembered over a restart"


def test_what_escaped_a_roll_back_can_be_read(small: Path) -> None:
    found = start(small)
    one = Wire(found["orgs"]["one"])
    event = (
        '<?xml version="1.0" encoding="UTF-8"?><CustomObject xmlns="http://soap.sforce.com/2006/04/metadata">'
        "<label>Said</label><pluralLabel>Said</pluralLabel><deploymentStatus>Deployed</deploymentStatus>"
        "<publishBehavior>PublishImmediately</publishBehavior></CustomObject>"
    )
    manifest = (
        '<Package xmlns="http://soap.sforce.com/2006/04/metadata"><types><members>Said__e</members>'
        "<name>CustomObject</name></types><version>60.0</version></Package>"
    )
    files = {"objects/Said__e.object": event.encode(), "package.xml": manifest.encode()}
    assert one.deploy(files) == (True, [])
    steps = [
        {"method": "POST", "url": f"/services/data/v60.0/sobjects/{name}", "referenceId": name, "body": {}}
        for name in ("Said__e", "Account")
    ]
    one.rest("POST", "/composite", {"allOrNone": True, "compositeRequest": steps})
    (escaped,) = process.control("GET", "/orgs/one/escaped")["escaped"]
    assert (escaped["kind"], escaped["object"]) == ("platform_event", "Said__e")
    assert run("control", "escaped", "two", "--json") == 0


def test_deleted_fields_are_shown_and_brought_back(small: Path) -> None:
    one = Wire(start(small)["orgs"]["one"])
    name, path = "Account.Note__c", "objects/Account.object"
    field = "<fields><fullName>Note__c</fullName><label>Note</label><length>9</length><type>Text</type></fields>"
    head = '<{0} xmlns="http://soap.sforce.com/2006/04/metadata">{1}</{0}>'
    types = f"<types><members>{name}</members><name>CustomField</name></types>"
    wanted = head.format("Package", f"{types}<version>60.0</version>")
    empty = head.format("Package", "<version>60.0</version>")
    one.deploy({"package.xml": wanted, path: head.format("CustomObject", field)})
    one.deploy({"package.xml": empty, "destructiveChanges.xml": wanted})
    (deleted,) = process.control("GET", "/orgs/one/deleted-fields")["deleted"]
    assert (deleted["full_name"], deleted["rows"]) == (name, 0)
    assert process.control("POST", "/orgs/one/deleted-fields", {"field": name}) == {"restored": name}
    assert process.control("GET", "/orgs/one/deleted-fields") == {"deleted": []}
    with pytest.raises(HttpProblem, match="there is no deleted field"):
        process.control("POST", "/orgs/one/deleted-fields", {"field": name})


def test_apps_passwords_and_sessions_are_planted_and_no_secret_is_shown(small: Path) -> None:
    one = start(small)["orgs"]["one"]
    app = {"client_id": "3MVG9Own", "secret": "planted secret", "callbacks": ["http://localhost:1717/OauthRedirect"]}
    assert process.control("POST", "/orgs/one/apps", app)["app"]["secret"] is True
    assert "planted secret" not in json.dumps(process.control("GET", "/orgs/one/apps"))
    for wrong in ({}, {"client_id": "x", "colour": "red"}, {"client_id": "x", "callbacks": "no list"}):
        with pytest.raises(HttpProblem) as refused:
            process.control("POST", "/orgs/one/apps", wrong)
        assert refused.value.status == 400
    given = {"user": one["username"], "password": "planted password"}
    assert process.control("POST", "/orgs/one/password", given)["user"].startswith("005")
    form = {"grant_type": "password", "client_id": "3MVG9Own", "client_secret": "planted secret"}
    form |= {"username": one["username"], "password": "planted password"}
    asked = urllib.parse.urlencode(form)
    token = json.loads(Wire(one).call("POST", f"/services/oauth2/token?{asked}"))["access_token"]
    log = json.dumps(process.control("GET", "/orgs/one/requests"))
    assert not {word for word in ("planted+secret", "planted secret", "planted password", token) if word in log}
    assert process.control("DELETE", "/orgs/one/sessions") == {"ended": 1}
