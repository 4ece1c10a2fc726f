"""Makes the plan that brings one org's rows to another: what is inserted, updated or left, and in which order."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping

from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.difference import Differ, Notes, Sending, folded
from hotfix_tui.data.gone import deletions
from hotfix_tui.data.keys import KeyPart, key_parts
from hotfix_tui.data.ordering import Edge, NoOrder, object_order, row_levels
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
    plan.blockers += _unknown_fields(source, data_set)
    notes = Notes()
    matches = _match(plan, source, adopt, notes)
    will_be = {
        folded(target, (name, row.key))
        for name, pairs in matches.items()
        for row, theirs in pairs
        if theirs is None and data_set.spec(name).mode in ("upsert", "insert", "delete")
    }
    by_name = {name: _plan_object(plan, source, name, pairs, notes, will_be) for name, pairs in matches.items()}
    put_in_order(plan, source, by_name, will_be)
    for name, rows in (gone or {}).items():
        by_name[name].rows += deletions(name, rows)
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
            insert=len(one.of("insert")),
            update=len(one.of("update")),
            delete=len(one.of("delete")),
            equal=len(one.of("equal")),
            reference=one.reference,
            levels=one.tree,
            second_pass=one.second_pass,
        )
    for one in plan.objects:
        written = [row for row in one.rows if row.act != "equal"]
        for row in written[:MOST_ROWS_TOLD]:
            changes = {name: tuple(change) for name, change in row.in_words().items()}
            yield seed.RowPlanned(org=org, object=one.object, key=row.key, act=row.act, changes=changes)
        if len(written) > MOST_ROWS_TOLD:
            text = f"the first {MOST_ROWS_TOLD:,} of {len(written):,} rows of {one.object} are listed, all are written"
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


def _unknown_fields(source: DataRows, data_set: DataSet) -> list[str]:
    return [
        f"{spec.name}.{field} is not in {source.org} (or our user cannot see it); the data set names it"
        for spec in data_set.objects
        if spec.name in source.objects
        for field in dict.fromkeys((*spec.fields, *spec.masked))
        if field not in source.objects[spec.name].shape.fields
    ]


_Pairs = list[tuple[Row, Row | None]]


def _match(plan: Plan, source: DataRows, adopt: bool | Collection[str], notes: Notes) -> dict[str, _Pairs]:
    """Each counted row of the source with its counterpart; twins are adopted here when a person said so."""
    matches: dict[str, _Pairs] = {}
    for name in plan.data_set.names:
        rows, theirs = source.objects.get(name), plan.target.objects.get(name)
        if rows is None or theirs is None:
            continue
        twins = _Twins(plan, name, rows, theirs, adopt)
        pairs: _Pairs = []
        for row in rows.counted:
            there = theirs.find(row.key)
            pairs.append((row, there if there is not None else twins.of(row)))
        matches[name] = pairs
    return matches


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
        self._wanted = Counter(row.second_key.casefold() for row in rows.counted if row.second_key)

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


def _plan_object(plan: Plan, source: DataRows, name: str, pairs: _Pairs, notes: Notes, will_be: set[Ref]) -> ObjectPlan:
    spec, shape = plan.data_set.spec(name), plan.target.objects[name].shape
    result = ObjectPlan(name, reference=len(source.objects[name].rows) - len(source.objects[name].counted))
    key_fields = [shape.fields[path] for path in spec.key if path in shape.fields]
    result.key_unique = name in UNIQUE_BY_RULE or (len(spec.key) == 1 and any(one.unique for one in key_fields))
    instead = plan.data_set.fallback_owners
    differ = Differ(source, plan.target, spec, notes, will_be | plan.adopted.keys(), instead=instead)
    shapes = {known: rows.shape for known, rows in plan.target.objects.items()}
    parts = key_parts(spec, shapes, plan.data_set)
    absent = 0
    for row, theirs in pairs:
        if theirs is None and spec.mode == "update":
            absent += 1
            continue
        sending = Sending() if theirs is not None and spec.mode == "insert" else differ.sending(row, theirs)
        planned = row_plan(name, row, theirs, sending)
        if planned.act == "insert":
            planned.match = match_fields(row, parts)
        result.rows.append(planned)
    if absent:
        plan.notes.append(f"{absent:,} rows of {name} are not in {plan.target.org}; the data set only updates them")
    if result.of("insert") and not shape.createable:
        plan.blockers.append(f"our user cannot create {name} in {plan.target.org}")
    if result.of("update") and not shape.updateable:
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


def put_in_order(plan: Plan, source: DataRows, by_name: dict[str, ObjectPlan], will_be: set[Ref]) -> None:
    """Puts objects, levels and the second pass in place. `will_be`: rows that the plan inserts, folded."""
    try:
        names, deferred = object_order(list(by_name), _used_lookups(source, plan.target, by_name))
    except NoOrder as error:
        plan.blockers.append(f"no order of writing exists: {error}")
        names, deferred = list(by_name), []
    plan.objects = [by_name[name] for name in names]
    waiting = {(edge.child, edge.field, edge.parent) for edge in deferred}
    for one in plan.objects:
        _put_later(one, plan.target, waiting, will_be)
        _set_levels(one, source.objects[one.object], plan.target, will_be)
        one.second_pass = tuple(dict.fromkeys(name for row in one.rows for name in row.later))


def _used_lookups(source: DataRows, target: DataRows, by_name: dict[str, ObjectPlan]) -> list[Edge]:
    """The lookups between objects of the data set that at least one row uses."""
    edges: dict[tuple[str, str, str], Edge] = {}
    for name in by_name:
        fields = target.objects[name].shape.fields
        for row in source.objects[name].counted:
            for field, ref in row.lookups.items():
                if ref is not None and ref[0] in by_name and field in fields:
                    edges[name, field, ref[0]] = Edge(name, field, ref[0], fields[field].must_exist)
    return list(edges.values())


def _put_later(one: ObjectPlan, target: DataRows, waiting: set[tuple[str, str, str]], will_be: set[Ref]) -> None:
    for row in one.rows:
        for field, ref in list(row.refs.items()):
            if ref and (one.object, field, ref[0]) in waiting and folded(target, ref) in will_be:
                row.later[field] = ref
                del row.refs[field]


def _set_levels(one: ObjectPlan, rows: ObjectRows, target: DataRows, will_be: set[Ref]) -> None:
    """Levels by self-lookups. Only rows in a tree are looked at: most objects have none, and there may be a million."""
    whole = _self_lookups(one, rows)
    in_tree = dict.fromkeys([*whole, *(parent for refs in whole.values() for parent in refs.values())])
    depth, _ = row_levels(list(in_tree), whole)
    counts = Counter(depth[key] for key in in_tree if not rows.rows[key].reference)
    counts[0] += len(rows.counted) - counts.total()
    one.tree = tuple(counts[level] for level in sorted(counts) if counts[level])
    planned = {row.key: row for row in one.rows if row.act in ("insert", "update")}
    waiting: dict[str, dict[str, str]] = {}
    for key, refs in whole.items():
        if key in planned:
            kept = {f: parent for f, parent in refs.items() if f in planned[key].refs and _inserted(planned, parent)}
            if kept:
                waiting[key] = kept
    in_way = dict.fromkeys([*waiting, *(parent for refs in waiting.values() for parent in refs.values())])
    levels, deferred = row_levels(list(in_way), waiting)
    for key, field in deferred:
        ref = planned[key].refs.pop(field)
        if ref is not None:
            planned[key].later[field] = ref
    firsts = {row.key for row in rows.counted if row.first}
    for key, row in planned.items():
        row.level = levels.get(key, 0) + (1 if firsts and key not in firsts else 0)
        row.master = _master(row, rows, target)


def _self_lookups(one: ObjectPlan, rows: ObjectRows) -> dict[str, dict[str, str]]:
    """Row → self-lookup → parent's key, of the rows that have such a parent."""
    found: dict[str, dict[str, str]] = {}
    if not any(one.object in field.refers_to for field in rows.shape.fields.values()):
        return found
    for row in rows.counted:
        refs: dict[str, str] = {}
        for field, ref in row.lookups.items():
            parent = rows.find(ref[1]) if ref is not None and ref[0] == one.object else None
            if parent is not None:
                refs[field] = parent.key
        if refs:
            found[row.key] = refs
    return found


def _inserted(planned: dict[str, RowPlan], key: str) -> bool:
    return key in planned and planned[key].act == "insert"


def _master(row: RowPlan, rows: ObjectRows, target: DataRows) -> str:
    """The parents that a write of this row locks: its masters' keys, or all its lookups' when it has no master."""
    known = target.objects[row.object].shape.fields
    source = rows.find(row.key)
    lookups = source.lookups if source else {}
    masters = [ref for name, ref in lookups.items() if ref and name in known and known[name].must_exist]
    others = [ref for name, ref in lookups.items() if ref and ref[0] in target.objects]
    return "\n".join(f"{ref[0]} {ref[1]}" for ref in masters or others)
