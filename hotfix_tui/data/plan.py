"""Makes the plan that brings one org's rows to another: what is inserted, updated or left, and in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.difference import Differ, Notes, Sending, folded
from hotfix_tui.data.gone import deletions
from hotfix_tui.data.keys import KeyPart, key_parts
from hotfix_tui.data.placing import Coming, Order, Placing, WillBe, find_order
from hotfix_tui.data.plan_model import ObjectPlan, Plan, RowPlan, Twin
from hotfix_tui.data.platform_rules import UNIQUE_BY_RULE
from hotfix_tui.data.rows import DataRows, ObjectRows, Ref, Row, Scalar
from hotfix_tui.events import Event, seed, session

__all__ = ["Plan", "make_plan", "plan_events"]

# Rows of one object that a plan lists one by one.
MOST_ROWS_TOLD = 2_000


def make_plan(
    source: DataRows,
    target: DataRows,
    data_set: DataSet,
    *,
    adopt: bool | Collection[str] = False,
    gone: Mapping[str, list[Row]] | None = None,
) -> Plan:
    """What has to be written to `target`'s org so that it holds `source`'s rows.

    `target` comes from `read_matching`. `adopt`: probable twins get the key instead of a second row beside them; all of
    them, or those of these record Ids. `gone`: rows of the target to delete (`read_gone`).
    Rows that are equal are not written, so planning again after a failed write
    gives the rows that failed and no others. Whatever forbids writing is in `blockers`.
    """
    plan = Plan(data_set, target, both_sandboxes=source.sandbox and target.sandbox)
    plan.blockers += source.problems(keyless=True)
    plan.blockers += target.problems()
    plan.blockers += [f"{target.org} does not have the object {name}" for name in target.missing]
    plan.blockers += unknown_fields(source, data_set)
    notes = Notes()
    names = [name for name in data_set.names if name in source.objects and name in target.objects]
    twins = {name: _adopt(plan, name, source.objects[name], target.objects[name], adopt) for name in names}
    order = find_order(plan, source, names)
    inserting = {name for name in names if data_set.spec(name).mode in ("upsert", "insert", "delete")}
    coming = WillBe(source, target, inserting, plan.adopted)
    by_name = {name: _plan_object(plan, source, name, twins[name], notes, order, coming) for name in names}
    plan.objects = [by_name[name] for name in order.names]
    for name, rows in (gone or {}).items():
        for row in deletions(name, rows):
            by_name[name].rows.append(row)
        if not target.objects[name].shape.deletable:
            plan.blockers.append(f"our user cannot delete {name} in {target.org}")
    plan.notes += notes.sentences(target.org)
    plan.notes += [
        f"{len(rows.doubtful):,} rows of {name} have the Id of a row in {target.org} whose second key is another: "
        "left alone"
        for name, rows in target.objects.items()
        if rows.doubtful
    ]
    plan.blockers += [
        f"{target.org} does not have the record type {name}, which {count:,} rows need"
        for name, count in notes.record_types.items()
    ]
    return plan


def plan_events(plan: Plan) -> Iterator[Event]:
    """The plan as facts, in writing order: objects, rows that will be written, twins, findings, the sums."""
    org = plan.target.org
    for one in plan.objects:
        yield seed.ObjectPlanned(
            org=org,
            object=one.object,
            rows=len(one.rows),
            insert=one.rows.count("insert"),
            update=one.rows.count("update"),
            delete=one.rows.count("delete"),
            equal=one.rows.count("equal"),
            reference=one.reference,
            levels=one.tree,
            second_pass=one.second_pass,
        )
    for one in plan.objects:
        for row in islice(one.rows.changing(), MOST_ROWS_TOLD):
            changes = {name: tuple(change) for name, change in row.in_words().items()}
            yield seed.RowPlanned(org=org, object=one.object, key=row.key, act=row.act, changes=changes)
        if one.changing > MOST_ROWS_TOLD:
            text = f"the first {MOST_ROWS_TOLD:,} of {one.changing:,} rows of {one.object} are listed, all are written"
            yield session.Finding(level="info", text=text, org=org)
    for twin in plan.twins:
        yield seed.TwinFound(org=org, object=twin.object, key=twin.key, record_id=twin.record_id, why=twin.why)
    for note in plan.notes:
        yield session.Finding(level="warning", text=note, org=org)
    for blocker in plan.blockers:
        yield session.Finding(level="blocker", text=blocker, org=org)
    yield seed.PlanFinished(
        org=org,
        data_set=plan.data_set.name,
        rows=plan.rows,
        insert=plan.count("insert"),
        update=plan.count("update"),
        delete=plan.count("delete"),
        equal=plan.count("equal"),
        calls=plan.calls,
        size=plan.size,
        blockers=tuple(plan.blockers),
        storage_left=plan.storage_left,
    )


def unknown_fields(source: DataRows, data_set: DataSet) -> list[str]:
    """A sentence for each field that the data set names and the source does not have."""
    return [
        f"{spec.name}.{field} is not in {source.org} (or our user cannot see it); the data set names it"
        for spec in data_set.objects
        if spec.name in source.objects
        for field in dict.fromkeys((*spec.fields, *spec.masked))
        if field not in source.objects[spec.name].shape.fields
    ]


def _adopt(
    plan: Plan, name: str, rows: ObjectRows, theirs: ObjectRows, adopt: bool | Collection[str]
) -> dict[str, Row]:
    """Names the probable twins of rows that have no counterpart; those that a person said to adopt, by their key."""
    twins = _Twins(plan, name, rows, theirs, adopt)
    adopted: dict[str, Row] = {}
    for row in rows.counted if twins else ():
        there = twins.of(row) if theirs.find(row.key) is None else None
        if there is not None:
            adopted[row.key] = there
    return adopted


class _Twins:
    """Rows of the target without a key, by their second key."""

    def __init__(
        self, plan: Plan, name: str, rows: ObjectRows, theirs: ObjectRows, adopt: bool | Collection[str]
    ) -> None:
        self._plan, self._name, self._adopt = plan, name, adopt
        self._fields = " and ".join(plan.data_set.spec(name).second_key)
        self._there: dict[str, list[Row]] = defaultdict(list)
        for row in theirs.keyless:
            if row.second_key:
                self._there[row.second_key.casefold()].append(row)
        counted = rows.counted if self._there else ()
        self._wanted = Counter(row.second_key.casefold() for row in counted if row.second_key)

    def __bool__(self) -> bool:
        return bool(self._there)

    def of(self, row: Row) -> Row | None:
        """The twin to adopt for `row`, if there is one and a person agreed."""
        second = row.second_key.casefold()
        twins = self._there.get(second, []) if second else []
        agreed = [one for one in twins if self._adopt is True or (self._adopt and one.id in self._adopt)]
        alone = len(twins) == 1 and self._wanted[second] == 1
        for one in twins:
            why = f"it has no key and the same {self._fields} ({row.second_key})"
            if not alone:
                why += f", and is one of {len(twins)} such rows" if len(twins) > 1 else ", which two rows have"
            self._plan.twins.append(Twin(self._name, row.key, one.id, why, adopted=alone and one in agreed))
        if agreed and not alone:
            ids = ", ".join(one.id for one in twins)
            self._plan.blockers.append(f"{self._name} {row.key} could be any of {ids}: give one its key by hand")
        if not agreed or not alone:
            return None
        self._plan.adopted[folded(self._plan.target, (self._name, row.key))] = agreed[0].id
        return agreed[0]


def _plan_object(
    plan: Plan, source: DataRows, name: str, twins: Mapping[str, Row], notes: Notes, order: Order, coming: Coming
) -> ObjectPlan:
    spec, shape, rows = plan.data_set.spec(name), plan.target.objects[name].shape, source.objects[name]
    result = ObjectPlan(name, reference=len(rows.rows) - len(rows.counted))
    key_fields = [shape.fields[path] for path in spec.key if path in shape.fields]
    result.key_unique = name in UNIQUE_BY_RULE or (len(spec.key) == 1 and any(one.unique for one in key_fields))

    def there_by_then(ref: Ref) -> bool:
        return coming(ref) or (bool(plan.adopted) and folded(plan.target, ref) in plan.adopted)

    differ = Differ(source, plan.target, spec, notes, there_by_then, instead=plan.data_set.fallback_owners)
    shapes = {known: one.shape for known, one in plan.target.objects.items()}
    parts = key_parts(spec, shapes, plan.data_set)
    placing = Placing(result, rows, plan.target, order, coming)
    absent = 0
    for row in rows.counted:
        theirs = plan.target.objects[name].find(row.key) or twins.get(row.key)
        if theirs is None and spec.mode == "update":
            absent += 1
            continue
        sending = Sending() if theirs is not None and spec.mode == "insert" else differ.sending(row, theirs)
        planned = row_plan(name, row, theirs, sending)
        if planned.act == "insert":
            planned.match = match_fields(row, parts)
        placing.add(planned, row)
    placing.settle()
    if absent:
        plan.notes.append(f"{absent:,} rows of {name} are not in {plan.target.org}; the data set only updates them")
    if result.rows.count("insert") and not shape.createable:
        plan.blockers.append(f"our user cannot create {name} in {plan.target.org}")
    if result.rows.count("update") and not shape.updateable:
        plan.blockers.append(f"our user cannot edit {name} in {plan.target.org}")
    return result


def match_fields(row: Row, parts: list[KeyPart]) -> dict[str, Scalar | Ref]:
    """The values that `row`'s key is made of, lookups by the parent's key."""
    found: dict[str, Scalar | Ref] = {}
    for part in (one for one in parts if one.asked):
        value = row.lookups.get(part.path) if part.parents else row.paths.get(part.path, row.fields.get(part.path))
        if value is not None:
            found[part.path] = value
    return found


def row_plan(name: str, row: Row, theirs: Row | None, sending: Sending) -> RowPlan:
    """The part of one row: an insert without `theirs`, else an update, or nothing when they are equal."""
    result = RowPlan(name, row.key, "insert", values=sending.values, refs=sending.refs, reason=sending.reason)
    if theirs is not None:
        result.id = theirs.id
        result.act = "update" if sending.changes else "equal"
        result.adopted = not theirs.key
        if sending.changes:
            image = theirs.image()
            result.changes = sending.changes
            result.before = {"Id": theirs.id, **{field: image.get(field) for field in sending.changes}}
    return result
