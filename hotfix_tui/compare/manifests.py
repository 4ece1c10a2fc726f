"""What would make side B what side A is, as manifests that a deploy takes.

What a deploy refuses to delete is left out of `destructiveChanges.xml` and said: record types and profiles, standard
objects, fields, settings and value sets; an active flow, and of any flow the bare name instead of its versions
(Metadata API Developer Guide, "Deleting Components from an Organization", RecordType, Flow; a bare flow name fails with
"insufficient access rights on cross-reference id", scolladon/sfdx-git-delta issue 366). What goes with its object is
not named beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from hotfix_tui.compare.compare import DIFFERENT, ONLY_IN_A, ONLY_IN_B, Comparison, common_version
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.flows import FLOW
from hotfix_tui.compare.package import manifest
from hotfix_tui.compare.references.names import owner_of
from hotfix_tui.compare.types import metadata_types

PACKAGE, GONE = "package.xml", "destructiveChanges.xml"
MANIFESTS = (PACKAGE, GONE)
_NEWEST = "67.0"
_NEVER = frozenset({"RecordType", "Profile", "StandardValueSet", "Settings", "StandardValueSetTranslation"})


@dataclass(frozen=True)
class Manifests:
    """`files`: name → content; the second is not there when nothing is to be deleted. `left_out`: sentences."""

    files: dict[str, bytes]
    left_out: tuple[str, ...] = ()


def manifests(comparison: Comparison, chosen: Collection[ComponentId] | None = None) -> Manifests:
    """`package.xml` of what B lacks or has otherwise than A, and `destructiveChanges.xml` of what only B has.

    `chosen`: only these components. What could not be read is in neither.
    """
    version = common_version(comparison.a.api_version, comparison.b.api_version) or _NEWEST
    status = {key: comparison.rows[key].status for key in comparison.differences if chosen is None or key in chosen}
    left_out: list[str] = []
    brought = [key for key, one in status.items() if one in (ONLY_IN_A, DIFFERENT) and _nameable(key, left_out)]
    files = {PACKAGE: manifest(brought, version)}
    gone = {key for key, one in status.items() if one == ONLY_IN_B}
    if deleted := [one for key in sorted(gone) for one in _deletable(comparison, key, gone, left_out)]:
        files[GONE] = manifest(deleted, "")
    return Manifests(files, tuple(left_out))


def _nameable(key: ComponentId, left_out: list[str]) -> bool:
    known = metadata_types().get(key.type) is not None or metadata_types().child(key.type) is not None
    if not known:
        left_out.append(f"{key}: its metadata type is not known, so no manifest can name it.")
    return known


def _deletable(
    comparison: Comparison, key: ComponentId, gone: Collection[ComponentId], left_out: list[str]
) -> Iterable[ComponentId]:
    """The members that delete `key`; none when it goes with its object, or cannot be deleted by a deploy."""
    owner = ComponentId("CustomObject", owner_of(key))
    if key != owner and owner in gone and _custom(owner) and key.type != "CustomMetadata":
        return ()
    if not _nameable(key, left_out):
        return ()
    if key.type in _NEVER:
        left_out.append(f"{key}: a deploy does not delete components of this type.")
        return ()
    if key.type in ("CustomObject", "CustomField") and not _custom(key):
        left_out.append(f"{key}: it is Salesforce's own and stays.")
        return ()
    return _flow_versions(comparison, key, left_out) if key.type == FLOW else (key,)


def _custom(key: ComponentId) -> bool:
    return "__" in key.full_name.rpartition(".")[2]


def _flow_versions(comparison: Comparison, key: ComponentId, left_out: list[str]) -> Iterable[ComponentId]:
    """All versions up to the latest; one that is not there any more is only a warning of the deploy."""
    component = comparison.component("b", key)
    detail = component.detail if component else {}
    latest, active = detail.get("latest_version"), detail.get("active_version")
    if not isinstance(latest, int):
        left_out.append(f"{key}: a flow is deleted version by version, and which there are is not known.")
        return ()
    if active:
        left_out.append(f"{key}: version {active} is active; deactivate it first, then its versions can be deleted.")
        return ()
    return [ComponentId(FLOW, f"{key.full_name}-{number}") for number in range(1, latest + 1)]
