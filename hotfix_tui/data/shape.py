"""What a plan must know of an object, taken from Salesforce's describe and small enough to be kept with its rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import FieldDescribe, ObjectDescribe

# Set by Salesforce. "Set Audit Fields upon Record Creation" makes some of them createable; copying them is no part of
# a hotfix. (Object Reference, "System Fields".)
SYSTEM_FIELDS = frozenset(
    {
        "Id",
        "IsDeleted",
        "CreatedById",
        "CreatedDate",
        "LastModifiedById",
        "LastModifiedDate",
        "SystemModstamp",
        "LastActivityDate",
        "LastViewedDate",
        "LastReferencedDate",
        "MasterRecordId",
    }
)

# Compound fields are read and written through their parts; base64 bodies are files, not rows.
_UNREAD_TYPES = frozenset({"address", "location", "base64", "complexvalue", "anyType", "encryptedstring"})


@dataclass(frozen=True)
class FieldShape:
    """One field as describe has it. `relationship` is the name used in SOQL paths (`Product2` for `Product2Id`)."""

    name: str
    type: str
    createable: bool = True
    updateable: bool = True
    nillable: bool = True
    refers_to: tuple[str, ...] = ()
    relationship: str = ""
    master_detail: bool = False
    unique: bool = False
    case_sensitive: bool = False

    @property
    def is_lookup(self) -> bool:
        """Whether the value is another record's Id."""
        return self.type == "reference"

    @property
    def must_exist(self) -> bool:
        """Whether a row cannot be inserted without the parent this field names (master-detail, required lookup)."""
        return self.is_lookup and (self.master_detail or not self.nillable)

    @property
    def writable(self) -> bool:
        """Whether a value can be given to it at all: no formula, roll-up, auto-number or system field."""
        return (self.createable or self.updateable) and self.name not in SYSTEM_FIELDS and self.type != "id"


@dataclass(frozen=True)
class ObjectShape:
    """One object: its fields by name, and whether its rows can be inserted, updated and deleted by our user.

    `key_prefix`: the first three characters of its rows' Ids.
    """

    name: str
    fields: dict[str, FieldShape] = field(default_factory=dict)
    key_prefix: str = ""
    createable: bool = True
    updateable: bool = True
    deletable: bool = True

    def carried(self, skip: Iterable[str] = ()) -> list[FieldShape]:
        """The fields that are read and compared: what can be written, without `skip`."""
        left_out = set(skip)
        return [one for one in self.fields.values() if one.writable and one.name not in left_out]

    def lookup_for(self, relationship: str) -> FieldShape | None:
        """The lookup field behind a SOQL path's first name (`Product2` gives `Product2Id`)."""
        for one in self.fields.values():
            if one.relationship and one.relationship.lower() == relationship.lower():
                return one
        return None


def shape_of(describe: ObjectDescribe) -> ObjectShape:
    """The shape of `describe`, without the types that rows do not carry."""
    fields = {name: _field(one) for name, one in describe.fields.items() if one.type not in _UNREAD_TYPES}
    return ObjectShape(
        name=describe.name,
        fields=fields,
        key_prefix=describe.key_prefix or "",
        createable=describe.createable,
        updateable=describe.updateable,
        deletable=describe.deletable,
    )


def _field(one: FieldDescribe) -> FieldShape:
    refers_to = tuple(one.reference_to)
    return FieldShape(
        name=one.name,
        type=one.type,
        createable=one.createable and not one.calculated and not one.auto_number,
        updateable=one.updateable and not one.calculated and not one.auto_number,
        nillable=one.nillable,
        refers_to=refers_to,
        relationship=one.relationship_name or "",
        master_detail=one.master_detail,
        unique=one.unique or one.id_lookup,
        case_sensitive=one.case_sensitive,
    )
