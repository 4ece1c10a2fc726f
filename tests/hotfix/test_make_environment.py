"""A sandbox made from production: once, whatever is lost, and entered when it is ready; and refreshed, and deleted."""

from __future__ import annotations

import asyncio

import pytest

from hotfix_tui.events import Question
from hotfix_tui.events.environment import EnvironmentProgressed, EnvironmentReady, SandboxCreate
from hotfix_tui.events.session import EnvironmentChosen
from hotfix_tui.hotfix import permit as permits
from hotfix_tui.hotfix.errors import HotfixError, PermitRefused, StepRefused
from hotfix_tui.hotfix.steps.delete_environment import delete_environment
from hotfix_tui.hotfix.steps.make_environment import make_sandbox, refresh_sandbox
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.login import known_logins
from hotfix_tui.salesforce.logins import flows, oauth
from tests.hotfix.desk import Desk, desk, local, taken_over

__all__ = ["desk", "local"]

pytestmark = pytest.mark.slow


async def test_a_sandbox_is_made_followed_entered_and_chosen(desk: Desk) -> None:
    heard = await desk.run(make_sandbox, name="fixone", answer="Hotfix Team", permit=desk.permit())
    asked = next(event for event in heard if isinstance(event, Question))
    assert asked.choices == ("Everybody", "Hotfix Team")
    stages = [event.status for event in heard if isinstance(event, EnvironmentProgressed)]
    assert stages[-1] == "Completed"
    ready = next(event for event in heard if isinstance(event, EnvironmentReady))
    assert (ready.alias, ready.username) == ("fixone", f"{desk.local['prod']['username']}.fixone")
    chosen = heard[-1]
    assert isinstance(chosen, EnvironmentChosen)
    assert (chosen.org, chosen.org_id, chosen.kind) == ("fixone", ready.org_id, "sandbox developer")
    assert known_logins()["fixone"].org_id == ready.org_id
    group = desk.local.wire("prod").query(
        "SELECT ActivationUserGroup.Name FROM SandboxInfo WHERE SandboxName = 'fixone'", tooling=True
    )
    assert group[0]["ActivationUserGroup"]["Name"] == "Hotfix Team"


async def test_without_a_permit_of_its_own_production_is_asked_for_nothing(desk: Desk) -> None:
    before = desk.sandboxes()
    for permit in ("", permits.grant(desk.journal, desk.state, "prod", "promote")):
        with pytest.raises(PermitRefused):
            await desk.run(make_sandbox, name="nopermit", group="Everybody", permit=permit)
    used = desk.permit()
    await desk.run(make_sandbox, name="permitted", group="Everybody", permit=used)
    with pytest.raises(PermitRefused):
        await desk.run(make_sandbox, name="second", group="Everybody", permit=used)
    assert desk.sandboxes() == sorted([*before, "permitted"])


async def test_what_cannot_be_made_is_refused_before_the_permit_is_used(desk: Desk) -> None:
    permit = desk.permit()
    dev = desk.local["dev"]
    await flows.by_token("other", dev["instance_url"], dev["access_token"])
    for given, words in (
        ({"name": "dev"}, "is there already"),
        ({"name": "1st"}, "begins with a letter"),
        ({"name": "good", "licence": "HUGE"}, "no licence type"),
        ({"name": "good", "group": "Nobody"}, "no public group"),
        ({"name": "good", "clone_of": "nowhere"}, "to clone"),
        ({"name": "good", "alias": "prod"}, "PRODUCTION"),
        ({"name": "good", "alias": "other"}, "login of another org"),
    ):
        with pytest.raises(StepRefused, match=words):
            await desk.run(make_sandbox, **{"group": "Everybody", **given}, permit=permit)
    assert desk.journal.redeem(permit, desk.local["prod"]["org_id"], "manage_sandbox")


