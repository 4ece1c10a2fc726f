"""Records as a hotfix compares and writes them: scalar values by field, lookups by the parent's match key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hotfix_tui.data.errors import DuplicateKeys
from hotfix_tui.data.shape import ObjectShape

Scalar = str | int | float | bool | None
Ref = tuple[str, str]
"""(object, match key). Users are ("User", username), queues ("Queue", developer name), record types
("RecordType", developer name), profiles ("Profile", name), the org itself ("Organization", "Organization")."""

USER, QUEUE, RECORD_TYPE, PROFILE, ORGANIZATION = "User", "Queue", "RecordType", "Profile", "Organization"

_SEPARATOR = "|"


def join_key(parts: list[str]) -> str:
    """The parts of a match key as one text: `a|b`. A separator inside a part is escaped, so keys never collide."""
    return _SEPARATOR.join(part.replace("\\", "\\\\").replace(_SEPARATOR, "\\" + _SEPARATOR) for part in parts)


@dataclass(frozen=True, slots=True)
class Row:
    """One record.

    `key`: its match key ("" when blank). `fields`: scalar values as the REST API gives them. `lookups`: field → parent
    as (object, key), None when empty; a parent that the data set cannot name is in `outside` (field → Id) instead.
    `ids`: the Ids behind `lookups` in the org that was read: good for coming back there, never for another org.
    `paths`: parts of the key that are paths through parents.
    `reference`: matched, never written, not counted. `first`: must be written before the object's other rows.
    """

    key: str
    id: str = ""
    fields: dict[str, Scalar] = field(default_factory=dict)
    lookups: dict[str, Ref | None] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Scalar] = field(default_factory=dict)
    second_key: str = ""
    label: str = ""
    modified: str = ""
    reference: bool = False
    first: bool = False

    def image(self) -> dict[str, Scalar]:
        """The record as its own org would take it back: Id, scalars, and lookups as that org's Ids."""
        return {"Id": self.id, **self.fields, **dict.fromkeys(self.lookups), **self.outside, **self.ids}


@dataclass
class ObjectRows:
    """The rows of one object. `rows` is by match key as spelled; `find` does not mind case where the org does not.

    `skip`: fields that are not carried. `masked`: fields whose values are not the records' own, so that two orgs'
    values are not compared. `doubtful`: Ids that match and whose second key does not, so that nothing is matched.
    """

    shape: ObjectShape
    rows: dict[str, Row] = field(default_factory=dict)
    keyless: list[Row] = field(default_factory=list)
    duplicates: dict[str, list[str]] = field(default_factory=dict)
    fold_case: bool = True
    skip: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    _index: dict[str, str] | None = field(default=None, repr=False, compare=False)

    def folded(self, key: str) -> str:
        """`key` as it is matched."""
        return key.casefold() if self.fold_case else key

    def find(self, key: str) -> Row | None:
        """The row with this match key."""
        if self._index is None or len(self._index) != len(self.rows):
            self._index = {self.folded(known): known for known in self.rows}
        known = self._index.get(self.folded(key))
        return None if known is None else self.rows[known]

    def add(self, row: Row) -> None:
        """Takes `row` in by its key; a second row of one key goes to `duplicates`, one without a key to `keyless`."""
        if not row.key:
            self.keyless.append(row)
            return
        there = self.find(row.key)
        if there is None:
            self.rows[row.key] = row
            if self._index is not None:
                self._index[self.folded(row.key)] = row.key
        elif there.id != row.id:
            self.duplicates.setdefault(there.key, [there.id]).append(row.id)

    @property
    def counted(self) -> list[Row]:
        """The rows that are part of the data set (references are not)."""
        return [row for row in self.rows.values() if not row.reference]


@dataclass
class DataRows:
    """What one org holds of a data set.

    `names`: "User", "Queue" and "RecordType" → what the org calls them → Id (record types as `Object.DeveloperName`).
    `sandbox`: its usernames carry a suffix. `missing`: objects of the data set that the org does not have.
    """

    data_set: str
    org: str
    org_id: str
    objects: dict[str, ObjectRows] = field(default_factory=dict)
    names: dict[str, dict[str, str]] = field(default_factory=dict)
    sandbox: bool = False
    missing: tuple[str, ...] = ()

    def __len__(self) -> int:
        return sum(len(rows.counted) for rows in self.objects.values())

    def find(self, ref: Ref) -> Row | None:
        """The row that `ref` names, reference rows included."""
        rows = self.objects.get(ref[0])
        return None if rows is None else rows.find(ref[1])

    def problems(self, *, keyless: bool = False) -> Iterator[str]:
        """Sentences naming rows whose match keys are not unique; with `keyless` also rows that have none.

        A row that is only referred to needs no key: the lookup to it counts as one out of the data set then.
        """
        for name, rows in self.objects.items():
            for key, ids in rows.duplicates.items():
                yield f"{name} {key} is the key of {len(ids)} rows: {', '.join(ids)}"
            without = [row for row in rows.keyless if not row.reference] if keyless else []
            if without:
                named = ", ".join(f"{row.label} ({row.id})" if row.label else row.id for row in without[:5])
                more = f" and {len(without) - 5} more" if len(without) > 5 else ""
                yield f"{name} has {len(without)} without a key: {named}{more}"

    def check_keys(self, *, keyless: bool = False) -> None:
        """Raises DuplicateKeys when a row cannot be told from another by its match key."""
        found = list(self.problems(keyless=keyless))
        if found:
            raise DuplicateKeys(self.org, found)
