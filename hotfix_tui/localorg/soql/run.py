"""Answering queries: run the SQL, build the JSON, hand out pages."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.schema.model import NUMBERS, Field
from hotfix_tui.localorg.soql.compile import Child, Compiled, Compiler, Leaf, Nest
from hotfix_tui.localorg.soql.parse import parse

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

PAGE = 2000
_CURSOR_LIFE = timedelta(days=2)
_MAX_LENGTH = 100_000


@dataclass
class _Cursor:
    rows: list[tuple[Any, ...]]
    query: Compiled
    version: str
    tooling: bool
    made: datetime


class QueryService:
    """Runs SOQL for the REST API and for other rooms."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._cursors: dict[str, _Cursor] = {}
        self._lock = threading.Lock()
        self._count = 0
        org.store.add_function("sf_like", 2, like)
        org.store.add_function("sf_includes", 2, includes)

    def run(
        self, soql: str, *, version: str = "67.0", tooling: bool = False, all_rows: bool = False, page: int = PAGE
    ) -> dict[str, Any]:
        """The answer of a query call: totalSize, done, records and, when there is more, nextRecordsUrl.

        Raises ApiError in Salesforce's words.
        """
        compiled = self._compile(soql, tooling=tooling, all_rows=all_rows)
        rows = self._org.store.rows(compiled.sql, compiled.parameters)
        if compiled.counting:
            return self._dress({"totalSize": rows[0][0], "done": True, "records": []}, compiled, tooling)
        return self._page(_Cursor(rows, compiled, version, tooling, self._org.clock.now()), 0, page)

    def records(self, soql: str, *, tooling: bool = False) -> list[dict[str, Any]]:
        """All records of a query at once, as the REST API writes them: for use inside the org."""
        found: list[dict[str, Any]] = self.run(soql, tooling=tooling, page=10_000_000)["records"]
        return found

    def more(self, locator: str, page: int = PAGE) -> dict[str, Any]:
        """The page a nextRecordsUrl names. Raises INVALID_QUERY_LOCATOR when it is unknown or older than two days."""
        name, _, start = locator.rpartition("-")
        with self._lock:
            cursor = self._cursors.get(name)
        if cursor is None or not start.isdigit() or self._org.clock.now() - cursor.made > _CURSOR_LIFE:
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, int(start), page, name)

    def columns(self, soql: str, *, tooling: bool = False) -> dict[str, Any]:
        """What `columns=true` answers: the selected columns instead of rows."""
        compiled = self._compile(soql, tooling=tooling, all_rows=False)
        return {
            "columnMetadata": _column_metadata(compiled.shape) if compiled.shape else [],
            "entityName": compiled.source.name,
            "groupBy": compiled.aggregate and not compiled.counting,
            "idSelected": compiled.shape is not None and "Id" in compiled.shape.inner,
            "keyPrefix": compiled.source.key_prefix,
        }

    def _compile(self, soql: str, *, tooling: bool, all_rows: bool) -> Compiled:
        text = soql.strip()
        if len(text) > _MAX_LENGTH:
            raise ApiError("QUERY_TOO_COMPLICATED", "Query is either selecting too many fields or is too long")
        if not text:
            raise ApiError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        query = parse(text)
        if query.all_rows:
            raise ApiError("MALFORMED_QUERY", "ALL ROWS not allowed in this context")
        compiler = Compiler(self._org.schema, text, self._org.clock.today(), all_rows=all_rows, tooling=tooling)
        return compiler.compile(query)

    def _page(self, cursor: _Cursor, start: int, page: int, name: str = "") -> dict[str, Any]:
        rows = cursor.rows[start : start + page]
        answer: dict[str, Any] = {"totalSize": len(cursor.rows), "done": start + len(rows) >= len(cursor.rows)}
        if not answer["done"]:
            name = name or self._keep(cursor)
            path = f"/services/data/v{cursor.version}/{'tooling/' if cursor.tooling else ''}query"
            answer["nextRecordsUrl"] = f"{path}/{name}-{start + len(rows)}"
        answer["records"] = _Writer(self._org, cursor.query, cursor.version, cursor.tooling).records(rows)
        return self._dress(answer, cursor.query, cursor.tooling)

    def _dress(self, answer: dict[str, Any], compiled: Compiled, tooling: bool) -> dict[str, Any]:
        if tooling:
            answer.update(
                {"size": len(answer["records"]), "queryLocator": None, "entityTypeName": compiled.source.name}
            )
        return answer

    def _keep(self, cursor: _Cursor) -> str:
        now = self._org.clock.now()
        with self._lock:
            old = [name for name, each in self._cursors.items() if now - each.made > _CURSOR_LIFE]
            for name in old:
                del self._cursors[name]
            self._count += 1
            name = self._org.ids.record_id("01g", self._count)
            self._cursors[name] = cursor
        return name


