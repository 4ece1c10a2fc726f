"""Records of a scenario: files of rows in layers, with references by key, made into one set of rows an org."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.scenarios.format import Scenario, ScenarioError

HANDLE = "#"
Row = dict[str, Any]


@dataclass
class ObjectRows:
    """An object's rows, by handle: what `#` says, else the values of the key fields joined by `|`.

    `lookups`: reference field → objects that its value may name a row of, by handle.
    """

    object: str
    key: tuple[str, ...] = ()
    lookups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)


def rows_of(scenario: Scenario, layers: Iterable[str]) -> dict[str, ObjectRows]:
    """What these layers come to, by object. Raises ScenarioError naming the file."""
    found: dict[str, ObjectRows] = {}
    for layer in layers:
        for file in scenario.records(layer):
            _lay(found.setdefault(file.stem, ObjectRows(file.stem)), file)
    return found


def parents_first(found: dict[str, ObjectRows]) -> list[ObjectRows]:
    """The objects in an order in which rows come after those they point to, as far as there is one."""
    ordered: dict[str, ObjectRows] = {}
    begun: set[str] = set()

    def visit(name: str) -> None:
        if name in begun or name not in found:
            return
        begun.add(name)
        for targets in found[name].lookups.values():
            for target in targets:
                visit(target)
        ordered[name] = found[name]

    for name in found:
        visit(name)
    return list(ordered.values())


def numbers(scenario: Scenario) -> dict[tuple[str, str], int]:
    """A number for every row of every layer, by object and handle: ids are made from it, the same in every org."""
    counted: dict[tuple[str, str], int] = {}
    seen: dict[str, int] = {}
    for layer in dict.fromkeys(layer for org in scenario.orgs for layer in org.layers):
        for name, found in rows_of(scenario, [layer]).items():
            for handle in found.rows:
                if (name, handle) not in counted:
                    seen[name] = counted[name, handle] = seen.get(name, 0) + 1
    return counted


def _lay(target: ObjectRows, file: Path) -> None:
    raw = _read(file)
    target.key = tuple(raw.get("key", target.key))
    target.lookups.update({name: tuple(objects) for name, objects in raw.get("lookups", {}).items()})
    for handle in raw.get("remove", ()):
        target.rows.pop(handle, None)
    for row in _rows(raw, file):
        handle = row.pop(HANDLE, None) or "|".join(str(row.get(name)) for name in target.key)
        if handle in target.rows:
            target.rows[handle].update(row)
        else:
            target.rows[handle] = {**raw.get("defaults", {}), **row}
    for row in target.rows.values():
        for name in raw.get("without", ()):
            row.pop(name, None)


def _read(file: Path) -> dict[str, Any]:
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ScenarioError(f"{file} is not JSON: {error}.") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("rows"), list):
        raise ScenarioError(f"{file}: expected an object with `rows`.")
    return raw


def _rows(raw: dict[str, Any], file: Path) -> list[Row]:
    columns = raw.get("columns")
    made: list[Row] = []
    for number, item in enumerate(raw["rows"], 1):
        if isinstance(item, dict):
            made.append(dict(item))
        elif isinstance(item, list) and columns and len(item) == len(columns):
            made.append(dict(zip(columns, item, strict=True)))
        else:
            raise ScenarioError(f"{file}: row {number} does not fit the columns.")
    return made
