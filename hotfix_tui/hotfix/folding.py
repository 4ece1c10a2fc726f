"""How each event changes what is known of a hotfix: tables for plain facts, a function for the others."""

from __future__ import annotations

from collections.abc import Callable
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
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal.intents import closes


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
    aut.ReachFound: "reach",
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


@_on(ses.EnvironmentChosen)
def _environment_chosen(state: HotfixState, event: ses.EnvironmentChosen, envelope: Envelope) -> None:
    """Another environment: what was compared, brought, planned and written before is of the one before."""
    before = state.environment
    state.environment = event
    if before is not None and before.org_id == event.org_id:
        return
    for clear in (_clear_compare, _clear_plan, _clear_writing):
        clear(state)
    state.resolved.clear()
    state.written.clear()
    for step in _IN_THE_ENVIRONMENT:
        state.results.pop(step, None)
        state.failures_of.pop(step, None)
        state.findings_of.pop(step, None)


@_on(env.EnvironmentRequested)
def _environment_requested(state: HotfixState, event: env.EnvironmentRequested, envelope: Envelope) -> None:
    state.made[event.name] = event
    state.made_ready.pop(event.name, None)  # refreshed, or made again: what was there is another org


@_on(env.EnvironmentProgressed)
def _environment_progressed(state: HotfixState, event: env.EnvironmentProgressed, envelope: Envelope) -> None:
    if event.status in ("Error", "Deleted"):  # of a scratch org: nobody need wait for it
        state.made.pop(event.name, None)


@_on(env.EnvironmentReady)
def _environment_ready(state: HotfixState, event: env.EnvironmentReady, envelope: Envelope) -> None:
    state.made_ready[event.name] = event
    chosen = state.environment
    if chosen is not None and chosen.org == event.alias and chosen.org_id[:15] != event.org_id[:15]:
        state.environment = None  # the alias means the new org from here on


@_on(env.EnvironmentDeleted)
def _environment_deleted(state: HotfixState, event: env.EnvironmentDeleted, envelope: Envelope) -> None:
    gone = state.made_ready.pop(event.name, None)
    state.made.pop(event.name, None)
    if gone is not None and state.environment is not None and state.environment.org_id[:15] == gone.org_id[:15]:
        state.environment = None


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
        if event.result == "done":
            _made(state, intent, event, envelope)


def _made(state: HotfixState, intent: Intent, event: Settled, envelope: Envelope) -> None:
    """What became of an environment is known from here on, also where its runner died before it said so itself."""
    if isinstance(intent, env.EnvironmentDelete):
        gone = env.EnvironmentDeleted(org=intent.org, kind=intent.kind, name=intent.name)
        _environment_deleted(state, gone, envelope)
    elif isinstance(intent, env.SandboxCreate | env.SandboxRefresh | env.ScratchCreate):
        kind = "scratch" if isinstance(intent, env.ScratchCreate) else "sandbox"
        asked = env.EnvironmentRequested(org=intent.org, kind=kind, name=intent.name, request_id=event.detail)
        _environment_requested(state, asked, envelope)


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
    state.reach.clear()
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


# Steps whose outcome is one of the environment that was chosen then.
_IN_THE_ENVIRONMENT = ("compare", "resolve", "undo_resolve", "plan", "rehearse", "seed", "undo_seed")

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
