"""Sentences of comparing."""

from __future__ import annotations

from hotfix_tui.events import compare
from hotfix_tui.events.words.phrases import many, says

_STATUSES = {
    "only_in_a": "only in A",
    "only_in_b": "only in B",
    "different": "different",
    "same": "same",
    "unreadable": "unreadable",
}


@says(compare.CompareStarted)
def _(event: compare.CompareStarted) -> str:
    return f"Comparing {event.a} with {event.b}"


@says(compare.TypesRead)
def _(event: compare.TypesRead) -> str:
    types = many(event.types, "metadata type")
    return f"{event.side}: {many(event.components, 'component')} of {types} to read"


@says(compare.TypeUnreadable)
def _(event: compare.TypeUnreadable) -> str:
    return f"{event.side}: {event.type} cannot be read: {event.why}"


@says(compare.ComponentCompared)
def _(event: compare.ComponentCompared) -> str:
    who = event.a_changed.get("by") if event.status != "only_in_b" else event.b_changed.get("by")
    mark = " · blocks the seed" if event.blocking else " · touches the data set" if event.impact else ""
    by = f" · {who}" if who and event.status != "same" else ""
    return f"{event.type} {event.full_name}: {_STATUSES.get(event.status, event.status)}{by}{mark}"


@says(compare.CompareFinished)
def _(event: compare.CompareFinished) -> str:
    unreadable = f", {event.unreadable:,} unreadable" if event.unreadable else ""
    impact = f"; {event.impact:,} touch the data set, {event.blocking:,} block" if event.impact else ""
    ignored = f"; {event.ignored:,} ignored by your rules" if event.ignored else ""
    managed = f"; {event.managed:,} of installed packages left out" if event.managed else ""
    return (
        f"Compared: {event.same:,} same, {event.different:,} different, {event.only_in_a:,} only in A, "
        f"{event.only_in_b:,} only in B{unreadable}{impact}{ignored}{managed}"
    )
