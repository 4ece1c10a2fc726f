"""What SOQL over the Tooling API may not do on some objects.

Sources: Tooling API, "SOQL Operation Limitations" (EntityDefinition, FieldDefinition …), the limitations of
MetadataComponentDependency and of the FullName and Metadata fields; recorded errors of real orgs for the filter on a
reified column and for queryMore on EntityDefinition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.soql.tree import Compare, Condition, Function, Item, Logic, Membership, Not, Query

_ONE_ROW = re.compile(r"\b(?:Metadata|FullName)\b", re.IGNORECASE)
_SELECTED = re.compile(r"\bSELECT\b(.*?)\bFROM\b", re.IGNORECASE | re.DOTALL)
_ONE_ROW_PROBLEM = (
    "When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than "
    "one row for retrieval. Result size: {count}"
)
STORAGE = (
    "The requested operation is not yet supported by this SObject storage type, contact salesforce.com support for"
    " more information."
)
MOST_DEPENDENCIES = 2000
VIRTUAL = ("EntityDefinition", "FieldDefinition")


def checked(soql: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, if a real org would have given it. Raises ApiError."""
    selected = _SELECTED.search(soql)
    if selected and _ONE_ROW.search(selected.group(1)) and answer["totalSize"] > 1:
        raise ApiError("MALFORMED_QUERY", _ONE_ROW_PROBLEM.format(count=answer["totalSize"]))
    name = answer.get("entityTypeName", "")
    if name in VIRTUAL and not answer["done"]:
        text = f"{name} does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise ApiError("EXCEEDED_ID_LIMIT", text)
    if name == "MetadataComponentDependency" and answer["totalSize"] > MOST_DEPENDENCIES:
        records = answer["records"][:MOST_DEPENDENCIES]
        answer = {**answer, "totalSize": MOST_DEPENDENCIES, "size": MOST_DEPENDENCIES, "records": records, "done": True}
        answer.pop("nextRecordsUrl", None)
    return answer


def conditions(where: Condition | None) -> Iterator[Compare | Membership | Logic | Not]:
    """Every condition of a WHERE clause, the outer ones first."""
    if where is None:
        return
    yield where
    parts = where.parts if isinstance(where, Logic) else (where.part,) if isinstance(where, Not) else ()
    for part in parts:
        yield from conditions(part)


def aggregates(query: Query) -> list[str]:
    """The functions a query selects."""
    return [item.what.name for item in query.items if isinstance(item, Item) and isinstance(item.what, Function)]


def check_virtual(query: Query) -> None:
    """Refuses what objects that are worked out on the spot do not take. Raises ApiError."""
    if query.group_by:
        raise ApiError("EXTERNAL_OBJECT_UNSUPPORTED_EXCEPTION", STORAGE)
    for condition in conditions(query.where):
        if isinstance(condition, Logic) and condition.operator == "or":
            raise ApiError("MALFORMED_QUERY", "Disjunctions not supported")
        negated = isinstance(condition, Not) or (isinstance(condition, Membership) and condition.operator == "not in")
        if negated or (isinstance(condition, Compare) and condition.operator == "!="):
            raise ApiError("MALFORMED_QUERY", "Only equals comparisons permitted")
