"""Sentences of promoting."""

from __future__ import annotations

from hotfix_tui.events import promote
from hotfix_tui.events.words.phrases import listed, many, says, title, with_detail


@says(promote.FixComponent)
def _(event: promote.FixComponent) -> str:
    drift = " · production moved since its baseline" if event.drift else ""
    return f"{event.type} {event.full_name}: {event.change}{' by ' + event.by if event.by else ''}{drift}"


@says(promote.FixRecord)
def _(event: promote.FixRecord) -> str:
    fields = f" ({listed(tuple(event.changes), 4)})" if event.changes and event.change == "update" else ""
    drift = " · production moved since its baseline" if event.drift else ""
    return f"{event.object} {event.key}: {event.change}{fields}{drift}"


@says(promote.FixFound)
def _(event: promote.FixFound) -> str:
    tests = f"; tests {listed(event.tests)}" if event.tests else ""
    return f"The fix: {many(event.components, 'component')}, {many(event.records, 'record')}{tests}"


@says(promote.GateReached)
def _(event: promote.GateReached) -> str:
    return with_detail(f"{title(event.gate)}: {event.state}", event.detail, " · ")


@says(promote.FlowActivate)
def _(event: promote.FlowActivate) -> str:
    return f"{event.org}: about to activate version {event.version} of flow {event.flow}"


@says(promote.FlowActivated)
def _(event: promote.FlowActivated) -> str:
    return f"{event.org}: flow {event.flow} is active in version {event.version}"


@says(promote.Verified)
def _(event: promote.Verified) -> str:
    differs = f"; differs: {listed(event.differs)}" if event.differs else ", nothing differs"
    return f"{event.org}: {event.what} verified: {event.matches:,} as promised{differs}"


@says(promote.ProductionChangePlanned)
def _(event: promote.ProductionChangePlanned) -> str:
    fields = ", ".join(f"{name} = {value}" for name, value in event.set.items())
    last = " (last, after verification)" if event.purpose == "containment" else ""
    return f"Production only: {event.name}: {many(event.rows, f'{event.object} row')} get {fields}{last}"
