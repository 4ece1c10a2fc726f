"""A plan for records of the fix: only the fields that changed, only the rows that may be written."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix_tui.data.changes import RowChange
from hotfix_tui.data.classify import concerned
from hotfix_tui.data.data_set import DataSet
from hotfix_tui.data.difference import Differ, Notes, Sending, folded
from hotfix_tui.data.keys import key_parts
from hotfix_tui.data.placing import Placing, find_order
from hotfix_tui.data.plan import match_fields, row_plan
from hotfix_tui.data.plan_model import ObjectPlan, Plan, RowPlan
from hotfix_tui.data.platform_rules import UNIQUE_BY_RULE
from hotfix_tui.data.rows import DataRows, Ref, row_behind


def plan_changes(changes: Sequence[RowChange], theirs: DataRows, data_set: DataSet, now: DataRows) -> Plan:
    """What has to be written to `theirs`' org so that it has `changes`. Fields that have their value are not sent.

    `theirs` comes from `read_for_changes`, read after the fix's components are there; `now`: the environment's rows.
    A change that cannot be made (no such row to update) is a blocker: classify first and give only apply and new.
    """
    source = concerned(changes, now)
    plan = Plan(data_set, theirs, both_sandboxes=now.sandbox and theirs.sandbox)
    plan.blockers += [
        f"{change.object} {change.key} is not in {theirs.org}, so it cannot be changed"
        for change in changes
        if change.act == "update" and theirs.find(change.ref) is None
    ]
    inserts = {
        folded(theirs, change.ref) for change in changes if change.act == "insert" and theirs.find(change.ref) is None
    }

    def coming(ref: Ref) -> bool:
        return folded(theirs, row_behind(ref)) in inserts

    notes = Notes()
    changed = {change.object for change in changes}
    order = find_order(plan, source, [name for name in data_set.names if name in changed and name in theirs.objects])
    by_name: dict[str, ObjectPlan] = {}
    shapes = {name: rows.shape for name, rows in theirs.objects.items()}
    for spec in data_set.objects:
        own = [change for change in changes if change.object == spec.name]
        if not own:
            continue
        if spec.name not in theirs.objects:
            plan.blockers.append(f"{theirs.org} does not have the object {spec.name}")
            continue
        differ = Differ(source, theirs, spec, notes, coming, owners=True)
        parts = key_parts(spec, shapes, data_set)
        one = ObjectPlan(spec.name, key_unique=spec.name in UNIQUE_BY_RULE)
        if len(parts) == 1 and not parts[0].parents:
            field = shapes[spec.name].fields.get(parts[0].path)
            one.key_unique = field is not None and field.unique
        placing = Placing(one, source.objects[spec.name], theirs, order, coming)
        for change in own:
            planned = _planned(change, theirs, differ)
            if change.now is not None:
                planned.match = match_fields(change.now, parts)
            placing.add(planned, change.now or change.base)
        placing.settle()
        by_name[spec.name] = one
    plan.objects = [by_name[name] for name in order.names]
    plan.notes += notes.sentences(theirs.org)
    plan.notes += [
        f"{change.object} {change.key}: {', '.join(change.left)} has a mask or refers to records outside the data set: "
        "not carried"
        for change in changes
        if change.left
    ]
    return plan


def _planned(change: RowChange, theirs: DataRows, differ: Differ) -> RowPlan:
    there = theirs.find(change.ref)
    if change.act == "delete":
        if there is None:
            return RowPlan(change.object, change.key, "equal")
        gone: dict[str, tuple[object, object]] = {name: (pair[0], None) for name, pair in change.changes().items()}
        return RowPlan(change.object, change.key, "delete", id=there.id, before=dict(there.image()), changes=gone)
    if change.now is None or (there is None and change.act == "update"):
        return RowPlan(change.object, change.key, "equal", reason="it is not there")
    sending = differ.sending(change.now, there)
    if change.act == "update":
        sending = _only(sending, set(change.fields))
    return row_plan(change.object, change.now, there, sending)


def _only(sending: Sending, fields: set[str]) -> Sending:
    return Sending(
        values={name: value for name, value in sending.values.items() if name in fields},
        refs={name: ref for name, ref in sending.refs.items() if name in fields},
        changes={name: pair for name, pair in sending.changes.items() if name in fields},
        reason=sending.reason,
    )
