"""Reading a scenario folder: scenario.toml, and where its metadata, records, changes and data sets lie."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.apex.planting import KINDS as PLANTED
from hotfix_tui.localorg.apex.planting import check as check_planted

KINDS = ("production", "developer", "developer_pro", "partial", "full", "scratch", "developer_edition")
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}\Z")
_SHIPPED = Path(__file__).parent


class ScenarioError(ValueError):
    """A scenario that cannot be used. The message is a sentence for people."""


@dataclass(frozen=True)
class User:
    """A person or integration. `orgs` empty: in every org. `login`: the user that the registry's tokens belong to."""

    handle: str
    username: str
    name: str
    profile: str = "System Administrator"
    login: bool = False
    orgs: tuple[str, ...] = ()

    def in_org(self, alias: str) -> bool:
        """Whether the user is in this org."""
        return not self.orgs or alias in self.orgs


@dataclass(frozen=True)
class Org:
    """One org: its layers are applied in order, the later one wins. `created`: when it was made or last refreshed."""

    alias: str
    label: str
    kind: str
    created: datetime
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """Components that were changed at an instant by a user; `Type:Full_Name`, a flow version as `Flow:Name-7`."""

    at: datetime
    by: str
    components: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """When and by whom a layer's components were changed, and which components of lower layers it takes away."""

    at: datetime
    by: str
    remove: tuple[str, ...] = ()
    changed: tuple[Changed, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """Users who have a permission set for good."""

    permission_set: str
    users: tuple[str, ...]
    orgs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planted:
    """An outcome of tests, an Apex job or a paused interview (apex/planting.py says what `raw` holds)."""

    kind: str
    raw: dict[str, Any]
    orgs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Filling:
    """How many made-up components every org has beside those of the story, and who made them, none after `until`."""

    components: int
    until: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario as its folder tells it. Times are as written; a Timeline moves them."""

    folder: Path
    name: str
    label: str
    company: str
    reads_at: datetime
    currencies: tuple[str, ...]
    users: tuple[User, ...]
    orgs: tuple[Org, ...]
    layers: dict[str, Layer] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] = ()
    planted: tuple[Planted, ...] = ()
    padding: Filling | None = None

    def users_of(self, alias: str) -> list[User]:
        """The users of an org, the one who logs in first."""
        return sorted((user for user in self.users if user.in_org(alias)), key=lambda user: not user.login)

    def metadata(self, layer: str) -> Path | None:
        """The layer's folder of metadata in `sf` source format; None when it brings none."""
        folder = self.folder / "metadata" / layer
        return folder if folder.is_dir() else None

    def records(self, layer: str) -> list[Path]:
        """The layer's record files, by name."""
        return sorted((self.folder / "records" / layer).glob("*.json"))

    def changes(self, alias: str) -> list[str]:
        """The names of the changes prepared for an org."""
        return sorted(path.name for path in (self.folder / "changes" / alias).glob("*") if path.is_dir())

    def data_sets(self) -> list[Path]:
        """The data set files."""
        return sorted((self.folder / "data-sets").glob("*.toml"))

    @cached_property
    def fingerprint(self) -> str:
        """A digest of everything in the folder; another one means that orgs made from it before are out of date."""
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                digest.update(str(path.relative_to(self.folder)).encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()[:16]


def find(name: str) -> Path:
    """The folder of a scenario: a path, or the name of a shipped one. Raises ScenarioError."""
    path = Path(name).expanduser()
    shipped = sorted(item.parent.name for item in _SHIPPED.glob("*/scenario.toml"))
    if name in shipped:
        return _SHIPPED / name
    if (path / "scenario.toml").is_file():
        return path.resolve()
    if path.is_dir():
        raise ScenarioError(f"{path} is no scenario: it has no scenario.toml.")
    raise ScenarioError(f"There is no scenario {name}. Shipped: {', '.join(shipped)}; or give a folder.")


def read(folder: Path) -> Scenario:
    """The scenario of a folder. Raises ScenarioError, naming the file and what is wrong with it."""
    file = folder / "scenario.toml"
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{folder} is no scenario: {error.strerror}: {file}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{file} is not TOML: {error}.") from error
    if raw.get("v") != 1:
        raise ScenarioError(f"{file} has v = {raw.get('v')!r}; this program reads v = 1.")
    try:
        scenario = _scenario(folder, raw)
    except (KeyError, TypeError, AttributeError) as error:
        raise ScenarioError(f"{file} lacks something or has it in another form: {error}.") from error
    _check(scenario, file)
    return scenario


def _scenario(folder: Path, raw: dict[str, Any]) -> Scenario:
    return Scenario(
        folder=folder,
        name=str(raw["name"]),
        label=str(raw.get("label", raw["name"])),
        company=str(raw.get("company", raw["name"])),
        reads_at=_instant(raw["reads_at"]),
        currencies=tuple(raw.get("currencies", ())),
        users=tuple(User(**{**item, "orgs": tuple(item.get("orgs", ()))}) for item in raw["user"]),
        orgs=tuple(
            Org(item["alias"], item["label"], item["kind"], _instant(item["created"]), tuple(item["layers"]))
            for item in raw["org"]
        ),
        layers={name: _layer(item) for name, item in raw.get("layer", {}).items()},
        assignments=tuple(
            Assignment(item["permission_set"], tuple(item["users"]), tuple(item.get("orgs", ())))
            for item in raw.get("assignment", ())
        ),
        planted=tuple(
            Planted(kind, {key: value for key, value in item.items() if key != "orgs"}, tuple(item.get("orgs", ())))
            for kind in PLANTED
            for item in raw.get(kind, ())
        ),
        padding=_padding(raw["padding"]) if "padding" in raw else None,
    )


def _padding(raw: dict[str, Any]) -> Filling:
    return Filling(int(raw["components"]), _instant(raw["until"]), tuple(raw["by"]))


def _layer(raw: dict[str, Any]) -> Layer:
    by = str(raw["by"])
    return Layer(
        at=_instant(raw["at"]),
        by=by,
        remove=tuple(raw.get("remove", ())),
        changed=tuple(
            Changed(_instant(item["at"]), str(item.get("by", by)), tuple(item["components"]))
            for item in raw.get("changed", ())
        ),
    )


def _instant(value: Any) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"{value!r} is not an instant with its offset, such as 2026-01-13T10:00:00Z")
    return value.astimezone(UTC)


def _check(scenario: Scenario, file: Path) -> None:
    aliases = [org.alias for org in scenario.orgs]
    handles = {user.handle for user in scenario.users}
    logins = [user for user in scenario.users if user.login]
    problems = [f"the alias {alias} is used twice" for alias in sorted({a for a in aliases if aliases.count(a) > 1})]
    problems += [f"{alias!r} cannot be an alias" for alias in aliases if not _ALIAS.match(alias)]
    problems += [f"org {org.alias} has the unknown kind {org.kind}" for org in scenario.orgs if org.kind not in KINDS]
    if len(logins) != 1 or logins[0].orgs:
        problems.append("exactly one user, who is in every org, must have login = true")
    named = [layer.by for layer in scenario.layers.values()]
    named += [item.by for layer in scenario.layers.values() for item in layer.changed]
    named += [handle for item in scenario.assignments for handle in item.users]
    named += [str(item.raw["by"]) for item in scenario.planted if "by" in item.raw]
    named += scenario.padding.by if scenario.padding else ()
    problems += [f"there is no user {handle}" for handle in sorted(set(named) - handles)]
    for item in scenario.planted:
        try:
            check_planted(item.kind, item.raw)
        except ValueError as error:
            problems.append(str(error))
    for org in scenario.orgs:
        for layer in org.layers:
            if not scenario.metadata(layer) and not scenario.records(layer):
                problems.append(f"org {org.alias} names the layer {layer}, which has no metadata and no records")
    if not aliases:
        problems.append("it has no orgs")
    if problems:
        raise ScenarioError(f"{file}: {'; '.join(problems)}.")
