"""A seed whose every call that writes is carried out in the org, once each without an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hotfix import killing
from tests.hotfix.killing import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    with killing.start(tmp_path_factory.mktemp("lost")) as begun:
        yield begun


def test_a_lost_reply_of_every_call_that_writes(start: Start) -> None:
    clean = killing.clean_run(start)
    assert clean.writes > 15
    for number in range(1, clean.writes + 1):
        with killing.run(start, f"lost-{number}") as run:
            run.box.fault("drop_after", "", call="write", nth=number)
            assert run.runner() == 0
            run.box.faults.clear()
            assert run.ask("restore") == "done"
            killing.as_if_nothing_had_been(run)
            assert run.ask("seed", **killing.asked(start)) == "done"
            killing.as_if_nothing_had_been(run, clean)
