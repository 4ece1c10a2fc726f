"""Formulas and merge fields: what they name, texts and comments left out.

Global variables are those of Salesforce Help, "Understanding Global Variables" and "Global Variables in Flow".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from hotfix_tui.compare.references.mention import FIELD, OBJECT, PATH, Mention

_SKIPPED = re.compile(r"/\*.*?\*/|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_PATH = re.compile(r"\$?[A-Za-z]\w*(?:\s*\.\s*[A-Za-z]\w*)*(?!\s*\()")
_MERGED = re.compile(r"\{!+(.*?)\}", re.DOTALL)
_NAMED = {
    "$permission": "CustomPermission",
    "$label": "CustomLabel",
    "$resource": "StaticResource",
    "$page": "ApexPage",
}
_OBJECTS = {"$user": "User", "$profile": "Profile", "$userrole": "UserRole", "$organization": "Organization"}


def formula_mentions(text: str, of: str, variables: Mapping[str, str] | None = None) -> Iterator[Mention]:
    """What a formula names. Its bare names are fields of the object `of`.

    `variables`: names, in lower case, that stand for a record of an object (`$record`, a flow's variables).
    """
    known = variables or {}
    for found in _PATH.finditer(_SKIPPED.sub(" ", text)):
        parts = [part.strip() for part in found.group().split(".")]
        yield from path_mentions(parts, of, known)


def path_mentions(parts: list[str], of: str, variables: Mapping[str, str]) -> Iterator[Mention]:
    """What one dotted name names."""
    first, rest = parts[0].lower(), parts[1:]
    if first in variables:
        if rest and variables[first]:
            yield Mention(PATH, ".".join(rest), variables[first])
    elif first in _NAMED:
        names = rest[1:] if rest[:1] == ["c"] else rest
        if names:
            yield Mention(_NAMED[first], names[0])
    elif first in _OBJECTS:
        yield Mention(PATH, ".".join(rest), _OBJECTS[first])
    elif first == "$custommetadata" and len(rest) >= 2:
        yield Mention(OBJECT, rest[0])
        yield Mention("CustomMetadata", f"{rest[0].removesuffix('__mdt')}.{rest[1]}")
        if len(rest) > 2:
            yield Mention(PATH, ".".join(rest[2:]), rest[0])
    elif first in ("$setup", "$objecttype", "$action") and rest:
        yield Mention(OBJECT, rest[0])
        fields = [part for part in rest[1:] if part.lower() != "fields"]
        if fields and first != "$action":
            yield Mention(FIELD, fields[0], rest[0])
    elif not first.startswith("$"):
        yield Mention(PATH, ".".join(parts), of)
        if rest:
            yield Mention(PATH, ".".join(rest), parts[0])


def merged_mentions(text: str, of: str, variables: Mapping[str, str] | None = None) -> Iterator[Mention]:
    """What the merge fields `{!…}` of a text name; the text around them says nothing."""
    for found in _MERGED.finditer(text):
        yield from formula_mentions(found.group(1), of, variables)
