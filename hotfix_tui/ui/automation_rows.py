"""Automations as rows: what fires on the write, its state now, and what is done about it while writing."""

from __future__ import annotations

from collections.abc import Mapping

from hotfix_tui.events.seed import AutomationFound
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.virtual_table import Column

COLUMNS = (
    Column("", 1),
    Column("Automation", 0, 3),
    Column("Kind", 14),
    Column("Runs", 0, 2, from_width=110),
    Column("Now", 10),
    Column("While writing", 15),
)

_PLANS = {
    "switch_off": ("switched off", ""),
    "already_off": ("off already", "dim"),
    "bypass": ("bypassed", ""),
    "setting": ("setting", ""),
    "header": ("header", ""),
    "leave": ("fires", "warn"),
    "cannot": ("fires: choose a", "bad"),
}
_WAYS = {
    "switch_off": "Switch it off, for everybody in the org, and on again after",
    "bypass": "Bypass it for our user, by a permission set meanwhile",
    "setting": "Pass it for our user, by a row of its setting meanwhile",
    "header": "A header of each request keeps it from running",
    "leave": "Let it fire on the rows written",
}
_KEPT = frozenset({"switch_off", "bypass", "setting", "header"})


def name_of(one: AutomationFound) -> str:
    """`Type:Full_Name`, by which ways are chosen."""
    return f"{one.kind}:{one.name}"


def plan_of(one: AutomationFound, chosen: Mapping[str, str]) -> str:
    """What is done about it: the way a person chose, else what was planned."""
    wanted = chosen.get(name_of(one), "")
    return wanted if wanted in one.ways else one.plan


def cells(state: HotfixState, one: AutomationFound, chosen: Mapping[str, str]) -> tuple[Cell, ...]:
    """The cells of `COLUMNS`. The state is the one last read back, the found one before any switch."""
    switched = state.switched.get((one.org, one.kind, one.name))
    now, version = (switched.state, switched.version) if switched else (one.state, one.version)
    off = any(intent.kind == one.kind and intent.name == one.name for intent in state.automations_off)
    said = f"{now} (v{version})" if version is not None else now
    sign = Toned("!", "bad") if off else (Toned("●", "good") if now == "on" else Toned("○", "dim"))
    plan = plan_of(one, chosen)
    words, tone = _PLANS.get(plan, (plan, ""))
    shown: Cell = Toned(words, tone) if tone else words
    return (sign, one.name, one.kind, Toned(one.timing, "dim"), Toned(said, "bad") if off else said, shown)


def title(state: HotfixState, chosen: Mapping[str, str]) -> str:
    """`Automations  5 of 6 off while writing (1 off already)`."""
    plans = [plan_of(one, chosen) for one in state.automations.values()]
    going = sum(plan in _KEPT for plan in plans)
    already = plans.count("already_off")
    off_already = f" ({already} off already)" if already else ""
    now = len(state.automations_off)
    still = f"  {now} off now" if now else ""
    return f"Automations  {going} of {len(plans)} off while writing{off_already}{still}"


def undecided(state: HotfixState, chosen: Mapping[str, str]) -> list[AutomationFound]:
    """Those that would fire although nobody chose that: a seed is refused until somebody does."""
    return [one for one in state.automations.values() if plan_of(one, chosen) == "cannot"]


def for_everybody(state: HotfixState, chosen: Mapping[str, str]) -> int:
    """How many are switched off for everybody in the org."""
    return sum(plan_of(one, chosen) == "switch_off" for one in state.automations.values())


def choices(one: AutomationFound) -> list[tuple[str, str]]:
    """(way, words) of what may be chosen."""
    return [(way, _WAYS.get(way, way)) for way in one.ways]
