"""The only way from an org's text to a widget.

What an org says is data: never markup, never a terminal control. Textual passes ESC and the C1 controls through to
the terminal from every widget, and a stray `[/foo]` in a plain string ends the program. So every foreign string goes
through `visible` (widgets that take Content) or `visible_text` (widgets that draw lines themselves).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size
from textual.content import Content

LIMIT = 2_000
"""Characters of one value that a screen shows; the journal holds all of it."""

TONES: dict[str, str] = {
    "good": "$success",
    "warn": "$warning",
    "bad": "bold $error",
    "dim": "dim",
    "strong": "bold",
    "key": "bold $primary",
    "production": "bold reverse $error",
    "add": "$success",
    "remove": "$error",
}
"""Tone names and what they look like. Every tone stands beside a word or a sign, never alone."""


class Toned(NamedTuple):
    """Text with one of `TONES`."""

    text: str
    tone: str


BREAK = Toned("\n", "break")
"""A line break between parts. The same character inside data is written out, and a part of data is never this one."""

Cell: TypeAlias = "str | Toned"

# Unicode categories Cc, Cf, Cs, Zl and Zp, and letters that draw nothing (fillers); held against unicodedata by a test.
_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible_text(value: object, limit: int = LIMIT) -> str:
    """`value` as one line of text in which every control, direction mark and zero-width character is written out.

    At most `limit` characters and a closing `…`.
    """
    text = str(value)
    if len(text) > limit:
        text = text[:limit]
        return _UNSAFE.sub(_escape, text)[:limit] + "…"
    return _UNSAFE.sub(_escape, text)


def visible(value: object, tone: str = "", limit: int = LIMIT) -> Content:
    """`value` as Content that holds no control and no markup. A `Toned` brings its own tone."""
    if isinstance(value, Toned):
        return Content.styled(visible_text(value.text, limit), TONES.get(value.tone, ""))
    return Content.styled(visible_text(value, limit), TONES.get(tone, ""))


def assemble(*parts: Cell) -> Content:
    """The parts, each made visible, in one Content; `BREAK` is a line break."""
    return Content("").join([Content("\n") if part is BREAK else visible(part) for part in parts])


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` (already visible) in exactly `width` cells: padded, or cut with `…`. `right` aligns to the right."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    padding = " " * (width - length)
    return padding + text if right else text + padding


def wrap(text: str, width: int) -> list[str]:
    """`text` (already visible) in lines of at most `width` cells, at spaces where there are any."""
    width = max(width, 8)
    lines: list[str] = []
    while (len(text) if text.isascii() else cell_len(text)) > width:
        cut = width if text.isascii() else _cells(text, width)
        space = text.rfind(" ", width // 3, cut + 1)
        cut = space if space > 0 else max(cut, 1)
        lines.append(text[:cut])
        text = text[cut:].lstrip(" ")
    lines.append(text)
    return lines


def _cells(text: str, width: int) -> int:
    """How many characters of `text` fit into `width` cells."""
    total = 0
    for index, character in enumerate(text):
        total += cell_len(character)
        if total > width:
            return index
    return len(text)


def plain(cell: Cell) -> str:
    """The cell's text without its tone, made visible."""
    return visible_text(cell.text if isinstance(cell, Toned) else cell)


def joined(cells: Iterable[Cell], separator: str = "  ") -> str:
    """The cells' texts in one line, for a search."""
    return separator.join(cell.text if isinstance(cell, Toned) else cell for cell in cells)
