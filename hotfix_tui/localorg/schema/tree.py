"""Metadata XML as a small tree without namespaces: what the schema reads definitions from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from hotfix_tui.localorg.schema.model import SchemaError

# Orgs of one process have most definitions in common.
_REMEMBERED = 1_500
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True)
class Node:
    """An element: its local name, its text, its children."""

    tag: str
    value: str
    children: Sequence[Node] = ()
    nil: bool = False

    def first(self, tag: str) -> Node | None:
        """The first child of that name."""
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> list[Node]:
        """All children of that name."""
        return [child for child in self.children if child.tag == tag]

    def text(self, tag: str, default: str = "") -> str:
        """The text of the first child of that name; the default when it is absent or empty."""
        found = self.first(tag)
        return found.value if found is not None and found.value else default

    def flag(self, tag: str, default: bool = False) -> bool:
        """A true/false child."""
        return self.text(tag, str(default)).lower() == "true"

    def number(self, tag: str, default: int = 0) -> int:
        """A whole-number child. Raises SchemaError when it is none."""
        text = self.text(tag)
        try:
            return int(text) if text else default
        except ValueError:
            raise SchemaError(f"'{text}' is not a valid value for {tag}") from None


@lru_cache(maxsize=_REMEMBERED)
def read(xml: bytes) -> Node:
    """The root of a metadata file. Raises SchemaError when it is not well-formed XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return _node(etree.fromstring(xml, parser))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SchemaError(f"Error parsing file: {error}") from None


def _node(element: etree._Element) -> Node:
    children = tuple(_node(child) for child in element if isinstance(child.tag, str))
    return Node(
        tag=etree.QName(element).localname,
        value=(element.text or "").strip(),
        children=children,
        nil=element.get(_NIL) == "true",
    )
