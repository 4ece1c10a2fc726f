"""A kept component's two sides as the subject of a DiffView. The comparing itself runs in the view's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hotfix_tui.ui.widgets.diff_view import Subject

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
    structure = None
    if one is not None and other is not None and component[0] not in _TEXT_TYPES:
        structure = _structure(component, one, other)
    return Subject(title, sides[0], sides[1], one, other, structure, note)


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


def _structure(component: tuple[str, str], left: str, right: str) -> Callable[[], Sequence[tuple[str, str, str]]]:
    def work() -> Sequence[tuple[str, str, str]]:
        # Loads lxml and deepdiff: in the view's thread, when a person opens the first difference.
        from hotfix_tui.compare.component import Component, ComponentId
        from hotfix_tui.compare.difference import difference

        name = ComponentId(*component)
        found = difference(Component(name, files_of(left)), Component(name, files_of(right)))
        return [(path, one or "", other or "") for path, one, other in found.paths]

    return work


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
