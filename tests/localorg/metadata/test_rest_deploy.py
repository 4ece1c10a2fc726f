"""Deploying over REST: the resource deployRequest, in the shapes real orgs were recorded with."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.localorg.metadata.multipart import parts_of
from tests.localorg.metadata.conftest import Serve, Served
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, tickets
from tests.localorg.metadata.soap_client import Fault, manifest, zipped

RESULT_KEYS = [
    "id",
    "messages",
    "retrieveResult",
    "success",
    "checkOnly",
    "ignoreWarnings",
    "rollbackOnError",
    "status",
    "numberComponentsDeployed",
    "numberComponentsTotal",
    "numberComponentErrors",
    "numberTestsCompleted",
    "numberTestsTotal",
    "numberTestErrors",
    "details",
    "createdDate",
    "startDate",
    "lastModifiedDate",
    "completedDate",
    "errorStatusCode",
    "errorMessage",
    "stateDetail",
    "createdBy",
    "createdByName",
    "canceledBy",
    "canceledByName",
    "done",
    "runTestsEnabled",
    "runTestResult",
]
MESSAGE_KEYS = [
    "componentType",
    "fileName",
    "fullName",
    "id",
    "problem",
    "success",
    "warning",
    "created",
    "changed",
    "deleted",
    "lineNumber",
    "columnNumber",
    "requiresProductionTestRun",
    "createdDate",
    "knownPackagingProblem",
    "forPackageManifestFile",
    "problemType",
]
RUN_KEYS = [
    "successes",
    "failures",
    "totalTime",
    "apexLogId",
    "flowCoverage",
    "numFailures",
    "codeCoverage",
    "codeCoverageWarnings",
    "flowCoverageWarnings",
    "numTestsRun",
]
ALL_OR_NOTHING = {"rollbackOnError": True, "singlePackage": True}


def _call(org: Served, method: str, path: str = "", version: str = "63.0", **more: Any) -> requests.Response:
    url = f"{org.rest.url}/services/data/v{version}/metadata/deployRequest{path}"
    headers = {"Authorization": f"Bearer {org.rest.token}", **more.pop("headers", {})}
    return requests.request(method, url, headers=headers, timeout=10, **more)


def _post(org: Served, files: Mapping[str, str | bytes], **options: Any) -> requests.Response:
    """As the documentation has it: the JSON first, in a part named json."""
    told = json.dumps({"deployOptions": {**ALL_OR_NOTHING, **options}})
    parts = {"json": (None, told, "application/json"), "file": ("deploy.zip", zipped(files), "application/zip")}
    return _call(org, "POST", files=parts)


def _done(org: Served, deploy_id: str) -> dict[str, Any]:
    for _ in range(500):
        answer = _call(org, "GET", f"/{deploy_id}?includeDetails=true").json()
        if answer["deployResult"]["done"]:
            return dict(answer)
        time.sleep(0.01)
    raise AssertionError("the deployment does not end")


def test_a_deployment_has_the_recorded_shape_in_keys_order_and_nulls(here: Served) -> None:
    started = _post(here, tickets())
    assert started.status_code == 201
    assert list(started.json()) == ["id", "validatedDeployRequestId", "deployOptions", "deployResult"]
    assert started.json()["deployOptions"]["rollbackOnError"] is True
    answer = _done(here, started.json()["id"])
    result = answer["deployResult"]
    assert (answer["validatedDeployRequestId"], answer["deployOptions"]) == (None, None)
    assert list(result) == RESULT_KEYS
    assert (result["status"], result["numberComponentsTotal"], result["numberTestsTotal"]) == ("Succeeded", 3, 0)
    assert (result["createdBy"], result["createdByName"]) == (here.user_id[:15], "Ada Admin")
    assert result["completedDate"].endswith("+0000")
    details = result["details"]
    assert list(details) == [
        "componentFailures",
        "componentSuccesses",
        "retrieveResult",
        "allComponentMessages",
        "runTestResult",
    ]
    assert {tuple(message) for message in details["allComponentMessages"]} == {tuple(MESSAGE_KEYS)}
    assert list(details["runTestResult"]) == RUN_KEYS
    named = {message["fullName"]: message for message in details["componentSuccesses"]}
    assert set(named) == {"Ticket__c", "Ticket__c.Limit__c", "Ticket__c.Parent__c", "package.xml"}
    package = named["package.xml"]
    assert (package["componentType"], package["id"], package["forPackageManifestFile"]) == ("", None, True)


def test_details_are_empty_lists_unless_asked_for(here: Served) -> None:
    deploy_id = _post(here, tickets()).json()["id"]
    assert _done(here, deploy_id)["deployResult"]["details"]["componentSuccesses"]
    details = _call(here, "GET", f"/{deploy_id}").json()["deployResult"]["details"]
    assert (details["componentSuccesses"], details["allComponentMessages"]) == ([], [])
    assert details["runTestResult"]["numTestsRun"] == 0


def test_parts_are_told_apart_by_content_type_as_the_sf_family_sends_them(here: Served) -> None:
    told = json.dumps({"deployOptions": ALL_OR_NOTHING})
    parts = [
        ("file", ("package.xml", zipped(tickets()), "application/zip")),
        ("entity_content", (None, told, "application/json")),
    ]
    answer = _call(here, "POST", files=parts)
    assert _done(here, answer.json()["id"])["deployResult"]["status"] == "Succeeded"


def test_rest_and_soap_see_the_same_job(here: Served) -> None:
    by_rest = _post(here, tickets()).json()["id"]
    assert here.soap.finish(by_rest)["numberComponentsDeployed"] == ["3"]
    by_soap = here.soap.start({"package.xml": manifest(ApexClass=["Gone"])})
    failure = _done(here, by_soap)["deployResult"]["details"]["componentFailures"][0]
    assert (failure["fullName"], failure["success"], failure["problemType"]) == ("Gone", False, "Error")
    assert failure["lineNumber"] and failure["fileName"] == "package.xml"


def test_quick_deploy_is_a_new_job_that_names_its_validation(production: Served) -> None:
    code = {"package.xml": manifest(ApexClass=["T", "TicketsTest"]), **apex_class("T", "class T { }")}
    code |= apex_class("TicketsTest", TEST_CLASS)
    checked = _post(production, code, checkOnly=True, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    run = _done(production, checked.json()["id"])["deployResult"]["details"]["runTestResult"]
    assert [item["methodName"] for item in run["successes"]] == ["opens", "closes"]
    assert run["successes"][0]["namespace"] is None
    answer = _call(production, "POST", json={"validatedDeployRequestId": checked.json()["id"]})
    assert answer.status_code == 201
    assert answer.json()["validatedDeployRequestId"] == checked.json()["id"] != answer.json()["id"]
    assert _done(production, answer.json()["id"])["deployResult"]["status"] == "Succeeded"
    assert set(production.soap.listing("ApexClass")) == {"T", "TicketsTest"}


def test_a_cancelled_deployment_answers_202_and_leaves_nothing(serve: Serve) -> None:
    org = serve(pace=0.3)
    running, waiting = _post(org, tickets()).json()["id"], _post(org, tickets()).json()["id"]
    canceling = {"deployResult": {"status": "Canceling"}}
    at_once = _call(org, "PATCH", f"/{waiting}", json=canceling)
    assert (at_once.status_code, at_once.json()["deployResult"]["status"]) == (202, "Canceled")
    answer = _call(org, "PATCH", f"/{running}", json=canceling)
    assert answer.json()["deployResult"]["status"] in ("Canceling", "Canceled")
    assert _done(org, running)["deployResult"]["canceledByName"] == "Ada Admin"
    assert org.soap.listing("CustomField") == {}
    refused = _call(org, "PATCH", f"/{running}", json=canceling)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_ID_FIELD")


def _finalizing(org: Served) -> str:
    deploy_id = str(_post(org, {"package.xml": manifest()}).json()["id"])
    for _ in range(500):
        if _call(org, "GET", f"/{deploy_id}").json()["deployResult"]["status"] == "Finalizing":
            return deploy_id
        time.sleep(0.005)
    raise AssertionError("the deployment was never finalized")


@pytest.mark.parametrize(("version", "status", "end"), [("65.0", 400, "Succeeded"), ("64.0", 202, "Canceled")])
def test_finalizing_is_not_cancelled_from_api_65_and_only_seems_so_before(
    serve: Serve, version: str, status: int, end: str
) -> None:
    org = serve(pace=30)
    deploy_id = _finalizing(org)
    answer = _call(org, "PATCH", f"/{deploy_id}", version, json={"deployResult": {"status": "Canceling"}})
    assert answer.status_code == status, answer.text
    _hurry(org)
    assert _done(org, deploy_id)["deployResult"]["status"] == end


def _hurry(org: Served) -> None:
    org.org.deploys.pace = 0
    org.org.deploys.start()


def test_cancel_before_api_65_while_finalizing_still_commits(serve: Serve) -> None:
    org = serve(pace=30)
    deploy_id = str(_post(org, tickets()).json()["id"])
    org.soap.version = "60.0"
    while org.org.store.value("SELECT status FROM _deploy WHERE id = ?", (deploy_id,)) != "InProgress":
        time.sleep(0.005)
    # Nobody writes while this test does: the deployment comes as far as finalizing, and waits there.
    with org.org.store.transaction():
        _hurry(org)
        while org.soap.status(deploy_id)["status"] != ["Finalizing"]:
            time.sleep(0.005)
        assert org.soap.call("cancelDeploy", f"<String>{deploy_id}</String>")[0]["done"] == ["false"]
    assert org.soap.finish(deploy_id)["status"] == ["Canceled"]
    assert "Ticket__c.Limit__c" in org.soap.listing("CustomField")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"PK", "application/zip", 415),
        (b"{}", "application/json", 400),
        (b'{"validatedDeployRequestId": "0Af000000000000AAA"}', "application/json", 404),
        (b"--x\r\n\r\n{}\r\n", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nContent-Type: application/json\r\n\r\n{}\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b"nothing", "multipart/form-data", 400),
    ],
)
def test_what_is_no_deployment_is_refused(here: Served, body: bytes, kind: str, status: int) -> None:
    answer = _call(here, "POST", data=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()[0]["errorCode"]
    assert here.org.deploys.jobs() == []


@pytest.mark.parametrize(
    "options",
    [{"rollbackOnErorr": True}, {"testLevel": "All"}, {"checkOnly": "maybe"}, {"runTests": "A"}],
)
def test_options_that_are_not_understood_are_refused(here: Served, options: dict[str, Any]) -> None:
    answer = _post(here, tickets(), **options)
    assert answer.status_code == 400
    assert here.org.deploys.jobs() == []


def test_an_unknown_deployment_and_an_unknown_version_are_404(here: Served) -> None:
    assert _call(here, "GET", "/0Af000000000001AAA").status_code == 404
    assert _call(here, "GET", "/0Af000000000001AAA", "30.0").status_code == 404
    with pytest.raises(Fault, match="INVALID_CROSS_REFERENCE_KEY"):
        here.soap.status("0Af000000000001AAA")


@given(st.lists(st.binary(max_size=200).filter(lambda body: b"\r\n--x" not in body), min_size=1, max_size=5))
def test_the_parts_of_a_multipart_body_come_back_byte_for_byte(bodies: list[bytes]) -> None:
    head = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"
    content = b"".join(head + body + b"\r\n" for body in bodies) + b"--x--\r\n"
    assert [part.content for part in parts_of(content, "multipart/form-data; boundary=x")] == bodies


def test_a_zip_may_hold_the_boundarys_letters() -> None:
    content = b"\r\n--other\r\nPK\x00--x\r\n"
    body = b"--x\r\nContent-Type: application/zip\r\n\r\n" + content + b"\r\n--x--\r\n"
    (part,) = parts_of(body, 'multipart/form-data; boundary="x"')
    assert (part.kind, part.content) == ("application/zip", content)
