"""The deploy queue: order, progress, cancelling, tests, quick deploy, restarts."""

from __future__ import annotations

import time
from typing import Any

import pytest

from hotfix_tui.localorg.apex.planted import plant
from tests.localorg.metadata.conftest import Serve, Served
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, tickets
from tests.localorg.metadata.soap_client import Fault, manifest, problems, successes

CODE = {
    "package.xml": manifest(ApexClass=["Tickets", "TicketsTest"]),
    **apex_class("Tickets", "public class Tickets {\n  public static Integer one() { return 1; }\n}"),
    **apex_class("TicketsTest", TEST_CLASS),
}


def _wait(org: Served, deploy_id: str, status: str) -> Any:
    for _ in range(500):
        result = org.soap.status(deploy_id)
        if result["status"] == [status]:
            return result
        time.sleep(0.01)
    raise AssertionError(f"the deployment never was {status}")


def test_one_runs_the_others_wait_and_progress_is_counted(serve: Serve) -> None:
    org = serve(pace=0.05)
    first, second = org.soap.start(tickets()), org.soap.start(tickets())
    running = _wait(org, first, "InProgress")
    assert org.soap.status(second)["status"] == ["Pending"]
    assert running["done"] == ["false"]
    assert int(running["numberComponentsDeployed"][0]) < 3
    assert org.soap.finish(first)["numberComponentsDeployed"] == ["3"]
    assert org.soap.finish(second)["status"] == ["Succeeded"]
    assert org.soap.status(first)["completedDate"] <= org.soap.status(second)["startDate"]


def test_a_cancelled_deployment_leaves_nothing_and_says_by_whom(serve: Serve) -> None:
    org = serve(pace=0.3)
    running, waiting = org.soap.start(tickets()), org.soap.start(tickets())
    _wait(org, running, "InProgress")
    assert org.soap.call("cancelDeploy", f"<String>{waiting}</String>")[0]["done"] == ["true"]
    org.soap.call("cancelDeploy", f"<id>{running}</id>")
    result = org.soap.finish(running)
    assert result["status"] == ["Canceled"]
    assert result["canceledByName"] == ["Ada Admin"]
    assert org.soap.listing("CustomField") == {}
    with pytest.raises(Fault, match="cannot be canceled"):
        org.soap.call("cancelDeploy", f"<String>{running}</String>")


def test_a_deployment_that_a_stop_interrupted_runs_again_from_its_beginning(serve: Serve) -> None:
    org = serve(pace=30)
    deploy_id = org.soap.start(tickets())
    waiting = org.soap.start(tickets(), checkOnly=True)
    _wait(org, deploy_id, "InProgress")
    org.org.deploys.close()
    again = serve()
    assert again.soap.finish(deploy_id)["status"] == ["Succeeded"]
    assert again.soap.finish(waiting)["status"] == ["Succeeded"]
    assert "Ticket__c.Limit__c" in again.soap.listing("CustomField")


