"""Pieces of SOQL made safely: literals, and IN lists that fit a request's address."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal

# Salesforce answers 414 or 431 beyond 16,384 bytes of address plus headers. The rest of the address and the headers
# (token included) take up to 1,500.
MAX_ADDRESS = 16_384
MAX_QUERY = MAX_ADDRESS - 1_500

_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")
# What an address carries as one byte: these (RFC 3986, unreserved), and a space as "+".
_AS_THEY_ARE = f"{string.ascii_letters}{string.digits}_.-~ ".encode()

Value = str | int | float | Decimal | bool | date | datetime | None


def quote(value: Value) -> str:
    """`value` as a SOQL literal: text quoted and escaped, numbers, booleans, dates and null as SOQL writes them.

    A datetime must be aware; it is written in its own offset. Raises ValueError for NaN, infinity, a naive datetime
    and characters that no request can carry (NUL, lone surrogates).
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case int():
            return str(value)
        case float() | Decimal():
            return _number(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a SOQL datetime needs a time zone")
            return value.isoformat(timespec="milliseconds")
        case _:
            return value.isoformat()


def _text(value: str) -> str:
    if _UNSENDABLE.search(value):
        raise ValueError("text with NUL or a lone surrogate cannot be part of a SOQL query")
    return f"'{value.translate(_ESCAPES)}'"


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise ValueError(f"{value} is not a SOQL number")
    return format(number, "f")


def like(text: str) -> str:
    """`text` quoted for LIKE, so that `%` and `_` in it stand for themselves."""
    return _text(text).replace("%", "\\%").replace("_", "\\_")


def address_length(text: str) -> int:
    """How many bytes `text` takes as a query parameter."""
    sent = text.encode()
    return len(sent) + 2 * len(sent.translate(None, _AS_THEY_ARE))  # the others become %XX


def in_clauses(values: Iterable[Value], max_length: int = 12_000) -> Iterator[str]:
    """`(…)` lists for `WHERE field IN …`, each at most `max_length` bytes in an address.

    Duplicates go, order stays. Nothing comes for no values. A value too long on its own comes alone.
    """
    chunk: list[str] = []
    length = 0
    for literal in dict.fromkeys(quote(value) for value in values):
        size = address_length(literal) + 3
        if chunk and length + size + 6 > max_length:
            yield "(" + ",".join(chunk) + ")"
            chunk, length = [], 0
        chunk.append(literal)
        length += size
    if chunk:
        yield "(" + ",".join(chunk) + ")"
