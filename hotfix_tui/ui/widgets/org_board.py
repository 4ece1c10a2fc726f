"""A board of orgs: one row each, its stages from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

STAGES = ("connect", "compare", "deploy", "data", "verify")
_WIDTHS = {"deploy": 7, "data": 4, "verify": 6}
_SIGNS = {"started": ("●", "warn"), "done": ("✓", "good"), "failed": ("✗", "bad")}
_PARITY = {"yes": ("✓ parity", "good"), "exceptions": ("~ exceptions", "warn"), "no": ("✗ no parity", "bad")}


@dataclass(frozen=True)
class Stage:
    """How far a stage is: started, done, failed; `detail` in words."""

    state: str
    detail: str = ""


@dataclass(frozen=True)
class OrgRow:
    """One org. `counts`: parts to apply, new, same, left alone; `moving` is the running deploy's done/total."""

    org: str
    kind: str
    stages: Mapping[str, Stage]
    counts: tuple[int, ...]
    parity: str
    moving: str = ""


class OrgBoard(VirtualTable):
    """Any number of orgs; only those in view are drawn."""

    def __init__(self, title: str = "", empty: str = "", id: str | None = None) -> None:
        super().__init__(
            Column("Org", 0),
            Column("Kind", 21, from_width=96),
            *(Column(name.capitalize(), _WIDTHS.get(name, 7)) for name in STAGES),
            Column("Apply", 5, right=True),
            Column("New", 3, right=True),
            Column("Same", 4, right=True),
            Column("Left", 4, right=True),
            Column("Parity", 12),
            title=title,
            empty=empty,
            id=id,
        )

    def tell(self, rows: Sequence[OrgRow]) -> None:
        """Shows the orgs as they are now."""
        self.show(ListRows(rows, _cells, lambda row: row.org))


def _cells(row: OrgRow) -> tuple[Cell, ...]:
    stages = [_stage(row.stages.get(name), row.moving if name == "deploy" else "") for name in STAGES]
    known = sum(row.counts) > 0
    counts: list[Cell] = [str(count) if known else "" for count in row.counts]
    if known and row.counts[3]:
        counts[3] = Toned(str(row.counts[3]), "warn")
    words, tone = _PARITY.get(row.parity, (row.parity, "dim"))
    return (Toned(row.org, "strong"), row.kind, *stages, *counts, Toned(words, tone))


def _stage(stage: Stage | None, moving: str) -> Cell:
    if stage is None:
        return Toned("·", "dim")
    sign, tone = _SIGNS.get(stage.state, (stage.state, ""))
    return Toned(f"{sign} {moving}" if moving and stage.state == "started" else sign, tone)
