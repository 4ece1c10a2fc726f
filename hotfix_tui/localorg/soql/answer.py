"""Rows as JSON: records with their parents and children, groups, the columns of `columns=true`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.formula import FormulaError
from hotfix_tui.localorg.schema.model import NUMBERS, Field
from hotfix_tui.localorg.soql.display import displayed
from hotfix_tui.localorg.soql.shape import Child, Choice, Compiled, Leaf, Nest

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Row = Sequence[Any]


class Writer:
    """Writes rows as JSON records; children are read for the rows that are written."""

    def __init__(self, org: LocalOrg, query: Compiled, version: str, tooling: bool) -> None:
        self.org = org
        self.query = query
        self.tooling = tooling
        self.base = f"/services/data/v{version}/{'tooling/' if tooling else ''}sobjects"

    def records(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """The records of rows, in their order."""
        shape = self.query.shape
        if shape is None:
            return []
        children = {
            name: self._children(inner, [row[shape.id_column] for row in rows])
            for name, inner in shape.inner.items()
            if isinstance(inner, Child)
        }
        return [self._record(shape, row, children) for row in rows]

    def _children(self, child: Child, parents: list[str]) -> dict[str, list[Row]]:
        compiled = child.query
        found: dict[str, list[Row]] = {}
        for row in self.org.store.rows(compiled.sql, [json.dumps(parents), *compiled.parameters]):
            found.setdefault(row[-1], []).append(row)
        if compiled.limit is not None or compiled.offset:
            end = None if compiled.limit is None else compiled.offset + compiled.limit
            found = {key: rows[compiled.offset : end] for key, rows in found.items()}
        return found

    def _record(self, shape: Nest, row: Row, children: dict[str, dict[str, list[Row]]]) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": self._attributes(shape, row)}
        for name, inner in shape.inner.items():
            if isinstance(inner, Leaf):
                record[name] = self.value(inner, row)
            elif isinstance(inner, Nest):
                record[name] = self._record(inner, row, {}) if row[inner.id_column] is not None else None
            elif isinstance(inner, Choice):
                chosen = inner.nests.get(row[inner.type_column] or "")
                record[name] = self._record(chosen, row, {}) if chosen else None
            else:
                rows = children[name].get(row[shape.id_column], [])
                record[name] = self._nested(inner, rows) if rows else None
        return record

    def _nested(self, child: Child, rows: list[Row]) -> dict[str, Any]:
        writer = Writer(self.org, child.query, "", self.tooling)
        writer.base = self.base
        return {"totalSize": len(rows), "done": True, "records": writer.records(rows)}

    def _attributes(self, shape: Nest, row: Row) -> dict[str, Any]:
        if shape.id_column < 0:
            return {"type": shape.type_name}
        real = row[shape.type_column] if shape.type_column >= 0 else shape.type_name
        return {"type": shape.type_name, "url": f"{self.base}/{real}/{row[shape.id_column]}"}

    def value(self, leaf: Leaf, row: Row) -> Any:
        """One value of a row, as JSON has it."""
        if leaf.field.type in ("address", "location"):
            return compound(leaf.field, {name: row[column] for name, column in leaf.parts.items()})
        value = row[leaf.column]
        if leaf.formula and value is not None:
            value = self._formula(leaf, value)
        value = api_value(leaf.field, value)
        if leaf.field.coded and value is not None:
            value = next((each.label for each in leaf.field.values if each.value == value), value)
        return displayed(leaf.field, value, self.org.schema.currencies) if leaf.shown else value

    def _formula(self, leaf: Leaf, record_id: str) -> Any:
        try:
            return self.org.store.functions["sf_formula"][1](leaf.formula, leaf.field.name, record_id)
        except FormulaError as problem:
            text = f"The formula of {leaf.formula}.{leaf.field.name} is not understood by this org: {problem}"
            raise ApiError("FORMULA_EXPRESSION_INVALID", text) from None


def api_value(field: Field, value: Any) -> Any:
    """A stored value as JSON has it."""
    if value is None:
        return False if field.type == "boolean" and field.column else None
    if field.type == "boolean":
        return bool(value)
    if field.type == "int":
        return int(value)
    if field.type in NUMBERS:
        return float(value)
    if field.type == "json":
        return json.loads(value) if isinstance(value, str) else value
    return value


def compound(field: Field, parts: dict[str, Any]) -> dict[str, Any] | None:
    """An address or a geolocation from its parts; None when all are empty."""
    if all(value is None for value in parts.values()):
        return None
    if field.type == "location":
        return {
            key: next((value for name, value in parts.items() if name.lower().endswith(f"{key}__s")), None)
            for key in ("latitude", "longitude")
        }
    keys = ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street")
    return {
        key: next((value for name, value in parts.items() if name.lower().endswith(key.lower())), None) for key in keys
    }
