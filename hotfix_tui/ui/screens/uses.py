"""What a component depends on and what uses it, on each side: a dialog to look, to walk on, and to jump from."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding

from hotfix_tui.ui import background
from hotfix_tui.ui.screens.dialogs import Dialog
from hotfix_tui.ui.text import Toned, plain, visible
from hotfix_tui.ui.uses_rows import State, UsesRows
from hotfix_tui.ui.widgets.bars import Words
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides
    from hotfix_tui.compare.component import ComponentId

Ask = Callable[["ComponentId"], "Coroutine[Any, Any, Callable[[BothSides], list[str]]]"]
"""Asks the orgs about a component; what comes back adds their answers, and says what they do not tell."""
_KEYS = "Enter shows it in the list · d what that depends on · Backspace back · Esc closes"


class UsesDialog(Dialog[str]):
    """Gives the key (`Type:Full_Name`) to jump to, or nothing.

    `listed`: whether the list behind has a component. `known`: whether there is more to tell of it than its names here.
    """

    CANCELLED: ClassVar[object] = ""
    AUTO_FOCUS = "VirtualTable"
    BINDINGS: ClassVar = [
        Binding("enter", "jump", "Show in the list", show=False),
        Binding("d", "walk", "What it depends on", show=False),
        Binding("backspace", "return", "Back", show=False),
        Binding("escape,q", "give_up", "Close", show=False),
    ]

    def __init__(
        self,
        key: ComponentId,
        both: BothSides,
        sides: tuple[str, str],
        state: State,
        listed: Callable[[ComponentId], bool],
        known: Callable[[ComponentId], bool],
        ask: Ask | None = None,
    ) -> None:
        super().__init__(f"{key.type} {key.full_name}")
        self._path = [key]
        self._both = both
        self._sides = sides
        self._state = state
        self._listed = listed
        self._known = known
        self._ask = ask
        self._asked: set[ComponentId] = set()
        self._rows: UsesRows | None = None

    def content(self) -> ComposeResult:
        """The list, and what can be done."""
        yield VirtualTable(Column("Component"), Column("Named on", 16, from_width=60), Column("State", 14), id="uses")
        yield Words(id="uses-full")
        yield Words(id="uses-said")
        yield Words(Toned(_KEYS, "dim"))

    def on_mount(self) -> None:
        """Shows what the files say, and asks the orgs."""
        super().on_mount()
        self._show()

    def _show(self) -> None:
        key = self._path[-1]
        self.query_one("#dialog").border_title = visible(f"{key.type} {key.full_name}")
        self._fill()
        self._say("")
        ask = self._ask
        if ask is not None and key not in self._asked:
            self._asked.add(key)
            self._say("Asking the orgs what they say …")
            background.call(self.app, lambda: ask(key), self._answered)

    def _fill(self) -> None:
        a, b = self._both.uses(self._path[-1])
        self._rows = UsesRows(a, b, self._sides, self._state)
        table = self.query_one(VirtualTable)
        table.show(self._rows)
        if self._rows.component(table.cursor) is None:
            table.move(table.cursor + 1)

    def _answered(self, add: Any, error: str) -> None:
        if not self.is_mounted:
            return
        notes = [error] if error else add(self._both)
        self._fill()
        self._say(" ".join(notes), "warn" if error else "dim")

    @on(VirtualTable.Highlighted)
    def _in_full(self) -> None:
        """The row under the cursor in full, where the table has to cut it."""
        table = self.query_one(VirtualTable)
        named = self._rows is not None and self.chosen_component is not None
        words = [text for cell in table.source.cells(table.cursor) if (text := plain(cell).strip())] if named else []
        self.query_one("#uses-full", Words).say(*([Toned("  ·  ".join(words), "dim")] if words else []))

    def _say(self, words: str, tone: str = "dim") -> None:
        self.query_one("#uses-said", Words).say(*([Toned(words, tone)] if words else []))

    @property
    def chosen_component(self) -> ComponentId | None:
        """The component under the cursor."""
        table = self.query_one(VirtualTable)
        return self._rows.component(table.cursor) if self._rows is not None and table.listed else None

    def action_jump(self) -> None:
        """Enter: to the list behind, if it has it."""
        key = self.chosen_component
        if key is None:
            return
        if self._listed(key):
            self.dismiss(str(key))
        else:
            self._say(f"{key.full_name} is no difference, so the list does not have it.", "warn")

    def action_walk(self) -> None:
        """What the component under the cursor depends on."""
        key = self.chosen_component
        if key is None or key == self._path[-1]:
            return
        if not self._known(key):
            self._say(f"{key.full_name} is no difference; what it depends on was not kept.", "warn")
            return
        self._path.append(key)
        self.query_one(VirtualTable).move(0)
        self._show()

    def action_return(self) -> None:
        """Back to where one came from."""
        if len(self._path) > 1:
            self._path.pop()
            self._show()
