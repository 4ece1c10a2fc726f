"""Sentences of making an environment."""

from __future__ import annotations

from hotfix_tui.events import environment
from hotfix_tui.events.words.phrases import says, with_detail

_KINDS = {"sandbox": "sandbox", "scratch": "scratch org"}


@says(environment.SandboxCreate)
def _(event: environment.SandboxCreate) -> str:
    how = "cloned" if event.source_id else event.licence.replace("_", " ").capitalize()
    return f"{event.org}: about to ask for the sandbox {event.name} ({how})"


@says(environment.SandboxRefresh)
def _(event: environment.SandboxRefresh) -> str:
    return f"{event.org}: about to copy production anew into the sandbox {event.name}, in the place of {event.gone_id}"


@says(environment.ScratchCreate)
def _(event: environment.ScratchCreate) -> str:
    return f"{event.org}: about to ask for the scratch org {event.name} ({event.edition}, {event.days} days)"


@says(environment.EnvironmentDelete)
def _(event: environment.EnvironmentDelete) -> str:
    return f"{event.org}: about to delete the {_KINDS.get(event.kind, event.kind)} {event.name}"


@says(environment.EnvironmentRequested)
def _(event: environment.EnvironmentRequested) -> str:
    return f"{event.org}: the {_KINDS.get(event.kind, event.kind)} {event.name} is asked for ({event.request_id})"


@says(environment.EnvironmentProgressed)
def _(event: environment.EnvironmentProgressed) -> str:
    return with_detail(f"{event.name}: {event.status}", "" if event.percent is None else f"{event.percent} %", " ")


@says(environment.EnvironmentReady)
def _(event: environment.EnvironmentReady) -> str:
    return f"{event.name} is ready: {event.alias}, logged in as {event.username} ({event.org_id})"


@says(environment.EnvironmentDeleted)
def _(event: environment.EnvironmentDeleted) -> str:
    return f"{event.org}: the {_KINDS.get(event.kind, event.kind)} {event.name} is deleted"
