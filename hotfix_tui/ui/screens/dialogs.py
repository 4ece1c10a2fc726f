"""Dialogs. Cancel has the focus, the first half second takes no key, Enter alone never writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from hotfix_tui.ui.text import BREAK, Cell, Toned, plain, visible, visible_text
from hotfix_tui.ui.widgets.bars import Line, Words
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.too_small import HEIGHT, WIDTH, TooSmall
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

T = TypeVar("T")


class DialogButton(Line, can_focus=True):
    """A word to press."""

    BINDINGS: ClassVar = [Binding("enter,space", "press", "Press", show=False)]

    @dataclass
    class Pressed(Message):
        """The button `name` was pressed."""

        name: str

    def __init__(self, name: str, words: str) -> None:
        super().__init__(f" {words} ", id=f"button-{name}")
        self.button_name = name

    def action_press(self) -> None:
        """Enter or space."""
        self.post_message(self.Pressed(self.button_name))

    def on_click(self) -> None:
        """The mouse."""
        self.action_press()


class Dialog(ModalScreen[T], Generic[T]):
    """A box with a title, words, and buttons. Esc gives `CANCELLED`."""

    GRACE: ClassVar[float] = 0.5
    """Seconds in which keys are ignored: what was typed ahead must not answer."""
    CANCELLED: ClassVar[object] = None
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (WIDTH, "-narrow")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (HEIGHT, "-short")]  # noqa: RUF012
    BINDINGS: ClassVar = [
        Binding("escape", "give_up", "Cancel", show=False),
        Binding("right,down", "app.focus_next", show=False),
        Binding("left,up", "app.focus_previous", show=False),
    ]

    def __init__(self, title: str, *, danger: bool = False) -> None:
        super().__init__()
        self._title = title
        self._danger = danger
        self._opened = time.monotonic()

    @property
    def deaf(self) -> bool:
        """Whether keys are ignored now: just opened, or covered for want of room."""
        return self.covered or time.monotonic() - self._opened < self.GRACE

    @property
    def covered(self) -> bool:
        """Whether the terminal has no room to show it."""
        return self.app.size.width < WIDTH or self.app.size.height < HEIGHT

    def compose(self) -> ComposeResult:
        """The box."""
        with Container(id="dialog", classes="-danger" if self._danger else "") as box:
            box.border_title = visible(self._title)
            yield from self.content()
        yield TooSmall()

    def content(self) -> ComposeResult:
        """What is in the box."""
        yield from ()

    def on_mount(self) -> None:
        """Starts the grace. A blinking cursor would send bytes for ever."""
        self._opened = time.monotonic()
        for line in self.query(Input):
            line.cursor_blink = False

    def action_give_up(self) -> None:
        """Esc: nothing is done."""
        self.dismiss(self.CANCELLED)  # type: ignore[arg-type]

    @on(DialogButton.Pressed)
    def _pressed(self, event: DialogButton.Pressed) -> None:
        event.stop()
        if event.name == "cancel":
            self.action_give_up()
        else:
            self.chosen(event.name)

    def chosen(self, name: str) -> None:
        """A button other than Cancel was pressed."""


class FieldDialog(Dialog[T]):
    """A dialog with fields: Enter in any of them is its button."""

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.chosen("go")


class ConfirmDialog(Dialog[bool]):
    """A question with Cancel (focused) and one other way; `key` is a letter that says yes."""

    CANCELLED: ClassVar[object] = False
    AUTO_FOCUS = "#button-cancel"

    def __init__(
        self, title: str, words: Sequence[Cell], yes: str, *, key: str = "y", no: str = "Cancel", danger: bool = False
    ) -> None:
        super().__init__(title, danger=danger)
        self._words = words
        self._yes, self._key, self._no = yes, key, no

    def content(self) -> ComposeResult:
        """The question, Cancel, the other way."""
        yield Words(*self._words)
        with Container(id="buttons"):
            yield DialogButton("cancel", f"Esc {self._no}")
            yield DialogButton("yes", f"{self._key} {self._yes}")

    def on_key(self, event: events.Key) -> None:
        """The letter that says yes."""
        if event.key == self._key:
            event.stop()
            self.dismiss(True)

    def chosen(self, name: str) -> None:
        """Yes."""
        del name
        self.dismiss(True)


class TypedAliasDialog(Dialog[str]):
    """Asks for a production org's alias, typed in full. Gives what was typed; empty when nothing is to be done."""

    CANCELLED: ClassVar[object] = ""
    AUTO_FOCUS = "#button-cancel"

    def __init__(self, alias: str, title: str, words: Sequence[Cell], act: str) -> None:
        super().__init__(title, danger=True)
        self._alias, self._words, self._act = alias, words, act

    def content(self) -> ComposeResult:
        """What will be done, the field, the buttons."""
        yield Words(
            Toned(f" PRODUCTION {visible_text(self._alias, 60)} ", "production"), BREAK, BREAK,
            *self._words, BREAK, BREAK,
            "Type the alias of this org in full, then press Enter in the field.",
        )  # fmt: skip
        yield Input(id="alias", placeholder="alias of the production org", select_on_focus=False)
        yield Words(id="wrong")
        with Container(id="buttons"):
            yield DialogButton("cancel", "Esc Cancel")
            yield DialogButton("act", self._act)

    def on_key(self, event: events.Key) -> None:
        """A letter goes to the field, wherever the focus is."""
        field = self.query_one("#alias", Input)
        if not field.has_focus and event.is_printable and event.character and event.character != " ":
            event.stop()
            field.focus()
            field.value += event.character
            field.cursor_position = len(field.value)

    @on(Input.Submitted, "#alias")
    def _typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.chosen("act")

    def chosen(self, name: str) -> None:
        """Goes on only when the alias is there, letter by letter."""
        del name
        typed = self.query_one("#alias", Input).value
        if typed == self._alias:
            self.dismiss(typed)
            return
        said = f"“{visible_text(typed, 60)}” is not the alias of this org." if typed else "The alias is not typed yet."
        self.query_one("#wrong", Words).say(Toned(f"{said} Nothing was done.", "bad"))


