"""What a hotfix is right now, folded from its journal: the one view that screens, `status` and the runner share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hotfix_tui.events import Intent, Question
from hotfix_tui.events import automation as aut
from hotfix_tui.events import compare as cmp
from hotfix_tui.events import deploy as dep
from hotfix_tui.events import environment as env
from hotfix_tui.events import promote as pro
from hotfix_tui.events import seed as sd
from hotfix_tui.events import session as ses
from hotfix_tui.events import sync as syn
from hotfix_tui.hotfix.deploy_state import DeployState


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
    reach: list[aut.ReachFound] = field(default_factory=list)
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
