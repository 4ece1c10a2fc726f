"""A flow of an org is its active version.

A flow retrieved by its name is its latest version, which can be a draft; `Name-5` is version 5. Where the active
version is another than the latest, the active one is retrieved, and both numbers stay with the component.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hotfix_tui.compare.bodies import Files, bodies_of
from hotfix_tui.compare.component import Component, ComponentId

FLOW = "Flow"
QUERY = (
    "SELECT DeveloperName, NamespacePrefix, ActiveVersion.VersionNumber, LatestVersion.VersionNumber, "
    "LatestVersion.Status FROM FlowDefinition"
)


@dataclass(frozen=True, slots=True)
class FlowVersions:
    """Versions of one flow. `active` 0: no version is active. `latest_status` is Salesforce's: `Active`, `Draft` …"""

    active: int
    latest: int
    latest_status: str = ""

    @property
    def detail(self) -> dict[str, Any]:
        """As a component carries it."""
        known = {"active_version": self.active, "latest_version": self.latest}
        return {**known, "latest_status": self.latest_status} if self.latest_status else known


def versions_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, FlowVersions]:
    """Flow name → versions, from the rows of `QUERY`."""
    found = {}
    for row in rows:
        prefix = row.get("NamespacePrefix")
        name = f"{prefix}__{row['DeveloperName']}" if prefix else str(row["DeveloperName"])
        active, latest = row.get("ActiveVersion"), row.get("LatestVersion")
        found[name] = FlowVersions(_number(active), _number(latest), str((latest or {}).get("Status") or ""))
    return found


def member(name: str, versions: Mapping[str, FlowVersions]) -> str:
    """What a manifest must name to get the active version of the flow `name` (the latest when none is active)."""
    known = versions.get(name)
    return f"{name}-{known.active}" if known and known.active and known.active != known.latest else name


def under_own_name(component: Component, versions: Mapping[str, FlowVersions]) -> Component:
    """A flow retrieved as `Name-5` under the id and file name of the flow itself, with its version numbers."""
    name = base_name(component.id.full_name)
    if name == component.id.full_name and not versions.get(name):
        return component
    files = Files((f"flows/{name}.flow", body) for _, body in bodies_of(component.files))
    detail = versions[name].detail if name in versions else {}
    return Component(ComponentId(FLOW, name), files, component.changed_by, component.changed_at, detail)


def base_name(full_name: str) -> str:
    """`Name` of `Name-5`, and of `Name`."""
    name, dash, number = full_name.rpartition("-")
    return name if dash and number.isdigit() else full_name


def _number(version: Mapping[str, Any] | None) -> int:
    return int(version["VersionNumber"]) if version and version.get("VersionNumber") else 0
