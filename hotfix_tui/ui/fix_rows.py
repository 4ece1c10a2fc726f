"""The fix as one list: components, records, and what only production gets; gates and findings in words."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix_tui.events.promote import FixComponent, FixRecord, ProductionChangePlanned
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui.screens.row_details import changes_in_words, shown_value
from hotfix_tui.ui.text import Cell, Toned, visible_text, wrap
from hotfix_tui.ui.widgets.virtual_table import Column
from hotfix_tui.ui.words import day_and_time, many, of_total

Part = FixComponent | FixRecord | ProductionChangePlanned

COLUMNS = (Column("", 1), Column("Part of the fix", 0, 3), Column("Kind", 16), Column("What", 0, 3))
_SIGNS = {
    "new": ("+", "add"), "insert": ("+", "add"), "changed": ("~", "warn"), "update": ("~", "warn"),
    "deleted": ("-", "remove"), "delete": ("-", "remove"),
}  # fmt: skip
GATES = {
    "validate": "validate",
    "snapshot": "snapshot",
    "deploy": "deploy",
    "activate": "activate",
    "verify_metadata": "verify",
    "data": "data",
    "verify_data": "verify data",
    "containment": "undo containment",
}
_GATE_SIGNS = {"started": ("●", "warn"), "passed": ("✓", "good"), "failed": ("✗", "bad"), "skipped": ("-", "dim")}
_LEVELS = {"blocker": ("Blocked", "bad"), "warning": ("Warning", "warn"), "info": ("Note", "dim")}


def parts(state: HotfixState) -> list[Part]:
    """Components, records, then production's own changes with the containment last."""
    changes = sorted(state.production_changes, key=lambda one: one.purpose == "containment")
    return [*state.fix_components, *state.fix_records, *changes]


def part_key(part: Part) -> str:
    """What names a part: `Type:Full_Name`, `record/Object/Key`, `production/Name`."""
    if isinstance(part, FixComponent):
        return f"{part.type}:{part.full_name}"
    if isinstance(part, FixRecord):
        return f"record/{part.object}/{part.key}"
    return f"production/{part.name}"


def part_cells(part: Part) -> tuple[Cell, ...]:
    """The cells of `COLUMNS`."""
    if isinstance(part, ProductionChangePlanned):
        kind: Cell = Toned("containment", "warn") if part.purpose == "containment" else "production only"
        set_to = ", ".join(f"{field} = {shown_value(value)}" for field, value in part.set.items())
        last = " (last)" if part.purpose == "containment" else ""
        return ("~", part.name, kind, f"{many(part.rows, f'{part.object} row')}: {set_to}{last}")
    sign, tone = _SIGNS.get(part.change, ("?", ""))
    if isinstance(part, FixComponent):
        name, kind, what = part.full_name, part.type, part.change + (f" by {part.by}" if part.by else "")
    else:
        name, kind, what = part.key, part.object, changes_in_words(part.changes, part.change) or part.change
    if part.drift:
        return (Toned(sign, tone), name, kind, Toned(f"DRIFT: production moved. {what}", "bad"))
    return (Toned(sign, tone), name, kind, what)


def gate_words(state: HotfixState) -> list[Cell]:
    """The gates in order, each with its state and, while it runs, its counts."""
    words: list[Cell] = []
    for gate, name in GATES.items():
        reached = state.gates.get(gate)
        sign, tone = _GATE_SIGNS[reached.state] if reached and reached.state in _GATE_SIGNS else ("·", "dim")
        words += [Toned(f"{sign} {name}".replace(" ", "\u00a0"), tone), "   "]
    return words


def deploy_words(state: HotfixState) -> list[Cell]:
    """The latest deploy to production, with component and test counts."""
    for deploy in reversed(state.deploys.values()):
        if deploy.started.org != state.production:
            continue
        what = "Validation" if deploy.started.check_only else "Deploy"
        words: list[Cell] = [f"{what} {deploy.started.deploy_id} "]
        if deploy.progress is not None:
            now = deploy.progress
            words.append(f"{of_total(now.components_done, now.components_total)} components")
            words.append(f", {of_total(now.tests_done, now.tests_total)} tests" if now.tests_total else "")
            errors = now.component_errors + now.test_errors
            words.append(Toned(f", {many(errors, 'error')}", "bad") if errors else "")
        if deploy.finished is not None:
            status = deploy.finished.status
            words += ["  ", Toned(status, "good" if status == "Succeeded" else "bad")]
            until = deploy.finished.quick_deploy_until
            words.append(f", quick deploy until {day_and_time(until)}" if until else "")
        return [word for word in words if word]
    return []


def finding_rows(findings: Sequence[Finding], width: int) -> list[tuple[Cell, ...]]:
    """The findings, blockers first, each wrapped into as many rows as it needs."""
    order = {"blocker": 0, "warning": 1}
    rows: list[tuple[Cell, ...]] = []
    for finding in sorted(findings, key=lambda one: order.get(one.level, 2)):
        name, tone = _LEVELS.get(finding.level, (finding.level, ""))
        where = f"{finding.org}: " if finding.org else ""
        for place, line in enumerate(wrap(visible_text(where + finding.text), max(width - 11, 20))):
            rows.append((Toned(name if place == 0 else "", tone), line))
    return rows
