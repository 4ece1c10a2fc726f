"""Relationships between objects, from describe calls, and a data set as what a person has ticked among them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.shape import SYSTEM_FIELDS

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import FieldDescribe, ObjectDescribe

BY_NAME = frozenset({"User", "Group", "RecordType", "Profile", "Organization"})
"""Objects whose rows are matched by name in every org and are part of no data set."""

# Written by Salesforce beside an object's rows: sharing follows from rules, the others cannot be inserted.
_ATTENDANTS = ("Share", "History", "Feed", "ChangeEvent", "Tag")


@dataclass(frozen=True)
class Link:
    """The lookup `field` of `owner`, from one of its two ends. `object` is the other end.

    `parent`: seen from `owner`, so `object` is a parent; else from the parent, and `object` is `owner`. `required`: a
    row cannot be without it. `polymorphic`: all objects the lookup may name, when more than one.
    """

    kind: Literal["parent", "child"]
    owner: str
    field: str
    object: str
    required: bool = False
    master_detail: bool = False
    self_lookup: bool = False
    polymorphic: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What names the link among those of one object."""
        return f"{'>' if self.kind == 'parent' else '<'}{self.owner}.{self.field}:{self.object}"

    def words(self, *, short: bool = False) -> str:
        """As people read it: `child by Course__c, master-detail`; `short`: MD."""
        said = [f"parent by {self.field}" if self.kind == "parent" else f"child by {self.field}"]
        if self.master_detail:
            said.append("MD" if short else "master-detail")
        elif self.required:
            said.append("required")
        if self.self_lookup:
            said.append("self")
        if self.polymorphic:
            said.append(f"may be {' or '.join(self.polymorphic[:3])}{' …' if len(self.polymorphic) > 3 else ''}")
        return ", ".join(said)


def parents(describe: ObjectDescribe) -> list[Link]:
    """The lookups of an object that can be written, required ones first. Users, queues and record types are none."""
    found = [link for field in describe.fields.values() if _carried(field) for link in _parent_links(describe, field)]
    return sorted(found, key=lambda one: (not one.required, one.field, one.object))


def _carried(field: FieldDescribe) -> bool:
    writable = (field.createable or field.updateable) and not field.calculated
    return field.type == "reference" and writable and field.name not in SYSTEM_FIELDS


def _parent_links(describe: ObjectDescribe, field: FieldDescribe) -> Iterable[Link]:
    for name in field.reference_to:
        if name in BY_NAME:
            continue
        yield Link(
            "parent",
            describe.name,
            field.name,
            name,
            required=field.master_detail or field.required,
            master_detail=field.master_detail,
            self_lookup=name == describe.name,
            polymorphic=field.reference_to if len(field.reference_to) > 1 else (),
        )


def children(describe: ObjectDescribe, writable: Collection[str] = ()) -> list[Link]:
    """The lookups of other objects to this one, those that a delete cascades over first.

    `writable`: objects whose rows our user can create (from describe_global); empty: not known, all are given. What
    Salesforce itself writes beside the rows (shares, history, feeds, change events) is left out. A child's own describe
    tells more of its lookup; `learned` adds it.
    """
    found = [
        Link(
            "child",
            one.child,
            one.field,
            one.child,
            master_detail=one.cascade_delete and one.child.endswith("__c"),
            self_lookup=one.child == describe.name,
        )
        for one in describe.child_relationships
        if not one.child.endswith(_ATTENDANTS) and one.child not in BY_NAME and (not writable or one.child in writable)
    ]
    order = {one.child: not one.cascade_delete for one in reversed(describe.child_relationships)}
    return sorted(dict.fromkeys(found), key=lambda one: (order[one.object], one.object, one.field))


def learned(link: Link, describe: ObjectDescribe) -> Link:
    """`link` (a child's) with what the child's own describe says of the lookup."""
    field = describe.fields.get(link.field)
    if field is None or link.kind == "parent":
        return link
    return replace(
        link,
        required=field.master_detail or field.required,
        master_detail=field.master_detail,
        polymorphic=field.reference_to if len(field.reference_to) > 1 else (),
    )


