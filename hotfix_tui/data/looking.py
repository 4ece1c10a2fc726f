"""Whether an org already holds every row of a large source just so, found out without keeping any of its rows.

Most runs of a seed end so: the reading back after it was written, and each repetition. Rows are compared as they come.
The first that differs, or anything that needs more than a look, leaves it to the ordinary way, which says what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hotfix_tui.data import spool
from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.difference import OWNER
from hotfix_tui.data.fetching import Fetcher, Record
from hotfix_tui.data.keys import make_key
from hotfix_tui.data.people import read_people, read_record_types
from hotfix_tui.data.persons import person_columns
from hotfix_tui.data.plan import unknown_fields
from hotfix_tui.data.plan_model import ObjectPlan, Plan
from hotfix_tui.data.platform_rules import read_only_now
from hotfix_tui.data.read import fetch_matching
from hotfix_tui.data.row_plans import RowPlans
from hotfix_tui.data.rows import NAMED, RECORD_TYPE, DataRows, ObjectRows, Ref, Row
from hotfix_tui.data.values import same_ref, same_value

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_FIRST_ROWS = 100


class _Differs(Exception):
    """At least one row is not there just so, or a look cannot tell."""


async def nothing_to_write(org: Org, data_set: DataSet, source: DataRows) -> Plan | None:
    """A plan that counts all of `source`'s rows as equal; None when not all are, or when a look cannot tell.

    Only for more rows than are kept in memory: few are planned at once. Raises what reading raises.
    """
    if len(source) <= spool.MOST_IN_MEMORY:
        return None
    target = DataRows(data_set.name, org.alias, org.org_id, sandbox=org.kind.sandbox)
    look = _Look(org, data_set, source)
    try:
        await look.prepare()
        look.check_fit()
        await look.compare()
    except _Differs:
        return None
    plan = Plan(data_set, target, both_sandboxes=source.sandbox and target.sandbox)
    for name in data_set.names:
        rows = source.objects[name]
        counted = len(rows.counted)
        plan.objects.append(ObjectPlan(name, RowPlans(equal=counted), reference=len(rows.rows) - counted))
    return plan


class _Look(Fetcher):
    """Reads the counterparts of `source`'s rows and compares each as it comes. Methods raise _Differs."""

    def __init__(self, org: Org, data_set: DataSet, source: DataRows) -> None:
        super().__init__(org, data_set)
        self._source = source
        self._types: dict[str, str] = {}
        self._named: set[str] = set()  # objects whose rows are referred to
        self._people: dict[str, Ref] = {}  # Ids here, and what the source says they are
        self._expected = spool.spooled_words()  # Ids here whose rows have not come yet, and the keys they must have
        self._seen = bytearray()
        self._count = 0

    def check_fit(self) -> None:
        """Whether a look can tell at all: what needs a note, a decision or a second look is not for it."""
        if self.missing or unknown_fields(self._source, self.data_set):
            raise _Differs
        self._named = {kind for rows in self._source.objects.values() for _, kind in rows.used}
        self._named |= {name for parts in self.parts.values() for part in parts for name in part.parents}
        for spec in self.specs:
            rows, shape = self._source.objects.get(spec.name), self.shapes[spec.name]
            if rows is None or rows.keyless or rows.duplicates or person_columns(shape):
                raise _Differs
            if spec.mode == "delete" or spec.by_id or spec.masked or spec.reference_where:
                raise _Differs
            for field in rows.shape.carried(rows.skip):
                there = shape.fields.get(field.name)
                if there is None or not there.writable:
                    raise _Differs

    async def compare(self) -> None:
        """All objects, those first whose keys others are made of; before that a few rows of each."""
        self._types, _ = await read_record_types(self.org, self.data_set.names)
        for name in self.key_order:
            rows = self._source.objects[name]
            few = ObjectRows(rows.shape, fold_case=rows.fold_case)
            for row in rows.rows.values():
                few.add(row)
                if len(few.rows) == _FIRST_ROWS:
                    break
            await self._compare(self.data_set.spec(name), few)
        for name in self.key_order:
            await self._compare(self.data_set.spec(name), self._source.objects[name])
        for record_id, expected in self._expected.items():
            if self.keys.get(record_id, "") != expected:
                raise _Differs
        people = await read_people(self.org, self._people)
        both = self._source.sandbox and self.org.kind.sandbox
        for record_id, ref in self._people.items():
            if not same_ref(ref, people.get(record_id), both_sandboxes=both):
                raise _Differs

    async def _compare(self, spec: ObjectSpec, rows: ObjectRows) -> None:
        self._seen, self._count = bytearray(), 0
        await fetch_matching(self, spec, rows)
        if self._count < len(rows.rows):
            raise _Differs

    def taker(self, spec: ObjectSpec) -> Callable[[Record], bool]:
        """What compares each row of `spec` as it comes."""
        rows, parts = self._source.objects[spec.name], self.parts[spec.name]
        scalars, lookups = self._compared(spec.name, rows)
        named = spec.name in self._named

        def take(record: Record) -> bool:
            key = make_key(record, parts, self.keys)
            found = rows.numbered(key) if key else None
            if found is None:
                return False  # only a part of its key is a row's
            number, row = found
            self._note(number)
            if named:
                self.keys[record["Id"]] = rows.folded(key)
            if row.reference:
                return True
            for name, kind in scalars:
                ours, theirs = row.fields.get(name), record.get(name)
                if ours != theirs and not (
                    same_value(ours, theirs, kind) or name in read_only_now(spec.name, row.fields)
                ):
                    raise _Differs
            for name in lookups:
                self._lookup(row, name, record.get(name))
            return True

        return take

    def _compared(self, name: str, rows: ObjectRows) -> tuple[list[tuple[str, str]], list[str]]:
        carried = [self.shapes[name].fields[one.name] for one in rows.shape.carried(rows.skip)]
        scalars = [(one.name, one.type) for one in carried if not one.is_lookup]
        # Who owns a row that is there is its org's own affair.
        return scalars, [one.name for one in carried if one.is_lookup and one.name != OWNER]

    def _note(self, number: int) -> None:
        """Counts a row of the source that has its counterpart; a second one is for the ordinary way to name."""
        if number >= len(self._seen):
            self._seen.extend(bytes(number + 1024 - len(self._seen)))
        if self._seen[number]:
            raise _Differs
        self._seen[number] = 1
        self._count += 1

    def _lookup(self, row: Row, name: str, there: str | None) -> None:
        ours = row.lookups.get(name)
        if ours is None or not there:
            if ours is not None or there or name in row.outside:
                raise _Differs
        elif ours[0] == RECORD_TYPE:
            if self._types.get(there) != ours[1]:
                raise _Differs
        elif ours[0] in NAMED:
            if self._people.setdefault(there, ours) != ours:
                raise _Differs
        else:
            self._parent(ours, there)

    def _parent(self, ours: Ref, there: str) -> None:
        rows = self._source.objects[ours[0]]
        expected = rows.folded(ours[1])
        if not there.startswith(self.shapes[ours[0]].key_prefix):
            raise _Differs
        known = self.keys.get(there)
        if known is None:
            known = self._expected.get(there)
            if known is None:
                self._expected[there] = known = expected
        if known != expected:
            raise _Differs
