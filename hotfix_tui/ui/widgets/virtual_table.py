"""A table that draws only what is in view: ready at once with millions of rows, one or two lines a cursor move."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from hotfix_tui.ui.commands import table_bindings
from hotfix_tui.ui.text import TONES, Cell, Toned, fit, visible, visible_text
from hotfix_tui.ui.widgets.rows import ListRows, RowSource
from hotfix_tui.ui.widgets.sparing import SparingView

# How far from its old place a row is looked for.
_FARTHEST = 30_000
TONE_CLASSES = {f"tone--{tone}" for tone in TONES}


@dataclass(frozen=True)
class Column:
    """A column's title and width in cells. `width` 0 shares what is left, by `weight`.

    In a table narrower than `from_width` cells the column is left out.
    """

    title: str
    width: int = 0
    weight: int = 1
    right: bool = False
    from_width: int = 0


class VirtualTable(SparingView, can_focus=True, inherit_bindings=False):
    """Rows of a `RowSource`, with cursor, selection, filter and order. No row is a widget."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        "table--empty",
        *TONE_CLASSES,
    }
    BINDINGS: ClassVar[list[BindingType]] = [*table_bindings()]

    cursor = reactive(0, repaint=False, init=False)

    @dataclass
    class Highlighted(Message):
        """The cursor is on another row; `key` is the row's."""

        table: VirtualTable
        key: str

        @property
        def control(self) -> VirtualTable:
            """The table, for `@on(…, "#id")`."""
            return self.table

    def __init__(
        self,
        *columns: Column,
        title: str = "",
        empty: str = "",
        marks: bool = False,
        header: bool = True,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.title = title
        self.empty = empty
        self.marks = marks
        self.header = 1 if header else 0
        self._titled = ""
        self.selectable: Callable[[str], bool] = lambda _key: True
        self.selected: set[str] = set()
        self.needle = ""
        self.sorted_by: int | None = None
        self.source: RowSource = ListRows[str]([], lambda text: (text,))
        self._index: Sequence[int] = range(0)
        self._left: str | None = None

    def on_mount(self) -> None:
        """Shows the title."""
        self._retitle()

    # -- content

    def show(self, source: RowSource) -> None:
        """Takes another source, or the same one changed. The cursor stays with its row; unchanged lines stay drawn.

        A row that is gone and comes again, as in a list that is read anew, has the cursor again, unless it was moved.
        """
        at = self._left or self.key
        self.source = source
        self._reindex(at)
        self._left = at if self.key != at else None

    def filter(self, needle: str) -> None:
        """Lists only rows that contain `needle`; `!needle` lists the others; empty lists all."""
        self._left = None
        self.needle = needle
        self._reindex(self.key)

    def sort(self, column: int | None) -> None:
        """Orders by a column; None: the source's own order."""
        self.sorted_by = column
        self._reindex(self.key)

    def next_sort(self) -> str:
        """Orders by the next column, after the last one as the source has it. Returns the column's title."""
        nexts = 0 if self.sorted_by is None else self.sorted_by + 1
        self.sort(nexts if nexts < len(self.columns) else None)
        return "" if self.sorted_by is None else self.columns[self.sorted_by].title

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor; None when no row is listed."""
        return self.source.key(self._index[self.cursor]) if self.cursor < len(self._index) else None

    @property
    def listed(self) -> int:
        """How many rows are listed."""
        return len(self._index)

    def keys(self) -> list[str]:
        """The keys of all listed rows, in order."""
        return [self.source.key(row) for row in self._index]

    def go_to(self, key: str) -> bool:
        """Moves the cursor to a row. False when it is not listed."""
        for position, row in enumerate(self._index):
            if self.source.key(row) == key:
                self.move(position)
                return True
        return False

    def toggle(self, keys: Sequence[str]) -> None:
        """Selects the rows, or, when all of them are selected, takes them out."""
        wanted = {key for key in keys if self.selectable(key)}
        if wanted <= self.selected:
            self.selected -= wanted
        else:
            self.selected |= wanted
        self.refresh_changed()

    def _reindex(self, at: str | None) -> None:
        before, top = self.cursor, round(self.scroll_y)
        self._index = self.source.index(self.needle, self.sorted_by)
        self.virtual_size = Size(1, len(self._index) + self.header)
        position = min(self.cursor, max(len(self._index) - 1, 0))
        if at is not None and (not self._index or self.key != at):
            position = self._find(at, position)
        self.set_reactive(VirtualTable.cursor, position)
        self._keep_in_place(before - top, top)
        self._retitle()
        self.refresh_changed()
        if self.key != at and self.key is not None:
            self.post_message(self.Highlighted(self, self.key))

    def _find(self, key: str, near: int) -> int:
        """Where `key` is listed now, looking around its old place first; `near` when it is gone."""
        listed = len(self._index)
        for away in range(min(max(near + 1, listed - near), _FARTHEST)):
            for position in (near + away, near - away):
                if 0 <= position < listed and self.source.key(self._index[position]) == key:
                    return position
        return near

    def _keep_in_place(self, line: int, top: int) -> None:
        """Rows came or went above the cursor's: it stays on its line of the view, or the view at its top."""
        page = self._page
        first = self.cursor - line if top else max(self.cursor - page + 1, 0)
        if 0 <= line < page and first != top:
            self.scroll_to(y=max(first, 0), animate=False, immediate=True, force=True)

    def _retitle(self) -> None:
        if not self.title:
            return
        found = f"  filter: {self.needle} ({len(self._index):,} of {self.source.total:,})" if self.needle else ""
        order = "" if self.sorted_by is None else f"  by {self.columns[self.sorted_by].title or 'mark'}"
        text = f"{self.title}{found}{order}"
        if text != self._titled:  #
            self._titled = text
            self.put_titles(visible(text))

    def entitle(self, title: str) -> None:
        """Gives the border another title."""
        if title != self.title:
            self.title = title
            self._retitle()

    # -- cursor

    def move(self, position: int) -> None:
        """Puts the cursor on the listed row `position` and brings it into view."""
        self._left = None
        self.cursor = max(0, min(position, len(self._index) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Redraws the two rows that changed, and scrolls only when the cursor left the view."""
        top = round(self.scroll_y)
        page = self._page
        if new < top:
            self.scroll_to(y=new, animate=False)
        elif new >= top + page:
            self.scroll_to(y=new - page + 1, animate=False)
        for position in (old, new):
            self._refresh_row(position)
        key = self.key
        if key is not None:
            self.post_message(self.Highlighted(self, key))

    @property
    def _page(self) -> int:
        height: int = self.size.height
        return max(height - self.header, 1)

    def _refresh_row(self, position: int) -> None:
        y = position - round(self.scroll_y) + self.header
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def action_down(self) -> None:
        """One row down."""
        self.move(self.cursor + 1)

    def action_up(self) -> None:
        """One row up."""
        self.move(self.cursor - 1)

    def action_page_down(self) -> None:
        """One page down."""
        self.move(self.cursor + self._page)

    def action_page_up(self) -> None:
        """One page up."""
        self.move(self.cursor - self._page)

    def action_top(self) -> None:
        """First row."""
        self.move(0)

    def action_bottom(self) -> None:
        """Last row."""
        self.move(len(self._index) - 1)

    def on_focus(self) -> None:
        """Shows the cursor as the one that keys move."""
        self._refresh_row(self.cursor)

    def on_blur(self) -> None:
        """Shows the cursor as resting."""
        self._refresh_row(self.cursor)

    # -- drawing

    def line_content(self, y: int) -> tuple[Any, ...]:
        """What line `y` of the view shows, in a form that can be compared."""
        width = self.size.width
        if y < self.header:
            return ("header", width)
        position = y - self.header + round(self.scroll_y)
        if position >= len(self._index):
            return ("empty", width, self.empty if position == 0 else "")
        row = self._index[position]
        marked = self.marks and self.source.markable(row)
        mark = (self.source.key(row) in self.selected) if marked else None
        at = (2 if self.has_focus else 1) if position == self.cursor else 0
        return ("row", width, tuple(self.source.cells(row)), mark, at, self.source.key(row) if self.marks else "")

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        content = self.line_content(y)
        self.drawn[y] = content
        width = self.size.width
        base = self.rich_style
        if content[0] == "header":
            style = self.get_component_rich_style("table--header")
            texts = [fit(column.title, size, column.right) for column, size in self._layout() if size]
            return Strip([Segment(fit(self._gap(None) + " ".join(texts), width), style)])
        if content[0] == "empty":
            style = self.get_component_rich_style("table--empty")
            return Strip([Segment(fit(f" {visible_text(content[2])}" if content[2] else "", width), style)])
        _, _, cells, mark, at, key = content
        over = Style() if not at else self.get_component_rich_style(f"table--cursor{'' if at == 2 else '-blurred'}")
        gap = self._gap(mark, "" if mark is None or self.selectable(key) else " - ")
        segments = [Segment(gap, over or base)]
        for column, size, cell in self._placed(cells, width - len(gap)):
            tone = cell.tone if isinstance(cell, Toned) else ""
            text = fit(visible_text(cell.text if isinstance(cell, Toned) else cell), size, column.right)
            segments.append(Segment(text, self._style(base, tone, over)))
            segments.append(Segment(" ", over or base))
        return Strip(segments).adjust_cell_length(width, over or base)

    def _placed(self, cells: tuple[Cell, ...], room: int) -> Iterator[tuple[Column, int, Cell]]:
        """Each cell with its column and width; the last of fewer cells than columns takes all the rest."""
        layout = self._layout()
        for place, cell in enumerate(cells):
            column, size = layout[place]
            if place == len(cells) - 1 and len(cells) < len(layout):
                size = max(room - 1, 0)
            if size:
                room -= size + 1
                yield column, size, cell

    def _style(self, base: Style, tone: str, over: Style) -> Style:
        if over.reverse or not tone:
            return over or base
        style = self.get_component_rich_style(f"tone--{tone}", partial=True)
        return base + style if not over else over + style

    def _gap(self, mark: bool | None, refused: str = "") -> str:
        if not self.marks:
            return " "
        return " " + (refused or {True: "[x]", False: "[ ]", None: "   "}[mark]) + " "

    def _layout(self) -> list[tuple[Column, int]]:
        """Each column and its width; 0 for one that is left out."""
        width = self.size.width
        shown = [column for column in self.columns if width >= column.from_width]
        free = max(width - sum(column.width for column in shown) - len(shown) - len(self._gap(None)), 0)
        weights = sum(column.weight for column in shown if not column.width) or 1
        widths = {id(column): column.width or max(free * column.weight // weights, 4) for column in shown}
        shares = [column for column in shown if not column.width]
        if shares:
            widths[id(shares[-1])] += max(free - sum(widths[id(column)] for column in shares), 0)
        return [(column, widths.get(id(column), 0)) for column in self.columns]
