"""How often a screen draws anew what grows under it: soon when that is quick, seldom when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

# Of the time, at most this part goes into drawing; the rest is there for keys, which are to be answered within 50 ms.
_SHARE = 0.05
_LEAST_SECONDS = 0.1
_MOST_SECONDS = 3.0


class Pace:
    """Calls `draw` when asked to, the first time at once, then with pauses that grow with the time it takes."""

    def __init__(self, pump: MessagePump, draw: Callable[[], None]) -> None:
        self._pump = pump
        self._draw = draw
        self._next = 0.0
        self._timer: Timer | None = None

    def soon(self) -> None:
        """Draws now, or once when the pause is over."""
        if self._timer is not None:
            return
        pause = self._next - time.monotonic()
        if pause <= 0:
            self.now()
        else:
            self._timer = self._pump.set_timer(pause, self.now)

    def now(self) -> None:
        """Draws now, and nothing waits any more."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        began = time.monotonic()
        self._draw()
        ended = time.monotonic()
        self._next = ended + min(max((ended - began) / _SHARE, _LEAST_SECONDS), _MOST_SECONDS)
