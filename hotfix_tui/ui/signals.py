"""SIGHUP and SIGTERM: an orderly end with the terminal restored.

Textual handles neither: the process would die at once with the terminal in raw mode, or, with SIGHUP ignored, spin on
a closed terminal. Nothing in an org depends on this process (the runner works detached), so the only duty here is to
leave the terminal usable, also when it no longer takes output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

EXIT_CODE = 128 + signal.SIGTERM
_PATIENCE = 3.0
"""Seconds that the orderly end may take before the process ends anyway (a stalled terminal blocks Textual's loop)."""


class Signals:
    """Installs the handlers, and takes them back."""

    def __init__(self, leave: Callable[[int], None]) -> None:
        self._leave = leave
        self._before: dict[signal.Signals, Any] = {}
        self._terminal: list[Any] | None = None

    def remember_terminal(self) -> None:
        """Keeps the terminal's settings as they are before Textual changes them. Call before `App.run`."""
        with contextlib.suppress(Exception):
            import termios

            self._terminal = termios.tcgetattr(sys.__stdin__.fileno())  # type: ignore[union-attr]

    def install(self) -> None:
        """Takes over both signals. Call from the loop's thread once Textual runs; elsewhere it does nothing."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()

        def handler(number: int, _frame: FrameType | None) -> None:
            threading.Thread(target=self._force, args=(number,), daemon=True).start()
            loop.call_soon_threadsafe(self._leave, 128 + number)

        for number in (signal.SIGHUP, signal.SIGTERM):
            self._before[number] = signal.signal(number, handler)

    def uninstall(self) -> None:
        """Gives the signals back to whoever had them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _force(self, number: int) -> None:
        time.sleep(_PATIENCE)
        with contextlib.suppress(Exception):
            if self._terminal is not None:
                import termios

                termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, self._terminal)  # type: ignore[union-attr]
        os._exit(128 + number)
