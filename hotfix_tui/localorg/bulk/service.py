"""The Bulk APIs of one org: jobs, who may see them, and who works on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotfix_tui.localorg.bulk.job import INGESTS, Batch, Job, JobRefused, JobType
from hotfix_tui.localorg.bulk.keeping import Keeping
from hotfix_tui.localorg.bulk.work import BATCHES, BulkWork
from hotfix_tui.localorg.rest.limits import bulk_limit
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.users import User

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

QUERY_JOBS = "DailyBulkV2QueryJobs"
_HARD_DELETE = "hardDelete operation requires special user profile permission, please contact your system administrator"


class Bulk:
    """Jobs of both APIs. `keeping` has them, `work` processes them."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self.keeping = Keeping(org)
        self.work = BulkWork(org, self.keeping)

    def close(self) -> None:
        """Lets the org be closed: ends what is being worked on after the present chunk."""
        self.work.close()

    def used(self, limit: str) -> int:
        """How much of a daily limit of /limits is used."""
        return self.keeping.used(limit)

    # Jobs

    def new_job(self, user: User, type: JobType, operation: str, object: str, version: str, **more: str) -> Job:
        """A job, open. Raises JobRefused for an object, an external id or an operation that cannot be."""
        owner = self._owner(object)
        if operation in INGESTS:
            more["external_id"] = self._key(owner, operation, more.get("external_id", ""))
        if operation == "hardDelete" and not self.permitted(user, "BulkApiHardDelete"):
            raise JobRefused("FeatureNotEnabled", _HARD_DELETE)
        now = self.keeping.now()
        job = Job(
            self.keeping.new_id("750"),
            type,
            operation,
            owner.name,
            user.id,
            now,
            now,
            "Open",
            version,
            **more,  # type: ignore[arg-type]
        )
        self.keeping.add(job)
        return job

    def _owner(self, name: str) -> SObject:
        owner = self._org.seen.object(name)
        if owner is None or owner.api == "tooling":
            raise JobRefused("InvalidJob", f"Unable to find object: {name}")
        return owner

    def _key(self, owner: SObject, operation: str, key: str) -> str:
        if operation != "upsert":
            if key:
                raise JobRefused("InvalidJob", f"An External ID may only be specified for upsert, not for {operation}")
            return ""
        if not key:
            text = f"External ID was blank for {owner.name}. An External ID must be specified for upsert."
            raise JobRefused("InvalidJob", text)
        field = owner.field(key)
        if field is None or not (field.external_id or field.id_lookup):
            raise JobRefused("InvalidJob", f"Field name provided, {key} does not match an External ID for {owner.name}")
        return field.name

    def job(self, user: User, job_id: str) -> Job | None:
        """A job this user may see: his own, or any with View All Data or Modify All Data. Raises JobRefused."""
        found = self.keeping.job(job_id)
        if found is not None and found.created_by != user.id and not self.sees_all(user):
            raise JobRefused("InvalidUser", f"The job {job_id} was created by another user")
        return found

    def jobs(self, user: User) -> list[Job]:
        """The jobs this user may see, newest first."""
        everything = self.sees_all(user)
        return [job for job in self.keeping.jobs() if everything or job.created_by == user.id]

    def sees_all(self, user: User) -> bool:
        """Whether a user sees what others have loaded."""
        return self.permitted(user, "ViewAllData") or self.permitted(user, "ModifyAllData")

    def check_owner(self, user: User, job: Job) -> None:
        """Others' jobs are changed with Modify All Data only. Raises JobRefused."""
        if job.created_by != user.id and not self.permitted(user, "ModifyAllData"):
            raise JobRefused("InvalidUser", f"The job {job.id} was created by another user")

    def permitted(self, user: User, permission: str) -> bool:
        """Whether the user's profile or a permission set grants a user permission."""
        return self._org.people.rights(user.id).has(permission)

    # What clients do with them

    def add_batch(self, job: Job) -> Batch:
        """A batch for a job; counts against the daily limit for Bulk 1.0. Raises JobRefused when it is used up."""
        if job.type == "Classic":
            self.check_limit(BATCHES)
            self.keeping.use(BATCHES)
        return self.keeping.add_batch(job)

    def check_limit(self, limit: str) -> None:
        """Raises JobRefused when a daily limit is used up."""
        if self.used(limit) >= bulk_limit(limit):
            kind = "ApiBatchItems" if limit == BATCHES else "BulkV2QueryJobs"
            raise JobRefused("ExceededQuota", f"{kind} Limit exceeded.")

    def set_state(self, job: Job, state: str) -> None:
        """Writes a job's state down."""
        with self.keeping.lock:
            job.state = state
            self.keeping.save(job)

    def abort(self, job: Job) -> None:
        """Ends a job; what was saved stays."""
        self.set_state(job, "Aborted")
        self.work.abort(job)
