"""The rows that an org refused, as a file that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hotfix_tui import paths
from hotfix_tui.hotfix.state import HotfixState

_COLUMNS = ("object", "key", "act", "code", "message", "fields", "org", "values")
# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def refused_csv(state: HotfixState) -> str:
    """One line for each row refused by the latest write, in the order they were refused, with the org's words.

    `values`: what was to be written, as `field=value` lines, where the plan that is shown knows it.
    """
    planned = {(row.object, row.key): row.changes for row in state.planned_rows}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in state.refused:
        values = _values(planned.get((row.object, row.key), {}))
        cells = (row.object, row.key, row.act, row.code, row.message, "; ".join(row.fields), row.org, values)
        writer.writerow(_plain(cells))
    return out.getvalue()


def write_refused(state: HotfixState, file: Path | None = None) -> Path:
    """Writes the file (0600) and returns where it is; without `file` beside the hotfix's journal."""
    file = file or paths.hotfixes() / f"{state.hotfix}-refused.csv"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
        out.write(refused_csv(state))
    return file


def _values(changes: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}={'' if pair[1] is None else pair[1]}" for name, pair in changes.items())


def _plain(cells: Iterable[str]) -> list[str]:
    return ["'" + cell if cell.startswith(_FORMULA) else cell for cell in cells]
