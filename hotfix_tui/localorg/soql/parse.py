"""From SOQL text to a tree, with Salesforce's MALFORMED_QUERY when it is not one."""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput
from lark.exceptions import UnexpectedToken, VisitError

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.soql.grammar import GRAMMAR
from hotfix_tui.localorg.soql.tree import (
    Alias,
    Compare,
    Condition,
    FieldsOf,
    Function,
    Item,
    Logic,
    Membership,
    Not,
    Order,
    Path,
    Query,
    SubQuery,
    TypeOf,
    Value,
)

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"} | {char: char for char in "\"'\\_%"}
_STAY_ESCAPED = "\\_%"
_UNICODE = re.compile(r"[0-9A-Fa-f]{4}")
# What the lexer of SOQL knows at all; anything else is "no viable alternative at character".
_KNOWN = frozenset("'()*+,-./:;<=>[]_{}|!") | frozenset(string.ascii_letters + string.digits)


def located(text: str, at: int, message: str) -> str:
    """A message with the place in the query it is about, as Salesforce prints it."""
    row = text.count("\n", 0, at) + 1
    start = text.rfind("\n", 0, at) + 1
    column = at - start + 1
    before, after = text[max(start, at - 40) : at], text[at : at + 40].split("\n")[0]
    return f"\n{before}{after}\n{' ' * len(before)}^\nERROR at Row:{row}:Column:{column}\n{message}"


def malformed(message: str) -> ApiError:
    """400 MALFORMED_QUERY."""
    return ApiError("MALFORMED_QUERY", message)


def _unquoted(token: Token) -> Value:
    """A string literal: what it says, and what it says as a pattern of LIKE."""
    body, at = str(token)[1:-1], _at(token)
    plain, pattern, index = list[str](), list[str](), 0
    while index < len(body):
        char = said = body[index]
        if char == "\\":
            index += 1
            if body[index] == "u" and _UNICODE.match(body, index + 1):
                char = said = chr(int(body[index + 1 : index + 5], 16))
                index += 4
            elif body[index] in _ESCAPES:
                char = _ESCAPES[body[index]]
                said = "\\" + char if char in _STAY_ESCAPED else char
            else:
                raise malformed(f"Illegal escape sequence: '\\{body[index]}'")
        plain.append(char)
        pattern.append(said)
        index += 1
    return Value("string", "".join(plain), at, "".join(pattern))


def _at(token: Any) -> int:
    return (token.start_pos or 0) if isinstance(token, Token) else getattr(token, "at", 0)


