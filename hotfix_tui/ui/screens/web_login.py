"""The dialog of a login through a browser: the address to open, the way back over SSH, or the address pasted."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.screens.dialogs import DialogButton, FieldDialog
from hotfix_tui.ui.text import BREAK, Cell, Toned
from hotfix_tui.ui.widgets.bars import Words

if TYPE_CHECKING:
    from hotfix_tui.salesforce.logins.web import Listener, WebLogin

_LOOK_SECONDS = 0.2


class WebLoginDialog(FieldDialog[str]):
    """Gives the address that the browser ended at, heard on the port or pasted; "" for Esc."""

    CANCELLED: ClassVar[object] = ""
    AUTO_FOCUS = "#pasted"
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("ctrl+y", "copy", "Copy the address", show=False),
    ]

    def __init__(self, login: WebLogin) -> None:
        super().__init__("Log in with a browser")
        self._login = login
        self._listener: Listener | None = None

    def content(self) -> ComposeResult:
        """The address, the tunnel's line, the field to paste into."""
        words: list[Cell] = [
            "Open this address in a browser; ", Toned("Ctrl+Y", "key"), " copies it to your clipboard:", BREAK,
            Toned(self._login.address, "strong"),
        ]  # fmt: skip
        if tunnel := self._login.tunnel():
            words += [BREAK, "If the browser is on another machine, type there first:", BREAK, Toned(tunnel, "strong")]
        yield Words(*words)
        yield Words("Or paste the address at which it ended:")
        yield Input(id="pasted", password=True, placeholder=self._login.redirect_uri)
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", "Enter Go on")

    def on_mount(self) -> None:
        """Listens on the port; where that is taken, pasting is left."""
        from hotfix_tui.salesforce.errors import BadLogin
        from hotfix_tui.salesforce.logins.web import Listener

        super().on_mount()
        try:
            self._listener = Listener(self._login)
        except BadLogin as error:
            self.query_one("#wrong", Words).say(Toned(str(error), "warn"))
        else:
            self.set_interval(_LOOK_SECONDS, self._look)

    def on_unmount(self) -> None:
        """Frees the port."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.close()

    def _look(self) -> None:
        if self._listener is not None and self._listener.address and self.is_current:
            self.dismiss(self._listener.address)

    def action_copy(self) -> None:
        """The address to the terminal's clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self._login.address)

    def chosen(self, name: str) -> None:
        """What was pasted."""
        del name
        if pasted := self.query_one("#pasted", Input).value.strip():
            self.dismiss(pasted)
