"""What new fields start with: field-level security, and, where an org is loaded or Setup makes them, the grant there.

A field that is deployed is seen by nobody until a profile or a permission set grants it, as in a real org. One that an
org comes with (a loaded folder, a scenario) or that is made past a deploy is granted to System Administrator, as
somebody did in a real org that has lived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.people.governed import takes_field_permissions
from hotfix_tui.localorg.schema.model import Field

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

ADMINISTRATOR = "System Administrator"


def secure(org: LocalOrg, names: Iterable[str]) -> None:
    """Puts new fields (`Object.Field`) under field-level security: nobody sees them until somebody grants them."""
    org.store.executemany("INSERT OR IGNORE INTO _secured_field VALUES (?)", [(name.lower(),) for name in names])


def grant_to_administrators(org: LocalOrg, names: Iterable[str]) -> None:
    """Gives the System Administrator profile read and edit on fields, where field permissions can be set."""
    parent = org.store.value(
        "SELECT p.Id FROM PermissionSet p JOIN Profile f ON f.Id = p.ProfileId WHERE f.Name = ?", (ADMINISTRATOR,)
    )
    if parent is None:
        return
    grants = {}
    for name in names:
        owner = org.schema.object(name.partition(".")[0])
        field = owner.field(name.partition(".")[2]) if owner else None
        if owner is not None and field is not None and takes_field_permissions(owner, field):
            grants[f"{owner.name}.{field.name}"] = (True, is_editable(field))
    write_fields(org, str(parent), grants)


def is_editable(field: Field) -> bool:
    """Whether an edit permission can be given: not for what the org works out itself."""
    return field.updateable or field.createable


def write_field(org: LocalOrg, parent_id: str, name: str, *, read: bool, edit: bool) -> None:
    """Sets what a permission set grants on one field; nothing at all takes the row away."""
    write_fields(org, parent_id, {name: (read, edit)})


def write_fields(org: LocalOrg, parent_id: str, grants: Mapping[str, tuple[bool, bool]]) -> None:
    """Sets what a permission set grants on fields, (read, edit) by `Object.Field`; see `write_field`."""
    store, now = org.store, api_datetime(org.clock.now())
    find = "SELECT Id FROM FieldPermissions WHERE ParentId = ? AND Field = ?"
    known = {name: found for name in grants if (found := store.value(find, (parent_id, name))) is not None}
    gone = [(known[name],) for name, (read, _) in grants.items() if name in known and not read]
    changed = [(True, edit, now, known[name]) for name, (read, edit) in grants.items() if name in known and read]
    store.executemany("DELETE FROM FieldPermissions WHERE Id = ?", gone)
    sql = "UPDATE FieldPermissions SET PermissionsRead = ?, PermissionsEdit = ?, SystemModstamp = ? WHERE Id = ?"
    store.executemany(sql, changed)
    new = (
        {
            "ParentId": parent_id,
            "SobjectType": name.partition(".")[0],
            "Field": name,
            "PermissionsRead": True,
            "PermissionsEdit": edit,
            "SystemModstamp": now,
        }
        for name, (read, edit) in grants.items()
        if read and name not in known
    )
    org.records.raw_insert_all("FieldPermissions", new)


def write_object(org: LocalOrg, parent_id: str, name: str, flags: dict[str, bool]) -> None:
    """Sets what a permission set grants on one object; nothing at all takes the row away."""
    store = org.store
    known = store.value("SELECT Id FROM ObjectPermissions WHERE ParentId = ? AND SobjectType = ?", (parent_id, name))
    if not any(flags.values()):
        store.execute("DELETE FROM ObjectPermissions WHERE Id = ?", (known,))
    elif known is not None:
        now = api_datetime(org.clock.now())
        store.update_row("ObjectPermissions", str(known), {**flags, "LastModifiedDate": now, "SystemModstamp": now})
    else:
        org.records.raw_insert("ObjectPermissions", {"ParentId": parent_id, "SobjectType": name, **flags})


def forget_field(org: LocalOrg, name: str) -> None:
    """A field that is gone takes its permissions along: one made anew under its name starts without any."""
    org.store.execute("DELETE FROM FieldPermissions WHERE Field = ?", (name,))
    org.store.execute("DELETE FROM _profile_field WHERE Field = ?", (name,))
    org.store.execute("DELETE FROM _secured_field WHERE name = ?", (name.lower(),))