async def test_killed_at_every_point_it_is_made_once_and_followed_by_the_next_runner(desk: Desk) -> None:
    whole = len(await desk.run(make_sandbox, name="kill0", group="Everybody", permit=desk.permit()))
    for point in range(1, whole):
        name = f"kill{point}"
        await desk.run(make_sandbox, stop_after=point, name=name, group="Everybody", permit=desk.permit())
        later = await taken_over(desk)
        if later.state.environment is None or later.state.environment.org != name:
            made = name in later.sandboxes()
            assert (name in later.state.made) == made, "what is there to be followed is offered"
            permit = "" if made else later.permit()
            await later.run(make_sandbox, name=name, group="Everybody", permit=permit)
        assert later.state.environment is not None
        assert later.state.environment.org == name
        assert later.sandboxes().count(name) == 1


async def test_a_reply_that_was_lost_is_found_by_the_name(desk: Desk) -> None:
    desk.fault("drop_after", "SandboxInfo")
    heard = await desk.run(make_sandbox, name="lost", group="Everybody", permit=desk.permit())
    assert any(isinstance(event, EnvironmentReady) for event in heard)
    assert desk.sandboxes().count("lost") == 1
    desk.fault("drop_before", "SandboxInfo")
    with pytest.raises(SalesforceError):
        await desk.run(make_sandbox, name="never", group="Everybody", permit=desk.permit())
    assert "never" not in desk.sandboxes()
    assert not desk.state.open_intents


async def test_a_copy_that_stops_and_a_limit_say_what_to_do(desk: Desk) -> None:
    desk.local.control("POST", "/orgs/prod/conditions", {"sandbox_licences": 0})
    with pytest.raises(SalesforceError, match="LIMIT_EXCEEDED"):
        await desk.run(make_sandbox, name="toomany", group="Everybody", permit=desk.permit())
    desk.local.control("POST", "/orgs/prod/conditions", {"sandbox_licences": None, "sandboxes": "stopped"})
    with pytest.raises(StepRefused, match="Stopped"):
        await desk.run(make_sandbox, name="stops", group="Everybody", permit=desk.permit())
    desk.local.control("DELETE", "/orgs/prod/conditions")
    assert any(isinstance(one.event, SandboxCreate) for one in desk.journal.named(SandboxCreate))


async def test_a_lost_code_or_login_costs_another_look(desk: Desk) -> None:
    desk.fault("drop_after", "sandboxAuth")
    heard = await desk.run(make_sandbox, name="lostcode", group="Everybody", permit=desk.permit())
    assert isinstance(heard[-1], EnvironmentChosen)
    for mode, name in (("drop_after", "usedcode"), ("drop_before", "unused")):
        await desk.run(make_sandbox, stop_at="Completed", name=name, group="Everybody", permit=desk.permit())
        desk.fault(mode, "oauth2/token", org=name)
        heard = await (await taken_over(desk)).run(make_sandbox, name=name)
        assert isinstance(heard[-1], EnvironmentChosen), mode


async def test_a_sandbox_is_refreshed_and_its_login_is_one_to_the_new_org(desk: Desk) -> None:
    await desk.run(make_sandbox, name="stale", group="Everybody", permit=desk.permit())
    before = known_logins()["stale"].org_id
    with pytest.raises(SalesforceError, match="less than 1 day"):
        await desk.run(refresh_sandbox, alias="stale", group="Everybody", permit=desk.permit())
    desk.local.control("POST", "/clock", {"advance": 90_000})
    for alias, group, words in (("prod", "Everybody", "no sandbox"), ("stale", "Nobody", "no public group")):
        with pytest.raises(StepRefused, match=words):
            await desk.run(refresh_sandbox, alias=alias, group=group, permit=desk.permit())
    with pytest.raises(PermitRefused):
        await desk.run(refresh_sandbox, alias="stale", group="Everybody")
    assert known_logins()["stale"].org_id == before
    heard = await desk.run(refresh_sandbox, alias="stale", answer="Everybody", permit=desk.permit())
    chosen = heard[-1]
    assert isinstance(chosen, EnvironmentChosen)
    assert chosen.org_id == known_logins()["stale"].org_id != before
    assert desk.sandboxes().count("stale") == 1


