"""What one user may do: user permissions, object permissions, field permissions, custom permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hotfix_tui.localorg.people.governed import governing, needs, takes_field_permissions
from hotfix_tui.localorg.schema.model import Field, SObject

CREATE, READ, EDIT, DELETE, VIEW_ALL, MODIFY_ALL = (1 << shift for shift in range(6))
EVERYTHING = CREATE | READ | EDIT | DELETE | VIEW_ALL | MODIFY_ALL
OBJECT_COLUMNS = {
    "PermissionsCreate": CREATE,
    "PermissionsRead": READ,
    "PermissionsEdit": EDIT,
    "PermissionsDelete": DELETE,
    "PermissionsViewAllRecords": VIEW_ALL,
    "PermissionsModifyAllRecords": MODIFY_ALL,
}
# A permission that brings others along, as Setup switches them on together.
_BRINGS = {
    "ModifyAllData": ("ViewAllData", "ModifyMetadata"),
    "ManageUsers": ("AssignPermissionSets",),
    "ManageProfilesPermissionsets": ("AssignPermissionSets",),
}


@dataclass(frozen=True)
class FieldRight:
    """What a user may do with one field."""

    read: bool = False
    edit: bool = False

    def __or__(self, other: FieldRight) -> FieldRight:
        return FieldRight(self.read or other.read, self.edit or other.edit)


NOTHING = FieldRight()
READ_ONLY = FieldRight(read=True)
WHOLE = FieldRight(read=True, edit=True)


@dataclass(frozen=True)
class Rights:
    """One user's rights, summed over profile, permission sets and groups. Names are lower case.

    `fields` and `denied` are keyed `object.field`; `denied` is what the profile takes away from fields that are
    visible unless it says otherwise; `secured` are the fields that nobody sees whom no one grants them.
    `unlimited` is the org itself: rules, automations, loaders.
    """

    user_id: str = ""
    unlimited: bool = False
    system: frozenset[str] = frozenset()
    custom: frozenset[str] = frozenset()
    objects: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, FieldRight] = field(default_factory=dict)
    denied: Mapping[str, FieldRight] = field(default_factory=dict)
    secured: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()

    def has(self, permission: str) -> bool:
        """Whether the user has a user permission (`ModifyAllData`, without the column's "Permissions")."""
        return self.unlimited or permission in self.system

    def has_any(self, *permissions: str) -> bool:
        """Whether the user has one of these, or none is asked for."""
        return self.unlimited or not permissions or any(each in self.system for each in permissions)

    def holds(self, custom_permission: str) -> bool:
        """Whether the user has a custom permission, by developer name."""
        return custom_permission.lower() in self.custom

    def on(self, owner: SObject) -> int:
        """What the user may do with an object: a sum of CREATE, READ …"""
        if self.unlimited:
            return EVERYTHING
        name = governing(owner)
        if name is None:
            return self._without_object_permissions(owner)
        bits = self.objects.get(name, 0)
        if self.has("ModifyAllData") or bits & MODIFY_ALL:
            bits |= EVERYTHING & ~CREATE if not self.has("ModifyAllData") else EVERYTHING
        if self.has("ViewAllData") or bits & VIEW_ALL:
            bits |= READ | VIEW_ALL
        if name != owner.name.lower() and bits & EDIT:
            bits |= CREATE | DELETE
        return bits

    def _without_object_permissions(self, owner: SObject) -> int:
        if not self.has_any(*needs(owner, write=False)):
            return 0
        writes = self.has_any(*needs(owner, write=True))
        return EVERYTHING if writes else READ | VIEW_ALL

    def on_field(self, owner: SObject, of: Field) -> FieldRight:
        """What the user may do with a field; formulas and roll-ups are never edited anyhow."""
        if self.unlimited or not takes_field_permissions(owner, self._carrier(owner, of)):
            return WHOLE
        key = f"{owner.name}.{self._carrier(owner, of).name}".lower()
        granted = self.fields.get(key, NOTHING)
        if key in self.secured:
            return granted
        return self.denied.get(key, WHOLE) | granted

    def _carrier(self, owner: SObject, of: Field) -> Field:
        """The field whose permissions count: a part of an address or a location goes with the whole."""
        whole = owner.field(of.compound) if of.compound else None
        return whole if whole is not None and whole.type in ("address", "location") else of


UNLIMITED = Rights(unlimited=True)


def completed(system: set[str]) -> frozenset[str]:
    """User permissions with those they bring along."""
    for name, brought in _BRINGS.items():
        if name in system:
            system.update(brought)
    return frozenset(system)
