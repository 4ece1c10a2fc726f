"""The language in which a person narrows a list of compared components: `type:Flow by:smith since:2d discount`.

Words and fields are all to hold. A field may be given several times, or its values with commas: one of them is to hold.
`!` before a word or field turns it round. Letters' case makes no difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.namespaces import namespace_of
from hotfix_tui.events.compare import ComponentCompared

FIELDS = {
    "type": "metadata type; * and ? as in file names",
    "name": "part of the full name; * and ? as in file names",
    "by": "part of the name of who changed it last, on either side",
    "since": "changed since: 2d, 12h, 30m, 3w, or 2026-01-12, on either side",
    "before": "not changed since, likewise, on neither side",
    "status": "different, a (only in A), b (only in B), unreadable, same",
    "ns": "namespace of an installed package; none for our own",
    "impact": "yes or no: touches the data set, or what the impact was asked of",
}
STATUSES = {
    "different": "different",
    "~": "different",
    "a": "only_in_a",
    "only_in_a": "only_in_a",
    "+": "only_in_a",
    "b": "only_in_b",
    "only_in_b": "only_in_b",
    "-": "only_in_b",
    "unreadable": "unreadable",
    "same": "same",
}
_AGO = re.compile(r"([0-9]{1,5})\s*([mhdw])", re.IGNORECASE)
_PART = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
Test = Callable[[ComponentCompared, str], bool]


class BadFilter(ValueError):
    """Something in a filter means nothing. The text is a sentence."""


@dataclass(frozen=True)
class ComponentFilter:
    """A filter that was understood; without `tests` it lets everything through."""

    text: str = ""
    tests: tuple[Test, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tests)

    def admits(self, one: ComponentCompared, words: str = "") -> bool:
        """Whether a component is to be listed. `words`: what plain words are looked for in, lower case."""
        text = words or f"{one.type} {one.full_name}".lower()
        return all(test(one, text) for test in self.tests)


def parse_filter(text: str, now: datetime | None = None, *, problems: list[str] | None = None) -> ComponentFilter:
    """The filter that `text` says. `now`: what `2d` is counted back from. Raises BadFilter.

    With `problems` what means nothing is left out and said there: somebody may still be typing.
    """
    said: dict[tuple[str, bool], list[str]] = {}
    tests: list[Test] = []
    for part in _parts(text):
        turned = part.startswith("!") and len(part) > 1
        field, colon, value = part[turned:].partition(":")
        if not colon or field.lower() not in FIELDS:
            if part != "!":
                tests.append(_turned(_word(part[turned:].lower()), turned))
        elif value:
            said.setdefault((field.lower(), turned), []).extend(one for one in value.split(",") if one)
    for (field, turned), values in said.items():
        understood = []
        for value in values:
            try:
                understood.append(_field(field, value, now or datetime.now(UTC)))
            except BadFilter as error:
                if problems is None:
                    raise
                problems.append(str(error))
        if understood:
            tests.append(_turned(_any(understood), turned))
    return ComponentFilter(text.strip(), tuple(tests))


def completions(text: str, known: Mapping[str, Iterable[str]]) -> str:
    """`text` with its last word completed, or as it is. `known`: field → the values there are."""
    last = text.rpartition(" ")[2]
    bare = last.removeprefix("!")
    field, colon, value = bare.partition(":")
    if not bare:
        return text
    if not colon:
        found = next((f"{name}:" for name in FIELDS if name.startswith(field.lower())), "")
        return text + found[len(field) :] if found else text
    last_value = value.rpartition(",")[2]
    for one in known.get(field.lower(), ()):
        first = one.split(" ", 1)[0]
        if last_value and first.lower().startswith(last_value.lower()) and first.lower() != last_value.lower():
            return text[: len(text) - len(last_value)] + first
    return text


def _parts(text: str) -> list[str]:
    """The words, as spaces part them; not inside quotation marks, the last of which may still be missing."""
    return [part for found in _PART.findall(text) if (part := found.replace('"', ""))]


def _turned(test: Test, turned: bool) -> Test:
    return (lambda one, text: not test(one, text)) if turned else test


def _any(tests: list[Test]) -> Test:
    return lambda one, text: any(test(one, text) for test in tests)


def _word(word: str) -> Test:
    spaced = word.replace(":", " ")  # `Type:Full_Name` as others write it
    return lambda one, text: word in text or spaced in text


def _field(field: str, value: str, now: datetime) -> Test:
    """The test of one value of a field. Raises BadFilter."""
    wanted = value.lower()
    if field == "type":
        return lambda one, text: fnmatchcase(one.type.lower(), wanted)
    if field == "name":
        pattern = wanted if any(mark in wanted for mark in "*?") else f"*{wanted}*"
        return lambda one, text: fnmatchcase(one.full_name.lower(), pattern)
    if field == "by":
        return lambda one, text: any(wanted in str(side.get("by") or "").lower() for side in _sides(one))
    if field in ("since", "before"):
        at = _instant(value, now)
        if field == "since":
            return lambda one, text: any(moment >= at for moment in _moments(one))
        return lambda one, text: bool(moments := _moments(one)) and all(moment < at for moment in moments)
    if field == "ns":
        own = wanted == "none"
        return lambda one, text: namespace_of(ComponentId(one.type, one.full_name)).lower() == ("" if own else wanted)
    if field == "impact":
        if wanted not in ("yes", "no"):
            raise BadFilter(f"impact:{value} means nothing: write impact:yes or impact:no.")
        return lambda one, text: one.impact is (wanted == "yes")
    status = STATUSES.get(wanted)
    if status is None:
        raise BadFilter(f"status:{value} means nothing: write different, a, b, unreadable or same.")
    return lambda one, text: one.status == status


def _sides(one: ComponentCompared) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return one.a_changed, one.b_changed


def _moments(one: ComponentCompared) -> list[datetime]:
    """When it was changed on each side, as far as that is known."""
    found = []
    for side in _sides(one):
        try:
            found.append(_aware(str(side.get("at") or "")))
        except ValueError:
            continue
    return found


def _instant(value: str, now: datetime) -> datetime:
    if ago := _AGO.fullmatch(value):
        return now - timedelta(**{_UNITS[ago.group(2).lower()]: int(ago.group(1))})
    try:
        return _aware(value)
    except ValueError as error:
        raise BadFilter(f"{value} is no time: write 2d, 12h, 30m, 3w, or a date as 2026-01-12.") from error


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
