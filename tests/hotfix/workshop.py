"""Steps driven in this process over real local orgs: each event in a journal before the step goes on."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.events import Event
from hotfix_tui.events.session import EnvironmentChosen, HotfixCreated
from hotfix_tui.hotfix.context import Context, Orgs
from hotfix_tui.hotfix.control import Control
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal import Journal
from tests.local_orgs import Orgs as LocalOrgs
from tests.local_orgs import incident


class Workshop:
    """One hotfix of `prod` with its environment, whose steps run here."""

    def __init__(self, journal: Journal, local: LocalOrgs, environment: str) -> None:
        self.journal, self.local = journal, local
        self.state = HotfixState(hotfix=journal.hotfix)
        self.orgs = Orgs(self.state)
        self.heard: list[Event] = []
        ids = {alias: entry["org_id"] for alias, entry in self.registry()["orgs"].items()}
        self.say(HotfixCreated(name="n", production="prod", production_id=ids["prod"]), "new")
        chosen = EnvironmentChosen(org=environment, org_id=ids[environment], kind="sandbox developer")
        self.say(chosen, "choose_environment")

    def say(self, event: Event, step: str = "step") -> None:
        """Writes one event down."""
        self.heard.append(event)
        fold(self.state, self.journal.append(event, step))

    def context(self) -> Context:
        """What a new run of a step gets."""
        self.orgs.look_again()
        return Context(self.journal, self.state, self.orgs, Control())

    async def run(
        self, events: AsyncGenerator[Event, Any], step: str = "step", hook: Callable[[Event], None] | None = None
    ) -> list[Event]:
        """Runs a step to its end; `hook` is called with each event once it is on disk."""
        start = len(self.heard)
        async for event in events:
            self.say(event, step)
            if hook is not None:
                hook(event)
        return self.heard[start:]

    def registry(self) -> dict[str, Any]:
        """The logins of this machine."""
        found: dict[str, Any] = json.loads((self.local.home / "local-orgs" / "registry.json").read_text())
        return found

    @contextmanager
    def logins(self, **changed: dict[str, Any]) -> Iterator[None]:
        """Logins that say something else meanwhile: alias → changed fields."""
        file = self.local.home / "local-orgs" / "registry.json"
        before = file.read_text()
        registry = json.loads(before)
        for alias, fields in changed.items():
            registry["orgs"][alias].update(fields)
        file.write_text(json.dumps(registry))
        try:
            yield
        finally:
            file.write_text(before)


@contextmanager
def workshop(folder: Path, local: LocalOrgs, environment: str = "hfx1") -> Iterator[Workshop]:
    """A new hotfix."""
    with Journal.create(folder / "HF-1.sqlite", "HF-1") as journal:
        yield Workshop(journal, local, environment)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrgs]:
    """The incident's orgs, for the tests of one module."""
    with incident(tmp_path_factory.mktemp("workshop")) as running:
        yield running


@pytest.fixture
async def shop(local: LocalOrgs, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workshop]:
    """A hotfix in hfx1, nothing going wrong."""
    monkeypatch.setenv("HOTFIX_HOME", str(local.home))
    local.clear_faults()
    with workshop(own_home, local) as made:
        yield made
        await made.orgs.close()
