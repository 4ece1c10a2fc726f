"""The rules for repeated elements, derived from the Metadata WSDL that simple-salesforce ships.

Run as a program (`python -m hotfix_tui.compare.wsdl`) it writes the data file that `keys` reads. A test keeps the two
equal.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from hotfix_tui.compare.reviewed import KEY_NAMES, KEYS, ORDERED

_XSD = "{http://www.w3.org/2001/XMLSchema}"
TABLE = Path(__file__).with_name("tables") / "element_keys.json"


@dataclass
class _Type:
    base: str = ""
    # element → (type name or "" for a simple one, repeated)
    elements: dict[str, tuple[str, bool]] = field(default_factory=dict)


def wsdl_file() -> Path:
    """Where the installed package has the WSDL; found without importing the package. Raises FileNotFoundError."""
    found = importlib.util.find_spec("simple_salesforce")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("simple-salesforce is not installed")
    return Path(found.submodule_search_locations[0]) / "metadata.wsdl"


def element_rules(file: Path) -> dict[str, dict[str, str]]:
    """Metadata type → element → `TYPE RULE`, for elements that repeat or have a structure.

    TYPE is the element's own type, `-` for plain text. RULE is `key=a+b`, `ordered`, `ordered key=a`, `set`, or absent
    for an element that does not repeat. Types that no metadata file can hold are left out.
    """
    types = _read(file)
    rules: dict[str, dict[str, str]] = {}
    waiting = [name for name in types if _is_metadata(name, types)]
    while waiting:
        name = waiting.pop()
        if name in rules:
            continue
        rules[name] = {}
        for element, (kind, repeated) in sorted(_elements(name, types).items()):
            if kind:
                waiting.append(kind)
            if kind or repeated:
                rule = _rule(name, element, kind, types) if repeated else ""
                rules[name][element] = f"{kind or '-'} {rule}".strip()
    return {name: rules[name] for name in sorted(rules) if rules[name]}


def _rule(parent: str, element: str, kind: str, types: dict[str, _Type]) -> str:
    key = KEYS.get(f"{parent}.{element}") or KEYS.get(f".{element}")
    if kind and key is None:
        fields = {name for name, (_, repeated) in _elements(kind, types).items() if not repeated}
        key = next(((name,) for name in KEY_NAMES if name in fields), None)
    keyed = f"key={'+'.join(key)}" if key and kind else ""
    if f"{parent}.{element}" in ORDERED or f".{element}" in ORDERED:
        return f"ordered {keyed}".strip()
    return keyed or "set"


def _read(file: Path) -> dict[str, _Type]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    types: dict[str, _Type] = {}
    for node in etree.parse(str(file), parser).iter(f"{_XSD}complexType"):
        name = node.get("name")
        if name:
            extension = node.find(f".//{_XSD}extension")
            base = _plain(extension.get("base")) if extension is not None else ""
            types[name] = _Type(base)
            for item in node.iter(f"{_XSD}element"):
                types[name].elements[str(item.get("name"))] = (
                    _plain(item.get("type")),
                    item.get("maxOccurs") == "unbounded",
                )
    for kind in types.values():
        kind.elements = {name: (of if of in types else "", repeated) for name, (of, repeated) in kind.elements.items()}
    return types


def _elements(name: str, types: dict[str, _Type]) -> dict[str, tuple[str, bool]]:
    kind = types[name]
    return {**(_elements(kind.base, types) if kind.base in types else {}), **kind.elements}


def _is_metadata(name: str, types: dict[str, _Type]) -> bool:
    base = types[name].base
    return base == "Metadata" or (base in types and _is_metadata(base, types))


def _plain(name: str | None) -> str:
    return (name or "").rpartition(":")[2]


def as_text(rules: dict[str, dict[str, str]]) -> str:
    """The data file: JSON, one type a line."""
    lines = [f"    {json.dumps(name)}: {json.dumps(rules[name])}" for name in rules]
    source = "Metadata WSDL v63 as simple-salesforce ships it, with the decisions of compare/reviewed.py"
    return f'{{\n  "source": {json.dumps(source)},\n  "types": {{\n' + ",\n".join(lines) + "\n  }\n}\n"


if __name__ == "__main__":
    TABLE.write_text(as_text(element_rules(wsdl_file())), encoding="utf-8")