def test_results_are_kept_over_restarts(serve: Serve) -> None:
    org = serve("production")
    deploy_id = org.soap.start(CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    before = org.soap.finish(deploy_id)
    org.org.deploys.close()
    assert serve().soap.status(deploy_id) == before


def test_tests_are_the_annotated_methods_of_the_named_classes(here: Served) -> None:
    result = here.soap.deploy(CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    assert result["numberTestsTotal"] == ["2"]
    run = result["details"][0]["runTestResult"][0]
    assert [item["methodName"][0] for item in run["successes"]] == ["opens", "closes"]
    assert [item["name"][0] for item in run["codeCoverage"]] == ["Tickets"]


@pytest.mark.parametrize("name", ["Absent", "Tickets"])
def test_a_named_test_must_exist_and_be_a_test(here: Served, name: str) -> None:
    result = here.soap.deploy(CODE, testLevel="RunSpecifiedTests", runTests=[name])
    assert result["status"] == ["Failed"]
    assert name in problems(result)
    assert here.soap.listing("ApexClass") == {}


def test_a_failing_method_fails_the_deployment_with_its_words(here: Served) -> None:
    plant(here.org, "TicketsTest", failures={"closes": "System.AssertException: Assertion Failed"})
    result = here.soap.deploy(CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    failure = result["details"][0]["runTestResult"][0]["failures"][0]
    assert (failure["methodName"], failure["message"]) == (["closes"], ["System.AssertException: Assertion Failed"])
    assert (result["numberTestErrors"], result["numberTestsCompleted"]) == (["1"], ["1"])
    assert here.soap.listing("ApexClass") == {}


@pytest.mark.parametrize(("percent", "status"), [(74.0, "Failed"), (75.0, "Succeeded")])
def test_each_class_of_the_package_needs_75_percent(here: Served, percent: float, status: str) -> None:
    plant(here.org, "Tickets", percent)
    result = here.soap.deploy(CODE, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    assert result["status"] == [status]
    warnings = result["details"][0]["runTestResult"][0].get("codeCoverageWarnings", [])
    assert [item["name"] for item in warnings] == ([["Tickets"]] if status == "Failed" else [])


def test_production_runs_local_tests_when_apex_is_deployed(production: Served) -> None:
    assert production.soap.deploy(CODE)["numberTestsTotal"] == ["2"]
    assert production.soap.deploy(tickets())["numberTestsTotal"] == ["0"]


def test_production_refuses_to_run_no_tests_whatever_is_deployed(production: Served) -> None:
    with pytest.raises(Fault, match="testLevel of NoTestRun cannot be used in production organizations"):
        production.soap.start(tickets(), testLevel="NoTestRun")


def _validated(org: Served) -> str:
    deploy_id = org.soap.start(CODE, checkOnly=True, testLevel="RunSpecifiedTests", runTests=["TicketsTest"])
    assert org.soap.finish(deploy_id)["status"] == ["Succeeded"]
    return deploy_id


def _quick(org: Served, deploy_id: str) -> Any:
    started = org.soap.call("deployRecentValidation", f"<validationId>{deploy_id}</validationId>")[0]
    assert started != deploy_id
    return org.soap.finish(started)


def test_quick_deploy_makes_what_was_validated_real_without_tests(production: Served) -> None:
    result = _quick(production, _validated(production))
    assert result["status"] == ["Succeeded"]
    assert result["numberTestsTotal"] == ["0"]
    assert set(successes(result)) == {"Tickets", "TicketsTest"}
    assert set(production.soap.listing("ApexClass")) == {"Tickets", "TicketsTest"}


def test_any_deployment_voids_a_validation_and_a_setup_edit_does_not(production: Served) -> None:
    validation = _validated(production)
    production.org.components.put("CustomLabels", "CustomLabels", {}, production.user_id)
    assert _quick(production, validation)["status"] == ["Succeeded"]
    validation = _validated(production)
    production.soap.deploy(tickets())
    with pytest.raises(Fault, match="another deployment"):
        _quick(production, validation)


def test_a_validation_lasts_ten_days_by_the_orgs_clock(production: Served) -> None:
    validation = _validated(production)
    production.org.clock.advance(10 * 86400 + 60)
    with pytest.raises(Fault, match="ten days"):
        _quick(production, validation)


def test_a_validation_without_tests_or_that_failed_cannot_be_quick_deployed(here: Served) -> None:
    untested = here.soap.start(tickets(), checkOnly=True)
    here.soap.finish(untested)
    with pytest.raises(Fault, match="no Apex tests"):
        _quick(here, untested)
    real = here.soap.start(tickets())
    here.soap.finish(real)
    with pytest.raises(Fault, match="not a successful validation"):
        _quick(here, real)


def test_deployments_can_be_found_by_a_query_after_a_lost_reply(here: Served) -> None:
    deploy_id = here.soap.start(tickets())
    here.soap.finish(deploy_id)
    row = here.rest.tooling("SELECT Id, Status, CreatedBy.Name, NumberComponentsTotal FROM DeployRequest")[0]
    assert (row["Id"], row["Status"], row["NumberComponentsTotal"]) == (deploy_id, "Succeeded", 3)
    assert row["CreatedBy"]["Name"] == "Ada Admin"
