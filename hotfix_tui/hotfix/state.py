"""What a hotfix is right now, folded from its journal: the one view that screens, `status` and the runner share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hotfix_tui.events import Envelope, Event, Intent, Question, Settled
from hotfix_tui.events import automation as aut
from hotfix_tui.events import compare as cmp
from hotfix_tui.events import deploy as dep
from hotfix_tui.events import environment as env
from hotfix_tui.events import promote as pro
from hotfix_tui.events import seed as sd
from hotfix_tui.events import session as ses
from hotfix_tui.events import sync as syn
from hotfix_tui.hotfix.deploy_state import DeployState
from hotfix_tui.journal.intents import closes


@dataclass
class HotfixState:
    """The fold. Empty collections mean "not yet"; `running` names the step at work, if any.

    `progress_at`: (what, org) → what was done at the first report of this run, when that was, when the latest was.
    `results`: step → done, differences, cancelled, refused, failed. `failures` and `findings` are those of the latest
    run of each step. `running` stays set when a runner dies; whether one is alive is the client's to say.
    """

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
    failures_of: dict[str, list[ses.Failed]] = field(default_factory=dict)
    findings_of: dict[str, list[ses.Finding]] = field(default_factory=dict)
    progress: dict[tuple[str, str], ses.Progress] = field(default_factory=dict)
    progress_at: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)
    question: Question | None = None
    open_intents: dict[str, Intent] = field(default_factory=dict)
    runner_lost: ses.RunnerLost | None = None
    components: dict[tuple[str, str], cmp.ComponentCompared] = field(default_factory=dict)
    unreadable: list[cmp.TypeUnreadable] = field(default_factory=list)
    compare: cmp.CompareFinished | None = None
    deploys: dict[str, DeployState] = field(default_factory=dict)
    resolved: dict[int, dep.ComponentsResolved] = field(default_factory=dict)
    planned: list[sd.ObjectPlanned] = field(default_factory=list)
    planned_rows: list[sd.RowPlanned] = field(default_factory=list)
    twins: list[sd.TwinFound] = field(default_factory=list)
    duplicates: list[sd.DuplicateFound] = field(default_factory=list)
    plan: sd.PlanFinished | None = None
    automations: dict[tuple[str, str, str], sd.AutomationFound] = field(default_factory=dict)
    switched: dict[tuple[str, str, str], sd.AutomationSwitched] = field(default_factory=dict)
    would_be_refused: list[sd.RowWouldBeRefused] = field(default_factory=list)
    rehearsal: sd.RehearsalFinished | None = None
    refused: list[sd.RowRefused] = field(default_factory=list)
    written: dict[tuple[str, str], sd.DataWritten] = field(default_factory=dict)
    made: dict[str, env.EnvironmentRequested] = field(default_factory=dict)
    made_ready: dict[str, env.EnvironmentReady] = field(default_factory=dict)
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
    forgotten: ses.ContentForgotten | None = None
    orgs_seen: dict[str, aut.OrgSeen] = field(default_factory=dict)
    finished: ses.HotfixFinished | None = None
    stopped: ses.RunnerStopped | None = None

    @property
    def failures(self) -> list[ses.Failed]:
        """What went wrong in the latest run of each step."""
        return [failed for of_step in self.failures_of.values() for failed in of_step]

    @property
    def findings(self) -> list[ses.Finding]:
        """What a person should know, from the latest run of each step."""
        return [finding for of_step in self.findings_of.values() for finding in of_step]

    def pace(self, what: str, org: str) -> tuple[float, float]:
        """How fast `what` goes: units a second and seconds left; (0, 0) while that cannot be told."""
        done, begun, at = self.progress_at.get((what, org), (0, "", ""))
        now = self.progress.get((what, org))
        if now is None or not begun:
            return 0.0, 0.0
        seconds = (datetime.fromisoformat(at) - datetime.fromisoformat(begun)).total_seconds()
        rate = (now.done - done) / seconds if seconds > 0 else 0.0
        return rate, max(now.total - now.done, 0) / rate if rate > 0 else 0.0

    @property
    def automations_off(self) -> list[sd.AutomationSwitchOff]:
        """Switch-offs that were begun and not yet taken back: what "Restore now" is for."""
        return [intent for intent in self.open_intents.values() if isinstance(intent, sd.AutomationSwitchOff)]

    @property
    def still_assigned(self) -> list[sd.BypassAssign]:
        """Bypass permission sets given to our user and not yet taken away again: "Restore now" does that too."""
        return [intent for intent in self.open_intents.values() if isinstance(intent, sd.BypassAssign)]

    @property
    def still_set(self) -> list[aut.SettingSwitch]:
        """Settings by which automations pass our user by, and which do so still."""
        return [intent for intent in self.open_intents.values() if isinstance(intent, aut.SettingSwitch)]

    @property
    def step(self) -> int:
        """The wizard's step that comes next: 1 Environment, 2 Seed, 3 Promote, 4 Sync, 5 done."""
        if self.finished:
            return 5
        if self.results.get("promote") in ("done", "differences"):
            return 4
        if "environment" in self.baselines:
            return 3
        return 2 if self.environment else 1


