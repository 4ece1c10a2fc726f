"""Syntax colours of the lines that are in view, and of no others."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Spans = tuple[tuple[int, int, str], ...]
"""(from, to, tone) within one line, in order."""

HEADING = "==> "
"""Begins the line that names a file where a text holds several."""

# Lines are coloured so many at a time. A comment that began further up than the lead is not seen as one.
_CHUNK = 100
_LEAD = 100
# Longer lines stay plain: no person reads a packed script by its colours.
_LONGEST = 2_000
_KEPT = 60

_BY_SUFFIX = {
    "cls": "apex", "trigger": "apex", "apex": "apex", "js": "javascript", "css": "css", "json": "json",
    "html": "html", "page": "html", "component": "html", "email": "html", "htm": "html", "soql": "apex",
}  # fmt: skip
_TONES = (
    ("Comment", "comment"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Name.Tag", "tag"),
    ("Name.Attribute", "attribute"),
    ("Name.Decorator", "attribute"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Variable", "attribute"),
    ("Keyword", "keyword"),
)


def language_of(path: str, first: str = "") -> str:
    """The language of a file by its path, or by how its text begins; empty when it is none that is coloured."""
    if path.endswith("-meta.xml") or first.lstrip("\ufeff ").startswith(("<?xml", "<")):
        return _BY_SUFFIX.get(path.rpartition(".")[2].lower(), "xml") if not path.endswith(".xml") else "xml"
    if first.startswith(("{", "[")) and not path:
        return "json"
    return _BY_SUFFIX.get(path.rpartition(".")[2].lower(), "")


class Syntax:
    """The colours of one text's lines. `language`: of a text that is one file; several name theirs in headings."""

    def __init__(self, lines: Sequence[str], language: str = "") -> None:
        self._lines = lines
        self._starts = [0]
        self._languages = [language or language_of("", lines[0] if lines else "")]
        if lines and lines[0].startswith(HEADING):
            for number, line in enumerate(lines):
                if line.startswith(HEADING):
                    self._starts.append(number + 1)
                    first = lines[number + 1] if number + 1 < len(lines) else ""
                    self._languages.append(language_of(line.removeprefix(HEADING), first))
        self._chunks: dict[int, list[Spans]] = {}

    def prepare(self) -> None:
        """Loads what colours these languages: not for an event loop."""
        for language in set(self._languages):
            _lexer(language)

    def file_of(self, number: int) -> str:
        """The file that line `number` belongs to, where there are several; else empty."""
        begins = self._starts[bisect_right(self._starts, number) - 1]
        return self._lines[begins - 1].removeprefix(HEADING) if begins else ""

    def spans(self, number: int) -> Spans:
        """The colours of line `number`."""
        place = bisect_right(self._starts, number) - 1
        language, begins = self._languages[place], self._starts[place]
        line = self._lines[number]
        if not language or len(line) > _LONGEST or line.startswith(HEADING):
            return ()
        first = number - (number - begins) % _CHUNK
        chunk = self._chunks.get(first)
        if chunk is None:
            if len(self._chunks) > _KEPT:
                self._chunks.clear()
            ends = self._starts[place + 1] - 1 if place + 1 < len(self._starts) else len(self._lines)
            chunk = _coloured(self._lines, (max(begins, first - _LEAD), first, min(first + _CHUNK, ends)), language)
            self._chunks[first] = chunk
        return chunk[number - first] if number - first < len(chunk) else ()


def _coloured(lines: Sequence[str], part: tuple[int, int, int], language: str) -> list[Spans]:
    """The colours of lines `part[1]` to `part[2]`; the lexer begins at `part[0]` to know what it is in."""
    lead, first, end = part
    shown = [line if len(line) <= _LONGEST else "" for line in lines[lead:end]]
    found: list[list[tuple[int, int, str]]] = [[] for _ in shown]
    number = at = 0
    for kind, text in _lexer(language).get_tokens("\n".join(shown)):
        tone = _tone(str(kind))
        for place, part_of in enumerate(text.split("\n")):
            if place:
                number, at = number + 1, 0
            if part_of and tone and number < len(found):
                found[number].append((at, at + len(part_of), tone))
            at += len(part_of)
    return [tuple(spans) for spans in found[first - lead :]]


@cache
def _tone(kind: str) -> str:
    name = kind.removeprefix("Token.")
    return next((tone for start, tone in _TONES if name.startswith(start)), "")


@cache
def _lexer(language: str) -> Lexer:
    if language == "apex":
        from hotfix_tui.ui.widgets.diff_apex import ApexLexer

        return ApexLexer(stripnl=False, ensurenl=False)
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(language or "text", stripnl=False, ensurenl=False)
