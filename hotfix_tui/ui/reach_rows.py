"""What may reach the outside from the environment, as rows and as a line before a seed."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix_tui.events.automation import ReachFound
from hotfix_tui.ui.screens.dialogs import DetailDialog
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import many

_LEVELS = {
    "production": ("PRODUCTION", "bad"),
    "unknown": ("unknown", "warn"),
    "outside": ("outside", "dim"),
}
_NAMED = 3


def before_a_seed(reach: Sequence[ReachFound]) -> list[Cell]:
    """A line for the confirmation: how many there are, those named that go where production sends. Empty for none."""
    if not reach:
        return []
    same = [one for one in reach if one.level == "production"]
    words: list[Cell] = [BREAK, Toned(f"{many(len(reach), 'way')} to the outside from there", "warn")]
    if same:
        names = ", ".join(f"{one.kind} {one.name}" for one in same[:_NAMED])
        more = f" and {len(same) - _NAMED:,} more" if len(same) > _NAMED else ""
        words += [", ", Toned(f"{len(same):,} to where PRODUCTION sends: {names}{more}", "bad")]
    return [*words, ". ", Toned("o", "key"), " lists them and what can be done."]


def detail(reach: Sequence[ReachFound]) -> DetailDialog:
    """All of it."""

    def cells(_width: int) -> Sequence[tuple[Cell, ...]]:
        lines: list[tuple[Cell, ...]] = []
        for one in reach:
            words, tone = _LEVELS.get(one.level, (one.level, ""))
            lines.append((Toned(words, tone), f"{one.kind} {one.name}".strip(), f"{one.detail}; {one.advice}"))
        return lines

    columns = (Column("Where", 10), Column("By what", 0, 2), Column("What it is, and what can be done", 0, 4))
    org = reach[0].org if reach else ""
    words: list[Cell] = [
        "Switched off automations do not stop these: others' saves, what runs by itself, and what runs later."
    ]
    return DetailDialog(f"Ways to the outside from {org}", columns, cells, words)
