"""What an org itself tells of its dependencies, by MetadataComponentDependency of the Tooling API (Beta).

It takes `=`, `!=`, AND and OR only, gives at most 2,000 rows and no more of them later (Tooling API reference,
"MetadataComponentDependency", limitations), and some orgs answer UNKNOWN_EXCEPTION to long lists of ids
(SalesforceLabs/OrgCheck issues 40 and 369). So components are asked for in small lots, and a lot that is too much is
halved. What an org does not tell is no error: our own reading of the files stands without it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.dependencies import Edge
from hotfix_tui.compare.flows import FLOW, base_name
from hotfix_tui.compare.types import metadata_types
from hotfix_tui.salesforce.errors import RequestRefused, SalesforceError, ServerUnavailable
from hotfix_tui.salesforce.soql import quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

MOST_ROWS = 2_000
MOST_ASKED = 1_000
_AT_ONCE = 40
_ID = 15
_SELECT = (
    "SELECT MetadataComponentId, MetadataComponentName, MetadataComponentNamespace, MetadataComponentType, "
    "RefMetadataComponentId, RefMetadataComponentName, RefMetadataComponentNamespace, RefMetadataComponentType "
    "FROM MetadataComponentDependency WHERE "
)
_FLOWS = "SELECT Id, DeveloperName, NamespacePrefix, ActiveVersionId, LatestVersionId FROM FlowDefinition"
# How the Tooling API calls what the Metadata API calls otherwise.
_TYPES = {"StandardEntity": "CustomObject", "ExternalString": "CustomLabel", "FlowDefinition": "Flow"}


@dataclass
class Told:
    """Who names whom, as the org says. `notes`: sentences about what it did not tell."""

    edges: list[Edge] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


async def told_by(org: Org, keys: Iterable[ComponentId], ids: Mapping[ComponentId, str]) -> Told:
    """What `org` says that these components name, and what names them. `ids`: of everything the org listed.

    Components without an id are not asked for. Raises SalesforceError only when the org cannot be reached any more.
    """
    known = {one[:_ID]: key for key, one in ids.items()}
    asked = list(dict.fromkeys(keys))
    wanted = [ids[key] for key in asked if ids.get(key)]
    told = Told()
    if any(key.type == FLOW for key in asked):
        found = await _flows(org)
        known.update({one[:_ID]: key for key, versions in found.items() for one in versions})
        wanted += [one for key in asked for one in found.get(key, ())]
    wanted = list(dict.fromkeys(wanted))
    if len(wanted) > MOST_ASKED:
        told.notes.append(f"{org.alias} was asked for the dependencies of {MOST_ASKED:,} of {len(wanted):,} components")
    lots = [wanted[start : start + _AT_ONCE] for start in range(0, min(len(wanted), MOST_ASKED), _AT_ONCE)]
    for rows in await asyncio.gather(*(_ask(org, lot, known, told) for lot in lots)):
        for row in rows:
            named_in, named = _component(row, "", known), _component(row, "Ref", known)
            if named_in is not None and named is not None and named_in != named:
                told.edges.append((named_in, named))
    told.notes = list(dict.fromkeys(told.notes))
    return told


async def _flows(org: Org) -> dict[ComponentId, list[str]]:
    """The ids by which rows name a flow: its active and latest version where it names others, its definition where it
    is named (SalesforceLabs/OrgCheck issue 525)."""
    found = {}
    try:
        rows = await org.tooling_query(_FLOWS)
    except RequestRefused:  # a right is missing: flows are asked for by the id that was listed
        return {}
    for row in rows:
        prefix = row.get("NamespacePrefix")
        name = f"{prefix}__{row['DeveloperName']}" if prefix else str(row["DeveloperName"])
        ids = [row.get(column) for column in ("Id", "ActiveVersionId", "LatestVersionId")]
        found[ComponentId(FLOW, name)] = [str(one) for one in ids if one]
    return found


async def _ask(
    org: Org, lot: Sequence[str], known: Mapping[str, ComponentId], told: Told
) -> Sequence[Mapping[str, Any]]:
    """The rows of some components, in halves when they are too many for one answer."""
    either = (f"MetadataComponentId = {quote(one)} OR RefMetadataComponentId = {quote(one)}" for one in lot)
    try:
        rows: Sequence[Mapping[str, Any]] = await org.tooling_query(_SELECT + " OR ".join(either))
    except SalesforceError as error:
        too_much = isinstance(error, ServerUnavailable) and error.code == "UNKNOWN_EXCEPTION"
        if not too_much and not isinstance(error, RequestRefused):
            raise
        if not too_much or len(lot) == 1:
            told.notes.append(f"{org.alias} does not tell dependencies: {error.message}")
            return []
        rows = []
    else:
        if len(rows) < MOST_ROWS or len(lot) == 1:
            if len(rows) >= MOST_ROWS:
                told.notes.append(f"{org.alias} tells only {MOST_ROWS:,} dependencies of {known[lot[0][:_ID]]}")
            return rows
    half = len(lot) // 2
    halves = [await _ask(org, part, known, told) for part in (lot[:half], lot[half:])]
    return [*halves[0], *halves[1]]


def _component(row: Mapping[str, Any], side: str, known: Mapping[str, ComponentId]) -> ComponentId | None:
    """The component of a row's one side: by its id, else by its type and name where that is its full name."""
    found = known.get(str(row.get(f"{side}MetadataComponentId") or "")[:_ID])
    if found is not None:
        return found
    kind, name = str(row.get(f"{side}MetadataComponentType") or ""), str(row.get(f"{side}MetadataComponentName") or "")
    kind = _TYPES.get(kind, kind)
    partial = metadata_types().child(kind) is not None or kind == "Layout" or metadata_types().get(kind) is None
    if partial or not name or (kind == "CustomObject" and row.get(f"{side}MetadataComponentType") != "StandardEntity"):
        return None
    if kind == FLOW:  # rows name a version
        name = base_name(name)
    namespace = row.get(f"{side}MetadataComponentNamespace")
    return ComponentId(kind, f"{namespace}__{name}" if namespace else name)
