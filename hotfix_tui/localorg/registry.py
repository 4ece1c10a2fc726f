"""The registry of running local orgs: one file, read by whoever wants to reach them, written by their process."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import platformdirs

Registry = dict[str, Any]


def home() -> Path:
    """The folder of local orgs (0700): `$HOTFIX_HOME/local-orgs`, else below the platform's data folder."""
    own = os.environ.get("HOTFIX_HOME")
    base = Path(own).expanduser().absolute() if own else platformdirs.user_data_path("hotfix-tui", appauthor=False)
    return private(base / "local-orgs")


def private(folder: Path) -> Path:
    """`folder`, made so that only its owner can enter it, and so are those above it that were not there."""
    for each in (*reversed([one for one in folder.parents if not one.exists()]), folder):
        each.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def registry_file() -> Path:
    """Where the registry lies. It holds access tokens and is readable by its owner only (0600)."""
    return home() / "registry.json"


def read() -> Registry | None:
    """The registry as written; None when there is none or it cannot be read as one."""
    try:
        found = json.loads(registry_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("v") == 1 else None


def process_exists(pid: int) -> bool:
    """Whether a process of this id runs (of whatever program)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def remove(pid: int) -> None:
    """Takes the registry away, if it is still that of process `pid`."""
    found = read()
    if found is not None and found.get("pid") == pid:
        with contextlib.suppress(FileNotFoundError):
            registry_file().unlink()


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON so that a reader sees the old file or the new one, never half of it, and nobody else sees either."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def write(content: Registry) -> None:
    """Writes the registry."""
    write_private(registry_file(), content)
