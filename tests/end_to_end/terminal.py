"""A real terminal for tests: a pseudo terminal with the program in it, read through a terminal emulator (pyte)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import pyte


class Terminal:
    """Runs `command` in a pseudo terminal of `columns` × `lines` and answers what a person would see.

    `screen_text()` is the screen as text, `press()` sends keys, `wait_for()` reads until a pattern shows; `raw` is all
    that was written. The program is the leader of a session of its own with the terminal as its controlling one, as
    under a login shell.
    """

    KEYS: ClassVar[dict[str, str]] = {
        "enter": "\r",
        "esc": "\x1b",
        "tab": "\t",
        "space": " ",
        "up": "\x1b[A",
        "down": "\x1b[B",
        "right": "\x1b[C",
        "left": "\x1b[D",
        "ctrl+p": "\x10",
        "ctrl+c": "\x03",
        "backspace": "\x7f",
    }

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        columns: int = 120,
        lines: int = 40,
        cwd: str | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes_read = 0
        self.raw = bytearray()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

        def own_terminal() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"TERM": "xterm-256color", "LANG": "C.UTF-8", **env},
            preexec_fn=own_terminal,
        )
        os.close(slave)

    def read(self, seconds: float = 0.05) -> bool:
        """Takes what the program has written, waiting at most `seconds` for it. False: the line is closed."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.bytes_read += len(data)
        self.raw += data
        # Device queries are answered by real terminals; pyte stumbles over some of them, and none is for the screen.
        self._stream.feed(re.sub(rb"\x1b\[[?>=][0-9;]*(?:\$[a-z]|[a-zA-Z])", _keep_known, data))
        return bool(data)

    def screen_text(self) -> str:
        """The screen as lines of text, trailing spaces cut."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def press(self, *keys: str) -> None:
        """Sends named keys (`enter`, `down`, …) or plain characters, one write each, as fingers do."""
        for key in keys:
            os.write(self.master, self.KEYS.get(key, key).encode())
            time.sleep(0.03)
            self.read(0.02)

    def pause(self) -> None:
        """Waits as a person does before the next key: dialogs ignore keys in their first half second."""
        deadline = time.monotonic() + 0.7
        while time.monotonic() < deadline:
            self.read(0.05)

    def type(self, text: str) -> None:
        """Sends the characters of `text`."""
        self.press(*text)

    def wait_for(self, pattern: str, seconds: float = 30.0) -> str:
        """Reads until `pattern` (a regular expression) is on the screen; returns the screen.

        Raises AssertionError with the last screen when it does not come in time or the program ends first.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            open_ = self.read(0.05)
            text = self.screen_text()
            if re.search(pattern, text):
                return text
            if not open_ and self.process.poll() is not None:
                break
        raise AssertionError(f"{pattern!r} did not show within {seconds:.0f} s; the screen was:\n{self.screen_text()}")

    def wait_end(self, seconds: float = 20) -> int:
        """Reads on until the program has ended; its exit code. Raises AssertionError when it does not end."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it did not end; the screen was:\n{self.screen_text()}"
            self.read(0.05)
        return self.process.returncode

    def resize(self, columns: int, lines: int) -> None:
        """Gives the terminal another size, as dragging its corner does."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Closes the line, as a dropped SSH connection does."""
        with contextlib.suppress(OSError):
            os.close(self.master)
        self.master = -1

    def end(self) -> int | None:
        """Ends the program if it still runs; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        if self.master >= 0:
            self.hang_up()
        return self.process.returncode


def _keep_known(match: re.Match[bytes]) -> bytes:
    """Private modes that pyte knows (`?…h`, `?…l`) stay; other private sequences are dropped."""
    return match.group() if re.fullmatch(rb"\x1b\[\?[0-9;]*[hl]", match.group()) else b""


@contextlib.contextmanager
def terminal(command: Sequence[str], env: Mapping[str, str], columns: int = 120, lines: int = 40) -> Iterator[Terminal]:
    """A `Terminal` that is ended at the end."""
    opened = Terminal(command, env, columns, lines)
    try:
        yield opened
    finally:
        opened.end()
