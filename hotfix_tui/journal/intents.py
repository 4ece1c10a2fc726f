"""When an intent is over: the one rule that the journal's table and the fold share."""

from __future__ import annotations

from hotfix_tui.events import Intent, Settled


def closes(intent: Intent, settled: Settled) -> bool:
    """Whether `settled` ends `intent`.

    `unknown` ends nothing: the org must be asked. An act that has to be taken back stays open until it is `undone`, or
    was `not_done` in the first place, or its org is gone (`void`).
    """
    if intent.RETURNS:
        return settled.result in ("undone", "not_done", "void")
    return settled.result != "unknown"
