"""The collector does not stop the threads while very many objects are made, and forgets nothing for good."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.compare.collector import without_full_runs
from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.sources import FolderSource
from tests.compare import folders


class Ring:
    """Holds itself."""

    def __init__(self) -> None:
        self.itself = self
        self.rows: list[list[int]] = []


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """What other tests made is theirs."""
    yield
    gc.unfreeze()


@pytest.fixture
def full_runs() -> Iterator[list[int]]:
    seen: list[int] = []

    def look(phase: str, info: dict[str, Any]) -> None:
        if phase == "start" and info["generation"] == 2:
            seen.append(1)

    gc.callbacks.append(look)
    yield seen
    gc.callbacks.remove(look)


def test_no_full_run_however_many_objects_are_made(full_runs: list[int]) -> None:
    with without_full_runs():
        full_runs.clear()
        kept = [[number] for number in range(1_000_000)]
        assert full_runs == []
    assert len(kept) == 1_000_000


def test_the_way_it_was_comes_back_at_the_end_of_the_last(full_runs: list[int]) -> None:
    before = gc.get_threshold()
    with without_full_runs(), without_full_runs():
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before
    with pytest.raises(ValueError, match="spoilt"), without_full_runs():
        raise ValueError("spoilt")
    assert gc.get_threshold() == before


def test_what_a_large_comparison_left_in_a_ring_is_gone_with_the_next() -> None:
    with without_full_runs():
        ring = Ring()
        ring.rows = [[number] for number in range(100_000 + len(gc.get_objects()))]
    left = weakref.ref(ring)
    del ring
    assert left() is not None
    with without_full_runs():
        assert left() is None


def test_small_comparisons_do_not_each_look_through_the_whole_process(full_runs: list[int]) -> None:
    with without_full_runs():
        pass
    with without_full_runs():
        full_runs.clear()
    for _ in range(20):
        with without_full_runs():
            Ring()
    assert full_runs == []


async def test_a_comparison_has_no_full_run_in_it(tmp_path: Path, full_runs: list[int]) -> None:
    a, b = folders.generate_pair(tmp_path)
    before = gc.get_threshold()
    comparison = compare(FolderSource(a), FolderSource(b))
    async for _ in comparison:
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before
