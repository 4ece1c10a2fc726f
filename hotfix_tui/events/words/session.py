"""Sentences of what every step has: questions, failures, progress, the runner."""

from __future__ import annotations

from hotfix_tui.events import session
from hotfix_tui.events.base import Keep, Question, Settled
from hotfix_tui.events.words.phrases import listed, many, says, title, with_detail

_RESULTS = {
    "done": "done",
    "differences": "done, with something left",
    "cancelled": "cancelled",
    "refused": "refused",
    "failed": "could not finish",
}


@says(session.HotfixCreated)
def _(event: session.HotfixCreated) -> str:
    return f"Hotfix “{event.name}” begun; production is {event.production}"


@says(session.EnvironmentChosen)
def _(event: session.EnvironmentChosen) -> str:
    return f"The fix is made in {event.org} ({event.kind})"


@says(session.StepStarted)
def _(event: session.StepStarted) -> str:
    return f"{title(event.name)} started"


@says(session.StepFinished)
def _(event: session.StepFinished) -> str:
    return f"{title(event.name)} {_RESULTS.get(event.result, event.result)}"


@says(session.Failed)
def _(event: session.Failed) -> str:
    named = not event.org or event.what.partition(" ")[0] == event.org  # many sentences begin with their org
    parts = [event.what if named else f"{event.org}: {event.what}"]
    if event.written:
        parts.append(f"Written: {event.written}")
    if event.not_written:
        parts.append(f"Not written: {event.not_written}")
    if event.next:
        parts.append(f"Next: {event.next}")
    return " · ".join(part.rstrip(".") for part in parts)


@says(session.Finding)
def _(event: session.Finding) -> str:
    sign = {"blocker": "Blocked: ", "warning": "Warning: "}.get(event.level, "")
    return f"{sign}{event.org + ': ' if event.org else ''}{event.text}"


@says(session.Progress)
def _(event: session.Progress) -> str:
    of = f" of {event.total:,}" if event.total else ""
    return f"{with_detail(event.org, event.what) if event.org else event.what} {event.done:,}{of} {event.unit}"


@says(session.RunnerStopped)
def _(event: session.RunnerStopped) -> str:
    why = {"idle": "nothing left to do", "asked": "as asked", "terminated": "it was told to end"}
    return f"The runner ended: {why.get(event.why, event.why)}"


@says(session.RunnerLost)
def _(event: session.RunnerLost) -> str:
    left = many(len(event.open_intents), "act") if event.open_intents else "nothing"
    return f"The runner (process {event.pid}) was lost after {event.last_heartbeat}; {left} left open"


@says(session.PermitGranted)
def _(event: session.PermitGranted) -> str:
    return f"{event.org} typed in full: one {event.act} is permitted"


@says(session.PermitRedeemed)
def _(event: session.PermitRedeemed) -> str:
    return f"{event.org}: the permit for {event.act} is used"


@says(session.HotfixFinished)
def _(event: session.HotfixFinished) -> str:
    total = len(event.certified) + len(event.exceptions)
    rest = f"; with exceptions: {listed(event.exceptions, 5)}" if event.exceptions else ""
    return f"The hotfix is finished: {len(event.certified)} of {many(total, 'org')} certified{rest}"


@says(Question)
def _(event: Question) -> str:
    return with_detail(event.text, " / ".join(event.choices), " ")


@says(Keep)
def _(event: Keep) -> str:
    return f"Kept {event.name} of {event.org} ({many(event.size or len(event.content), 'byte')})"


@says(Settled)
def _(event: Settled) -> str:
    results = {"done": "done", "not_done": "not done", "undone": "taken back", "unknown": "no reply", "void": "void"}
    return with_detail(f"{event.key}: {results.get(event.result, event.result)}", event.detail, " · ")


@says(session.OrgLoggedIn)
def _(event: session.OrgLoggedIn) -> str:
    kept = f"; the login is kept {event.kept}" if event.kept else ""
    return f"{event.org}: logged in as {event.username} ({event.org_id}){kept}"


@says(session.OrgLoggedOut)
def _(event: session.OrgLoggedOut) -> str:
    left = "" if event.ended else "; its tokens could not be ended in the org, where they last until they run out"
    return f"{event.org}: logged out{left}"


@says(session.ContentForgotten)
def _(event: session.ContentForgotten) -> str:
    return f"Baselines, snapshots and before-images forgotten: {event.size:,} bytes"


@says(session.HotfixImported)
def _(event: session.HotfixImported) -> str:
    return f"Brought from {event.host}, where it was {event.of}, as it was at {event.exported_at}"
