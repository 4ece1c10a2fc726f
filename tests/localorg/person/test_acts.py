"""What a second person does to automations, rows and people: as themselves, and exactly when the script says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hotfix_tui.localorg.apex.planted import plant
from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.person.script import ScriptError, steps_from
from tests.localorg.metadata.samples import document, flow, trigger
from tests.localorg.metadata.soap_client import manifest
from tests.localorg.own_org import NOW
from tests.localorg.person.conftest import CODE, FLOW, RULE, WITH_TESTS, Stage

Make = Callable[..., Stage]
DUPLICATES = {
    "package.xml": manifest(DuplicateRule=["Account.Same"], MatchingRules=["Account"]),
    "matchingRules/Account.matchingRule": document(
        "MatchingRules",
        "<matchingRules><fullName>Same</fullName><label>Same</label><matchingRuleItems><blankValueBehavior>"
        "NullNotAllowed</blankValueBehavior><fieldName>Name</fieldName><matchingMethod>Exact</matchingMethod>"
        "</matchingRuleItems><ruleStatus>Active</ruleStatus></matchingRules>",
    ),
    "duplicateRules/Account.Same.duplicateRule": document(
        "DuplicateRule",
        "<actionOnInsert>Block</actionOnInsert><actionOnUpdate>Allow</actionOnUpdate><alertText>One is.</alertText>"
        "<duplicateRuleMatchRules><matchRuleSObjectType>Account</matchRuleSObjectType><matchingRule>Same</matchingRule>"
        "<objectMapping xsi:nil='true' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/></duplicateRuleMatchRules>"
        "<isActive>true</isActive><masterLabel>Same</masterLabel><securityOption>EnforceSharingRules</securityOption>"
        "<sortOrder>1</sortOrder>",
    ),
}


def test_a_validation_rule_is_switched_off_between_two_of_our_calls(stage: Make) -> None:
    here = stage(
        {**RULE, "objects/Ticket__c.object": RULE["objects/Ticket__c.object"].replace("ISBLANK(Name)", "true")}
    )
    here.script(
        {
            "do": "flip",
            "component": "ValidationRule:Ticket__c.Named",
            "on": False,
            "after": {"call": "create", "nth": 2},
        }
    )
    statuses = [here.rest.call("POST", "/sobjects/Ticket__c", {"Name": "A"})[0] for _ in range(3)]
    assert statuses == [400, 400, 201]
    here.done()


def test_a_flow_is_deactivated_and_another_version_activated(stage: Make) -> None:
    here = stage(FLOW, {**FLOW, "flows/Guard.flow": flow(label="Second")})

    def active() -> Any:
        soql = "SELECT ActiveVersion.VersionNumber, LastModifiedBy.Name FROM FlowDefinition"
        (row,) = here.rest.tooling(soql)
        return row["ActiveVersion"] and row["ActiveVersion"]["VersionNumber"], row["LastModifiedBy"]["Name"]

    flip = {"do": "flip", "component": "Flow:Guard"}
    here.script({**flip, "on": True, "version": 1})
    assert active() == (1, "Bob Colleague")
    here.script({**flip, "on": False})
    assert active()[0] is None
    here.script({**flip, "on": True})
    assert active()[0] == 2
    here.done(3)


def test_a_trigger_is_switched_in_setup_in_a_sandbox_and_by_a_deployment_in_production(stage: Make) -> None:
    for number, kind in enumerate(("developer", "production")):
        here = _with_trigger(stage, kind)
        before = len(here.org.deploys.jobs())
        here.script({"do": "flip", "component": "ApexTrigger:Watch", "on": False})
        here.done()
        assert here.org.deploys.wait_idle()
        (row,) = here.rest.tooling("SELECT Status, LastModifiedBy.Name FROM ApexTrigger")
        assert (row["Status"], row["LastModifiedBy"]["Name"]) == ("Inactive", "Bob Colleague")
        assert len(here.org.deploys.jobs()) == before + number


def _with_trigger(stage: Make, kind: str) -> Stage:
    here = stage(kind=kind, folder=kind)
    plant(here.org, "Watch", 100.0)
    both = {**CODE, **trigger("Watch", "trigger Watch on Ticket__c (before insert) {}")}
    both["package.xml"] = manifest(ApexClass=["Tickets", "TicketsTest"], ApexTrigger=["Watch"])
    assert here.soap.deploy(both, **WITH_TESTS)["status"] == ["Succeeded"]
    return here


def test_a_duplicate_rule_is_switched_off(stage: Make) -> None:
    here = stage(DUPLICATES)
    here.rest.call("POST", "/sobjects/Account", {"Name": "One"})
    assert here.rest.call("POST", "/sobjects/Account", {"Name": "One"})[0] == 400
    here.script({"do": "flip", "component": "DuplicateRule:Account.Same", "on": False})
    here.done()
    assert here.rest.call("POST", "/sobjects/Account", {"Name": "One"})[0] == 201


def test_rows_are_changed_between_our_look_and_our_write_as_the_colleague(stage: Make) -> None:
    here = stage()
    account = here.rest.call("POST", "/sobjects/Account", {"Name": "Ours"})[1]["id"]
    here.org.clock.advance(3600)
    here.script(
        {
            "do": "update",
            "object": "Account",
            "where": "Name = 'Ours'",
            "set": {"Phone": "1"},
            "after": {"call": "query"},
        },
        {"do": "insert", "object": "Account", "rows": [{"Name": "Theirs"}], "after": {"call": "query"}},
    )
    assert [row["Phone"] for row in here.rest.query("SELECT Phone FROM Account")] == [None]
    here.done(2)
    soql = "SELECT Name, Phone, CreatedBy.Name, LastModifiedBy.Name, LastModifiedDate FROM Account ORDER BY Name"
    ours, theirs = here.rest.query(soql)
    assert (ours["Phone"], ours["CreatedBy"]["Name"], ours["LastModifiedBy"]["Name"]) == (
        "1",
        "Ada Admin",
        "Bob Colleague",
    )
    assert ours["LastModifiedDate"].startswith("2026-01-13T11:00")
    assert theirs["CreatedBy"]["Name"] == "Bob Colleague"
    here.script({"do": "delete", "object": "Account", "where": "Name LIKE '%s'"})
    assert here.rest.query("SELECT Id FROM Account") == []
    here.script({"do": "undelete", "ids": [account]})
    assert [row["Id"] for row in here.rest.query("SELECT Id FROM Account")] == [account]
    here.done(4)


def test_a_permission_set_is_assigned_and_taken_away(stage: Make) -> None:
    here = stage()
    here.rest.call("POST", "/sobjects/PermissionSet", {"Name": "Pricing", "Label": "Pricing"})
    step = {"permission_set": "Pricing", "user": "ada@example.com"}
    soql = "SELECT Assignee.Name FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Pricing'"
    here.script({"do": "assign", **step})
    assert [row["Assignee"]["Name"] for row in here.rest.query(soql)] == ["Ada Admin"]
    here.script({"do": "unassign", **step})
    assert here.rest.query(soql) == []
    here.done(2)


def test_rows_are_kept_locked_by_the_colleague(stage: Make) -> None:
    here = stage()
    here.org.locks.wait = 0
    account = here.rest.call("POST", "/sobjects/Account", {"Name": "Busy"})[1]["id"]
    here.script({"do": "lock", "ids": [account], "seconds": 60})
    status, answer = here.rest.call("PATCH", f"/sobjects/Account/{account}", {"Name": "x"})
    assert (status, answer[0]["errorCode"]) == (400, "UNABLE_TO_LOCK_ROW")
    here.done()


def test_a_step_comes_at_its_time_by_the_orgs_clock(stage: Make) -> None:
    here = stage()
    row = {"do": "insert", "object": "Account"}
    here.script(
        {**row, "rows": [{"Name": "Later"}], "at": "2026-01-13T12:00:00Z"},
        {**row, "rows": [{"Name": "Sooner"}], "wait": 600},
    )
    here.org.clock.advance(599 - 60)
    assert [step.when for step in here.director.waiting()] != []
    assert here.director.log == []
    here.org.clock.advance(120)
    here.done(1)
    here.org.clock.advance(7200)
    here.done(2)
    assert [row["Name"] for row in here.rest.query("SELECT Name FROM Account ORDER BY CreatedDate")] == [
        "Sooner",
        "Later",
    ]


def test_a_step_the_org_refuses_is_in_the_log_with_the_orgs_words(stage: Make) -> None:
    here = stage()
    here.script(
        {"do": "insert", "object": "Account", "rows": [{"Phone": "1"}]},
        {"do": "update", "object": "Account", "where": "Name = 'Nobody'", "set": {"Phone": "1"}},
        {"do": "edit", "component": "ValidationRule:Ticket__c.Absent", "set": {"active": True}},
        {"do": "deploy", "files": {"package.xml": manifest()}, "options": {"speed": 1}},
    )
    problems = [entry["problem"] for entry in here.director.log]
    assert problems[0].startswith("REQUIRED_FIELD_MISSING")
    assert len(problems) == 4
    assert here.rest.query("SELECT Id FROM Account") == []


STEP = {"org": "prod", "by": "bob", "do": "insert", "object": "Account", "rows": [{"Name": "A"}]}


@pytest.mark.parametrize(
    "bad",
    [
        {"do": "dance"},
        {"org": ""},
        {"by": 1},
        {"color": 1},
        {"rows": []},
        {"rows": {"Name": "A"}},
        {"at": "tomorrow"},
        {"at": "2026-01-13T12:00:00Z", "wait": 5},
        {"after": {}},
        {"after": {"call": "telephone"}},
        {"after": {"call": "query", "nth": 0}},
        {"deploy": {"status": "Sleeping"}},
        {"deploy": {"component": 0}},
        {"deploy": {"component": 1, "test": 1}},
        {"do": "edit", "component": "ValidationRule:A.B"},
    ],
)
def test_a_script_that_means_nothing_is_refused_with_a_sentence(bad: dict[str, Any]) -> None:
    with pytest.raises(ScriptError, match=r"[.]$"):
        steps_from([STEP, {**STEP, **bad}], Clock(NOW))


def test_a_script_names_orgs_and_people_that_exist(stage: Make) -> None:
    here = stage()
    for wrong in ({"org": "nowhere"}, {"by": "nobody@example.com"}):
        with pytest.raises(ScriptError, match="There is no"):
            here.script({**STEP, "by": "bob@example.com"}, {**STEP, "by": "bob@example.com", **wrong})
    assert here.rest.query("SELECT Id FROM Account") == []
    assert here.director.waiting() == []
