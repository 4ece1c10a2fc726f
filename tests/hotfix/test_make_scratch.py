"""A scratch org made from a Dev Hub: once, whatever is lost, with its definition's settings; and deleted again."""

from __future__ import annotations

import json

import pytest

from hotfix_tui.events.environment import EnvironmentReady, EnvironmentRequested
from hotfix_tui.events.session import EnvironmentChosen
from hotfix_tui.hotfix.errors import HotfixError, StepRefused
from hotfix_tui.hotfix.steps.delete_environment import delete_environment
from hotfix_tui.hotfix.steps.make_scratch import make_scratch
from hotfix_tui.salesforce.errors import BadDefinition, SalesforceError
from hotfix_tui.salesforce.login import known_logins
from tests.hotfix.desk import Desk, desk, local, taken_over

__all__ = ["desk", "local"]

pytestmark = pytest.mark.slow

_DEFINITION = {
    "orgName": "Aurelle hotfix",
    "edition": "Enterprise",
    "description": "for the price rule",
    "features": ["MultiCurrency", "API"],
    "hasSampleData": "false",
    "settings": {"apexSettings": {"enableDisableParallelApexTesting": True}},
}


def requests(desk: Desk) -> list[dict[str, object]]:
    return desk.local.wire("prod").query("SELECT Id, OrgName, Edition, Features, Description FROM ScratchOrgInfo")


async def test_a_scratch_org_is_made_chosen_and_deleted_and_nothing_else_ever_is(desk: Desk) -> None:
    heard = await desk.run(make_scratch, name="tryout", days=2, permit=desk.permit())
    chosen = heard[-1]
    assert isinstance(chosen, EnvironmentChosen)
    assert (chosen.org, chosen.kind) == ("tryout", "scratch")
    with pytest.raises(HotfixError, match="not made by this hotfix"):
        await desk.run(delete_environment, name="dev", environment_kind="scratch", permit=desk.permit())
    await desk.run(delete_environment, name="tryout", environment_kind="scratch", permit=desk.permit())
    assert desk.local.wire("prod").query("SELECT Id FROM ActiveScratchOrg WHERE OrgName = 'tryout'") == []
    assert desk.state.environment is None
    again = await desk.run(make_scratch, name="tryout", permit=desk.permit())
    assert isinstance(again[-1], EnvironmentChosen)
    assert again[-1].org_id != chosen.org_id


async def test_a_definition_is_asked_for_and_its_settings_are_deployed(desk: Desk) -> None:
    await desk.run(make_scratch, name="defined", definition=json.dumps(_DEFINITION), permit=desk.permit())
    [made] = [row for row in requests(desk) if row["OrgName"] == "Aurelle hotfix"]
    assert (made["Edition"], made["Features"]) == ("Enterprise", "MultiCurrency;API")
    assert str(made["Description"]).endswith("\nfor the price rule")
    assert desk.state.environment is not None
    org = await desk.orgs.get("defined")
    kept = await org.read_metadata("ApexSettings", ["Apex"])
    await desk.orgs.close()
    assert b"<enableDisableParallelApexTesting>true<" in kept["Apex"]


async def test_what_is_wrong_is_said_before_anything_is_asked_for(desk: Desk) -> None:
    before, permit = len(requests(desk)), desk.permit()
    with pytest.raises(StepRefused, match="1 to 30 days"):
        await desk.run(make_scratch, name="long", days=31, permit=permit)
    with pytest.raises(BadDefinition, match="no JSON"):
        await desk.run(make_scratch, name="wrong", definition="{", permit=permit)
    desk.local.control("POST", "/orgs/prod/conditions", {"scratch_limit": 0})
    with pytest.raises(StepRefused, match="active scratch org limit"):
        await desk.run(make_scratch, name="toomany", permit=permit)
    desk.local.control("DELETE", "/orgs/prod/conditions")
    assert len(requests(desk)) == before
    desk.local.control("POST", "/orgs/prod/dev-hub", {"on": False})
    with pytest.raises(StepRefused, match="is no Dev Hub for our user") as refused:
        await desk.run(make_scratch, name="nohub", permit=permit)
    assert "Enable Dev Hub in its Setup" in refused.value.next
    desk.local.control("POST", "/orgs/prod/dev-hub", {})
    assert len(requests(desk)) == before
    assert not desk.state.open_intents


