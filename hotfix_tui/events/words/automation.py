"""Sentences of passing automations by settings, and of what others saved while automations were off."""

from __future__ import annotations

from hotfix_tui.events import automation
from hotfix_tui.events.words.phrases import listed, many, says, with_detail


@says(automation.SettingSwitch)
def _(event: automation.SettingSwitch) -> str:
    return f"{event.org}: about to let our user pass automations by {event.object}"


@says(automation.ChangedMeanwhile)
def _(event: automation.ChangedMeanwhile) -> str:
    text = f"{event.org}: others saved {many(event.count, f'{event.object} row')} while its automations were off"
    return with_detail(text, listed(event.rows))


@says(automation.OrgSeen)
def _(event: automation.OrgSeen) -> str:
    return f"{event.org} is org {event.org_id}, made or refreshed {event.created}"


@says(automation.FlowMoved)
def _(event: automation.FlowMoved) -> str:
    return (
        f"{event.org}: Flow {event.flow} is active in version {event.version}, which somebody activated meanwhile"
        f"{event.who}; version {event.recorded} was recorded"
    )


@says(automation.ReachFound)
def _(event: automation.ReachFound) -> str:
    named = f"{event.kind} {event.name}".strip()
    return f"{event.org} may reach the outside by {named}: {event.detail}; {event.advice}"
