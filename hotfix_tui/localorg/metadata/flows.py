"""Flows as versions: each change makes a new one, at most one is active, retrieve by name gives the latest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.support import new_id

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_TABLE = """
CREATE TABLE IF NOT EXISTS _flow_version (
    name TEXT NOT NULL COLLATE NOCASE, number INTEGER NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL,
    body BLOB NOT NULL, created_by TEXT NOT NULL, created_at TEXT NOT NULL,
    modified_by TEXT NOT NULL, modified_at TEXT NOT NULL, PRIMARY KEY (name, number)
)"""
_COLUMNS = "name, number, id, status, body, created_by, created_at, modified_by, modified_at"
_VERSIONED = re.compile(r"(?P<name>.+)-(?P<number>[1-9]\d*)\Z")
_STATUSES = frozenset({"Active", "Draft", "Obsolete", "InvalidDraft"})

Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True)
class FlowVersion:
    """One version. `status`: Active, Draft (never was active), Obsolete (was) or InvalidDraft; `body` says the same."""

    name: str
    number: int
    id: str
    status: str
    body: bytes
    created_by: str
    created_at: str
    modified_by: str
    modified_at: str


def version_of(full_name: str) -> tuple[str, int]:
    """Name and version number of a flow's full name; 0 when it names no version. `Guard-7` → ("Guard", 7)."""
    found = _VERSIONED.match(full_name)
    return (found["name"], int(found["number"])) if found else (full_name, 0)


def definition_xml(active: int) -> bytes:
    """The FlowDefinition of a flow whose active version has this number; 0 when none is active."""
    root = xml.new_root("FlowDefinition")
    if active:
        number = xml.new_root("activeVersionNumber")
        number.text = str(active)
        root.append(number)
    return xml.write(root)


def with_status(content: bytes, status: str) -> bytes:
    """The flow's document with this status, in the org's own writing. Raises BadXml."""
    root = xml.renamed(xml.parse(content), "Flow")
    found = xml.child(root, "status")
    if found is None:
        found = xml.new_root("status")
        after = [index for index, item in enumerate(root) if xml.name(item) < "status"]
        root.insert(after[-1] + 1 if after else 0, found)
    found.text = status
    return xml.write(root)


def _without_status(content: bytes) -> bytes:
    return with_status(content, "")


class FlowVersions:
    """The versions of an org's flows."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._store = org.store
        self._store.execute(_TABLE)

    def all(self) -> list[FlowVersion]:
        """Every version of every flow, by name and number."""
        return self._select("1 = 1")

    def names(self) -> list[str]:
        """The names of all flows."""
        return [str(row[0]) for row in self._store.rows("SELECT DISTINCT name FROM _flow_version ORDER BY name")]

    def versions(self, name: str) -> list[FlowVersion]:
        """A flow's versions, oldest first."""
        return self._select("name = ?", name)

    def latest(self, name: str) -> FlowVersion | None:
        """The version with the highest number."""
        return next(iter(self.versions(name)[-1:]), None)

    def active(self, name: str) -> FlowVersion | None:
        """The active version, if there is one."""
        return next(iter(self._select("name = ? AND status = 'Active'", name)), None)

    def _select(self, where: str, *values: object) -> list[FlowVersion]:
        sql = f"SELECT {_COLUMNS} FROM _flow_version WHERE {where} ORDER BY name, number"  # noqa: S608
        return [FlowVersion(*row) for row in self._store.rows(sql, values)]

    def as_component(self, full_name: str) -> Component | None:
        """`Name-5` as a component; None when there is no such version."""
        name, number = version_of(full_name)
        found = next(iter(self._select("name = ? AND number = ?", name, number)), None)
        if found is None:
            return None
        path = f"flows/{found.name}-{found.number}.flow"
        return Component(
            type="Flow",
            full_name=f"{found.name}-{found.number}",
            files={path: found.body},
            id=found.id,
            created_by=found.created_by,
            created_at=found.created_at,
            modified_by=found.modified_by,
            modified_at=found.modified_at,
        )

    @staticmethod
    def same(one: bytes, other: bytes) -> bool:
        """Whether two documents of a flow differ in nothing but their status. Raises BadXml."""
        return _without_status(one) == _without_status(other)

    def save(self, name: str, number: int, content: bytes, user_id: str, at: str, *, land_active: bool) -> Outcome:
        """What a deploy of a flow does: changed content makes a new version; the same content may be made active.

        `number` names a version to overwrite (0 = none); an active one is never overwritten. `land_active` False
        leaves what is active as it is, and the new version a draft.
        """
        wanted = xml.text(xml.parse(content), "status") or "Active"
        active = wanted == "Active" and land_active
        latest = self.latest(name)
        target = next((item for item in self.versions(name) if item.number == number), None) if number else latest
        if target is not None and self.same(target.body, content):
            # With an older version active, bringing the latest again activates nothing (measured by others:
            # scolladon/sfdx-git-delta issue 588); a draft that stands alone becomes active.
            if active and target.status != "Active" and self.active(name) is None:
                self.activate(name, target.number, user_id, at)
                return "changed"
            return "unchanged"
        if number and target is not None and target.status != "Active":
            self._update(target, content, "Draft", user_id, at)
            new_number = number
        else:
            new_number = (latest.number if latest else 0) + 1
            self._insert(name, new_number, content, "Draft", user_id, at)
        if active:
            self.activate(name, new_number, user_id, at)
        return "changed" if latest else "created"

    def plant(self, name: str, number: int, content: bytes, status: str, user_id: str, at: str) -> None:
        """Puts a version with this number and status; an existing one is replaced."""
        if status not in _STATUSES:
            raise ValueError(f"{status} is not a flow status")
        self._store.execute("DELETE FROM _flow_version WHERE name = ? AND number = ?", (name, number))
        self._insert(name, number, content, "Draft" if status == "Active" else status, user_id, at)
        if status == "Active":
            self.activate(name, number, user_id, at)

    def _insert(self, name: str, number: int, content: bytes, status: str, user_id: str, at: str) -> None:
        body = with_status(content, status)
        row = (name, number, new_id(self._org, "301"), status, body, user_id, at, user_id, at)
        self._store.execute("INSERT INTO _flow_version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _update(self, version: FlowVersion, content: bytes, status: str, user_id: str, at: str) -> None:
        self._store.execute(
            "UPDATE _flow_version SET body = ?, status = ?, modified_by = ?, modified_at = ? WHERE id = ?",
            (with_status(content, status), status, user_id, at, version.id),
        )

    def activate(self, name: str, number: int, user_id: str, at: str) -> bool:
        """Makes `number` the active version, 0 none. False when it was so already; ValueError for no such version."""
        before = self.active(name)
        if (before.number if before else 0) == number:
            return False
        chosen = next((item for item in self.versions(name) if item.number == number), None)
        if number and chosen is None:
            raise ValueError(f"The version you're trying to activate doesn't exist: {name}-{number}")
        if before is not None:
            self._update(before, before.body, "Obsolete", user_id, at)
        if chosen is not None:
            self._update(chosen, chosen.body, "Active", user_id, at)
        return True

    def remove(self, name: str, number: int) -> bool:
        """Removes one version, or with 0 all of them; False when there was none."""
        where = "name = ? AND number = ?" if number else "name = ?"
        values = (name, number) if number else (name,)
        return bool(self._store.execute(f"DELETE FROM _flow_version WHERE {where}", values))  # noqa: S608
