"""Where things live: one root per purpose from platformdirs, or all under `HOTFIX_HOME` when it is set."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APP = "hotfix-tui"


def _root(purpose: str) -> Path:
    home = os.environ.get("HOTFIX_HOME")
    if home:
        return Path(home).expanduser().absolute()
    folder: Path = getattr(platformdirs, f"user_{purpose}_path")(_APP, appauthor=False)
    return folder


def private_folder(folder: Path) -> Path:
    """`folder`, made (with its parents) so that only its owner can enter it (0700). Returns it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def write_private(file: Path, content: bytes) -> None:
    """Writes a file (0600) so that a reader sees the old one or the new one, and a power cut leaves either."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)


def hotfixes() -> Path:
    """Journals, one SQLite file a hotfix: `ID.sqlite`."""
    return private_folder(_root("state") / "hotfixes")


def org_locks() -> Path:
    """One file an org, locked while a hotfix has something switched off there."""
    return private_folder(_root("state") / "locks")


def log_file() -> Path:
    """What runners and crashes say, without secrets."""
    return private_folder(_root("state")) / "runner.log"


def logins() -> Path:
    """Our own logins: `logins.json` without secrets; their secrets, where no keyring keeps them."""
    return private_folder(_root("state") / "logins")


def config() -> Path:
    """`config.toml` and `strategy.toml`."""
    return private_folder(_root("config"))


def data_sets() -> Path:
    """The user's data sets, `*.toml`."""
    return private_folder(config() / "data-sets")


def cache() -> Path:
    """`metadata.sqlite`; may be deleted at any time."""
    return private_folder(_root("cache"))


def local_orgs() -> Path:
    """The local orgs' files and their registry."""
    return private_folder(_root("data") / "local-orgs")
