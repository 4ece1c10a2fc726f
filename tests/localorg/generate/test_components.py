from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from hotfix_tui.localorg.generate.components import all_named, write
from hotfix_tui.localorg.generate.world import STANDARD, Named, World
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.layout import META
from hotfix_tui.localorg.metadata.shapes import shapes
from hotfix_tui.localorg.metadata.types import metadata_types

SIZE = 1_500


@pytest.fixture(scope="module")
def world() -> World:
    return World(SIZE, 7)


def documents(component: Component) -> Iterator[bytes]:
    """The files of a component that are metadata XML."""
    kind = metadata_types().types.get(component.type)
    plain = kind is None or not (kind.bundle or kind.meta_file or kind.source in ("content", "mixed"))
    yield from (body for path, body in component.files.items() if plain or path.endswith(META))


def one_of_each(world: World) -> list[Named]:
    """Three of each type, the largest world's oddities among them."""
    return [named for found in world.named.values() for named in (found[:1] + found[-2:])]


@pytest.mark.parametrize("size", [100, SIZE, 4_620])
@pytest.mark.parametrize("standard", [STANDARD, ()])
def test_there_are_as_many_as_asked_for_and_none_twice(size: int, standard: tuple[str, ...]) -> None:
    names = [(each.type, each.full_name.lower()) for each in all_named(World(size, 7, {}, standard))]
    assert len(names) == size
    assert [name for name, number in Counter(names).items() if number > 1] == []


def test_every_type_is_valid_and_in_the_writing_of_an_org(world: World) -> None:
    for named in one_of_each(world):
        for document in documents(write(world, named)):
            root = xml.parse(document)
            assert shapes().known(xml.name(root))
            assert shapes().misfit(root, xml.name(root)) is None, named.full_name
            assert xml.canonical(document) == document, named.full_name


def test_the_other_edition_differs_for_every_single_component(world: World) -> None:
    assert [
        each.full_name for each in all_named(world) if write(world, each).files == write(world, each, 1).files
    ] == []


def test_the_same_seed_writes_the_same_and_another_one_does_not(world: World) -> None:
    again, other = World(SIZE, 7), World(SIZE, 8)
    assert [write(again, each) for each in all_named(again)] == [write(world, each) for each in all_named(world)]
    differing = [one for one, two in zip(all_named(world), all_named(other), strict=True)
                 if one.full_name == two.full_name and write(world, one) != write(other, two)]  # fmt: skip
    assert len(differing) > SIZE / 3


def test_sizes_go_from_labels_to_long_classes() -> None:
    sizes = [
        sum(map(len, write(large, each).files.values())) for large in [World(6_000, 1)] for each in all_named(large)
    ]
    assert min(sizes) < 250
    assert max(sizes) > 90_000
    assert sum(sizes) > 6_000 * 2_000
