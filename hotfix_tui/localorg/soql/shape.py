"""What a compiled query is: SQL to run, and how its rows become records."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from hotfix_tui.localorg.schema.model import Field, SObject


@dataclass
class Leaf:
    """A value of the answer: which column it is in, and how it is written.

    With `formula` (an object's name) the column holds the record's Id and the value is worked out when it is written,
    so that only the rows of the page asked for are worked out. `shown` writes it as FORMAT() does.
    """

    column: int
    field: Field
    parts: dict[str, int] = attribute(default_factory=dict)
    formula: str = ""
    shown: bool = False


@dataclass
class Nest:
    """A record of the answer: its object's name and Id (columns or a fixed name), and what is in it."""

    type_name: str | None
    type_column: int
    id_column: int
    inner: dict[str, Leaf | Nest | Child | Choice] = attribute(default_factory=dict)


@dataclass
class Choice:
    """A TYPEOF: which record is written depends on what object the column names; none for the others."""

    type_column: int
    nests: dict[str, Nest]


@dataclass
class Child:
    """A child subquery, run for the parents of a page; the last column of its rows is the parent's Id."""

    query: Compiled


@dataclass
class Compiled:
    """SQL ready to run. `shape` is None for COUNT()."""

    sql: str
    parameters: list[Any]
    shape: Nest | None
    source: SObject
    limit: int | None
    offset: int
    aggregate: bool = False
    counting: bool = False
