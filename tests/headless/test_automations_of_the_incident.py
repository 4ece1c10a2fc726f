"""The six automations of the incident: five off while writing and back as they were, a lock survived; and left on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests import scenario_tables as tables
from tests.headless.test_incident import automations_of
from tests.local_orgs import Orgs, Ran, incident

pytestmark = pytest.mark.slow

_RULE = "ValidationRule:Discount_Program__c.Active_Program_Needs_Future_Start"
_TWINS = "DuplicateRule:Discount_Rule__c.Discount_Rule_Duplicate_Code"
_ON = {name for name, state in tables.AUTOMATIONS.items() if state != "off"}


@pytest.fixture
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("six")) as running:
        yield running


def begun(orgs: Orgs) -> str:
    ran = orgs.run("new", "six", "--production", "prod", "--environment", "hfx1", "--json")
    return str(ran.lines[0]["hotfix"])


def seeded(orgs: Orgs, hotfix: str, *words: str) -> Ran:
    return orgs.run("seed", hotfix, "--data-set", orgs.data_set, "--json", *words)


def fired(orgs: Orgs) -> dict[str, set[str]]:
    """Automation → Ids of the records that set it off."""
    found: dict[str, set[str]] = {}
    for row in orgs.instance.fired("hfx1"):
        found.setdefault(f"{row['kind']}:{row['name']}", set()).add(row["record_id"])
    return found


def rules_are_locked_once_they_are_there(orgs: Orgs) -> None:
    """Somebody's write holds the rules while ours writes what belongs to them."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        rules = orgs.org("hfx1").soql("SELECT Id FROM Discount_Rule__c WHERE External_Key__c != null")
        if len(rules) >= 30:
            held = {"rows": [str(rule["Id"]) for rule in rules], "seconds": 1.5}
            orgs.instance.control("/orgs/hfx1/locks", held)
            return
        time.sleep(0.02)


def test_five_go_off_and_come_back_one_stays_off_and_a_lock_is_survived(orgs: Orgs) -> None:
    hotfix = begun(orgs)
    orgs.instance.control("/pace", {"lock_wait": 0})
    # Each of our calls is on its way for a while, so that the lock is there before the next ones arrive.
    orgs.fault(org="hfx1", path="composite/sobjects", mode="delay", seconds=0.5, times=60)
    other = threading.Thread(target=rules_are_locked_once_they_are_there, args=(orgs,))
    other.start()
    ran = seeded(orgs, hotfix)
    other.join()
    orgs.clear_faults()
    assert ran.code == 0, ran.err
    plans = {f"{one['kind']}:{one['name']}": one["plan"] for one in ran.events("AutomationFound")}
    assert plans == {name: "switch_off" if name in _ON else "already_off" for name in tables.AUTOMATIONS}
    off = {f"{one['kind']}:{one['name']}" for one in ran.events("AutomationSwitched", state="off")}
    assert off == _ON
    back = {one["name"]: one["version"] for one in ran.events("AutomationSwitched", state="on", kind="Flow")}
    assert back == {"Discount_Program_Activated_Notify": 3, "Discount_Rule_Price_Recalc": 5}
    assert {name: automations_of(orgs)[name] for name in tables.AUTOMATIONS} == tables.AUTOMATIONS
    assert fired(orgs) == {}
    assert sum(one["refused"] for one in ran.events("RowsWritten")) > 0, "nothing was ever locked"
    assert ran.events("RowRefused") == []
    written = ran.event("DataWritten", purpose="seed")
    assert (written["inserted"], written["updated"], written["equal"], written["refused"]) == (375, 28, 279, 0)


def test_left_on_they_refuse_or_fire_and_each_is_seen(orgs: Orgs) -> None:
    hotfix = begun(orgs)
    refused = seeded(orgs, hotfix, "--way", "*=leave")
    assert refused.code == 1
    assert refused.events("AutomationSwitched") == []
    codes = {(one["object"], one["code"]) for one in refused.events("RowRefused")}
    assert ("Discount_Program__c", "FIELD_CUSTOM_VALIDATION_EXCEPTION") in codes
    assert fired(orgs) == {}, "nothing of what fires was written yet"

    ran = seeded(
        orgs, hotfix, "--retry-failed", "--way", "*=leave", f"--way={_RULE}=switch_off", f"--way={_TWINS}=leave"
    )
    told = ran.events("Finding", level="warning")
    assert any("these fire on what is written" in one["text"] for one in told)
    doubled = {(one["object"], one["code"]) for one in ran.events("RowRefused") if one["code"] != "PARENT_NOT_WRITTEN"}
    assert doubled == {("Discount_Rule__c", "DUPLICATES_DETECTED")}
    rules = {
        row["Id"] for row in orgs.org("hfx1").soql("SELECT Id FROM Discount_Rule__c WHERE External_Key__c != null")
    }
    seen = fired(orgs)
    assert seen.keys() == {name for name in _ON if name.startswith(("ApexTrigger", "Flow"))}
    assert seen["ApexTrigger:DiscountRuleTrigger"] == rules
    assert {name: automations_of(orgs)[name] for name in tables.AUTOMATIONS} == tables.AUTOMATIONS
