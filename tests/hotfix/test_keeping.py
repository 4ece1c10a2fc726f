"""A hotfix on another machine, and a hotfix that has forgotten what it kept of production's data."""

from __future__ import annotations

import platform
import stat
from pathlib import Path

import pytest

from hotfix_tui import paths
from hotfix_tui.events import Intent, Keep, Settled
from hotfix_tui.events.seed import AutomationSwitchOff, RowPlanned, RowsWrite
from hotfix_tui.events.session import EnvironmentChosen, HotfixCreated, HotfixFinished
from hotfix_tui.hotfix import keeping
from hotfix_tui.hotfix.client import HotfixClient, path_of
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.journal import Journal, JournalCorrupt, ProcessIdentity

_PROD, _BOX = "00D000000000001AAA", "00D000000000002AAA"
_SECRET = "Ms Confidential, 12 Private Road"


def hotfix(name: str = "HF-1", *, off: bool = True) -> Path:
    """A hotfix with a baseline, rows written, and an automation off."""
    path = path_of(name)
    with Journal.create(path, name) as journal:
        journal.append(HotfixCreated(name="leaky", production="prod", production_id=_PROD), "new")
        journal.append(EnvironmentChosen(org="box", org_id=_BOX, kind="sandbox developer"), "choose_environment")
        content = _SECRET.encode() * 100
        journal.append(Keep(name="baseline/production/records", org="prod", org_id=_PROD, content=content), "compare")
        changes = {"Address__c": (None, _SECRET)}
        journal.append(RowPlanned(org="box", object="A__c", key="1", act="insert", changes=changes), "plan")
        rows = {"1": {"Address__c": _SECRET}}
        written = RowsWrite(key="r", org="box", org_id=_BOX, before=rows, object="A__c", act="update", keys=("1",))
        journal.append(written, "seed")
        journal.append(Settled(key="r", result="done"), "seed")
        if off:
            journal.append(_switch(), "seed")
        journal.grant("prod", _PROD, "promote")
        used = journal.grant("prod", _PROD, "promote")
        assert journal.redeem(used, _PROD, "promote")
        journal.post("seed", {})
        journal.acquire(ProcessIdentity(1, platform.node(), "an earlier boot", "then"))
    return path


def _switch() -> Intent:
    before = {"id": "03d", "active": True}
    return AutomationSwitchOff(
        key="off", org="box", org_id=_BOX, before=before, kind="ValidationRule", name="A__c.R", object="A__c"
    )


def another_machine(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("HOTFIX_HOME", str(folder))


def test_what_is_open_is_open_on_the_other_machine_and_nothing_of_this_one_comes_along(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotfix()
    found = keeping.contents("HF-1")
    assert any("baseline of production" in line for line in found.lines)
    assert found.aliases == {"prod": _PROD, "box": _BOX}
    file = tmp_path / "carried.hotfix"
    keeping.export("HF-1", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_name(file.name + "-wal").exists()
    with pytest.raises(FileExistsError):
        keeping.export("HF-1", file)

    another_machine(monkeypatch, tmp_path / "other")
    assert keeping.bring(file)[0] == "HF-1"
    with HotfixClient("HF-1") as client:
        client.poll()
        assert [one.name for one in client.state.automations_off] == ["A__c.R"]
        assert client.blob("baseline/production/records") == _SECRET.encode() * 100
        assert client.lost_requests() == []
        assert not client.runner_alive()
        assert client._journal.used_permit(_PROD)
    with Journal.open(path_of("HF-1")) as journal:
        unused = journal._db.execute("SELECT COUNT(*) FROM permits WHERE used_at IS NULL").fetchone()[0]
        assert unused == 0
    with pytest.raises(StepRefused, match="has that hotfix already: HF-1"):
        keeping.bring(file)


def test_an_id_that_is_taken_is_not_overwritten(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotfix()
    file = tmp_path / "carried.hotfix"
    keeping.export("HF-1", file)
    another_machine(monkeypatch, tmp_path / "other")
    hotfix(off=False)
    assert keeping.bring(file)[0] == "HF-2"
    with HotfixClient("HF-2") as client:
        assert {envelope.hotfix for envelope in client.poll()} == {"HF-2"}
        assert len(client.state.automations_off) == 1


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"x" * 4096])
def test_a_file_that_is_no_export_is_refused_and_nothing_is_made(
    own_home: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "odd"
    file.write_bytes(content)
    with pytest.raises((JournalCorrupt, StepRefused)):
        keeping.bring(file)
    assert list(paths.hotfixes().glob("*")) == []


def test_a_runner_at_work_keeps_it_here(own_home: Path, tmp_path: Path) -> None:
    with Journal.open(hotfix()) as journal:
        journal.acquire(ProcessIdentity.mine())
        with pytest.raises(StepRefused, match="at work"):
            keeping.export("HF-1", tmp_path / "x")
        with pytest.raises(StepRefused, match="at work"):
            keeping.forget("HF-1")


def test_what_is_forgotten_is_in_no_file_any_more(own_home: Path) -> None:
    path = hotfix(off=False)
    assert any(_SECRET.encode() in file.read_bytes() for file in path.parent.iterdir())
    assert keeping.forget("HF-1") == len(_SECRET) * 100
    assert [file.name for file in path.parent.iterdir() if _SECRET.encode() in file.read_bytes()] == []
    with HotfixClient("HF-1") as client:
        client.poll()
        assert client.blob("baseline/production/records") is None
        assert client.state.name == "leaky"
        assert client.state.forgotten is not None


def test_what_must_be_taken_back_is_not_forgotten(own_home: Path) -> None:
    hotfix()
    with pytest.raises(StepRefused, match="left something switched off"):
        keeping.forget("HF-1")


def test_only_what_ended_long_enough_ago_is_forgotten_by_itself(own_home: Path) -> None:
    for name, ended in (("HF-1", True), ("HF-2", False)):
        with Journal.open(hotfix(name, off=False)) as journal:
            if ended:
                journal.append(HotfixFinished(certified=(), exceptions=()), "finish")
    assert keeping.forget_old() == []
    (paths.config() / "config.toml").write_text("[keep]\ndays = 0\n")
    assert keeping.forget_old() == ["HF-1"]
    assert keeping.forget_old() == []
