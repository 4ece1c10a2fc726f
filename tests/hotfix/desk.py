"""One hotfix of a production that makes sandboxes and is a Dev Hub, whose steps run in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.events import Event, Question
from hotfix_tui.events.environment import EnvironmentProgressed
from hotfix_tui.events.session import HotfixCreated
from hotfix_tui.hotfix import making
from hotfix_tui.hotfix import permit as permits
from hotfix_tui.hotfix.context import Context, Orgs
from hotfix_tui.hotfix.control import Control
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.hotfix.takeover import take_over
from hotfix_tui.journal import Journal
from hotfix_tui.salesforce.logins import flows
from tests.clients.library import write_library
from tests.clients.running import Orgs as LocalOrgs
from tests.clients.running import running


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

    async def run(
        self, make: Any, *, stop_after: int = 0, stop_at: str = "", answer: str = "", **given: Any
    ) -> list[Event]:
        """Runs a step; it is left for dead once `stop_after` events are on disk, or the org's status is `stop_at`."""
        self.orgs.look_again()
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
                there = isinstance(event, EnvironmentProgressed) and event.status == stop_at
                if there or (stop_after and len(heard) == stop_after):
                    return heard
        finally:
            context.permits.end()
            if not (stop_after or stop_at):
                await events.aclose()
            await self.orgs.close()

    def sandboxes(self) -> list[str]:
        """The names production has."""
        rows = self.local.wire("prod").query("SELECT SandboxName FROM SandboxInfo ORDER BY SandboxName", tooling=True)
        return [str(row["SandboxName"]) for row in rows]

    def fault(self, mode: str, path: str, method: str = "POST", org: str = "prod") -> None:
        """The next such request to `org` meets this."""
        self.local.control("POST", "/faults", {"org": org, "mode": mode, "path": path, "method": method})


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


def again(desk: Desk) -> Desk:
    """What the next runner finds."""
    return Desk(desk.journal, desk.local)


async def taken_over(desk: Desk) -> Desk:
    """The next runner, which has looked up what was left open."""
    later = again(desk)
    await later.run(take_over)
    assert not later.state.open_intents, later.state.open_intents
    return later


@pytest.fixture
def desk(local: LocalOrgs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(making, "FIRST_LOOK", 0.05)
    prod = local["prod"]
    asyncio.run(flows.by_token("prod", prod["instance_url"], prod["access_token"]))
    local.control("DELETE", "/faults")
    local.control("POST", "/orgs/prod/conditions", {"sandbox_licences": 1_000, "scratch_limit": 1_000})
    with Journal.create(tmp_path / "HF-1.sqlite", "HF-1") as journal:
        yield Desk(journal, local)
