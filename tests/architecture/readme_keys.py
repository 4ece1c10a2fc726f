"""Writes the key table into README.md: `uv run python -m tests.architecture.readme_keys`."""

from __future__ import annotations

import re
from pathlib import Path

from hotfix_tui.ui.commands import readme_table

README = Path(__file__).resolve().parents[2] / "README.md"
_PLACE = re.compile(r"(<!-- keys: begin -->\n)(.*?)(<!-- keys: end -->)", re.DOTALL)


def with_keys(text: str) -> str:
    """`text` with the table as the command table has it now."""
    return _PLACE.sub(lambda hit: f"{hit[1]}{readme_table().strip()}\n{hit[3]}", text)


if __name__ == "__main__":
    README.write_text(with_keys(README.read_text()))
