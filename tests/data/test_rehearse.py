"""Rehearsals: what the org would refuse is known, who refuses it, and nothing of it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.automation.inventory import find
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.rehearse import Rehearsal, rehearse_plan
from hotfix_tui.data.write import no_checkpoint
from hotfix_tui.events import Event, Settled, seed
from hotfix_tui.hotfix.rehearsing import culprit
from tests.data import campus
from tests.data.campus import School, collect
from tests.data.test_bulk import exercises
from tests.data.test_seed import OBJECTS, of, planned, seeded


async def rehearsed(prod: School, box: School, data_set: DataSet) -> tuple[Rehearsal, list[Event]]:
    plan = await planned(prod, box, data_set)
    found = Rehearsal()
    async with box.connect() as org:
        events = await collect(rehearse_plan(org, plan, mode="as_it_is", checkpoint=no_checkpoint, found=found))
    return found, events


def counts(box: School) -> dict[str, int]:
    return {name: len(box.soql(f"SELECT Id FROM {name}")) for name in OBJECTS}


async def test_a_plan_that_would_go_through_is_tried_whole_and_nothing_is_kept(
    prod: School, box: School, data_set: DataSet
) -> None:
    exercises(prod, 100)
    before = counts(box)
    found, events = await rehearsed(prod, box, data_set)
    assert counts(box) == before
    assert (found.covered, found.refused, found.calls) == (115, {}, 1)
    assert found.not_covered == {}
    (intent,) = of(seed.RowsRehearse, events)
    assert [(event.key, event.result) for event in of(Settled, events)] == [(intent.key, "undone")]
    requests = [one for one in box.traffic.requests.log if one["method"] != "GET"]
    assert [one["path"].rpartition("/")[2] for one in requests] == ["graph"]


async def test_each_refusal_is_found_with_what_refuses_it_and_the_real_write_says_the_same(
    prod: School, box: School, data_set: DataSet
) -> None:
    prod.save("Course__c", prod.ids["C1"], Fee__c=None)  # the rule of the box refuses an open course without a fee
    prod.put("Course__c", Name="Dance", Course_Key__c="C5", Status__c="Draft")
    for number, code in enumerate(("Z-1", "Z-2", "Z-1")):  # the duplicate rule of the box knows Z-1
        prod.put("Lesson__c", Name=f"Z{number}", Lesson_Key__c=f"Z{number}", Course__c=prod.ids["C5"], Code__c=code)
    held = box.put("Course__c", Name="Held", Course_Key__c="C8", Status__c="Draft")
    box.put("Lesson__c", Name="There", Lesson_Key__c="L8", Course__c=held, Code__c="Z-1")
    before = counts(box)
    found, _ = await rehearsed(prod, box, data_set)
    assert counts(box) == before
    assert {key: one.code for (_, key), one in found.refused.items()} == {
        "c1": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "z0": "DUPLICATES_DETECTED",
        "z2": "DUPLICATES_DETECTED",
    }
    assert found.not_covered["rows below one that would be refused"] == 7  # C2 is planned below C1, L1 to L4, E1, E2
    async with box.connect() as org:
        automations = [one for one in await find(org, ["Course__c", "Lesson__c"]) if one.active]
    assert {culprit(one, automations) for one in found.refused.values()} == {
        "ValidationRule:Course__c.Open_Course_Has_Fee",
        "DuplicateRule:Lesson__c.Same_Code",
    }
    events = await seeded(prod, box, data_set)
    really = {event.key for event in of(seed.RowRefused, events) if event.code != "PARENT_NOT_WRITTEN"}
    assert {key.lower() for key in really} >= {key for _, key in found.refused}


async def test_what_would_be_refused_in_a_second_pass_is_refused_in_the_rehearsal(
    prod: School, data_set: DataSet, tmp_path: Path
) -> None:
    rule = (
        '<ValidationRule xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>No_Opening</fullName>'
        "<active>true</active><errorConditionFormula>NOT(ISBLANK(Opening_Lesson__c))</errorConditionFormula>"
        "<errorMessage>Not now.</errorMessage></ValidationRule>"
    )
    file = "objects/Course__c/validationRules/No_Opening.validationRule-meta.xml"
    with campus.served(tmp_path, "strict", changed={file: rule}) as strict:
        plan = await planned(prod, strict, data_set)
        (waiting,) = [row for one in plan.objects for row in one.rows.in_second_pass()]
        assert list(waiting.later) == ["Opening_Lesson__c"]
        before = counts(strict)
        found, events = await rehearsed(prod, strict, data_set)
        assert counts(strict) == before
        (refused,) = of(seed.RowWouldBeRefused, events)
        assert (refused.object, refused.key, refused.act) == ("Course__c", waiting.key, "update")
        assert refused.message == "Not now."
        assert found.not_covered == {}


async def test_rows_deeper_than_a_graph_may_be_are_said_not_to_be_tried(
    prod: School, box: School, data_set: DataSet
) -> None:
    before = prod.ids["L4"]
    for number in range(20):
        key = f"D{number:02}"
        before = prod.put("Lesson__c", Name=key, Lesson_Key__c=key, Course__c=prod.ids["C2"], Before__c=before)
    found, _ = await rehearsed(prod, box, data_set)
    assert found.refused == {}
    assert found.not_covered["rows below more new parents than one graph takes"] == 8


async def test_what_an_org_keeps_of_a_rehearsal_is_deleted_and_said(
    prod: School, box: School, data_set: DataSet
) -> None:
    kept = box.put("Course__c", Name="Kept", Course_Key__c="K1", Status__c="Draft")
    body = (
        '{"graphs":[{"graphId":"g0","isSuccessful":true,"graphResponse":{"compositeResponse":'
        f'[{{"body":{{"id":"{kept}","success":true}},"httpStatusCode":201,"referenceId":"r0"}}]}}}}]}}'
    )
    box.fault("status", "composite/graph", method="POST", status=200, body=body, times=1)
    _, events = await rehearsed(prod, box, data_set)
    assert box.soql("SELECT Id FROM Course__c WHERE Course_Key__c = 'K1'") == []
    assert any("which it must not" in getattr(event, "text", "") for event in events)


@pytest.mark.parametrize("mode", ["drop_after", "drop_before"])
async def test_a_lost_reply_leaves_nothing_behind(prod: School, box: School, data_set: DataSet, mode: str) -> None:
    before = counts(box)
    box.fault(mode, "composite/graph", method="POST", times=1)
    with pytest.raises(Exception, match="reply"):
        await rehearsed(prod, box, data_set)
    assert counts(box) == before
