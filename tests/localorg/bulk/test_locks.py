"""Row locks under Bulk: chunks side by side that write details of one master cannot all have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.localorg.bulk.conftest import Loader
from tests.localorg.bulk.test_classic import Classic

_SHELVES = 4


@pytest.fixture
def busy(loader: Loader) -> Iterator[Loader]:
    """An org in which saving takes a while, and nobody waits long for a lock."""
    for number in range(_SHELVES):
        loader.api.create("Shelf__c", Name=f"S{number}", Key__c=f"S{number}")
    locks = loader.org.locks
    before = locks.wait, locks.row
    locks.wait, locks.row = 0.0, 0.002
    yield loader
    locks.wait, locks.row = before


def _books(*, by_shelf: bool) -> str:
    """200 books for each shelf: those of a shelf together, or one for each shelf in turn."""
    count = 200 * _SHELVES
    shelves = [number // 200 if by_shelf else number % _SHELVES for number in range(count)]
    return "Name,Shelf__r.Key__c\n" + "".join(f"B{n:04},S{shelf}\n" for n, shelf in enumerate(shelves))


def test_rows_of_one_master_in_chunks_side_by_side_are_locked_out(busy: Loader) -> None:
    job = busy.load(_books(by_shelf=False), "Book__c")
    assert job["state"] == "JobComplete" and 0 < job["numberRecordsFailed"] < job["numberRecordsProcessed"]
    failed = busy.results(job, "failedResults")
    assert len(failed) == job["numberRecordsFailed"]
    said = "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record"
    assert all(row["sf__Error"].startswith(said) and row["sf__Error"].endswith("--") for row in failed)
    stored = busy.org.store.value("SELECT COUNT(*) FROM Book__c")
    assert stored == len(busy.results(job, "successfulResults")) == 200 * _SHELVES - len(failed)


def test_rows_sorted_by_master_do_not_meet(busy: Loader) -> None:
    job = busy.load(_books(by_shelf=True), "Book__c")
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (200 * _SHELVES, 0)


def test_batches_of_a_serial_job_do_not_meet(busy: Loader) -> None:
    busy.org.locks.row = 0.0002
    classic = Classic(busy)
    header, *rows = _books(by_shelf=False).splitlines(keepends=True)
    job = classic.job("insert", "Book__c", more="<concurrencyMode>Serial</concurrencyMode>")
    batches = [classic.batch(job, header + "".join(rows[at : at + 200])) for at in range(0, len(rows), 200)]
    for batch in batches:
        classic.ended(job, batch)
    assert busy.org.store.value("SELECT COUNT(*) FROM Book__c") == 200 * _SHELVES
