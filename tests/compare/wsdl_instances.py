"""A made-up instance of every metadata type of the WSDL, made without our own reading of it."""

from __future__ import annotations

import importlib.util
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

XSD = "{http://www.w3.org/2001/XMLSchema}"
NS = "http://soap.sforce.com/2006/04/metadata"
DEPTH = 5
"""How deep types that hold themselves are followed."""


@dataclass
class Kind:
    base: str = ""
    elements: list[tuple[str, str, bool]] = field(default_factory=list)


@cache
def kinds() -> dict[str, Kind]:
    spec = importlib.util.find_spec("simple_salesforce")
    assert spec is not None and spec.submodule_search_locations
    found: dict[str, Kind] = {}
    for node in ET.parse(Path(spec.submodule_search_locations[0]) / "metadata.wsdl").iter(f"{XSD}complexType"):
        if (name := node.get("name")) is None:
            continue
        extension = node.find(f".//{XSD}extension")
        made = found[name] = Kind(plain(extension.get("base")) if extension is not None else "")
        for item in node.iter(f"{XSD}element"):
            repeated = item.get("maxOccurs", "1") not in ("0", "1")
            made.elements.append((str(item.get("name")), plain(item.get("type")), repeated))
    return found


def plain(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def metadata_types() -> list[str]:
    """Every type that descends from Metadata: what a file's root element can be."""

    def descends(name: str) -> bool:
        base = kinds()[name].base
        return base == "Metadata" or (base in kinds() and descends(base))

    return sorted(name for name in kinds() if descends(name))


def instance(name: str) -> ET.Element:
    """A file of the type, each element there, repeated ones twice, each value another one."""
    return _fill(ET.Element(f"{{{NS}}}{name}"), name, count(1), DEPTH)


def _elements(name: str) -> list[tuple[str, str, bool]]:
    kind = kinds()[name]
    inherited = _elements(kind.base) if kind.base in kinds() else []
    return [*inherited, *kind.elements]


def _fill(parent: ET.Element, name: str, numbers: count[int], depth: int) -> ET.Element:
    for element, kind, repeated in _elements(name):
        if kind in kinds() and depth == 0:
            continue
        for _ in range(2 if repeated else 1):
            child = ET.SubElement(parent, f"{{{NS}}}{element}")
            if kind in kinds():
                # Repeated twice at each level grows too fast: only the upper levels hold everything.
                _fill(child, kind, numbers, depth - 1 if not repeated else min(depth - 1, 2))
            else:
                child.text = f"v{next(numbers)}"
    return parent


def leaves(root: ET.Element) -> list[ET.Element]:
    return [element for element in root.iter() if not len(element)]


def text(root: ET.Element) -> bytes:
    return ET.tostring(root)
