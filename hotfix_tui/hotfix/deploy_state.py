"""One deploy as the journal tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotfix_tui.events import deploy as dep


@dataclass
class DeployState:
    """One deploy as last heard of, by its deploy id. `messages` are its component failures, `tests` all that ran."""

    started: dep.DeployStarted
    progress: dep.DeployProgressed | None = None
    finished: dep.DeployFinished | None = None
    messages: list[dep.ComponentDeployed] = field(default_factory=list)
    tests: list[dep.TestRan] = field(default_factory=list)
