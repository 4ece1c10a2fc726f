"""Who changed an automation last, in words: for what somebody did to it while it was off because of us."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.automation.model import DUPLICATE
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.soql import quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_TABLES = {"Flow": "FlowDefinition"}


async def last_change(org: Org, kind: str, record_id: str) -> str:
    """` (Eve, 2026-01-13T10:02:00.000+0000)`, or empty when the org does not tell."""
    table = _TABLES.get(kind, kind)
    soql = f"SELECT LastModifiedBy.Name, LastModifiedDate FROM {table} WHERE Id = {quote(record_id)}"  # noqa: S608
    try:
        rows = await (org.query(soql) if kind == DUPLICATE else org.tooling_query(soql))
    except SalesforceError:
        return ""
    if not rows:
        return ""
    return f" ({(rows[0].get('LastModifiedBy') or {}).get('Name')}, {rows[0].get('LastModifiedDate')})"
