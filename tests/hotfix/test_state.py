"""The fold: what a journal says a hotfix is."""

from __future__ import annotations

from hotfix_tui.events import Envelope, Event, Question, Settled
from hotfix_tui.events import compare as cmp
from hotfix_tui.events import deploy as dep
from hotfix_tui.events import environment as env
from hotfix_tui.events import promote as pro
from hotfix_tui.events import seed as sd
from hotfix_tui.events import session as ses
from hotfix_tui.events import sync as syn
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.state import HotfixState


def folded(*events: tuple[str, Event]) -> HotfixState:
    state = HotfixState()
    for seq, (step, event) in enumerate(events, start=1):
        fold(state, Envelope(seq=seq, at=f"2026-01-13T10:00:{seq:02}Z", hotfix="HF-1", step=step, event=event))
    return state


def compared(name: str, status: str) -> cmp.ComponentCompared:
    return cmp.ComponentCompared(type="ApexClass", full_name=name, status=status, a_changed={}, b_changed={})


def off(key: str) -> sd.AutomationSwitchOff:
    return sd.AutomationSwitchOff(key=key, org="hfx", org_id="00D", kind="Flow", name="F", object="X__c")


def test_a_new_hotfix_stands_at_the_choice_of_its_environment() -> None:
    state = folded(("new", ses.HotfixCreated(name="n", production="prod", production_id="00D1")))
    assert (state.name, state.production, state.production_id, state.step) == ("n", "prod", "00D1", 1)
    assert (state.hotfix, state.seq, state.created_at) == ("HF-1", 1, "2026-01-13T10:00:01Z")


def test_each_step_that_ends_brings_the_wizard_on() -> None:
    chosen = ("e", ses.EnvironmentChosen(org="hfx", org_id="00D2", kind="scratch"))
    base = ("b", sd.BaselineTaken(which="environment", org="hfx", org_id="00D2", components=1, records=1))
    promoted = ("p", ses.StepFinished(name="promote", request=3, result="differences"))
    ended = ("f", ses.HotfixFinished(certified=("a",), exceptions=()))
    production = ("c", sd.BaselineTaken(which="production", org="prod", org_id="00D1", components=1, records=1))
    assert folded(chosen, production).step == 2
    assert folded(chosen, base).step == 3
    assert folded(chosen, base, promoted).step == 4
    assert folded(chosen, base, promoted, ended).step == 5
    failed = ("p", ses.StepFinished(name="promote", request=3, result="failed"))
    assert folded(chosen, base, failed).step == 3


def test_a_step_that_runs_again_shows_only_its_latest_run() -> None:
    first = [
        ("compare", ses.StepStarted(name="compare", request=1)),
        ("compare", compared("Gone", "different")),
        ("compare", compared("Stays", "different")),
        ("compare", cmp.TypeUnreadable(side="a", type="X", why="y")),
        ("compare", ses.Failed(what="first")),
        ("compare", ses.Finding(level="info", text="first")),
        ("compare", ses.StepFinished(name="compare", request=1, result="failed")),
    ]
    second = [
        ("compare", ses.StepStarted(name="compare", request=2)),
        ("compare", compared("Stays", "same")),
    ]
    state = folded(*first, *second)
    assert list(state.components) == [("ApexClass", "Stays")]
    assert state.components["ApexClass", "Stays"].status == "same"
    assert (state.unreadable, state.failures, state.findings, state.results) == ([], [], [], {})
    assert state.running == "compare"


def test_a_step_that_runs_again_leaves_what_other_steps_found() -> None:
    state = folded(
        ("compare", compared("A", "same")),
        ("compare", ses.Finding(level="info", text="kept")),
        ("plan", ses.StepStarted(name="plan", request=2)),
        ("plan", sd.RowPlanned(org="h", object="X__c", key="1", act="insert", changes={})),
        ("seed", ses.StepStarted(name="seed", request=3)),
    )
    assert len(state.components) == 1
    assert [finding.text for finding in state.findings] == ["kept"]
    assert len(state.planned_rows) == 1


