"""Comparing whole folders, real and generated, against what other code finds in the files."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.difference import difference
from hotfix_tui.compare.folder import read_folder
from hotfix_tui.compare.normalise import normalise, normalise_file, same
from hotfix_tui.compare.package import build, split
from hotfix_tui.compare.sources import FolderSource
from hotfix_tui.events.compare import CompareFinished, ComponentCompared
from tests.compare import folders, independent
from tests.compare.shuffling import files, shuffle

GENERATED = "generated"
REAL = [*(name for pair in folders.REAL_PAIRS for name in pair), *folders.REAL_SINGLES]


def real(name: str) -> Path:
    folder = folders.CORPUS / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    return folder


@pytest.fixture(params=[*folders.REAL_PAIRS, GENERATED], ids=str)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    if request.param == GENERATED:
        return folders.generate_pair(tmp_path)
    return real(request.param[0]), real(request.param[1])


@pytest.fixture(params=[*REAL, GENERATED])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return folders.generate(tmp_path / "made") if request.param == GENERATED else real(request.param)


def named(keys: set[ComponentId]) -> set[tuple[str, str]]:
    return {(key.type, key.full_name) for key in keys}


async def compared(a: Path, b: Path) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    async for event in compare(FolderSource(a, managed=True), FolderSource(b, managed=True)):
        if isinstance(event, ComponentCompared):
            found.setdefault(event.status, set()).add((event.type, event.full_name))
        if isinstance(event, CompareFinished):
            counts = {"same": event.same, "different": event.different, "unreadable": event.unreadable}
            counts |= {"only_in_a": event.only_in_a, "only_in_b": event.only_in_b}
            assert counts == {status: len(found.get(status, ())) for status in counts}
    return found


def test_a_folder_holds_the_components_that_its_files_say(folder: Path) -> None:
    assert named(set(read_folder(folder))) == set(independent.components(folder, ordered=True))


async def test_added_removed_and_changed_are_those_of_the_files(pair: tuple[Path, Path]) -> None:
    only_a, only_b, different = independent.differences(*pair, ordered=True)
    _, _, surely_different = independent.differences(*pair, ordered=False)
    assert different, "a pair without a difference would prove little"
    found = await compared(*pair)
    assert found["only_in_a"] == only_a
    assert found["only_in_b"] == only_b
    # What only the order of elements tells apart is for the rules about order; the shuffle tests hold those.
    assert surely_different <= found["different"] <= different
    assert "unreadable" not in found


async def test_a_shuffled_folder_is_the_same_as_itself(folder: Path, tmp_path: Path) -> None:
    shuffled = shuffle(folder, tmp_path / "shuffled", random.Random(7))
    assert any(path.read_bytes() != (folder / path.relative_to(shuffled)).read_bytes() for path in files(shuffled))
    assert set(await compared(folder, shuffled)) == {"same"}


async def test_a_planted_difference_is_found_in_a_shuffled_folder(folder: Path, tmp_path: Path) -> None:
    shuffled = shuffle(folder, tmp_path / "shuffled", random.Random(7))
    victim = random.Random(3).choice([path for path in files(shuffled) if path.suffix == ".xml"])
    tree = ET.fromstring(victim.read_bytes())
    leaf = next(node for node in tree.iter() if len(node) == 0 and (node.text or "").strip() and node.tag != "fullName")
    leaf.text = (leaf.text or "") + "x"
    victim.write_bytes(ET.tostring(tree))
    found = await compared(folder, shuffled)
    assert sum(len(names) for status, names in found.items() if status != "same") in (1, 2)


def test_swapping_what_has_an_order_is_a_difference(folder: Path) -> None:
    swapped = 0
    for component in read_folder(folder).values():
        for path, content in component.files.items():
            if not path.endswith((".layout", ".field", ".object", ".listView")):
                continue
            root = ET.fromstring(content)
            for parent in root.iter():
                tags = [independent.plain(child.tag) for child in parent]
                if len(parent) > 1 and set(tags) <= {"value", "layoutItems", "columns"} and len(set(tags)) == 1:
                    parent[:] = [*parent[1:], parent[0]]
                    other = Component(component.id, {**component.files, path: ET.tostring(root)})
                    assert not same(component, other), component.id
                    assert difference(component, other), component.id
                    swapped += 1
                    break
    assert swapped


def test_changing_any_one_value_is_found(folder: Path) -> None:
    rng = random.Random(11)
    changed = 0
    for component in read_folder(folder).values():
        before = normalise(component)
        for other in mutations(component, rng):
            assert normalise(other) != before, f"{component.id}: {other.files}"
            # Paths come from other code than sameness, which is much faster; a sample shows that they agree.
            assert changed % 5 or difference(component, other), component.id
            changed += 1
    assert changed > 200


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_changing_taking_away_or_doubling_each_element_is_found(folder: Path) -> None:
    """Each kind of element, single and repeated, at its first three places; where it differs is asked of the first."""
    kinds: set[tuple[str, ...]] = set()
    seen: Counter[tuple[str, ...]] = Counter()
    for component in read_folder(folder).values():
        for path, content in component.files.items():
            if not content.lstrip().startswith(b"<?xml"):
                continue
            root = ET.fromstring(content)
            before = normalise_file(component.id.type, path, ET.tostring(root))
            for steps, parent, node in list(inside(root, (independent.plain(root.tag),))):
                seen[steps] += 1
                for act, changed in acts(root, parent, node) if seen[steps] <= 3 else ():
                    assert normalise_file(component.id.type, path, changed) != before, (component.id, steps, act)
                    if (*steps, act) not in kinds:
                        kinds.add((*steps, act))
                        other = Component(component.id, {**component.files, path: changed})
                        assert difference(component, other), (component.id, steps, act)
    assert len(kinds) > 100


def inside(node: ET.Element, steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ET.Element, ET.Element]]:
    """Every element below, with the way to it and its parent."""
    for child in node:
        here = (*steps, independent.plain(child.tag))
        yield here, node, child
        yield from inside(child, here)


def acts(root: ET.Element, parent: ET.Element, node: ET.Element) -> Iterator[tuple[str, bytes]]:
    """The file with one element changed, taken away, doubled; it is as before afterwards."""
    if len(node) == 0:
        text = node.text
        node.text = (text or "").strip() + "~"
        yield "changed", ET.tostring(root)
        node.text = text
    place = list(parent).index(node)
    parent.remove(node)
    yield "taken away", ET.tostring(root)
    parent.insert(place, node)
    parent.insert(place, node)
    yield "doubled", ET.tostring(root)
    del parent[place]


def test_changing_any_line_of_code_is_found(tmp_path: Path) -> None:
    changed = 0
    for component in read_folder(folders.generate(tmp_path)).values():  # the real folders hold no code
        for path, content in component.files.items():
            if not path.endswith((".cls", ".trigger", ".js", ".html", ".css", ".cmp", ".page")):
                continue
            before = normalise_file(component.id.type, path, content)
            lines = content.decode().rstrip().split("\n")
            for number in range(0, len(lines), max(1, len(lines) // 20)):
                other = "\n".join([*lines[:number], f"{lines[number]}~", *lines[number + 1 :]])
                assert normalise_file(component.id.type, path, other.encode()) != before, (component.id, number)
                changed += 1
    assert changed


def test_a_package_built_from_a_folder_splits_into_the_same_components(folder: Path) -> None:
    components = read_folder(folder)
    again = split(build(components.values(), "63.0"))
    assert set(again) == set(components)
    assert [key for key in components if not same(components[key], again[key])] == []


def mutations(component: Component, rng: random.Random, most: int = 8) -> Iterator[Component]:
    """The component with one value changed, one element taken away, or one doubled."""
    for path, content in component.files.items():
        if not content.lstrip().startswith(b"<?xml"):
            yield Component(component.id, {**component.files, path: content + b"x"})
            continue
        size = len(list(ET.fromstring(content).iter()))
        for index in rng.sample(range(1, size), min(most, size - 1)):
            root = ET.fromstring(content)
            node = list(root.iter())[index]
            parent = next(item for item in root.iter() if node in list(item))
            act = rng.choice(["value", "value", "take away", "double"])
            if act == "value" and len(node) == 0:
                node.text = (node.text or "").strip() + "~"
            elif act == "double":
                parent.append(node)
            else:
                parent.remove(node)
            yield Component(component.id, {**component.files, path: ET.tostring(root)})
