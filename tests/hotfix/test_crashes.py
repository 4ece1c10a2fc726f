"""What a dead, a stopped and a cancelled runner leave behind: automations as they were, a true journal."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotfix_tui.events import Envelope
from hotfix_tui.events import seed as sd
from hotfix_tui.events import session as ses
from hotfix_tui.events.deploy import DeployFinished, DeployRequested, DeployStarted
from hotfix_tui.hotfix.client import HotfixClient, list_hotfixes, path_of
from tests import scenario_tables as tables
from tests.headless.test_incident import automations_of
from tests.local_orgs import Orgs, incident

pytestmark = pytest.mark.slow

_SOON = 40.0
# Production and hfx1 differ in these, and nothing depends on that; each test brings its own.
_FIELD, _SITE, _LABEL = (
    "CustomField:Discount_Rule__c.Description__c",
    "RemoteSiteSetting:Card_Vault",
    "CustomLabel:Boutique_Greeting",
)


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("crashes")) as running:
        yield running


@pytest.fixture
def at_home(orgs: Orgs, own_home: object, monkeypatch: pytest.MonkeyPatch) -> Orgs:
    """This process looks at the orgs' home, too."""
    monkeypatch.setenv("HOTFIX_HOME", str(orgs.home))
    monkeypatch.setenv("HOTFIX_RUNNER_IDLE", "1")
    orgs.clear_faults()
    return orgs


@pytest.fixture
def client(at_home: Orgs) -> Iterator[HotfixClient]:
    """A new hotfix in hfx1, ready to be seeded."""
    ran = at_home.run("new", "crash", "--production", "prod", "--environment", "hfx1", "--json")
    with HotfixClient(ran.lines[0]["hotfix"]) as made:
        yield made
        made.stop()
        wait(lambda: not made.runner_alive())


def wait(done: Callable[[], bool], seconds: float = _SOON) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def until(client: HotfixClient, number: int) -> str:
    """Waits for the end of a request; its result."""
    results: list[str] = []

    def ended() -> bool:
        for envelope in client.poll():
            event = envelope.event
            if isinstance(event, ses.StepFinished) and event.request == number:
                results.append(event.result)
        return bool(results)

    wait(ended)
    return results[0]


def wait_for(client: HotfixClient, fits: Callable[[Envelope], bool], count: int = 1) -> None:
    """Waits until `count` events fit."""
    seen = 0

    def came() -> bool:
        nonlocal seen
        seen += sum(fits(envelope) for envelope in client.poll())
        return seen >= count

    wait(came)


def runner_pid(client: HotfixClient) -> int:
    holder = client._journal.holder()
    assert holder is not None
    return holder.process.pid


def recorded(orgs: Orgs) -> dict[str, object]:
    states = automations_of(orgs)
    return {name: states[name] for name in tables.AUTOMATIONS}


def slow_writes(orgs: Orgs) -> None:
    orgs.fault(org="hfx1", path="composite/sobjects", mode="delay", seconds=0.4, times=40)


def test_a_killed_runner_leaves_automations_off_and_one_request_brings_them_back(
    at_home: Orgs, client: HotfixClient
) -> None:
    at_home.fault(org="hfx1", path="tooling/sobjects", method="PATCH", mode="delay", seconds=0.4, times=10)
    client.request("seed", data_set=at_home.data_set)
    wait_for(client, lambda e: isinstance(e.event, sd.AutomationSwitched) and e.event.state == "off", 3)
    os.kill(runner_pid(client), signal.SIGKILL)
    wait(lambda: not client.runner_alive())
    at_home.clear_faults()
    assert recorded(at_home) != tables.AUTOMATIONS

    summary = next(one for one in list_hotfixes() if one.id == client.id)
    assert summary.state is not None
    assert (summary.running, len(summary.state.automations_off) >= 3) == (False, True)
    assert "automations still off" in at_home.run("status").out

    assert until(client, client.request("restore")) == "done"
    assert recorded(at_home) == tables.AUTOMATIONS
    assert client.state.automations_off == []
    lost = [e.event for e in client._journal.named(ses.RunnerLost)]
    assert len(lost) == 1
    assert len(lost[0].open_intents) >= 3  # type: ignore[attr-defined]
    assert at_home.instance.fired("hfx1") == []


def test_any_other_step_restores_first(at_home: Orgs, client: HotfixClient) -> None:
    at_home.fault(org="hfx1", path="tooling/sobjects", method="PATCH", mode="delay", seconds=0.4, times=10)
    client.request("seed", data_set=at_home.data_set)
    wait_for(client, lambda e: isinstance(e.event, sd.AutomationSwitched) and e.event.state == "off", 2)
    os.kill(runner_pid(client), signal.SIGKILL)
    wait(lambda: not client.runner_alive())
    at_home.clear_faults()
    assert until(client, client.request("plan", data_set=at_home.data_set)) == "done"
    assert recorded(at_home) == tables.AUTOMATIONS
    assert client.state.plan is not None


@pytest.mark.parametrize("how", ["terminate", "cancel", "stop"])
def test_a_runner_that_is_told_to_end_finishes_its_call_and_restores(
    at_home: Orgs, client: HotfixClient, how: str
) -> None:
    slow_writes(at_home)
    number = client.request("seed", data_set=at_home.data_set)
    wait_for(client, lambda e: isinstance(e.event, sd.RowsWrite))
    if how == "terminate":
        os.kill(runner_pid(client), signal.SIGTERM)
    else:
        getattr(client, how)()
    assert until(client, number) == "cancelled"
    assert recorded(at_home) == tables.AUTOMATIONS
    assert client.state.open_intents == {}
    if how != "cancel":
        wait(lambda: not client.runner_alive())
        client.poll()
        assert client.state.stopped is not None
        assert client.state.stopped.why == {"terminate": "terminated", "stop": "asked"}[how]
    assert at_home.instance.fired("hfx1") == []


def test_a_paused_seed_waits_and_goes_on(at_home: Orgs, client: HotfixClient) -> None:
    slow_writes(at_home)
    number = client.request("seed", data_set=at_home.data_set)
    wait_for(client, lambda e: isinstance(e.event, sd.RowsWrite))
    client.pause()
    wait_for(client, lambda e: isinstance(e.event, sd.RowsWritten))
    time.sleep(0.8)
    client.poll()
    quiet = client.state.seq
    time.sleep(0.6)
    assert [type(e.event).__name__ for e in client.poll()] == []
    assert client.state.seq == quiet
    client.cancel()
    assert until(client, number) == "cancelled"
    assert recorded(at_home) == tables.AUTOMATIONS


def test_sighup_ends_nothing(at_home: Orgs, client: HotfixClient) -> None:
    slow_writes(at_home)
    number = client.request("seed", data_set=at_home.data_set)
    wait_for(client, lambda e: isinstance(e.event, sd.RowsWrite))
    os.kill(runner_pid(client), signal.SIGHUP)
    wait_for(client, lambda e: isinstance(e.event, sd.RowsWritten))
    assert client.runner_alive()
    client.cancel()
    assert until(client, number) == "cancelled"


def test_a_deploy_of_a_lost_runner_is_found_in_its_org(at_home: Orgs, client: HotfixClient) -> None:
    at_home.instance.control("/pace", {"seconds": 1.5})
    try:
        number = client.request("resolve", components=[_FIELD])
        wait_for(client, lambda e: isinstance(e.event, DeployStarted))
        os.kill(runner_pid(client), signal.SIGKILL)
        wait(lambda: not client.runner_alive())
    finally:
        at_home.instance.control("/pace", {"seconds": 0})
    client.poll()
    assert [type(intent) for intent in client.state.open_intents.values()] == [DeployRequested]
    client.ensure_runner()
    wait(lambda: client.poll() is not None and not client.state.open_intents)
    finished = [e.event for e in client._journal.named(DeployFinished)]
    assert finished[-1].check_only is True  # type: ignore[attr-defined]
    assert [request.id for request in client.lost_requests()] == [number]

    resumed = at_home.run("resume", client.id, "--json")
    assert resumed.code == 0, resumed.err
    assert resumed.events("StepFinished", name="resolve", result="done")
    assert client.lost_requests() == []


def test_a_second_runner_leaves_the_first_alone(at_home: Orgs, client: HotfixClient) -> None:
    from hotfix_tui.hotfix.runner import main

    client.ensure_runner()
    wait(client.runner_alive)
    first = runner_pid(client)
    assert main([client.id]) == 0
    assert runner_pid(client) == first


def test_a_journal_that_cannot_be_written_any_more_leaves_nothing_off(at_home: Orgs, client: HotfixClient) -> None:
    """The disk is full after the first call: the step cannot go on, and takes back what it switched off."""
    with sqlite3.connect(path_of(client.id)) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON events WHEN NEW.name = 'RowsWritten' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    number = client.request("seed", data_set=at_home.data_set)
    assert until(client, number) == "failed"
    assert "disk full" in client.state.failures[-1].what
    assert recorded(at_home) == tables.AUTOMATIONS
    assert client.state.automations_off == []


