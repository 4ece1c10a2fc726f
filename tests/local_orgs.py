"""Local orgs for tests of the workflow: the incident in a home of its own, and commands as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Wanted
from tests.end_to_end.outside import Instance, OutsideView, instance

Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> Lines:
        """The JSON lines on stdout; raises when anything else is there."""
        return [json.loads(line) for line in self.out.splitlines()]

    def events(self, name: str, /, **fields: Any) -> Lines:
        """The lines of one event, with these fields."""
        return [
            line
            for line in self.lines
            if line["event"] == name and all(line.get(key) == value for key, value in fields.items())
        ]

    def event(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """The last of them."""
        return self.events(name, **fields)[-1]


@dataclass(frozen=True)
class Orgs:
    """A running incident whose HOTFIX_HOME is `home`."""

    home: Path
    instance: Instance
    data_set: str

    def org(self, alias: str) -> OutsideView:
        """The org as seen with nothing of ours."""
        return self.instance.orgs[alias]

    def fault(self, **fault: Any) -> None:
        """Makes the next requests that fit go wrong."""
        self.instance.control("/faults", {"faults": [fault]})

    def clear_faults(self) -> None:
        """Forgets the faults that still wait."""
        request = urllib.request.Request(
            self.instance.control_url + "/faults",
            method="DELETE",
            headers={"Authorization": f"Bearer {self.instance.control_token}"},
        )
        urllib.request.urlopen(request, timeout=30).close()

    def run(self, *arguments: str, timeout: float = 120) -> Ran:
        """`hotfix-tui ARGUMENTS`, waited for."""
        done = subprocess.run(
            [sys.executable, "-m", "hotfix_tui", *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def env(self) -> dict[str, str]:
        """The environment of a command."""
        return {**os.environ, "HOTFIX_HOME": str(self.home), "HOTFIX_RUNNER_IDLE": "1"}


@contextmanager
def incident(home: Path, *, padded: bool = False) -> Iterator[Orgs]:
    """The incident's orgs, deploys without delay, stopped at the end; `padded`: as large as a demo has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOTFIX_HOME", str(home))
        registry, _ = process.start(Wanted("incident", padded=padded))
        try:
            running = instance(home)
            running.control("/pace", {"seconds": 0})
            yield Orgs(home, running, str(registry["data_sets"][0]))
        finally:
            process.stop()
