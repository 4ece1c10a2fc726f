"""What a hotfix is right now, folded from its journal: the one view that screens, `status` and the runner share."""

from __future__ import annotations

from dataclasses import dataclass, field

from hotfix_tui.events import Envelope, Intent, Question
from hotfix_tui.events import compare as cmp
from hotfix_tui.events import deploy as dep
from hotfix_tui.events import promote as pro
from hotfix_tui.events import seed as sd
from hotfix_tui.events import session as ses
from hotfix_tui.events import sync as syn


@dataclass
class DeployState:
    """One deploy as last heard of. `messages` are its component failures."""

    started: dep.DeployStarted
    progress: dep.DeployProgressed | None = None
    finished: dep.DeployFinished | None = None


@dataclass
class HotfixState:
    """The fold. Empty collections mean "not yet"; `running` names the step at work, if any."""

    hotfix: str = ""
    name: str = ""
    created_at: str = ""
    last_at: str = ""
    seq: int = 0
    production: str = ""
    production_id: str = ""
    environment: ses.EnvironmentChosen | None = None
    running: str = ""
    running_since: str = ""
    results: dict[str, str] = field(default_factory=dict)
    failures: list[ses.Failed] = field(default_factory=list)
    findings: list[ses.Finding] = field(default_factory=list)
    progress: dict[tuple[str, str], ses.Progress] = field(default_factory=dict)
    question: Question | None = None
    open_intents: dict[str, Intent] = field(default_factory=dict)
    runner_lost: ses.RunnerLost | None = None
    components: dict[tuple[str, str], cmp.ComponentCompared] = field(default_factory=dict)
    unreadable: list[cmp.TypeUnreadable] = field(default_factory=list)
    compare: cmp.CompareFinished | None = None
    deploys: dict[str, DeployState] = field(default_factory=dict)
    planned: list[sd.ObjectPlanned] = field(default_factory=list)
    planned_rows: list[sd.RowPlanned] = field(default_factory=list)
    twins: list[sd.TwinFound] = field(default_factory=list)
    plan: sd.PlanFinished | None = None
    automations: dict[tuple[str, str, str], sd.AutomationFound] = field(default_factory=dict)
    switched: dict[tuple[str, str, str], sd.AutomationSwitched] = field(default_factory=dict)
    refused: list[sd.RowRefused] = field(default_factory=list)
    written: dict[tuple[str, str], sd.DataWritten] = field(default_factory=dict)
    baselines: dict[str, sd.BaselineTaken] = field(default_factory=dict)
    fix_components: list[pro.FixComponent] = field(default_factory=list)
    fix_records: list[pro.FixRecord] = field(default_factory=list)
    production_changes: list[pro.ProductionChangePlanned] = field(default_factory=list)
    fix: pro.FixFound | None = None
    gates: dict[str, pro.GateReached] = field(default_factory=dict)
    verified: list[pro.Verified] = field(default_factory=list)
    stages: dict[str, dict[str, syn.OrgStage]] = field(default_factory=dict)
    cells: dict[tuple[str, str, str, str], syn.CellClassified] = field(default_factory=dict)
    certified: dict[str, syn.OrgCertified] = field(default_factory=dict)
    finished: ses.HotfixFinished | None = None

    @property
    def automations_off(self) -> list[sd.AutomationSwitchOff]:
        """Switch-offs that were begun and not yet taken back: what "Restore now" is for."""
        return [intent for intent in self.open_intents.values() if isinstance(intent, sd.AutomationSwitchOff)]

    @property
    def step(self) -> int:
        """The wizard's step that comes next: 1 Environment, 2 Seed, 3 Promote, 4 Sync, 5 done."""
        if self.finished:
            return 5
        if self.results.get("promote") == "done":
            return 4
        if "environment" in self.baselines:
            return 3
        return 2 if self.environment else 1


def fold(state: HotfixState, envelope: Envelope) -> None:
    """Takes one envelope into `state`."""
    state.seq, state.last_at = envelope.seq, envelope.at
    event = envelope.event
    handler = _HANDLERS.get(type(event))
    if isinstance(event, Intent):
        state.open_intents[event.key] = event
    if handler is not None:
        handler(state, event, envelope)


# The handlers, one an event; events without one are for the log only.
_HANDLERS = {}