async def test_a_sandbox_that_others_use_is_not_refreshed(desk: Desk) -> None:
    production = desk.local.wire("prod")
    [profile] = production.query("SELECT Id FROM Profile WHERE Name = 'Standard User'")
    ann = {"Username": "ann@prod.example", "LastName": "Ann", "Alias": "ann", "Email": "ann@prod.example"}
    production.rest("POST", "/sobjects/User", {**ann, "ProfileId": profile["Id"], "IsActive": True})
    await desk.run(make_sandbox, name="shared", group="Everybody", permit=desk.permit())
    desk.local.control("POST", "/clock", {"advance": 90_000})
    app = {"client_id": "3MVG9Ann", "secret": "s", "run_as": "ann@prod.example.shared"}
    desk.local.control("POST", "/orgs/shared/apps", app)
    await asyncio.to_thread(oauth.by_credentials, known_logins()["shared"].instance_url, oauth.App("3MVG9Ann", "s"))
    permit, before = desk.permit(), known_logins()["shared"].org_id
    with pytest.raises(StepRefused, match="shared is in use: Ann logged in this week"):
        await desk.run(refresh_sandbox, alias="shared", group="Everybody", permit=permit)
    assert known_logins()["shared"].org_id == before
    assert desk.journal.redeem(permit, desk.local["prod"]["org_id"], "manage_sandbox")


async def test_a_refresh_killed_at_every_point_or_without_its_reply_is_one_copy(desk: Desk) -> None:
    await desk.run(make_sandbox, name="again", group="Everybody", permit=desk.permit())
    copies = "SELECT Id FROM SandboxProcess WHERE SandboxName = 'again'"

    def copied() -> int:
        return len(desk.local.wire("prod").query(copies, tooling=True))

    desk.local.control("POST", "/clock", {"advance": 90_000})
    desk.fault("drop_after", "SandboxInfo", "PATCH")
    whole = len(await desk.run(refresh_sandbox, alias="again", group="Everybody", permit=desk.permit()))
    assert copied() == 2
    for point in range(1, whole):
        desk.local.control("POST", "/clock", {"advance": 90_000})
        before = copied()
        await desk.run(refresh_sandbox, stop_after=point, alias="again", group="Everybody", permit=desk.permit())
        later = await taken_over(desk)
        if copied() > before:
            await later.run(make_sandbox, name="again")
        assert copied() - before <= 1
        assert later.state.environment is not None
        assert later.state.environment.org_id == known_logins()["again"].org_id


async def test_a_sandbox_is_deleted_once_and_its_name_is_told_as_taken_until_it_has_gone(desk: Desk) -> None:
    await desk.run(make_sandbox, name="bygone", group="Everybody", permit=desk.permit())
    with pytest.raises(HotfixError, match="not made by this hotfix"):
        await desk.run(delete_environment, name="dev", permit=desk.permit())
    desk.local.control("POST", "/pace", {"sandbox": 30})
    desk.fault("drop_before", "SandboxInfo", "DELETE")
    with pytest.raises(SalesforceError):
        await desk.run(delete_environment, name="bygone", permit=desk.permit())
    desk.fault("drop_after", "SandboxInfo", "DELETE")
    await desk.run(delete_environment, name="bygone", permit=desk.permit())
    assert not desk.state.open_intents
    assert desk.state.environment is None
    assert "bygone" not in known_logins()
    with pytest.raises(HotfixError, match="not made by this hotfix"):
        await desk.run(delete_environment, name="bygone", permit=desk.permit())
    with pytest.raises(StepRefused, match="is being deleted, and its name is not free"):
        await desk.run(make_sandbox, name="bygone", group="Everybody", permit=desk.permit())
    desk.local.control("POST", "/pace", {"sandbox": 0.02})


async def test_a_deletion_killed_at_every_point_leaves_nothing_open(desk: Desk) -> None:
    await desk.run(make_sandbox, name="del0", group="Everybody", permit=desk.permit())
    whole = len(await desk.run(delete_environment, name="del0", permit=desk.permit()))
    for point in range(1, whole):
        name = f"del{point}"
        await desk.run(make_sandbox, name=name, group="Everybody", permit=desk.permit())
        await desk.run(delete_environment, stop_after=point, name=name, permit=desk.permit())
        later = await taken_over(desk)
        if name in later.sandboxes():
            await later.run(delete_environment, name=name, permit=later.permit())
        assert name not in later.sandboxes()
