"""Orgs as rows: how each is, whether it can be the environment, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.ui.screens.dialogs import DetailDialog
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


_SOURCES = {"local": "a local org", "own": "our own login", "sf": "the Salesforce CLI's login"}


def detail(status: OrgStatus, known: Iterable[OrgStatus]) -> DetailDialog:
    """All that is known of an org, line by line. `known`: all orgs, for which production's release is."""
    facts = [(name, value) for name, value in _facts(status, known) if value]

    def cells(_width: int) -> Sequence[tuple[Cell, ...]]:
        return [(Toned(name, "dim"), value) for name, value in facts]

    return DetailDialog(f"Org {status.alias}", (Column("", 18), Column("", 0, 1)), cells, (suitability(status),))


def _facts(status: OrgStatus, known: Iterable[OrgStatus]) -> list[tuple[str, Cell]]:
    return [
        ("Name", status.label),
        ("User", status.username),
        ("Kind", Toned(" PRODUCTION ", "production") if status.kind == "production" else status.kind),
        ("Org id", status.org_id),
        ("Ends", status.expires[:10]),
        ("Logged in by", _SOURCES.get(status.source, status.source)),
        ("API version", _release(status, known)),
        ("API calls left", f"{status.api_max - status.api_used:,} of {status.api_max:,}" if status.api_max else ""),
        ("Data storage", _free(status.storage_used_mb, status.storage_max_mb)),
        ("File storage", _free(status.files_used_mb, status.files_max_mb)),
        ("Made or refreshed", f"{age(status.age_hours)} ago" if status.age_hours is not None else ""),
        ("Others this week", ", ".join(status.people) if status.connected else ""),
        ("Last contact", status.contact[:19].replace("T", " ")),
        *(("Missing", Toned(one, "warn")) for one in status.missing),
    ]


def _free(used: float, most: float) -> str:
    return f"{megabytes(max(most - used, 0))} of {megabytes(most)} MB free" if most else ""


def _release(status: OrgStatus, known: Iterable[OrgStatus]) -> Cell:
    """A sandbox on a newer release than every production org has it in preview."""
    productions = [float(one.api_version) for one in known if one.kind == "production" and one.api_version]
    if not status.api_version or not productions or is_production(status):
        return status.api_version
    if float(status.api_version) > max(productions):
        return Toned(f"{status.api_version}, a preview: production has {max(productions):.1f}", "warn")
    return status.api_version
