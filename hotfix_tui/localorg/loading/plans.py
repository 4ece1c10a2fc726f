"""Plans of `sf data import tree`: which one of a folder is loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Plan:
    """A plan and the rows of its files. `rows`: object → records as the tree files have them, in order."""

    path: Path
    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    problem: str = ""

    @property
    def name(self) -> str:
        """The plan's file name."""
        return self.path.name


def choose_plan(folder: Path, wanted: Path | None) -> tuple[Plan | None, list[str]]:
    """The plan to load, and a sentence for each plan that is left out and why.

    A plan resolves alone when all its files are there and every `@reference` in it is to a record of its own. Of
    those the one with most rows is taken, by name where they are equal. Raises NotMetadata for a plan that was named
    and does not resolve.
    """
    from hotfix_tui.localorg.loading.folder import NotMetadata

    if wanted is not None:
        plan = read_plan(wanted)
        if plan.problem:
            raise NotMetadata(f"The plan {wanted} cannot be loaded: {plan.problem}.")
        return plan, []
    plans = [read_plan(path) for path in find_plans(folder / "data")]
    whole = [plan for plan in plans if not plan.problem]
    chosen = max(whole, key=lambda plan: (len(plan.rows), plan.name), default=None)
    left_out = []
    for plan in plans:
        if plan is chosen:
            continue
        reason = plan.problem or f"{chosen.name if chosen else ''} has more rows"
        left_out.append(f"The plan {plan.name} is left out: {reason}.")
    return chosen, left_out


def find_plans(folder: Path) -> list[Path]:
    """The plan files of a data folder: JSON lists of objects with files."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.glob("*.json")) if _is_plan(path)]


def _is_plan(path: Path) -> bool:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, list) and all(isinstance(item, dict) and "files" in item for item in content)


def read_plan(path: Path) -> Plan:
    """A plan with the rows of its files; `problem` says why it does not resolve alone."""
    plan = Plan(path)
    try:
        steps = json.loads(path.read_text(encoding="utf-8"))
        for step in steps:
            for name in step["files"]:
                _read_file(plan, path.parent / str(name))
    except FileNotFoundError as error:
        plan.problem = f"it names a file that is not there, {Path(str(error.filename)).name}"
        return plan
    except (OSError, ValueError, KeyError, TypeError) as error:
        plan.problem = f"it cannot be read ({type(error).__name__}: {error})"
        return plan
    unknown = _unresolved(plan)
    if unknown:
        plan.problem = f"it refers to records that are not in it ({unknown[0]} and {len(unknown) - 1} more)"
        if len(unknown) == 1:
            plan.problem = f"it refers to a record that is not in it ({unknown[0]})"
    return plan


def _read_file(plan: Plan, path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    # The type of each record counts, not the plan's: plans that were written by hand get it wrong.
    plan.rows += [(str(record["attributes"]["type"]), record) for record in content["records"]]


def _unresolved(plan: Plan) -> list[str]:
    known = {str(row["attributes"].get("referenceId", "")) for _, row in plan.rows}
    wanted: dict[str, None] = {}
    for _, row in plan.rows:
        for key, value in row.items():
            if key != "attributes" and isinstance(value, str) and value.startswith("@") and value[1:] not in known:
                wanted.setdefault(value)
    return list(wanted)
