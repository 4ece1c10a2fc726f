"""How Apex tests end and what they cover, as it was planted: the one answer for deployments and test runs alike.

This org does not execute Apex. A test method passes unless it was planted to fail; a class or trigger is covered by
the percentage planted for it, 100 where nothing is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_TABLE = "CREATE TABLE IF NOT EXISTS apex_coverage (name TEXT PRIMARY KEY COLLATE NOCASE, percent REAL, failures TEXT)"


@dataclass(frozen=True)
class Planted:
    """What was planted for one class or trigger: percent covered (None: nothing said), and method → failure's words."""

    percent: float | None = None
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def covered(self) -> float:
        """The percentage of its lines that tests cover, once a test ran."""
        return 100.0 if self.percent is None else float(self.percent)


def plant(org: LocalOrg, name: str, percent: float | None = None, failures: dict[str, str] | None = None) -> None:
    """Decides how a class or trigger is covered (percent), and which methods of a test class fail, with what words."""
    org.store.execute(_TABLE)
    org.store.execute(
        "INSERT OR REPLACE INTO apex_coverage VALUES (?, ?, ?)", (name, percent, json.dumps(failures or {}))
    )


class PlantedOutcomes:
    """All that is planted, read once."""

    def __init__(self, org: LocalOrg) -> None:
        org.store.execute(_TABLE)
        rows = org.store.rows("SELECT name, percent, failures FROM apex_coverage")
        self._known = {
            str(name).lower(): Planted(percent, json.loads(failures or "{}")) for name, percent, failures in rows
        }

    def of(self, name: str) -> Planted:
        """What is planted for a class or trigger, by its name in any case."""
        return self._known.get(name.lower(), Planted())

    def failure(self, class_name: str, method: str) -> str | None:
        """The words a test method fails with; None when it passes."""
        return self.of(class_name).failures.get(method)

    def as_dict(self) -> dict[str, dict[str, object]]:
        """All of it: name (lower case) → percent and failures."""
        return {name: {"percent": known.percent, "failures": known.failures} for name, known in self._known.items()}