def fold(state: HotfixState, envelope: Envelope) -> None:
    """Takes one envelope into `state`."""
    event = envelope.event
    state.seq, state.last_at = envelope.seq, envelope.at
    state.hotfix = envelope.hotfix or state.hotfix
    if state.question is not None and envelope.step == state.running:
        state.question = None  # a step goes on only with its answer
    if isinstance(event, Intent):
        state.open_intents[event.key] = event
    if not _is_shown(envelope):
        return
    kind = type(event)
    if kind in _LATEST:
        setattr(state, _LATEST[kind], event)
    elif kind in _LISTED:
        getattr(state, _LISTED[kind]).append(event)
    elif kind in _KEYED:
        name, key = _KEYED[kind]
        getattr(state, name)[key(event)] = event
    elif kind in _HANDLERS:
        _HANDLERS[kind](state, event, envelope)


def _is_shown(envelope: Envelope) -> bool:
    """Promote and sync plan rows too, but the Data tab shows what the seed will write."""
    planning = isinstance(envelope.event, sd.ObjectPlanned | sd.RowPlanned | sd.TwinFound | sd.PlanFinished)
    return not (planning and envelope.step in ("promote", "sync_compare", "sync"))


# Facts of which the latest counts.
_LATEST: dict[type[Event], str] = {
    ses.EnvironmentChosen: "environment",
    ses.HotfixFinished: "finished",
    ses.ContentForgotten: "forgotten",
    Question: "question",
    cmp.CompareFinished: "compare",
    sd.PlanFinished: "plan",
    sd.RehearsalFinished: "rehearsal",
    pro.FixFound: "fix",
}

# Facts that are listed in the order they came.
_LISTED: dict[type[Event], str] = {
    cmp.TypeUnreadable: "unreadable",
    sd.ObjectPlanned: "planned",
    sd.RowPlanned: "planned_rows",
    sd.TwinFound: "twins",
    sd.DuplicateFound: "duplicates",
    sd.RowWouldBeRefused: "would_be_refused",
    sd.RowRefused: "refused",
    pro.FixComponent: "fix_components",
    pro.FixRecord: "fix_records",
    pro.Verified: "verified",
}

# Facts of which the latest of each key counts.
_KEYED: dict[type[Event], tuple[str, Callable[[Any], Any]]] = {
    cmp.ComponentCompared: ("components", lambda event: (event.type, event.full_name)),
    dep.ComponentsResolved: ("resolved", lambda event: event.number),
    aut.OrgSeen: ("orgs_seen", lambda event: event.org_id),
    env.EnvironmentRequested: ("made", lambda event: event.name),
    env.EnvironmentReady: ("made_ready", lambda event: event.name),
    sd.AutomationFound: ("automations", lambda event: (event.org, event.kind, event.name)),
    sd.AutomationSwitched: ("switched", lambda event: (event.org, event.kind, event.name)),
    sd.DataWritten: ("written", lambda event: (event.org, event.purpose)),
    sd.BaselineTaken: ("baselines", lambda event: event.which),
    pro.GateReached: ("gates", lambda event: event.gate),
    syn.CellClassified: ("cells", lambda event: (event.org, event.part, event.type, event.name)),
    syn.OrgCertified: ("certified", lambda event: event.org),
}


_Handler = Callable[[HotfixState, Any, Envelope], None]

# Facts that need more than a place; those in no table are for the log only.
_HANDLERS: dict[type[Event], _Handler] = {}


def _on(kind: type[Event]) -> Callable[[_Handler], _Handler]:
    def register(handler: _Handler) -> _Handler:
        _HANDLERS[kind] = handler
        return handler

    return register


@_on(pro.ProductionChangePlanned)
def _production_change(state: HotfixState, event: pro.ProductionChangePlanned, _envelope: Envelope) -> None:
    # Planned when the fix is found and again right before it is written: the latest count is the one that holds.
    known = state.production_changes
    same = [at for at, one in enumerate(known) if (one.name, one.purpose) == (event.name, event.purpose)]
    if same:
        known[same[0]] = event
    else:
        known.append(event)


@_on(ses.HotfixCreated)
def _created(state: HotfixState, event: ses.HotfixCreated, envelope: Envelope) -> None:
    state.name, state.created_at = event.name, envelope.at
    state.production, state.production_id = event.production, event.production_id


@_on(ses.StepStarted)
def _step_started(state: HotfixState, event: ses.StepStarted, envelope: Envelope) -> None:
    state.running, state.running_since = event.name, envelope.at
    state.results.pop(event.name, None)
    state.failures_of.pop(event.name, None)
    state.findings_of.pop(event.name, None)
    state.progress.clear()
    state.progress_at.clear()
    state.runner_lost = state.stopped = None
    clear = _CLEARS.get(event.name)
    if clear is not None:
        clear(state)


