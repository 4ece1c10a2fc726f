"""A data plan as rows: objects in writing order, automations, sums."""

from __future__ import annotations

from hotfix_tui.events.seed import AutomationFound, ObjectPlanned
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.virtual_table import Column

PLAN_COLUMNS = (
    Column("#", 2, right=True),
    Column("Object", 0, 3),
    Column("Rows", 5, right=True),
    Column("New", 5, right=True),
    Column("Chg", 5, right=True),
    Column("Same", 5, right=True),
    Column("Note", 0, 2),
)
AUTOMATION_COLUMNS = (
    Column("", 1),
    Column("Automation", 0, 3),
    Column("Kind", 14),
    Column("Now", 10),
    Column("While writing", 14),
)

_PLANS = {
    "switch_off": ("switched off", ""),
    "already_off": ("off already", "dim"),
    "bypass": ("bypassed", ""),
    "cannot": ("cannot be off", "bad"),
}


def plan_cells(place: int, one: ObjectPlanned) -> tuple[Cell, ...]:
    """The cells of `PLAN_COLUMNS`."""
    notes = []
    if len(one.levels) > 1:
        notes.append(f"{len(one.levels)} levels")
    if one.second_pass:
        notes.append(f"second pass: {', '.join(one.second_pass)}")
    if one.reference:
        notes.append(f"{one.reference:,} only matched")
    if one.delete:
        notes.append(f"{one.delete:,} deleted")
    new: Cell = Toned(f"{one.insert:,}", "add") if one.insert else Toned("0", "dim")
    changed: Cell = Toned(f"{one.update:,}", "warn") if one.update else Toned("0", "dim")
    return (str(place), one.object, f"{one.rows:,}", new, changed, f"{one.equal:,}", "; ".join(notes))


def automation_cells(state: HotfixState, one: AutomationFound) -> tuple[Cell, ...]:
    """The cells of `AUTOMATION_COLUMNS`. The state is the one last read back, the found one before any switch."""
    switched = state.switched.get((one.org, one.kind, one.name))
    now, version = (switched.state, switched.version) if switched else (one.state, one.version)
    off = any(intent.kind == one.kind and intent.name == one.name for intent in state.automations_off)
    said = f"{now} (v{version})" if version is not None else now
    sign = Toned("!", "bad") if off else (Toned("●", "good") if now == "on" else Toned("○", "dim"))
    words, tone = _PLANS.get(one.plan, (one.plan, ""))
    return (sign, one.name, one.kind, Toned(said, "bad") if off else said, Toned(words, tone) if tone else words)


def plan_title(state: HotfixState, adopted: int = 0) -> str:
    """`Plan: NAME  375 new, 28 changed, 279 equal · 1.4 MB, 12 calls`; an `adopted` twin is changed, not new."""
    plan = state.plan
    if plan is None:
        return "Plan  working it out …"
    deleted = f", {plan.delete:,} deleted" if plan.delete else ""
    sums = f"{plan.insert - adopted:,} new, {plan.update + adopted:,} changed{deleted}, {plan.equal:,} equal"
    return f"Plan: {plan.data_set}  {sums} · {plan.size / 1_000_000:.1f} MB, {plan.calls:,} calls"


def automations_title(state: HotfixState) -> str:
    """`Automations  5 of 6 off while writing (1 off already)`."""
    found = list(state.automations.values())
    going = sum(one.plan in ("switch_off", "bypass") for one in found)
    already = sum(one.plan == "already_off" for one in found)
    off_already = f" ({already} off already)" if already else ""
    now = len(state.automations_off)
    still = f"  {now} off now" if now else ""
    return f"Automations  {going} of {len(found)} off while writing{off_already}{still}"
