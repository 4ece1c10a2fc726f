"""What is off or assigned comes back whatever else is wrong: another org gone, a login renewed, a step to come."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from hotfix_tui.automation.bypass import assign, unassign
from hotfix_tui.automation.inventory import find
from hotfix_tui.automation.switch import switch_off
from hotfix_tui.events import Question, Settled
from hotfix_tui.events.seed import AutomationSwitchOff, BypassAssign
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.errors import HotfixError, StepRefused
from hotfix_tui.hotfix.steps.restore import restore, restore_open
from hotfix_tui.hotfix.takeover import take_over
from hotfix_tui.hotfix.taking_back import guarded
from hotfix_tui.salesforce.errors import SessionExpired
from tests.hotfix.workshop import Workshop, local, shop, workshop
from tests.local_orgs import Orgs, incident

__all__ = ["local", "shop"]

_SET = "Pricing_Automation_Bypass"
_GONE = "00D000000000GONEAA"


def holders(local: Orgs, alias: str) -> int:
    return len(local.org(alias).soql(f"SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name = '{_SET}'"))


async def assigned(shop: Workshop, alias: str) -> None:
    await shop.run(assign(await shop.orgs.get(alias), _SET))


def switched_off(shop: Workshop, alias: str, org_id: str) -> AutomationSwitchOff:
    return AutomationSwitchOff(
        key=f"off/{alias}", org=alias, org_id=org_id, before={}, kind="Flow", name="F", object="X__c"
    )


async def test_an_environment_that_was_refreshed_does_not_keep_another_org_from_its_restore(shop: Workshop) -> None:
    shop.say(switched_off(shop, "hfx1", shop.registry()["orgs"]["hfx1"]["org_id"]))
    await assigned(shop, "uat")
    assert holders(shop.local, "uat") == 1
    with shop.logins(hfx1={"org_id": _GONE}), pytest.raises(HotfixError, match="another org now"):
        await shop.run(restore_open(shop.context()), "restore")
    assert holders(shop.local, "uat") == 0
    assert [one.org for one in shop.state.open_intents.values()] == ["hfx1"]


async def test_an_act_that_cannot_be_looked_up_does_not_hide_the_others(shop: Workshop) -> None:
    from hotfix_tui.events.promote import FlowActivate
    from hotfix_tui.events.session import PermitRedeemed

    ids = {alias: one["org_id"] for alias, one in shop.registry()["orgs"].items()}
    shop.say(FlowActivate(key="a", org="hfx1", org_id=ids["hfx1"], before={}, flow="No_Such_Flow", version=2))
    shop.say(FlowActivate(key="b", org="prod", org_id=_GONE, before={}, flow="No_Such_Flow", version=2))
    shop.say(PermitRedeemed(key="c", org="prod", org_id=ids["prod"], permit="P-1", act="promote"))
    heard = await shop.run(take_over(shop.context()), "takeover")
    assert set(shop.state.open_intents) == {"a", "b"}
    assert [one.org for one in heard if isinstance(one, Finding)] == ["hfx1", "prod"]


async def test_what_was_left_in_an_org_that_an_alias_no_longer_means_is_not_written_to_the_new_one(
    shop: Workshop,
) -> None:
    await assigned(shop, "uat")
    (intent,) = shop.state.open_intents.values()
    assert isinstance(intent, BypassAssign)
    qa = shop.registry()["orgs"]["qa"]
    pointed = {name: qa[name] for name in ("org_id", "instance_url", "username", "access_token")}
    with shop.logins(uat=pointed), pytest.raises(Exception, match="uat is org"):
        await shop.run(restore_open(shop.context()), "restore")
    assert list(shop.state.open_intents) == [intent.key]
    await shop.run(restore_open(shop.context()), "restore")
    assert holders(shop.local, "uat") == 0


async def test_a_login_that_was_renewed_is_used(shop: Workshop) -> None:
    with shop.logins(uat={"access_token": "00D000000000001!expired"}), pytest.raises(SessionExpired):
        await shop.orgs.get("uat")
    first = await shop.orgs.get("uat")
    assert await shop.orgs.get("uat") is first
    users = shop.registry()["orgs"]["uat"]["users"]
    name, token = next((name, token) for name, token in users.items() if name != first.username)
    with shop.logins(uat={"access_token": token, "username": name}):
        assert (await shop.orgs.get("uat")).username == name


async def test_an_alias_means_one_org_within_a_step_and_another_only_after_it(shop: Workshop) -> None:
    first = await shop.orgs.get("uat")
    qa = shop.registry()["orgs"]["qa"]
    pointed = {name: qa[name] for name in ("org_id", "instance_url", "username", "access_token")}
    with shop.logins(uat=pointed):
        with pytest.raises(StepRefused, match="another org now"):
            await shop.orgs.get("uat")
        shop.orgs.look_again()
        second = await shop.orgs.get("uat")
    assert first.org_id != second.org_id == qa["org_id"]


async def test_the_environment_under_another_id_is_refused(shop: Workshop) -> None:
    with shop.logins(hfx1={"org_id": _GONE}), pytest.raises(StepRefused, match="another org now"):
        await shop.orgs.get("hfx1")


async def test_what_is_open_in_an_org_that_is_gone_is_void_when_a_person_says_so(shop: Workshop) -> None:
    await assigned(shop, "uat")
    with pytest.raises(StepRefused, match="still org"):
        await shop.run(restore_open(shop.context(), gone="uat"), "restore")
    (intent,) = shop.state.open_intents.values()
    with shop.logins(uat={"org_id": _GONE}):
        heard = await shop.run(restore_open(shop.context(), gone="uat"), "restore")
    assert shop.state.open_intents == {}
    assert next(one.text for one in heard if isinstance(one, Finding)).startswith("uat is gone, so ")
    assert isinstance(intent, BypassAssign)
    await shop.run(unassign(await shop.orgs.get("uat"), intent))


@pytest.mark.slow
async def test_a_sandbox_that_was_refreshed_voids_what_was_off_in_it_and_is_not_written_to(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with incident(tmp_path / "refreshed") as local, workshop(own_home, local) as shop:
        monkeypatch.setenv("HOTFIX_HOME", str(local.home))
        org = await shop.orgs.get("hfx1")
        steps = guarded(shop.context(), org, assign(org, _SET), take_over(shop.context()))
        async for event in steps:
            shop.say(event, "seed")
            if isinstance(event, Settled):
                break
        await steps.aclose()  # as if killed: nothing is taken back
        assert isinstance(next(iter(shop.state.open_intents.values())), BypassAssign)
        await shop.orgs.close()
        local.instance.control("/orgs/hfx1/refresh", {})
        heard = await shop.run(restore_open(shop.context()), "restore")
        assert shop.state.open_intents == {}
        (told,) = [one.text for one in heard if isinstance(one, Finding)]
        assert told.startswith("hfx1 was refreshed, so ")
        log = local.instance.control("/orgs/hfx1/requests")["log"]
        assert [one["method"] for one in log if "composite" in one["path"]] == ["POST"]  # the assignment of before


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "version"), [("leave it", 6), ("put back what was recorded", 5)])
async def test_who_restores_is_asked_about_a_version_that_somebody_activated_meanwhile(
    shop: Workshop, answer: str, version: int
) -> None:
    org = await shop.orgs.get("hfx1")
    (flow,) = [one for one in await find(org, ["Discount_Rule__c"]) if one.kind == "Flow"]
    await shop.run(switch_off(org, [flow]), "seed")
    await org.tooling_update("FlowDefinition", flow.id, {"Metadata": {"activeVersionNumber": 6}})
    steps = restore(shop.context())
    asked: list[Question] = []
    event = await anext(steps)
    with contextlib.suppress(StopAsyncIteration):
        while True:
            shop.say(event, "restore")
            asked += [event] if isinstance(event, Question) else []
            event = await steps.asend(answer)
    assert ["Flow Discount_Rule_Price_Recalc is active in version 6" in one.text for one in asked] == [True]
    soql = f"SELECT ActiveVersion.VersionNumber FROM FlowDefinition WHERE Id = '{flow.id}'"
    (row,) = await org.tooling_query(soql)
    assert row["ActiveVersion"]["VersionNumber"] == version
    assert shop.state.open_intents == {}
    await org.tooling_update("FlowDefinition", flow.id, {"Metadata": {"activeVersionNumber": 5}})
