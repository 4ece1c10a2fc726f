"""What a SOQL query says, as data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Path:
    """A field, through parents: ("Owner", "Name"). `at` is its offset in the text, for error messages."""

    parts: tuple[str, ...]
    at: int = 0

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Function:
    """`NAME(argument)`; COUNT() has no argument. Functions nest: FORMAT(MIN(CloseDate))."""

    name: str
    argument: Path | Function | None
    at: int = 0

    @property
    def path(self) -> Path | None:
        """The field at the heart of it."""
        return self.argument.path if isinstance(self.argument, Function) else self.argument


@dataclass(frozen=True)
class Item:
    """One thing selected, with its alias (aggregates only)."""

    what: Path | Function
    alias: str | None = None


@dataclass(frozen=True)
class FieldsOf:
    """FIELDS(ALL), FIELDS(CUSTOM), FIELDS(STANDARD)."""

    group: str
    at: int = 0


@dataclass(frozen=True)
class Alias:
    """A name for a parent in FROM: `FROM Contact c, c.Account a`."""

    name: str
    path: Path


@dataclass(frozen=True)
class TypeOf:
    """TYPEOF What WHEN Account THEN Phone … ELSE Name END: fields by what a polymorphic relationship leads to."""

    relationship: Path
    whens: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...] = ()


@dataclass(frozen=True)
class SubQuery:
    """A child relationship in the SELECT list."""

    query: Query


@dataclass(frozen=True)
class Value:
    """A literal. A dateliteral's value is (name, n or None), a currency's (code, amount); `pattern` is what a string
    says to LIKE, where what it escapes stays escaped."""

    kind: Literal["string", "number", "boolean", "null", "date", "datetime", "time", "currency", "dateliteral"]
    value: Any
    at: int = 0
    pattern: str = ""


@dataclass(frozen=True)
class Compare:
    """`field operator value`; operators in lower case: = != < <= > >= like."""

    left: Path | Function
    operator: str
    right: Value
    at: int = 0


@dataclass(frozen=True)
class Membership:
    """`field IN (…)`: values or a semi-join; also includes and excludes."""

    left: Path | Function
    operator: Literal["in", "not in", "includes", "excludes"]
    values: tuple[Value, ...] = ()
    query: Query | None = None
    at: int = 0


@dataclass(frozen=True)
class Logic:
    """AND or OR of conditions."""

    operator: Literal["and", "or"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """NOT condition."""

    part: Condition


Condition = Compare | Membership | Logic | Not


@dataclass(frozen=True)
class Order:
    """One ORDER BY entry."""

    what: Path | Function
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    """A whole query, or a subquery."""

    items: tuple[Item | FieldsOf | SubQuery | TypeOf, ...]
    source: str
    alias: str | None = None
    named: tuple[Alias, ...] = ()
    scope: str | None = None
    where: Condition | None = None
    group_by: tuple[Path | Function, ...] = ()
    having: Condition | None = None
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    all_rows: bool = False
    text: str = field(default="", compare=False)
    source_at: int = 0
