"""Twins of objects whose data set does not say how twins are known: the org's duplicate rules do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hotfix_tui.data.data_set import DataSet, Mask
from hotfix_tui.data.duplicate_rules import with_rule_keys
from tests.data.campus import School
from tests.data.test_seed import planned, seeded


def without_second_keys(data_set: DataSet) -> DataSet:
    return replace(data_set, objects=tuple(replace(spec, second_key=()) for spec in data_set.objects))


async def asked(school: School, data_set: DataSet) -> DataSet:
    async with school.connect() as org:
        return await with_rule_keys(org, data_set)


async def test_a_row_that_a_duplicate_rule_calls_the_same_is_told_as_a_twin(
    prod: School, box: School, data_set: DataSet
) -> None:
    bare = without_second_keys(data_set)
    await seeded(prod, box, bare)
    lesson = box.soql("SELECT Id FROM Lesson__c WHERE Lesson_Key__c = 'L4'")[0]["Id"]
    box.save("Lesson__c", lesson, Lesson_Key__c=None, Code__c="b-1")
    assert (await planned(prod, box, bare)).twins == []
    found = await asked(box, bare)
    assert {spec.name: spec.second_key for spec in found.objects if spec.second_key} == {"Lesson__c": ("Code__c",)}
    plan = await planned(prod, box, found, adopt=True)
    assert [(twin.key, twin.record_id, twin.adopted) for twin in plan.twins] == [("L4", lesson, True)]
    assert "the same Code__c" in plan.twins[0].why


async def test_a_second_key_that_the_data_set_names_is_left_as_it_is(box: School, data_set: DataSet) -> None:
    named = replace(data_set, objects=tuple(replace(one, second_key=("Name",)) for one in data_set.objects))
    count = len(list(box.traffic.requests.log))
    assert await asked(box, named) == named
    asking = [one for one in list(box.traffic.requests.log)[count:] if "DuplicateRule" in str(one)]
    assert asking == []


@pytest.mark.parametrize("change", [{"mode": "reference"}, {"mode": "update"}, {"key": ("Code__c",)}])
async def test_a_rule_says_nothing_where_no_twin_can_be(
    box: School, data_set: DataSet, change: dict[str, object]
) -> None:
    bare = without_second_keys(data_set)
    objects = tuple(replace(one, **change) if one.name == "Lesson__c" else one for one in bare.objects)  # type: ignore[arg-type]
    assert not any(spec.second_key for spec in (await asked(box, replace(bare, objects=objects))).objects)


async def test_masked_fields_tell_no_twins(box: School, data_set: DataSet) -> None:
    bare = without_second_keys(data_set)
    masks = (Mask("Code__c", "hash"),)
    objects = tuple(replace(one, masks=masks) if one.name == "Lesson__c" else one for one in bare.objects)
    assert not any(spec.second_key for spec in (await asked(box, replace(bare, objects=objects))).objects)


async def test_an_org_that_does_not_tell_its_rules_is_seeded_as_ever(box: School, data_set: DataSet) -> None:
    bare = without_second_keys(data_set)
    body = json.dumps([{"errorCode": "INVALID_TYPE", "message": "sObject type 'DuplicateRule' is not supported."}])
    async with box.connect() as org:
        box.fault("status", "/query", method="GET", status=400, body=body, times=1)
        assert await with_rule_keys(org, bare) == bare
