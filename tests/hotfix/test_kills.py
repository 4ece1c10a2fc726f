"""Killed anywhere, or left without a reply anywhere: after the next start and one key all is as if nothing had been."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.events.seed import RowsWrite
from hotfix_tui.hotfix import keeping
from tests.automation.outside import states
from tests.hotfix import killing
from tests.hotfix.killing import Clean, Start
from tests.hotfix.reports import REPORTS

_KILLED = -9


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with killing.start(tmp_path_factory.mktemp("kills")) as begun:
        yield begun


@pytest.fixture(scope="module")
def clean(start: Start) -> Clean:
    return killing.clean_run(start)


def killed(start: Start, clean: Clean, number: int, when: str, *, restored: bool = True) -> None:
    """Without `restored` the seed asked for next restores by itself."""
    with killing.run(start, f"{number}-{when}") as run:
        ended = run.runner((number, when))
        # Findings vary a little, and with them the number of the last events.
        reached = number <= len(telling(clean)) - 4
        assert ended == _KILLED or (ended == 0 and not reached), f"the runner ended with {ended}: {run.names()[-9:]}"
        if restored:
            assert run.ask("restore") == "done"
            killing.as_if_nothing_had_been(run)
        assert run.ask("seed", **killing.asked(start)) == "done"
        killing.as_if_nothing_had_been(run, clean)


def telling(clean: Clean) -> list[str]:
    """The names of the events of the seed's own runner that are counted."""
    return [name for name in clean.events[clean.before :] if name not in REPORTS]


def points(clean: Clean) -> list[tuple[int, str]]:
    """After each event; and before each fact that follows an intent: the org has done it, and nobody knows."""
    events = telling(clean)
    found: list[tuple[int, str]] = []
    for number, name in enumerate(events, 1):
        follows_an_act = number > 1 and _is_intent(events[number - 2]) and not _is_intent(name)
        found += [(number, "before")] if follows_an_act else []
        found += [(number, "after")]
    return found


def _is_intent(name: str) -> bool:
    from hotfix_tui.events import Intent, base

    return issubclass(base._REGISTRY[name], Intent)


def test_killed_between_two_switches_and_with_rows_half_written(start: Start, clean: Clean) -> None:
    """A sample of what the slow test below does everywhere."""
    events = telling(clean)
    for name, which in (("AutomationSwitched", 2), ("RowsWrite", 3)):
        number = [number for number, one in enumerate(events, 1) if one == name][which]
        killed(start, clean, number, "after", restored=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(3))
def test_killed_at_every_point_of_its_journal(start: Start, clean: Clean, part: int) -> None:
    assert {"BypassAssign", "SettingSwitch", "AutomationSwitchOff", "DeployRequested", "RowsWrite"} <= set(clean.events)
    for number, when in points(clean)[part::3]:
        killed(start, clean, number, when)


@pytest.mark.slow
def test_what_a_lost_machine_left_off_another_one_restores(
    start: Start, clean: Clean, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = telling(clean)
    first_write = next(number for number, name in enumerate(events, 1) if name == "RowsWrite")
    with killing.run(start, "moved") as run:
        assert run.runner((first_write, "after")) == _KILLED
        here, there, file = run.home, tmp_path / "there", tmp_path / "carried.hotfix"
        monkeypatch.setenv("HOTFIX_HOME", str(here))
        keeping.export(killing.HOTFIX, file)
        (there / "local-orgs").mkdir(parents=True, mode=0o700)
        shutil.copy(here / "local-orgs" / "registry.json", there / "local-orgs" / "registry.json")
        monkeypatch.setenv("HOTFIX_HOME", str(there))
        assert keeping.bring(file)[0] == killing.HOTFIX
        assert states(run.box) != start.automations
        run.home = there
        assert run.ask("restore") == "done"
        killing.as_if_nothing_had_been(run)
        run.home = here
        assert run.ask("restore") == "done"
        killing.as_if_nothing_had_been(run)


@pytest.fixture(scope="module")
def by_bulk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with killing.start(tmp_path_factory.mktemp("bulk"), bulk=True) as begun:
        yield begun


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_seed_by_bulk_jobs_killed_while_it_writes(by_bulk: Start) -> None:
    """Every other point: they come in like pairs. What is before and after the writing is as by calls, killed above."""
    clean = killing.clean_run(by_bulk)
    events = telling(clean)
    with killing.run(by_bulk, "jobs") as run:
        assert run.runner() == 0
        with run.journal() as journal:
            writes = [one.event for one in journal.named(RowsWrite)]
        assert all(isinstance(one, RowsWrite) and one.job for one in writes)
    first = events.index("RowsWrite")
    last = len(events) - events[::-1].index("RowsWritten")
    for number, when in [one for one in points(clean) if first < one[0] <= last + 1][::2]:
        killed(by_bulk, clean, number, when)
