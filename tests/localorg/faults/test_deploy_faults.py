"""Deployments that hang or fail in the middle: what they report, and what the org holds afterwards."""

from __future__ import annotations

import time
from typing import Any

from hotfix_tui.localorg.faults import faults_from
from tests.localorg.metadata.conftest import Served, here, production, serve
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, tickets
from tests.localorg.metadata.soap_client import manifest, problems

__all__ = ["here", "production", "serve"]

CODE = {
    "package.xml": manifest(ApexClass=["Tickets", "TicketsTest"]),
    **apex_class("Tickets", "public class Tickets {\n  public static Integer one() { return 1; }\n}"),
    **apex_class("TicketsTest", TEST_CLASS),
}


def _fault(org: Served, mode: str, **more: Any) -> None:
    org.org.faults.extend(faults_from({"org": "here", "mode": mode, **more}))


def _hangs(org: Served, deploy_id: str, field: str, count: str) -> Any:
    """The state of a deployment that has come so far and does not go on."""
    for _ in range(500):
        result = org.soap.status(deploy_id)
        if result[field] == [count]:
            break
        time.sleep(0.01)
    time.sleep(0.1)
    again = org.soap.status(deploy_id)
    assert (again["status"], again["done"], again[field]) == (["InProgress"], ["false"], [count])
    return again


def test_a_deployment_hangs_at_a_component_until_the_fault_is_cleared(here: Served) -> None:
    _fault(here, "deploy_hang", component=3)
    deploy_id = here.soap.start(tickets())
    waiting = here.soap.start(tickets())
    _hangs(here, deploy_id, "numberComponentsDeployed", "2")
    assert here.soap.status(waiting)["status"] == ["Pending"]
    assert here.soap.listing("CustomField") == {}
    here.org.faults.clear()
    assert here.soap.finish(deploy_id)["status"] == ["Succeeded"]
    assert here.soap.finish(waiting)["status"] == ["Succeeded"]


def test_a_deployment_that_hangs_can_be_cancelled_and_leaves_nothing(here: Served) -> None:
    _fault(here, "deploy_hang", component=1)
    deploy_id = here.soap.start(tickets())
    _hangs(here, deploy_id, "numberComponentsDeployed", "0")
    here.soap.call("cancelDeploy", f"<String>{deploy_id}</String>")
    assert here.soap.finish(deploy_id)["status"] == ["Canceled"]
    assert here.soap.listing("CustomField") == {}


def test_a_deployment_fails_at_a_component_and_is_rolled_back(here: Served) -> None:
    _fault(here, "deploy_fail", component=2, body="Something odd.")
    result = here.soap.deploy(tickets())
    assert (result["status"], result["numberComponentErrors"]) == (["Failed"], ["1"])
    assert problems(result) == {"Ticket__c.Limit__c": "Something odd."}
    assert here.soap.listing("CustomField") == {}
    assert here.soap.deploy(tickets())["status"] == ["Succeeded"], "only once"


def test_a_deployment_hangs_at_a_test(here: Served) -> None:
    _fault(here, "deploy_hang", test=2)
    deploy_id = here.soap.start(CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    _hangs(here, deploy_id, "numberTestsCompleted", "1")
    here.org.faults.clear()
    assert here.soap.finish(deploy_id)["numberTestsCompleted"] == ["2"]


def test_a_deployment_fails_at_a_test_and_is_rolled_back(here: Served) -> None:
    _fault(here, "deploy_fail", test=2, body="System.LimitException: Apex CPU time limit exceeded")
    result = here.soap.deploy(CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    assert (result["status"], result["numberTestErrors"]) == (["Failed"], ["1"])
    failure = result["details"][0]["runTestResult"][0]["failures"][0]
    assert failure["message"] == ["System.LimitException: Apex CPU time limit exceeded"]
    assert here.soap.listing("ApexClass") == {}
