"""Source tracking: which components were changed in the org, by whom, and in which order (`SourceMember`).

Sources: "SourceMember" in the Tooling API reference (one row a component for good; a deleted one is marked
obsolete); forcedotcom/source-tracking, orgQueries, metadataKeys and expectedSourceMembers: which names and types
the server uses (bundles are tracked file by file too, settings as `FlowSettings`, quick actions as
`QuickActionDefinition`, labels one by one, layouts without URL encoding), and that ChangedBy is a 15-character user
id. A new org, and a sandbox right after it was made, has no rows: what came with it is not a change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Kind = Literal["created", "changed", "deleted"]
_Effect = Literal["created", "changed", "deleted", "touched"]
TABLE = "SourceMember"
_KEY_PREFIX = "0MZ"
_SERVER_TYPES = {"QuickAction": "QuickActionDefinition", "FlowDefinition": "Flow"}
_BUNDLE_FILES = {"LightningComponentBundle": "LightningComponentResource", "AuraDefinitionBundle": "AuraDefinition"}
# Not tracked: files that only hold others' children.
_CONTAINERS = frozenset({"CustomLabels", "MatchingRules", "Workflow", "SharingRules"})


@dataclass(frozen=True)
class Change:
    """One component was made, changed or deleted. `paths` are its files in a package; `at` is in REST form."""

    type: str
    full_name: str
    id: str
    kind: Kind
    user_id: str
    at: str
    paths: tuple[str, ...] = ()


class SourceMembers:
    """Keeps an org's SourceMember rows. In an org that does not track (production …) every call does nothing."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._quiet = 0
        if org.store.columns(TABLE):
            # Each change looks its member up: without an index thousands of them take minutes.
            org.store.index(TABLE, "MemberName")

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """What is written meanwhile came with the org: it is no change. For loaders, before the org is served."""
        self._quiet += 1
        try:
            yield
        finally:
            self._quiet -= 1

    def note(self, change: Change) -> None:
        """Writes the rows of one change, each with the next revision. Call inside the change's transaction."""
        if self._quiet or not self._org.store.columns(TABLE):
            return
        for type_name, name, member_id, kind in _members(self._org, change):
            self._write(type_name, name, member_id, kind, change)

    def _write(self, type_name: str, name: str, member_id: str, kind: _Effect, change: Change) -> None:
        store = self._org.store
        known = store.value(
            f"SELECT Id FROM {TABLE} WHERE MemberType = ? AND MemberName = ?",  # noqa: S608
            (type_name, name),
        )
        row = {
            "MemberIdOrName": member_id or name,
            "IsNameObsolete": kind == "deleted",
            "IsNewMember": kind == "created",
            "RevisionCounter": store.next_number("source revision"),
            "RevisionNum": None,
            "ChangedBy": change.user_id[:15],
            "LastModifiedById": change.user_id,
            "LastModifiedDate": change.at,
            "SystemModstamp": change.at,
        }
        if known is not None:
            if kind == "touched":
                row = {key: value for key, value in row.items() if key != "IsNewMember"}
            store.update_row(TABLE, str(known), row)
            return
        made = {"MemberType": type_name, "MemberName": name, "CreatedById": change.user_id, "CreatedDate": change.at}
        number = store.next_number(f"id:{_KEY_PREFIX}")
        store.insert_row(TABLE, {"Id": self._org.ids.record_id(_KEY_PREFIX, number), **made, **row})


def _members(org: LocalOrg, change: Change) -> Iterator[tuple[str, str, str, _Effect]]:
    """Type, name and id of each row that a change has an effect on; a field touches its object."""
    if change.type in _CONTAINERS:
        return
    kind = change.kind
    if change.type == "Settings":
        yield f"{change.full_name}Settings", change.full_name, change.id, kind
        return
    name = unquote(change.full_name)
    yield _SERVER_TYPES.get(change.type, change.type), name, _identity(org, change), kind
    for path in change.paths if change.type in _BUNDLE_FILES else ():
        yield _BUNDLE_FILES[change.type], path.partition("/")[2], "", kind
    if change.type == "CustomField":
        owner = change.full_name.partition(".")[0]
        found = org.components.id_of("CustomObject", owner)
        if org.schema.object(owner) is not None:
            yield "CustomObject", owner, found if owner.endswith("__c") else "", "touched"


def _identity(org: LocalOrg, change: Change) -> str:
    """A member's id; standard objects go by their name, flows by their definition."""
    if change.type == "CustomObject" and "__" not in change.full_name:
        return ""
    if change.type == "Flow" and change.kind != "deleted":
        return org.components.id_of("FlowDefinition", change.full_name) or change.id
    return change.id
