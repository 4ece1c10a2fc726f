"""One program, measured: seconds, memory, and when what was waited for came."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """`seconds` from start to end, `megabytes` resident at most; `first_row`, `first_difference` in seconds."""

    seconds: float
    megabytes: float
    first_row: float
    first_difference: float
    statuses: dict[str, int]


def compared(a: str, b: str, *words: str) -> Measured:
    """`hotfix-tui compare A B --json` in the HOTFIX_HOME of this process."""
    command = [sys.executable, "-m", "hotfix_tui", "compare", a, b, "--json", *words]
    began = time.monotonic()
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
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
    took = time.monotonic() - began
    assert os.waitstatus_to_exitcode(code) in (0, 1), code
    return Measured(took, usage.ru_maxrss / 1024, seen.get("row", took), seen.get("difference", took), statuses)
