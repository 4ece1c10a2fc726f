"""A comparison of records as documents to hand on: Markdown, JSON, CSV. What an org says is text in each of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

from hotfix_tui.compare.compare import DIFFERENT, ONLY_IN_A, ONLY_IN_B, SAME
from hotfix_tui.compare.record_comparison import RecordComparison
from hotfix_tui.compare.records import AMBIGUOUS, KEYLESS, STATUSES, ComparedRow
from hotfix_tui.compare.report import FolderTaken, plain
from hotfix_tui.events.compare import RecordCompared

FILES = ("records.md", "records.json", "records.csv")
STATUS_WORDS = {
    ONLY_IN_A: "only in A",
    ONLY_IN_B: "only in B",
    DIFFERENT: "different",
    AMBIGUOUS: "ambiguous",
    KEYLESS: "without a key",
    SAME: "same",
}
_HEADER = (
    "object", "key", "label", "status", "field", "field_label", "a", "b", "a_ids", "b_ids",
    "a_changed_by", "a_changed_at", "b_changed_by", "b_changed_at", "looks_like",
)  # fmt: skip
# A spreadsheet takes a cell that begins with one of these for a formula. (OWASP, "CSV Injection".)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(folder: Path, comparison: RecordComparison, chosen: Collection[ComparedRow] | None = None) -> list[str]:
    """Writes what differs into `folder`, which is made if need be; the names of the files.

    Raises FolderTaken, with nothing written, when one of them is there already; OSError. Blocks.
    """
    contents = (markdown(comparison, chosen), as_json(comparison, chosen), as_csv(comparison, chosen))
    for name in FILES:
        if (folder / name).exists():
            raise FolderTaken(f"{folder / name} is there already and stays as it is; name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in zip(FILES, contents, strict=True):
        (folder / name).write_text(content, "utf-8", "surrogatepass", newline="")
    return list(FILES)


def as_json(comparison: RecordComparison, chosen: Collection[ComparedRow] | None = None) -> str:
    """What differs as a JSON list; the fields are those of the event RecordCompared."""
    rows = [asdict(comparison.event(row)) for row in _differing(comparison, chosen)]
    return json.dumps(rows, ensure_ascii=False, indent=1)


def as_csv(comparison: RecordComparison, chosen: Collection[ComparedRow] | None = None) -> str:
    """What differs, a line for each field that does, or for the record where there is no such field."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    for row in _differing(comparison, chosen):
        for line in _lines(comparison, comparison.event(row)):
            writer.writerow([_cell(value) for value in line])
    return text.getvalue()


def _lines(comparison: RecordComparison, event: RecordCompared) -> Iterator[tuple[Any, ...]]:
    a, b = event.a_changed, event.b_changed
    rest = (" ".join(event.a_ids), " ".join(event.b_ids), a.get("by"), a.get("at"), b.get("by"), b.get("at"))
    for field, (left, right) in event.changes.items() or [("", ("", ""))]:
        label = comparison.field_label(event.object, field) if field else ""
        named = (event.object, event.key, event.label, event.status, field, label)
        yield (*named, left, right, *rest, event.looks_like)


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def markdown(comparison: RecordComparison, chosen: Collection[ComparedRow] | None = None) -> str:
    """The counts, then by object what differs and how. What an org says is text there, never Markdown."""
    counts = ", ".join(f"{comparison.counts[status]:,} {STATUS_WORDS[status]}" for status in STATUSES)
    lines = ["# Records", "", f"- A: {plain(comparison.a.org)}", f"- B: {plain(comparison.b.org)}"]
    lines += [f"- Data set: {plain(comparison.data_set.name)}", f"- {counts}"]
    lines += [f"- {plain(name)} is not compared: {plain(why)}" for name, why in comparison.unreadable.items()]
    lines += [f"- {plain(note.text)}" for note in comparison.notes]
    for name, rows in groupby(_differing(comparison, chosen), key=lambda row: row.object):
        label = comparison.label(name)
        lines += ["", f"## {plain(name)}" + (f" ({plain(label)})" if label != name else ""), ""]
        for row in rows:
            lines += _entry(comparison, row)
    return "\n".join(lines) + "\n"


def _entry(comparison: RecordComparison, row: ComparedRow) -> Iterator[str]:
    event = comparison.event(row)
    label = f" {event.label}" if event.label and event.label != event.key else ""
    name = plain((event.key or "(no key)") + label)
    said = [STATUS_WORDS[row.status]]
    said += [f"looks like {plain(row.like)}"] if row.like else []
    said += [f"{letter}: {plain(_who(one))}" for letter, one in (("A", event.a_changed), ("B", event.b_changed)) if one]
    yield f"- {name}: {'; '.join(said)}"
    for field, (left, right) in event.changes.items():
        yield f"  - {plain(comparison.field_label(row.object, field))}: {_value(left)} → {_value(right)}"
    for one in event.rows:
        fields = "; ".join(
            f"{plain(comparison.field_label(row.object, field))} {_value(value)}"
            for field, value in one["fields"].items()
        )
        yield f"  - {one['side'].upper()} {plain(one['id'])}: {fields}"


def _who(changed: dict[str, Any]) -> str:
    return f"{changed.get('by') or '?'}, {str(changed.get('at') or '')[:16].replace('T', ' ')}"


def _value(value: Any) -> str:
    if value is None or value == "":
        return "(empty)"
    return plain("true" if value is True else "false" if value is False else str(value))


def _differing(comparison: RecordComparison, chosen: Collection[ComparedRow] | None) -> Iterator[ComparedRow]:
    return (row for row in comparison.rows if (row.status != SAME if chosen is None else row in chosen))
