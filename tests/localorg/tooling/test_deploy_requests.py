"""DeployRequest: how a deployment is found again whose reply was lost."""

from __future__ import annotations

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import apex_class, tickets
from tests.localorg.metadata.soap_client import manifest


def test_a_deployment_is_found_by_its_user_and_time_without_its_id(here: Served) -> None:
    before = here.rest.tooling("SELECT Id FROM DeployRequest")
    assert before == []
    deployed = here.soap.start(tickets(), checkOnly=True)
    here.soap.finish(deployed)
    rows = here.rest.tooling(
        "SELECT Id, Status, CheckOnly, TestLevel, NumberComponentsTotal, NumberComponentErrors, CreatedBy.Name"
        f" FROM DeployRequest WHERE CreatedById = '{here.user_id}' AND CreatedDate >= 2026-01-13T10:00:00Z"
        " ORDER BY CreatedDate DESC"
    )
    assert [(row["Id"], row["Status"], row["CheckOnly"], row["TestLevel"]) for row in rows] == [
        (deployed, "Succeeded", True, None)
    ]
    assert (rows[0]["NumberComponentErrors"], rows[0]["CreatedBy"]["Name"]) == (0, "Ada Admin")
    status, row = here.rest.call("GET", f"/tooling/sobjects/DeployRequest/{deployed[:15]}")
    assert (status, row["Id"], row["StateDetail"]) == (200, deployed, None)


def test_a_failed_deployment_says_how_many_components_failed_but_not_which(here: Served) -> None:
    files = {"package.xml": manifest(ApexClass=["A"]), **apex_class("A", "class Other { Absent__c b; }")}
    deployed = here.soap.start(files)
    here.soap.finish(deployed)
    row = here.rest.call("GET", f"/tooling/sobjects/DeployRequest/{deployed}")[1]
    assert (row["Status"], row["NumberComponentErrors"], row["CheckOnly"]) == ("Failed", 1, False)
    assert "Absent__c" not in str(row)
    assert here.rest.call("DELETE", f"/tooling/sobjects/DeployRequest/{deployed}")[0] == 405
