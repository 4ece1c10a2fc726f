"""What the tests in a real terminal share."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal


@pytest.fixture
def home(own_home: Path) -> Path:
    """HOTFIX_HOME of the program under test."""
    return own_home / "hotfix"


@pytest.fixture
def environment(own_home: Path, home: Path) -> dict[str, str]:
    """The environment a login shell would give, and nothing of the machine that runs the tests."""
    return {"PATH": os.environ["PATH"], "HOME": str(own_home), "HOTFIX_HOME": str(home), "HOTFIX_RUNNER_IDLE": "2"}


@pytest.fixture
def command(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `hotfix-tui …` to its end."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hotfix_tui", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def open_terminal(
    environment: dict[str, str], command: Callable[..., subprocess.CompletedProcess[str]]
) -> Iterator[Callable[..., Terminal]]:
    """Starts `hotfix-tui …` in a terminal; terminals and local orgs are ended with the test."""
    opened: list[Terminal] = []

    def start(*words: str, columns: int = 140, lines: int = 40, **more: str) -> Terminal:
        program = [sys.executable, "-m", "hotfix_tui", *words]
        opened.append(Terminal(program, {**environment, **more}, columns, lines))
        return opened[-1]

    yield start
    for one in opened:
        with contextlib.suppress(Exception):
            one.end()
    command("local-orgs", "stop")
