"""Starting the runner: a process of its own, in a session of its own, that outlives the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hotfix_tui import paths
from hotfix_tui.journal import Journal

# Kept so that a finished runner is collected and does not stay as a zombie of the UI.
_children: list[subprocess.Popen[bytes]] = []


def ensure_runner(path: Path, journal: Journal) -> None:
    """Starts a runner for the journal at `path` unless one holds it. Of two that start at once, the lock takes one."""
    _children[:] = [child for child in _children if child.poll() is None]
    if journal.holder() is not None:
        return
    log = os.open(paths.log_file(), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        _children.append(
            subprocess.Popen(
                [sys.executable, "-m", "hotfix_tui.hotfix.runner", path.stem],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                close_fds=True,
            )
        )
    finally:
        os.close(log)
