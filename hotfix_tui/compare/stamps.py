"""Whether an org's own dates are enough to know that a component has not changed, and the stamp that says so.

Dates that lie: standard objects, settings and value sets list 1970 or nothing, custom metadata lists 1960, a parent's
date does not move with its children's, and what a profile or a permission set holds depends on more than its own edits.
What is not surely dated gets no stamp, and is read each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.flows import FLOW, FlowVersions
from hotfix_tui.compare.types import metadata_types
from hotfix_tui.salesforce.dates import instant

if TYPE_CHECKING:
    from hotfix_tui.salesforce.metadata_api import ComponentProperties

Properties = Mapping[ComponentId, "ComponentProperties"]

# Their content depends on the manifest or on other components' life, not only on their own date.
NEVER = frozenset(
    {
        "CustomObjectTranslation",
        "MutingPermissionSet",
        "PermissionSet",
        "PermissionSetGroup",
        "Profile",
        "ProfilePasswordPolicy",
        "Translations",
    }
)
# All that is in their files are components of their own (Metadata WSDL 63), so that those are all that must be dated.
CONTAINERS = frozenset(
    {"AssignmentRules", "AutoResponseRules", "CustomLabels", "EscalationRules", "MatchingRules", "SharingRules"}
)
_NO_ID = {"", "000000000000000AAA", "000000000000000"}
_FIRST_YEAR = 2000
# An org counts in seconds: what changed this shortly before the listing may change again within the same one.
_SETTLED = timedelta(seconds=10)


def stamps(
    members: Mapping[str, Iterable[str]],
    properties: Properties,
    flows: Mapping[str, FlowVersions],
    unlisted: Iterable[str],
    listed_at: datetime,
) -> dict[ComponentId, str]:
    """Member → its stamp: the same stamp, the same content. Members that cannot be trusted are not in the answer.

    `properties` are the whole listing, children included; `unlisted` the child types that the org did not list;
    `listed_at` when the listing began, by this machine's clock.
    """
    not_listed = set(unlisted)
    children = _children(properties)
    found = {}
    for name, full_names in members.items():
        kind = metadata_types().get(name)
        if name in NEVER or kind is None or any(child.type in not_listed for child in kind.children):
            continue
        for full_name in full_names:
            key = ComponentId(name, full_name)
            own = [] if name in CONTAINERS and key in children else [properties.get(key)]
            parts = [*own, *(properties[child] for child in children.get(key, ()))]
            if all(part is not None and _trusted(part, listed_at) for part in parts):
                version = flows.get(full_name) if name == FLOW else None
                found[key] = _stamp([part for part in parts if part is not None], version)
    return found


def parent_of(child: ComponentId) -> ComponentId | None:
    """The member that brings a child along; None for what is a member itself."""
    found = metadata_types().parents.get(child.type)
    if found is None:
        return None
    kind, entry = found
    return ComponentId(kind.name, kind.name if entry.bare else child.full_name.partition(".")[0])


def is_text(type_name: str) -> bool:
    """Whether components of this type are files of their own that no org rewrites when something else is deleted."""
    kind = metadata_types().get(type_name)
    return kind is not None and (kind.meta_file or kind.source in ("content", "bundle", "mixed"))


def _children(properties: Properties) -> dict[ComponentId, list[ComponentId]]:
    found: dict[ComponentId, list[ComponentId]] = {}
    for key in sorted(properties):
        if parent := parent_of(key):
            found.setdefault(parent, []).append(key)
    return found


def _trusted(item: ComponentProperties, listed_at: datetime) -> bool:
    at = instant(item.last_modified_at)
    if at is None:
        return False
    fresh = abs(at - listed_at) < _SETTLED
    return item.id not in _NO_ID and at.year >= _FIRST_YEAR and not fresh


def _stamp(parts: Iterable[ComponentProperties], version: FlowVersions | None) -> str:
    lines = [f"{one.type}\t{one.full_name}\t{one.id}\t{one.last_modified_at}" for one in parts]
    if version is not None:
        lines.append(f"active {version.active} latest {version.latest}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
