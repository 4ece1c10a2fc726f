"""A scenario of two orgs and two rows, for tests of what is around the orgs; and the command as typed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from hotfix_tui.localorg import command, process
from hotfix_tui.localorg.wanted import Wanted

SMALL = {
    "scenario.toml": """
v = 1
name = "small"
reads_at = 2026-01-13T10:00:00Z
[[user]]
handle = "ann"
username = "ann@small.example"
name = "Ann Lee"
login = true
[[user]]
handle = "bob"
username = "bob@small.example"
name = "Bob Ray"
[[org]]
alias = "one"
label = "The one"
kind = "production"
created = 2020-01-01T00:00:00Z
layers = ["base"]
[[org]]
alias = "two"
label = "The other"
kind = "developer"
created = 2026-01-12T00:00:00Z
layers = ["base"]
[layer.base]
at = 2025-01-01T00:00:00Z
by = "bob"
""",
    "records/base/Account.json": '{"key": ["Name"], "rows": [{"Name": "Acme"}, {"Name": "Bolt"}]}',
    "changes/two/rename/records.json": json.dumps(
        {
            "user": "bob",
            "steps": [{"do": "update", "object": "Account", "key": {"Name": "Acme"}, "set": {"Name": "Apex"}}],
        }
    ),
    "data-sets/all.toml": "at = {{2026-01-13T09:00:00Z}}\n",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def start(scenario: Path, **more: Any) -> dict[str, Any]:
    return process.start(Wanted(str(scenario), **more))[0]


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))
