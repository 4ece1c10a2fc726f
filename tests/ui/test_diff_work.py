"""Work off the event loop: the latest alone, in threads that are used again."""

from __future__ import annotations

import threading

from hotfix_tui.ui.widgets.diff_match import Alive
from hotfix_tui.ui.widgets.diff_work import LatestWork


def test_a_thread_that_has_ended_its_work_takes_the_next() -> None:
    seen: list[threading.Thread] = []
    for _ in range(50):
        over = threading.Event()
        # `over` is set while the thread still has to go back to its place: now and then another is begun.
        LatestWork().start(lambda _alive, over=over: (seen.append(threading.current_thread()), over.set()))  # type: ignore[misc]
        assert over.wait(30)
    assert len(set(seen)) < 25


def test_one_that_takes_long_does_not_hold_up_another_view() -> None:
    gate, over = threading.Event(), threading.Event()
    slow = [LatestWork() for _ in range(10)]
    for work in slow:
        work.start(lambda _alive: gate.wait(30))  # type: ignore[arg-type, return-value]
    LatestWork().start(lambda _alive: over.set())
    assert over.wait(30)
    gate.set()


def test_the_latest_takes_the_place_of_the_ones_before_it() -> None:
    begun, gate, over, done = threading.Event(), threading.Event(), threading.Event(), []

    def first(alive: Alive) -> None:
        begun.set()
        gate.wait(30)
        done.append(("first", alive()))

    work = LatestWork()
    work.start(first)
    assert begun.wait(30)  # one that has not begun is left out, and the next may be done before there is a third
    work.start(lambda _alive: done.append(("second", True)))
    work.start(lambda alive: (done.append(("third", alive())), over.set()))  # type: ignore[misc]
    gate.set()
    assert over.wait(30)
    assert done == [("first", False), ("third", True)]
