"""ORDER BY as SQL: nothing first unless told, picklists in the order of their values, text without case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.soql.functions import aggregates, named, text_sql
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.scope import Resolved
from hotfix_tui.localorg.soql.tree import Order, Path

if TYPE_CHECKING:
    from hotfix_tui.localorg.soql.compile import Building


def order_sql(building: Building) -> str:
    """The ORDER BY clause; rows that are alike come in the order of their creation. Raises MALFORMED_QUERY."""
    if building.counting:
        return ""
    grouped = {building.target(each).sql for each in building.query.group_by}
    parts: list[str] = []
    for each in building.query.order_by:
        found = building.target(each.what)
        _check(building, each, found, grouped)
        direction = "DESC" if each.descending else "ASC"
        nulls = "LAST" if each.nulls_last else "FIRST"
        parts.extend(f"{sql} {direction} NULLS {nulls}" for sql in _keys(found, plain=isinstance(each.what, Path)))
    if not building.aggregate:
        parts.append(f"{building.scope.alias}.rowid")
    return " ORDER BY " + ", ".join(parts) if parts else ""


def _check(building: Building, each: Order, found: Resolved, grouped: set[str]) -> None:
    text, what = building.compiler.text, each.what
    if building.aggregate:
        alias = isinstance(what, Path) and len(what.parts) == 1 and what.parts[0].lower() in building.alias_of
        if not alias and not aggregates(what) and found.sql not in grouped:
            raise malformed(located(text, what.at, f"Ordered field must be grouped or aggregated: {named(what)}"))
    elif not isinstance(what, Path):
        raise malformed(located(text, what.at, f"unexpected token: '{what.name}'"))
    if isinstance(what, Path) and not found.field.sortable:
        raise malformed(located(text, what.at, f"field '{found.field.name}' can not be sorted in a query call"))


def _keys(found: Resolved, *, plain: bool) -> list[str]:
    """What is compared. A picklist's values come in the order of Setup, others after them in their own order."""
    field = found.field
    text = f"{found.sql} COLLATE SF" if field.column in (None, "text") and field.type not in ("id",) else found.sql
    if field.type != "picklist" or not field.values or not plain:
        return [text]
    whens = " ".join(f"WHEN {text_sql(each.value)} THEN {index}" for index, each in enumerate(field.values))
    other = f"CASE WHEN {found.sql} IS NULL THEN NULL ELSE {len(field.values)} END"
    return [f"CASE {found.sql} {whens} ELSE {other} END", text]