class _Build(Transformer[Token, Any]):
    """Bottom-up: each method gets its rule's parts."""

    def start(self, items: list[Any]) -> Query:
        return cast("Query", items[0])

    def path(self, items: list[Token]) -> Path:
        return Path(tuple(str(item) for item in items), _at(items[0]))

    def function(self, items: list[Any]) -> Function:
        return Function(str(items[0]).upper(), items[1], _at(items[0]))

    def item(self, items: list[Any]) -> Item:
        return Item(items[0], str(items[1]) if items[1] is not None else None)

    def fields_of(self, items: list[Any]) -> FieldsOf:
        return FieldsOf(str(items[1]).upper(), _at(items[1]))

    def typeof(self, items: list[Any]) -> TypeOf:
        whens = tuple(item for item in items[2:] if isinstance(item, tuple))
        otherwise = next((tuple(item) for item in items[2:] if isinstance(item, list)), ())
        return TypeOf(items[1], whens, otherwise)

    def when(self, items: list[Any]) -> tuple[str, tuple[Path, ...]]:
        return str(items[1]), tuple(items[3:])

    def else_(self, items: list[Any]) -> list[Path]:
        return items[1:]

    def scope(self, items: list[Token]) -> tuple[str, str]:
        return "scope", str(items[2]).lower()

    def sub(self, items: list[Any]) -> SubQuery:
        return SubQuery(items[0])

    def select_list(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def source(self, items: list[Any]) -> tuple[str, str | None, int]:
        *names, alias = items
        return ".".join(str(name) for name in names), str(alias) if alias is not None else None, _at(names[0])

    def named(self, items: list[Any]) -> Alias:
        return Alias(str(items[1]), items[0])

    def where(self, items: list[Any]) -> tuple[str, Condition]:
        return "where", items[1]

    def with_(self, items: list[Any]) -> tuple[str, Any]:
        # Access modes are Apex's; data categories need Knowledge. Either would change which rows come.
        raise malformed(f"unexpected token: '{items[1]}'")

    def having(self, items: list[Any]) -> tuple[str, Condition]:
        return "having", items[1]

    def group(self, items: list[Any]) -> tuple[str, Any]:
        parts = [item for item in items[2:] if not isinstance(item, tuple) and item is not None]
        having = next((item[1] for item in items if isinstance(item, tuple)), None)
        return "group", (tuple(parts), having)

    def order(self, items: list[Any]) -> tuple[str, Any]:
        return "order_by", tuple(item for item in items if isinstance(item, Order))

    def order_item(self, items: list[Any]) -> Order:
        target, direction, nulls = items
        return Order(target, str(direction or "").upper() == "DESC", str(nulls or "").upper().endswith("LAST"))

    def limit(self, items: list[Token]) -> tuple[str, int]:
        return "limit", int(items[1])

    def offset(self, items: list[Token]) -> tuple[str, int]:
        return "offset", int(items[1])

    def for_(self, items: list[Token]) -> tuple[str, Any]:
        return "for", None

    def all_rows(self, items: list[Token]) -> tuple[str, bool]:
        return "all_rows", True

    def query(self, items: list[Any]) -> Query:
        selected, source = items[1], items[3]
        named = tuple(item for item in items[4:] if isinstance(item, Alias))
        parts = dict(item for item in items[4:] if item is not None and not isinstance(item, Alias))
        group, having = parts.pop("group", ((), None))
        parts.pop("for", None)
        return Query(
            selected,
            source[0],
            source[1],
            named=named,
            group_by=group,
            having=having,
            source_at=source[2],
            **cast("Any", parts),
        )

    def and_(self, items: list[Any]) -> Logic:
        return Logic("and", tuple(item for item in items if not isinstance(item, Token)))

    def or_(self, items: list[Any]) -> Logic:
        return Logic("or", tuple(item for item in items if not isinstance(item, Token)))

    def negated(self, items: list[Any]) -> Not:
        return Not(items[1])

    def compare(self, items: list[Any]) -> Compare:
        operator = "!=" if str(items[1]) == "<>" else str(items[1])
        return Compare(items[0], operator, items[2], _at(items[0]))

    def like(self, items: list[Any]) -> Compare:
        return Compare(items[0], "like", items[2], _at(items[0]))

    def membership(self, items: list[Any]) -> Membership:
        operator: Any = "not in" if items[1] is not None else "in"
        rest = items[3:]
        if isinstance(rest[0], Query):
            return Membership(items[0], operator, query=rest[0], at=_at(items[0]))
        return Membership(items[0], operator, tuple(rest), at=_at(items[0]))

    def multi(self, items: list[Any]) -> Membership:
        operator: Any = str(items[1]).lower()
        return Membership(items[0], operator, tuple(items[2:]), at=_at(items[0]))

    def dateliteral(self, items: list[Any]) -> Value:
        count = int(items[1]) if items[1] is not None else None
        return Value("dateliteral", (str(items[0]).upper(), count), _at(items[0]))

    def value(self, items: list[Any]) -> Value:
        token = items[0]
        if isinstance(token, Value):
            return token
        at = _at(token)
        match token.type:
            case "STRING":
                return _unquoted(token)
            case "DATETIME" | "DATE" | "TIME":
                kind: Any = token.type.lower()
                return Value(kind, str(token).upper(), at)
            case "CURRENCY":
                return Value("currency", (str(token)[:3].upper(), float(str(token)[3:])), at)
            case "TRUE" | "FALSE":
                return Value("boolean", token.type == "TRUE", at)
            case "NULL":
                return Value("null", None, at)
            case _:
                text = str(token)
                return Value("number", float(text) if "." in text else int(text), at)


_PARSER = Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


@lru_cache(maxsize=512)
def parse(text: str) -> Query:
    """The tree of a query. Raises ApiError MALFORMED_QUERY, QUERY_TOO_COMPLICATED when it nests too deeply."""
    try:
        tree = _PARSER.parse(text)
        found: Query = _Build().transform(tree)
    except VisitError as error:
        if isinstance(error.orig_exc, ApiError):
            raise error.orig_exc from None
        raise malformed("unexpected token: a number out of range") from None
    except RecursionError:
        raise too_complicated() from None
    except UnexpectedToken as error:
        if error.token.type == "$END":
            raise malformed("unexpected token: '<EOF>'") from None
        raise malformed(located(text, error.token.start_pos or 0, f"unexpected token: '{error.token}'")) from None
    except UnexpectedCharacters as error:
        raise _unreadable(text, error.pos_in_stream or 0) from None
    except UnexpectedInput:
        raise malformed("unexpected end of query") from None
    return found


def too_complicated() -> ApiError:
    """400 QUERY_TOO_COMPLICATED."""
    return ApiError("QUERY_TOO_COMPLICATED", "Query is too complicated")


def _unreadable(text: str, at: int) -> ApiError:
    """What the lexer says: of characters it does not know, of strings without an end, of tokens out of place."""
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at) - 1
    if text[at] == "'":
        return malformed(f"line {line}:{len(text)} mismatched character '<EOF>' expecting '''")
    if text[at] not in _KNOWN:
        return malformed(f"line {line}:{column} no viable alternative at character '{text[at]}'")
    word = re.match(r"\w+|.", text[at:])
    return malformed(located(text, at, f"unexpected token: '{word[0] if word else text[at]}'"))
