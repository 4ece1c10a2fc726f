"""Work in threads stands aside for a moment when a person has pressed a key: both share one interpreter.

Every thread that computes makes the one that answers keys wait its turn for the interpreter, again and again while it
answers one. So that thread says when it has begun and ended, and the others pause between two components.
"""

from __future__ import annotations

import threading

# Whoever forgets to say that it has ended holds nobody up for longer.
_LONGEST_PAUSE = 0.04


class Foreground:
    """What is answered to a person now. `begin` and `end` from one thread, `give_way` from any other.

    `longest`: seconds that anybody waits. `busy`: whether a key is being answered.
    """

    def __init__(self, longest: float = _LONGEST_PAUSE) -> None:
        self.busy = False
        self._longest = longest
        self._over = threading.Event()

    def begin(self) -> None:
        """A key came."""
        self._over.clear()
        self.busy = True

    def end(self) -> None:
        """It is answered, on the screen."""
        self.busy = False
        self._over.set()

    def give_way(self) -> None:
        """Waits while a key is being answered, `longest` at most; returns at once at any other time."""
        if self.busy and not self._over.wait(self._longest):
            self.busy = False


foreground = Foreground()
