"""The director: knows the script, sees what happens in the orgs, and lets each step be taken when its turn has come."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import Clock, api_datetime
from hotfix_tui.localorg.faults import Call
from hotfix_tui.localorg.metadata.job import DeployJob
from hotfix_tui.localorg.person.acts import CannotAct, act
from hotfix_tui.localorg.person.script import ScriptError, Step

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.traffic import Traffic
    from hotfix_tui.localorg.users import User

_log = logging.getLogger(__name__)


class Director:
    """Lets second persons act in the orgs it was given.

    Steps that follow a call are taken before the call's answer is sent, those at a component or test of a deployment in
    its thread before it goes on there: what comes next sees them. Those of a time or a deployment's status are taken
    soon after, in a thread of the director's own. `log` has what was done, oldest first.
    """

    def __init__(self, clock: Clock) -> None:
        self.log: list[dict[str, Any]] = []
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: list[Step] = []
        self._ready: deque[Step] = deque()
        self._orgs: dict[str, tuple[LocalOrg, dict[str, str]]] = {}
        self._closing = False
        self._thread: threading.Thread | None = None
        clock.on_change.append(self._wake)

    def attach(self, alias: str, org: LocalOrg, traffic: Traffic, handles: dict[str, str] | None = None) -> None:
        """Watches an org. `handles`: names of its users in scripts → usernames."""
        self._orgs[alias] = (org, handles or {})
        traffic.watch = lambda call: self._followers(alias, call)
        org.deploys.on_step.append(lambda job: self._at_step(alias, job))
        org.deploys.on_change.append(lambda job: self._at_status(alias, job))

    def give(self, steps: list[Step]) -> None:
        """Adds steps; those that wait for nothing are taken now. Raises ScriptError for an unknown org or person."""
        for step in steps:
            self._person(step)
        with self._changed:
            self._waiting.extend(step for step in steps if not step.at_once)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="second person", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        for step in steps:
            if step.at_once:
                self._take(step)

    def waiting(self) -> list[Step]:
        """The steps whose turn has not come."""
        with self._changed:
            return list(self._waiting)

    def clear(self) -> None:
        """Forgets the steps that wait, and the log."""
        with self._changed:
            self._waiting.clear()
            self.log.clear()

    def close(self) -> None:
        """Takes no more steps."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(timeout=10)

    # What sets steps off

    def _followers(self, alias: str, call: Call) -> Callable[[], None] | None:
        with self._changed:
            due = [step for step in self._waiting if step.org == alias and step.follows(call)]
            self._drop(due)
        return (lambda: self._take_all(due)) if due else None

    def _at_step(self, alias: str, job: DeployJob) -> None:
        now = {"test": job.at_test} if job.at_test else {"component": job.at_component}
        self._take_all(self._due_by(alias, job, now))

    def _at_status(self, alias: str, job: DeployJob) -> None:
        # The queue tells this inside its transaction: the step must not become a part of it.
        found = self._due_by(alias, job, {"status": job.status})
        if found:
            with self._changed:
                self._ready.extend(found)
                self._changed.notify_all()

    def _due_by(self, alias: str, job: DeployJob, now: dict[str, Any]) -> list[Step]:
        with self._changed:
            found = [
                step
                for step in self._waiting
                if step.org == alias and step.deploy == now and not self._is(step, job.created_by)
            ]
            self._drop(found)
        return found

    def _drop(self, steps: list[Step]) -> None:
        self._waiting = [each for each in self._waiting if not any(each is step for step in steps)]

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    # Taking them

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._closing and not self._ready:
                    self._changed.wait(self._collect())
                if self._closing:
                    return
                step = self._ready.popleft()
            self._take(step)

    def _collect(self) -> float | None:
        """Makes ready what its time has come for; the seconds until the next one's, None when none waits for a time."""
        now = self._clock.now()
        timed = sorted(
            ((step.due, number) for number, step in enumerate(self._waiting) if step.due is not None),
        )
        due = [self._waiting[number] for at, number in timed if at <= now]
        self._drop(due)
        self._ready.extend(due)
        if due:
            return 0
        return (timed[0][0] - now).total_seconds() if timed else None

    def _take_all(self, steps: list[Step]) -> None:
        for step in steps:
            self._take(step)

    def _take(self, step: Step) -> None:
        entry: dict[str, Any] = {"at": api_datetime(self._clock.now()), "org": step.org, "by": step.by, "do": step.do}
        entry |= {"note": step.note, "when": step.when}
        try:
            entry["done"] = act(self._orgs[step.org][0], step, self._person(step))
        except (CannotAct, ScriptError) as problem:
            entry["problem"] = str(problem)
        except Exception as problem:
            # A step that breaks must break nobody else's call or deployment; the log and the process's log tell.
            _log.exception("a step of the script broke: %s", step)
            entry["problem"] = f"{type(problem).__name__}: {problem}"
        with self._changed:
            self.log.append(entry)
            self._changed.notify_all()

    def _is(self, step: Step, user_id: str) -> bool:
        """Whether a step is this user's; one of somebody who is not there (any more) is nobody's."""
        org, handles = self._orgs[step.org]
        found = org.users.by_username(handles.get(step.by, step.by))
        return found is not None and found.id == user_id

    def _person(self, step: Step) -> User:
        if step.org not in self._orgs:
            raise ScriptError(f"There is no org {step.org}. There are {', '.join(self._orgs)}.")
        org, handles = self._orgs[step.org]
        found = org.users.by_username(handles.get(step.by, step.by))
        if found is None:
            raise ScriptError(f"There is no user {step.by} in {step.org}.")
        return found