class _Writer:
    """Writes rows as JSON records."""

    def __init__(self, org: LocalOrg, query: Compiled, version: str, tooling: bool) -> None:
        self.org = org
        self.query = query
        self.tooling = tooling
        self.base = f"/services/data/v{version}/{'tooling/' if tooling else ''}sobjects"

    def records(self, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        shape = self.query.shape
        if shape is None:
            return []
        children = {
            name: self._children(inner, [row[shape.id_column] for row in rows])
            for name, inner in shape.inner.items()
            if isinstance(inner, Child)
        }
        return [self._record(shape, row, children) for row in rows]

    def _children(self, child: Child, parents: list[str]) -> dict[str, list[tuple[Any, ...]]]:
        compiled = child.query
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in self.org.store.rows(compiled.sql, [json.dumps(parents), *compiled.parameters]):
            found.setdefault(row[-1], []).append(row)
        if compiled.limit is not None or compiled.offset:
            end = None if compiled.limit is None else compiled.offset + compiled.limit
            found = {key: rows[compiled.offset : end] for key, rows in found.items()}
        return found

    def _record(self, shape: Nest, row: tuple[Any, ...], children: dict[str, Any]) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": self._attributes(shape, row)}
        for name, inner in shape.inner.items():
            if isinstance(inner, Leaf):
                record[name] = self._leaf(inner, row)
            elif isinstance(inner, Nest):
                record[name] = self._record(inner, row, {}) if row[inner.id_column] is not None else None
            else:
                rows = children[name].get(row[shape.id_column], [])
                record[name] = self._nested(inner, rows) if rows else None
        return record

    def _nested(self, child: Child, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
        writer = _Writer(self.org, child.query, "", self.tooling)
        writer.base = self.base
        return {"totalSize": len(rows), "done": True, "records": writer.records(rows)}

    def _attributes(self, shape: Nest, row: tuple[Any, ...]) -> dict[str, Any]:
        if shape.id_column < 0:
            return {"type": shape.type_name}
        real = row[shape.type_column] if shape.type_column >= 0 else shape.type_name
        return {"type": shape.type_name, "url": f"{self.base}/{real}/{row[shape.id_column]}"}

    def _leaf(self, leaf: Leaf, row: tuple[Any, ...]) -> Any:
        if leaf.field.type in ("address", "location"):
            return compound(leaf.field, {name: row[column] for name, column in leaf.parts.items()})
        return api_value(leaf.field, row[leaf.column])


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


def _column_metadata(shape: Nest) -> list[dict[str, Any]]:
    out = []
    for name, inner in shape.inner.items():
        entry: dict[str, Any] = {
            "aggregate": False,
            "apexType": "",
            "booleanType": False,
            "columnName": name,
            "custom": name.endswith(("__c", "__r")),
            "displayName": name,
            "foreignKeyName": None,
            "insertable": True,
            "joinColumns": [],
            "numberType": False,
            "textType": False,
            "updatable": True,
        }
        if isinstance(inner, Leaf):
            entry["booleanType"] = inner.field.type == "boolean"
            entry["numberType"] = inner.field.type in NUMBERS
            entry["textType"] = not entry["booleanType"] and not entry["numberType"]
        elif isinstance(inner, Nest):
            entry["joinColumns"] = _column_metadata(inner)
            entry["foreignKeyName"] = name
        else:
            entry["aggregate"] = True
            entry["joinColumns"] = _column_metadata(inner.query.shape) if inner.query.shape else []
        out.append(entry)
    return out


@lru_cache(maxsize=256)
def _pattern(like: str) -> re.Pattern[str]:
    out, index = [], 0
    while index < len(like):
        char = like[index]
        if char == "\\" and index + 1 < len(like):
            index += 1
            out.append(re.escape(like[index]))
        else:
            out.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        index += 1
    return re.compile("".join(out), re.DOTALL)


def like(value: str | None, pattern: str) -> int:
    """LIKE without case, `%` and `_` as wild cards."""
    return int(value is not None and _pattern(pattern.casefold()).fullmatch(str(value).casefold()) is not None)


def includes(value: str | None, wanted: str) -> int:
    """INCLUDES: whether the multi-select value holds all parts of any of the wanted combinations."""
    if not value:
        return 0
    held = {part.casefold() for part in value.split(";")}
    return int(any({part.casefold() for part in each.split(";")} <= held for each in wanted.split(chr(31))))


__all__ = ["PAGE", "QueryService", "api_value", "compound", "not_found"]
