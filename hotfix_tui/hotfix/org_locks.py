"""One hotfix at a time may have automations of an org off: what one left off, another would take for how it was.

Among the hotfixes of this machine. A file lock (released by the kernel when its process ends), and a look into the
other journals for what is open in the org.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.events import Intent
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.journal import Journal, JournalError

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_held: dict[str, str] = {}
"""Org id → hotfix, of the locks that this process holds."""


@contextmanager
def org_lock(org: Org, hotfix: str, *, restoring: bool = False) -> Iterator[None]:
    """Holds `org` for `hotfix`; inside another one of the same hotfix it changes nothing.

    Raises StepRefused when another hotfix of this machine is at work in the org, or, unless `restoring`, has left
    something there that must be taken back first.
    """
    if _held.get(org.org_id) == hotfix:
        yield
        return
    file = os.open(paths.org_locks() / f"{org.org_id}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = os.pread(file, 100, 0).decode(errors="replace") or "Another hotfix"
            raise StepRefused(
                f"{other} is at work in {org.alias}: two at once would take each other's changes for how the org was.",
                org=org.alias,
                next="Wait until it has ended.",
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, hotfix.encode(), 0)
        if not restoring:
            _refuse_what_others_left(org, hotfix)
        _held[org.org_id] = hotfix
        try:
            yield
        finally:
            del _held[org.org_id]
    finally:
        os.close(file)


def _refuse_what_others_left(org: Org, hotfix: str) -> None:
    for other, left in left_by_others(org.org_id, hotfix).items():
        names = ", ".join(
            str(getattr(one, "name", "") or getattr(one, "permission_set", "") or one.key) for one in left
        )
        raise StepRefused(
            f"{other} has left {names} in {org.alias} switched off or assigned: it must be taken back first.",
            org=org.alias,
            next=f"hotfix-tui restore {other}",
        )


def left_by_others(org_id: str, hotfix: str) -> dict[str, list[Intent]]:
    """Hotfix → what it has begun in this org and must take back, of the other hotfixes of this machine."""
    found: dict[str, list[Intent]] = {}
    for path in sorted(paths.hotfixes().glob("*.sqlite")):
        if path.stem == hotfix:
            continue
        try:
            with Journal.open(path, read_only=True) as journal:
                left = [one for one in journal.open_intents() if one.RETURNS and one.org_id == org_id]
        except JournalError:
            continue  # Home lists it as one that cannot be read
        if left:
            found[path.stem] = left
    return found
