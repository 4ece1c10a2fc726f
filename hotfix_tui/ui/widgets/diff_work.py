"""Work of one view, off the event loop: the latest piece alone goes on, the ones before it stop when they look."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from hotfix_tui.ui.widgets.diff_match import Alive, Stopped

NAME = "difference"
"""The threads' name."""

_REST = 0.12
_MOST_IDLE = 3


class _Threads:
    """Daemon threads that are used again: to start one takes its turn of the interpreter, on the thread of the keys."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle = 0
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def run(self, work: Callable[[], None]) -> None:
        """Runs `work` at once, in a thread that is idle or in a new one."""
        with self._lock:
            idle = self._idle > 0
            self._idle -= idle
        if idle:
            self._waiting.put(work)
        else:
            threading.Thread(target=self._serve, args=(work,), name=NAME, daemon=True).start()

    def _serve(self, work: Callable[[], None]) -> None:
        while True:
            work()
            with self._lock:
                if self._idle >= _MOST_IDLE:
                    return
                self._idle += 1
            work = self._waiting.get()


_THREADS = _Threads()


class LatestWork:
    """Runs one piece of work at a time, each in a thread; a newer one takes the place of the older."""

    def __init__(self) -> None:
        self._number = 0
        self._turn = threading.Lock()

    def stop(self) -> None:
        """What runs ends at its next look, and its answer is not wanted."""
        self._number += 1

    def start(self, work: Callable[[Alive], None], quick: bool = False) -> None:
        """Runs `work(alive)`; it may raise Stopped. `quick`: it waits a little, as it may not be wanted for long."""
        self._number += 1
        number = self._number

        def alive() -> bool:
            return number == self._number

        def run() -> None:
            if quick:
                time.sleep(_REST)
            with self._turn:
                if alive():
                    try:
                        work(alive)
                    except Stopped:
                        return

        _THREADS.run(run)