@_on(ses.StepFinished)
def _step_finished(state: HotfixState, event: ses.StepFinished, envelope: Envelope) -> None:
    state.running = state.running_since = ""
    state.question = None
    state.progress.clear()
    state.progress_at.clear()
    state.results[event.name] = event.result


@_on(ses.Progress)
def _progressed(state: HotfixState, event: ses.Progress, envelope: Envelope) -> None:
    key = event.what, event.org
    first = state.progress_at.get(key)
    begun = first is not None and key in state.progress and state.progress[key].done <= event.done
    state.progress_at[key] = (
        (first[0], first[1], envelope.at) if first and begun else (event.done, envelope.at, envelope.at)
    )
    state.progress.pop(key, None)  # the latest that moved comes last
    state.progress[key] = event


@_on(ses.Failed)
def _failed(state: HotfixState, event: ses.Failed, envelope: Envelope) -> None:
    state.failures_of.setdefault(envelope.step, []).append(event)


@_on(ses.Finding)
def _finding(state: HotfixState, event: ses.Finding, envelope: Envelope) -> None:
    state.findings_of.setdefault(envelope.step, []).append(event)


@_on(Settled)
def _settled(state: HotfixState, event: Settled, envelope: Envelope) -> None:
    intent = state.open_intents.get(event.key)
    if intent is not None and closes(intent, event):
        del state.open_intents[event.key]


@_on(ses.RunnerLost)
def _runner_lost(state: HotfixState, event: ses.RunnerLost, envelope: Envelope) -> None:
    state.runner_lost = event
    state.running = state.running_since = ""
    state.question = None
    state.progress.clear()
    state.progress_at.clear()


@_on(ses.RunnerStopped)
def _runner_stopped(state: HotfixState, event: ses.RunnerStopped, envelope: Envelope) -> None:
    state.stopped = event
    state.running = state.running_since = ""


@_on(dep.DeployStarted)
def _deploy_started(state: HotfixState, event: dep.DeployStarted, envelope: Envelope) -> None:
    state.deploys[event.deploy_id] = DeployState(event)


@_on(dep.DeployProgressed)
def _deploy_progressed(state: HotfixState, event: dep.DeployProgressed, envelope: Envelope) -> None:
    if event.deploy_id in state.deploys:
        state.deploys[event.deploy_id].progress = event


@_on(dep.ComponentDeployed)
def _component_deployed(state: HotfixState, event: dep.ComponentDeployed, envelope: Envelope) -> None:
    if event.outcome == "failed" and event.deploy_id in state.deploys:
        state.deploys[event.deploy_id].messages.append(event)


@_on(dep.TestRan)
def _test_ran(state: HotfixState, event: dep.TestRan, envelope: Envelope) -> None:
    if event.deploy_id in state.deploys:
        state.deploys[event.deploy_id].tests.append(event)


@_on(dep.DeployFinished)
def _deploy_finished(state: HotfixState, event: dep.DeployFinished, envelope: Envelope) -> None:
    if event.deploy_id in state.deploys:
        state.deploys[event.deploy_id].finished = event


@_on(syn.OrgStage)
def _org_stage(state: HotfixState, event: syn.OrgStage, envelope: Envelope) -> None:
    state.stages.setdefault(event.org, {})[event.stage] = event


def _clear_compare(state: HotfixState) -> None:
    state.components.clear()
    state.unreadable.clear()
    state.compare = None


def _clear_plan(state: HotfixState) -> None:
    for collection in (state.planned, state.planned_rows, state.twins, state.duplicates):
        collection.clear()
    state.automations.clear()
    state.plan = None
    _clear_rehearsal(state)


def _clear_rehearsal(state: HotfixState) -> None:
    state.would_be_refused.clear()
    state.rehearsal = None


def _clear_writing(state: HotfixState) -> None:
    _clear_rehearsal(state)
    state.refused.clear()
    state.switched.clear()


def _clear_fix(state: HotfixState) -> None:
    state.fix_components.clear()
    state.fix_records.clear()
    state.production_changes.clear()
    state.fix = None


def _clear_gates(state: HotfixState) -> None:
    _clear_writing(state)
    state.gates.clear()
    state.verified.clear()


def _clear_board(state: HotfixState) -> None:
    state.cells.clear()
    state.stages.clear()
    state.certified.clear()


def _clear_sync(state: HotfixState) -> None:
    _clear_writing(state)
    state.certified.clear()


# What a step shows is that of its latest run.
_CLEARS: dict[str, Callable[[HotfixState], None]] = {
    "compare": _clear_compare,
    "plan": _clear_plan,
    "rehearse": _clear_rehearsal,
    "seed": _clear_writing,
    "undo_seed": _clear_writing,
    "find_fix": _clear_fix,
    "validate": _clear_gates,
    "promote": _clear_gates,
    "sync_compare": _clear_board,
    "sync": _clear_sync,
}
