"""SourceMember: what was changed in an org that tracks, by deployments and in Setup."""

from __future__ import annotations

from typing import Any

import pytest

from hotfix_tui.localorg.org import Kind
from tests.localorg.metadata.conftest import Serve, Served
from tests.localorg.metadata.samples import apex_class, document, flow, only, rule, text_field, tickets
from tests.localorg.metadata.soap_client import manifest, problems

# The query of sf project deploy preview, word for word.
QUERY = (
    "SELECT MemberIdOrName, MemberType, MemberName, IsNameObsolete, RevisionCounter, IsNewMember, ChangedBy, "
    "LastModifiedDate FROM SourceMember WHERE RevisionCounter > {}"
)


def _since(org: Served, revision: int = 0) -> dict[str, dict[str, Any]]:
    return {f"{row['MemberType']}:{row['MemberName']}": row for row in org.rest.tooling(QUERY.format(revision))}


def _newest(org: Served) -> int:
    return max(row["RevisionCounter"] for row in _since(org).values())


@pytest.mark.parametrize("kind", ["production", "developer_edition", "partial", "full"])
def test_orgs_without_tracking_do_not_know_the_object(serve: Serve, kind: Kind) -> None:
    org = serve(kind)
    status, answer = org.rest.call("GET", "/tooling/sobjects/SourceMember/describe")
    assert (status, answer[0]["message"]) == (404, "The requested resource does not exist")
    status, answer = org.rest.call("GET", "/tooling/query?q=SELECT+Id+FROM+SourceMember")
    assert (status, answer[0]["errorCode"]) == (400, "INVALID_TYPE")
    assert problems(org.soap.deploy(tickets())) == {}


def test_each_change_of_a_deployment_is_a_row_with_the_next_revision(here: Served) -> None:
    assert here.rest.call("GET", "/tooling/sobjects/SourceMember/describe")[0] == 200
    assert _since(here) == {}
    assert problems(here.soap.deploy(tickets())) == {}
    rows = _since(here)
    assert set(rows) == {"CustomObject:Ticket__c", "CustomField:Ticket__c.Limit__c", "CustomField:Ticket__c.Parent__c"}
    field = rows["CustomField:Ticket__c.Limit__c"]
    assert (
        field["MemberIdOrName"]
        == here.rest.tooling("SELECT Id FROM CustomField WHERE DeveloperName = 'Limit'")[0]["Id"]
    )
    assert field["ChangedBy"] == here.user_id[:15]
    assert all(row["IsNewMember"] and not row["IsNameObsolete"] for row in rows.values())
    revisions = [row["RevisionCounter"] for row in rows.values()]
    assert len(set(revisions)) == len(revisions)
    before = _newest(here)
    assert problems(here.soap.deploy(tickets())) == {}
    assert _since(here, before) == {}, "what is deployed unchanged is no change"


def test_a_change_moves_the_row_and_a_deletion_marks_it_obsolete(here: Served) -> None:
    here.soap.deploy(tickets())
    package = {"package.xml": manifest(ApexClass=["A"]), **apex_class("A", "class A { Integer a; }")}
    here.soap.deploy(package)
    first = _since(here)["ApexClass:A"]
    here.soap.deploy({**package, **apex_class("A", "class A { Integer b; }")})
    second = _since(here, first["RevisionCounter"])["ApexClass:A"]
    assert second["IsNewMember"] is False
    here.soap.deploy({"package.xml": manifest(), "destructiveChanges.xml": manifest(ApexClass=["A"])})
    third = _since(here, second["RevisionCounter"])["ApexClass:A"]
    assert third["IsNameObsolete"] is True
    here.soap.deploy(package)
    assert _since(here, third["RevisionCounter"])["ApexClass:A"]["IsNameObsolete"] is False
    assert len(here.rest.tooling("SELECT Id FROM SourceMember WHERE MemberName = 'A'")) == 1


