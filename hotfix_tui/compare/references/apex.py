"""Apex source: classes, objects, fields, labels and the rest it names. Comments and texts name nothing.

Fields are read with the type that is declared for their variable, and in SOQL with the object after FROM; what is said
of something else (`.get(id).Total__c`) is a bare word that only the names of an org can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hotfix_tui.compare.references.mention import FIELD, LOOSE, OBJECT, PATH, WORD, Mention

_COMMENT_OR_TEXT = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
# Words that stand before a name without being its type.
_NO_TYPE = (
    "return|new|else|in|on|throw|instanceof|insert|update|delete|undelete|upsert|merge|class|interface|enum|extends|"
    "implements|when|switch|public|private|protected|global|static|final|transient|virtual|abstract|override|"
    "testmethod|webservice|with|without|inherited|sharing"
)
_DECLARED = re.compile(
    rf"\b(?!(?:{_NO_TYPE})\b)([A-Za-z]\w*)(?:\s*\.\s*([A-Za-z]\w*))?(?:\s*\[\s*\])?[\s>]*[\s>]([A-Za-z]\w*)\s*"
    r"(?=[=;:,){])",
    re.IGNORECASE,
)
_PATH = re.compile(r"[A-Za-z]\w*(?:\s*\??\.\s*[A-Za-z]\w*)*")
_SAID = re.compile(r"(?:\??\.\s*)?[A-Za-z]\w*(?:\s*\??\.\s*[A-Za-z]\w*)*")
_NEW = re.compile(r"\bnew\s+(?:Schema\s*\.\s*)?([A-Za-z]\w*)\s*\(", re.IGNORECASE)
_GIVEN = re.compile(r"\b([A-Za-z]\w*)\s*=(?![=>])")
_QUERY = re.compile(r"\[\s*(?:SELECT|FIND)\b", re.IGNORECASE)
_FROM = re.compile(r"\bFROM\s+([A-Za-z]\w*)", re.IGNORECASE)
_INNER = re.compile(r"\(\s*SELECT\b([^()]*)\)", re.IGNORECASE)
_BOUND = re.compile(r":\s*([A-Za-z][\w.?]*)")
_CUSTOM = re.compile(r"__(?:c|r|mdt|e|b|x|kav|share|history|feed|pc)$", re.IGNORECASE)
_RECORD = re.compile(r"\b([A-Za-z]\w*)__mdt\s*\.\s*getInstance\s*\(\s*'([^']+)'", re.IGNORECASE)
_ASKED = re.compile(r"\bcheckPermission\s*\(\s*'([^']+)'", re.IGNORECASE)
_CLASS_BY_NAME = re.compile(r"\bType\s*\.\s*forName\s*\(\s*'([\w.]+)'", re.IGNORECASE)
_LEADING = {
    ("label",): "CustomLabel",
    ("system", "label"): "CustomLabel",
    ("page",): "ApexPage",
    ("flow", "interview"): "Flow",
}


def apex_mentions(source: str) -> Iterator[Mention]:
    """What a class or trigger names."""
    uncommented = _COMMENT_OR_TEXT.sub(lambda found: found.group() if found.group()[0] == "'" else " ", source)
    for found in _RECORD.finditer(uncommented):
        yield Mention("CustomMetadata", f"{found.group(1)}.{found.group(2)}")
    for found in _ASKED.finditer(uncommented):
        yield Mention("CustomPermission", found.group(1))
    for found in _CLASS_BY_NAME.finditer(uncommented):
        yield Mention("ApexClass", found.group(1).split(".")[0])
    code = _COMMENT_OR_TEXT.sub("''", source)
    variables = _variables(code)
    queries: list[Mention] = []
    code = _without_queries(code, queries)
    given: list[Mention] = []
    code = _without_given(code, given)
    yield from queries
    yield from given
    yield from _paths(code, variables)


def _variables(code: str) -> dict[str, set[str]]:
    """Variable as it is declared → its types anywhere in the file: `Map<Id, Case> all` is of Case."""
    found: dict[str, set[str]] = {}
    for declared in _DECLARED.finditer(code):
        found.setdefault(declared.group(3), set()).add(declared.group(2) or declared.group(1))
    return found


def _without_queries(code: str, found: list[Mention]) -> str:
    """The source without its SOQL, whose mentions go to `found`; variables bound in a query stay as code."""
    parts, at = [], 0
    for start in _QUERY.finditer(code):
        if start.start() < at:
            continue
        end = _closed(code, start.start(), "[", "]")
        query = code[start.start() + 1 : end - 1]
        found.extend(_query(query))
        parts += [code[at : start.start()], "(", " ; ".join(bound.group(1) for bound in _BOUND.finditer(query)), ")"]
        at = end
    return "".join(parts) + code[at:]


def _query(query: str) -> Iterator[Mention]:
    """What a query names: inner ones first, `FROM Items__r` is of the relationship then."""
    query = _BOUND.sub(" ", query)
    outer = query
    for inner in _INNER.finditer(query):
        outer = outer.replace(inner.group(), " ")
        source = _FROM.search(inner.group(1))
        if source is not None:
            yield from _selected(inner.group(1), source.group(1))
    source = _FROM.search(outer)
    if source is not None:
        yield from _selected(outer, source.group(1))


def _selected(query: str, source: str) -> Iterator[Mention]:
    relationship = source.lower().endswith("__r")
    yield Mention(WORD if relationship else OBJECT, source)
    for path in set(_PATH.findall(_FROM.sub(" ", query))):
        name = re.sub(r"\s", "", path)
        if not relationship:
            yield Mention(PATH, name, source)
        elif _CUSTOM.search(name):
            yield Mention(WORD, name.rpartition(".")[2])


def _without_given(code: str, found: list[Mention]) -> str:
    """The source without `new Case(Why__c = …)`'s field names; they go to `found`."""
    parts = list(code)
    for made in _NEW.finditer(code):
        end = _closed(code, made.end() - 1, "(", ")")
        for given in _GIVEN.finditer(code, made.end(), end):
            if _depth(code, made.end(), given.start()) == 0:
                found.append(Mention(FIELD, given.group(1), made.group(1)))
                parts[given.start(1) : given.end(1)] = " " * (given.end(1) - given.start(1))
    return "".join(parts)


