"""A person's own pager and editor, while the screens step aside. Files are private and gone afterwards."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from textual.app import App, SuspendNotSupported

from hotfix_tui.ui.text import visible_text

_LINE = 100_000


def safe(text: str) -> str:
    """`text` with every control but the line break written out: a pager may pass on what it is given."""
    return "\n".join(visible_text(line.expandtabs(4), _LINE) for line in text.split("\n"))


def page(app: App[None], text: str) -> str:
    """Shows `text` in $PAGER, else `less`, else `more`. What to tell the person afterwards."""
    command = _command("PAGER", ("less", "more"))
    if not command:
        return "There is no pager: set PAGER to one."
    return _run(app, command, [("difference.diff", text.encode())])


def edit(app: App[None], name: str, sides: Sequence[tuple[str, bytes]]) -> str:
    """Opens both sides in $VISUAL or $EDITOR, as copies: what is changed there goes nowhere."""
    command = _command("VISUAL", ()) or _command("EDITOR", ("vi", "nano"))
    if not command:
        return "There is no editor: set EDITOR to one."
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:80].lstrip(".-") or "component"
    return _run(app, command, [(f"{side}-{plain}", content) for side, content in sides])


def edit_file(app: App[None], path: Path) -> str:
    """Opens the file itself in $VISUAL or $EDITOR. What to tell the person when that was not possible."""
    command = _command("VISUAL", ()) or _command("EDITOR", ("vi", "nano"))
    if not command:
        return "There is no editor: set EDITOR to one."
    return _start(app, [*command, str(path)])


def _command(variable: str, otherwise: Sequence[str]) -> list[str]:
    with contextlib.suppress(ValueError):  # quotes that do not close
        if wanted := shlex.split(os.environ.get(variable, "")):
            return wanted
    return next(([found] for one in otherwise if (found := shutil.which(one))), [])


def _run(app: App[None], command: list[str], files: Sequence[tuple[str, bytes]]) -> str:
    with tempfile.TemporaryDirectory(prefix="hotfix-tui-") as folder:  # 0700
        names = []
        for name, content in files:
            file = Path(folder) / name
            file.write_bytes(content)
            names.append(str(file))
        return _start(app, [*command, *names])


def _start(app: App[None], command: list[str]) -> str:
    try:
        with app.suspend():
            subprocess.run(command, check=False)
    except SuspendNotSupported:
        return "This terminal cannot be handed to another program."
    except OSError as error:
        return f"{command[0]} could not be started: {error.strerror}."
    return ""
