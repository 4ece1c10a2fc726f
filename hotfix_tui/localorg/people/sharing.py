"""Which rows a user sees and may change, from the organization-wide default of the object (`sharingModel`).

Private: those that he or a queue of his owns. Read: everyone sees, the owner changes. A detail's: as its master's.
There are no role hierarchy, no sharing rules and no manual shares here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.people.rights import MODIFY_ALL, VIEW_ALL, Rights
from hotfix_tui.localorg.schema.model import Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

_DEPTH = 3


def visible_sql(schema: Schema, rights: Rights, owner: SObject, alias: str) -> str | None:
    """The SQL condition for rows of `alias` that the user may read; None for all."""
    return _sql(schema, rights, owner, alias, write=False)


def changeable_sql(schema: Schema, rights: Rights, owner: SObject, alias: str) -> str | None:
    """The SQL condition for rows of `alias` that the user may change; None for all."""
    return _sql(schema, rights, owner, alias, write=True)


def _sql(schema: Schema, rights: Rights, owner: SObject, alias: str, *, write: bool, depth: int = 0) -> str | None:
    if rights.unlimited or rights.on(owner) & (MODIFY_ALL if write else VIEW_ALL):
        return None
    masters = owner.masters
    if masters and depth < _DEPTH:
        return _as_master(schema, rights, masters[0], alias, write=write, depth=depth)
    restricted = ("Private", "Read") if write else ("Private",)
    if owner.sharing_model not in restricted or owner.field("OwnerId") is None:
        return None
    owners = ", ".join(f"'{each}'" for each in sorted({rights.user_id, *rights.queues}))
    return f'{alias}."OwnerId" IN ({owners})'


def _as_master(schema: Schema, rights: Rights, field: Field, alias: str, *, write: bool, depth: int) -> str | None:
    master = schema.object(field.reference_to[0])
    if master is None:
        return None
    above = f"{alias}m{depth}"
    condition = _sql(
        schema, rights, master, above, write=write and not field.write_requires_master_read, depth=depth + 1
    )
    if condition is None:
        return None
    joined = f'{above}."Id" = {alias}."{field.name}"'
    return f'EXISTS (SELECT 1 FROM "{master.name}" {above} WHERE {joined} AND {condition})'  # noqa: S608
