"""Orgs as rows: how each is, whether it can be the environment, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import age, megabytes

if TYPE_CHECKING:
    from hotfix_tui.hotfix.orgs import OrgStatus

COLUMNS = (
    Column("", 1),
    Column("Org"),
    Column("Kind", 21),
    Column("State", 10),
    Column("Age", 5, right=True),
    Column("API", 13, right=True),
    Column("MB", 10, right=True),
)


def is_production(status: OrgStatus) -> bool:
    """Whether production rules hold for the org."""
    return status.kind in ("production", "trial", "unknown")


def org_cells(status: OrgStatus) -> tuple[Cell, ...]:
    """The cells of `COLUMNS`."""
    production = is_production(status)
    kind: Cell = Toned(f" {status.kind.upper()} ", "production") if production else status.kind
    state = Toned("connected", "good") if status.connected else Toned("no answer", "bad")
    sign = Toned("●", "good") if status.connected else Toned("✗", "bad")
    api = f"{status.api_used:,}/{status.api_max:,}" if status.api_max else ""
    used, most = status.storage_used_mb, status.storage_max_mb
    storage = f"{megabytes(used or 0)}/{megabytes(most)}" if most else ""
    return (sign, Toned(status.alias, "strong"), kind, state, age(status.age_hours), api, storage)


def suitability(status: OrgStatus) -> Cell:
    """Whether the org can be the hotfix environment, in a sentence."""
    if not status.connected:
        return Toned(status.error or "It does not answer.", "bad")
    if status.refusal:
        return Toned(status.refusal, "bad" if is_production(status) else "warn")
    if status.short_of:
        return Toned(f"{status.short_of}; {status.reason}", "warn")
    return status.reason
