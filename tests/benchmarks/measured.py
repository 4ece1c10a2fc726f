"""What something took: seconds, processor time of the client and of the orgs, memory, and when the first rows came.

Seconds on a machine that does other things besides say little; processor time says the same everywhere.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, order=True)
class Spent:
    """`seconds` from start to end; processor seconds of the `client` and of the local `orgs` (0: not known)."""

    seconds: float
    client: float
    orgs: float

    def __str__(self) -> str:
        return f"{self.seconds:8.2f} s   processor: client {self.client:6.2f} s, orgs {self.orgs:6.2f} s"

    def times(self, other: Spent) -> str:
        """How many times another this is, by seconds and by processor time."""
        busy = (self.client + self.orgs) / max(other.client + other.orgs, 0.01)
        return f"{self.seconds / other.seconds:.2f} x (by processor time {busy:.2f} x)"


@dataclass(frozen=True)
class Compared:
    """A comparison: `megabytes` resident at most; `first_row`, `first_difference` in seconds from its start."""

    spent: Spent
    megabytes: float
    first_row: float
    first_difference: float
    statuses: dict[str, int] = field(default_factory=dict)


def spent(work: Callable[[], object], orgs: int) -> Spent:
    """What `work` takes in this process and its children, and the local orgs' process `orgs` meanwhile."""
    before, served, began = _own(), _of(orgs), time.monotonic()
    work()
    return Spent(time.monotonic() - began, _own() - before, _of(orgs) - served)


def compared(a: str, b: str, orgs: int) -> Compared:
    """`hotfix-tui compare A B --json` in the HOTFIX_HOME of this process."""
    command = [sys.executable, "-m", "hotfix_tui", "compare", a, b, "--json"]
    served, began = _of(orgs), time.monotonic()
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_installed())
    assert program.stdout is not None
    seen: dict[str, float] = {}
    statuses: dict[str, int] = {}
    for line in program.stdout:
        if '"ComponentCompared"' in line:
            status = json.loads(line)["status"]
            seen.setdefault("row", time.monotonic() - began)
            if status != "same":
                seen.setdefault("difference", time.monotonic() - began)
            statuses[status] = statuses.get(status, 0) + 1
    _, code, usage = os.wait4(program.pid, 0)
    took = Spent(time.monotonic() - began, usage.ru_utime + usage.ru_stime, _of(orgs) - served)
    if os.waitstatus_to_exitcode(code) not in (0, 1):
        raise SystemExit(f"compare ended with {os.waitstatus_to_exitcode(code)}")
    rows = seen.get("row", took.seconds), seen.get("difference", took.seconds)
    return Compared(took, usage.ru_maxrss / 1024, *rows, statuses)


def prepare() -> None:
    """Lets Python compile what the program imports, as an installer does."""
    parts = ("salesforce.wire", "headless.comparing", "compare.compare", "compare.narrowing", "compare.ignore")
    imports = "; ".join(f"import hotfix_tui.{part}" for part in parts)
    subprocess.run([sys.executable, "-c", imports], env=_installed(), check=True)


def _installed() -> dict[str, str]:
    """This environment, in which Python keeps what it compiles."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _own() -> float:
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)


def _of(pid: int) -> float:
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    after_name = stat.read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS
