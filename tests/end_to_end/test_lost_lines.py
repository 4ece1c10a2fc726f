"""What a killed runner, a killed screen, a dropped line and a hung terminal leave behind: nothing lost, nothing off."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end import dumps
from tests.end_to_end.outside import Instance, instance
from tests.end_to_end.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end, pytest.mark.timeout(300)]
Command = Callable[..., "subprocess.CompletedProcess[str]"]
SLOW = 0.4


def program(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOTFIX_HOME": str(home), "HOTFIX_RUNNER_IDLE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "hotfix_tui", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done


@pytest.fixture(scope="module")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the fix is made and waits to be promoted; its orgs are stopped. Copied by each test."""
    home = tmp_path_factory.mktemp("fixed") / "hotfix"
    program(home, "local-orgs", "start", "--no-padding")
    try:
        instance(home).control("/pace", {"seconds": 0})
        program(home, "new", "lost lines", "--production", "prod", "--environment", "hfx1")
        program(home, "seed", "HF-1", "--data-set", str(home / "local-orgs/data-sets/pricing-rules.toml"))
        program(home, "local-orgs", "apply", "hfx1", "fix")
    finally:
        program(home, "local-orgs", "stop")
    return home


@pytest.fixture
def waiting(fixed: Path, home: Path, command: Command) -> Instance:
    """The fixed home as this test's own, its orgs running."""
    shutil.copytree(fixed, home)
    assert command("local-orgs", "start", "--no-padding").returncode == 0
    return instance(home)


def runners(home: Path) -> list[int]:
    """Process ids of runners that work in `home`."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"hotfix_tui.hotfix.runner" in words and f"HOTFIX_HOME={home}".encode() in environment:
            found.append(int(folder.name))
    return found


def until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.1)


def open_promote(screen: Terminal) -> None:
    """From Home to the Promote screen with the fix found."""
    screen.wait_for(r"HF-1 +lost lines")
    screen.press("enter")
    screen.wait_for("Make your fix")
    screen.pause()
    screen.press("r")
    screen.wait_for("The fix  10 components, 9 records", 60)


def begin_promote(screen: Terminal) -> None:
    """D, and the alias of production in full."""
    screen.pause()
    screen.press("D")
    screen.wait_for("Type the alias")
    screen.pause()
    screen.type("prod")
    screen.press("enter")
    screen.wait_for(r"(Validation|Deploy) 0Af", 60)  # the word alone is in the dialog too


def promoted(orgs: Instance) -> bool:
    """Whether production has the last thing a promotion does: the contained entries are on sale again."""
    return len(orgs.orgs["prod"].soql("SELECT Id FROM PricebookEntry WHERE IsActive = false")) == 5


def test_a_killed_runner_leaves_automations_off_and_one_key_on_home_restores_them(
    open_terminal: Callable[..., Terminal], home: Path, command: Command, environment: dict[str, str]
) -> None:
    command("local-orgs", "start", "--no-padding")
    orgs = instance(home)
    orgs.control("/pace", {"seconds": 0})
    before = dumps.automations(orgs.orgs["hfx1"])
    command("new", "killed", "--production", "prod", "--environment", "hfx1")
    orgs.control(
        "/faults",
        {"faults": [{"org": "hfx1", "path": "composite/sobjects", "times": 50, "mode": "delay", "seconds": 1.5}]},
    )
    words = ["seed", "HF-1", "--no-resolve", "--data-set", str(home / "local-orgs/data-sets/pricing-rules.toml")]
    seeding = subprocess.Popen(
        [sys.executable, "-m", "hotfix_tui", *words],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: len(orgs.orgs["hfx1"].soql("SELECT Id FROM Storefront__c")) == 2, "the first write")
        (runner,) = runners(home)
        os.kill(runner, signal.SIGKILL)
    finally:
        seeding.kill()
        seeding.wait()
    off = {name for name, state in dumps.automations(orgs.orgs["hfx1"]).items() if state != before[name]}
    assert len(off) == 5, f"{off}: the runner was not killed while automations were off"

    screen = open_terminal()
    screen.wait_for(r"! HF-1.*automations still off in hfx1")
    screen.press("r")
    until(lambda: dumps.automations(orgs.orgs["hfx1"]) == before, "the restore")
    screen.wait_for(r"HF-1 +killed")
    until(lambda: "still off" not in (screen.read(0.1), screen.screen_text())[1], "Home's word that all is restored")


def test_a_killed_screen_during_a_deploy_changes_nothing_for_the_deploy(
    open_terminal: Callable[..., Terminal], home: Path, waiting: Instance
) -> None:
    screen = open_terminal()
    open_promote(screen)
    waiting.control("/pace", {"seconds": SLOW})
    begin_promote(screen)
    screen.process.send_signal(signal.SIGKILL)
    screen.process.wait(10)
    assert not promoted(waiting)
    assert runners(home), "the runner died with the screen"
    waiting.control("/pace", {"seconds": 0})
    until(lambda: promoted(waiting), "the end of the promotion", 90)
    shows_it_as_the_org_has_it(open_terminal())


def test_a_dropped_line_ends_the_screen_in_order_and_the_deploy_goes_on(
    open_terminal: Callable[..., Terminal], home: Path, waiting: Instance
) -> None:
    screen = open_terminal()
    open_promote(screen)
    waiting.control("/pace", {"seconds": SLOW})
    begin_promote(screen)
    screen.hang_up()
    screen.process.wait(20)
    assert not promoted(waiting)
    assert runners(home)
    waiting.control("/pace", {"seconds": 0})
    until(lambda: promoted(waiting), "the end of the promotion", 90)
    shows_it_as_the_org_has_it(open_terminal())


def test_a_hung_terminal_does_not_hold_the_deploy_up(
    open_terminal: Callable[..., Terminal], home: Path, waiting: Instance
) -> None:
    screen = open_terminal()
    open_promote(screen)
    waiting.control("/pace", {"seconds": 0.05})
    begin_promote(screen)
    # From here nobody reads the terminal: its buffer fills up and the screen stands still.
    until(lambda: promoted(waiting), "the end of the promotion", 90)
    screen.wait_for("Promote done", 60)  # until then, leaving is asked about
    screen.press("q")
    assert screen.wait_end() == 0


def test_leaving_during_a_deploy_and_coming_back_shows_it_as_the_org_has_it(
    open_terminal: Callable[..., Terminal], home: Path, waiting: Instance
) -> None:
    screen = open_terminal()
    open_promote(screen)
    waiting.control("/pace", {"seconds": SLOW})
    begin_promote(screen)
    screen.pause()
    screen.press("q")
    screen.wait_for("goes on without this screen")
    screen.pause()
    screen.press("q")
    assert screen.wait_end() == 0
    again = open_terminal()
    again.wait_for(r"HF-1 +lost lines")
    again.press("enter")
    again.wait_for(r"\[3 Promote")
    again.wait_for(r"(Validation|Deploy) 0Af.*/10 components")
    waiting.control("/pace", {"seconds": 0})
    again.wait_for(r"✓.undo.containment", 90)
    assert promoted(waiting)


def shows_it_as_the_org_has_it(screen: Terminal) -> None:
    """A new start is where the hotfix is: promoted, Sync next."""
    screen.wait_for(r"HF-1 +lost lines")
    screen.press("enter")
    screen.wait_for(r"3 Promote.✓")
    screen.press("3")
    screen.wait_for(r"✓.undo.containment")
    screen.wait_for("Promote done")  # until then, leaving is asked about
    screen.press("q")
    assert screen.wait_end() == 0
