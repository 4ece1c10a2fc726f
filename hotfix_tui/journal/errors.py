"""What can be wrong with a journal, each a sentence for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class JournalError(Exception):
    """A journal could not be used; the message is a whole sentence."""


class NoSuchHotfix(JournalError):
    """There is no journal of that id."""


class JournalCorrupt(JournalError):
    """The file is not a journal, is damaged, or was written by a newer version. It was not changed."""


class JournalBusy(JournalError):
    """Another process kept the file locked for too long."""


class LockHeld(JournalError):
    """Another runner is at work on this hotfix."""


class SecretRefused(JournalError):
    """An intent or content holds what looks like a session id; it was not written, so the act must not happen."""


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turns SQLite's errors about `path` into ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise JournalBusy(f"The journal {path.name} is in use by another process ({error}).") from error
        if "no such table" in str(error) or "no such column" in str(error):
            raise JournalCorrupt(_corrupt(path, str(error))) from error
        raise JournalError(f"The journal {path.name} cannot be used: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise JournalCorrupt(_corrupt(path, str(error))) from error


def _corrupt(path: Path, why: str) -> str:
    return f"The journal {path.name} cannot be read ({why}). Nothing was changed; the file is {path}."
