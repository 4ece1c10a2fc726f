"""A sandbox or scratch org made from production: once, whatever is lost, and entered when it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.events import Event, Question
from hotfix_tui.events.environment import EnvironmentProgressed, EnvironmentReady, SandboxCreate
from hotfix_tui.events.session import EnvironmentChosen, HotfixCreated
from hotfix_tui.hotfix import permit as permits
from hotfix_tui.hotfix.context import Context, Orgs
from hotfix_tui.hotfix.control import Control
from hotfix_tui.hotfix.errors import HotfixError, PermitRefused, StepRefused
from hotfix_tui.hotfix.state import HotfixState, fold
from hotfix_tui.hotfix.steps import make_environment
from hotfix_tui.hotfix.steps.make_environment import delete_environment, make_sandbox, make_scratch
from hotfix_tui.hotfix.takeover import take_over
from hotfix_tui.journal import Journal
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.login import known_logins
from hotfix_tui.salesforce.logins import flows
from tests.clients.library import write_library
from tests.clients.running import Orgs as LocalOrgs
from tests.clients.running import running

pytestmark = pytest.mark.slow


@dataclass
class Desk:
    """One hotfix of production, whose steps run here; `answers` what a person says."""

    journal: Journal
    local: LocalOrgs

    def __post_init__(self) -> None:
        self.state = HotfixState(hotfix=self.journal.hotfix)
        self.orgs = Orgs(self.state)
        if not self.journal.named(HotfixCreated):
            made = HotfixCreated(name="n", production="prod", production_id=self.local["prod"]["org_id"])
            fold(self.state, self.journal.append(made, "new"))
        else:
            for envelope in self.journal.replay():
                fold(self.state, envelope)

    def permit(self) -> str:
        """Production's alias, typed in full."""
        return permits.grant(self.journal, self.state, "prod", "manage_sandbox")

    async def run(self, make: Any, *, stop_after: int = 0, answer: str = "", **given: Any) -> list[Event]:
        """Runs a step; with `stop_after` it is left for dead once that many events are on disk."""
        context = Context(self.journal, self.state, self.orgs, Control())
        heard: list[Event] = []
        said: str | None = None
        events: AsyncGenerator[Event, Any] = make(context, **given)
        try:
            while True:
                try:
                    event = await events.asend(said)
                except StopAsyncIteration:
                    return heard
                heard.append(event)
                fold(self.state, self.journal.append(event, make.__name__))
                said = answer if isinstance(event, Question) else None
                if stop_after and len(heard) == stop_after:
                    return heard
        finally:
            context.permits.end()
            if not stop_after:
                await events.aclose()
            await self.orgs.close()

    def sandboxes(self) -> list[str]:
        """The names production has."""
        rows = self.local.wire("prod").query("SELECT SandboxName FROM SandboxInfo ORDER BY SandboxName", tooling=True)
        return [str(row["SandboxName"]) for row in rows]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrgs]:
    folder = tmp_path_factory.mktemp("making")
    with running(folder / "orgs", write_library(folder / "library"), prod="production", dev="developer") as orgs:
        orgs.control("POST", "/pace", {"sandbox": 0.02})
        orgs.control("POST", "/orgs/prod/dev-hub", {})
        for name in ("Everybody", "Hotfix Team"):
            body = {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": "Regular"}
            orgs.wire("prod").rest("POST", "/sobjects/Group", body)
        yield orgs


@pytest.fixture
def desk(local: LocalOrgs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(make_environment, "_FIRST_LOOK", 0.05)
    prod = local["prod"]
    asyncio.run(flows.by_token("prod", prod["instance_url"], prod["access_token"]))
    local.control("DELETE", "/faults")
    with Journal.create(tmp_path / "HF-1.sqlite", "HF-1") as journal:
        yield Desk(journal, local)


def again(desk: Desk) -> Desk:
    """What the next runner finds."""
    return Desk(desk.journal, desk.local)


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
        later = again(desk)
        await later.run(take_over)
        assert not later.state.open_intents, (point, later.state.open_intents)
        if later.state.environment is None or later.state.environment.org != name:
            made = name in later.sandboxes()
            permit = "" if made else later.permit()
            await later.run(make_sandbox, name=name, group="Everybody", permit=permit)
        assert later.state.environment is not None
        assert later.state.environment.org == name
        assert later.sandboxes().count(name) == 1


async def test_a_reply_that_was_lost_is_found_by_the_name(desk: Desk) -> None:
    desk.local.control(
        "POST", "/faults", {"org": "prod", "mode": "drop_after", "path": "SandboxInfo", "method": "POST"}
    )
    heard = await desk.run(make_sandbox, name="lost", group="Everybody", permit=desk.permit())
    assert any(isinstance(event, EnvironmentReady) for event in heard)
    assert desk.sandboxes().count("lost") == 1
    desk.local.control(
        "POST", "/faults", {"org": "prod", "mode": "drop_before", "path": "SandboxInfo", "method": "POST"}
    )
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


async def test_a_scratch_org_is_made_chosen_and_deleted_and_nothing_else_ever_is(desk: Desk) -> None:
    heard = await desk.run(make_scratch, name="tryout", days=2, permit=desk.permit())
    chosen = heard[-1]
    assert isinstance(chosen, EnvironmentChosen)
    assert (chosen.org, chosen.kind) == ("tryout", "scratch")
    with pytest.raises(HotfixError, match="not made by this hotfix"):
        await desk.run(delete_environment, name="dev", permit=desk.permit())
    await desk.run(delete_environment, name="tryout", kind="scratch", permit=desk.permit())
    assert desk.local.wire("prod").query("SELECT Id FROM ActiveScratchOrg") == []
    desk.local.control("POST", "/orgs/prod/conditions", {"scratch_error": "C-1016"})
    with pytest.raises(StepRefused, match="C-1016"):
        await desk.run(make_scratch, name="fails", permit=desk.permit())
    desk.local.control("DELETE", "/orgs/prod/conditions")
