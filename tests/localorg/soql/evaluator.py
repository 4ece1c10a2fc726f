"""Queries as data, written out as SOQL and worked out in plain Python over rows: what the org's SQL is held against.

Nothing here comes from the org: the meaning of SOQL (nothing, case, order, NOT) is said a second time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
GENRES = ("Novel", "Poetry", "Essay")


def quoted(value: Any) -> str:
    """A literal as SOQL writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*Z)?", value):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def folded(value: Any) -> Any:
    """Text compares without case."""
    return value.casefold() if isinstance(value, str) else value


@dataclass(frozen=True)
class Compare:
    field: str
    operator: str
    value: Any

    def soql(self) -> str:
        return f"{self.field} {self.operator} {quoted(self.value)}"

    def holds(self, row: Row) -> bool:
        left, right = folded(row[self.field]), folded(self.value)
        if isinstance(self.value, bool):
            left = bool(left)
        if self.operator == "=":
            return bool(left == right)
        if self.operator in ("!=", "<>"):
            return bool(left != right)
        if left is None:
            return False
        return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[self.operator])


@dataclass(frozen=True)
class Like:
    field: str
    pattern: str

    def soql(self) -> str:
        return f"{self.field} LIKE {quoted(self.pattern)}"

    def holds(self, row: Row) -> bool:
        value = row[self.field]
        if value is None:
            return False
        wild = {"%": ".*", "_": "."}
        pattern = "".join(wild.get(char, re.escape(char)) for char in self.pattern.casefold())
        return re.fullmatch(pattern, value.casefold(), re.DOTALL) is not None


@dataclass(frozen=True)
class In:
    field: str
    values: tuple[Any, ...]
    negated: bool = False

    def soql(self) -> str:
        return f"{self.field} {'NOT ' if self.negated else ''}IN ({', '.join(quoted(v) for v in self.values)})"

    def holds(self, row: Row) -> bool:
        return (folded(row[self.field]) in {folded(value) for value in self.values}) != self.negated


@dataclass(frozen=True)
class Includes:
    field: str
    values: tuple[str, ...]
    excludes: bool = False

    def soql(self) -> str:
        word = "EXCLUDES" if self.excludes else "INCLUDES"
        return f"{self.field} {word} ({', '.join(quoted(v) for v in self.values)})"

    def holds(self, row: Row) -> bool:
        held = set((row[self.field] or "").split(";"))
        return any(set(each.split(";")) <= held for each in self.values) != self.excludes


@dataclass(frozen=True)
class Joined:
    """A semi-join: `keys` are the ids that the subquery gives."""

    field: str
    query: str
    keys: frozenset[str]
    negated: bool = False

    def soql(self) -> str:
        return f"{self.field} {'NOT ' if self.negated else ''}IN ({self.query})"

    def holds(self, row: Row) -> bool:
        return (row[self.field] in self.keys) != self.negated


@dataclass(frozen=True)
class Not:
    part: Any

    def soql(self) -> str:
        return f"(NOT {self.part.soql()})"

    def holds(self, row: Row) -> bool:
        return not self.part.holds(row)


@dataclass(frozen=True)
class Logic:
    operator: str
    parts: tuple[Any, ...]

    def soql(self) -> str:
        return "(" + f" {self.operator} ".join(part.soql() for part in self.parts) + ")"

    def holds(self, row: Row) -> bool:
        test = all if self.operator == "AND" else any
        return test(part.holds(row) for part in self.parts)


@dataclass(frozen=True)
class Order:
    field: str
    descending: bool = False
    nulls_last: bool = False

    def soql(self) -> str:
        return f"{self.field} {'DESC' if self.descending else 'ASC'} NULLS {'LAST' if self.nulls_last else 'FIRST'}"

    def sort(self, rows: list[Row]) -> list[Row]:
        empty = [row for row in rows if row[self.field] is None]
        full = [row for row in rows if row[self.field] is not None]
        full.sort(key=lambda row: self._key(row[self.field]), reverse=self.descending)
        if self.descending:  # a stable sort backwards: rows alike stay in their order
            full = _restabilised(full, rows, lambda row: self._key(row[self.field]))
        return full + empty if self.nulls_last else empty + full

    def _key(self, value: Any) -> Any:
        if self.field == "Genre__c":
            return GENRES.index(value)
        return folded(value)


def _restabilised(full: list[Row], rows: list[Row], key: Any) -> list[Row]:
    place = {id(row): index for index, row in enumerate(rows)}
    groups: list[list[Row]] = []
    for row in full:
        if groups and key(groups[-1][0]) == key(row):
            groups[-1].append(row)
        else:
            groups.append([row])
    return [row for group in groups for row in sorted(group, key=lambda each: place[id(each)])]


def found(rows: list[Row], where: Any, orders: list[Order], limit: int | None, offset: int) -> list[Row]:
    """The rows a query gives, in their order."""
    out = [row for row in rows if where is None or where.holds(row)]
    for order in reversed(orders):
        out = order.sort(out)
    return out[offset:] if limit is None else out[offset : offset + limit]


def grouped(rows: list[Row], where: Any, key: str, at_least: int) -> dict[Any, dict[str, Any]]:
    """Per value of `key`, for groups of at least so many rows: COUNT(Id), COUNT, SUM, AVG, MIN, MAX of the price,
    COUNT_DISTINCT of the genre."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        if where is None or where.holds(row):
            groups.setdefault(row[key], []).append(row)
    out = {}
    for value, members in groups.items():
        prices = [Decimal(str(row["Price__c"])) for row in members if row["Price__c"] is not None]
        if len(members) < at_least:
            continue
        out[value] = {
            "n": len(members),
            "priced": len(prices),
            "total": float(sum(prices)) if prices else None,
            "mean": float(sum(prices) / len(prices)) if prices else None,
            "least": float(min(prices)) if prices else None,
            "most": float(max(prices)) if prices else None,
            "kinds": len({row["Genre__c"] for row in members} - {None}),
        }
    return out
