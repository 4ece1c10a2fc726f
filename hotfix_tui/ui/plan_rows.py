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
    Column("Kind", 13),
    Column("Now", 10),
    Column("While writing", 14),
)

_PLANS = {
    "switch_off": ("switched off", ""),
    "already_off": ("off already", "dim"),
    "bypass": ("bypassed", ""),
    "cannot": ("cannot be off", "bad"),
}
MB_A_ROW = 2 / 1024
"""Salesforce counts 2 KB for nearly every record."""


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


def sums(state: HotfixState) -> tuple[Cell, ...]:
    """The line under the plan: `375 new, 28 changed, 279 equal · 1.4 MB`, and what automations do meanwhile."""
    plan = state.plan
    if plan is None:
        return ()
    parts: list[Cell] = [
        Toned(f"{plan.insert:,} new", "add"), ", ", Toned(f"{plan.update:,} changed", "warn"),
        f", {plan.delete:,} deleted" if plan.delete else "", f", {plan.equal:,} equal",
        f" · {plan.size / 1_048_576:.1f} MB in {plan.calls:,} calls",
    ]  # fmt: skip
    found = list(state.automations.values())
    if found:
        going = sum(one.plan in ("switch_off", "bypass") for one in found)
        already = sum(one.plan == "already_off" for one in found)
        parts.append(f" · automations off while writing: {going} of {len(found)}")
        parts.append(f" ({already} off already)" if already else "")
    return tuple(part for part in parts if part)
