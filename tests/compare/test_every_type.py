"""Every metadata type of the WSDL: one changed value anywhere is a difference, another order alone mostly is none."""

from __future__ import annotations

import random
import zlib

import pytest

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.difference import difference
from hotfix_tui.compare.keys import rule_of
from hotfix_tui.compare.normalise import canonical_xml
from tests.compare import wsdl_instances as wsdl

TYPES = wsdl.metadata_types()


def component(name: str, content: bytes) -> Component:
    return Component(ComponentId(name, "X"), {"x/X.x": content})


def changed_once(name: str, most: int | None) -> None:
    """Changes each leaf of an instance in turn (at most `most` of them, spread by chance), and looks for it."""
    root = wsdl.instance(name)
    before = canonical_xml(wsdl.text(root))
    leaves = wsdl.leaves(root)
    rng = random.Random(zlib.crc32(name.encode()))
    for leaf in leaves if most is None else rng.sample(leaves, min(most, len(leaves))):
        kept = leaf.text
        leaf.text = f"{kept or ''}!"
        assert canonical_xml(wsdl.text(root)) != before, (name, leaf.tag, kept)
        leaf.text = kept
    assert canonical_xml(wsdl.text(root)) == before


def test_there_are_as_many_types_as_the_wsdl_has() -> None:
    assert len(TYPES) > 300
    assert {"CustomObject", "Flow", "Profile", "Layout", "Workflow", "PermissionSet"} <= set(TYPES)


@pytest.mark.parametrize("start", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_some_changed_values_of_every_type_are_found(start: str) -> None:
    for name in TYPES:
        if name.startswith(start):
            changed_once(name, 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("start", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_many_changed_values_of_every_type_are_found(start: str) -> None:
    for name in TYPES:
        if name.startswith(start):
            changed_once(name, 120)


@pytest.mark.parametrize("start", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_an_element_left_out_or_doubled_is_found(start: str) -> None:
    for name in TYPES:
        if not name.startswith(start):
            continue
        root = wsdl.instance(name)
        before = canonical_xml(wsdl.text(root))
        for child in random.Random(name).sample(list(root), min(3, len(root))):
            place = list(root).index(child)
            root.remove(child)
            assert canonical_xml(wsdl.text(root)) != before, (name, child.tag)
            root.insert(place, child)


@pytest.mark.parametrize("start", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
def test_elements_of_different_names_may_come_in_any_order(start: str) -> None:
    for name in TYPES:
        if not name.startswith(start):
            continue
        root = wsdl.instance(name)
        before = canonical_xml(wsdl.text(root))
        by_tag: dict[str, list[object]] = {}
        for child in root:
            by_tag.setdefault(child.tag, []).append(child)
        tags = list(by_tag)
        random.Random(name).shuffle(tags)
        root[:] = [child for tag in tags for child in by_tag[tag]]  # type: ignore[list-item]
        assert canonical_xml(wsdl.text(root)) == before, name


@pytest.mark.slow
def test_repeated_elements_whose_order_means_nothing_may_change_places() -> None:
    checked = 0
    for name in TYPES:
        root = wsdl.instance(name)
        before = canonical_xml(wsdl.text(root))
        for place in range(len(root) - 1):
            first, second = root[place], root[place + 1]
            if first.tag != second.tag:
                continue
            ordered = rule_of(name, first.tag.rpartition("}")[2]).ordered
            root[place], root[place + 1] = second, first
            same = canonical_xml(wsdl.text(root)) == before
            root[place], root[place + 1] = first, second
            assert same != ordered, (name, first.tag)
            checked += 1
    assert checked > 400


@pytest.mark.parametrize(
    "name", ["Profile", "Layout", "Workflow", "Report", pytest.param("Flow", marks=pytest.mark.slow)]
)
def test_a_changed_value_is_shown_at_one_place(name: str) -> None:
    root = wsdl.instance(name)
    before = component(name, wsdl.text(root))
    rng = random.Random(name)
    for leaf in rng.sample(wsdl.leaves(root), 3):
        kept = leaf.text
        leaf.text = f"{kept}!"
        found = difference(before, component(name, wsdl.text(root)))
        leaf.text = kept
        assert found.paths
        assert any(f"{kept}!" in (right or "") or f"{kept}!" in path for path, _, right in found.paths)
