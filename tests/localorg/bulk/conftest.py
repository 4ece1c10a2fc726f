"""A served library for the tests of one module, and a client of the Bulk APIs that knows nothing but HTTP."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.server import serve
from tests.localorg.own_org import LIBRARY, NOW, Api

Rows = list[dict[str, str]]
_RUNNING = ("UploadComplete", "InProgress")


@dataclass
class Loader:
    """Loads and queries by Bulk API 2.0."""

    api: Api

    @property
    def org(self) -> LocalOrg:
        """The org behind it."""
        return self.api.org

    def names(self, object: str = "Shelf__c") -> list[str]:
        """The names of all rows of an object, in order."""
        return [row["Name"] for row in self.api.query(f"SELECT Name FROM {object} ORDER BY Name")]

    def job(self, object: str = "Shelf__c", operation: str = "insert", **more: str) -> dict[str, Any]:
        """A new ingest job."""
        answer = self.api.call("POST", "/jobs/ingest", {"object": object, "operation": operation, **more})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def upload(self, job_id: str, content: str | bytes) -> requests.Response:
        """Sends a job's data."""
        data = content.encode() if isinstance(content, str) else content
        headers = {"Content-Type": "text/csv"}
        return self.api.call("PUT", f"/jobs/ingest/{job_id}/batches", data=data, headers=headers)

    def state(self, job_id: str, state: str) -> requests.Response:
        """Closes or aborts a job."""
        return self.api.call("PATCH", f"/jobs/ingest/{job_id}", {"state": state})

    def load(self, content: str, object: str = "Shelf__c", operation: str = "insert", **more: str) -> dict[str, Any]:
        """Loads CSV to the end of the job."""
        job_id = str(self.job(object, operation, **more)["id"])
        assert self.upload(job_id, content).status_code == 201
        assert self.state(job_id, "UploadComplete").json()["state"] == "UploadComplete"
        return self.ended(job_id)

    def ended(self, job_id: str, kind: str = "ingest") -> dict[str, Any]:
        """A job, once it has ended."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            found: dict[str, Any] = self.api.call("GET", f"/jobs/{kind}/{job_id}").json()
            if found["state"] not in _RUNNING:
                return found
            time.sleep(0.005)
        raise AssertionError(f"job {job_id} does not end")

    def results(self, job: dict[str, Any], which: str) -> Rows:
        """The rows of a result file: successfulResults, failedResults or unprocessedrecords."""
        answer = self.api.call("GET", f"/jobs/ingest/{job['id']}/{which}")
        assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/csv")
        return rows_of(answer.text)

    def query(self, soql: str, **more: str) -> dict[str, Any]:
        """Runs a query job to its end."""
        answer = self.api.call("POST", "/jobs/query", {"operation": "query", "query": soql, **more})
        assert answer.status_code == 200, answer.text
        return self.ended(answer.json()["id"], "query")

    def found(self, soql: str, **more: str) -> str:
        """What a query job finds, as text."""
        return self.api.call("GET", f"/jobs/query/{self.query(soql, **more)['id']}/results").text


def rows_of(text: str) -> Rows:
    """The rows of CSV."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@contextmanager
def hard_delete_granted(org: LocalOrg) -> Iterator[None]:
    """Everybody has a permission set with Bulk API Hard Delete, for a while."""
    row = {"Name": "Purge", "Label": "Purge", "Type": "Regular", "PermissionsBulkApiHardDelete": True}
    purge = org.records.raw_insert("PermissionSet", row)
    for (user,) in org.store.rows("SELECT Id FROM User WHERE UserType = 'Standard'"):
        org.records.raw_insert(
            "PermissionSetAssignment", {"PermissionSetId": purge, "AssigneeId": user, "IsActive": True}
        )
    yield
    org.store.execute("DELETE FROM PermissionSetAssignment WHERE PermissionSetId = ?", (purge,))
    org.store.execute("DELETE FROM PermissionSet WHERE Id = ?", (purge,))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The library over HTTP, for all tests of a module."""
    org = LocalOrg.create(tmp_path_factory.mktemp("bulk") / "org", name="library", kind="production", clock=Clock(NOW))
    for kind, name, xml in LIBRARY:
        org.schema.apply_component(kind, name, xml)
    user = org.users.add_user("ann@library.example", "Ann Bee")
    with serve(org) as url:
        yield Api(url, org.users.token_for(user), org)
    org.close()


@pytest.fixture
def loader(served: Api) -> Iterator[Loader]:
    """A client, before an org without records and jobs."""
    yield Loader(served)
    served.org.bulk.work.pace = 0
    for job in served.org.bulk.keeping.jobs():
        if not job.ended:
            served.org.bulk.abort(job)
        served.org.bulk.keeping.remove(job)
    for table in ("Loan__c", "Book__c", "Shelf__c", "Account", "Contact"):
        served.org.store.execute(f"DELETE FROM {table}")
