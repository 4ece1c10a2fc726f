"""Local orgs killed in the middle of a load: after the next start the job goes on, each row once."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.localorg import process
from tests.localorg.small import SMALL, run, start, write
from tests.localorg.wire import Wire

_ROWS = 2000


@pytest.fixture
def stopped_at_the_end() -> Iterator[None]:
    yield
    process.stop()


def _state(one: Wire, job: str) -> dict[str, object]:
    found: dict[str, object] = one.rest("GET", f"/jobs/ingest/{job}")
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("stopped_at_the_end")
def test_a_load_goes_on_after_a_kill_and_no_row_is_there_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = write(tmp_path / "small", SMALL)
    registry = start(scenario)
    one = Wire(registry["orgs"]["one"])
    assert run("control", "pace", "--bulk", "0.5") == 0
    assert json.loads(capsys.readouterr().out) == {"bulk": 0.5}
    job = one.rest("POST", "/jobs/ingest", {"object": "Account", "operation": "insert"})["id"]
    rows = "Name,AccountNumber\n" + "".join(f"Killed,{number:05}\n" for number in range(_ROWS))
    one.call("PUT", f"/services/data/v60.0/jobs/ingest/{job}/batches", rows.encode(), "text/csv")
    one.rest("PATCH", f"/jobs/ingest/{job}", {"state": "UploadComplete"})
    while not 0 < int(str(_state(one, job)["numberRecordsProcessed"])) < _ROWS:
        time.sleep(0.01)
    os.kill(registry["pid"], signal.SIGKILL)

    one = Wire(start(scenario)["orgs"]["one"])
    until = time.monotonic() + 60
    while (found := _state(one, job))["state"] == "InProgress" and time.monotonic() < until:
        time.sleep(0.05)
    assert (found["state"], found["numberRecordsProcessed"], found["numberRecordsFailed"]) == ("JobComplete", _ROWS, 0)
    numbers = sorted(
        row["AccountNumber"] for row in one.query("SELECT AccountNumber FROM Account WHERE Name = 'Killed'")
    )
    assert numbers == [f"{number:05}" for number in range(_ROWS)]
