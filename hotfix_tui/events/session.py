"""Facts about a hotfix as a whole: what it is, which step runs, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix_tui.events.base import Fact, Intent


@dataclass(frozen=True, kw_only=True)
class HotfixCreated(Fact):
    """A hotfix began. `production` is an alias, `production_id` the 18-character org id it had then."""

    name: str
    production: str
    production_id: str
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class EnvironmentChosen(Fact):
    """The org the fix is made in. `kind` is a word of contracts.md (`sandbox developer`, `scratch` …)."""

    org: str
    org_id: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class StepStarted(Fact):
    """A request for work was taken. `name` is the request's kind: compare, resolve, plan, seed, find_fix, …"""

    name: str
    request: int


@dataclass(frozen=True, kw_only=True)
class StepFinished(Fact):
    """`result`: done, differences (done, but something was left: see the step's own facts), cancelled, refused, or
    failed (could not finish: see its Failed).
    """

    name: str
    request: int
    result: str


@dataclass(frozen=True, kw_only=True)
class Failed(Fact):
    """Something did not work. `written` and `not_written` say in words what the org has now; `next` the way out."""

    what: str
    org: str = ""
    written: str = ""
    not_written: str = ""
    next: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding(Fact):
    """Something a person should know before going on. `level`: info, warning, blocker."""

    level: str
    text: str
    org: str = ""


@dataclass(frozen=True, kw_only=True)
class Progress(Fact):
    """How far `what` is, at most a few a second. `total` 0: not known yet. `unit`: components, rows, types, tests."""

    what: str
    org: str
    done: int
    total: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class RunnerStopped(Fact):
    """The runner ended on purpose. `why`: idle, asked, terminated."""

    why: str


@dataclass(frozen=True, kw_only=True)
class RunnerLost(Fact):
    """A runner ended without a word (kill, power). Written by the next one; `open_intents` are their keys."""

    pid: int
    last_heartbeat: str
    open_intents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PermitGranted(Fact):
    """A person typed the alias of a production org in full, for one act."""

    permit: str
    org: str
    org_id: str
    act: str


@dataclass(frozen=True, kw_only=True)
class PermitRedeemed(Intent):
    """The permit `permit` is used up; on disk before the first write it admits."""

    permit: str
    act: str


@dataclass(frozen=True, kw_only=True)
class HotfixFinished(Fact):
    """The last step ended. `certified` and `exceptions` are org aliases."""

    certified: tuple[str, ...]
    exceptions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OrgLoggedIn(Fact):
    """A login of ours was made. `flow`: web, jwt …; `kept`: where its secrets are, in words."""

    org: str
    org_id: str
    username: str
    flow: str
    kept: str = ""


@dataclass(frozen=True, kw_only=True)
class OrgLoggedOut(Fact):
    """A login of ours was forgotten. `ended`: its tokens are worth nothing in the org any more, either."""

    org: str
    ended: bool = True


@dataclass(frozen=True, kw_only=True)
class ContentForgotten(Fact):
    """Baselines, snapshots, before-images and the values of records were removed from the journal. `size`: bytes."""

    size: int


@dataclass(frozen=True, kw_only=True)
class HotfixImported(Fact):
    """The journal was brought from another machine (`host`), where it was `of`; it is true as of `exported_at`."""

    of: str
    host: str
    exported_at: str
