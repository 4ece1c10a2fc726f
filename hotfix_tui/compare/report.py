"""A comparison as a document to hand on, and all of it in a folder."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui.compare.compare import DIFFERENT, ONLY_IN_A, ONLY_IN_B, UNREADABLE, Comparison
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.manifests import MANIFESTS, manifests
from hotfix_tui.events.base import encode
from hotfix_tui.events.compare import CompareFinished
from hotfix_tui.events.words.phrases import flow_versions, with_detail

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides

MAX_LINES = 200
"""Lines of difference shown of one component."""
_SIGNS = {ONLY_IN_A: "only in A", ONLY_IN_B: "only in B", DIFFERENT: "different", UNREADABLE: "could not be read"}


class FolderTaken(ValueError):
    """The folder holds a file of the same name. The text is a sentence."""


def write(
    folder: Path,
    comparison: Comparison,
    finished: CompareFinished,
    chosen: Collection[ComponentId] | None = None,
    both: BothSides | None = None,
) -> list[str]:
    """Writes the comparison into `folder`, which is made if need be; the names of the files.

    With `both` it says what depends on what.

    Raises FolderTaken, with nothing written, when one of them is there already; OSError. Blocks.
    """
    made = manifests(comparison, chosen)
    document = [markdown(comparison, finished, chosen, both)]
    if made.left_out:
        document += ["", "## In no manifest", "", *(f"- {plain(sentence)}" for sentence in made.left_out)]
    files = {
        "comparison.md": "\n".join(document).encode(),
        "comparison.json": as_json(comparison, chosen, both).encode(),
        **made.files,
    }
    for name in ("comparison.md", "comparison.json", *MANIFESTS):
        if (folder / name).exists():
            raise FolderTaken(f"{folder / name} is there already and stays as it is; name another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return list(files)


def as_json(
    comparison: Comparison, chosen: Collection[ComponentId] | None = None, both: BothSides | None = None
) -> str:
    """What differs as a JSON list of objects: `type`, `full_name`, `status`, `a_changed`, `b_changed`.

    With `both` also what the event ComponentDependencies has.
    """
    rows = []
    for key in _differing(comparison, chosen):
        a, b = comparison.component("a", key), comparison.component("b", key)
        rows.append(
            {
                "type": key.type,
                "full_name": key.full_name,
                "status": comparison.rows[key].status,
                "a_changed": a.changed if a else {},
                "b_changed": b.changed if b else {},
                **(encode(both.told(key)) if both else {}),
            }
        )
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def unified(comparison: Comparison, key: ComponentId, names: tuple[str, str]) -> str:
    """The unified difference of one component's normalised texts."""
    left, right = _texts(comparison, key)
    return "\n".join(difflib.unified_diff(left, right, *names, lineterm="", n=5))


def markdown(
    comparison: Comparison,
    finished: CompareFinished,
    chosen: Collection[ComponentId] | None = None,
    both: BothSides | None = None,
) -> str:
    """The comparison as Markdown: the counts, the list by type, and the difference of what is different.

    `chosen`: only these components. `both`: also what each depends on, and what uses it. What an org says is text, no
    Markdown. Blocks (parses, compares): not for an event loop.
    """
    a, b = comparison.a, comparison.b
    counts = (
        f"{finished.same:,} same, {finished.different:,} different, {finished.only_in_a:,} only in A, "
        f"{finished.only_in_b:,} only in B, {finished.unreadable:,} unreadable, {finished.ignored:,} ignored by rules, "
        f"{finished.managed:,} of installed packages left out"
    )
    lines = ["# Comparison", "", f"- A: {plain(a.name)}", f"- B: {plain(b.name)}", f"- {counts}"]
    for side in (a, b):
        lines += [f"- {plain(side.name)} could not give {plain(kind)}: {plain(why)}"
                  for kind, why in sorted(side.contents.unreadable.items())]  # fmt: skip
    for kind, keys in groupby(_differing(comparison, chosen), key=lambda key: key.type):
        lines += ["", f"## {plain(kind)}", ""]
        listed = list(keys)
        for key in listed:
            lines += [_row(comparison, key), *(_uses(both, key) if both else ())]
        for key in listed:
            if comparison.rows[key].status == DIFFERENT:
                lines += ["", f"### {plain(key.full_name)}", "", *_difference(comparison, key)]
    return "\n".join(lines)


def _differing(comparison: Comparison, chosen: Collection[ComponentId] | None) -> list[ComponentId]:
    return [key for key in comparison.differences if chosen is None or key in chosen]


def _texts(comparison: Comparison, key: ComponentId) -> tuple[list[str], list[str]]:
    left, right = (
        comparison.text(side, key).decode("utf-8", "replace").expandtabs(4).splitlines() for side in ("a", "b")
    )
    return left, right


def _row(comparison: Comparison, key: ComponentId) -> str:
    sides = [(name, comparison.component(side, key)) for name, side in (("A", "a"), ("B", "b"))]
    said = [f"{name}: {_who(one)}" for name, one in sides if one is not None and one.changed_by]
    return f"- {plain(key.full_name)}: {'; '.join([_SIGNS[comparison.rows[key].status], *said])}"


def _uses(both: BothSides, key: ComponentId) -> Iterator[str]:
    """What the component depends on and what uses it; where the sides are not of one mind, on which side."""
    a, b = both.uses(key)
    for words, left, right in (("depends on", a.depends_on, b.depends_on), ("used by", a.used_by, b.used_by)):
        named = [
            f"{plain(str(one))}{'' if one in left and one in right else ' (A)' if one in left else ' (B)'}"
            for one in sorted(left | right)
        ]
        if named:
            yield f"  - {words}: {', '.join(named)}"


def _who(component: Component) -> str:
    who = f"{component.changed_by}, {component.changed_at[:16].replace('T', ' ')}"
    return plain(with_detail(who, flow_versions(component.changed), ", "))


def _difference(comparison: Comparison, key: ComponentId) -> list[str]:
    left, right = _texts(comparison, key)
    lines = list(_limited(difflib.unified_diff(left, right, "A", "B", lineterm="", n=3)))
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}diff", *lines, fence]


def _limited(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == MAX_LINES:
            yield "… (more lines differ)"
            return
        yield line


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~-])", r"\\\1", " ".join(text.split()))
