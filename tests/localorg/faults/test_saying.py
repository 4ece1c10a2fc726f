"""How faults are said: by kind of call, in files, on the command line; what means nothing is refused whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.faults import KINDS, MODES, call_of, faults_from, read_faults
from tests.localorg.small import SMALL, run, write
from tests.localorg.wire import Refused, Wire

V = "/services/data/v66.0"
ID = "001000000000001AAA"


@pytest.mark.parametrize(
    ("kind", "method", "path"),
    [
        ("query", "GET", f"{V}/query?q=SELECT Id FROM Account"),
        ("query", "GET", f"{V}/queryAll/01g000-2000"),
        ("describe", "GET", f"{V}/sobjects/Account/describe"),
        ("describe", "GET", f"{V}/sobjects/"),
        ("create", "POST", f"/{V}/sobjects/Account/"),
        ("read", "GET", f"{V}/sobjects/Account/{ID}"),
        ("update", "PATCH", f"{V}/sobjects/Account/{ID}"),
        ("update", "POST", f"{V}/sobjects/Account/{ID}?_HttpMethod=PATCH"),
        ("upsert", "PATCH", f"{V}/sobjects/Account/Key__c/a/b"),
        ("delete", "DELETE", f"{V}/sobjects/Account/{ID}"),
        ("collections", "PATCH", f"{V}/composite/sobjects/Account/Id"),
        ("composite", "POST", f"{V}/composite"),
        ("graph", "POST", f"{V}/composite/graph"),
        ("tree", "POST", f"{V}/composite/tree/Account"),
        ("batch", "POST", f"{V}/composite/batch"),
        ("bulk-create", "POST", f"{V}/jobs/ingest"),
        ("bulk-create", "POST", "/services/async/66.0/job"),
        ("bulk-upload", "PUT", f"{V}/jobs/ingest/{ID}/batches"),
        ("bulk-upload", "POST", f"/services/async/66.0/job/{ID}/batch"),
        ("bulk-close", "PATCH", f"{V}/jobs/ingest/{ID}"),
        ("bulk-status", "GET", f"{V}/jobs/ingest/{ID}"),
        ("bulk-status", "GET", f"/services/async/66.0/job/{ID}/batch/{ID}"),
        ("bulk-results", "GET", f"{V}/jobs/ingest/{ID}/unprocessedrecords/"),
        ("bulk-results", "GET", f"/services/async/66.0/job/{ID}/batch/{ID}/result"),
        ("tooling-query", "GET", f"{V}/tooling/query/?q=SELECT Id FROM Flow"),
        ("tooling-update", "PATCH", f"{V}/tooling/sobjects/FlowDefinition/{ID}"),
        ("deploy", "POST", f"{V}/metadata/deployRequest"),
        ("deploy-status", "GET", f"{V}/metadata/deployRequest/{ID}?includeDetails=true"),
        ("cancel", "PATCH", f"{V}/metadata/deployRequest/{ID}"),
        ("quick-deploy", "POST", f"{V}/metadata/deployRequest/validatedDeployRequestId/{ID}"),
        ("limits", "GET", f"{V}/limits"),
        ("", "GET", f"{V}/nothing/like/this"),
    ],
)
def test_a_request_has_its_kind(kind: str, method: str, path: str) -> None:
    assert call_of(method, path).kind == kind
    assert kind in (*KINDS, "")


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("listMetadata", "list"),
        ("retrieve", "retrieve"),
        ("checkRetrieveStatus", "retrieve-status"),
        ("deploy", "deploy"),
        ("checkDeployStatus", "deploy-status"),
        ("cancelDeploy", "cancel"),
        ("undelete", "undelete"),
        ("unheardOf", ""),
    ],
)
def test_a_soap_operation_has_its_kind(operation: str, kind: str) -> None:
    body = f"<e:Envelope><e:Body>\n<m:{operation}/></e:Body></e:Envelope>".encode()
    call = call_of("POST", "/services/Soap/m/66.0", body)
    assert (call.operation, call.kind) == (operation, kind)
    assert call.named("write") == (kind in ("deploy", "cancel", "undelete"))


GOOD: dict[str, Any] = {"org": "one", "mode": "drop_before"}


@pytest.mark.parametrize(
    "bad",
    [
        {"mode": "explode"},
        {"times": 0},
        {"times": True},
        {"nth": 0},
        {"color": 1},
        {"seconds": 1},
        {"call": "telephone"},
        {"mode": "delay", "seconds": 9999},
        {"mode": "status", "status": 7},
        {"mode": "lock_rows"},
        {"mode": "lock_rows", "rows": "001"},
        {"mode": "condition"},
        {"mode": "condition", "conditions": {"weather": "bad"}},
        {"mode": "condition", "conditions": {"request_limit": -1}},
        {"mode": "condition", "conditions": {"access": "nobody"}},
        {"mode": "deploy_hang"},
        {"mode": "deploy_fail", "component": 1, "test": 1},
        {"mode": "deploy_fail", "component": 1, "call": "deploy"},
        {"org": 1},
    ],
)
def test_a_fault_that_means_nothing_is_refused_with_a_sentence(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"[.]$"):
        faults_from([GOOD, {**GOOD, **bad}])


TOML = '[[fault]]\norg = "one"\nmode = "delay"\nseconds = 2\n[[fault]]\norg = "two"\nmode = "reset"\n'
JSON = '{"faults": [{"org": "one", "mode": "delay", "seconds": 2}, {"org": "two", "mode": "reset"}]}'


@pytest.mark.parametrize(("name", "text"), [("faults.toml", TOML), ("faults.json", JSON)])
def test_a_file_of_faults_is_read_in_either_form(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    found = read_faults(tmp_path / name)
    assert [(item["org"], item["mode"], item["times"]) for item in found] == [("one", "delay", 1), ("two", "reset", 1)]
    assert faults_from(found) == faults_from(json.loads(json.dumps(found)))
    (tmp_path / name).write_text(text.replace("delay", "explode"))
    with pytest.raises(ValueError, match=name):
        read_faults(tmp_path / name)


def test_every_mode_says_what_it_does_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("control", "fault", "--help")
    shown = capsys.readouterr().out
    assert all(f"  {mode} " in shown for mode in MODES)
    assert all(kind in shown for kind in KINDS)


@pytest.fixture
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


@pytest.mark.slow
@pytest.mark.usefixtures("stopped_at_the_end")
def test_faults_conditions_and_locks_as_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = write(tmp_path / "small", SMALL)
    (tmp_path / "faults.toml").write_text('[[fault]]\norg = "one"\nmode = "unavailable"\ncall = "query"\n')
    assert run("start", "--scenario", str(scenario), "--faults", str(tmp_path / "nowhere.toml")) == 2
    assert run("start", "--scenario", str(scenario), "--faults", str(tmp_path / "faults.toml"), "--json") == 0
    one = Wire(json.loads(capsys.readouterr().out.splitlines()[-1])["orgs"]["one"])
    with pytest.raises(Refused, match="SERVER_UNAVAILABLE"):
        one.query("SELECT Id FROM Account")
    account = one.query("SELECT Id FROM Account")[0]["Id"]
    assert run("control", "fault", "--file", str(tmp_path / "faults.toml"), "--org", "one") == 2
    assert run("control", "fault", "--org", "one", "--mode", "condition", "--call", "update", "--read-only") == 0
    with pytest.raises(Refused, match="DURING_MAINTENANCE"):
        one.rest("PATCH", f"/sobjects/Account/{account}", {"Name": "x"})
    capsys.readouterr()
    assert run("control", "conditions", "one", "--request-limit", "5000") == 0
    assert json.loads(capsys.readouterr().out)["read_only"] is True
    assert run("control", "conditions", "one", "--clear") == 0
    assert run("control", "pace", "0", "--lock-wait", "0") == 0
    assert run("control", "lock", "one", account) == 0
    with pytest.raises(Refused, match="UNABLE_TO_LOCK_ROW"):
        one.rest("PATCH", f"/sobjects/Account/{account}", {"Name": "x"})
    assert run("control", "lock", "one", "--release") == 0
    one.rest("PATCH", f"/sobjects/Account/{account}", {"Name": "x"})
    assert run("control", "lock", "one", "not an id") == 2
    log = process.control("GET", "/orgs/one/requests")["log"]
    assert [row["fault"] for row in log if row["fault"]] == ["unavailable", "condition"]
    assert {row["call"] for row in log} == {"query", "update"}
