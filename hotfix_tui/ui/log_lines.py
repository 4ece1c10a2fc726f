"""Events of the journal as lines of the log pane: which are shown, and how loud."""

from __future__ import annotations

from hotfix_tui.events import Envelope, Event, Keep, Settled, compare, deploy, promote, seed, session, sync
from hotfix_tui.events.words import sentence
from hotfix_tui.ui.widgets.log_pane import LogLine
from hotfix_tui.ui.words import time_of_day

# What a screen shows elsewhere, many times over; the journal and `--json` have it all.
_UNSHOWN = (
    Keep,
    session.Progress,
    seed.RowPlanned,
    sync.CellClassified,
    seed.RowsWrite,
    promote.ProductionChangePlanned,
)

_TONES: dict[type[Event], str] = {
    session.Failed: "bad",
    seed.RowRefused: "bad",
    compare.TypeUnreadable: "warn",
    session.RunnerLost: "warn",
    seed.TwinFound: "warn",
    session.StepStarted: "strong",
    seed.AutomationSwitchOff: "dim",
    deploy.DeployRequested: "dim",
}


def log_line(envelope: Envelope) -> LogLine | None:
    """The line of an event; None when the log does not show it."""
    event = envelope.event
    if isinstance(event, _UNSHOWN) or (isinstance(event, compare.ComponentCompared) and event.status == "same"):
        return None
    if isinstance(event, Settled) and event.result in ("done", "undone"):
        return None
    if isinstance(event, session.RunnerStopped) and event.why == "idle":
        return None  # nothing a person waits for: the next request starts another
    return LogLine(time_of_day(envelope.at), sentence(event), _tone(event), str(getattr(event, "org", "")))


def _tone(event: Event) -> str:
    tone = _TONES.get(type(event), "")
    if isinstance(event, Settled):
        tone = "warn" if event.result == "unknown" else "dim"
    elif isinstance(event, session.Finding):
        tone = {"blocker": "bad", "warning": "warn"}.get(event.level, "")
    elif isinstance(event, session.StepFinished):
        tone = {"done": "good", "differences": "warn"}.get(event.result, "bad")
    elif isinstance(event, deploy.DeployFinished):
        tone = {"Succeeded": "good", "SucceededPartial": "warn"}.get(event.status, "bad")
    elif isinstance(event, deploy.ComponentDeployed):
        tone = "bad" if event.outcome == "failed" else ""
    elif isinstance(event, deploy.TestRan):
        tone = "" if event.passed else "bad"
    elif isinstance(event, promote.GateReached):
        tone = {"passed": "good", "failed": "bad"}.get(event.state, "")
    elif isinstance(event, sync.OrgCertified):
        tone = {"yes": "good", "exceptions": "warn"}.get(event.parity, "bad")
    return tone
