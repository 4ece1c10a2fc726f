"""A kept component's two sides as the subject of a DiffView. The comparing itself runs in the view's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hotfix_tui.ui.widgets.diff_view import Subject

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component

_HEADING = "==> "
# Text types: their structure is their text.
_TEXT_TYPES = frozenset({"ApexClass", "ApexTrigger", "ApexPage", "ApexComponent"})


def subject(
    title: str,
    component: tuple[str, str],
    sides: tuple[str, str],
    left: bytes | None,
    right: bytes | None,
    note: str = "",
) -> Subject:
    """`component` is (type, full name); `sides` name the left and the right; None for a side that has it not."""
    one, other = _text(left), _text(right)

    def structure() -> Sequence[tuple[str, str, str]]:
        # Loads lxml and deepdiff: in the view's thread, when a person opens the first difference.
        from hotfix_tui.compare.component import Component, ComponentId

        name = ComponentId(*component)
        return _paths(Component(name, files_of(one or "")), Component(name, files_of(other or "")))

    by_structure = one is not None and other is not None and component[0] not in _TEXT_TYPES
    return Subject(title, sides[0], sides[1], lambda: (one, other), structure if by_structure else None, note)


def compared_subject(
    title: str,
    sides: tuple[str, str],
    components: tuple[Component | None, Component | None],
    texts: Callable[[], tuple[bytes | None, bytes | None]],
    note: str = "",
) -> Subject:
    """A component as two sides hold it in memory; `texts` normalises both, in the view's thread like all else."""
    left, right = components

    def decoded() -> tuple[str | None, str | None]:
        one, other = texts()
        return _text(one), _text(other)

    by_structure = left is not None and right is not None and left.id.type not in _TEXT_TYPES
    return Subject(title, sides[0], sides[1], decoded, (lambda: _paths(left, right)) if by_structure else None, note)


def fix_subject(
    title: str, component: tuple[str, str], sides: tuple[str, str], kept: tuple[bytes, bytes], change: str, note: str
) -> Subject:
    """A component of the fix; `kept` holds all components of the baseline and of the fix, `change` is its own."""

    def both() -> tuple[Component | None, Component | None]:
        from hotfix_tui.compare.component import ComponentId
        from hotfix_tui.compare.fix import bytes_to_components

        name = ComponentId(*component)
        return bytes_to_components(kept[0]).get(name), bytes_to_components(kept[1]).get(name)

    def texts() -> tuple[str | None, str | None]:
        from hotfix_tui.compare.normalise import normalise

        one, other = both()
        return (_text(normalise(one)) if one else None, _text(normalise(other)) if other else None)

    by_structure = component[0] not in _TEXT_TYPES and change == "changed"
    structure = (lambda: _paths(*both())) if by_structure else None
    return Subject(title, sides[0], sides[1], texts, structure, note)


def _paths(left: Component | None, right: Component | None) -> list[tuple[str, str, str]]:
    from hotfix_tui.compare.difference import difference

    return [(path, one or "", other or "") for path, one, other in difference(left, right).paths]


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


def files_of(text: str) -> dict[str, bytes]:
    """The files in a component's normalised text, where several follow each other under `==> path` lines."""
    if not text.startswith(_HEADING):
        return {"content": text.encode()}
    files: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(_HEADING):
            lines = files.setdefault(line.removeprefix(_HEADING), [])
        else:
            bare = line.lstrip("\\")
            lines.append(line[1:] if bare.startswith(_HEADING) else line)
    return {path: "\n".join(lines).encode() for path, lines in files.items()}
