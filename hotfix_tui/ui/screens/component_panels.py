"""What every screen with compared components has: the list left, the difference right, one at a time when narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on

from hotfix_tui.events.compare import ComponentCompared
from hotfix_tui.events.words.phrases import flow_versions
from hotfix_tui.ui import outside
from hotfix_tui.ui.commands import footer_of
from hotfix_tui.ui.component_rows import GROUP, ComponentRows, key_of, state_words, who_and_when
from hotfix_tui.ui.screens.base import BaseScreen
from hotfix_tui.ui.widgets.bars import KeyBar
from hotfix_tui.ui.widgets.diff_view import DiffView, Subject
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable
from hotfix_tui.ui.words import many

_IN_VIEW = frozenset({"view", "next_change", "previous_change", "unfold", "columns"})
COLUMNS = (Column("Component", 0, 3), Column("State", 20, from_width=70), Column("", 8))


# What most terminals take by OSC 52, before it is packed for the way.
_CLIPBOARD = 70_000


class DifferenceKeys(BaseScreen):
    """Mixed into a screen with a DiffView `difference`: everything that keys do with what it shows."""

    @property
    def difference(self) -> DiffView:
        """The view."""
        return self.query_one("#difference", DiffView)

    @property
    def has_difference(self) -> bool:
        """Whether there is one to copy or read elsewhere."""
        return self.difference.subject is not None

    def draw_difference(self) -> None:
        """Makes the view show what is chosen, where that may have changed."""

    def why_not(self, command: str) -> str:
        """What the commands of a difference need."""
        if command in _IN_VIEW and not (self.difference.display and self.difference.subject):
            return "Open a difference first: Enter."
        if command in ("copy", "pager", "editor", "full") and not self.has_difference:
            return "Choose a component first."
        return super().why_not(command)

    def draw_keys(self) -> None:
        """The footer, with what a difference can do while it has the focus."""
        self.query_one(KeyBar).tell(footer_of(self.WHERE, self.difference.has_focus), self.reason)

    def on_descendant_focus(self) -> None:
        """Another panel takes the keys."""
        if self.built:
            self.draw_keys()

    def do_view(self) -> None:
        """Structure or text."""
        self.flash(f"The difference is shown as {self.difference.toggle()}.")

    def do_next_change(self) -> None:
        """The next place that differs."""
        self.flash(self.difference.go(1))

    def do_previous_change(self) -> None:
        """The previous one."""
        self.flash(self.difference.go(-1))

    def do_unfold(self) -> None:
        """Everything, or only what differs."""
        self.flash(self.difference.unfold())

    def do_columns(self) -> None:
        """Side by side or not."""
        self.flash(f"The difference is shown {self.difference.toggle_columns()}.")

    def do_full(self) -> None:
        """The difference on the whole screen, or beside the list."""
        self.toggle_class("diff-full")
        self.draw_difference()
        if self.has_class("diff-full"):
            self.difference.focus()
        else:
            self._focus_body()

    def close_what_is_open(self) -> bool:
        """Esc leaves the full screen first."""
        if self.has_class("diff-full"):
            self.remove_class("diff-full")
            return True
        return super().close_what_is_open()

    def do_copy(self) -> None:
        """The difference to the terminal's clipboard."""
        self._with_text(self._copied)

    def _copied(self, text: str) -> None:
        lines = many(text.count("\n") + 1, "line")
        if len(text.encode()) > _CLIPBOARD:
            self.flash(f"{lines} are too much for a terminal's clipboard: o opens them in $PAGER.", "warn")
            return
        self.app.copy_to_clipboard(text)
        self.flash(f"{lines} sent to the terminal's clipboard (OSC 52).")

    def do_pager(self) -> None:
        """$PAGER."""
        self._with_text(lambda text: self.flash(outside.page(self.app, text)))

    def _with_text(self, then: Callable[[str], None]) -> None:
        """Gives the chosen component's difference as a unified one to `then`; it is worked out in a thread."""
        self.draw_difference()
        working = self.difference.working
        if working is None:
            return
        self.flash("Working out the difference …")

        def made(text: str, error: str) -> None:
            if error or not text:
                self.flash(f"It could not be compared: {error}." if error else "No line differs.", "warn")
            else:
                self.flash("")
                then(text)

        working.unified(made)

    def do_editor(self) -> None:
        """$EDITOR, with copies."""
        self.draw_difference()
        working = self.difference.working
        if working is None:
            return

        def made(texts: tuple[str | None, str | None], error: str) -> None:
            sides = [(name, text.encode()) for name, text in zip("ab", texts, strict=True) if text is not None]
            if error or not sides:
                self.flash(f"It could not be opened: {error or 'there is no text'}.", "warn")
            else:
                self.flash(outside.edit(self.app, working.subject.title.partition(":")[2], sides))

        working.texts(made)


