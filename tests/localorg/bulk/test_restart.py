"""Jobs outlive the process: what was being loaded goes on where it was, and no row is saved twice or lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.rest.server import serve
from tests.localorg.bulk.conftest import Loader
from tests.localorg.own_org import NOW, Api, bare_org, org, user

__all__ = ["bare_org", "org", "user"]
_ROWS = "Name\n" + "".join(f"N{number:04}\n" for number in range(3000))


def _begun(org: LocalOrg, user: str, content: str = _ROWS) -> str:
    with serve(org) as url:
        loader = Loader(Api(url, org.users.token_for(user), org))
        job_id = str(loader.job()["id"])
        loader.upload(job_id, content)
        loader.state(job_id, "UploadComplete")
        while loader.api.call("GET", f"/jobs/ingest/{job_id}").json()["numberRecordsProcessed"] == 0:
            pass
    org.close()
    return job_id


def test_a_job_goes_on_after_a_restart(org: LocalOrg, user: str, tmp_path: Path) -> None:
    org.bulk.work.pace = 0.2
    job_id = _begun(org, user)
    again = LocalOrg.open(tmp_path / "org", Clock(NOW))
    try:
        half = again.store.value("SELECT COUNT(*) FROM Shelf__c")
        assert 0 < half < 3000 and half % 200 == 0
        with serve(again) as url:
            loader = Loader(Api(url, again.users.token_for(user), again))
            job = loader.ended(job_id)
            assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3000, 0)
            rows = loader.results(job, "successfulResults")
        stored = again.store.rows("SELECT Id, Name FROM Shelf__c")
        assert sorted((row["sf__Id"], row["Name"]) for row in rows) == sorted(stored)
        assert len({name for _, name in stored}) == 3000
    finally:
        again.close()


def test_rows_are_saved_exactly_when_their_results_are_kept(
    org: LocalOrg, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = org.bulk.keeping.finish_chunk

    def breaks(batch: Any, chunk: Any, results: Any) -> None:
        keep(batch, chunk, results)
        if chunk.number == 3:
            raise OSError("the disk is full")

    monkeypatch.setattr(org.bulk.keeping, "finish_chunk", breaks)
    with serve(org) as url:
        loader = Loader(Api(url, org.users.token_for(user), org))
        job = loader.load(_ROWS)
        assert (job["state"], job["errorMessage"]) == ("Failed", "UnknownException : OSError")
        saved, left = loader.results(job, "successfulResults"), loader.results(job, "unprocessedrecords")
    names = {row[0] for row in org.store.rows("SELECT Name FROM Shelf__c")}
    assert {row["Name"] for row in saved} == names and len(saved) == len(names)
    assert {row["Name"] for row in left} == {f"N{number:04}" for number in range(3000)} - names
    assert f"N{3 * 200:04}" in {row["Name"] for row in left}


def test_a_job_that_was_open_stays_open_over_a_restart(org: LocalOrg, user: str, tmp_path: Path) -> None:
    with serve(org) as url:
        job_id = str(Loader(Api(url, org.users.token_for(user), org)).job()["id"])
    org.close()
    again = LocalOrg.open(tmp_path / "org", Clock(NOW))
    try:
        with serve(again) as url:
            loader = Loader(Api(url, again.users.token_for(user), again))
            assert loader.upload(job_id, "Name\nA\n").status_code == 201
            loader.state(job_id, "UploadComplete")
            assert loader.ended(job_id)["state"] == "JobComplete"
        assert again.store.value("SELECT COUNT(*) FROM Shelf__c") == 1
    finally:
        again.close()
