"""The incident's seed as steps in a journal: what was refused is tried again alone, and one request takes all back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.events import seed as sd
from hotfix_tui.events.promote import Verified
from hotfix_tui.events.session import EnvironmentChosen
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.refusals import write_refused
from hotfix_tui.hotfix.steps.rehearse import rehearse
from hotfix_tui.hotfix.steps.seed import seed
from hotfix_tui.hotfix.steps.undo_resolve import undo_resolve
from hotfix_tui.hotfix.steps.undo_seed import undo_seed
from tests import scenario_tables as tables
from tests.data.campus import Permit
from tests.headless.test_incident import automations_of
from tests.hotfix.workshop import Workshop, workshop
from tests.local_orgs import Orgs, incident

pytestmark = pytest.mark.slow

_OWN = ("Discount_Program__c", "Discount_Rule__c", "Rule_Condition__c", "Discount_Tier__c", "Rule_Product__c")


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Orgs]:
    with incident(tmp_path / "orgs") as running:
        yield running


@pytest.fixture
async def shop(local: Orgs, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workshop]:
    monkeypatch.setenv("HOTFIX_HOME", str(local.home))
    with workshop(own_home, local) as shop:
        yield shop
        await shop.orgs.close()


def content(local: Orgs) -> dict[str, list[dict[str, Any]]]:
    org = local.org("hfx1")
    found = {name: org.soql(f"SELECT Id, External_Key__c FROM {name} ORDER BY Id") for name in _OWN}
    return found | {"PricebookEntry": org.soql("SELECT Id, IsActive, UnitPrice FROM PricebookEntry ORDER BY Id")}


def of(kind: type[Any], events: list[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_a_rehearsal_names_what_refuses_and_before_a_seed_it_keeps_the_org_untouched(shop: Workshop) -> None:
    local = shop.local
    before = content(local)
    heard = await shop.run(rehearse(shop.context(), local.data_set), "rehearse")
    (finished,) = of(sd.RehearsalFinished, heard)
    assert content(local) == before
    assert {event.automation for event in of(sd.RowWouldBeRefused, heard)} == {
        "ValidationRule:Discount_Program__c.Active_Program_Needs_Future_Start",
        "",  # the restricted picklist does not know Compound
    }
    assert finished.covered + sum(int(one.rpartition(": ")[2]) for one in finished.not_covered) >= finished.rows
    assert any("CartLine" in one or "DiscountRuleTrigger" in one for one in finished.remains)
    assert shop.state.rehearsal == finished

    with pytest.raises(StepRefused, match="would be refused with the automations off"):
        await shop.run(seed(shop.context(), local.data_set, rehearse=True), "seed")
    assert content(local) == before
    states = automations_of(local)
    assert {name: states[name] for name in tables.AUTOMATIONS} == tables.AUTOMATIONS
    assert shop.state.open_intents == {}


async def test_what_was_refused_is_tried_again_alone_and_an_undo_takes_all_back(shop: Workshop, tmp_path: Path) -> None:
    local = shop.local
    before = content(local)
    first = await shop.run(seed(shop.context(), local.data_set), "seed")
    refused = {event.key for event in of(sd.RowRefused, first)}
    assert refused, "the restricted picklist of hfx1 does not have Compound yet"
    lines = write_refused(shop.state, tmp_path / "refused.csv").read_text().splitlines()
    assert len(lines) >= 1 + len(refused)
    assert lines[0].startswith("object,key,act,code,message")

    # Something else changes in production meanwhile: a retry leaves it alone.
    (other,) = local.org("prod").soql("SELECT Id FROM Product2 ORDER BY Id LIMIT 1")
    production = await shop.orgs.get("prod")
    change = {"Id": other["Id"], "Description": "changed meanwhile"}
    assert (await production.under(Permit(production.org_id)).update("Product2", [change]))[0].success
    again = await shop.run(seed(shop.context(), local.data_set, retry_failed=True), "seed")
    assert {key for event in of(sd.RowsWrite, again) for key in event.keys} <= refused
    assert {event.object for event in of(sd.RowsWrite, again)} == {"Discount_Program__c"}
    assert of(Verified, again)[-1].differs

    undone = await shop.run(undo_seed(shop.context()), "undo_seed")
    assert of(sd.RowRefused, undone) == []
    assert content(local) == before
    states = automations_of(local)
    assert {name: states[name] for name in tables.AUTOMATIONS} == tables.AUTOMATIONS
    assert local.instance.fired("hfx1") == []
    with pytest.raises(StepRefused, match="still there"):
        await shop.run(undo_seed(shop.context()), "undo_seed")


async def test_what_was_done_in_one_environment_is_never_taken_back_or_tried_again_in_another(shop: Workshop) -> None:
    local = shop.local
    await shop.run(seed(shop.context(), local.data_set), "seed")
    before = content(local)
    assert shop.state.refused and shop.state.written
    ids = {alias: entry["org_id"] for alias, entry in shop.registry()["orgs"].items()}
    shop.say(EnvironmentChosen(org="dev1", org_id=ids["dev1"], kind="sandbox developer"), "choose_environment")
    assert not shop.state.refused and not shop.state.written and "seed" not in shop.state.results
    with pytest.raises(StepRefused, match="wrote anything in dev1"):
        await shop.run(undo_seed(shop.context()), "undo_seed")
    with pytest.raises(StepRefused, match="was refused"):
        await shop.run(seed(shop.context(), local.data_set, retry_failed=True), "seed")
    with pytest.raises(StepRefused, match="Nothing was brought"):
        await shop.run(undo_resolve(shop.context()), "undo_resolve")
    assert content(local) == before
    shop.say(EnvironmentChosen(org="hfx1", org_id=ids["hfx1"], kind="sandbox developer"), "choose_environment")
    await shop.run(undo_seed(shop.context()), "undo_seed")
    assert content(local) != before
