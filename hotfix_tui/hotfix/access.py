"""Which permission sets of the fix let our user see the fields that the fix's records write."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.events import Event

if TYPE_CHECKING:
    from lxml import etree

    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.data.changes import RowChange
    from hotfix_tui.salesforce.org import Org


def written_fields(changes: Iterable[RowChange]) -> dict[str, set[str]]:
    """By object, the fields that the records of the fix write."""
    written: dict[str, set[str]] = {}
    for change in changes:
        if change.act != "delete" and change.fields:
            written.setdefault(change.object, set()).update(change.fields)
    return written


def granting_sets(components: dict[ComponentId, Component]) -> dict[str, set[str]]:
    """Permission set → `Object.Field` that it lets edit."""
    return {
        key.full_name: fields
        for key, component in sorted(components.items())
        if key.type == "PermissionSet" and (fields := granted_fields(component, edit=True))
    }


def granted_fields(component: Component, *, edit: bool = False) -> set[str]:
    """`Object.Field` that a permission set or profile lets see, or with `edit` change."""
    from hotfix_tui.compare.xml import local

    granted: set[str] = set()
    for permission in elements(component, "fieldPermissions"):
        values = {local(one.tag): (one.text or "").strip() for one in permission if isinstance(one.tag, str)}
        if values.get("editable") == "true" or (not edit and values.get("readable") == "true"):
            granted.add(values.get("field", ""))
    return granted


def takes_permissions(field: Component) -> bool:
    """Whether a field takes field permissions: required and master-detail fields are seen by everyone."""
    kinds = [one.text for one in elements(field, "type")]
    return "MasterDetail" not in kinds and not any(one.text == "true" for one in elements(field, "required"))


def elements(component: Component, name: str) -> Iterable[etree._Element]:
    """The elements of this name in a component's files, at any depth; files that are not XML have none."""
    from hotfix_tui.compare.xml import BadXml, local, parse

    for content in component.files.values():
        try:
            root = parse(content)
        except BadXml:
            continue
        yield from (one for one in root.iter() if isinstance(one.tag, str) and local(one.tag) == name)


async def unseen_rows(org: Org, names: Iterable[str]) -> list[str]:
    """Objects of which our user may not see every row, a sentence each: a row it cannot see looks like one that is not
    there, and planning would write it a second time.

    Those whose organization-wide default is Private, unless our user may view all of them. An org that does not tell
    gives none.
    """
    from hotfix_tui.salesforce.errors import SalesforceError
    from hotfix_tui.salesforce.soql import in_clauses, quote

    private: set[str] = set()
    mine = f"(SELECT PermissionSetId FROM PermissionSetAssignment WHERE AssigneeId = {quote(org.user_id)})"  # noqa: S608
    try:
        for chunk in in_clauses(names):
            soql = (
                f"SELECT QualifiedApiName, InternalSharingModel FROM EntityDefinition WHERE QualifiedApiName IN {chunk}"  # noqa: S608
            )
            private |= {
                row["QualifiedApiName"] for row in await org.query(soql) if row["InternalSharingModel"] == "Private"
            }
        if not private:
            return []
        all_data = "(PermissionsViewAllData = true OR PermissionsModifyAllData = true)"
        if await org.query(f"SELECT Id FROM PermissionSet WHERE {all_data} AND Id IN {mine}"):  # noqa: S608
            return []
        for chunk in in_clauses(sorted(private)):
            soql = (
                f"SELECT SobjectType FROM ObjectPermissions WHERE SobjectType IN {chunk} "  # noqa: S608
                f"AND PermissionsViewAllRecords = true AND ParentId IN {mine}"
            )
            private -= {row["SobjectType"] for row in await org.query(soql)}
    except SalesforceError:
        return []
    return [
        f"our user may not see every row of {name} in {org.alias}: its sharing is private, and our user has neither "
        "View All Data nor View All on it. A row it cannot see counts as not there"
        for name in sorted(private)
    ]


async def access_for(
    org: Org, changes: Iterable[RowChange], components: dict[ComponentId, Component]
) -> AsyncGenerator[Event, None]:
    """Gives our user the permission sets of the fix without which its records' fields cannot be written in `org`."""
    from hotfix_tui.automation.access import give_access

    async for event in give_access(org, written_fields(changes), granting_sets(components)):
        yield event
