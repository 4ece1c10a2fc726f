"""How the repeated elements of a metadata file are told apart: by key, by order, or only by what they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from lxml import etree

from hotfix_tui.compare.reviewed import KEY_NAMES, ORDERED_BELOW
from hotfix_tui.compare.types import TABLES
from hotfix_tui.compare.xml import elements, local

# The type of everything inside an element of ORDERED_BELOW.
AS_WRITTEN = "(as written)"


@dataclass(frozen=True, slots=True)
class Rule:
    """What the table says of one element: its type (None: not known), key fields, and whether order has meaning.

    `repeats` is false for an element that occurs once. `known` is false when the table does not have the element.
    """

    type: str | None
    fields: tuple[str, ...] = ()
    ordered: bool = False
    repeats: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """The elements of one name in one parent.

    `keys`: one for each item when the key holds in this parent (each item has one, none twice), else None.
    """

    name: str
    type: str | None
    items: list[etree._Element]
    ordered: bool
    repeats: bool
    keys: list[tuple[str, ...]] | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The elements of one name in two versions of one parent.

    `left_keys`, `right_keys` as in Group; both None unless the key holds on both sides.
    """

    name: str
    type: str | None
    left: list[etree._Element]
    right: list[etree._Element]
    ordered: bool
    repeats: bool
    left_keys: list[tuple[str, ...]] | None
    right_keys: list[tuple[str, ...]] | None


def groups(parent: etree._Element, type_name: str | None) -> Iterator[Group]:
    """The child elements of `parent` by name, `fullName` first and then by the alphabet, with the rule for each.

    `type_name`: the parent's type in the Metadata WSDL, None when it is not known. Its children's types come out.
    """
    for name, items in sorted(_by_name(parent).items(), key=lambda item: _place(item[0])):
        rule = rule_of(type_name, name)
        repeats = rule.repeats or len(items) > 1
        fields = rule.fields if rule.known else _proposed(items) if repeats else ()
        yield Group(name, rule.type, items, rule.ordered, repeats, _keys(items, fields) if fields else None)


def pairs(left: etree._Element, right: etree._Element, type_name: str | None) -> Iterator[Pair]:
    """As `groups`, for two versions of one parent together: what names an element must name it on both sides."""
    one, other = _by_name(left), _by_name(right)
    for name in sorted(one.keys() | other.keys(), key=_place):
        ours, theirs = one.get(name, []), other.get(name, [])
        rule = rule_of(type_name, name)
        repeats = rule.repeats or max(len(ours), len(theirs)) > 1
        fields = rule.fields if rule.known else _proposed([*ours, *theirs]) if repeats else ()
        keys = (_keys(ours, fields), _keys(theirs, fields)) if fields else (None, None)
        if None in keys:
            keys = (None, None)
        yield Pair(name, rule.type, ours, theirs, rule.ordered, repeats, *keys)


def _by_name(parent: etree._Element) -> dict[str, list[etree._Element]]:
    by_name: dict[str, list[etree._Element]] = {}
    for item in elements(parent):
        by_name.setdefault(local(item.tag), []).append(item)
    return by_name


def _place(name: str) -> tuple[bool, str]:
    return name != "fullName", name


@cache
def rule_of(type_name: str | None, element: str) -> Rule:
    """The rule for `element` in a parent of the type `type_name`."""
    if type_name == AS_WRITTEN or f"{type_name}.{element}" in ORDERED_BELOW:
        return Rule(AS_WRITTEN, ordered=True)
    inside = _table().get(type_name or "")
    entry = inside.get(element) if inside else None
    if entry is None:
        return Rule(None, known=False)
    kind, _, words = entry.partition(" ")
    fields: tuple[str, ...] = ()
    for word in words.split():
        if word.startswith("key="):
            fields = tuple(word.removeprefix("key=").split("+"))
    return Rule(None if kind == "-" else kind, fields, "ordered" in words.split(), bool(words))


def _keys(items: Sequence[etree._Element], fields: tuple[str, ...]) -> list[tuple[str, ...]] | None:
    """Each item's key, when it identifies: no item without any part of it or with one twice, no key twice."""
    keys: list[tuple[str, ...]] = []
    for item in items:
        texts = {name: [inner.text or "" for inner in elements(item) if local(inner.tag) == name] for name in fields}
        if any(len(found) > 1 for found in texts.values()):
            return None
        # A blank name names nothing, just as an empty one: `leaf_text` writes both the same.
        key = tuple(text if text.strip() else "" for name in fields for text in texts[name] or [""])
        if not any(key):
            return None
        keys.append(key)
    return keys if len(set(keys)) == len(keys) else None


def _proposed(items: Sequence[etree._Element]) -> tuple[str, ...]:
    """The key of elements that the WSDL does not have (a newer API version): the first usual name that all have."""
    shared = set.intersection(*({local(inner.tag) for inner in elements(item)} for item in items))
    return next(((name,) for name in KEY_NAMES if name in shared), ())


@cache
def _table() -> dict[str, dict[str, str]]:
    text = resources.files(TABLES).joinpath("element_keys.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = json.loads(text)["types"]
    return table
