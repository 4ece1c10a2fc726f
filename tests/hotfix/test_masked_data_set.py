"""A seed with masks and deletes, through the steps: no masked value in the journal or the environment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotfix_tui.data.data_set import DataSet, Mask
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.data.data_set_writer import save
from hotfix_tui.data.read import read_rows
from hotfix_tui.events import encode
from hotfix_tui.events.seed import DataWritten, ObjectPlanned
from hotfix_tui.hotfix import baselines
from hotfix_tui.hotfix.steps.plan import plan
from hotfix_tui.hotfix.steps.seed import seed
from tests.hotfix.workshop import workshop
from tests.local_orgs import Orgs, incident

pytestmark = pytest.mark.slow

PROGRAM = "Discount_Program__c"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("masked")) as running:
        yield running


def masked_set(local: Orgs, folder: Path) -> DataSet:
    """The incident's data set with masks on names, and rules that are gone deleted."""
    whole = load(next((local.home / "local-orgs" / "data-sets").glob("*.toml")))
    masks = {PROGRAM: (Mask("Name", "fake"), Mask("Campaign_Code__c", "hash"))}
    objects = tuple(
        replace(one, masks=masks.get(one.name, ()), mode="delete" if one.name == "Rule_Condition__c" else one.mode)
        for one in whole.objects
        if one.name not in ("Storefront__c", "Pricebook2", "PricebookEntry")
    )
    return save(replace(whole, objects=objects, mask_seed="s"), folder / "masked.toml")


def written(events: list[object]) -> tuple[int, int, int]:
    (end,) = [one for one in events if isinstance(one, DataWritten)]
    return end.inserted, end.updated, end.deleted


async def test_masked_values_stay_in_production_and_what_is_gone_is_deleted(
    local: Orgs, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTFIX_HOME", str(local.home))
    names = [str(row["Name"]) for row in local.org("prod").soql(f"SELECT Name FROM {PROGRAM}")]
    codes = [row["Campaign_Code__c"] for row in local.org("prod").soql(f"SELECT Campaign_Code__c FROM {PROGRAM}")]
    assert len(names) == 3 and any(codes)
    chosen = masked_set(local, own_home)
    with workshop(own_home, local) as shop:
        await shop.run(plan(shop.context(), str(chosen.path)), "plan")
        first = written(await shop.run(seed(shop.context(), str(chosen.path)), "seed"))
        production = await shop.orgs.get("prod")
        shop.say(baselines.keep_records("baseline/production/records", production, await read_rows(production, chosen)))
        # In the environment somebody added a condition that production does not have.
        environment = await shop.orgs.get("hfx1")
        (known,) = local.org("prod").soql("SELECT External_Key__c FROM Discount_Rule__c LIMIT 1")
        soql = f"SELECT Id FROM Discount_Rule__c WHERE External_Key__c = '{known['External_Key__c']}'"
        (rule,) = await environment.query(soql)
        made = {"Rule__c": rule["Id"], "External_Key__c": "own-1"}
        (result,) = await environment.insert("Rule_Condition__c", [made])
        assert result.success, result.errors
        planned = await shop.run(plan(shop.context(), str(chosen.path)), "plan")
        deletes = {one.object: one.delete for one in planned if isinstance(one, ObjectPlanned) and one.delete}
        second = written(await shop.run(seed(shop.context(), str(chosen.path)), "seed"))
        said = json.dumps([encode(one) for one in shop.heard])
        said += (shop.journal.blob("baseline/production/records") or b"").decode()
        await shop.orgs.close()
    there = local.org("hfx1").soql(f"SELECT Name, Campaign_Code__c FROM {PROGRAM} WHERE External_Key__c != null")
    assert first[0] > 100
    assert deletes == {"Rule_Condition__c": 1}
    assert second[1:] == (0, 1)
    assert [one for one in names if one in said] == []
    assert [row for row in there if row["Name"] in names or row["Campaign_Code__c"] in codes] == []
    assert [row for row in there if row["Campaign_Code__c"]], "masked, not left out"
