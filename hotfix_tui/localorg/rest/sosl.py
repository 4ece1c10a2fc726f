"""The part of SOSL that local orgs understand: words and phrases, groups of fields, RETURNING with clauses, LIMIT.

Anything else is refused as MALFORMED_SEARCH. Source: the SOQL and SOSL reference, "Salesforce Object Search Language".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hotfix_tui.localorg.errors import ApiError

GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")
_SEARCH = re.compile(
    r"\s*FIND\s*\{(?P<term>(?:\\.|[^\\{}])*)\}"
    r"(?:\s*IN\s+(?P<group>\w+)\s+FIELDS)?(?:\s*RETURNING\s+(?P<returning>.+?))??(?:\s*LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_UNIT = re.compile(r'"((?:\\.|[^"\\])*)"|((?:\\.|[^\s"\\])+)', re.DOTALL)
_OPERATOR = re.compile(r"[&|!()\[\]^~:]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TOKEN = re.compile(r"[\w*?]+")
_CLAUSE = re.compile(r"'(?:\\.|[^'\\])*'|\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*", re.DOTALL)
Unit = tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Returning:
    """An object that is searched: its fields, and the clauses of SOQL behind them."""

    object: str
    fields: str = "Id"
    where: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Search:
    """A search: every unit (a word, or a phrase: words one after the other) must be found in a record."""

    units: tuple[Unit, ...]
    group: str
    returning: tuple[Returning, ...]
    limit: int | None


def malformed(message: str) -> ApiError:
    """MALFORMED_SEARCH."""
    return ApiError("MALFORMED_SEARCH", message)


def parse(text: str) -> Search:
    """The search that a text says. Raises MALFORMED_SEARCH."""
    found = _SEARCH.fullmatch(text)
    if found is None:
        if not re.search(r"\{.*\}", text, re.DOTALL):
            raise malformed("No search term found. The search term must be enclosed in braces.")
        raise malformed("The search is not understood by this org")
    group = (found["group"] or "ALL").upper()
    if group not in GROUPS:
        raise malformed(f"unexpected token: '{found['group']}'")
    returning = tuple(_returning(each) for each in _listed(found["returning"] or ""))
    limit = int(found["limit"]) if found["limit"] else None
    return Search(units(found["term"]), group, returning, limit)


def units(term: str) -> tuple[Unit, ...]:
    """The words and phrases of a search term. Raises MALFORMED_SEARCH."""
    out: list[Unit] = []
    for phrase, word in _UNIT.findall(term):
        if word and (_OPERATOR.search(_ESCAPED.sub("", word)) or word.upper() in ("AND", "OR", "NOT")):
            raise malformed(f"unexpected token: '{word}'")
        tokens = _TOKEN.findall(_ESCAPED.sub(r"\1", phrase or word).casefold())
        if tokens:
            out.append(tuple(_pattern(each) for each in tokens))
    if sum(len(each.pattern.replace(".*", "").replace(".", "")) for unit in out for each in unit) < 2:
        raise malformed(f"search term must be longer than one character: {term}")
    return tuple(out)


def _pattern(token: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in token))


def matches(wanted: Sequence[Unit], values: Sequence[str]) -> bool:
    """Whether every unit is in one of the values."""
    held = [re.findall(r"\w+", value.casefold()) for value in values]
    return all(any(_within(unit, words) for words in held) for unit in wanted)


def _within(unit: Unit, words: Sequence[str]) -> bool:
    starts = range(len(words) - len(unit) + 1)
    return any(all(each.fullmatch(words[at + index]) for index, each in enumerate(unit)) for at in starts)


def _listed(text: str) -> Iterator[str]:
    """The objects of RETURNING: parts between commas that are in no brackets and no quotes."""
    depth, part, quoted = 0, "", False
    for char in text:
        if char == "'" and not part.endswith("\\"):
            quoted = not quoted
        depth += 0 if quoted else (char == "(") - (char == ")")
        if char == "," and depth == 0 and not quoted:
            yield part
            part = ""
        else:
            part += char
    if part.strip():
        yield part


def _returning(text: str) -> Returning:
    found = _NAMED.fullmatch(text)
    if found is None:
        raise malformed(f"unexpected token: '{text.strip()}'")
    if found[2] is None:
        return Returning(found[1])
    cuts = [each for each in _CLAUSE.finditer(found[2]) if each[1]]
    fields = found[2][: cuts[0].start()] if cuts else found[2]
    where, tail = "", found[2][cuts[0].start() :] if cuts else ""
    if cuts and cuts[0][1].upper() == "WHERE":
        end = cuts[1].start() if len(cuts) > 1 else len(found[2])
        where, tail = found[2][cuts[0].end() : end].strip(), found[2][end:]
    if not fields.strip():
        raise malformed("unexpected token: ')'")
    return Returning(found[1], fields.strip(), where, tail.strip())
