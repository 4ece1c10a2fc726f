"""What the README promises is what the program has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hotfix_tui import cli
from tests.architecture.readme_keys import README, with_keys

ROOT = README.parent
COMMANDS = [line.strip() for line in README.read_text().splitlines() if line.startswith("hotfix-tui ")]


def test_the_key_table_is_the_command_table() -> None:
    text = README.read_text()
    assert text.count("<!-- keys: begin -->") == text.count("<!-- keys: end -->") == 1
    assert with_keys(text) == text, "run: uv run python -m tests.architecture.readme_keys"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "uv run pytest\n" in README.read_text()
    assert re.search(r"^uv run pytest\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_readme_is_understood(line: str) -> None:
    words = shlex.split(line.partition("#")[0])[1:]
    parsed = cli._parser(words).parse_args(words)
    assert parsed.run


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize(
    "name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "docs/local-orgs.md", "docs/data-sets.md"]
)
def test_what_the_readme_points_to_is_there(name: str) -> None:
    assert Path(name).name in README.read_text() or name == "LICENSE"
    assert (ROOT / name).stat().st_size > 500
