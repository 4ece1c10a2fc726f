"""What a person sees when the interface itself fails: one plain sentence, no values, the terminal restored.

Textual prints a traceback with the local variables of every frame, and a token may be among them. Ours goes to the
log file without locals and with everything that looks like a secret taken out. `_fatal_error` is Textual's private
name: this module is the only place that knows it, and a test holds it.
"""

from __future__ import annotations

import contextlib
import os
import time
import traceback

from rich.text import Text
from textual.app import App

from hotfix_tui import paths
from hotfix_tui.ui.text import visible_text


def write_down(error: BaseException) -> str:
    """Appends the traceback, without local variables and secrets, to the log file (0600). Returns the file's path."""
    from hotfix_tui.salesforce.redact import redact

    lines = traceback.format_exception(error)
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path = paths.log_file()
    with contextlib.suppress(OSError):
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(redact(f"{stamp} the interface failed\n{''.join(lines)}\n"))
    return str(path)


def sentence(error: BaseException, log: str) -> str:
    """What happened, what it means for the org, and what to do next."""
    return (
        f"hotfix-tui's screen stopped: {type(error).__name__}. What was running in an org goes on, and its journal is "
        f"true. Start hotfix-tui again to be where you were. Details, without secrets: {visible_text(log)}"
    )


class CrashSafeApp(App[None]):
    """An App whose failure shows one sentence and exits with code 1."""

    def _handle_exception(self, error: Exception) -> None:
        self._failed = error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        error = getattr(self, "_failed", None) or RuntimeError("unknown")
        if not self._exit_renderables:
            self._exit_renderables.append(Text(sentence(error, write_down(error))))
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """Textual ends here too, with a text of its own that may hold values: say our sentence in its place."""
        del renderables
        self._fatal_error()