class ListPanels(DifferenceKeys):
    """Mixed into a screen that has a VirtualTable `components` in foldable groups, and a DiffView `difference`.

    The screen says what a row's key names and draws its difference.
    """

    folded: set[str]
    LAST_ONE: ClassVar[str] = "There is no other component that way."

    def named(self, key: str | None) -> object | None:
        """What a row's key names; None for a group."""
        raise NotImplementedError

    @property
    def comparison_number(self) -> int:
        """Another one when both sides were compared anew: what is shown may differ otherwise now."""
        return 0

    def fill(self) -> None:
        """Lists what there is to list."""
        raise NotImplementedError

    @property
    def has_difference(self) -> bool:
        """Whether something is chosen; its difference need not be open."""
        return self.named(self.components_table.key) is not None

    @property
    def components_table(self) -> VirtualTable:
        """The list."""
        return self.query_one("#components", VirtualTable)

    @on(VirtualTable.Highlighted)
    def _moved(self) -> None:
        self.show_difference()

    def show_difference(self) -> None:
        """Draws the difference where it is in view."""
        if self.app.size.width >= 100 or self.has_class("diff-open"):
            self.draw_difference()

    def do_open_difference(self) -> None:
        """Opens the difference, or folds the group."""
        key = self.components_table.key or ""
        if key.startswith(GROUP):
            self.folded ^= {key.removeprefix(GROUP)}
            self.fill()
        elif self.named(key) is not None:
            self.add_class("diff-open")
            self.draw_difference()
            self.difference.focus()

    def close_what_is_open(self) -> bool:
        """Esc in the difference goes back to the list, out of the full screen first."""
        if not self.has_class("diff-full") and self.has_class("diff-open"):
            self.remove_class("diff-open")
            self.components_table.focus()
            return True
        return super().close_what_is_open()

    def do_next(self) -> None:
        """The next one, over groups."""
        self._go(1)

    def do_previous(self) -> None:
        """The previous one."""
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
            self.flash(self.LAST_ONE)


class ComponentPanels(ListPanels):
    """Mixed into a screen whose list is of compared components.

    The screen says which component a key names, how it differs, and what the two sides are called.
    """

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def _begin(self) -> None:
        self.folded: set[str] = set()
        self.who_shown = False
        self._drawn: tuple[str, str, int] = ("", "", 0)
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

    def named(self, key: str | None) -> ComponentCompared | None:
        """A component."""
        return self.component(key)

    def draw_difference(self) -> None:
        """Shows the difference of the component under the cursor."""
        view = self.difference
        one = self.component(self.components_table.key)
        if one is None:
            view.show(None)
        elif view.subject is None or (key_of(one), self.note(one), self.comparison_number) != self._drawn:
            self._drawn = key_of(one), self.note(one), self.comparison_number
            view.show(self.subject(one))

    def note(self, one: ComponentCompared) -> str:
        """Its state, and who changed it when on each side; of a flow, which versions there are."""
        words = state_words(one.status, self.side_names())[1]
        sides = zip(self.side_names(), (one.a_changed, one.b_changed), strict=True)
        parts = [(name, [who_and_when(changed), flow_versions(changed)]) for name, changed in sides]
        said = [f"{name}: {', '.join(filter(None, words))}" for name, words in parts if any(words)]
        blocks = ["blocks the seed: production changed it after the environment was made"] if one.blocking else []
        return "  ·  ".join([words, *blocks, *said])

    def do_who(self) -> None:
        """State, or who changed it and when."""
        self.who_shown = not self.who_shown
        self.fill()
        one = self.component(self.components_table.key)
        if one is not None:
            self.flash(f"{one.full_name}: {self.note(one)}")
