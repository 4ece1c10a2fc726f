"""Making one org of a scenario: users, components with their history, records."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.apex.planting import put
from hotfix_tui.localorg.clock import Clock, api_datetime
from hotfix_tui.localorg.generate.padding import Padding
from hotfix_tui.localorg.loading.folder import Contents, NotMetadata, read_folder
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.flows import version_of
from hotfix_tui.localorg.metadata.xml import parse, text
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.people.profiles import PROFILES
from hotfix_tui.localorg.scenarios.format import Org, Scenario, ScenarioError, User
from hotfix_tui.localorg.scenarios.insert import insert_rows
from hotfix_tui.localorg.scenarios.timeline import Timeline
from hotfix_tui.localorg.store.ids import IdMaker

Stamp = tuple[str, str]
"""When (API form) and by whom (user id) a component was changed last."""


def username(user: User, org: Org) -> str:
    """The user's name in an org: sandboxes add theirs, as Salesforce does it when it makes a copy."""
    return user.username if org.kind == "production" else f"{user.username}.{org.alias}"


def padding_of(scenario: Scenario, timeline: Timeline) -> Padding | None:
    """What fills the scenario's orgs up; None when they are no larger than the story. Raises ScenarioError."""
    asked = scenario.padding
    if asked is None:
        return None
    ids = _user_ids(scenario)
    return Padding(scenario.name, asked.components, [ids[handle] for handle in asked.by], timeline.instant(asked.until))


def build(
    scenario: Scenario, spec: Org, folder: Path, clock: Clock, timeline: Timeline, padding: Padding | None = None
) -> LocalOrg:
    """Makes the org in an empty folder, with the padding if there is any. Raises ScenarioError: what does not fit."""
    org = LocalOrg.create(
        folder,
        name=scenario.company,
        kind=spec.kind,  # type: ignore[arg-type]
        clock=clock,
        seed=f"{scenario.name}:{spec.alias}",
        currencies=scenario.currencies,
        created_at=timeline.instant(spec.created),
    )
    try:
        with org.store.transaction():
            users = _add_users(scenario, spec, org)
            if padding is not None:
                org.components.load_prepared(padding.prepared())
            _Components(scenario, spec, timeline, users).put(org)
            _check_profiles(scenario, spec, org)
            insert_rows(scenario, spec, org, timeline, users)
            _assign(scenario, spec, org, users)
            _plant(scenario, spec, org, users)
    except BaseException:
        org.close()
        raise
    return org


def _add_users(scenario: Scenario, spec: Org, org: LocalOrg) -> dict[str, str]:
    ids, users = _user_ids(scenario), {}
    for user in scenario.users:
        if user.in_org(spec.alias):
            org.users.add_profile(user.profile)
            users[user.handle] = org.users.add_user(username(user, spec), user.name, user.profile, ids[user.handle])
    return users


def _user_ids(scenario: Scenario) -> dict[str, str]:
    """The id of each user, the same in every org, by handle."""
    ids = IdMaker(f"{scenario.name}:users")
    return {user.handle: ids.record_id("005", number) for number, user in enumerate(scenario.users, 1)}


def _check_profiles(scenario: Scenario, spec: Org, org: LocalOrg) -> None:
    """A user's profile is a standard one, or a component of the org."""
    for user in scenario.users:
        known = user.profile in PROFILES or org.components.exists("Profile", user.profile)
        if user.in_org(spec.alias) and not known:
            raise ScenarioError(f"{spec.alias} has no profile {user.profile} for {user.handle}.")


def _assign(scenario: Scenario, spec: Org, org: LocalOrg, users: dict[str, str]) -> None:
    for item in scenario.assignments:
        if item.orgs and spec.alias not in item.orgs:
            continue
        found = org.store.value("SELECT Id FROM PermissionSet WHERE Name = ?", (item.permission_set,))
        if found is None:
            raise ScenarioError(f"{spec.alias} has no permission set {item.permission_set} to assign.")
        for handle in item.users:
            if handle in users:
                row = {"PermissionSetId": found, "AssigneeId": users[handle], "IsActive": True}
                org.records.raw_insert("PermissionSetAssignment", row)


