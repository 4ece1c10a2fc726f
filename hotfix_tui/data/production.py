"""Records that only production gets: changes before it is opened again, and the containment, undone last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.data.data_set import DataSet, RecordChange
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.plan_model import ObjectPlan, Plan, RowPlan, RowPlans
from hotfix_tui.data.rows import DataRows
from hotfix_tui.data.values import same_value
from hotfix_tui.events import promote
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org


async def plan_record_change(org: Org, change: RecordChange) -> Plan:
    """The rows of `org` that `change` finds now and what they get; rows that have it already are equal.

    Rows are named by their Id: they need not be part of a data set. `write_plan` carries it out. Raises DataError when
    a field is not there or cannot be written, SalesforceError when the condition is not SOQL.
    """
    shape = await org.describe(change.object)
    for name in change.set:
        field = shape.fields.get(name)
        if field is None or not field.updateable:
            raise DataError(f"{change.name}: our user cannot write {change.object}.{name} in {org.alias}.")
    columns = ", ".join(["Id", *(name for name in change.set if name != "Id")])
    found = await org.query(f"SELECT {columns} FROM {change.object} WHERE {change.where}")  # noqa: S608 - the user's own
    rows = []
    for record in found:
        moved = {
            name: value
            for name, value in change.set.items()
            if not same_value(record.get(name), value, shape.fields[name].type)
        }
        rows.append(
            RowPlan(
                change.object,
                record["Id"],
                "update" if moved else "equal",
                id=record["Id"],
                values=moved,
                changes={name: (record.get(name), value) for name, value in moved.items()},
                before={"Id": record["Id"], **{name: record.get(name) for name in moved}},
            )
        )
    target = DataRows(data_set=change.name, org=org.alias, org_id=org.org_id, sandbox=org.kind.sandbox)
    return Plan(DataSet(change.name, ()), target, [ObjectPlan(change.object, RowPlans(rows), condition=change.where)])


async def verify_record_change(org: Org, change: RecordChange, plan: Plan) -> promote.Verified:
    """Whether the rows that `plan` found have what they should, and whether `change` finds any more to do.

    By the rows' own Ids: a condition such as the date of the last change finds nothing once they were written.
    """
    shape = await org.describe(change.object)
    again = await plan_record_change(org, change)
    wanted = {row.id for one in (*plan.objects, *again.objects) for row in one.rows}
    columns = ", ".join(["Id", *(name for name in change.set if name != "Id")])
    differs = set(wanted)
    for chunk in in_clauses(sorted(wanted), 8_000):
        for record in await org.query(f"SELECT {columns} FROM {change.object} WHERE Id IN {chunk}"):  # noqa: S608
            if all(same_value(record.get(name), value, shape.fields[name].type) for name, value in change.set.items()):
                differs.discard(record["Id"])
    left = tuple(sorted(differs))
    return promote.Verified(org=org.alias, what=change.name, matches=len(wanted) - len(left), differs=left)


def record_change_event(change: RecordChange, plan: Plan) -> promote.ProductionChangePlanned:
    """What will be done to production's own rows, as a fact."""
    return promote.ProductionChangePlanned(
        name=change.name,
        object=change.object,
        purpose=change.purpose,
        rows=plan.count("update"),
        set=dict(change.set),
    )
