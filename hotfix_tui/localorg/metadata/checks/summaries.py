"""Whether a roll-up summary's definition can be followed."""

from __future__ import annotations

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.formula.check import looks_away
from hotfix_tui.localorg.schema import Schema
from hotfix_tui.localorg.schema.model import NUMBERS, Field, SObject
from hotfix_tui.localorg.soql.sql import roll_up


def summary_problem(schema: Schema, owner: SObject, field: Field) -> str:
    """What is wrong with a roll-up summary field, "" when nothing is. The wordings are assumed."""
    summary = field.summary
    if summary is None:
        return ""
    child = schema.object(summary.child)
    key = child.field(summary.foreign_key) if child else None
    if child is None or key is None or not key.master_detail or owner.name not in key.reference_to:
        return f"summaryForeignKey: {summary.child}.{summary.foreign_key} is no master-detail field to {owner.name}"
    if summary.operation != "count":
        source = child.field(summary.summarized or "")
        if source is None:
            return f"summarizedField: {child.name}.{summary.summarized} does not exist"
        allowed = NUMBERS if summary.operation == "sum" else NUMBERS | {"date", "datetime"}
        if source.type not in allowed:
            return f"summarizedField: {child.name}.{source.name} cannot be summarized with {summary.operation}"
    for name in (summary.summarized, *(each[0] for each in summary.filters)):
        source = child.field(name or "")
        if source is not None and source.formula is not None and looks_away(source.formula):
            return f"{child.name}.{source.name}: a formula that reads more than its record cannot be summed up"
    try:
        roll_up(schema, field, "''")
    except ApiError as problem:
        return problem.message
    return ""
