"""Commit, then drop the reply, on every kind of write: the client sees a broken connection, the org did it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.localorg.faults.conftest import EMPTY_DEPLOY, Faulty
from tests.localorg.metadata.samples import TEST_CLASS, apex_class
from tests.localorg.metadata.soap_client import Soap, manifest
from tests.localorg.own_org import a_rule

V = "/services/data/v66.0"


def _records(*names: str) -> list[dict[str, Any]]:
    return [{"attributes": {"type": "Account", "referenceId": name}, "Name": name} for name in names]


def _sub(name: str) -> dict[str, Any]:
    return {"method": "POST", "url": f"{V}/sobjects/Account", "referenceId": name, "body": {"Name": name}}


COMPOSITES: dict[str, tuple[str, dict[str, Any]]] = {
    "composite": ("/composite", {"allOrNone": True, "compositeRequest": [_sub("A"), _sub("B")]}),
    "graph": ("/composite/graph", {"graphs": [{"graphId": "1", "compositeRequest": [_sub("A"), _sub("B")]}]}),
    "tree": ("/composite/tree/Account", {"records": _records("A", "B")}),
    "batch": (
        "/composite/batch",
        {
            "batchRequests": [
                {"method": "POST", "url": "v66.0/sobjects/Account", "richInput": {"Name": name}} for name in "AB"
            ]
        },
    ),
    "collections": ("/composite/sobjects", {"records": _records("A", "B")}),
}


def _lost(call: Callable[[], requests.Response]) -> None:
    with pytest.raises(requests.ConnectionError):
        call()


@pytest.mark.parametrize("kind", COMPOSITES)
def test_composites_are_committed_whole(api: Faulty, kind: str) -> None:
    path, body = COMPOSITES[kind]
    api.fault("drop_after", call=kind)
    _lost(lambda: api.call("POST", path, body))
    assert api.accounts() == ["A", "B"]


def test_a_bulk_job_goes_on_after_each_lost_reply(api: Faulty) -> None:
    job = {"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"}
    api.fault("drop_after", call="bulk-create")
    _lost(lambda: api.call("POST", "/jobs/ingest", job))
    (found,) = api.call("GET", "/jobs/ingest").json()["records"]
    assert found["state"] == "Open"
    path = f"/jobs/ingest/{found['id']}"
    api.fault("drop_after", call="bulk-upload")
    csv = {"Content-Type": "text/csv"}
    _lost(lambda: api.call("PUT", f"{path}/batches", data="Name\nA\nB\n", headers=csv))
    api.fault("drop_after", call="bulk-close")
    _lost(lambda: api.call("PATCH", path, {"state": "UploadComplete"}))
    for _ in range(500):
        if (state := api.call("GET", path).json())["state"] == "JobComplete":
            break
    assert (state["state"], state["numberRecordsProcessed"], state["numberRecordsFailed"]) == ("JobComplete", 2, 0)
    assert api.accounts() == ["A", "B"]


def test_a_tooling_patch_is_in_the_org(api: Faulty) -> None:
    api.org.components.put("ValidationRule", "Account.Named", {"": a_rule("ISBLANK(Name)")}, api.org.system_user_id)
    soql = {"q": "SELECT Id, Active FROM ValidationRule"}
    (rule,) = api.call("GET", "/tooling/query", params=soql).json()["records"]
    body = {"Metadata": {"active": False, "errorConditionFormula": "ISBLANK(Name)", "errorMessage": "No."}}
    api.fault("drop_after", call="tooling-update")
    _lost(lambda: api.call("PATCH", f"/tooling/sobjects/ValidationRule/{rule['Id']}", body))
    (rule,) = api.call("GET", "/tooling/query", params=soql).json()["records"]
    assert rule["Active"] is False


def test_a_cancelled_deployment_is_cancelled_once(api: Faulty) -> None:
    api.fault("deploy_hang", component=1)
    api.org.deploys.pace = 30
    for _ in range(2):
        api.soap("deploy", EMPTY_DEPLOY)
    waiting = api.org.deploys.jobs()[-1]
    api.fault("drop_after", call="cancel")
    _lost(lambda: api.soap("cancelDeploy", f"<String>{waiting.id}</String>"))
    job = api.org.deploys.job(waiting.id)
    assert job is not None and job.status in ("Canceled", "Failed")


def test_a_quick_deploy_lands_once_and_can_be_found_by_a_query(api: Faulty) -> None:
    code = {
        "package.xml": manifest(ApexClass=["Tickets", "TicketsTest"]),
        **apex_class("Tickets", "public class Tickets {\n  public static Integer one() { return 1; }\n}"),
        **apex_class("TicketsTest", TEST_CLASS),
    }
    api.org.deploys.pace = 0
    client = Soap(api.url, api.token)
    validation = client.start(code, checkOnly=True, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    assert client.finish(validation)["status"] == ["Succeeded"]
    api.fault("drop_after", call="quick-deploy")
    _lost(lambda: api.soap("deployRecentValidation", f"<validationId>{validation}</validationId>"))
    soql = {"q": "SELECT Id, CheckOnly FROM DeployRequest ORDER BY CreatedDate, Id"}
    rows = api.call("GET", "/tooling/query", params=soql).json()["records"]
    (landed,) = [row["Id"] for row in rows if not row["CheckOnly"]]
    assert client.finish(landed)["status"] == ["Succeeded"]
    assert set(client.listing("ApexClass")) == {"Tickets", "TicketsTest"}


def test_an_undelete_brings_the_record_back(api: Faulty) -> None:
    account = api.create("Account", Name="A")
    api.call("DELETE", f"/sobjects/Account/{account}")
    api.fault("drop_after", call="undelete")
    partner = "urn:partner.soap.sforce.com"
    envelope = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header>'
        f'<SessionHeader xmlns="{partner}"><sessionId>{api.token}</sessionId></SessionHeader></e:Header>'
        f'<e:Body><undelete xmlns="{partner}"><ids>{account}</ids></undelete></e:Body></e:Envelope>'
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    url = f"{api.url}/services/Soap/u/66.0"
    _lost(lambda: requests.post(url, envelope.encode(), headers=headers, timeout=10))
    assert [row["Id"] for row in api.query("SELECT Id FROM Account")] == [account]
