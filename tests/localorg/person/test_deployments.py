"""A second person who deploys and edits in Setup in the middle of our deployments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.localorg.metadata.samples import tickets
from tests.localorg.metadata.soap_client import Fault
from tests.localorg.person.conftest import CODE, FLOW, RULE, WITH_TESTS, Stage

pytestmark = pytest.mark.slow

Make = Callable[..., Stage]


def test_a_colleagues_deployment_after_our_validation_voids_it(stage: Make) -> None:
    here = stage(FLOW)
    validation = here.validate()
    here.script({"do": "deploy", "files": RULE, "after": {"call": "tooling-query"}})
    here.rest.tooling("SELECT Id FROM ApexClass")
    here.done()
    assert here.org.deploys.wait_idle()
    with pytest.raises(Fault, match="another deployment"):
        here.quick(validation)
    rows = here.rest.tooling("SELECT CreatedBy.Name, Status FROM DeployRequest ORDER BY CreatedDate")
    assert [row["CreatedBy"]["Name"] for row in rows] == ["Ada Admin", "Ada Admin", "Ada Admin", "Bob Colleague"]
    assert "Ticket__c.Named" in here.soap.listing("ValidationRule")


def test_a_colleagues_setup_edit_after_our_validation_does_not_void_it(stage: Make) -> None:
    here = stage(RULE)
    validation = here.validate()
    here.org.clock.advance(60)
    here.script({"do": "edit", "component": "ValidationRule:Ticket__c.Named", "set": {"errorMessage": "Say it."}})
    here.done()
    (row,) = here.rest.tooling(
        "SELECT ErrorMessage, LastModifiedBy.Name, LastModifiedDate, CreatedBy.Name FROM ValidationRule"
    )
    assert (row["ErrorMessage"], row["LastModifiedBy"]["Name"]) == ("Say it.", "Bob Colleague")
    assert (row["CreatedBy"]["Name"], row["LastModifiedDate"][:16]) == ("Ada Admin", "2026-01-13T10:01")
    assert here.quick(validation) == "Succeeded"


def test_a_colleagues_deployment_in_the_middle_of_ours_waits_and_lands_after_it(stage: Make) -> None:
    here = stage()
    here.script({"do": "deploy", "files": RULE, "deploy": {"status": "InProgress"}})
    here.org.deploys.pace = 0.1
    ours = here.soap.start(CODE, **WITH_TESTS)
    here.done()
    theirs = here.org.deploys.jobs()[-1].id
    assert here.soap.status(ours)["done"] == ["false"]
    assert here.soap.status(theirs)["status"] == ["Pending"]
    here.org.deploys.pace = 0
    assert here.soap.finish(ours)["status"] == ["Succeeded"]
    result = here.soap.finish(theirs)
    assert (result["status"], result["createdByName"]) == (["Succeeded"], ["Bob Colleague"])
    assert result["startDate"] >= here.soap.status(ours)["completedDate"]


def test_a_component_of_the_running_deployment_is_locked_for_the_colleague_and_others_are_not(stage: Make) -> None:
    here = stage(RULE, FLOW)
    edit = {"do": "edit", "deploy": {"component": 1}}
    here.script(
        {**edit, "component": "ValidationRule:Ticket__c.Named", "set": {"active": False}},
        {**edit, "component": "CustomField:Ticket__c.Limit__c", "set": {"label": "Most"}},
    )
    assert here.soap.deploy(RULE)["status"] == ["Succeeded"]
    first, second = here.director.log
    assert first["problem"].startswith("ALREADY_IN_PROCESS: The changes you requested require")
    assert second["done"] == "CustomField Ticket__c.Limit__c was changed in Setup."
    assert here.rest.tooling("SELECT Active FROM ValidationRule")[0]["Active"] is True


def test_setup_by_tooling_is_refused_while_a_deployment_runs(stage: Make) -> None:
    here = stage(RULE)
    rule = here.rest.tooling("SELECT Id FROM ValidationRule")[0]["Id"]
    body = {"Metadata": {"active": False, "errorConditionFormula": "ISBLANK(Name)", "errorMessage": "No."}}
    path = f"/tooling/sobjects/ValidationRule/{rule}"
    here.org.deploys.pace = 30
    running = here.soap.start(RULE)
    while here.soap.status(running)["status"] == ["Pending"]:
        pass
    status, answer = here.rest.call("PATCH", path, body)
    assert (status, answer[0]["errorCode"]) == (400, "ALREADY_IN_PROCESS")
    here.soap.call("cancelDeploy", f"<String>{running}</String>")
    here.soap.finish(running)
    assert here.rest.call("PATCH", path, body)[0] == 204
    assert here.rest.tooling("SELECT Active FROM ValidationRule")[0]["Active"] is False


def test_a_component_can_be_deleted_in_setup(stage: Make) -> None:
    here = stage(RULE)
    here.script({"do": "remove", "component": "ValidationRule:Ticket__c.Named", "after": {"call": "list", "nth": 2}})
    assert "Ticket__c.Named" in here.soap.listing("ValidationRule")
    assert "Ticket__c.Named" in here.soap.listing("ValidationRule"), "answered as it was when the call came"
    here.done()
    assert here.soap.listing("ValidationRule") == {}


def test_a_step_of_somebody_who_has_gone_disturbs_no_deployment(stage: Make) -> None:
    here = stage()
    here.script({"do": "insert", "object": "Account", "rows": [{"Name": "A"}], "deploy": {"component": 1}})
    here.org.store.execute("UPDATE User SET Username = 'gone@example.com' WHERE Username = 'bob@example.com'")
    assert here.soap.deploy(tickets())["status"] == ["Succeeded"]
    assert [entry["problem"] for entry in here.director.log] == ["There is no user bob@example.com in prod."]


def test_our_own_deployments_set_a_step_off_and_the_colleagues_own_do_not(stage: Make) -> None:
    here = stage()
    row = {"do": "insert", "object": "Account", "rows": [{"Name": "After a deployment"}]}
    here.script({**row, "deploy": {"status": "Succeeded"}}, {"do": "deploy", "files": tickets()})
    here.org.deploys.wait_idle()
    assert here.rest.query("SELECT Id FROM Account") == []
    here.soap.deploy(tickets())
    here.done(2)
    assert len(here.rest.query("SELECT Id FROM Account")) == 1
