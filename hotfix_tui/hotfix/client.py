"""What a screen or a command knows of a hotfix: the journal's state, read by sequence number, and requests left in it.

Everything here is local and quick (SQLite, a process to start); nothing talks to an org but `create`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotfix_tui import paths
from hotfix_tui.events import Envelope, session
from hotfix_tui.hotfix import launch
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.permit import grant
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal import Journal, JournalCorrupt, NoSuchHotfix, Request

_SUFFIX = ".sqlite"


@dataclass(frozen=True)
class HotfixSummary:
    """One line of Home. `state` is None when the journal cannot be read; `error` says why then."""

    id: str
    name: str
    state: HotfixState | None
    error: str = ""
    running: bool = False


class _Views:
    """The folded state of each journal as last read, so that a list costs only what is new since."""

    def __init__(self) -> None:
        self._states: dict[Path, HotfixState] = {}

    def read(self, path: Path) -> tuple[HotfixState, bool]:
        state = self._states.setdefault(path, HotfixState(hotfix=path.stem))
        with Journal.open(path, read_only=True) as journal:
            try:
                for envelope in journal.after(state.seq):
                    fold(state, envelope)
            except Exception:
                del self._states[path]
                raise
            return state, journal.holder() is not None


_views = _Views()


def path_of(hotfix: str) -> Path:
    """The journal file of `hotfix`. Raises NoSuchHotfix when the id cannot be one."""
    if not hotfix or not all(letter.isalnum() or letter in "-_" for letter in hotfix):
        raise NoSuchHotfix(f"{hotfix!r} is not a hotfix's id.")
    return paths.hotfixes() / f"{hotfix}{_SUFFIX}"


def list_hotfixes() -> list[HotfixSummary]:
    """All hotfixes of this machine, the latest moved first; a journal that cannot be read is listed with its error."""
    summaries = []
    for path in sorted(paths.hotfixes().glob(f"*{_SUFFIX}")):
        try:
            state, running = _views.read(path)
        except JournalCorrupt as error:
            summaries.append(HotfixSummary(path.stem, path.stem, None, str(error)))
        else:
            summaries.append(HotfixSummary(path.stem, state.name or path.stem, state, "", running))
    return sorted(summaries, key=lambda one: one.state.last_at if one.state else "9", reverse=True)


async def create(name: str, production_alias: str) -> str:
    """Begins a hotfix and gives its id (`HF-n`).

    Connects to production for its org id. Raises UnknownAlias, OrgUnreachable …, or StepRefused when the org is not a
    production org or there is no name.
    """
    from hotfix_tui.hotfix import orgs

    name = " ".join(name.split())
    if not name:
        raise StepRefused("A hotfix needs a name.")
    production = await orgs.production(production_alias)
    created = session.HotfixCreated(
        name=name, production=production.alias, production_id=production.org_id, user=production.label
    )
    return await asyncio.to_thread(_new_journal, created)


def free_id() -> str:
    """The next id that no hotfix of this machine has."""
    taken = [int(path.stem[3:]) for path in paths.hotfixes().glob(f"HF-*{_SUFFIX}") if path.stem[3:].isdigit()]
    return f"HF-{max(taken, default=0) + 1}"


def _new_journal(created: session.HotfixCreated) -> str:
    number = int(free_id()[3:])
    while True:
        hotfix = f"HF-{number}"
        try:
            journal = Journal.create(path_of(hotfix), hotfix)
        except FileExistsError:
            number += 1
            continue
        with journal:
            journal.append(created, "new")
        return hotfix


class HotfixClient:
    """One hotfix as seen from outside the runner. Raises NoSuchHotfix or JournalCorrupt when opened."""

    def __init__(self, hotfix: str) -> None:
        self.id = hotfix
        self._path = path_of(hotfix)
        self._journal = Journal.open(self._path)
        self.state = HotfixState(hotfix=hotfix)

    def poll(self) -> list[Envelope]:
        """What the journal has since the last poll; `state` has it too then."""
        news = self._journal.after(self.state.seq)
        for envelope in news:
            fold(self.state, envelope)
        return news

    def request(self, kind: str, **args: Any) -> int:
        """Leaves a request for a step and sees that a runner is there to take it. Returns its number.

        Kinds and their arguments: choose_environment(alias) · compare(data_set) · resolve(components) ·
        undo_resolve() ·
        plan(data_set) · seed(data_set, retry_failed, adopt_twins) · baseline() · find_fix() ·
        validate(permit, components, tests) · promote(permit, components, tests, records) · sync_compare(orgs) ·
        sync(orgs) · restore() · finish(). `components` are `Type:Full_Name`, `records` `Object:key`; None or left out
        means all of the fix, `orgs` empty all known ones. `permit` is what `grant_permit(typed, "promote")` gave: a
        validation in production is an act too. Promote validates by itself when there is no good validation.
        """
        number = self._journal.post(kind, args)
        launch.ensure_runner(self._path, self._journal)
        return number

    def ensure_runner(self) -> None:
        """Starts a runner when none is alive: it looks open acts up in their orgs, takes what is asked, and ends."""
        launch.ensure_runner(self._path, self._journal)

    def answer(self, key: str, text: str) -> None:
        """Answers the question `key`."""
        self._journal.post("answer", {"key": key, "text": text})

    def cancel(self) -> None:
        """Asks the running step to end at the next safe point and take back what must be taken back."""
        self._journal.post("cancel", {})

    def pause(self) -> None:
        """Asks the running step to wait at the next safe point."""
        self._journal.post("pause", {})

    def proceed(self) -> None:
        """Lets a paused step go on."""
        self._journal.post("proceed", {})

    def stop(self) -> None:
        """Asks the runner to end at the next safe point; deploys go on in their orgs."""
        self._journal.post("stop", {})

    def runner_alive(self) -> bool:
        """Whether a runner holds this hotfix now."""
        return self._journal.holder() is not None

    def blob(self, name: str) -> bytes | None:
        """The content last kept under `name` (`compare/a/TYPE/NAME`, `baseline/production/records` …)."""
        return self._journal.blob(name)

    def lost_requests(self) -> list[Request]:
        """Requests that were at work when their runner died, oldest first."""
        gone = self._journal.holder() is None
        return [request for request in self._journal.lost_requests() if gone or request.state == "lost"]

    def take_up(self, request: Request) -> None:
        """Notes that a lost request is asked for again, so that it is not offered twice."""
        self._journal.finish(request.id, "resumed")

    def grant_permit(self, typed_alias: str, act: str) -> str:
        """A permit for one `act` in production, for the alias typed in full. Raises PermitRefused with the sentence."""
        self.poll()
        return grant(self._journal, self.state, typed_alias, act)

    def close(self) -> None:
        """Closes the journal file. The runner, if any, goes on."""
        self._journal.close()

    def __enter__(self) -> HotfixClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
