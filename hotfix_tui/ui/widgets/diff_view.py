"""One difference, by structure or as text; side by side from 120 columns of the terminal on, else in one column."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hotfix_tui.ui.commands import table_bindings
from hotfix_tui.ui.text import fit, visible, visible_text, wrap
from hotfix_tui.ui.widgets import diff_lines
from hotfix_tui.ui.widgets.virtual_table import TONE_CLASSES

SIDE_BY_SIDE = 120

Paths = Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Subject:
    """What is compared. `texts` gives both sides, None for one that does not have it; `structure` (path, left, right).

    Both may be slow: they run in a thread, once, when asked for. `structure` is None where there is none (Apex).
    """

    title: str
    left_name: str
    right_name: str
    texts: Callable[[], tuple[str | None, str | None]]
    structure: Callable[[], Paths] | None = None
    note: str = ""


class DiffView(ScrollView, can_focus=True, inherit_bindings=False):
    """The difference of a `Subject`. Nothing is compared before it is shown."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [*table_bindings()]

    @dataclass
    class Computed(Message):
        """A thread has the rows of a subject ready."""

        view: DiffView
        subject: Subject
        by_structure: bool
        paths: Paths
        rows: list[diff_lines.TextRow]
        one_sided: bool = False
        error: str = ""

    def __init__(self, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.empty = empty
        self.by_structure = True
        self.subject: Subject | None = None
        self._paths: Paths | None = None
        self._rows: list[diff_lines.TextRow] | None = None
        self._lines: list[diff_lines.Line] = []
        self._one_sided = False
        self._error = ""

    def show(self, subject: Subject | None) -> None:
        """Shows another subject; the same one again changes nothing."""
        if subject == self.subject:
            return
        self.subject = subject
        self._paths = self._rows = None
        self._error = ""
        self.scroll_to(y=0, animate=False)
        self._compute()
        self._layout()

    def toggle(self) -> str:
        """Structure or text. Returns what is shown now."""
        self.by_structure = not self.by_structure
        self._compute()
        self._layout()
        return "structure" if self.by_structure and self._has_structure else "text"

    @property
    def _has_structure(self) -> bool:
        return self.subject is not None and self.subject.structure is not None

    @property
    def lines(self) -> list[diff_lines.Line]:
        """What is drawn."""
        return self._lines

    def _compute(self) -> None:
        subject = self.subject
        by_structure = self.by_structure and self._has_structure
        if subject is None or (self._paths if by_structure else self._rows) is not None:
            return

        def work() -> None:
            paths: Paths = []
            rows: list[diff_lines.TextRow] = []
            one_sided, error = False, ""
            try:
                if by_structure and subject.structure is not None:
                    paths = list(subject.structure())
                else:
                    left, right = subject.texts()
                    one_sided = left is None or right is None
                    rows = diff_lines.text_rows(left or "", right or "")
            except Exception as reason:  # shown in place of the difference; the text view still works
                error = f"{type(reason).__name__}: {reason}"
            self.post_message(self.Computed(self, subject, by_structure, paths, rows, one_sided, error))

        threading.Thread(target=work, name="difference", daemon=True).start()

    def on_diff_view_computed(self, event: Computed) -> None:
        """Takes a thread's result, unless another subject is shown by now."""
        event.stop()
        if event.subject is not self.subject:
            return
        self._error = event.error
        if event.by_structure:
            self._paths = event.paths
        else:
            self._rows, self._one_sided = event.rows, event.one_sided
        self._layout()

    def on_resize(self) -> None:
        """Lays the lines out for the new width."""
        self._layout()

    def _layout(self) -> None:
        width = self.size.width
        self._lines = self._laid_out(width) if width else []
        self.virtual_size = Size(1, len(self._lines))
        self.border_title = self._title()
        self.refresh()

    def _title(self) -> Content:
        if self.subject is None:
            return visible("Difference")
        way = "structure" if self.by_structure and self._has_structure else "text"
        return visible(f"{self.subject.title}  ({way})")

    def _laid_out(self, width: int) -> list[diff_lines.Line]:
        subject = self.subject
        if subject is None:
            return [((fit(f" {visible_text(self.empty)}", width), "dim"),)]
        two = self.app.size.width >= SIDE_BY_SIDE
        left, right = visible_text(subject.left_name), visible_text(subject.right_name)
        if two:
            half = (width - 3) // 2
            head: list[diff_lines.Line] = [
                ((fit(f"  {left}", half), "remove"), (" │ ", "dim"), (fit(f"  {right}", half), "add"))
            ]
        else:
            head = [((fit(f" - {left}   + {right}", width), "dim"),)]
        if subject.note:
            head += [((fit(f" {line}", width), "dim"),) for line in wrap(visible_text(subject.note), width - 2)]
        return head + self._body(subject, width, two)

    def _body(self, subject: Subject, width: int, two: bool) -> list[diff_lines.Line]:
        if self._error:
            hint = f" Could not compare: {visible_text(self._error)}. v shows the text."
            return [((fit(hint, width), "bad"),)]
        if self.by_structure and self._has_structure:
            if self._paths is None:
                return [((fit(" working out the difference …", width), "dim"),)]
            if not self._paths:
                return [((fit(" No element differs.", width), "dim"),)]
            shown = [(visible_text(path), left, right) for path, left, right in self._paths]
            return diff_lines.structure(shown, width, two)
        if self._rows is None:
            return [((fit(" working out the difference …", width), "dim"),)]
        if not self._rows:
            return [((fit(" No line differs.", width), "dim"),)]
        return (
            diff_lines.side_by_side(self._rows, width)
            if two and not self._one_sided
            else diff_lines.unified(self._rows, width)
        )

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        base = self.rich_style
        place = y + round(self.scroll_y)
        if place >= len(self._lines):
            return Strip.blank(self.size.width, base)
        segments = [
            Segment(text, base + self.get_component_rich_style(f"tone--{tone}", partial=True) if tone else base)
            for text, tone in self._lines[place]
        ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def action_down(self) -> None:
        """One line down."""
        self.scroll_to(y=self.scroll_y + 1, animate=False)

    def action_up(self) -> None:
        """One line up."""
        self.scroll_to(y=self.scroll_y - 1, animate=False)

    def action_page_down(self) -> None:
        """One page down."""
        self.scroll_to(y=self.scroll_y + self.size.height - 1, animate=False)

    def action_page_up(self) -> None:
        """One page up."""
        self.scroll_to(y=self.scroll_y - self.size.height + 1, animate=False)

    def action_top(self) -> None:
        """First line."""
        self.scroll_to(y=0, animate=False)

    def action_bottom(self) -> None:
        """Last line."""
        self.scroll_to(y=len(self._lines), animate=False)
