"""The deploy queue: one deployment at a time, others wait as Pending; kept over restarts."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from hotfix_tui.localorg.clock import parse_datetime
from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.engine import DeployRun, Steps, Stopped
from hotfix_tui.localorg.metadata.envelope import SoapFault
from hotfix_tui.localorg.metadata.job import FINALIZING, DeployJob, load
from hotfix_tui.localorg.metadata.locks import holds
from hotfix_tui.localorg.metadata.options import DeployOptions
from hotfix_tui.localorg.metadata.support import new_id, production_rules, timestamp, user_name

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

DEFAULT_PACE = 0.02
VALIDATION_LASTS = timedelta(days=10)
_FINALIZING_IS_FINAL = 65
_DISTURBED = (
    "An unexpected error occurred. Please include this ErrorId if you contact support: 1094527364-21183 (-1470519482)"
)
_TABLE = """
CREATE TABLE IF NOT EXISTS _deploy (
    id TEXT PRIMARY KEY, seq INTEGER NOT NULL, status TEXT NOT NULL, job TEXT NOT NULL, zip BLOB NOT NULL,
    voided INTEGER NOT NULL DEFAULT 0
)"""


class DeployQueue:
    """The deployments of one org.

    `pace`: seconds each component and each test takes; 0 is as fast as possible. Deployments run one after the other
    in a thread of their own, which `start` begins (serving the org does). A deployment that was running when the
    process ended is run again from its beginning: nothing of it had been applied, because applying is one transaction.
    """

    def __init__(self, org: LocalOrg, pace: float = DEFAULT_PACE) -> None:
        self._org = org
        self._store = org.store
        self._store.execute(_TABLE)
        self.pace = pace
        self._condition = threading.Condition()
        self._live: dict[str, DeployJob] = {}
        self._canceling: set[str] = set()
        self._too_late: set[str] = set()
        self._running: DeployRun | None = None
        self._closing = False
        self._thread: threading.Thread | None = None
        self.on_change: list[Callable[[DeployJob], None]] = [org.components.setup_rows.deploy_changed]
        self.on_step: list[Callable[[DeployJob], None]] = []
        org.faults.on_change.append(self._wake)

    # What clients ask

    def enqueue(self, content: bytes, options: DeployOptions, user_id: str) -> DeployJob:
        """Takes a deployment into the queue. Raises SoapFault for options that production refuses."""
        if production_rules(self._org):
            _check_production(options)
        return self._add(content, options, user_id)

    def quick_deploy(self, validation_id: str, user_id: str) -> DeployJob:
        """Deploys what a recent validation checked, without running tests again; a job of its own.

        Raises SoapFault when the validation does not exist, did not pass, ran no tests, is older than ten days by the
        org's clock, or another deployment was made since.
        """
        row = self._store.row("SELECT id, zip, voided FROM _deploy WHERE substr(id, 1, 15) = ?", (validation_id[:15],))
        validation = self.job(validation_id)
        if row is None or validation is None:
            raise SoapFault("INVALID_CROSS_REFERENCE_KEY", f"no deployment with id {validation_id}")
        problem = self._not_quick(validation, voided=bool(row[2]))
        if problem:
            raise SoapFault("INVALID_ID_FIELD", f"Cannot quick deploy {validation.id}: {problem}")
        options = DeployOptions(**{**validation.options.stored(), "check_only": False})
        return self._add(bytes(row[1]), options, user_id, validated=validation)

    def _not_quick(self, validation: DeployJob, *, voided: bool) -> str:
        if not validation.options.check_only or not validation.success:
            return "it is not a successful validation."
        if validation.test_level in ("", "NoTestRun"):
            return "no Apex tests were run when it was validated."
        if voided:
            return "another deployment was made after it was validated."
        age = self._org.clock.now() - parse_datetime(validation.completed_at)
        return "it was validated more than ten days ago." if age > VALIDATION_LASTS else ""

    def _add(
        self, content: bytes, options: DeployOptions, user_id: str, validated: DeployJob | None = None
    ) -> DeployJob:
        at = timestamp(self._org)
        job = DeployJob(
            id=new_id(self._org, "0Af"),
            options=options,
            created_by=user_id,
            created_at=at,
            modified_at=at,
            created_by_name=user_name(self._org, user_id),
            validated_id=validated.id if validated else "",
        )
        with self._condition:
            number = self._store.next_number("deploy")
            self._store.execute(
                "INSERT INTO _deploy (id, seq, status, job, zip) VALUES (?, ?, ?, ?, ?)",
                (job.id, number, job.status, job.dump(), content),
            )
            self._live[job.id] = job
            self._tell(job)
        self.start()
        return job

    def job(self, deploy_id: str) -> DeployJob | None:
        """A deployment by its 15- or 18-character id, as far as it is now."""
        for live in list(self._live.values()):
            if live.id[:15] == deploy_id[:15]:
                return live
        text = self._store.value("SELECT job FROM _deploy WHERE substr(id, 1, 15) = ?", (deploy_id[:15],))
        return load(str(text)) if text is not None else None

    def jobs(self) -> list[DeployJob]:
        """Every deployment, oldest first."""
        rows = self._store.rows("SELECT id, job FROM _deploy ORDER BY seq")
        return [self._live.get(str(row[0])) or load(str(row[1])) for row in rows]

    @property
    def running(self) -> bool:
        """Whether a deployment is at work: the org's administration is locked meanwhile."""
        found = self._store.value(
            "SELECT 1 FROM _deploy WHERE status IN ('InProgress', 'Canceling', 'Finalizing') LIMIT 1"
        )
        return found is not None

    def cancel(self, deploy_id: str, user_id: str, version: float = 67.0) -> DeployJob:
        """Cancels what has not been applied yet: Pending at once, running at its next component.

        While it is being finalized, API 65 and later refuse; before, the org says yes and ends it as Canceled, with
        everything deployed. Raises SoapFault then, and when there is no such deployment or it is done.
        """
        with self._condition:
            job = self.job(deploy_id)
            if job is None:
                raise SoapFault("INVALID_CROSS_REFERENCE_KEY", f"no deployment with id {deploy_id}")
            finalizing = job.status == FINALIZING
            if job.done or (finalizing and version >= _FINALIZING_IS_FINAL):
                raise SoapFault("INVALID_ID_FIELD", f"Deployment {job.id} is {job.status} and cannot be canceled")
            job.canceled_by, job.canceled_by_name = user_id, user_name(self._org, user_id)
            if job.status == "Pending":
                self._end(job, "Canceled")
            elif finalizing:
                self._too_late.add(job.id)
            else:
                job.status = "Canceling"
                self._canceling.add(job.id)
            self._condition.notify_all()
        return job

    # The thread

    def start(self) -> None:
        """Begins to work through the queue, what an earlier process left included. More calls change nothing."""
        with self._condition:
            if self._thread is None or not self._thread.is_alive():
                self._closing = False
                self._thread = threading.Thread(target=self._work, name=f"deploys {self._org.name}", daemon=True)
                self._thread.start()
            self._condition.notify_all()

    def close(self) -> None:
        """Stops after the component in hand; what is unfinished goes on at the next start."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=10)

    def wait_idle(self, seconds: float = 30.0) -> bool:
        """Waits until no deployment is pending or running; False when that took longer than `seconds`."""
        with self._condition:
            return self._condition.wait_for(lambda: self._next_id() is None and not self._live, timeout=seconds)

    def _next_id(self) -> str | None:
        """What runs goes on; among those that wait, whichever: Salesforce promises no order, so none is kept here."""
        rows = self._store.rows(
            "SELECT id, status FROM _deploy WHERE status IN ('Pending', 'InProgress', 'Canceling', 'Finalizing')"
        )
        ordered = sorted((status == "Pending", crc32(str(found).encode()), str(found)) for found, status in rows)
        return ordered[0][2] if ordered else None

    def _work(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._closing or self._next_id() is not None)
                if self._closing:
                    return
                deploy_id = self._next_id()
            if deploy_id is not None:
                self._run(deploy_id)

    def _run(self, deploy_id: str) -> None:
        row = self._store.row("SELECT job, zip FROM _deploy WHERE id = ?", (deploy_id,))
        if row is None:
            return
        stored = load(str(row[0]))
        with self._condition:
            if stored.done:
                return
            job = self._live.setdefault(deploy_id, _fresh(stored))
            if job.status == "Canceling":
                self._end(job, "Canceled")
                return
            job.status, job.started_at = "InProgress", timestamp(self._org)
            self._keep(job)
        try:
            self._running = DeployRun(
                self._org, job, bytes(row[1]), Steps(lambda: self._step(job), lambda: self._finalize(job))
            )
            status = self._running.run()
            self._running = None  # nothing is locked any more when somebody can see that it is done
            self._finish(job, status)
        except Stopped:
            self._running = None
            with self._condition:
                if job.id in self._canceling:
                    self._end(job, "Canceled")
        except Exception as problem:
            # Whatever goes wrong inside must not stop the queue; the org says what a real one says then.
            self._running = None
            self._org.schema.reload()
            job.error_code = "UNKNOWN_EXCEPTION"
            job.error_message = f"An unexpected error occurred ({type(problem).__name__}: {problem})"
            self._finish(job, "Failed")
        finally:
            self._running = None

    def locked(self, component: ComponentId) -> bool:
        """Whether the running deployment holds the component: Setup, Tooling and CRUD calls cannot change it."""
        running = self._running
        return running is not None and holds(running.package, component)

    def _step(self, job: DeployJob) -> None:
        self._disorder(job)
        with self._condition:
            if self.pace:
                self._condition.wait_for(
                    lambda: self._closing or job.id in self._canceling or not self.pace, timeout=self.pace
                )
            if self._closing or job.id in self._canceling:
                raise Stopped
            job.modified_at = timestamp(self._org)

    def _disorder(self, job: DeployJob) -> None:
        """What others do, and what goes wrong, when a deployment comes to this component or test."""
        for listener in self.on_step:
            listener(job)
        fault = self._org.faults.take_deploy(0 if job.at_test else job.at_component, job.at_test)
        job.disturbance = fault.body or _DISTURBED if fault is not None else ""
        if fault is None or fault.mode != "deploy_hang":
            return
        job.disturbance = ""
        with self._condition:
            self._condition.wait_for(
                lambda: self._closing or job.id in self._canceling or not self._org.faults.holds(fault)
            )

    def _wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _finalize(self, job: DeployJob) -> None:
        with self._condition:
            if job.id in self._canceling:
                raise Stopped
            job.status, job.state_detail = FINALIZING, ""
            job.modified_at = timestamp(self._org)
            if self.pace:
                self._condition.wait_for(lambda: self._closing or not self.pace, timeout=self.pace)
            if self._closing:
                raise Stopped

    def _finish(self, job: DeployJob, status: str) -> None:
        deployed = status in ("Succeeded", "SucceededPartial") and not job.options.check_only
        with self._condition:
            if deployed:
                self._void(job.id)
            self._end(job, "Canceled" if job.id in self._too_late else status)
            self._condition.notify_all()

    def void_validations(self) -> None:
        """Ends the quick deploy of everything validated so far, as installing a package does."""
        self._void("")

    def _void(self, but: str) -> None:
        self._store.execute("UPDATE _deploy SET voided = 1 WHERE id <> ?", (but,))

    def _end(self, job: DeployJob, status: str) -> None:
        job.status = status
        job.completed_at = job.modified_at = timestamp(self._org)
        self._keep(job)
        self._live.pop(job.id, None)
        self._canceling.discard(job.id)
        self._too_late.discard(job.id)
        self._condition.notify_all()

    def _keep(self, job: DeployJob) -> None:
        with self._store.transaction():
            self._store.execute("UPDATE _deploy SET status = ?, job = ? WHERE id = ?", (job.status, job.dump(), job.id))
            self._tell(job)

    def _tell(self, job: DeployJob) -> None:
        for listener in self.on_change:
            listener(job)


def _fresh(stored: DeployJob) -> DeployJob:
    """A job at its beginning: what an interrupted run had counted does not count."""
    return DeployJob(
        id=stored.id,
        options=stored.options,
        created_by=stored.created_by,
        created_at=stored.created_at,
        created_by_name=stored.created_by_name,
        modified_at=stored.modified_at,
        status=stored.status if stored.status == "Canceling" else "Pending",
        validated_id=stored.validated_id,
    )


def _check_production(options: DeployOptions) -> None:
    if not options.rollback_on_error:
        raise SoapFault("INVALID_OPERATION", "rollbackOnError must be set to true for deployments to production")
    if options.test_level == "NoTestRun":
        # Whatever is in the package: forcedotcom/cli issue 2105.
        raise SoapFault("INVALID_OPERATION", "testLevel of NoTestRun cannot be used in production organizations")
    for name, is_set in (
        ("allowMissingFiles", options.allow_missing_files),
        ("autoUpdatePackage", options.auto_update_package),
        ("purgeOnDelete", options.purge_on_delete),
    ):
        if is_set:
            raise SoapFault("INVALID_OPERATION", f"{name} cannot be used for deployments to production")