def ticked(data_set: DataSet, link: Link) -> bool:
    """Whether the data set follows `link`."""
    spec = _spec(data_set, link.object)
    if spec is None:
        return False
    return link.field in spec.children_of if link.kind == "child" else (link.owner, link.field) in spec.parents_of


def tick(data_set: DataSet, link: Link, key: tuple[str, ...] = ()) -> DataSet:
    """The data set following `link` too. `key`: the match key of the object when it is new."""
    spec = _spec(data_set, link.object)
    if spec is None:
        data_set = replace(data_set, objects=(*data_set.objects, ObjectSpec(link.object, key)))
    if ticked(data_set, link):
        return data_set
    spec = data_set.spec(link.object)
    if link.kind == "child":
        return with_spec(data_set, replace(spec, children_of=(*spec.children_of, link.field)))
    return with_spec(data_set, replace(spec, parents_of=(*spec.parents_of, (link.owner, link.field))))


Names = Callable[[str, str], Collection[str]]
"""(object, lookup) → the objects that the lookup may name; none when that is not known."""


def untick(data_set: DataSet, link: Link, names: Names) -> DataSet:
    """The data set without `link`, and without objects of which nothing would be read any more."""
    spec = _spec(data_set, link.object)
    if spec is None:
        return data_set
    children_of = tuple(one for one in spec.children_of if link.kind != "child" or one != link.field)
    parents_of = tuple(one for one in spec.parents_of if link.kind != "parent" or one != (link.owner, link.field))
    return pruned(with_spec(data_set, replace(spec, children_of=children_of, parents_of=parents_of)), names)


def pruned(data_set: DataSet, names: Names) -> DataSet:
    """The data set without objects that no root leads to, and without lookups of what is not in it."""
    read = {one.name for one in data_set.objects if one.root}
    while True:
        more = {one.name for one in data_set.objects if one.name not in read and _led_to(one, read, names)}
        if not more:
            break
        read |= more
    kept = [one for one in data_set.objects if one.name in read]
    return replace(
        data_set,
        objects=tuple(
            replace(
                one,
                parents_of=tuple(pair for pair in one.parents_of if pair[0] in read),
                children_of=tuple(field for field in one.children_of if _known(one.name, field, read, names)),
            )
            for one in kept
        ),
    )


def _led_to(spec: ObjectSpec, read: Collection[str], names: Names) -> bool:
    if any(owner in read for owner, _ in spec.parents_of):
        return True
    return any(_known(spec.name, field, read, names) for field in spec.children_of)


def _known(name: str, field: str, read: Collection[str], names: Names) -> bool:
    """Whether a lookup names an object that is read; where nobody knows what it names, it may."""
    objects = names(name, field)
    return bool(read) and (not objects or any(one in read for one in objects))


def required(data_set: DataSet, describe: ObjectDescribe) -> list[Link]:
    """The parents that rows of this object cannot be without and that the data set does not read yet.

    A lookup by which the rows themselves are found needs no tick: its parent is there. One that may name several
    objects is left to a person.
    """
    spec = _spec(data_set, describe.name)
    found_by = spec.children_of if spec else ()
    return [
        one
        for one in parents(describe)
        if one.required and not one.polymorphic and one.field not in found_by and not ticked(data_set, one)
    ]


def with_spec(data_set: DataSet, spec: ObjectSpec) -> DataSet:
    """The data set with `spec` in the place of the one of this name, or at the end."""
    if _spec(data_set, spec.name) is None:
        return replace(data_set, objects=(*data_set.objects, spec))
    return replace(data_set, objects=tuple(spec if one.name == spec.name else one for one in data_set.objects))


def _spec(data_set: DataSet, name: str) -> ObjectSpec | None:
    return next((one for one in data_set.objects if one.name == name), None)


def count_soql(spec: ObjectSpec) -> str:
    """A query that counts the rows of an object that meet its condition, below whichever parents."""
    return f"SELECT COUNT() FROM {spec.name}" + (f" WHERE ({spec.where})" if spec.where else "")  # noqa: S608
