"""What elements a component may hold, of which type and in which order, as the Metadata WSDL declares them.

Source: the Metadata API WSDL of API 63.0, in `value_types.json`. Nothing is known of later versions: what a document
of a later version holds beside it is let pass.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.metadata import xml

_FILE = Path(__file__).with_name("value_types.json")
_ELEMENT = re.compile(r"(?P<name>\w+)(?::(?P<type>\w+))?(?P<mark>[!*+~]*)")
_TAG = re.compile(rb"<([A-Za-z_][\w.-]*)")
KNOWN_VERSION = 63
_COMMENT, _NOWHERE = (-1, ""), (-2, "")
_SIMPLE = {
    "boolean": re.compile(r"true|false|1|0"),
    "int": re.compile(r"[-+]?\d{1,10}"),
    "long": re.compile(r"[-+]?\d{1,19}"),
    "double": re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|NaN|-?INF"),
}


@dataclass(frozen=True)
class Member:
    """An element of a type: `type` is an XSD type, a value type or an enumeration."""

    name: str
    type: str
    required: bool
    many: bool


@dataclass(frozen=True)
class Misfit:
    """Why a document does not fit its type, and at which element."""

    problem: str
    element: xml.Element


class Shapes:
    """The types and enumerations of the WSDL."""

    def __init__(self, types: dict[str, str], enums: dict[str, str], open_enums: list[str]) -> None:
        self._types = types
        self.enums = {name: tuple(values.split()) for name, values in enums.items()}
        self._open = frozenset(open_enums)
        self._members: dict[str, dict[str, Member]] = {}
        self._places: dict[str, dict[str, tuple[int, str]]] = {}
        self._reachable: dict[str, frozenset[bytes]] = {}

    def known(self, type_name: str) -> bool:
        """Whether the WSDL declares the type."""
        return type_name in self._types

    def base(self, type_name: str) -> str:
        """The type it extends; "" for none."""
        found = re.match(r"\((\w+)\)", self._types[type_name])
        return found[1] if found else ""

    def is_metadata(self, type_name: str) -> bool:
        """Whether components are of this type: it extends Metadata."""
        while self.known(type_name):
            type_name = self.base(type_name)
            if type_name == "Metadata":
                return True
        return False

    def members(self, type_name: str) -> dict[str, Member]:
        """The elements a value of the type holds, in order, those of what it extends first; {} for an unknown type."""
        found = self._members.get(type_name)
        if found is None:
            found = self._members[type_name] = self._read(type_name) if self.known(type_name) else {}
        return found

    def _read(self, type_name: str) -> dict[str, Member]:
        base = self.base(type_name)
        result = dict(self.members(base)) if base else {}
        for text in self._types[type_name].split():
            part = _ELEMENT.fullmatch(text)
            if part is not None:
                mark = part["mark"]
                required, many = "!" in mark or "+" in mark, "*" in mark or "+" in mark
                result[part["name"]] = Member(part["name"], part["type"] or "string", required, many)
        return result

    def misfit(self, root: xml.Element, type_name: str, but: Collection[str] = ()) -> Misfit | None:
        """The first thing in a document that API 63 does not take; None when it fits, or the type is not known.

        Elements at the top named in `but` are not looked at.
        """
        return next(self._misfits(root, type_name, but), None) if self.known(type_name) else None

    def _misfits(self, parent: xml.Element, type_name: str, but: Collection[str] = ()) -> Iterator[Misfit]:
        members = self.members(type_name)
        seen: set[str] = set()
        for element in xml.children(parent):
            name = xml.name(element)
            if name in but:
                continue
            member = members.get(name)
            if member is None:
                problem = f"Element {{{xml.NAMESPACE}}}{name} invalid at this location in type {type_name}"
                yield Misfit(problem, element)
                return
            if name in seen and not member.many:
                yield Misfit(f"Element {name} is duplicated at this location in type {type_name}", element)
            seen.add(name)
            yield from self._value_misfits(element, member)

    def _value_misfits(self, element: xml.Element, member: Member) -> Iterator[Misfit]:
        if element.get(f"{{{xml.XSI}}}type") or element.get(f"{{{xml.XSI}}}nil"):
            return
        if self.known(member.type):
            yield from self._misfits(element, member.type)
            return
        text = (element.text or "").strip()
        if member.type in self.enums:
            if text not in self.enums[member.type]:
                yield Misfit(f"'{text}' is not a valid value for the enum '{member.type}'", element)
        elif member.type in _SIMPLE and not _SIMPLE[member.type].fullmatch(text):
            yield Misfit(f"'{text}' is not a valid value for the type xsd:{member.type}", element)

    def may_lack(self, document: bytes, type_name: str) -> bool:
        """Whether a document may hold an element that API 63 does not have in this type: a quick look at its tags."""
        known = self._reachable.get(type_name)
        if known is None:
            known = self._reachable[type_name] = self._all_below(type_name)
        return not known.issuperset(_TAG.findall(document))

    def _all_below(self, type_name: str) -> frozenset[bytes]:
        names, todo, seen = {type_name.encode()}, [type_name], {type_name}
        while todo:
            for member in self.members(todo.pop()).values():
                names.add(member.name.encode())
                if self.known(member.type) and member.type not in seen:
                    seen.add(member.type)
                    todo.append(member.type)
        return frozenset(names)

    def arrange(self, root: xml.Element, type_name: str) -> None:
        """Puts the elements into the WSDL's order and drops what API 63 does not have, all the way down."""
        places = self._placed(type_name)
        if not places:
            return
        order = []
        for element in root:
            tag: Any = element.tag
            index, inner = places.get(tag, _NOWHERE) if isinstance(tag, str) else _COMMENT
            order.append(index)
            if inner:
                self.arrange(element, inner)
        if any(map(operator.gt, order, order[1:])) or min(order, default=0) < _COMMENT[0]:
            kept = [(index, element) for index, element in zip(order, root, strict=True) if index >= _COMMENT[0]]
            root[:] = [element for _, element in sorted(kept, key=operator.itemgetter(0))]

    def _placed(self, type_name: str) -> dict[str, tuple[int, str]]:
        """Tag → its place within the type, and its value type where that has elements of its own."""
        found = self._places.get(type_name)
        if found is None:
            found = self._places[type_name] = {
                f"{{{xml.NAMESPACE}}}{name}": (index, member.type if self.known(member.type) else "")
                for index, (name, member) in enumerate(self.members(type_name).items())
            }
        return found


@cache
def shapes() -> Shapes:
    """The table, read once."""
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return Shapes(raw["types"], raw["enums"], raw["open_enums"])
