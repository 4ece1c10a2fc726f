"""Data sets: which records belong together, written by a person in TOML.

```toml
v = 1
name = "Open courses"
bypass_permission_set = "Course_Load"       # optional: assigned to our user where automations are not switched off
mask_seed = "any text"                      # optional: fakes and hashes of the same seed are the same in every run
owner_fallback = ["ann@acme.example", "Pricing"]  # optional: users, queues; who owns rows whose owner is not there

[[object]]
name = "Course__c"
root = true                                 # read by `where` (all rows without it)
where = "Open__c = true"                    # of an object that is no root: a further condition
order_by = "Name DESC"                      # with `limit`: which rows are the first (by Id without it)
limit = 50                                  # at most so many rows of a root or of children, all parents together
key = ["Course_Key__c"]                     # match key: fields, lookups (the parent's key) or dotted parent paths
second_key = ["Course_Code__c"]             # equal in a row without a key: probably the same row typed by hand

[[object]]
name = "Lesson__c"
children_of = ["Course__c"]                 # lookups of this object: the parents read bring their children
parents_of = ["Exercise__c.Lesson__c"]      # lookups elsewhere: only rows that are referred to are read
mode = "upsert"                             # or insert, update, reference, delete (upsert, and what is gone is deleted)
reference_where = "Template__c = true"      # rows that are matched, never written and not counted
fields = ["Name", "Hours__c"]               # only these are carried, beside keys and parents it cannot be without
create_only = ["Course__c"]                 # never sent on update
skip_fields = ["Notes__c"]

[object.masks]                              # applied before a value leaves the org it is read from
Teacher__c = "fake"                         # a value of the same type, the same for the same value and seed
Email__c = "hash"                           # hexadecimal digits
Birthday__c = "null"
Remarks__c = { constant = "removed" }

[[production_change]]                       # records that only production gets, before it is opened again
name = "booked seats to be checked"
object = "Seat__c"
where = "Booked__c = true"
set = { Check__c = "needed" }

[[containment]]                             # what was switched off by hand in the incident; undone last
```

`key = ["Id"]` is for rows that a sandbox was copied with: it needs a `second_key`, which must agree, and a mode that
inserts nothing (update or reference), because an inserted row gets an Id of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hotfix_tui.data.rows import Scalar

if TYPE_CHECKING:
    from hotfix_tui.data.shape import ObjectShape

Mode = Literal["upsert", "insert", "update", "reference", "delete"]
MaskKind = Literal["fake", "hash", "null", "constant"]

ID = "Id"


@dataclass(frozen=True)
class Mask:
    """What is carried instead of the values of `field`. `constant` counts only for that kind. An empty value stays."""

    field: str
    kind: MaskKind
    constant: Scalar = None


@dataclass(frozen=True)
class ObjectSpec:
    """One `[[object]]` of a data set; the fields are those of the file."""

    name: str
    key: tuple[str, ...]
    root: bool = False
    where: str = ""
    children_of: tuple[str, ...] = ()
    parents_of: tuple[tuple[str, str], ...] = ()
    second_key: tuple[str, ...] = ()
    mode: Mode = "upsert"
    reference_where: str = ""
    create_only: tuple[str, ...] = ()
    skip_fields: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    limit: int = 0
    order_by: str = ""
    masks: tuple[Mask, ...] = ()

    @property
    def by_id(self) -> bool:
        """Whether rows are matched by their Id, confirmed by the second key."""
        return self.key == (ID,)

    @property
    def masked(self) -> tuple[str, ...]:
        """The fields with a mask."""
        return tuple(one.field for one in self.masks)


@dataclass(frozen=True)
class RecordChange:
    """One `[[production_change]]` or `[[containment]]`: rows of `object` found by `where` get the values of `set`."""

    name: str
    object: str
    where: str
    set: dict[str, Scalar]
    purpose: Literal["change", "containment"] = "change"


@dataclass(frozen=True)
class DataSet:
    """A data set as read from `path`."""

    name: str
    objects: tuple[ObjectSpec, ...]
    bypass_permission_set: str = ""
    mask_seed: str = ""
    production_changes: tuple[RecordChange, ...] = ()
    containment: tuple[RecordChange, ...] = ()
    path: Path = field(default=Path(), compare=False)
    owner_fallback: tuple[str, ...] = ()

    def spec(self, name: str) -> ObjectSpec:
        """The `[[object]]` of this name. Raises KeyError."""
        for one in self.objects:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All its objects, in the file's order."""
        return tuple(one.name for one in self.objects)

    @property
    def fallback_owners(self) -> tuple[tuple[str, str], ...]:
        """Who owns rows whose owner the target does not have, in order: what has an @ is a username, else a queue."""
        return tuple(("User" if "@" in name else "Queue", name) for name in self.owner_fallback)

    def left_out(self, spec: ObjectSpec, shape: ObjectShape) -> tuple[str, ...]:
        """The fields of `shape` that are not carried.

        With `fields`, all but those, the match keys, the lookups that rows are found by and the parents that a row
        cannot be without.
        """
        if not spec.fields:
            return spec.skip_fields
        links = {field for one in self.objects for name, field in one.parents_of if name == spec.name}
        kept = links | {*spec.fields, *spec.key, *spec.second_key, *spec.children_of}
        paths = {path.split(".")[0] for path in spec.key if "." in path}
        kept |= {one.name for one in shape.fields.values() if one.must_exist or one.relationship in paths}
        return tuple(one for one in shape.fields if one not in kept or one in spec.skip_fields)

    @property
    def written(self) -> tuple[str, ...]:
        """The objects whose rows may be written."""
        return tuple(one.name for one in self.objects if one.mode != "reference")


def templates() -> Path:
    """The folder of the data sets that come with the program."""
    return Path(str(resources.files("hotfix_tui.data") / "templates"))


def available(folders: Iterable[Path] = ()) -> dict[str, Path]:
    """Data sets by file name without suffix: those of `folders`, then the templates; the first of a name counts."""
    found: dict[str, Path] = {}
    for folder in (*folders, templates()):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            found.setdefault(path.stem, path)
    return found
