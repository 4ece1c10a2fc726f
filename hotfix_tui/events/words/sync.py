"""Sentences of syncing."""

from __future__ import annotations

from hotfix_tui.events import sync
from hotfix_tui.events.words.phrases import says, with_detail


@says(sync.OrgStage)
def _(event: sync.OrgStage) -> str:
    return with_detail(f"{event.org}: {event.stage} {event.state}", event.detail, " · ")


@says(sync.CellClassified)
def _(event: sync.CellClassified) -> str:
    return with_detail(f"{event.org}: {event.type} {event.name}: {event.cell}", event.reason, " · ")


@says(sync.OrgCertified)
def _(event: sync.OrgCertified) -> str:
    parity = {"yes": "parity", "exceptions": "parity with exceptions", "no": "no parity"}
    counts = f"{event.applied:,} applied, {event.left:,} left alone, {event.failed:,} failed"
    return with_detail(f"{event.org}: {parity.get(event.parity, event.parity)}: {counts}", event.detail, " · ")
