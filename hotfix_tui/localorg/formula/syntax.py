"""The grammar of formulas, and the tree it gives."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

GRAMMAR = r"""
start: or_
?or_: and_ ("||" and_)*
?and_: comparison ("&&" comparison)*
?comparison: concat (COMPARE concat)*
?concat: sum_ ("&" sum_)*
?sum_: product (ADD product)*
?product: power (MULTIPLY power)*
?power: unary ("^" unary)*
?unary: "-" unary -> negative
      | "+" unary -> positive
      | "!" unary -> not_
      | atom
?atom: NUMBER -> number
     | STRING -> string
     | call
     | path
     | "(" or_ ")"
call: NAME "(" [or_ ("," or_)*] ")"
path: (NAME | GLOBAL) ("." NAME)*

COMPARE: "==" | "=" | "<>" | "!=" | "<=" | ">=" | "<" | ">"
ADD: "+" | "-"
MULTIPLY: "*" | "/"
NUMBER: /\d+(\.\d*)?|\.\d+/
STRING: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
GLOBAL: /\$[A-Za-z_][A-Za-z0-9_]*/
NAME: /[A-Za-z_][A-Za-z0-9_]*(:[A-Za-z_][A-Za-z0-9_]*)?/
COMMENT: /\/\*(.|\n)*?\*\//
%ignore COMMENT
%ignore /[\s\u00a0]+/
"""


class FormulaError(Exception):
    """A formula that is not understood or cannot be worked out, in Salesforce's words where they are known."""


class NotUnderstood(FormulaError):
    """A formula that this org cannot evaluate at all, whatever the record: its value must not pass for empty."""


@dataclass(frozen=True)
class Literal:
    """A number (Decimal), a text, true, false or null."""

    value: Any


@dataclass(frozen=True)
class Path:
    """A field, through parents or from a global: ("Program__r", "Name"), ("$Permission", "X")."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Call:
    """A function, its name in capitals."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Binary:
    """`left operator right`; operators are + - * / ^ & = <> < > <= >= AND OR."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Unary:
    """`-` or NOT before an operand."""

    operator: str
    operand: Node


Node = Literal | Path | Call | Binary | Unary
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_SAME = {"==": "=", "!=": "<>"}


class _Build(Transformer[Token, Node]):
    def start(self, items: list[Node]) -> Node:
        return items[0]

    def or_(self, items: list[Node]) -> Node:
        return _left("OR", items)

    def and_(self, items: list[Node]) -> Node:
        return _left("AND", items)

    def concat(self, items: list[Node]) -> Node:
        return _left("&", items)

    def power(self, items: list[Node]) -> Node:
        return _left("^", items)

    def comparison(self, items: list[Any]) -> Node:
        return _chain(items)

    def sum_(self, items: list[Any]) -> Node:
        return _chain(items)

    def product(self, items: list[Any]) -> Node:
        return _chain(items)

    def negative(self, items: list[Node]) -> Node:
        return Unary("-", items[0])

    def positive(self, items: list[Node]) -> Node:
        return items[0]

    def not_(self, items: list[Node]) -> Node:
        return Unary("NOT", items[0])

    def number(self, items: list[Token]) -> Node:
        return Literal(Decimal(str(items[0])))

    def string(self, items: list[Token]) -> Node:
        return Literal(_unescape(str(items[0])[1:-1]))

    def call(self, items: list[Any]) -> Node:
        return Call(str(items[0]).upper(), tuple(item for item in items[1:] if item is not None))

    def path(self, items: list[Token]) -> Node:
        parts = tuple(str(item) for item in items)
        if len(parts) == 1 and parts[0].upper() in ("TRUE", "FALSE", "NULL"):
            return Literal({"TRUE": True, "FALSE": False, "NULL": None}[parts[0].upper()])
        return Path(parts)


def _left(operator: str, items: list[Node]) -> Node:
    out = items[0]
    for item in items[1:]:
        out = Binary(operator, out, item)
    return out


def _chain(items: list[Any]) -> Node:
    out: Node = items[0]
    for index in range(1, len(items), 2):
        operator = str(items[index])
        out = Binary(_SAME.get(operator, operator), out, items[index + 1])
    return out


def _unescape(text: str) -> str:
    out, index = [], 0
    while index < len(text):
        char = text[index]
        if char == "\\" and index + 1 < len(text):
            index += 1
            char = _ESCAPES.get(text[index], text[index])
        out.append(char)
        index += 1
    return "".join(out)


_PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


@lru_cache(maxsize=2048)
def parse(formula: str) -> Node:
    """The tree of a formula. Raises FormulaError, "Syntax error. …", when it does not follow the grammar."""
    try:
        tree = _PARSER.parse(formula)
        return _Build().transform(tree)
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        found = f"Found '{token}'" if token else "Missing or unexpected character"
        raise FormulaError(f"Syntax error. {found} at line {error.line}, column {error.column}") from None
    except VisitError as error:
        raise FormulaError(f"Syntax error. {error.orig_exc}") from None
    except RecursionError:
        raise FormulaError("Formula is too long or too deeply nested") from None