def test_a_validation_and_a_failed_deployment_track_nothing(here: Served) -> None:
    here.soap.deploy(tickets(), checkOnly=True)
    broken = {**tickets(), **apex_class("B", "class Other {}")}
    broken["package.xml"] = manifest(CustomObject=["*"], ApexClass=["*"])
    assert "B" in problems(here.soap.deploy(broken))
    assert _since(here) == {}


def test_a_new_field_touches_its_object_and_setup_edits_count_too(here: Served) -> None:
    here.soap.deploy(tickets())
    before = _newest(here)
    extra = {"objects/Ticket__c.object": only(text_field("Note__c") + rule("Cap", "ISBLANK(Name)"))}
    named = manifest(CustomField=["Ticket__c.Note__c"], ValidationRule=["Ticket__c.Cap"])
    assert problems(here.soap.deploy({"package.xml": named, **extra})) == {}
    rows = _since(here, before)
    assert {"CustomField:Ticket__c.Note__c", "CustomObject:Ticket__c", "ValidationRule:Ticket__c.Cap"} == set(rows)
    assert rows["CustomObject:Ticket__c"]["IsNewMember"] is True
    before = _newest(here)
    found = here.rest.tooling("SELECT Id, Metadata FROM ValidationRule")[0]
    changed = {"Metadata": {**found["Metadata"], "active": False}}
    assert here.rest.call("PATCH", f"/tooling/sobjects/ValidationRule/{found['Id']}", changed)[0] == 204
    assert set(_since(here, before)) == {"ValidationRule:Ticket__c.Cap"}


def test_standard_objects_flows_bundles_and_settings_go_by_the_servers_names(here: Served) -> None:
    here.soap.deploy(tickets())
    before = _newest(here)
    files = {
        "package.xml": manifest(
            CustomField=["Account.Tier__c"], Flow=["Guard"], LightningComponentBundle=["panel"], Settings=["Flow"]
        ),
        "objects/Account.object": only(text_field("Tier__c")),
        "flows/Guard.flow": flow(),
        "lwc/panel/panel.js": "export default class {}",
        "lwc/panel/panel.js-meta.xml": document("LightningComponentBundle", "<apiVersion>63.0</apiVersion>"),
        "settings/Flow.settings": document(
            "FlowSettings", "<enableFlowDeployAsActiveEnabled>true</enableFlowDeployAsActiveEnabled>"
        ),
    }
    assert problems(here.soap.deploy(files)) == {}
    rows = _since(here, before)
    assert rows["CustomObject:Account"]["MemberIdOrName"] == "Account"
    assert rows["Flow:Guard"]["MemberIdOrName"].startswith("300")
    assert rows["Flow:Guard"]["IsNewMember"] is True
    assert "LightningComponentBundle:panel" in rows
    assert "LightningComponentResource:panel/panel.js" in rows
    assert "FlowSettings:Flow" in rows
    before = _newest(here)
    definition = here.rest.tooling("SELECT Id FROM FlowDefinition")[0]["Id"]
    off = {"Metadata": {"activeVersionNumber": 0}}
    assert here.rest.call("PATCH", f"/tooling/sobjects/FlowDefinition/{definition}", off)[0] == 204
    assert set(_since(here, before)) == {"Flow:Guard"}


def test_a_scratch_orgs_revisions_are_set_to_zero_as_the_cli_does_it(serve: Serve) -> None:
    scratch = serve("scratch")
    scratch.soap.deploy(tickets())
    for row in scratch.rest.tooling("SELECT Id FROM SourceMember WHERE RevisionCounter > 0"):
        path = f"/tooling/sobjects/SourceMember/{row['Id']}"
        assert scratch.rest.call("PATCH", path, {"RevisionCounter": 0})[0] == 204
    assert _since(scratch) == {}
    settings = scratch.rest.tooling("SELECT IsSourceTrackingSandboxesEnabled FROM SourceTrackingSettings")
    assert [row["IsSourceTrackingSandboxesEnabled"] for row in settings] == [True]
