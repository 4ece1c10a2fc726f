"""Work of one view, off the event loop: the latest piece alone goes on, the ones before it stop when they look."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hotfix_tui.ui.widgets.diff_match import Alive, Stopped

NAME = "difference"
"""The threads' name."""

_REST = 0.06


class LatestWork:
    """Runs one piece of work at a time, each in a daemon thread; a newer one takes the place of the older."""

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

        threading.Thread(target=run, name=NAME, daemon=True).start()
