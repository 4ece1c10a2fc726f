"""A dialog with a few fields, all with an answer already: Enter in any of them goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.screens.dialogs import DialogButton, FieldDialog
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.bars import Words

# More fields than these take one line each, so that they fit a small terminal.
_ROOMY = 3


@dataclass(frozen=True)
class Field:
    """One line to fill in: `label` above it, `value` in it, `placeholder` where it may stay empty.

    A `secret` is shown as dots.
    """

    key: str
    label: str
    value: str = ""
    placeholder: str = ""
    secret: bool = False


class FormDialog(FieldDialog[dict[str, str] | None]):
    """Gives key → what was typed, None for Esc. `check` says what is wrong with it, "" when nothing is."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self, title: str, fields: Sequence[Field], go: str, check: Callable[[Mapping[str, str]], str] | None = None
    ) -> None:
        super().__init__(title)
        self._fields, self._go, self._check = fields, go, check
        self.set_class(len(fields) > _ROOMY, "-compact")

    def content(self) -> ComposeResult:
        """The fields and the buttons."""
        for field in self._fields:
            yield Words(field.label)
            yield Input(
                field.value,
                id=field.key,
                placeholder=field.placeholder,
                password=field.secret,
                select_on_focus=False,
            )
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", f"Enter {self._go}")

    def chosen(self, name: str) -> None:
        """Goes on when nothing is wrong."""
        del name
        typed = {field.key: self.query_one(f"#{field.key}", Input).value.strip() for field in self._fields}
        if why := self._check(typed) if self._check is not None else "":
            self.query_one("#wrong", Words).say(Toned(why, "bad"))
            return
        self.dismiss(typed)