class ChoiceDialog(Dialog[str]):
    """A list to choose from: Enter gives the chosen key, Esc nothing."""

    CANCELLED: ClassVar[object] = ""
    AUTO_FOCUS = "VirtualTable"
    BINDINGS: ClassVar = [
        Binding("enter", "choose", "Choose", show=False),
        Binding("escape", "give_up", "Cancel", show=False),
    ]

    def __init__(self, title: str, words: Sequence[Cell], choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(title)
        self._words, self._choices = words, choices

    def content(self) -> ComposeResult:
        """The words and the list."""
        yield Words(*self._words)
        yield VirtualTable(Column(""), header=False, id="choices")
        yield Words(Toned("Enter chooses · Esc cancels", "dim"))

    def on_mount(self) -> None:
        """Fills the list."""
        super().on_mount()
        rows = ListRows(self._choices, lambda choice: (choice[1],), lambda choice: choice[0])
        table = self.query_one(VirtualTable)
        table.styles.height = min(max(len(self._choices), 1), 10)
        table.show(rows)

    def action_choose(self) -> None:
        """Enter."""
        self.dismiss(self.query_one(VirtualTable).key or "")


class DetailDialog(Dialog[None]):
    """A table of details. Esc, Enter and q close it."""

    AUTO_FOCUS = "VirtualTable"
    BINDINGS: ClassVar = [Binding("escape,enter,q", "give_up", "Close", show=False)]

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        rows: Callable[[int], Sequence[tuple[Cell, ...]]],
        words: Sequence[Cell] = (),
        empty: str = "",
    ) -> None:
        super().__init__(title)
        self._columns, self._rows, self._words = columns, rows, words
        self._empty = empty
        self._shown: Sequence[tuple[Cell, ...]] = ()

    def content(self) -> ComposeResult:
        """The words and the table."""
        if self._words:
            yield Words(*self._words)
        yield VirtualTable(*self._columns, header=any(column.title for column in self._columns))
        yield Words(id="in-full")
        yield Words(Toned("Esc closes", "dim"))

    def on_mount(self) -> None:
        """Fills the table when its width is known."""
        super().on_mount()
        self.call_after_refresh(self._fill)

    def _fill(self) -> None:
        table = self.query_one(VirtualTable)
        self._shown = self._rows(table.size.width)
        table.empty = self._empty
        table.show(ListRows(self._shown, lambda row: row))
        self._chosen()

    @on(VirtualTable.Highlighted)
    def _chosen(self) -> None:
        """The row under the cursor in full, where the table has to cut it."""
        key = self.query_one(VirtualTable).key
        if key is None or len(self._columns) < 3:
            return
        words = [text for cell in self._shown[int(key)] if (text := plain(cell).strip())]
        self.query_one("#in-full", Words).say(Toned("  ·  ".join(words), "dim"))