def test_ctrl_c_asks_the_runner_to_cancel_and_says_so(at_home: Orgs, client: HotfixClient, tmp_path: Path) -> None:
    slow_writes(at_home)
    command = [sys.executable, "-m", "hotfix_tui", "seed", client.id, "--data-set", at_home.data_set, "--json"]
    # Files, not pipes: nobody reads while it runs, and a full pipe would hold it up.
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        seeding = subprocess.Popen(command, env=at_home.env, stdout=out, stderr=err)
        wait_for(client, lambda e: isinstance(e.event, sd.RowsWrite))
        seeding.send_signal(signal.SIGINT)
        assert seeding.wait(_SOON) == 130
    assert "Cancelling" in (tmp_path / "err").read_text()
    assert json.loads((tmp_path / "out").read_text().splitlines()[-1])["result"] == "cancelled"
    assert recorded(at_home) == tables.AUTOMATIONS


def test_a_cancelled_deploy_is_cancelled_in_its_org(at_home: Orgs, client: HotfixClient) -> None:
    at_home.instance.control("/pace", {"seconds": 3})
    try:
        number = client.request("resolve", components=[_SITE])
        wait_for(client, lambda e: isinstance(e.event, DeployStarted))
        client.cancel()
        assert until(client, number) == "cancelled"
    finally:
        at_home.instance.control("/pace", {"seconds": 0})
    assert [state.finished.status for state in client.state.deploys.values() if state.finished] == ["Canceled"]
    assert client.state.open_intents == {}


def test_a_stopped_runner_leaves_its_deploy_to_the_org_and_the_next_one_finds_it(
    at_home: Orgs, client: HotfixClient
) -> None:
    at_home.instance.control("/pace", {"seconds": 1})
    try:
        number = client.request("resolve", components=[_LABEL])
        wait_for(client, lambda e: isinstance(e.event, DeployStarted))
        client.stop()
        assert until(client, number) == "cancelled"
        wait(lambda: not client.runner_alive())
    finally:
        at_home.instance.control("/pace", {"seconds": 0})
    assert [type(intent) for intent in client.state.open_intents.values()] == [DeployRequested]
    client.ensure_runner()
    wait(lambda: client.poll() is not None and not client.state.open_intents)
    assert [state.finished.status for state in client.state.deploys.values() if state.finished] == ["Succeeded"]


def left_off(orgs: Orgs, client: HotfixClient) -> None:
    """A seed whose runner was killed with two automations off; taking them back will take a while."""
    orgs.fault(org="hfx1", path="tooling/sobjects", method="PATCH", mode="delay", seconds=0.4, times=10)
    client.request("seed", data_set=orgs.data_set)
    wait_for(client, lambda e: isinstance(e.event, sd.AutomationSwitched) and e.event.state == "off", 2)
    os.kill(runner_pid(client), signal.SIGKILL)
    wait(lambda: not client.runner_alive())
    client.poll()


@pytest.mark.parametrize("how", ["terminate", "cancel", "stop"])
def test_who_ends_a_step_while_the_restore_before_it_runs_ends_the_step_too(
    at_home: Orgs, client: HotfixClient, how: str
) -> None:
    left_off(at_home, client)
    number = client.request("plan", data_set=at_home.data_set)
    wait_for(client, lambda e: e.step == "restore")
    if how == "terminate":
        os.kill(runner_pid(client), signal.SIGTERM)
    else:
        getattr(client, how)()
    assert until(client, number) == "cancelled"
    assert recorded(at_home) == tables.AUTOMATIONS
    assert client.state.plan is None


def test_a_request_that_nobody_took_is_not_carried_out_hours_later(at_home: Orgs, client: HotfixClient) -> None:
    """Its runner never came up. The next one, started for something else, must not do it behind everybody's back."""
    wait(lambda: not client.runner_alive())
    number = client._journal.post("plan", {"data_set": at_home.data_set})
    with sqlite3.connect(path_of(client.id)) as db:
        db.execute("UPDATE requests SET at = '2026-01-01T00:00:00.000Z' WHERE id = ?", (number,))
    assert until(client, client.request("restore")) == "done"
    assert client.state.plan is None
    assert [request.id for request in client.lost_requests()] == [number]
