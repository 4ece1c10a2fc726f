"""Lookup filters: which records a reference may lead to.

From "Lookup Filters" in Salesforce's help and LookupFilter in the Metadata API: a required filter refuses the save, an
optional one only suggests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.formula import FormulaError
from hotfix_tui.localorg.records.criteria import combined, compare
from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.records.outcome import refused
from hotfix_tui.localorg.schema.model import Field, LookupFilter, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_SOURCE = "$source."


def check(org: LocalOrg, owner: SObject, context: RecordContext) -> None:
    """Raises FIELD_FILTER_VALIDATION_EXCEPTION for a reference this save sets to a record its filter leaves out."""
    for field in owner.stored_fields():
        wanted = field.lookup_filter
        value = context.row.get(field.name)
        if wanted is None or wanted.optional or value is None or not _concerned(field, wanted, context):
            continue
        target = org.schema.object(field.reference_to[0])
        row = org.store.get(target.name, value) if target else None
        if target is None or row is None:
            continue
        reached = RecordContext(org, target, row, None, context.user_id)
        results = [_met(item, context, reached) for item in wanted.items]
        if not combined(wanted.logic, results):
            message = wanted.message or "Value does not exist or does not match filter criteria."
            raise refused("FIELD_FILTER_VALIDATION_EXCEPTION", message, field.name)


def _concerned(field: Field, wanted: LookupFilter, context: RecordContext) -> bool:
    if context.creating or context.old is None:
        return True
    names = [field.name, *wanted.controlling]
    return any(context.old.get(name) != context.row.get(name) for name in names)


def _met(item: tuple[str, str, str, str], source: RecordContext, target: RecordContext) -> bool:
    name, operation, value, value_field = item
    try:
        left = _value(name, source, target)
        if not value_field:
            return compare(operation, left, value)
        right = _value(value_field, source, target)
    except FormulaError as problem:
        raise refused("FORMULA_EXPRESSION_INVALID", f"lookup filter: {problem}") from None
    same = left == right or (isinstance(left, str) and isinstance(right, str) and left.casefold() == right.casefold())
    return same if operation == "equals" else not same


def _value(name: str, source: RecordContext, target: RecordContext) -> Any:
    """`$Source.Field` is the record's own, `$User.Field` the user's, `Object.Field` the one looked up."""
    if name.lower().startswith(_SOURCE):
        return source.value(tuple(name.split(".")[1:]))
    parts = tuple(name.split("."))
    return source.value(parts) if name.startswith("$") else target.value(parts[1:])
