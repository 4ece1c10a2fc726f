"""What every screen with compared components has: the list left, the difference right, one at a time when narrow."""

from __future__ import annotations

from textual import on

from hotfix_tui.events.compare import ComponentCompared
from hotfix_tui.ui.component_rows import GROUP, ComponentRows, key_of, state_words, who_and_when
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

COLUMNS = (Column("Component", 0, 3), Column("State", 20, from_width=70), Column("", 8))


class ComponentPanels(BaseScreen):
    """Mixed into a screen that has a VirtualTable `components` and a DiffView `difference`.

    The screen says which component a key names, how it differs, and what the two sides are called.
    """

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self.folded: set[str] = set()
        self.who_shown = False
        self.rows = ComponentRows([], self.folded, False, False)

    def component(self, key: str | None) -> ComponentCompared | None:
        """The component of a row's key; None for a group."""
        raise NotImplementedError

    def subject(self, one: ComponentCompared) -> Subject:
        """What the difference shows of it."""
        raise NotImplementedError

    def side_names(self) -> tuple[str, str]:
        """The two sides in words, A first."""
        raise NotImplementedError

    def fill(self) -> None:
        """Lists what there is to list."""
        raise NotImplementedError

    @property
    def components_table(self) -> VirtualTable:
        """The list."""
        return self.query_one("#components", VirtualTable)

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        if self.app.size.width >= 100 or self.has_class("diff-open"):
            self.draw_difference()

    def draw_difference(self) -> None:
        """Shows the difference of the component under the cursor."""
        view = self.query_one(DiffView)
        one = self.component(self.components_table.key)
        if one is None:
            view.show(None)
        elif view.subject is None or view.subject.title != key_of(one) or view.subject.note != self.note(one):
            view.show(self.subject(one))

    def note(self, one: ComponentCompared) -> str:
        """Its state, and who changed it when on each side."""
        words = state_words(one.status, self.side_names())[1]
        sides = zip(self.side_names(), (one.a_changed, one.b_changed), strict=True)
        said = [f"{name}: {who}" for name, changed in sides if (who := who_and_when(changed))]
        blocks = ["blocks the seed: production changed it after the environment was made"] if one.blocking else []
        return "  ·  ".join([words, *blocks, *said])

    def do_open_difference(self) -> None:
        """Opens the difference, or folds the group."""
        key = self.components_table.key or ""
        if key.startswith(GROUP):
            self.folded ^= {key.removeprefix(GROUP)}
            self.fill()
        elif self.component(key) is not None:
            self.add_class("diff-open")
            self.draw_difference()
            self.query_one(DiffView).focus()

    def close_what_is_open(self) -> bool:
        """Esc in the difference goes back to the list."""
        if self.has_class("diff-open"):
            self.remove_class("diff-open")
            self.components_table.focus()
            return True
        return super().close_what_is_open()

    def do_view(self) -> None:
        """Structure or text."""
        self.flash(f"The difference is shown as {self.query_one(DiffView).toggle()}.")

    def do_next(self) -> None:
        """Next component that differs."""
        self._go(1)

    def do_previous(self) -> None:
        """Previous one."""
        self._go(-1)

    def _go(self, way: int) -> None:
        table = self.components_table
        keys = table.keys()
        position = table.cursor + way
        while 0 <= position < len(keys) and keys[position].startswith(GROUP):
            position += way
        if 0 <= position < len(keys):
            table.move(position)
        else:
            self.flash("There is no other component that way.")

    def do_who(self) -> None:
        """State, or who changed it and when."""
        self.who_shown = not self.who_shown
        self.fill()
        one = self.component(self.components_table.key)
        if one is not None:
            self.flash(f"{one.full_name}: {self.note(one)}")
