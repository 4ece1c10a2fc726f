"""Threads that compute stand aside while a key is answered, and for no longer."""

from __future__ import annotations

import threading

from hotfix_tui.compare.giving_way import Foreground


def test_nobody_waits_when_no_key_is_answered() -> None:
    foreground = Foreground()
    foreground.give_way()
    foreground.begin()
    foreground.end()
    foreground.give_way()
    assert not foreground.busy


def test_a_thread_waits_until_the_key_is_answered() -> None:
    foreground = Foreground(longest=60)
    foreground.begin()
    went_on = threading.Event()

    def work() -> None:
        foreground.give_way()
        went_on.set()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert not went_on.wait(0.05)
    foreground.end()
    thread.join(30)
    assert went_on.is_set()


def test_whoever_forgets_to_end_holds_nobody_up_for_good() -> None:
    foreground = Foreground(longest=0.01)
    foreground.begin()
    foreground.give_way()
    assert not foreground.busy
