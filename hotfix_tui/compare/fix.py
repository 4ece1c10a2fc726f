"""The fix as components, where it stands in another org, and components as bytes for the journal."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.difference import difference, overlap
from hotfix_tui.compare.normalise import same
from hotfix_tui.compare.xml import BadXml

Change = Literal["new", "changed", "deleted"]
Cell = Literal["apply", "new", "same", "differs"]

_UNREADABLE = "(cannot be parsed)"

_Components = Mapping[ComponentId, Component]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one component of the fix stands in a target org, and in words why when it is left alone."""

    cell: Cell
    reason: str = ""


def components_delta(baseline: _Components, now: _Components) -> list[tuple[ComponentId, Change]]:
    """What was made, changed or deleted since `baseline`, by normalised content, in order of id."""
    delta: list[tuple[ComponentId, Change]] = []
    for key in sorted(baseline.keys() | now.keys()):
        if key not in baseline:
            delta.append((key, "new"))
        elif key not in now:
            delta.append((key, "deleted"))
        elif not same_or_alike(baseline[key], now[key]):
            delta.append((key, "changed"))
    return delta


def three_way(base: Component | None, theirs: Component | None, ours: Component | None) -> Standing:
    """Where the fix of one component stands in a target.

    `base`: production before the fix. `theirs`: the target now. `ours`: with the fix; None when the fix deletes it.
    """
    if same_or_alike(ours, theirs):
        return Standing("same")
    if same_or_alike(base, theirs):
        return Standing("new" if base is None else "apply")
    if theirs is None:
        return Standing("differs", "it is not in this org, though production had it before the fix")
    if base is None:
        return Standing("differs", "this org already has one, with other content")
    if ours is None:
        return Standing("differs", "the fix deletes it, but this org has changed it")
    return Standing("differs", "this org's content is neither production's before the fix nor the fixed one")


def same_or_alike(a: Component | None, b: Component | None) -> bool:
    """Whether two sides have the same content; two absent ones do. What cannot be parsed is the same only by bytes."""
    if a is None or b is None:
        return a is b
    try:
        return same(a, b)
    except BadXml:
        return False


def inherited(started: Component | None, production: Component | None, ours: Component | None) -> tuple[str, ...]:
    """Places where `ours` would overwrite production's version with something that is not the fix.

    `started`: the component in the environment before anybody worked on the fix. Where it was otherwise than in
    production then, and `ours` is so still, that difference came with the environment. Paths as `difference` gives
    them; empty when all that differed was brought in line.
    """
    if same_or_alike(started, production) or same_or_alike(ours, production):
        return ()
    try:
        before = [path for path, _, _ in difference(started, production).paths]
        now = [path for path, _, _ in difference(ours, production).paths]
    except BadXml:
        return (_UNREADABLE,)
    return tuple(dict.fromkeys(path for path in before if any(overlap(path, other) for other in now)))


def components_to_bytes(components: _Components) -> bytes:
    """Components as compact bytes; `bytes_to_components` reads them. The same components give the same bytes."""
    rows = []
    for component in (components[key] for key in sorted(components)):
        files = {path: _packed(component.files[path]) for path in sorted(component.files)}
        row: dict[str, Any] = {"type": component.id.type, "name": component.id.full_name, "files": files}
        row |= {"by": component.changed_by, "at": component.changed_at, "detail": component.detail}
        rows.append(row)
    return zlib.compress(json.dumps({"v": 1, "components": rows}, ensure_ascii=False).encode())


def bytes_to_components(content: bytes) -> dict[ComponentId, Component]:
    """What `components_to_bytes` wrote. Raises ValueError when it is something else."""
    try:
        whole = json.loads(zlib.decompress(content))
        rows = whole["components"]
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise ValueError("these bytes are not kept components") from error
    found = {}
    for row in rows:
        key = ComponentId(row["type"], row["name"])
        files = {path: _unpacked(text) for path, text in row["files"].items()}
        found[key] = Component(key, files, row["by"], row["at"], row["detail"])
    return found


def _packed(content: bytes) -> str | list[str]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return [base64.b64encode(content).decode()]


def _unpacked(text: str | list[str]) -> bytes:
    return text.encode() if isinstance(text, str) else base64.b64decode(text[0])
