"""The journal: what happened and what is about to, on disk before anyone sees or does it."""

from hotfix_tui.journal.errors import JournalBusy, JournalCorrupt, JournalError, LockHeld, NoSuchHotfix, SecretRefused
from hotfix_tui.journal.process import ProcessIdentity
from hotfix_tui.journal.requests import CONTROLS, Request
from hotfix_tui.journal.store import Journal

__all__ = [
    "CONTROLS",
    "Journal",
    "JournalBusy",
    "JournalCorrupt",
    "JournalError",
    "LockHeld",
    "NoSuchHotfix",
    "ProcessIdentity",
    "Request",
    "SecretRefused",
]
