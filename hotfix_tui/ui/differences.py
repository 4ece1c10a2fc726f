"""A component's two sides as the subject of a DiffView. The comparing itself runs in the view's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.ui.widgets.diff_syntax import HEADING
from hotfix_tui.ui.widgets.diff_working import Place, Subject

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component

# What a file of these is written in, where its text does not name it.
_LANGUAGES = {"ApexClass": "apex", "ApexTrigger": "apex", "ApexPage": "html", "ApexComponent": "html"}

Both = Callable[[], "tuple[Component | None, Component | None]"]


def subject(
    title: str,
    component: tuple[str, str],
    sides: tuple[str, str],
    left: bytes | None,
    right: bytes | None,
    note: str = "",
) -> Subject:
    """`component` is (type, full name); `sides` name the left and the right; None for a side that has it not."""

    def both() -> tuple[Component | None, Component | None]:
        # Loads lxml and deepdiff: in the view's thread, when a person opens the first difference.
        from hotfix_tui.compare.component import Component, ComponentId

        name = ComponentId(*component)
        one, other = (Component(name, files_of(_text(side) or "")) for side in (left, right))
        return one, other

    by_structure = left is not None and right is not None and has_structure(component[0])
    structure = (lambda: _places(both)) if by_structure else None
    return Subject(title, *sides, lambda: (_text(left), _text(right)), structure, note, _language(component[0]))


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

    kind = next((one.id.type for one in components if one is not None), "")
    by_structure = left is not None and right is not None and has_structure(kind)
    structure = (lambda: _places(lambda: components)) if by_structure else None
    return Subject(title, *sides, decoded, structure, note, _language(kind))


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

    by_structure = has_structure(component[0]) and change == "changed"
    structure = (lambda: _places(both)) if by_structure else None
    return Subject(title, *sides, texts, structure, note, _language(component[0]))


def has_structure(kind: str) -> bool:
    """Whether a metadata type is XML through and through. Apex, bundles and resources are read as text."""
    from hotfix_tui.compare.types import metadata_types

    known = metadata_types().get(kind)
    return known is None or (known.source in ("", "decomposed") and not known.meta_file)


def _language(kind: str) -> str:
    return _LANGUAGES.get(kind, "")


def _places(both: Both) -> Iterable[Place]:
    from hotfix_tui.compare.difference import places

    return places(*both())


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")


def files_of(text: str) -> dict[str, bytes]:
    """The files in a component's normalised text, where several follow each other under `==> path` lines."""
    if not text.startswith(HEADING):
        return {"content": text.encode()}
    files: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith(HEADING):
            lines = files.setdefault(line.removeprefix(HEADING), [])
        else:
            bare = line.lstrip("\\")
            lines.append(line[1:] if bare.startswith(HEADING) else line)
    return {path: "\n".join(lines).encode() for path, lines in files.items()}
