"""Flows as versions: what a deploy makes, what retrieve gives, what is active."""

from __future__ import annotations

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.samples import TEST_CLASS, apex_class, document, flow, tickets
from tests.localorg.metadata.soap_client import manifest, problems, successes


def _deploy(org: Served, body: str, name: str = "Guard") -> dict[str, str]:
    result = org.soap.deploy({"package.xml": manifest(Flow=[name]), f"flows/{name}.flow": body})
    return problems(result)


def _versions(org: Served) -> list[tuple[int, str]]:
    rows = org.rest.tooling("SELECT VersionNumber, Status FROM Flow ORDER BY VersionNumber")
    return [(row["VersionNumber"], row["Status"]) for row in rows]


def test_each_changed_deploy_makes_a_version_and_the_new_one_is_active_in_a_sandbox(here: Served) -> None:
    here.soap.deploy(tickets())
    assert _deploy(here, flow(label="One")) == {}
    assert _deploy(here, flow(label="Two")) == {}
    assert _versions(here) == [(1, "Obsolete"), (2, "Active")]


def test_the_same_flow_again_makes_no_version(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow())
    result = here.soap.deploy({"package.xml": manifest(Flow=["Guard"]), "flows/Guard.flow": flow()})
    assert successes(result)["Guard"]["changed"] == ["false"]
    assert _versions(here) == [(1, "Active")]


def test_retrieve_by_name_gives_the_latest_version_which_may_be_a_draft(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow(label="Active one"))
    _deploy(here, flow("Draft", label="Draft one"))
    assert _versions(here) == [(1, "Active"), (2, "Draft")]
    files, _ = here.soap.retrieve({"Flow": ["Guard", "Guard-1"]})
    assert "<label>Draft one</label>" in files["flows/Guard.flow"].decode()
    assert "<status>Draft</status>" in files["flows/Guard.flow"].decode()
    assert "<label>Active one</label>" in files["flows/Guard-1.flow"].decode()


def test_an_active_flow_lands_inactive_in_production(production: Served) -> None:
    production.soap.deploy(tickets())
    assert _deploy(production, flow(label="One")) == {}
    assert _versions(production) == [(1, "Draft")]


def test_the_flow_settings_let_production_land_flows_active(production: Served) -> None:
    production.soap.deploy(tickets())
    settings = document("FlowSettings", "<enableFlowDeployAsActiveEnabled>true</enableFlowDeployAsActiveEnabled>")
    files = {"package.xml": manifest(Settings=["Flow"]), "settings/Flow.settings": settings}
    assert problems(production.soap.deploy(files)) == {}
    guard = {"package.xml": manifest(Flow=["Guard"]), "flows/Guard.flow": flow()}
    uncovered = production.soap.deploy(guard)
    assert uncovered["status"] == ["Failed"]
    run = uncovered["details"][0]["runTestResult"][0]
    assert "active autolaunched flows is 0%" in run["flowCoverageWarnings"][0]["message"][0]
    tests = {"package.xml": manifest(ApexClass=["TicketsTest"]), **apex_class("TicketsTest", TEST_CLASS)}
    production.soap.deploy(tests)
    covered = production.soap.deploy(guard)
    assert (covered["status"], covered["numberTestsCompleted"]) == (["Succeeded"], ["2"])
    assert covered["details"][0]["runTestResult"][0]["flowCoverage"][0]["flowName"] == ["Guard"]
    assert _versions(production) == [(1, "Active")]


def test_a_draft_brought_again_as_active_becomes_it_only_when_no_older_version_is(here: Served) -> None:
    here.soap.deploy(tickets())
    assert _deploy(here, flow("Draft", label="One")) == {}
    assert _deploy(here, flow("Active", label="One")) == {}
    assert _versions(here) == [(1, "Active")]
    assert _deploy(here, flow("Draft", label="Two")) == {}
    assert _deploy(here, flow("Active", label="Two")) == {}
    assert _versions(here) == [(1, "Active"), (2, "Draft")]


def test_the_active_version_is_not_overwritten_by_its_number(here: Served) -> None:
    here.soap.deploy(tickets())
    assert _deploy(here, flow(label="One")) == {}
    assert "is active and can't be overwritten" in _deploy(here, flow(label="Other"), "Guard-1")["Guard-1"]
    assert _deploy(here, flow(label="One"), "Guard-1") == {}
    assert _versions(here) == [(1, "Active")]


def test_a_version_with_paused_interviews_is_not_deleted(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow(label="One"))
    _deploy(here, flow(label="Two"))
    paused = here.org.jobs.pause_flow("Guard", 1)
    removal = {"package.xml": manifest(), "destructiveChanges.xml": manifest(Flow=["Guard-1"])}
    assert "paused interviews" in problems(here.soap.deploy(removal))["Guard-1"]
    here.org.jobs.finish(paused)
    assert problems(here.soap.deploy(removal)) == {}