def _closed(code: str, start: int, opening: str, closing: str) -> int:
    """Where what opens at `start` is closed, behind it; the end of the source when it is not."""
    depth = 0
    for place in re.compile(re.escape(opening) + "|" + re.escape(closing)).finditer(code, start):
        depth += 1 if place.group() == opening else -1
        if depth == 0:
            return place.end()
    return len(code)


def _depth(code: str, start: int, end: int) -> int:
    return code.count("(", start, end) - code.count(")", start, end)


def _paths(code: str, variables: dict[str, set[str]]) -> Iterator[Mention]:
    types = set().union(*variables.values()) if variables else set()
    by_name = {name.lower(): name for name in variables}

    def of(name: str) -> set[str] | None:
        """The types of the variable `name`. Case does not count, but nobody writes `Gift` for `gift`: it is a class."""
        known = by_name.get(name.lower(), "")
        return variables[known] if known and (known == name or not name[0].isupper()) else None

    for said in set(_SAID.findall(code)):
        parts = [part.strip(" \t\r\n?") for part in said.lstrip(". \t\r\n?").split(".")]
        if said[0] in ".?":  # said of what a call gave: nobody can tell of what
            yield from (Mention(WORD, part) for part in parts if _CUSTOM.search(part))
        else:
            yield from _path(parts, of, types)


def _path(parts: list[str], of: Callable[[str], set[str] | None], types: set[str]) -> Iterator[Mention]:
    """What a dotted name names. `of`: the types of a variable, None for what is none."""
    lower = tuple(part.lower() for part in parts)
    for leading, kind in _LEADING.items():
        if lower[: len(leading)] == leading and len(parts) > len(leading):
            yield Mention(kind, parts[len(leading)])
            return
    for system in (("schema",), ("system",), ("this",)):
        if lower[:1] == system and len(parts) > 1:
            parts, lower = parts[1:], lower[1:]
    kinds = of(parts[0])
    if kinds is not None:
        if len(parts) > 1:
            for kind in sorted(kinds):
                yield Mention(LOOSE, ".".join(parts[1:]), kind)
        # A variable called as its class is spelt otherwise: `Logger logger`.
        if parts[0] not in types:
            return
    if lower[0] == "sobjecttype" and len(parts) > 1:
        parts = parts[1:]
    parts = [parts[0], *(part for part in parts[1:] if part.lower() not in ("sobjecttype", "fields"))]
    yield Mention("ApexClass", parts[0])
    yield Mention(OBJECT, parts[0])
    if len(parts) > 1:
        yield Mention(LOOSE, ".".join(parts[1:]), parts[0])
    elif _CUSTOM.search(parts[0]):
        yield Mention(WORD, parts[0])