def test_rows_that_other_steps_plan_are_not_those_of_the_seed() -> None:
    row = sd.RowPlanned(org="uat", object="X__c", key="1", act="update", changes={})
    assert folded(("sync", row)).planned_rows == []
    assert folded(("plan", row)).planned_rows == [row]


def test_intents_are_open_until_settled_and_switch_offs_until_undone() -> None:
    write = sd.RowsWrite(key="w", org="hfx", org_id="00D", object="X__c", act="insert", keys=("1",))
    state = folded(("seed", write), ("seed", off("o")), ("seed", off("p")))
    assert list(state.open_intents) == ["w", "o", "p"]
    assert [intent.key for intent in state.automations_off] == ["o", "p"]
    done = [("seed", Settled(key=key, result="done")) for key in ("w", "o")]
    state = folded(("seed", write), ("seed", off("o")), ("seed", off("p")), *done)
    assert list(state.open_intents) == ["o", "p"]
    undone = [("seed", Settled(key="o", result="undone")), ("seed", Settled(key="p", result="not_done"))]
    state = folded(("seed", write), ("seed", off("o")), ("seed", off("p")), *done, *undone)
    assert state.open_intents == {}


def test_an_unknown_outcome_closes_nothing() -> None:
    write = sd.RowsWrite(key="w", org="hfx", org_id="00D", object="X__c", act="insert", keys=("1",))
    assert list(folded(("seed", write), ("seed", Settled(key="w", result="unknown"))).open_intents) == ["w"]


def test_a_question_stands_until_its_step_goes_on() -> None:
    start = ("seed", ses.StepStarted(name="seed", request=1))
    asked = ("seed", Question(key="q", text="?"))
    assert folded(start, asked).question is not None
    assert folded(start, asked, ("permit", ses.PermitGranted(permit="p", org="o", org_id="i", act="a"))).question
    assert folded(start, asked, ("seed", ses.Progress(what="x", org="", done=1, total=1, unit="rows"))).question is None


def test_a_lost_runner_ends_what_ran_and_a_new_step_forgets_it() -> None:
    start = ("seed", ses.StepStarted(name="seed", request=1))
    lost = ("runner", ses.RunnerLost(pid=1, last_heartbeat="", open_intents=("o",)))
    state = folded(start, ("seed", off("o")), lost)
    assert (state.running, len(state.automations_off)) == ("", 1)
    assert state.runner_lost is not None
    assert folded(start, lost, start).runner_lost is None


def test_a_deploy_is_folded_by_its_id() -> None:
    started = dep.DeployStarted(key="k", org="prod", deploy_id="0Af1", purpose="validate", check_only=True)
    failed = dep.ComponentDeployed(
        org="prod", deploy_id="0Af1", type="ApexClass", full_name="A", outcome="failed", problem="no"
    )
    fine = dep.ComponentDeployed(org="prod", deploy_id="0Af1", type="ApexClass", full_name="B", outcome="created")
    ran = dep.TestRan(org="prod", deploy_id="0Af1", class_name="T", method="m", passed=True)
    ended = dep.DeployFinished(
        key="k", org="prod", deploy_id="0Af1", purpose="validate", check_only=True, status="Failed"
    )
    state = folded(*[("validate", event) for event in (started, failed, fine, ran, ended)])
    deploy = state.deploys["0Af1"]
    assert deploy.started is started
    assert (deploy.messages, deploy.tests, deploy.finished) == ([failed], [ran], ended)


