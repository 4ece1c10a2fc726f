"""The names a formula refers to, without evaluating it."""

from __future__ import annotations

import re

_SKIPPED = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|/\*.*?\*/', re.DOTALL)
_NAME = re.compile(r"\$?[A-Za-z_][\w$]*(?:\s*\.\s*[A-Za-z_]\w*)*(?!\w)(?!\s*\()")
_CALL = re.compile(r"[A-Za-z_]\w*\s*\(")
_WORDS = frozenset({"true", "false", "null", "and", "or", "not"})


def names_in(formula: str) -> list[str]:
    """The field paths and global variables in a formula, in order, each once (`Program__r.Max__c`, `$Permission.X`)."""
    plain = _SKIPPED.sub(lambda found: " " * len(found.group()), formula)
    plain = _CALL.sub(lambda found: " " * (len(found.group()) - 1) + "(", plain)
    found: dict[str, None] = {}
    for match in _NAME.finditer(plain):
        name = re.sub(r"\s", "", match.group())
        if name.lower() not in _WORDS:
            found.setdefault(name)
    return list(found)
