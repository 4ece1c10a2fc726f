"""Metadata XML as text in the org's own writing (metadata/xml.py), put together without a parser: it is much of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from hotfix_tui.localorg.metadata.xml import NAMESPACE, XSD, XSI

Items = list[tuple[str, Any]]
"""Elements in order: the name with a text (escaped already), a flag, a number, or the elements inside."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_INDENTS = tuple("    " * depth for depth in range(16))


def text(value: str) -> str:
    """A text with its markup characters escaped."""
    return escape(value)


def document(root: str, items: Items, *, typed: bool = False) -> bytes:
    """A whole document. `typed`: values in it say which XSD type they are of."""
    lines: list[str] = []
    _write(lines, items, 1)
    more = f' xmlns:xsi="{XSI}" xmlns:xsd="{XSD}"' if typed else ""
    body = "\n".join(lines)
    return f'{_HEAD}<{root} xmlns="{NAMESPACE}"{more}>\n{body}\n</{root}>\n'.encode()


def _write(lines: list[str], items: Iterable[tuple[str, Any]], depth: int) -> None:
    indent = _INDENTS[depth]
    for tag, value in items:
        if isinstance(value, list):
            lines.append(f"{indent}<{tag}>")
            _write(lines, value, depth + 1)
            lines.append(f"{indent}</{tag}>")
        elif value == "":
            lines.append(f"{indent}<{tag}/>")
        elif isinstance(value, bool):
            lines.append(f"{indent}<{tag}>{'true' if value else 'false'}</{tag}>")
        else:
            lines.append(f"{indent}<{tag}>{value}</{tag.partition(' ')[0]}>")
