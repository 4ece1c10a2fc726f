"""A thread that takes one round after the other while there is something to do."""

from __future__ import annotations

import threading
from collections.abc import Callable

_LOOKS = 5


class Worker:
    """Calls `work` every `pace` seconds as long as it says that something moved, else waits to be woken."""

    def __init__(self, name: str, work: Callable[[], bool], pace: float) -> None:
        self.pace = pace
        self.closing = False
        self._name = name
        self._work = work
        self._changed = threading.Condition()
        self._woken = False
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """There may be something to do."""
        with self._changed:
            self._woken = True
            if self._thread is None and not self.closing:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Ends after the round that is under way."""
        with self._changed:
            self.closing = True
            self._changed.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)

    def _run(self) -> None:
        idle = 0
        while not self.closing:
            if self._woken:
                self._woken, idle = False, 0
            idle = 0 if self._work() else idle + 1
            with self._changed:
                # Who woke it may not have committed yet: it looks again a few times before it rests.
                self._changed.wait_for(
                    lambda: self._woken or self.closing, None if idle > _LOOKS else max(self.pace, 0.01)
                )