async def test_one_that_failed_says_why_and_is_asked_for_again_under_its_name(desk: Desk) -> None:
    desk.local.control("POST", "/orgs/prod/conditions", {"scratch_error": "S-2006"})
    with pytest.raises(StepRefused, match=r"the country is not a valid one: two letters, such as US \(S-2006\)"):
        await desk.run(make_scratch, name="fails", permit=desk.permit())
    desk.local.control("DELETE", "/orgs/prod/conditions")
    with pytest.raises(StepRefused, match="S-2006"):
        await desk.run(make_scratch, name="fails")
    heard = await desk.run(make_scratch, name="fails", permit=desk.permit())
    assert isinstance(heard[-1], EnvironmentChosen)


async def test_killed_at_every_point_it_is_made_once_and_followed_by_the_next_runner(desk: Desk) -> None:
    text = json.dumps({"settings": _DEFINITION["settings"]})
    whole = len(await desk.run(make_scratch, name="kill0", definition=text, permit=desk.permit()))
    for point in range(1, whole):
        name = f"kill{point}"
        await desk.run(make_scratch, stop_after=point, name=name, definition=text, permit=desk.permit())
        later = await taken_over(desk)
        made = [row for row in requests(later) if row["OrgName"] == name]
        if later.state.environment is None or later.state.environment.org != name:
            permit = "" if made else later.permit()
            await later.run(make_scratch, name=name, definition=text, permit=permit)
        assert later.state.environment is not None
        assert later.state.environment.org == name
        assert len([row for row in requests(later) if row["OrgName"] == name]) == 1


async def test_a_lost_reply_is_found_by_our_mark(desk: Desk) -> None:
    desk.fault("drop_after", "composite/sobjects")
    heard = await desk.run(make_scratch, name="lost", permit=desk.permit())
    assert any(isinstance(event, EnvironmentReady) for event in heard)
    assert len([row for row in requests(desk) if row["OrgName"] == "lost"]) == 1
    desk.fault("drop_before", "composite/sobjects")
    with pytest.raises(SalesforceError):
        await desk.run(make_scratch, name="never", permit=desk.permit())
    assert not [row for row in requests(desk) if row["OrgName"] == "never"]
    assert not desk.state.open_intents


async def until_its_code_is_there(desk: Desk, name: str) -> str:
    """Makes a scratch org whose runner is gone before it logs in; what the org is called here."""
    heard = await desk.run(make_scratch, stop_at="Active", name=name, permit=desk.permit())
    asked = next(event for event in heard if isinstance(event, EnvironmentRequested))
    return f"scratch-{asked.request_id[8:15]}"


async def test_a_code_that_was_not_used_is_used_and_one_that_was_says_the_way_out(desk: Desk) -> None:
    desk.fault("drop_before", "oauth2/token", org=await until_its_code_is_there(desk, "unused"))
    heard = await (await taken_over(desk)).run(make_scratch, name="unused")
    assert isinstance(heard[-1], EnvironmentChosen)
    desk.fault("drop_after", "oauth2/token", org=await until_its_code_is_there(desk, "used"))
    later = await taken_over(desk)
    with pytest.raises(StepRefused, match="good for one login, and the answer to that was lost") as refused:
        await later.run(make_scratch, name="used")
    assert "or delete it and make another" in refused.value.next
    await later.run(delete_environment, name="used", environment_kind="scratch", permit=desk.permit())
    heard = await later.run(make_scratch, name="used", permit=desk.permit())
    assert isinstance(heard[-1], EnvironmentChosen)


async def test_a_refusal_of_any_other_kind_leaves_no_intent_open(desk: Desk) -> None:
    desk.fault("unavailable", "composite/sobjects")
    with pytest.raises((SalesforceError, StepRefused)):
        await desk.run(make_scratch, name="busy", permit=desk.permit())
    assert not desk.state.open_intents


async def test_a_deletion_whose_reply_is_lost_or_that_is_killed_is_done_once(desk: Desk) -> None:
    await desk.run(make_scratch, name="bygone", permit=desk.permit())
    desk.fault("drop_after", "composite/sobjects", "DELETE")
    whole = len(await desk.run(delete_environment, name="bygone", environment_kind="scratch", permit=desk.permit()))
    assert "bygone" not in known_logins()
    for point in range(1, whole):
        name = f"gone{point}"
        await desk.run(make_scratch, name=name, permit=desk.permit())
        await desk.run(
            delete_environment, stop_after=point, name=name, environment_kind="scratch", permit=desk.permit()
        )
        later = await taken_over(desk)
        active = f"SELECT Id FROM ActiveScratchOrg WHERE OrgName = '{name}'"
        if later.local.wire("prod").query(active):
            await later.run(delete_environment, name=name, environment_kind="scratch", permit=later.permit())
        assert not later.local.wire("prod").query(active)
