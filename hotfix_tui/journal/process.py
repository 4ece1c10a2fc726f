"""Who a process is, so that a lock is taken over only when its holder is really gone."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """A process that cannot be mistaken for a later one with the same number.

    `boot` names the machine's current boot; `started` is the process's start in the kernel's own words.
    """

    pid: int
    host: str
    boot: str
    started: str

    @classmethod
    def mine(cls) -> ProcessIdentity:
        """This process."""
        return cls(os.getpid(), platform.node(), _boot(), _started(os.getpid()))

    def is_alive(self) -> bool:
        """Whether this very process still runs. One of another machine counts as alive: it cannot be looked at."""
        if self.boot != _boot():
            return self.host != platform.node()
        return bool(self.started) and _started(self.pid) == self.started


@lru_cache(maxsize=1)
def _boot() -> str:
    linux = Path("/proc/sys/kernel/random/boot_id")
    if linux.exists():
        return linux.read_text().strip()
    return _said(["sysctl", "-n", "kern.boottime"])


def _started(pid: int) -> str:
    """The start of process `pid`; empty when there is none, or only what a parent has not collected yet."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    state, _, start = _said(["ps", "-o", "state=,lstart=", "-p", str(pid)]).partition(" ")
    return "" if state.startswith("Z") else start.strip()


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
