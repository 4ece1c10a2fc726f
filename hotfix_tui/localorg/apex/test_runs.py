"""Runs of Apex tests: queued, followed by the org's clock, and their results as rows.

Sources: object reference, AsyncApexJob (TestRequest), ApexTestRunResult, ApexTestQueueItem, ApexTestResult and
ApexTestResultLimits; forcedotcom/salesforcedx-apex (asyncTests, syncTests) and CumulusCI (tasks/apex/testrunner)
for what clients read. The outcome of each method is planted (`apex.planted`). One method after the other takes as
long as a test of a deployment (`org.deploys.pace`); a run goes on when somebody looks, so that nothing depends on
threads.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.apex import coverage
from hotfix_tui.localorg.apex.planted import PlantedOutcomes
from hotfix_tui.localorg.apex.selection import Selection
from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.metadata.support import new_id

if TYPE_CHECKING:
    from hotfix_tui.localorg.metadata.component import Component
    from hotfix_tui.localorg.org import LocalOrg

TIME_OF_A_TEST = 20
"""Milliseconds each test method is said to have taken, as in a deployment's result."""
_TABLE = "CREATE TABLE IF NOT EXISTS _test_run (job_id TEXT PRIMARY KEY, plan TEXT NOT NULL)"
# What is brought up to date before it is read.
FOLLOWED = (
    "AsyncApexJob",
    "ApexTestRunResult",
    "ApexTestQueueItem",
    "ApexTestResult",
    "ApexTestResultLimits",
    "ApexCodeCoverage",
    "ApexCodeCoverageAggregate",
    "ApexOrgWideCoverage",
)
_NOTHING_USED = dict.fromkeys(
    ("Soql", "QueryRows", "Sosl", "Dml", "DmlRows", "Cpu", "Callouts", "Email", "AsyncCalls", "MobilePush"), 0
)


@dataclass
class _Plan:
    """A run that is not done. `methods`: class id, class name, method, failure (None: it passes), in order."""

    run_id: str
    started: str
    pace: float
    skip_coverage: bool
    max_failed: int
    user_id: str
    methods: list[tuple[str, str, str, str | None]]
    items: dict[str, str]
    done: int = 0
    failed: int = 0
    aborted: list[str] = field(default_factory=list)

    def due(self, now: datetime) -> int:
        """How many methods have run by now."""
        if self.pace <= 0:
            return len(self.methods)
        passed = (now - parse_datetime(self.started)).total_seconds()
        return max(self.done, min(len(self.methods), int(passed / self.pace)))


