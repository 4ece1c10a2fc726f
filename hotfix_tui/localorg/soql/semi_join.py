"""Where semi-joins and anti-joins may stand, and what they may be about.

From "Comparison Operators" in the SOQL reference (limits of the main query and of subqueries); the words of the
refusals are those users report. How a refusal of more than two is worded is assumed.
"""

from __future__ import annotations

from collections.abc import Iterator

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.soql.parse import malformed
from hotfix_tui.localorg.soql.scope import Resolved
from hotfix_tui.localorg.soql.tree import Condition, Item, Logic, Membership, Not, Path, Query

MOST = 2
_NOT_INSIDE = frozenset({"activityhistory", "attachment", "event", "eventattendee", "note", "openactivity", "task"})


def check_placement(condition: Condition | None) -> None:
    """Raises MALFORMED_QUERY for semi-joins under OR, under NOT, in nested groups, or more than two of them."""
    if condition is None:
        return
    nested = (
        "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions."
    )
    parts = condition.parts if isinstance(condition, Logic) else (condition,)
    direct = [part for part in parts if isinstance(part, Membership) and part.query is not None]
    if direct and isinstance(condition, Logic) and condition.operator == "or":
        raise malformed("Semi join sub-selects are not allowed with the 'OR' operator")
    if len(list(_joins(condition))) > len(direct):
        raise malformed(nested)
    if len(direct) > MOST:
        raise malformed(f"maximum {MOST} semi join sub-selects are allowed")


def _joins(condition: Condition) -> Iterator[Membership]:
    if isinstance(condition, Logic):
        for part in condition.parts:
            yield from _joins(part)
    elif isinstance(condition, Not):
        yield from _joins(condition.part)
    elif isinstance(condition, Membership) and condition.query is not None:
        yield condition


def check_inner(query: Query, inner: SObject, outer: SObject) -> Path:
    """The one field that a semi-join selects. Raises MALFORMED_QUERY for what a semi-join may not be."""
    only = query.items[0] if len(query.items) == 1 else None
    if not isinstance(only, Item) or not isinstance(only.what, Path):
        raise malformed("a semi join sub-select must select exactly one field")
    if query.limit is not None or query.offset or query.order_by or query.group_by or query.scope:
        raise malformed("a semi join sub-select cannot have ORDER BY, LIMIT, OFFSET, GROUP BY or USING SCOPE")
    if inner.name.lower() in _NOT_INSIDE:
        raise malformed(f"Entity '{inner.name}' is not supported for semi join inner selects")
    if inner is outer:
        raise malformed("The inner and outer selects should not be on the same object type")
    if query.where is not None and list(_joins(query.where)):
        raise malformed("Nesting of semi join sub-selects is not supported")
    return only.what


def check_types(selected: Resolved, outer: Resolved) -> None:
    """Both sides are ids, of one object. Raises INVALID_FIELD, MALFORMED_QUERY."""
    name = ".".join(selected.steps)
    if selected.field.type not in ("id", "reference") or len(selected.steps) > 1:
        raise ApiError("INVALID_FIELD", f"Semi join sub-selects can only query id fields, cannot use: '{name}'")
    if not _leads_to(selected) & _leads_to(outer):
        raise malformed(
            f"The selected field '{name}' in the subquery and the left operand field in the where expression in the"
            f" outer query '{'.'.join(outer.steps)}' should point to the same object type"
        )


def _leads_to(found: Resolved) -> set[str]:
    return {found.owner} if found.field.type == "id" else set(found.field.reference_to)
