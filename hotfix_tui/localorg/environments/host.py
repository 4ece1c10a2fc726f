"""What an org asks of the process it lives in: to make, replace and take away the orgs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Place:
    """Where a new org answers: its alias here, its address, and who of it logs in first."""

    alias: str
    url: str
    org_id: str


class Host(Protocol):
    """Each method blocks until it is done, and may be called from any thread."""

    def make_sandbox(self, alias: str, kind: str, source: str) -> Place:
        """A copy of production, or of the sandbox `source`, as `alias`; the same again when it is there."""

    def refresh_sandbox(self, alias: str) -> Place:
        """A new copy in the place of a sandbox."""

    def make_scratch(self, alias: str, admin: str, days: int, features: tuple[str, ...] = ()) -> Place:
        """An empty scratch org with an administrator of this username, and with what `features` bring."""

    def remove(self, alias: str) -> None:
        """Takes an org away for good; nothing when it is not there."""

    def code(self, alias: str, username: str, client_id: str, callback: str) -> str:
        """An authorization code of a user of an org, for an app. Raises OAuthError."""

    def place(self, alias: str) -> Place | None:
        """Where an org is; None when there is none."""


class Nobody:
    """The host of an org that is served alone: there is no place for another one."""

    def make_sandbox(self, alias: str, kind: str, source: str) -> Place:
        """Not here."""
        raise RuntimeError(f"no process here can serve {alias}")

    def refresh_sandbox(self, alias: str) -> Place:
        """Not here."""
        raise RuntimeError(f"no process here can serve {alias}")

    def make_scratch(self, alias: str, admin: str, days: int, features: tuple[str, ...] = ()) -> Place:
        """Not here."""
        raise RuntimeError(f"no process here can serve {alias}")

    def remove(self, alias: str) -> None:
        """There is none."""

    def code(self, alias: str, username: str, client_id: str, callback: str) -> str:
        """Not here."""
        raise RuntimeError(f"no process here serves {alias}")

    def place(self, alias: str) -> Place | None:
        """Nowhere."""
        return None
