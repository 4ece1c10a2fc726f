"""Reading Apex source as far as an org that does not run it must: names, trigger header, test methods."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SKIPPED = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:[^'\\\n]|\\.)*'", re.DOTALL)
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_CLASS = re.compile(r"\b(?:class|interface|enum)\s+(\w+)", re.IGNORECASE)
_TRIGGER = re.compile(r"\btrigger\s+(\w+)\s+on\s+(\w+)\s*\(([^)]*)\)", re.IGNORECASE)
_CUSTOM_NAME = re.compile(r"\b[A-Za-z]\w*?__(?:c|r|mdt|e)\b", re.IGNORECASE)
_IS_TEST = re.compile(r"@\s*IsTest\b(?:\s*\([^)]*\))?", re.IGNORECASE)
_METHOD = re.compile(r"\b(?:static\s+(?:testmethod\s+)?|testmethod\s+static\s+)void\s+(\w+)\s*\(", re.IGNORECASE)
_LINES = re.compile(r"[;{}]")
_CHECK_PERMISSION = re.compile(r"checkPermission\s*\(\s*'([^']+)'\s*\)", re.IGNORECASE)
EVENTS = (
    "before insert",
    "before update",
    "before delete",
    "after insert",
    "after update",
    "after delete",
    "after undelete",
)


@dataclass(frozen=True)
class TriggerHeader:
    """`trigger name on object (events)`; events lower case with one blank."""

    name: str
    object: str
    events: tuple[str, ...]
    line: int


def blanked(body: str) -> str:
    """The source with comments and text literals blanked, line breaks kept."""
    return _SKIPPED.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), body)


def class_name(body: str) -> str | None:
    """The name of the class, interface or enum the source declares first; None when it declares none."""
    found = _CLASS.search(blanked(body))
    return found.group(1) if found else None


def trigger_header(body: str) -> TriggerHeader | None:
    """The trigger's header; None when the source declares no trigger."""
    plain = blanked(body)
    found = _TRIGGER.search(plain)
    if found is None:
        return None
    events = tuple(" ".join(part.lower().split()) for part in found.group(3).split(",") if part.strip())
    return TriggerHeader(found.group(1), found.group(2), events, plain.count("\n", 0, found.start()) + 1)


def custom_names(body: str) -> list[tuple[str, int]]:
    """The custom names in the source with the line each is first used on."""
    plain = blanked(body)
    found: dict[str, tuple[str, int]] = {}
    for match in _CUSTOM_NAME.finditer(plain):
        name = match.group()
        found.setdefault(name.lower(), (name, plain.count("\n", 0, match.start()) + 1))
    return list(found.values())


def is_test_class(body: str) -> bool:
    """Whether the class is annotated @IsTest, or has a test method of the old form."""
    plain = blanked(body)
    declared = _CLASS.search(plain)
    head = plain[: declared.start()] if declared else ""
    return bool(_IS_TEST.search(head)) or bool(test_methods(body))


def test_methods(body: str) -> list[str]:
    """The test methods: `@IsTest static void name()` and `static testMethod void name()`, in order."""
    plain = blanked(body)
    methods = []
    for match in _METHOD.finditer(plain):
        before = _LINES.split(plain[: match.start()])[-1]
        if _IS_TEST.search(before) or "testmethod" in (before + match.group()).lower():
            methods.append(match.group(1))
    return methods


def permissions_asked(body: str) -> list[str]:
    """The custom permissions the source asks for with `FeatureManagement.checkPermission('X')`."""
    return list(dict.fromkeys(_CHECK_PERMISSION.findall(_COMMENTS.sub(" ", body))))


def coverable_lines(body: str) -> list[int]:
    """The numbers (from 1) of the lines that hold code which could be covered: told roughly, at least one."""
    return [number for number, line in enumerate(blanked(body).splitlines(), 1) if ";" in line] or [1]


def code_lines(body: str) -> int:
    """How many lines could be covered."""
    return len(coverable_lines(body))


def lines_of(body: str, percent: float) -> tuple[list[int], list[int]]:
    """The covered and the uncovered lines of a source of which `percent` is covered: what is not covered is last."""
    lines = coverable_lines(body)
    covered = len(lines) - round(len(lines) * (100 - percent) / 100)
    return lines[:covered], lines[covered:]
