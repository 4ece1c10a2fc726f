"""Loading an org from a folder: its metadata, then the records of its plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.localorg.loading.folder import NotMetadata, read_folder
from hotfix_tui.localorg.loading.plans import choose_plan
from hotfix_tui.localorg.loading.records import load_plan
from hotfix_tui.localorg.metadata.component import Component

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

__all__ = ["LoadReport", "NotMetadata", "load_components", "load_folder"]


@dataclass
class LoadReport:
    """What was loaded: counts, and what was found odd, a sentence each."""

    components: int = 0
    records: int = 0
    warnings: list[str] = field(default_factory=list)


def load_folder(org: LocalOrg, *paths: Path, plan: Path | None = None) -> LoadReport:
    """Puts the metadata of the folders into the org, later folders over earlier ones, then the records of a plan.

    `plan` names one; by default it is the plan in a folder's `data/` that resolves alone with most rows. Nothing is
    checked for what components refer to: published folders name components that are not in them. A component that the
    schema does not understand is kept, without effect on records, and warned of. Raises NotMetadata when a folder
    holds none, or its files are not what they say they are; then the org is as it was.
    """
    report = LoadReport()
    org.components.types()  # Makes the store's tables before the transaction that may be undone.
    with org.atomic(), org.components.source_members.quiet():
        for path in paths:
            contents = read_folder(path)
            report.warnings += contents.warnings
            components = list(contents.components.values())
            report.components += len(components)
            report.warnings += load_components(org, components)
        for path in paths:
            chosen, left_out = choose_plan(path, plan)
            report.warnings += left_out
            if chosen is not None:
                rows, warnings = load_plan(org, chosen)
                report.records += rows
                report.warnings += warnings
            if plan is not None:
                break
    return report


def load_components(org: LocalOrg, components: list[Component], user_id: str = "", at: str = "") -> list[str]:
    """Puts components into the org as they are, unchecked; returns warnings for those the schema did not understand.

    They are made by `user_id` (default: the org's own system user) at `at` (default: when the org was made).
    """
    from hotfix_tui.localorg.clock import api_datetime

    warnings: list[str] = []
    org.components.put_all(
        components, user_id or org.system_user_id, at or api_datetime(org.created_at), warnings=warnings
    )
    return warnings
