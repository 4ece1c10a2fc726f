"""What an instance of local orgs is made of, and what it remembers between starts."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hotfix_tui.localorg import registry
from hotfix_tui.localorg.clock import Clock, parse_datetime
from hotfix_tui.localorg.environments.making import open_made
from hotfix_tui.localorg.generate import Request, read_request
from hotfix_tui.localorg.org import FILE, LocalOrg
from hotfix_tui.localorg.refresh import copy_of, put_in_place, refreshed, source_of
from hotfix_tui.localorg.scenarios import ScenarioError, find, read
from hotfix_tui.localorg.scenarios.build import build, padding_of, username
from hotfix_tui.localorg.scenarios.format import Scenario
from hotfix_tui.localorg.scenarios.timeline import Timeline
from hotfix_tui.localorg.wanted import KINDS, CannotStart, Load, Say, Wanted

_COLLEAGUE = "colleague"
GENERATED = ("large", "twin")
"""The aliases of the orgs that `generate` makes."""


@dataclass
class Memory:
    """instance.json: what the orgs were made from, their ports, how far the clock is from the machine's.

    `refreshed`: the usernames of sandboxes that are a copy of production by now, the one who logs in first.
    `made`: sandboxes and scratch orgs that were made meanwhile: label, usernames, handles.
    """

    source: str
    fingerprint: str
    clock_ahead: float = 0.0
    ports: dict[str, int] = field(default_factory=dict)
    applied: dict[str, list[str]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    refreshed: dict[str, list[str]] = field(default_factory=dict)
    made: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Member:
    """One org of an instance: who logs in, and who else is there, by username and (for scenarios) by handle."""

    alias: str
    label: str
    org: LocalOrg
    username: str
    others: tuple[str, ...] = ()
    handles: dict[str, str] = field(default_factory=dict)


class Instance:
    """The orgs of this machine's one instance, made or opened."""

    def __init__(self, wanted: Wanted, say: Say, machine_now: datetime) -> None:
        self.home = registry.home()
        self.wanted = wanted
        self.scenario: Scenario | None = None
        self.members: dict[str, Member] = {}
        self._say = say
        self._machine_now = machine_now
        self._file = self.home / "instance.json"
        try:
            self.scenario = read(find(wanted.scenario)) if wanted.scenario else None
            self._check_loads()
            self.memory = self._remembered()
        except ScenarioError as error:
            raise CannotStart(str(error)) from error
        self.clock = Clock(self._clock_now())

    def _check_loads(self) -> None:
        taken = {org.alias for org in self.scenario.orgs} if self.scenario else set()
        for load in self.wanted.loads:
            if load.alias in taken:
                raise CannotStart(f"There would be two orgs called {load.alias}.")
            if load.kind not in KINDS:
                raise CannotStart(f"{load.kind} is no kind of org. Kinds: {', '.join(KINDS)}.")
            if not Path(load.folder).is_dir():
                raise CannotStart(f"{load.folder} is not a folder.")
            taken.add(load.alias)
        for alias in GENERATED if self.wanted.generate else ():
            if alias in taken:
                raise CannotStart(f"There would be two orgs called {alias}.")
            taken.add(alias)
        if not taken:
            raise CannotStart(
                "There is nothing to start: name a scenario, folders with --load NAME=FOLDER, or --generate."
            )

    def _remembered(self) -> Memory:
        fingerprint = self.scenario.fingerprint if self.scenario else ""
        source = self.wanted.source()
        before = self._read_memory()
        if self.wanted.fresh or before is None:
            self._clear()
            return Memory(source, fingerprint)
        if before.source != source:
            raise CannotStart(
                f"The local orgs in {self.home} were made from other sources ({before.source}). Start them with"
                " the same ones, or add --fresh to replace them; what was written to them is lost then."
            )
        if before.fingerprint != fingerprint:
            self._say("The scenario's files have changed since these orgs were made; --fresh makes them anew.")
        return before

    def _read_memory(self) -> Memory | None:
        try:
            raw = json.loads(self._file.read_text(encoding="utf-8"))
            raw.pop("v")
            return Memory(**raw)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CannotStart(
                f"{self._file} cannot be read ({error}). Start with --fresh to make the orgs anew."
            ) from error

    def _clear(self) -> None:
        for name in ("orgs", "data-sets"):
            shutil.rmtree(self.home / name, ignore_errors=True)
        (self.home / "generated.json").unlink(missing_ok=True)
        self._file.unlink(missing_ok=True)

    def _clock_now(self) -> datetime:
        if not self.wanted.now:
            return datetime.fromtimestamp(
                self._machine_now.timestamp() + self.memory.clock_ahead, tz=self._machine_now.tzinfo
            )
        try:
            return parse_datetime(self.wanted.now)
        except ValueError as error:
            raise CannotStart(f"{self.wanted.now} is no instant; write it as 2026-01-13T10:00:00Z.") from error

    # Making and opening

    def open(self) -> None:
        """Makes the orgs that are not there yet and opens the others. Raises CannotStart."""
        try:
            if self.scenario:
                self._open_scenario(self.scenario)
            for load in self.wanted.loads:
                self._open_load(load)
            if self.wanted.generate:
                self._open_generated(read_request(self.wanted.generate))
            open_made(self)
        except (ScenarioError, ValueError) as error:
            self.close()
            if not self._file.exists():
                self._clear()  # what was made before the mistake was found is of no use to anybody
            raise CannotStart(str(error)) from error
        self.save()

    def folder(self, alias: str) -> Path:
        """Where an org's files are."""
        return self.home / "orgs" / alias

    def _made(self, alias: str) -> bool:
        return (self.folder(alias) / FILE).is_file() and not (self.folder(alias) / "unfinished").exists()

    def _begin(self, alias: str) -> Path:
        folder = self.folder(alias)
        shutil.rmtree(folder, ignore_errors=True)
        registry.private(folder)
        (folder / "unfinished").touch()
        return folder

    def _open_scenario(self, scenario: Scenario) -> None:
        timeline = Timeline(scenario.reads_at, self.clock.now())
        padding = padding_of(scenario, timeline) if self.wanted.padded else None
        for number, spec in enumerate(scenario.orgs, 1):
            if self._made(spec.alias):
                org = LocalOrg.open(self.folder(spec.alias), self.clock)
                self._say(f"{spec.alias}: opened ({number} of {len(scenario.orgs)})")
            else:
                folder = self._begin(spec.alias)
                org = build(scenario, spec, folder, self.clock, timeline, padding)
                (folder / "unfinished").unlink()
                self._say(f"{spec.alias}: made, {spec.label} ({number} of {len(scenario.orgs)})")
            handles = {user.handle: username(user, spec) for user in scenario.users_of(spec.alias)}
            first, *others = handles.values()
            self.members[spec.alias] = Member(spec.alias, spec.label, org, first, tuple(others), handles)
            self._renamed(spec.alias)
        folder = registry.private(self.home / "data-sets")
        for file in scenario.data_sets():
            if not (folder / file.name).exists():
                (folder / file.name).write_text(timeline.render(file.read_text(encoding="utf-8")), encoding="utf-8")

    def _open_load(self, load: Load) -> None:
        from hotfix_tui.localorg.loading import load_folder

        names = (f"admin@{load.alias}.example", f"{_COLLEAGUE}@{load.alias}.example")
        if self._made(load.alias):
            org = LocalOrg.open(self.folder(load.alias), self.clock)
            self._say(f"{load.alias}: opened")
        else:
            folder = self._begin(load.alias)
            org = LocalOrg.create(
                folder,
                name=load.alias,
                kind=load.kind,  # type: ignore[arg-type]
                clock=self.clock,
                seed=f"load:{hashlib.sha256(load.alias.encode()).hexdigest()[:12]}",
            )
            try:
                for name, label in zip(names, ("Alex Admin", "Chris Colleague"), strict=True):
                    org.users.add_user(name, label)
                report = load_folder(org, Path(load.folder), plan=Path(load.plan) if load.plan else None)
            except BaseException:
                org.close()
                raise
            self.memory.warnings[load.alias] = report.warnings
            (folder / "unfinished").unlink()
            for warning in report.warnings:
                self._say(f"{load.alias}: {warning}")
            self._say(f"{load.alias}: {report.components} components and {report.records} records from {load.folder}")
        self.members[load.alias] = Member(load.alias, load.alias, org, names[0], names[1:], {_COLLEAGUE: names[1]})
        self._renamed(load.alias)

    def _open_generated(self, request: Request) -> None:
        """The two generated orgs. `generated.json` says where they differ."""
        from hotfix_tui.localorg.generate.pair import LARGE, TWIN, Pair

        pair = Pair(request, self.clock)
        if not all(map(self._made, GENERATED)):
            large = pair.make_large(self._begin(LARGE))
            self._say(f"{LARGE}: made, {request.components} components and {request.records} records")
            place = self._begin(TWIN)
            pair.make_twin(large, place.with_name(f"{TWIN}.new")).close()
            large.close()
            put_in_place(place.with_name(f"{TWIN}.new"), place)
            self._say(f"{TWIN}: made, a full sandbox with {request.differing} differences")
            registry.write_private(self.home / "generated.json", pair.told())
            (self.folder(LARGE) / "unfinished").unlink()
        for alias in GENERATED:
            org = LocalOrg.open(self.folder(alias), self.clock)
            names = pair.usernames(alias)
            self.members[alias] = Member(alias, alias, org, names[0], names[1:], {_COLLEAGUE: names[1]})
            self._renamed(alias)

    def _renamed(self, alias: str) -> None:
        """The users of a sandbox that was refreshed are those of production, under the sandbox's names."""
        names, member = self.memory.refreshed.get(alias), self.members[alias]
        if names:
            member.username, member.others, member.handles = names[0], tuple(names[1:]), _handles(names, member.handles)

    def refresh(self, alias: str, close: Callable[[], None]) -> LocalOrg:
        """Makes a sandbox a new copy of production; the new org, which has the old one's place and pace.

        `close` is called when nothing must be asked of the old org any more. Raises CannotRefresh.
        """
        source, member = source_of(self, alias), self.members[alias]
        old, place = member.org, self.folder(alias)
        new = place.with_name(f"{alias}.new")
        copy_of(source.org, refreshed(old, alias), new, self.clock)
        close()
        old.deploys.close()
        old.close()
        put_in_place(new, place)
        member.org = LocalOrg.open(place, self.clock)
        member.org.deploys.pace = old.deploys.pace
        member.org.locks.row, member.org.locks.wait = old.locks.row, old.locks.wait
        names = [f"{name}.{alias}" for name in (source.username, *source.others)]
        self.memory.refreshed[alias] = names
        if alias in self.memory.made:
            self.memory.made[alias]["usernames"] = names
        self.memory.applied.pop(alias, None)
        self.memory.warnings.pop(alias, None)
        member.handles = {handle: f"{name}.{alias}" for handle, name in source.handles.items()}
        self._renamed(alias)
        self.save()
        return member.org

    def token(self, alias: str, name: str) -> str:
        """The token of a user of an org, by username. Raises KeyError."""
        member = self.members[alias]
        user = member.org.users.by_username(name)
        if user is None:
            raise KeyError(name)
        return member.org.users.token_for(user.id)

    def changes(self) -> dict[str, list[str]]:
        """The prepared changes, by org."""
        if self.scenario is None:
            return {}
        found = {org.alias: self.scenario.changes(org.alias) for org in self.scenario.orgs}
        return {alias: names for alias, names in found.items() if names}

    def data_sets(self) -> list[Path]:
        """The data set files of the scenario, with their times as they are in these orgs."""
        return sorted((self.home / "data-sets").glob("*.toml"))

    def save(self) -> None:
        """Writes down what the next start needs to know."""
        self.memory.clock_ahead = (self.clock.now() - datetime.now(UTC)).total_seconds()
        registry.write_private(self._file, {"v": 1, **asdict(self.memory)})

    def close(self) -> None:
        """Lets go of the orgs' files."""
        for member in self.members.values():
            member.org.deploys.close()
            member.org.close()


def _handles(names: list[str], handles: dict[str, str]) -> dict[str, str]:
    """The handles of those who are still there; where handles went with the rest, the second user is the colleague."""
    found = {handle: name for handle, name in handles.items() if name in names}
    return found or {_COLLEAGUE: names[-1]}
