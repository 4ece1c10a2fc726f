"""Bulk loads and queries are the user's who makes them: what he may not see is not there, what he may not do fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hotfix_tui.localorg.people.grants import secure
from tests.localorg.bulk.conftest import Loader
from tests.localorg.bulk.test_classic import Classic
from tests.localorg.own_org import Api


@pytest.fixture
def key_unseen(loader: Loader) -> Iterator[Loader]:
    """Shelf__c.Key__c is as a deploy leaves it: nobody is granted it."""
    secure(loader.org, ["Shelf__c.Key__c"])
    yield loader
    loader.org.store.execute("DELETE FROM _secured_field")


def _as(loader: Loader, name: str, profile: str) -> Loader:
    user = loader.org.users.add_user(f"{name}@library.example", name, profile)
    return Loader(Api(loader.api.url, loader.org.users.token_for(user), loader.org))


def test_a_field_that_was_not_granted_is_not_found(key_unseen: Loader) -> None:
    job = key_unseen.load("Name,Key__c\nA,K1\n")
    assert (job["state"], job["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Key__c")
    body = {"operation": "query", "query": "SELECT Key__c FROM Shelf__c"}
    answer = key_unseen.api.call("POST", "/jobs/query", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    classic = Classic(key_unseen)
    job_id = classic.job()
    failed = classic.ended(job_id, classic.batch(job_id, "Name,Key__c\nA,K1\n"))
    assert b"InvalidBatch : Field name not found : Key__c" in failed.content
    everything = key_unseen.found("SELECT FIELDS(CUSTOM) FROM Shelf__c LIMIT 1").splitlines()[0]
    assert "Cap__c" in everything and "Key__c" not in everything


def test_an_object_that_was_not_granted_is_not_found(loader: Loader) -> None:
    bob = _as(loader, "bob", "Standard User")
    answer = bob.api.call("POST", "/jobs/ingest", {"object": "Shelf__c", "operation": "insert"})
    text = "InvalidJob : Unable to find object: Shelf__c"
    assert (answer.status_code, answer.json()) == (400, [{"message": text, "errorCode": "INVALIDJOB"}])


def test_rows_are_written_as_the_user_who_made_the_job(loader: Loader) -> None:
    rea = _as(loader, "rea", "Read Only")
    job = rea.load("Name\nA\n", "Account")
    (row,) = rea.results(job, "failedResults")
    assert (job["state"], job["numberRecordsFailed"]) == ("JobComplete", 1) and row["sf__Error"].endswith("--")
    assert loader.api.query("SELECT Id FROM Account") == []
    bob = _as(loader, "bob", "Standard User")
    saved = bob.load("Name\nB\n", "Account")
    (found,) = loader.api.query("SELECT OwnerId, CreatedById FROM Account")
    assert found["OwnerId"] == found["CreatedById"] == saved["createdById"]
