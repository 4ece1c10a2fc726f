"""The log: a bounded tail of what happens, drawn line by line, in ten flushes a second at most."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from hotfix_tui.ui.text import fit, visible, visible_text, wrap
from hotfix_tui.ui.widgets.virtual_table import TONE_CLASSES

KEPT = 10_000
"""Lines that the pane keeps; the journal keeps all."""
FLUSH = 0.1
_INDENT = 9


@dataclass(frozen=True)
class LogLine:
    """One line. `at`: time of day as shown; `tone`: one of text.TONES or empty; `org` for the log of one org."""

    at: str
    text: str
    tone: str = ""
    org: str = ""


class LogPane(ScrollView, can_focus=True):
    """Follows at the end; a person who scrolls up stays there, and the title counts what came since."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"log--time", *TONE_CLASSES}
    SIZES = ("small", "half", "full")

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: deque[LogLine] = deque(maxlen=KEPT)
        self.only = ""
        self._pending: list[LogLine] = []
        self._drawn: deque[tuple[str, str, str]] = deque()
        self._width = 0
        self._unseen = 0
        self._timer: Timer | None = None
        self._size_name = "small"
        self._stuck_to_end = True
        self._titled = ""

    def on_mount(self) -> None:
        """Starts small."""
        self.add_class("-small")
        self._retitle()

    # -- content

    def write(self, lines: Iterable[LogLine]) -> None:
        """Takes lines; they are drawn at the next flush. Cheap enough for thousands a second."""
        self._pending.extend(lines)
        if len(self._pending) > KEPT:
            del self._pending[:-KEPT]
        if self._pending and self._timer is None and self.is_mounted:
            self._timer = self.set_timer(FLUSH, self.flush)

    def flush(self) -> None:
        """Draws what is pending."""
        self._timer = None
        new, self._pending = self._pending, []
        if not new:
            return
        following = self.following
        self.lines.extend(new)
        shown = [line for line in new if self._wanted(line)]
        for line in shown:
            self._drawn.extend(self._wrapped(line))
        dropped = max(len(self._drawn) - KEPT, 0)
        for _ in range(dropped):
            self._drawn.popleft()
        self.virtual_size = Size(1, len(self._drawn))
        if following:
            self._to_end()
            if len(self._drawn) <= self.size.height or dropped:
                self.refresh()
        else:
            self._unseen += len(shown)
            if dropped:
                self.scroll_to(y=max(self.scroll_y - dropped, 0), animate=False)
        self._retitle()

    def show_only(self, org: str) -> None:
        """Shows the lines of one org (and those of none); empty shows all."""
        self.only = org
        self._rewrap()

    def _wanted(self, line: LogLine) -> bool:
        return not self.only or line.org in ("", self.only)

    # -- size and place

    @property
    def size_name(self) -> str:
        """small, half or full."""
        return self._size_name

    def next_size(self) -> str:
        """Changes small → half → full → small. Returns the new one; the screen lays out the rest by it."""
        place = (self.SIZES.index(self._size_name) + 1) % len(self.SIZES)
        self.remove_class(f"-{self._size_name}")
        self._size_name = self.SIZES[place]
        self.add_class(f"-{self._size_name}")
        return self._size_name

    @property
    def following(self) -> bool:
        """Whether the end is in view, so that new lines scroll in."""
        return self._stuck_to_end

    def _to_end(self) -> None:
        """Once the new height is laid out: before that, the old end is the end."""
        self.call_after_refresh(self.scroll_end, animate=False, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Back at the end, nothing is unseen."""
        super().watch_scroll_y(old_value, new_value)
        self._stuck_to_end = new_value >= self.max_scroll_y - 0.5
        if self._unseen and self.following:
            self._unseen = 0
            self._retitle()

    def _retitle(self) -> None:
        of = f" of {self.only}" if self.only else ""
        paused = f"  paused, {self._unseen:,} new (end follows)" if self._unseen else ""
        title = f"Log{of}{paused}"
        if title != self._titled:  # setting a title draws the whole widget again
            self._titled = title
            self.border_title = visible(title)

    # -- drawing

    def on_resize(self) -> None:
        """Wraps again when the width changed; another height keeps the end in view."""
        if self.size.width != self._width:
            self._rewrap()
        elif self.following:
            self._to_end()

    def _rewrap(self) -> None:
        following = self.following
        self._width = self.size.width
        self._drawn = deque(part for line in self.lines if self._wanted(line) for part in self._wrapped(line))
        while len(self._drawn) > KEPT:
            self._drawn.popleft()
        self.virtual_size = Size(1, len(self._drawn))
        if following:
            self._to_end()
        self.refresh()
        self._retitle()

    def _wrapped(self, line: LogLine) -> list[tuple[str, str, str]]:
        parts = wrap(visible_text(line.text), max(self._width or self.size.width or 80, 20) - _INDENT)
        return [(line.at if place == 0 else "", part, line.tone) for place, part in enumerate(parts)]

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        place = y + round(self.scroll_y)
        base = self.rich_style
        if place >= len(self._drawn):
            return Strip.blank(self.size.width, base)
        at, text, tone = self._drawn[place]
        style = base + self.get_component_rich_style(f"tone--{tone}", partial=True) if tone else base
        time = base + self.get_component_rich_style("log--time", partial=True)
        return Strip([Segment(fit(at, _INDENT), time), Segment(text, style)]).adjust_cell_length(self.size.width, base)