def test_a_definition_in_the_package_overrides_the_flows_status(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow(label="One"))
    files = {
        "package.xml": manifest(Flow=["Guard"], FlowDefinition=["Guard"]),
        "flows/Guard.flow": flow("Active", label="Two"),
        "flowDefinitions/Guard.flowDefinition": document(
            "FlowDefinition", "<activeVersionNumber>1</activeVersionNumber>"
        ),
    }
    assert problems(here.soap.deploy(files)) == {}
    assert _versions(here) == [(1, "Active"), (2, "Obsolete")]


def test_the_version_that_was_active_stays_active_when_a_new_one_lands_inactive(production: Served) -> None:
    production.soap.deploy(tickets())
    body = flow(label="Seven").encode()
    production.org.components.import_flow_version("Guard", 7, body, "Active", production.user_id)
    _deploy(production, flow(label="Eight"))
    assert _versions(production) == [(7, "Active"), (8, "Draft")]
    definition = production.rest.tooling(
        "SELECT ActiveVersion.VersionNumber, LatestVersion.VersionNumber FROM FlowDefinition"
    )[0]
    assert definition["ActiveVersion"]["VersionNumber"] == 7
    assert definition["LatestVersion"]["VersionNumber"] == 8


def test_a_flow_definition_deploys_which_version_is_active(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow(label="One"))
    _deploy(here, flow(label="Two"))
    wanted = document("FlowDefinition", "<activeVersionNumber>1</activeVersionNumber>")
    files = {"package.xml": manifest(FlowDefinition=["Guard"]), "flowDefinitions/Guard.flowDefinition": wanted}
    assert problems(here.soap.deploy(files)) == {}
    assert _versions(here) == [(1, "Active"), (2, "Obsolete")]
    files["flowDefinitions/Guard.flowDefinition"] = wanted.replace("1</active", "9</active")
    assert problems(here.soap.deploy(files)) == {"Guard": "Invalid version number: 9"}
    alone = {"package.xml": manifest(FlowDefinition=["Lone"]), "flowDefinitions/Lone.flowDefinition": wanted}
    assert "You can't create a flow definition directly" in problems(here.soap.deploy(alone))["Lone"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (flow(object_name="Absent__c"), 'The object "Absent__c" doesn\'t exist.'),
        (
            flow(
                inner="<recordLookups><name>L</name><label>L</label><filters><field>Absent__c</field></filters>"
                "<object>Ticket__c</object></recordLookups>"
            ),
            'The field "Absent__c" for the object "Ticket__c" doesn\'t exist.',
        ),
        (
            flow(
                inner="<decisions><name>D</name><rules><conditions><leftValueReference>$Record.Absent__c"
                "</leftValueReference></conditions></rules></decisions>"
            ),
            "Field $Record.Absent__c does not exist.",
        ),
        (
            flow(
                inner="<actionCalls><name>A</name><actionName>Absent</actionName><actionType>apex</actionType></actionCalls>"
            ),
            "We can't find an action with the name and action type that you specified: Absent",
        ),
    ],
)
def test_a_flow_is_refused_for_what_it_names(here: Served, body: str, problem: str) -> None:
    here.soap.deploy(tickets())
    assert problem in _deploy(here, body)["Guard"]
    assert _versions(here) == []


def test_a_flow_is_deleted_version_by_version_and_never_the_active_one(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow(label="One"))
    _deploy(here, flow(label="Two"))

    def remove(name: str) -> dict[str, str]:
        return problems(here.soap.deploy({"package.xml": manifest(), "destructiveChanges.xml": manifest(Flow=[name])}))

    assert "insufficient access rights" in remove("Guard")["Guard"]
    assert "active version" in remove("Guard-2")["Guard-2"]
    assert remove("Guard-1") == {}
    assert _versions(here) == [(2, "Active")]


def test_the_view_of_flows_names_trigger_and_object(here: Served) -> None:
    here.soap.deploy(tickets())
    _deploy(here, flow())
    row = here.rest.query(
        "SELECT ApiName, IsActive, TriggerType, TriggerObjectOrEvent.QualifiedApiName FROM FlowDefinitionView"
        " WHERE TriggerObjectOrEvent.QualifiedApiName IN ('Ticket__c')"
    )[0]
    assert (row["ApiName"], row["IsActive"], row["TriggerType"]) == ("Guard", True, "RecordAfterSave")
    assert row["TriggerObjectOrEvent"]["QualifiedApiName"] == "Ticket__c"
