"""Intents and facts of passing automations for our own user, and of what happened to others meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class SettingSwitch(Intent):
    """Rows of a setting are about to say that automations pass our user by; taken back as a whole.

    `values`: record Id (empty: a row is made for our user) → field → the value that is written. `before["rows"]` has
    the values of those rows before, `before["owner"]` whose row is made.
    """

    RETURNS: ClassVar[bool] = True

    object: str
    values: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ChangedMeanwhile(Fact):
    """Rows of `object` that others saved while automations on it were off for everybody.

    `rows`: the first of them, by name and who; `count`: how many there are.
    """

    org: str
    object: str
    count: int
    rows: tuple[str, ...] = ()
