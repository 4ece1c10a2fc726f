"""What state automations are in now, read from the org in as few queries as it allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.automation.model import DUPLICATE, FLOW, TRIGGER, VALIDATION, WORKFLOW, State
from hotfix_tui.salesforce.errors import NotFound
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_FLAGS = {
    TRIGGER: "SELECT Id, Status FROM ApexTrigger WHERE Id IN ",
    VALIDATION: "SELECT Id, Active FROM ValidationRule WHERE Id IN ",
    FLOW: "SELECT Id, ActiveVersion.VersionNumber FROM FlowDefinition WHERE Id IN ",
    DUPLICATE: "SELECT Id, IsActive FROM DuplicateRule WHERE Id IN ",
}


async def read_states(org: Org, wanted: Iterable[tuple[str, str]]) -> dict[str, State]:
    """The states of automations given as (kind, Id), by Id. One that is not in the org any more is left out."""
    by_kind: dict[str, list[str]] = {}
    for kind, record_id in wanted:
        by_kind.setdefault(kind, []).append(record_id)
    found: dict[str, State] = {}
    for kind, ids in by_kind.items():
        if kind == WORKFLOW:
            for record_id in ids:
                metadata = await rule_metadata(org, kind, record_id)
                if metadata is not None:
                    found[record_id] = State(metadata.get("active") is True, metadata=metadata)
            continue
        for chunk in in_clauses(ids):
            query = org.query if kind == DUPLICATE else org.tooling_query
            found |= {row["Id"]: _state(kind, row) for row in await query(_FLAGS[kind] + chunk)}
    return found


def _state(kind: str, row: Mapping[str, Any]) -> State:
    if kind == TRIGGER:
        return State(row.get("Status") == "Active")
    if kind == VALIDATION:
        return State(row.get("Active") is True)
    if kind == DUPLICATE:
        return State(row.get("IsActive") is True)
    number = (row.get("ActiveVersion") or {}).get("VersionNumber")
    return State(number is not None, int(number) if number is not None else None)


async def rule_metadata(org: Org, kind: str, record_id: str) -> dict[str, Any] | None:
    """A rule's whole Tooling `Metadata`; None when the rule is gone."""
    try:
        record = await org.tooling_record(kind, record_id)
    except NotFound:
        return None
    metadata = record.get("Metadata")
    return dict(metadata) if isinstance(metadata, Mapping) else {}