def _plant(scenario: Scenario, spec: Org, org: LocalOrg, users: dict[str, str]) -> None:
    for item in scenario.planted:
        if item.orgs and spec.alias not in item.orgs:
            continue
        try:
            put(org, item.kind, item.raw, users.__getitem__)
        except (ValueError, KeyError) as error:
            raise ScenarioError(f"[[{item.kind}]] does not fit {spec.alias}: {error}.") from error


@lru_cache(maxsize=16)
def _contents(folder: Path, _fingerprint: str) -> Contents:
    """A layer's components; read once for all orgs that have the layer."""
    try:
        contents = read_folder(folder)
    except NotMetadata as error:
        raise ScenarioError(str(error)) from error
    if contents.warnings:
        raise ScenarioError(f"{folder}: {contents.warnings[0]}")
    return contents


class _Components:
    """The components of an org's layers, and who changed each of them when."""

    def __init__(self, scenario: Scenario, spec: Org, timeline: Timeline, users: dict[str, str]) -> None:
        self._spec = spec
        self._timeline = timeline
        self._users = users
        self._components: dict[tuple[str, str], Component] = {}
        self._versions: dict[tuple[str, int], Component] = {}
        self._stamps: dict[str, Stamp] = {}
        for name in spec.layers:
            self._lay(scenario, name)

    def _lay(self, scenario: Scenario, name: str) -> None:
        folder, layer = scenario.metadata(name), scenario.layers.get(name)
        if layer is None:
            if folder is not None:
                raise ScenarioError(f"scenario.toml has no [layer.{name}] for metadata/{name}.")
            return
        for removed in layer.remove:
            self._remove(removed)
        if folder is None:
            return
        contents = _contents(folder, scenario.fingerprint)
        stamp = self._stamp(layer.at, layer.by)
        for component in contents.components.values():
            self._add(component, stamp)
        for changed in layer.changed:
            for item in changed.components:
                if item.lower() not in self._stamps:
                    raise ScenarioError(f"[layer.{name}] names {item}, which {self._spec.alias} does not have.")
                self._stamps[item.lower()] = self._stamp(changed.at, changed.by)

    def _stamp(self, at: Any, by: str) -> Stamp:
        return api_datetime(self._timeline.instant(at)), self._users[by]

    def _add(self, component: Component, stamp: Stamp) -> None:
        flow, number = version_of(component.full_name)
        if component.type == "Flow" and number:
            self._versions[flow, number] = component
        else:
            below = self._components.get(component.component_id.key)
            if below is not None and below.files == component.files:
                return
            self._components[component.component_id.key] = component
        self._stamps[str(component.component_id).lower()] = stamp

    def _remove(self, name: str) -> None:
        type_name, _, full_name = name.partition(":")
        flow, number = version_of(full_name)
        if type_name == "Flow" and number:
            found: Component | None = self._versions.pop((flow, number), None)
        else:
            found = self._components.pop((type_name, full_name.lower()), None)
        if found is None:
            raise ScenarioError(f"{name} cannot be taken away from {self._spec.alias}: it is not there.")

    def put(self, org: LocalOrg) -> None:
        """Puts everything into the org, then sets the history."""
        at, by = api_datetime(org.created_at), next(iter(self._users.values()))
        with org.components.source_members.quiet():
            self._put(org, by, at)

    def _put(self, org: LocalOrg, by: str, at: str) -> None:
        org.components.put_all(self._components.values(), by, at)
        for component in self._components.values():
            when, who = self._stamps[str(component.component_id).lower()]
            org.components.touch(component.type, component.full_name, who, when)
        for (flow, number), component in sorted(self._versions.items()):
            when, who = self._stamps[str(component.component_id).lower()]
            status = text(parse(component.xml), "status") or "Active"
            org.components.import_flow_version(flow, number, component.xml, status, who, when)
