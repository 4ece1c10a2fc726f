"""Scheduled and queued Apex: what is planted shows in rows, and holds its class."""

from __future__ import annotations

import pytest

from hotfix_tui.localorg.apex.jobs import UnknownClass
from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import document
from tests.localorg.metadata.soap_client import manifest, problems


def test_a_scheduled_class_is_held_until_its_job_is_gone(coded: Served) -> None:
    jobs = coded.org.jobs
    assert jobs.holding("Pricing") == []
    trigger = jobs.schedule("pricing", "Nightly prices", "0 0 2 * * ?", user_id=coded.user_id)
    rows = coded.rest.query(
        "SELECT Id, CronJobDetail.Name, CronJobDetail.JobType, State, CronExpression, OwnerId FROM CronTrigger"
        " WHERE CronJobDetail.JobType = '7' AND State = 'WAITING'"
    )
    assert [(row["Id"], row["CronJobDetail"]["Name"], row["CronExpression"]) for row in rows] == [
        (trigger, "Nightly prices", "0 0 2 * * ?")
    ]
    queued = coded.rest.query(
        "SELECT ApexClass.Name, JobType, Status, CronTriggerId FROM AsyncApexJob WHERE Status = 'Queued'"
    )
    assert [(row["ApexClass"]["Name"], row["JobType"], row["CronTriggerId"]) for row in queued] == [
        ("Pricing", "ScheduledApex", trigger)
    ]
    held = jobs.holding("PRICING")
    assert [(job.id, job.kind, job.class_name, job.state, job.name) for job in held] == [
        (trigger, "ScheduledApex", "Pricing", "WAITING", "Nightly prices")
    ]
    jobs.finish(trigger)
    assert jobs.holding("Pricing") == []
    assert coded.rest.query("SELECT Id FROM CronTrigger") == []


def test_a_running_batch_holds_its_class_and_a_finished_one_does_not(coded: Served) -> None:
    job = coded.org.jobs.enqueue("Billing", "BatchApex", "Processing", items=(3, 10))
    assert [held.state for held in coded.org.jobs.holding("Billing")] == ["Processing"]
    row = coded.rest.query(
        f"SELECT JobItemsProcessed, TotalJobItems, CompletedDate FROM AsyncApexJob WHERE Id = '{job}'"
    )[0]
    assert (row["JobItemsProcessed"], row["TotalJobItems"], row["CompletedDate"]) == (3, 10, None)
    coded.org.jobs.finish(job)
    assert coded.org.jobs.holding("Billing") == []
    assert coded.rest.query(f"SELECT Status FROM AsyncApexJob WHERE Id = '{job}'")[0]["Status"] == "Completed"


def test_what_cannot_be_planted_is_refused(coded: Served) -> None:
    with pytest.raises(UnknownClass):
        coded.org.jobs.schedule("Absent")
    with pytest.raises(ValueError, match="Sometimes"):
        coded.org.jobs.schedule("Pricing", state="Sometimes")
    with pytest.raises(ValueError, match="TestRequest"):
        coded.org.jobs.enqueue("Pricing", "TestRequest")
    with pytest.raises(KeyError):
        coded.org.jobs.finish("707000000000000AAA")


def test_clients_cannot_delete_a_scheduled_job_over_rest(coded: Served) -> None:
    trigger = coded.org.jobs.schedule("Pricing")
    status, _ = coded.rest.call("DELETE", f"/sobjects/CronTrigger/{trigger}")
    assert status == 403
    assert [job.id for job in coded.org.jobs.holding("Pricing")] == [trigger]
    coded.org.jobs.finish(trigger)


def test_the_deployment_settings_decide_whether_held_classes_may_be_deployed(coded: Served) -> None:
    assert coded.org.jobs.deploys_of_held_classes_allowed() is False
    settings = document("DeploymentSettings", "<doesSkipAsyncApexValidation>true</doesSkipAsyncApexValidation>")
    files = {"package.xml": manifest(Settings=["Deployment"]), "settings/Deployment.settings": settings}
    assert problems(coded.soap.deploy(files)) == {}
    assert coded.org.jobs.deploys_of_held_classes_allowed() is True
