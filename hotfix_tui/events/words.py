"""Every event as one sentence for people: the log pane, headless output and the post mortem say the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hotfix_tui.events import compare, deploy, promote, seed, session, sync
from hotfix_tui.events.base import Event, Keep, Question, Settled

_E = TypeVar("_E", bound=Event)
_WORDS: dict[type[Event], Callable[[Any], str]] = {}

_RESULTS = {
    "done": "done",
    "differences": "done, with something left",
    "cancelled": "cancelled",
    "refused": "refused",
    "failed": "could not finish",
}
_PURPOSES = {
    "resolve": "bring production's components",
    "switch_off": "switch automations off",
    "restore": "restore automations",
    "validate": "validate the fix",
    "promote": "deploy the fix",
    "sync": "deploy the fix",
}
_STATUSES = {
    "only_in_a": "only in A",
    "only_in_b": "only in B",
    "different": "different",
    "same": "same",
    "unreadable": "unreadable",
}


def sentence(event: Event) -> str:
    """`event` in words: one line, no markup, names and messages as the org gave them (escape before showing)."""
    words = _WORDS.get(type(event))
    return words(event) if words else type(event).__name__


def _says(kind: type[_E]) -> Callable[[Callable[[_E], str]], Callable[[_E], str]]:
    def register(words: Callable[[_E], str]) -> Callable[[_E], str]:
        _WORDS[kind] = words
        return words

    return register


def _many(count: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`, `1,312 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _listed(names: tuple[str, ...], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _with(text: str, detail: str, sign: str = ": ") -> str:
    return f"{text}{sign}{detail}" if detail else text


def _title(step: str) -> str:
    return step.replace("_", " ").capitalize()


@_says(session.HotfixCreated)
def _(event: session.HotfixCreated) -> str:
    return f"Hotfix “{event.name}” begun; production is {event.production}"


@_says(session.EnvironmentChosen)
def _(event: session.EnvironmentChosen) -> str:
    return f"The fix is made in {event.org} ({event.kind})"


@_says(session.StepStarted)
def _(event: session.StepStarted) -> str:
    return f"{_title(event.name)} started"


@_says(session.StepFinished)
def _(event: session.StepFinished) -> str:
    return f"{_title(event.name)} {_RESULTS.get(event.result, event.result)}"


@_says(session.Failed)
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


@_says(session.Finding)
def _(event: session.Finding) -> str:
    sign = {"blocker": "Blocked: ", "warning": "Warning: "}.get(event.level, "")
    return f"{sign}{event.org + ': ' if event.org else ''}{event.text}"


@_says(session.Progress)
def _(event: session.Progress) -> str:
    of = f" of {event.total:,}" if event.total else ""
    return f"{_with(event.org, event.what) if event.org else event.what} {event.done:,}{of} {event.unit}"


@_says(session.RunnerStopped)
def _(event: session.RunnerStopped) -> str:
    why = {"idle": "nothing left to do", "asked": "as asked", "terminated": "it was told to end"}
    return f"The runner ended: {why.get(event.why, event.why)}"


@_says(session.RunnerLost)
def _(event: session.RunnerLost) -> str:
    left = _many(len(event.open_intents), "act") if event.open_intents else "nothing"
    return f"The runner (process {event.pid}) was lost after {event.last_heartbeat}; {left} left open"


@_says(session.PermitGranted)
def _(event: session.PermitGranted) -> str:
    return f"{event.org} typed in full: one {event.act} is permitted"


@_says(session.PermitRedeemed)
def _(event: session.PermitRedeemed) -> str:
    return f"{event.org}: the permit for {event.act} is used"


@_says(session.HotfixFinished)
def _(event: session.HotfixFinished) -> str:
    total = len(event.certified) + len(event.exceptions)
    rest = f"; with exceptions: {_listed(event.exceptions, 5)}" if event.exceptions else ""
    return f"The hotfix is finished: {len(event.certified)} of {_many(total, 'org')} certified{rest}"


@_says(Question)
def _(event: Question) -> str:
    return _with(event.text, " / ".join(event.choices), " ")


@_says(Keep)
def _(event: Keep) -> str:
    return f"Kept {event.name} of {event.org} ({_many(event.size or len(event.content), 'byte')})"


@_says(Settled)
def _(event: Settled) -> str:
    results = {"done": "done", "not_done": "not done", "undone": "taken back", "unknown": "no reply"}
    return _with(f"{event.key}: {results.get(event.result, event.result)}", event.detail, " · ")


@_says(compare.CompareStarted)
def _(event: compare.CompareStarted) -> str:
    return f"Comparing {event.a} with {event.b}"


@_says(compare.TypesRead)
def _(event: compare.TypesRead) -> str:
    types = _many(event.types, "metadata type")
    return f"{event.side}: {_many(event.components, 'component')} of {types} to read"


@_says(compare.TypeUnreadable)
def _(event: compare.TypeUnreadable) -> str:
    return f"{event.side}: {event.type} cannot be read: {event.why}"


@_says(compare.ComponentCompared)
def _(event: compare.ComponentCompared) -> str:
    who = event.a_changed.get("by") if event.status != "only_in_b" else event.b_changed.get("by")
    mark = " · blocks the seed" if event.blocking else " · touches the data set" if event.impact else ""
    by = f" · {who}" if who and event.status != "same" else ""
    return f"{event.type} {event.full_name}: {_STATUSES.get(event.status, event.status)}{by}{mark}"


@_says(compare.CompareFinished)
def _(event: compare.CompareFinished) -> str:
    unreadable = f", {event.unreadable:,} unreadable" if event.unreadable else ""
    impact = f"; {event.impact:,} touch the data set, {event.blocking:,} block" if event.impact else ""
    ignored = f"; {event.ignored:,} ignored by your rules" if event.ignored else ""
    return (
        f"Compared: {event.same:,} same, {event.different:,} different, {event.only_in_a:,} only in A, "
        f"{event.only_in_b:,} only in B{unreadable}{impact}{ignored}"
    )


@_says(deploy.DeployRequested)
def _(event: deploy.DeployRequested) -> str:
    what = _many(len(event.components), "component")
    tests = f", tests {_listed(event.tests)}" if event.tests else ""
    check = " (check only)" if event.check_only else ""
    return f"{event.org}: about to {_PURPOSES.get(event.purpose, event.purpose)}{check}: {what}{tests}"


@_says(deploy.DeployStarted)
def _(event: deploy.DeployStarted) -> str:
    return f"{event.org}: {'validation' if event.check_only else 'deploy'} {event.deploy_id} is in the queue"


@_says(deploy.DeployProgressed)
def _(event: deploy.DeployProgressed) -> str:
    components = f"{event.components_done}/{event.components_total} components"
    tests = f", {event.tests_done}/{event.tests_total} tests" if event.tests_total else ""
    errors = event.component_errors + event.test_errors
    wrong = f", {_many(errors, 'error')}" if errors else ""
    return _with(f"{event.org}: {event.status} {components}{tests}{wrong}", event.detail, " · ")


@_says(deploy.ComponentDeployed)
def _(event: deploy.ComponentDeployed) -> str:
    line = f" line {event.line}" if event.line else ""
    return _with(f"{event.org}: {event.type} {event.full_name}{line} {event.outcome}", event.problem)


@_says(deploy.TestRan)
def _(event: deploy.TestRan) -> str:
    outcome = "passed" if event.passed else "failed"
    return _with(f"{event.org}: {event.class_name}.{event.method} {outcome}", event.message)


@_says(deploy.DeployFinished)
def _(event: deploy.DeployFinished) -> str:
    what = "validation" if event.check_only else "deploy"
    problems = f", {_many(len(event.problems), 'problem')}" if event.problems else ""
    until = f"; quick deploy until {event.quick_deploy_until}" if event.quick_deploy_until else ""
    return f"{event.org}: {what} {event.deploy_id} {event.status}{problems}{until}"


@_says(seed.ObjectPlanned)
def _(event: seed.ObjectPlanned) -> str:
    parts = [
        f"{count:,} {word}"
        for count, word in (
            (event.insert, "new"),
            (event.update, "changed"),
            (event.delete, "deleted"),
            (event.equal, "equal"),
        )
        if count
    ]
    second = f"; second pass for {_listed(event.second_pass)}" if event.second_pass else ""
    return f"{event.object}: {_many(event.rows, 'row')}{' — ' + ', '.join(parts) if parts else ''}{second}"


@_says(seed.RowPlanned)
def _(event: seed.RowPlanned) -> str:
    fields = f" ({_listed(tuple(event.changes), 4)})" if event.changes and event.act == "update" else ""
    return f"{event.object} {event.key}: {event.act}{fields}"


@_says(seed.TwinFound)
def _(event: seed.TwinFound) -> str:
    return f"{event.org}: {event.object} {event.record_id} looks like {event.key}: {event.why}"


@_says(seed.PlanFinished)
def _(event: seed.PlanFinished) -> str:
    blocked = f"; blocked: {event.blockers[0]}" if event.blockers else ""
    deleted = f", {event.delete:,} deleted" if event.delete else ""
    return (
        f"{event.org}: {_many(event.rows, 'row')}: {event.insert:,} new, {event.update:,} changed{deleted}, "
        f"{event.equal:,} equal, in {_many(event.calls, 'call')}{blocked}"
    )


@_says(seed.AutomationFound)
def _(event: seed.AutomationFound) -> str:
    version = f" v{event.version}" if event.version is not None else ""
    plans = {
        "switch_off": "will be switched off",
        "already_off": "is off already and stays off",
        "bypass": "is bypassed",
        "cannot": "cannot be kept from firing",
    }
    name = f"{event.org}: {event.kind} {event.name}{version}"
    return _with(f"{name} {plans.get(event.plan, event.plan)}", event.detail, " · ")


@_says(seed.AutomationSwitchOff)
def _(event: seed.AutomationSwitchOff) -> str:
    return f"{event.org}: about to switch {event.kind} {event.name} off"


@_says(seed.AutomationSwitched)
def _(event: seed.AutomationSwitched) -> str:
    version = f" (v{event.version})" if event.version is not None else ""
    return f"{event.org}: {event.kind} {event.name} is {event.state}{version}"


@_says(seed.AccessGrant)
@_says(seed.AccessAssign)
@_says(seed.BypassAssign)
def _(event: seed.BypassAssign) -> str:
    shown = f", to see {', '.join(event.fields)}" if isinstance(event, seed.AccessAssign) else ""
    act = "make and assign" if isinstance(event, seed.AccessGrant) else "assign"
    return f"{event.org}: about to {act} {event.permission_set} to our user{shown}"


@_says(seed.RowsWrite)
def _(event: seed.RowsWrite) -> str:
    return f"{event.org}: about to {event.act} {_many(len(event.keys), f'{event.object} row')}"


@_says(seed.RowsWritten)
def _(event: seed.RowsWritten) -> str:
    refused = f", {event.refused:,} refused" if event.refused else ""
    return f"{event.org}: {event.act} {event.object}: {event.written:,} written{refused}"


@_says(seed.RowRefused)
def _(event: seed.RowRefused) -> str:
    fields = f" ({_listed(event.fields)})" if event.fields else ""
    return f"{event.org}: {event.object} {event.key} refused: {_with(event.code, event.message)}{fields}"


@_says(seed.DataWritten)
def _(event: seed.DataWritten) -> str:
    refused = f", {event.refused:,} refused" if event.refused else ""
    return (
        f"{event.org}: records of {event.purpose}: {event.inserted:,} inserted, {event.updated:,} updated, "
        f"{event.deleted:,} deleted, {event.equal:,} equal{refused}"
    )


@_says(seed.BaselineTaken)
def _(event: seed.BaselineTaken) -> str:
    records = _many(event.records, "record")
    return f"{event.org}: {event.which} baseline taken: {_many(event.components, 'component')}, {records}"


@_says(promote.FixComponent)
def _(event: promote.FixComponent) -> str:
    drift = " · production moved since its baseline" if event.drift else ""
    return f"{event.type} {event.full_name}: {event.change}{' by ' + event.by if event.by else ''}{drift}"


@_says(promote.FixRecord)
def _(event: promote.FixRecord) -> str:
    fields = f" ({_listed(tuple(event.changes), 4)})" if event.changes and event.change == "update" else ""
    drift = " · production moved since its baseline" if event.drift else ""
    return f"{event.object} {event.key}: {event.change}{fields}{drift}"


@_says(promote.FixFound)
def _(event: promote.FixFound) -> str:
    tests = f"; tests {_listed(event.tests)}" if event.tests else ""
    return f"The fix: {_many(event.components, 'component')}, {_many(event.records, 'record')}{tests}"


@_says(promote.GateReached)
def _(event: promote.GateReached) -> str:
    return _with(f"{_title(event.gate)}: {event.state}", event.detail, " · ")


@_says(promote.FlowActivate)
def _(event: promote.FlowActivate) -> str:
    return f"{event.org}: about to activate version {event.version} of flow {event.flow}"


@_says(promote.FlowActivated)
def _(event: promote.FlowActivated) -> str:
    return f"{event.org}: flow {event.flow} is active in version {event.version}"


@_says(promote.Verified)
def _(event: promote.Verified) -> str:
    differs = f"; differs: {_listed(event.differs)}" if event.differs else ", nothing differs"
    return f"{event.org}: {event.what} verified: {event.matches:,} as promised{differs}"


@_says(promote.ProductionChangePlanned)
def _(event: promote.ProductionChangePlanned) -> str:
    fields = ", ".join(f"{name} = {value}" for name, value in event.set.items())
    last = " (last, after verification)" if event.purpose == "containment" else ""
    return f"Production only: {event.name}: {_many(event.rows, f'{event.object} row')} get {fields}{last}"


@_says(sync.OrgStage)
def _(event: sync.OrgStage) -> str:
    return _with(f"{event.org}: {event.stage} {event.state}", event.detail, " · ")


@_says(sync.CellClassified)
def _(event: sync.CellClassified) -> str:
    return _with(f"{event.org}: {event.type} {event.name}: {event.cell}", event.reason, " · ")


@_says(sync.OrgCertified)
def _(event: sync.OrgCertified) -> str:
    parity = {"yes": "parity", "exceptions": "parity with exceptions", "no": "no parity"}
    counts = f"{event.applied:,} applied, {event.left:,} left alone, {event.failed:,} failed"
    return _with(f"{event.org}: {parity.get(event.parity, event.parity)}: {counts}", event.detail, " · ")
