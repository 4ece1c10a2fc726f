"""Scheduled and queued Apex: the jobs an org has, and which of them hold a class.

Jobs are planted (`org.jobs`, the control endpoint, scenario files): nothing here schedules or runs Apex. A class
with a job that waits or runs cannot be deployed ("This schedulable class has jobs pending or in progress") unless
the org's Deployment Settings allow it: DeploymentSettings.doesSkipAsyncApexValidation in the Metadata WSDL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

WAITING_TRIGGERS = ("WAITING", "ACQUIRED", "EXECUTING", "PAUSED", "BLOCKED", "PAUSED_BLOCKED")
UNFINISHED_JOBS = ("Holding", "Queued", "Preparing", "Processing")
JOB_TYPES = ("BatchApex", "Queueable", "ScheduledApex", "Future")
# CronJobDetail.JobType of a scheduled Apex class (object reference, CronJobDetail: 7 is Scheduled Apex).
_SCHEDULED_APEX = "7"


class UnknownClass(ValueError):
    """A job was planted for a class the org does not have."""


@dataclass(frozen=True)
class Job:
    """A job that holds a class. `kind` is ScheduledApex, BatchApex, Queueable or Future; `id` that of its row."""

    id: str
    kind: str
    class_name: str
    state: str
    name: str = ""


class Jobs:
    """The Apex jobs of one org: rows of CronTrigger, CronJobDetail and AsyncApexJob."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    # Planting

    def schedule(
        self, class_name: str, name: str = "", cron: str = "0 0 3 * * ?", *, state: str = "WAITING", user_id: str = ""
    ) -> str:
        """Plants a scheduled job of a class, as System.schedule makes it; returns the CronTrigger's id.

        `name` defaults to the class's. Raises UnknownClass, or ValueError for an unknown state.
        """
        if state not in (*WAITING_TRIGGERS, "COMPLETE", "ERROR", "DELETED"):
            raise ValueError(f"{state} is no state of a scheduled job")
        class_id, at = self._class_id(class_name), self._now()
        by = user_id or self._org.system_user_id
        insert = self._org.records.raw_insert
        with self._org.store.transaction():
            detail = insert("CronJobDetail", {"Name": name or class_name, "JobType": _SCHEDULED_APEX})
            trigger = insert(
                "CronTrigger",
                {
                    "CronJobDetailId": detail,
                    "CronExpression": cron,
                    "State": state,
                    "StartTime": at,
                    "NextFireTime": at if state in WAITING_TRIGGERS else None,
                    "TimesTriggered": 0,
                    "TimeZoneSidKey": "UTC",
                    "OwnerId": by,
                    "CreatedById": by,
                },
            )
            waiting = state in WAITING_TRIGGERS
            self._async_job(
                class_id, "ScheduledApex", "Queued" if waiting else "Completed", by, {"CronTriggerId": trigger}
            )
        return trigger

    def enqueue(
        self,
        class_name: str,
        kind: str = "BatchApex",
        status: str = "Queued",
        *,
        items: tuple[int, int] = (0, 0),
        method: str = "",
        user_id: str = "",
    ) -> str:
        """Plants a batch, queueable or future job; returns the AsyncApexJob's id. `items` is (processed, in all).

        Raises UnknownClass, or ValueError for an unknown kind or status.
        """
        if kind not in JOB_TYPES or kind == "ScheduledApex":
            raise ValueError(f"{kind} is no kind of queued job")
        if status not in (*UNFINISHED_JOBS, "Completed", "Failed", "Aborted"):
            raise ValueError(f"{status} is no status of an Apex job")
        more = {"JobItemsProcessed": items[0], "TotalJobItems": items[1], "MethodName": method or None}
        by = user_id or self._org.system_user_id
        return self._async_job(self._class_id(class_name), kind, status, by, more)

    def pause_flow(self, flow: str, version: int, label: str = "", *, user_id: str = "") -> str:
        """Plants a paused interview of a flow version; returns the FlowInterview's id. Raises ValueError."""
        found = next((item for item in self._org.components.flows.versions(flow) if item.number == version), None)
        if found is None:
            raise ValueError(f"there is no flow {flow}-{version}")
        by = user_id or self._org.system_user_id
        row = {
            "Name": label or found.name,
            "InterviewLabel": label or f"{found.name} {self._now()[:16]}",
            "InterviewStatus": "Paused",
            "FlowVersionViewId": found.id,
            "CreatedById": by,
            "OwnerId": by,
        }
        return self._org.records.raw_insert("FlowInterview", row)

    def subscribe(self, name: str, topic: str, kind: str = "ApexTrigger", status: str = "Running") -> str:
        """Plants a subscriber of a platform event or change event; returns the EventBusSubscriber's id."""
        row = {"Name": name, "Type": kind, "Topic": topic, "Status": status, "Position": -1, "Tip": -1, "Retries": 0}
        return self._org.records.raw_insert("EventBusSubscriber", row)

    def finish(self, job_id: str, status: str = "Completed") -> None:
        """Ends a job (a CronTrigger, an AsyncApexJob or a FlowInterview) by its id. Raises KeyError."""
        full = to_18(job_id) or job_id
        store = self._org.store
        if full.startswith("08e"):
            gone = store.execute("DELETE FROM CronTrigger WHERE Id = ?", (full,))
            store.execute("UPDATE AsyncApexJob SET Status = 'Aborted' WHERE CronTriggerId = ?", (full,))
        elif full.startswith("707"):
            gone = store.update_row("AsyncApexJob", full, {"Status": status, "CompletedDate": self._now()})
        else:
            gone = store.execute("DELETE FROM FlowInterview WHERE Id = ?", (full,))
        if not gone:
            raise KeyError(job_id)

    def _class_id(self, name: str) -> str:
        found = self._org.components.id_of("ApexClass", name)
        if not found:
            raise UnknownClass(f"there is no Apex class {name}")
        return found

    def _now(self) -> str:
        return api_datetime(self._org.clock.now())

    def _async_job(self, class_id: str, kind: str, status: str, user_id: str, more: Mapping[str, Any]) -> str:
        row = {
            "ApexClassId": class_id,
            "JobType": kind,
            "Status": status,
            "JobItemsProcessed": 0,
            "TotalJobItems": 0,
            "NumberOfErrors": 0,
            "CreatedById": user_id,
            "CompletedDate": None if status in UNFINISHED_JOBS else self._now(),
            **more,
        }
        return self._org.records.raw_insert("AsyncApexJob", row)

    # What others ask

    def holding(self, class_name: str) -> list[Job]:
        """The jobs that wait for or run a class (its name in any case): what keeps it from being deployed."""
        rows = self._org.store.rows(
            "SELECT j.Id, j.JobType, c.Name, j.Status, d.Name, t.Id, t.State FROM AsyncApexJob j"
            " JOIN ApexClass c ON c.Id = j.ApexClassId"
            " LEFT JOIN CronTrigger t ON t.Id = j.CronTriggerId LEFT JOIN CronJobDetail d ON d.Id = t.CronJobDetailId"
            " WHERE c.Name = ? COLLATE SF ORDER BY j.Id",
            (class_name,),
        )
        return [
            Job(str(trigger or job), str(kind), str(name), str(state or status), str(label or ""))
            for job, kind, name, status, label, trigger, state in rows
            if status in UNFINISHED_JOBS and kind in JOB_TYPES
        ]

    def deploys_of_held_classes_allowed(self) -> bool:
        """Whether the Deployment Settings let classes with pending jobs be deployed (off in a new org)."""
        found = self._org.components.get("Settings", "Deployment")
        return found is not None and xml.text(xml.parse(found.xml), "doesSkipAsyncApexValidation") == "true"

    def paused(self, flow_version_id: str) -> list[str]:
        """The ids of the paused interviews of a flow version: what keeps it from being deleted."""
        rows = self._org.store.rows(
            "SELECT Id FROM FlowInterview WHERE FlowVersionViewId = ? AND InterviewStatus = 'Paused' ORDER BY Id",
            (flow_version_id,),
        )
        return [str(row[0]) for row in rows]
