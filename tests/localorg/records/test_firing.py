"""What saves would set off."""

import pytest

from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.own_org import component

TRIGGER = """
// trigger Not_This on Book__c (before insert) {}
trigger ShelfTrigger on Shelf__c (before insert, after update, before delete) {
    if (FeatureManagement.checkPermission('Skip_Automation')) { return; }
}
"""
META = b"<ApexTrigger xmlns='http://soap.sforce.com/2006/04/metadata'><status>%s</status></ApexTrigger>"


def _trigger(org: LocalOrg, user: str, status: bytes = b"Active") -> None:
    path = "triggers/ShelfTrigger.trigger"
    org.components.put("ApexTrigger", "ShelfTrigger", {path: TRIGGER.encode(), f"{path}-meta.xml": META % status}, user)


def _flow(org: LocalOrg, user: str, start: str, status: str = "Active") -> None:
    xml = component(
        "Flow",
        f"<apiVersion>66.0</apiVersion><label>Shelf Flow</label><processType>AutoLaunchedFlow</processType>"
        f"<start><object>Shelf__c</object>{start}</start><status>{status}</status>",
    )
    org.components.put("Flow", "Shelf_Flow", {"flows/Shelf_Flow.flow": xml}, user)


AFTER = "<recordTriggerType>CreateAndUpdate</recordTriggerType><triggerType>RecordAfterSave</triggerType>"


def _filter(name: str, operator: str, kind: str, value: str) -> str:
    given = f"<value><{kind}Value>{value}</{kind}Value></value>"
    return f"<filters><field>{name}</field><operator>{operator}</operator>{given}</filters>"


BLANK_CAP = _filter("Cap__c", "IsNull", "boolean", "true")


def _fired(org: LocalOrg) -> list[tuple[str, str, bool]]:
    return [(row.name, row.event, row.bypassed) for row in org.fired.rows()]


def test_each_event_of_a_trigger_is_seen(org: LocalOrg, user: str) -> None:
    _trigger(org, user)
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    org.records.update(user, "Shelf__c", shelf, {"Name": "B"})
    org.records.delete(user, shelf)
    assert _fired(org) == [
        ("ShelfTrigger", "before insert", False),
        ("ShelfTrigger", "after update", False),
        ("ShelfTrigger", "before delete", False),
    ]
    row = org.fired.rows()[0]
    assert (row.record_id, row.user_id, row.object, row.kind) == (shelf, user, "Shelf__c", "ApexTrigger")


def test_what_is_inactive_does_not_fire_and_a_refused_save_sets_nothing_off(org: LocalOrg, user: str) -> None:
    _trigger(org, user, b"Inactive")
    _flow(org, user, AFTER, "Draft")
    org.records.insert(user, "Shelf__c", {"Name": "A"})
    _trigger(org, user)
    org.records.insert(user, "Shelf__c", {"Nope": "A"})
    assert _fired(org) == []


def test_loaders_set_nothing_off(org: LocalOrg, user: str) -> None:
    _trigger(org, user)
    org.records.raw_insert("Shelf__c", {"Name": "A"})
    assert _fired(org) == []


def test_a_user_with_the_bypass_permission_is_recorded_as_bypassing(org: LocalOrg, user: str) -> None:
    _trigger(org, user)
    permission = org.records.raw_insert("CustomPermission", {"DeveloperName": "Skip_Automation", "MasterLabel": "x"})
    granted = org.records.raw_insert("PermissionSet", {"Name": "Skip", "Label": "Skip"})
    org.records.raw_insert("SetupEntityAccess", {"ParentId": granted, "SetupEntityId": permission})
    assigned = org.records.insert(user, "PermissionSetAssignment", {"PermissionSetId": granted, "AssigneeId": user})
    org.records.insert(user, "Shelf__c", {"Name": "A"})
    org.records.delete(user, str(assigned.id))
    org.records.insert(user, "Shelf__c", {"Name": "B"})
    assert [bypassed for _, _, bypassed in _fired(org)] == [True, False]


@pytest.mark.parametrize(
    ("start", "insert", "update"),
    [
        (AFTER, 1, 1),
        (AFTER.replace("CreateAndUpdate", "Create"), 1, 0),
        (AFTER.replace("RecordAfterSave", "RecordBeforeSave").replace("CreateAndUpdate", "Update"), 0, 1),
        (
            AFTER + "<filterLogic>and</filterLogic>" + _filter("Name", "EqualTo", "string", "B"),
            0,
            1,
        ),
        (
            AFTER + "<filterLogic>1 OR 2</filterLogic>" + _filter("Name", "EqualTo", "string", "Z") + BLANK_CAP,
            1,
            1,
        ),
        (AFTER + "<filterFormula>ISCHANGED({!$Record.Name})</filterFormula>", 0, 1),
        (AFTER + "<filterFormula>{!$Record.Cap__c} &gt; 0.5</filterFormula>", 0, 0),
    ],
)
def test_a_flow_fires_on_its_saves_when_its_conditions_hold(
    org: LocalOrg, user: str, start: str, insert: int, update: int
) -> None:
    _flow(org, user, start)
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    assert len(_fired(org)) == insert
    org.records.update(user, "Shelf__c", shelf, {"Name": "B"})
    assert len(_fired(org)) == insert + update


def test_only_the_active_version_of_a_flow_counts(org: LocalOrg, user: str) -> None:
    _flow(org, user, AFTER)
    _flow(org, user, AFTER.replace("CreateAndUpdate", "Update"), "Draft")
    org.records.insert(user, "Shelf__c", {"Name": "A"})
    assert _fired(org) == [("Shelf_Flow", "after insert", False)]


def test_a_workflow_rule_fires_when_its_criteria_are_newly_met(org: LocalOrg, user: str) -> None:
    rule = component(
        "WorkflowRule",
        "<active>true</active><criteriaItems><field>Shelf__c.Cap__c</field><operation>greaterThan</operation>"
        "<value>50%</value></criteriaItems><triggerType>onCreateOrTriggeringUpdate</triggerType>",
    )
    org.components.put("WorkflowRule", "Shelf__c.Full", {"": rule}, user)
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A", "Cap__c": 40}).id)
    assert _fired(org) == []
    org.records.update(user, "Shelf__c", shelf, {"Cap__c": 60})
    org.records.update(user, "Shelf__c", shelf, {"Cap__c": 70})
    assert _fired(org) == [("Full", "after update", False)]
