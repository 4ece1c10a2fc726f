"""Why a step does not go on. Each message is a whole sentence for people."""

from __future__ import annotations


class HotfixError(Exception):
    """A step cannot go on. `next` is the way out, `org` the org it is about."""

    def __init__(self, message: str, *, org: str = "", next: str = "") -> None:
        super().__init__(message)
        self.org = org
        self.next = next


class StepRefused(HotfixError):
    """Refused for safety, or because an earlier step is missing; nothing was written."""


class StepFailed(HotfixError):
    """The org did not do it; the journal has what was written."""


class StepCancelled(Exception):
    """The person, or a signal, asked for the end; raised at a safe point."""


class PermitRefused(HotfixError):
    """A production permit was not given, or does not fit."""
