"""Sentences of comparing."""

from __future__ import annotations

from hotfix_tui.events import compare
from hotfix_tui.events.words.phrases import flow_versions, listed, many, says, with_detail

_STATUSES = {
    "only_in_a": "only in A",
    "only_in_b": "only in B",
    "different": "different",
    "same": "same",
    "unreadable": "unreadable",
    "ambiguous": "ambiguous",
    "keyless": "without a key",
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
    sides = (("A", flow_versions(event.a_changed)), ("B", flow_versions(event.b_changed)))
    versions = "; ".join(f"{side}: {words}" for side, words in sides if words)
    said = f"{event.type} {event.full_name}: {_STATUSES.get(event.status, event.status)}{by}{mark}"
    return with_detail(said, versions, " · ")


@says(compare.ComponentDependencies)
def _(event: compare.ComponentDependencies) -> str:
    depends_on = list(dict.fromkeys((*event.a_depends_on, *event.b_depends_on)))
    used_by = list(dict.fromkeys((*event.a_used_by, *event.b_used_by)))
    on, by = (", ".join(names) if names else "nothing" for names in (depends_on, used_by))
    return f"{event.type} {event.full_name} depends on {on}; used by {by}"


@says(compare.RecordRelated)
def _(event: compare.RecordRelated) -> str:
    parents = ", ".join(f"{one.get('field')} {one.get('name') or one.get('id')}" for one in event.parents)
    children = ", ".join(f"{one.get('count', 0):,} {one.get('object')}" for one in event.children)
    parents, children = parents or "no parents", children or "no children"
    return f"{event.org}: {event.object} {event.name or event.record}: {parents}; {children}"


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


@says(compare.RecordCompareStarted)
def _(event: compare.RecordCompareStarted) -> str:
    return f"Comparing the records of “{event.data_set}” in {event.a} with {event.b}"


@says(compare.RecordsUnreadable)
def _(event: compare.RecordsUnreadable) -> str:
    return f"{event.side}: {event.object} cannot be compared: {event.why}"


@says(compare.RecordCompared)
def _(event: compare.RecordCompared) -> str:
    name = event.key or event.label or ", ".join((*event.a_ids, *event.b_ids))
    status = _STATUSES.get(event.status, event.status)
    if event.status == "ambiguous":
        status += f": {many(len(event.a_ids), 'row')} in A, {many(len(event.b_ids), 'row')} in B"
    elif event.status == "keyless":
        status += f", in {'A' if event.a_ids else 'B'}"
    like = f" · looks like {event.looks_like}" if event.looks_like else ""
    fields = f" ({listed(tuple(event.changes), 4)})" if event.changes else ""
    return f"{event.object} {name}: {status}{fields}{like}"


@says(compare.RecordCompareFinished)
def _(event: compare.RecordCompareFinished) -> str:
    more = ((event.ambiguous, "ambiguous"), (event.keyless, "without a key"))
    rest = "".join(f", {count:,} {word}" for count, word in more if count)
    left = f"; {many(event.unreadable, 'object')} not compared" if event.unreadable else ""
    return (
        f"Records of “{event.data_set}”: {event.same:,} same, {event.different:,} different, "
        f"{event.only_in_a:,} only in A, {event.only_in_b:,} only in B{rest}{left}"
    )
