"""A view that writes to the terminal only what changed: lines that differ, and of a border the line with its title."""

from __future__ import annotations

from typing import Any, Self

from textual.geometry import Region
from textual.scroll_view import ScrollView


class SparingView(ScrollView):
    """Its lines are told apart by `line_content`; whoever renders line `y` keeps that in `drawn[y]`."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.drawn: dict[int, Any] = {}
        self._border_line: Region | None = None

    def line_content(self, y: int) -> Any:
        """What line `y` of the view shows, in a form that can be compared."""
        raise NotImplementedError

    def refresh_changed(self) -> None:
        """Redraws only those lines in view whose content is not what was drawn."""
        for y in range(self.size.height):
            if self.drawn.get(y) != self.line_content(y):
                self.refresh(Region(0, y, self.size.width, 1))

    def put_titles(self, title: Any = None, subtitle: Any = None) -> None:
        """Sets the border's titles, those that are given. Textual would draw the whole widget again for each."""
        left, top, width, height = -self.gutter.left, -self.gutter.top, self.outer_size.width, self.outer_size.height
        if title is not None:
            self._border_line = Region(left, top, width, 1)
            self.border_title = title
        if subtitle is not None:
            self._border_line = Region(left, top + height - 1, width, 1)
            self.border_subtitle = subtitle
        self._border_line = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As every widget's; while a title is put, only its line."""
        if self._border_line is not None and not regions and not layout:
            regions = (self._border_line,)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self

    def notify_style_update(self) -> None:
        """Colours changed: everything is drawn again."""
        self.drawn.clear()
        super().notify_style_update()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled: all lines are drawn again."""
        self.drawn.clear()
        super().watch_scroll_y(old_value, new_value)
