"""The rights of an org's users, kept ready: worked out once for a user and again only when somebody's rights change."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.people.rights import (
    NOTHING,
    OBJECT_COLUMNS,
    UNLIMITED,
    FieldRight,
    Rights,
    completed,
)
from hotfix_tui.localorg.people.tables import prepare
from hotfix_tui.localorg.people.view import UserSchema

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.schema import Schema

_FAR = "9999"


@dataclass
class _Kept:
    stamp: str
    until: str
    rights: Rights
    view: UserSchema | None = None


class People:
    """Rights by user id. The org's own user, and whoever is not a user, may do everything."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()
        prepare(org.store)

    def rights(self, user_id: str) -> Rights:
        """What a user may do now."""
        return self._current(user_id).rights

    def schema(self, user_id: str) -> Schema:
        """The schema as the user sees it: for queries and describes."""
        kept = self._current(user_id)
        if kept.rights.unlimited:
            return self._org.schema
        view = kept.view
        if view is None or view.version != self._org.schema.version:
            view = kept.view = UserSchema(self._org.schema, kept.rights)
        return view

    def _current(self, user_id: str) -> _Kept:
        if not user_id or user_id == self._org.system_user_id:
            return _Kept("", _FAR, UNLIMITED)
        stamp = str(self._org.store.value("SELECT stamp FROM _people"))
        now = api_datetime(self._org.clock.now())
        with self._lock:
            kept = self._kept.get(user_id)
        if kept is not None and kept.stamp == stamp and now < kept.until:
            return kept
        kept = self._work_out(user_id, stamp, now)
        with self._lock:
            self._kept[user_id] = kept
        return kept

    def _work_out(self, user_id: str, stamp: str, now: str) -> _Kept:
        store = self._org.store
        user = store.row("SELECT ProfileId FROM User WHERE Id = ?", (user_id,))
        if user is None:
            return _Kept(stamp, _FAR, UNLIMITED)
        profile_set = store.value("SELECT Id FROM PermissionSet WHERE ProfileId = ?", (user[0],))
        sets, until = self._assigned(user_id, now)
        sets |= {str(profile_set)} if profile_set else set()
        rights = Rights(
            user_id=user_id,
            system=self._system(sets),
            custom=self._custom(sets),
            objects=self._objects(sets),
            fields=self._fields("FieldPermissions", sets),
            denied=self._fields("_profile_field", {str(profile_set)}),
            secured=frozenset(row[0] for row in store.rows("SELECT name FROM _secured_field")),
            queues=self._queues(user_id),
        )
        return _Kept(stamp, until, rights)

    def _assigned(self, user_id: str, now: str) -> tuple[set[str], str]:
        """The permission sets a user has, groups' members with them, and when the next assignment runs out."""
        rows = self._org.store.rows(
            "SELECT a.PermissionSetId, c.PermissionSetId, a.ExpirationDate FROM PermissionSetAssignment a"
            " LEFT JOIN PermissionSetGroupComponent c ON c.PermissionSetGroupId = a.PermissionSetGroupId"
            " WHERE a.AssigneeId = ? AND (a.ExpirationDate IS NULL OR a.ExpirationDate > ?)",
            (user_id, now),
        )
        until = min((str(row[2]) for row in rows if row[2]), default=_FAR)
        named = {str(each) for row in rows for each in row[:2] if each}
        # A set of a profile counts by the user's profile, one that a session must activate not at all.
        left_out = self._org.store.rows(
            "SELECT Id FROM PermissionSet WHERE IsOwnedByProfile = 1 OR HasActivationRequired = 1"
        )
        return named - {str(row[0]) for row in left_out}, until

    def _system(self, sets: set[str]) -> frozenset[str]:
        columns = [name for name in self._org.store.columns("PermissionSet") if name.startswith("Permissions")]
        if not columns:
            return frozenset()
        totals = ", ".join(f'MAX("{name}")' for name in columns)
        found = self._org.store.row(f"SELECT {totals} FROM PermissionSet WHERE Id IN ({_marks(sets)})", [*sets])  # noqa: S608
        granted = {name.removeprefix("Permissions") for name, on in zip(columns, found or (), strict=True) if on}
        return completed(granted)

    def _custom(self, sets: set[str]) -> frozenset[str]:
        rows = self._org.store.rows(
            "SELECT c.DeveloperName FROM SetupEntityAccess s JOIN CustomPermission c ON c.Id = s.SetupEntityId"  # noqa: S608
            f" WHERE s.ParentId IN ({_marks(sets)})",
            [*sets],
        )
        return frozenset(str(row[0]).lower() for row in rows)

    def _objects(self, sets: set[str]) -> dict[str, int]:
        columns = ", ".join(OBJECT_COLUMNS)
        rows = self._org.store.rows(
            f"SELECT SobjectType, {columns} FROM ObjectPermissions WHERE ParentId IN ({_marks(sets)})",  # noqa: S608
            [*sets],
        )
        out: dict[str, int] = {}
        for name, *flags in rows:
            bits = sum(bit for bit, on in zip(OBJECT_COLUMNS.values(), flags, strict=True) if on)
            out[str(name).lower()] = out.get(str(name).lower(), 0) | bits
        return out

    def _fields(self, table: str, sets: set[str]) -> dict[str, FieldRight]:
        rows = self._org.store.rows(
            f"SELECT Field, PermissionsRead, PermissionsEdit FROM {table} WHERE ParentId IN ({_marks(sets)})",  # noqa: S608
            [*sets],
        )
        out: dict[str, FieldRight] = {}
        for name, read, edit in rows:
            key = str(name).lower()
            out[key] = out.get(key, NOTHING) | FieldRight(bool(read), bool(edit))
        return out

    def _queues(self, user_id: str) -> frozenset[str]:
        rows = self._org.store.rows("SELECT GroupId FROM GroupMember WHERE UserOrGroupId = ?", (user_id,))
        return frozenset(str(row[0]) for row in rows)


def _marks(sets: Iterable[str]) -> str:
    return ", ".join("?" for _ in sets)