class TestRuns:
    """The test runs of one org."""

    __test__ = False

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        org.store.execute(_TABLE)
        self._live = bool(org.store.value("SELECT 1 FROM _test_run LIMIT 1"))
        coverage.begin(org)
        for name in FOLLOWED:
            org.queries.before[name.lower()] = lambda query: self.settle()

    # Starting

    def start(self, chosen: Selection, user_id: str) -> str:
        """Queues a run; returns the AsyncApexJob's id, 18 characters."""
        org, now = self._org, self._now()
        planted = PlantedOutcomes(org)
        job_id, run_id = new_id(org, "707"), new_id(org, "05m")
        items = {found.id: new_id(org, "709") for found, _ in chosen.classes}
        plan = _Plan(
            run_id=run_id,
            started=now,
            pace=org.deploys.pace,
            skip_coverage=chosen.skip_coverage,
            max_failed=chosen.max_failed,
            user_id=user_id,
            methods=[
                (found.id, found.full_name, method, planted.failure(found.full_name, method))
                for found, method in chosen.methods
            ],
            items=items,
        )
        with org.store.transaction():
            self._insert_job(job_id, user_id, len(items), now)
            self._insert_run(plan, job_id, all_tests=chosen.level != "RunSpecifiedTests")
            for class_id, item_id in items.items():
                self._insert_item(item_id, class_id, job_id, plan)
            org.store.execute("INSERT INTO _test_run VALUES (?, ?)", (job_id, json.dumps(vars(plan))))
            self._live = True
        return job_id

    def _now(self) -> str:
        return api_datetime(self._org.clock.now())

    def _insert_job(self, job_id: str, user_id: str, classes: int, at: str) -> None:
        row = {
            "Id": job_id,
            "CreatedDate": at,
            "CreatedById": user_id,
            "JobType": "TestRequest",
            "Status": "Queued",
            "JobItemsProcessed": 0,
            "TotalJobItems": classes,
            "NumberOfErrors": 0,
        }
        self._org.store.insert_row("AsyncApexJob", row)

    def _insert_run(self, plan: _Plan, job_id: str, *, all_tests: bool) -> None:
        row = {
            "Id": plan.run_id,
            "AsyncApexJobId": job_id,
            "UserId": plan.user_id,
            "IsAllTests": all_tests,
            "Source": "Tooling API",
            "StartTime": plan.started,
            "Status": "Queued",
            "ClassesEnqueued": len(plan.items),
            "ClassesCompleted": 0,
            "MethodsEnqueued": len(plan.methods),
            "MethodsCompleted": 0,
            "MethodsFailed": 0,
            "TestSetupTime": 0,
            **self._audit(plan, plan.started),
        }
        self._org.store.insert_row("ApexTestRunResult", row)

    def _audit(self, plan: _Plan, at: str) -> dict[str, Any]:
        by = plan.user_id
        created = {"CreatedDate": at, "CreatedById": by, "LastModifiedDate": at, "LastModifiedById": by}
        return {**created, "SystemModstamp": at, "IsDeleted": False}

    def _insert_item(self, item_id: str, class_id: str, job_id: str, plan: _Plan) -> None:
        row = {
            "Id": item_id,
            "CreatedDate": plan.started,
            "CreatedById": plan.user_id,
            "SystemModstamp": plan.started,
            "ApexClassId": class_id,
            "Status": "Queued",
            "ParentJobId": job_id,
            "TestRunResultId": plan.run_id,
            "ShouldSkipCodeCoverage": plan.skip_coverage,
        }
        self._org.store.insert_row("ApexTestQueueItem", row)

    # Going on

    def settle(self) -> None:
        """Brings the rows of all unfinished runs to where they are by now."""
        if not self._live:
            return
        with self._org.store.transaction():
            rows = self._org.store.rows("SELECT job_id, plan FROM _test_run ORDER BY job_id")
            left = 0
            for job_id, text in rows:
                plan = _Plan(**json.loads(text))
                left += not self._go_on(str(job_id), plan)
            self._live = left > 0

    def _go_on(self, job_id: str, plan: _Plan) -> bool:
        """Runs the methods that are due; whether the run is over then."""
        for index in range(plan.done, plan.due(self._org.clock.now())):
            self._run(job_id, plan, index)
            plan.done = index + 1
        if plan.done < len(plan.methods):
            self._show_progress(job_id, plan)
            text = json.dumps(vars(plan))
            self._org.store.execute("UPDATE _test_run SET plan = ? WHERE job_id = ?", (text, job_id))
            return False
        self._end(job_id, plan)
        return True

    def _run(self, job_id: str, plan: _Plan, index: int) -> None:
        class_id, name, method, failure = plan.methods[index]
        skipped = 0 <= plan.max_failed < plan.failed
        outcome = "Skip" if skipped else "Fail" if failure is not None else "Pass"
        plan.failed += outcome == "Fail"
        at = self._at(plan, index)
        store, result_id = self._org.store, new_id(self._org, "07M")
        store.insert_row(
            "ApexTestResult",
            {
                "Id": result_id,
                "SystemModstamp": at,
                "TestTimestamp": at,
                "Outcome": outcome,
                "ApexClassId": class_id,
                "MethodName": method,
                "Message": failure if outcome == "Fail" else None,
                "StackTrace": stack_trace(name, method) if outcome == "Fail" else None,
                "AsyncApexJobId": job_id,
                "QueueItemId": plan.items[class_id],
                "ApexTestRunResultId": plan.run_id,
                "RunTime": 0 if skipped else TIME_OF_A_TEST,
                "IsTestSetup": False,
            },
        )
        limits = {"Id": new_id(self._org, "05n"), "ApexTestResultId": result_id, "LimitContext": "ASYNC"}
        store.insert_row("ApexTestResultLimits", {**limits, **_NOTHING_USED, **self._audit(plan, at)})

    def _at(self, plan: _Plan, index: int) -> str:
        return api_datetime(parse_datetime(plan.started) + timedelta(seconds=index * plan.pace))

    def _show_progress(self, job_id: str, plan: _Plan) -> None:
        states = self._item_states(plan)
        completed = sum(state == "Completed" for state in states.values())
        for item_id, state in states.items():
            self._set_item(item_id, state, plan)
        values = {"Status": "Processing", "ClassesCompleted": completed, **self._counts(plan)}
        self._org.store.update_row("ApexTestRunResult", plan.run_id, values)
        self._org.store.update_row("AsyncApexJob", job_id, {"Status": "Processing", "JobItemsProcessed": completed})

    def _item_states(self, plan: _Plan) -> dict[str, str]:
        """Status of each queue item: the class at work is Processing, those after it are Queued."""
        states = dict.fromkeys(plan.items.values(), "Completed")
        for class_id, _, _, _ in plan.methods[plan.done :]:
            later = class_id != plan.methods[plan.done][0]
            states[plan.items[class_id]] = "Queued" if later else "Processing"
        return {**states, **dict.fromkeys(plan.aborted, "Aborted")}

    def _counts(self, plan: _Plan) -> dict[str, Any]:
        return {"MethodsCompleted": plan.done, "MethodsFailed": plan.failed, "TestTime": plan.done * TIME_OF_A_TEST}

    def _set_item(self, item_id: str, state: str, plan: _Plan) -> None:
        extended = None
        if state == "Completed":
            passed, all_of_them = self._org.store.row(
                "SELECT SUM(Outcome = 'Pass'), COUNT(*) FROM ApexTestResult WHERE QueueItemId = ?", (item_id,)
            ) or (0, 0)
            extended = f"({passed or 0}/{all_of_them})"
        values = {"Status": state, "ExtendedStatus": extended, "SystemModstamp": self._now()}
        self._org.store.update_row("ApexTestQueueItem", item_id, values)

    def _end(self, job_id: str, plan: _Plan) -> None:
        store, at = self._org.store, self._at(plan, plan.done)
        states = self._item_states(plan)
        for item_id, state in states.items():
            self._set_item(item_id, state, plan)
        completed = sum(state == "Completed" for state in states.values())
        status = "Aborted" if plan.aborted else "Failed" if plan.failed else "Completed"
        values = {"Status": status, "EndTime": at, "ClassesCompleted": completed, **self._counts(plan)}
        store.update_row("ApexTestRunResult", plan.run_id, values)
        job = {
            "Status": "Aborted" if plan.aborted else "Completed",
            "JobItemsProcessed": completed,
            "NumberOfErrors": plan.failed,
            "CompletedDate": at,
        }
        store.update_row("AsyncApexJob", job_id, job)
        store.execute("DELETE FROM _test_run WHERE job_id = ?", (job_id,))
        if not plan.aborted and not plan.skip_coverage:
            coverage.record(self._org, self._ran(plan))

    def _ran(self, plan: _Plan) -> list[tuple[Component, str]]:
        found = {class_id: self._org.components.by_id(class_id) for class_id in plan.items}
        return [(known, method) for class_id, _, method, _ in plan.methods if (known := found[class_id]) is not None]

    # Stopping

    def abort(self, item_id: str) -> bool:
        """Aborts a class of a run by its queue item: its methods that have not run do not run. False: it is over."""
        self.settle()
        store = self._org.store
        with store.transaction():
            found = store.row("SELECT ParentJobId, ApexClassId, Status FROM ApexTestQueueItem WHERE Id = ?", (item_id,))
            text = store.value("SELECT plan FROM _test_run WHERE job_id = ?", (found[0],)) if found else None
            if found is None or text is None or found[2] not in ("Holding", "Queued", "Preparing", "Processing"):
                return False
            plan = _Plan(**json.loads(text))
            left = [method for method in plan.methods[plan.done :] if method[0] != found[1]]
            plan.methods = plan.methods[: plan.done] + left
            plan.aborted.append(item_id)
            store.update_row("ApexTestQueueItem", item_id, {"Status": "Aborted"})
            store.execute("UPDATE _test_run SET plan = ? WHERE job_id = ?", (json.dumps(vars(plan)), found[0]))
            self._go_on(str(found[0]), plan)
        return True

    # Synchronously

    def run_now(self, chosen: Selection) -> dict[str, Any]:
        """Runs the tests within the request: a RunTestsSyncResult. Its coverage is kept as an asynchronous run's."""
        planted = PlantedOutcomes(self._org)
        successes: list[dict[str, Any]] = []
        failures: list[dict[str, Any]] = []
        ran: list[tuple[Component, str]] = []
        for found, method in chosen.methods:
            if 0 <= chosen.max_failed < len(failures):
                break
            ran.append((found, method))
            one: dict[str, Any] = {"id": found.id, "methodName": method, "name": found.full_name, "namespace": None}
            one |= {"seeAllData": False, "time": float(TIME_OF_A_TEST)}
            message = planted.failure(found.full_name, method)
            if message is None:
                successes.append(one)
            else:
                trace = stack_trace(found.full_name, method)
                more = {"message": message, "packageName": found.full_name, "stackTrace": trace, "type": "Class"}
                failures.append({**one, **more})
        if not chosen.skip_coverage:
            coverage.record(self._org, ran)
        return {
            "apexLogId": None,
            "codeCoverage": [],
            "codeCoverageWarnings": [],
            "failures": failures,
            "flowCoverage": [],
            "flowCoverageWarnings": [],
            "numFailures": len(failures),
            "numTestsRun": len(ran),
            "successes": successes,
            "totalTime": float(TIME_OF_A_TEST * len(ran)),
        }


def stack_trace(class_name: str, method: str) -> str:
    """Where a planted failure is said to have happened."""
    return f"Class.{class_name}.{method}: line 1, column 1"