def test_sync_keeps_the_board_and_clears_certificates_when_it_runs_again() -> None:
    cell = syn.CellClassified(org="uat", part="component", type="ApexClass", name="A", cell="apply")
    end = syn.OrgCertified(org="uat", org_id="00D", parity="no", applied=0, left=0, failed=1)
    state = folded(
        ("sync_compare", cell),
        ("sync", end),
        ("sync", ses.StepStarted(name="sync", request=9)),
    )
    assert state.certified == {}
    assert list(state.cells) == [("uat", "component", "ApexClass", "A")]
    assert folded(("sync", cell), ("sync_compare", ses.StepStarted(name="sync_compare", request=1))).cells == {}


def test_gates_are_those_of_the_latest_promotion() -> None:
    gate = pro.GateReached(gate="data", state="failed")
    assert folded(("promote", gate)).gates == {"data": gate}
    assert folded(("promote", gate), ("promote", ses.StepStarted(name="promote", request=1))).gates == {}


def test_a_permission_set_that_is_still_assigned_is_known_beside_the_automations() -> None:
    given = sd.BypassAssign(key="b", org="prod", org_id="00D", permission_set="P", user_id="005")
    state = folded(("promote", given), ("promote", Settled(key="b", result="done")), ("seed", off("o")))
    assert [intent.key for intent in state.still_assigned] == ["b"]
    assert [intent.key for intent in state.automations_off] == ["o"]
    back = folded(("promote", given), ("restore", Settled(key="b", result="undone")))
    assert back.still_assigned == []


def test_another_environment_begins_without_what_was_done_in_the_one_before() -> None:
    first = ses.EnvironmentChosen(org="hfx", org_id="00D2", kind="scratch")
    done = [
        ("e", first),
        ("compare", compared("A", "different")),
        ("compare", ses.StepFinished(name="compare", request=1, result="done")),
        ("resolve", dep.ComponentsResolved(number=1, org="hfx", components=("ApexClass:A",), added=())),
        ("seed", sd.DataWritten(org="hfx", purpose="seed", inserted=1, updated=0, deleted=0, equal=0, refused=1)),
        ("seed", ses.StepFinished(name="seed", request=2, result="differences")),
    ]
    same = folded(*done, ("e", first))
    assert same.components and same.resolved and same.written and same.results["seed"] == "differences"
    other = folded(*done, ("e", ses.EnvironmentChosen(org="hfx", org_id="00D3", kind="scratch")))
    assert not (other.components or other.resolved or other.written or other.results)
    assert other.environment is not None and other.environment.org_id == "00D3"


def test_what_was_asked_for_is_known_though_its_runner_died_before_it_said_so() -> None:
    asked = env.SandboxCreate(key="k", org="prod", org_id="00D1", name="Fix", licence="DEVELOPER")
    ready = env.EnvironmentReady(org="prod", name="Fix", alias="fix", org_id="00D9", username="u")
    chosen = ses.EnvironmentChosen(org="fix", org_id="00D9", kind="sandbox developer")
    made = [("m", asked), ("m", Settled(key="k", result="done", detail="0GQ1"))]
    assert folded(*made).made["Fix"].request_id == "0GQ1"
    assert folded(("m", asked), ("m", Settled(key="k", result="not_done"))).made == {}
    again = env.SandboxRefresh(
        key="r", org="prod", org_id="00D1", name="Fix", licence="DEVELOPER", info_id="0GQ1", process_id="0GR1",
        gone_id="00D9",
    )  # fmt: skip
    refreshed = folded(*made, ("m", ready), ("m", again), ("m", Settled(key="r", result="done", detail="0GQ1")))
    assert "Fix" in refreshed.made and "Fix" not in refreshed.made_ready
    gone = env.EnvironmentDelete(key="d", org="prod", org_id="00D1", kind="sandbox", name="Fix", record_id="0GQ1")
    deleted = folded(*made, ("m", ready), ("e", chosen), ("m", gone), ("m", Settled(key="d", result="done")))
    assert (deleted.made, deleted.made_ready, deleted.environment) == ({}, {}, None)
    failed = folded(*made, ("m", env.EnvironmentProgressed(org="prod", name="Fix", status="Error")))
    assert failed.made == {}
