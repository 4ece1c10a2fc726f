"""Every event as one sentence for people: the log pane, headless output and the post mortem say the same words."""

from __future__ import annotations

from hotfix_tui.events.base import Event
from hotfix_tui.events.words import automation, compare, deploy, environment, promote, seed, session, sync
from hotfix_tui.events.words.phrases import WORDS

__all__ = ["automation", "compare", "deploy", "environment", "promote", "seed", "sentence", "session", "sync"]


def sentence(event: Event) -> str:
    """`event` in words: one line, no markup, names and messages as the org gave them (escape before showing)."""
    words = WORDS.get(type(event))
    return words(event) if words else type(event).__name__
