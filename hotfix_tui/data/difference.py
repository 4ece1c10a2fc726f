"""What has to be sent so that a row of one org equals its counterpart of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hotfix_tui.data.data_set import ObjectSpec
from hotfix_tui.data.people import named_id
from hotfix_tui.data.platform_rules import read_only_now
from hotfix_tui.data.rows import (
    NAMED,
    PERSON_CONTACT,
    RECORD_TYPE,
    USER,
    DataRows,
    Ref,
    Row,
    Scalar,
    row_behind,
    words_for,
)
from hotfix_tui.data.shape import FieldShape
from hotfix_tui.data.values import same_ref, same_value

OWNER = "OwnerId"


@dataclass
class Notes:
    """What could not be carried, counted, so that one sentence tells of many rows."""

    missing_fields: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    owners: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    fixed: Counter[str] = field(default_factory=Counter)
    parents: Counter[str] = field(default_factory=Counter)
    record_types: Counter[str] = field(default_factory=Counter)

    def sentences(self, org: str) -> list[str]:
        """Sentences for people, the most rows first."""
        texts = {
            "missing_fields": f"{{}} is not in {org} (or our user cannot see it): not sent for {{}}",
            "outside": "{} refers to records outside the data set: left as it is for {}",
            "owners": f"{{}} is not an active user or queue of {org}: our user becomes the owner of {{}}",
            "replaced": "{} becomes the owner of {}",
            "people": f"{{}} is not an active user or queue of {org}: the lookup is left as it is for {{}}",
            "fixed": "{} differs and cannot be changed after creation: left as it is for {}",
            "parents": f"{{}} is not in {org}: the lookup to it is left empty for {{}}",
        }
        return [
            text.format(what, "1 row" if count == 1 else f"{count:,} rows")
            for name, text in texts.items()
            for what, count in getattr(self, name).most_common()
        ]


@dataclass(slots=True)
class Sending:
    """The part of a row that has to be sent; `changes`: how it reads, for a row that is there already."""

    values: dict[str, Scalar] = field(default_factory=dict)
    refs: dict[str, Ref | None] = field(default_factory=dict)
    changes: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    reason: str = ""


class Differ:
    """Compares rows of `source` with those of `target` for one object.

    `will_be`: whether a parent will be there by then. `owners`: who owns a row that is there already is compared too.
    `instead`: who owns a new row whose owner `target` does not have, the first of them that it has.
    """

    def __init__(
        self,
        source: DataRows,
        target: DataRows,
        spec: ObjectSpec,
        notes: Notes,
        will_be: Callable[[Ref], bool],
        *,
        owners: bool = False,
        instead: Sequence[Ref] = (),
    ) -> None:
        self._target, self._spec, self._notes = target, spec, notes
        self._will_be, self._owners, self._instead = will_be, owners, instead
        self._both = source.sandbox and target.sandbox
        self._people: dict[Ref, bool] = {}
        rows = source.objects[spec.name]
        self._there = target.objects[spec.name].shape
        self._fields = rows.shape.carried(rows.skip)

    def sending(self, row: Row, theirs: Row | None) -> Sending:
        """What `row` needs; `theirs` is None for an insert."""
        result = Sending()
        if theirs is not None and self._alike(row, theirs):
            return result
        not_now = read_only_now(self._spec.name, row.fields)
        for here in self._fields:
            there = self._there.fields.get(here.name)
            if here.name in not_now:
                continue
            if there is None or not there.writable:
                if _has_value(row, here.name):
                    self._notes.missing_fields[f"{self._spec.name}.{here.name}"] += 1
            elif here.is_lookup:
                self._lookup(row, theirs, there, result)
            else:
                self._scalar(row, theirs, there, result)
        return result

    def _alike(self, row: Row, theirs: Row) -> bool:
        """Whether two rows are equal at a glance: so are nearly all when a seed is repeated."""
        if row.fields != theirs.fields or row.outside or theirs.outside:
            return False
        if row.lookups == theirs.lookups:
            return True
        if self._owners or row.lookups.keys() != theirs.lookups.keys():
            return False
        return all(ref == theirs.lookups[name] for name, ref in row.lookups.items() if name != OWNER)

    def _scalar(self, row: Row, theirs: Row | None, there: FieldShape, result: Sending) -> None:
        ours = row.fields.get(there.name)
        if theirs is None:
            if there.createable and (ours is not None or there.nillable):
                result.values[there.name] = ours
            return
        other = theirs.fields.get(there.name)
        if same_value(ours, other, there.type):
            return
        if self._can_change(there):
            result.values[there.name] = ours
            result.changes[there.name] = (other, ours)

    def _lookup(self, row: Row, theirs: Row | None, there: FieldShape, result: Sending) -> None:
        name = there.name
        if name in row.outside:
            self._notes.outside[f"{self._spec.name}.{name}"] += 1
            return
        ours = row.lookups.get(name)
        if theirs is None:
            if name == OWNER and ours is not None:
                ours = self._owner(ours)
            if there.createable and self._resolvable(ours, there, result):
                result.refs[name] = ours
            return
        other = theirs.lookups.get(name)
        if (name == OWNER and not self._owners) or (name not in theirs.outside and self.same(ours, other)):
            return
        if self._can_change(there) and self._resolvable(ours, there, result):
            result.refs[name] = ours
            result.changes[name] = (theirs.outside.get(name) or (other and other[1]), ours and ours[1])

    def _owner(self, ours: Ref) -> Ref:
        """Who owns a new row: its owner, or the first of those named for the case that the target does not have it."""
        if ours[0] not in NAMED or self._known(ours):
            return ours
        found = next((one for one in self._instead if self._known(one)), None)
        if found is None:
            return ours
        self._notes.replaced[f"{ours[1]} is not an active user or queue of {self._target.org}: {found[1]}"] += 1
        return found

    def _known(self, ref: Ref) -> bool:
        known = self._people.get(ref)
        if known is None:
            found = named_id(self._target, ref, self._spec.name, both_sandboxes=self._both)
            known = self._people[ref] = found is not None
        return known

    def same(self, ours: Ref | None, other: Ref | None) -> bool:
        """Whether both lookups name one parent."""
        rows = self._target.objects.get(ours[0]) if ours else None
        if ours and other and ours[0] == other[0] == USER:
            known = named_id(self._target, ours, self._spec.name, both_sandboxes=self._both)
            if known is not None and known == self._target.names[USER].get(other[1]):
                return True  # one person, whatever the username
        fold_case = rows.fold_case if rows else ours is None or ours[0] != PERSON_CONTACT  # folded where that is right
        return same_ref(ours, other, fold_case=fold_case, both_sandboxes=self._both)

    def _can_change(self, there: FieldShape) -> bool:
        if there.updateable and there.name not in self._spec.create_only:
            return True
        self._notes.fixed[f"{self._spec.name}.{there.name}"] += 1
        return False

    def _resolvable(self, ref: Ref | None, there: FieldShape, result: Sending) -> bool:
        """Whether the target has (or will have) the parent; notes the loss, or why the row cannot be sent at all."""
        if ref is None:
            return there.nillable
        if ref[0] in NAMED and ref[0] != PERSON_CONTACT:
            return self._named(ref, there, result)
        if self._will_be(row_behind(ref)) or self._is_there(ref):
            return True
        if there.must_exist:
            result.reason = f"its parent {words_for(ref)} is not in {self._target.org}"
        else:
            self._notes.parents[words_for(ref)] += 1
        return False

    def _is_there(self, ref: Ref) -> bool:
        return ref[1] in self._target.names.get(ref[0], ()) if ref[0] == PERSON_CONTACT else self._target.has(ref)

    def _named(self, ref: Ref, there: FieldShape, result: Sending) -> bool:
        if self._known(ref):
            return True
        if ref[0] == RECORD_TYPE:
            self._notes.record_types[f"{self._spec.name}.{ref[1]}"] += 1
        elif there.name == OWNER:
            self._notes.owners[ref[1]] += 1
        elif ref[0] != USER and there.must_exist:
            result.reason = f"{there.name} needs the {ref[0].lower()} {ref[1]}, which {self._target.org} does not have"
        elif there.must_exist:
            result.reason = f"{there.name} needs {ref[1]}, who is not an active user of {self._target.org}"
        else:
            self._notes.people[ref[1]] += 1
        return False


def folded(rows: DataRows, ref: Ref) -> Ref:
    """`ref` as it is matched in `rows`."""
    known = rows.objects.get(ref[0])
    return ref[0], known.folded(ref[1]) if known else ref[1]


def _has_value(row: Row, name: str) -> bool:
    value = row.fields.get(name)
    return (value is not None and value != "" and value is not False) or bool(row.lookups.get(name))
