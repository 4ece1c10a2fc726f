"""Dialogs that ask for a line or two of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input

from hotfix_tui.ui.screens.dialogs import Dialog, DialogButton, FieldDialog
from hotfix_tui.ui.text import BREAK, Cell, Toned, visible_text
from hotfix_tui.ui.widgets.bars import Words


class TypedDialog(FieldDialog[str]):
    """A line of text; Enter in the field gives it, Esc gives nothing."""

    CANCELLED: ClassVar[object] = ""
    AUTO_FOCUS = "#typed"

    def __init__(self, title: str, words: Sequence[Cell], placeholder: str) -> None:
        super().__init__(title)
        self._words, self._placeholder = words, placeholder

    def content(self) -> ComposeResult:
        """The words, the field, the buttons."""
        yield Words(*self._words)
        yield Input(id="typed", placeholder=self._placeholder)
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", "Enter Go on")

    def chosen(self, name: str) -> None:
        """Nothing typed is nothing done."""
        del name
        self.dismiss(self.query_one("#typed", Input).value.strip())


class TwoSidesDialog(Dialog[tuple[str, str] | None]):
    """Which two to compare: aliases of orgs, or folders."""

    AUTO_FOCUS = "#a"

    def __init__(self, aliases: Sequence[str], a: str, b: str) -> None:
        super().__init__("Compare")
        self._aliases, self._a, self._b = aliases, a, b

    def content(self) -> ComposeResult:
        """Two fields and what can be typed."""
        known = ", ".join(visible_text(alias, 40) for alias in self._aliases) or "none"
        yield Words("Two orgs by alias, two folders of metadata, or one of each.", BREAK)
        yield Words(Toned(f"Known orgs: {known}", "dim"))
        yield Input(self._a, id="a", placeholder="A: alias or ./folder", select_on_focus=True)
        yield Input(self._b, id="b", placeholder="B: alias or ./folder", select_on_focus=True)
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("go", "Enter Compare")

    @on(Input.Submitted, "#a")
    def _first(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#b", Input).focus()

    @on(Input.Submitted, "#b")
    def _second(self, event: Input.Submitted) -> None:
        event.stop()
        self.chosen("go")

    def chosen(self, name: str) -> None:
        """Both must be there, and not the same."""
        del name
        a, b = (self.query_one(f"#{side}", Input).value.strip() for side in ("a", "b"))
        if not a or not b or a == b:
            said = "Name two." if not a or not b else "These are the same."
            self.query_one("#wrong", Words).say(Toned(said, "bad"))
            return
        self.dismiss((a, b))
