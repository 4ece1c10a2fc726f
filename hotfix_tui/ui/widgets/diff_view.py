"""One difference, by structure or as text; side by side from 120 columns of the terminal on, else in one column."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.timer import Timer

from hotfix_tui.ui.commands import table_bindings
from hotfix_tui.ui.text import TONES, fit, visible, visible_text, wrap
from hotfix_tui.ui.widgets.diff_lines import Line
from hotfix_tui.ui.widgets.diff_match import Alive
from hotfix_tui.ui.widgets.diff_structure import Entry, StructureLines
from hotfix_tui.ui.widgets.diff_text import TextLines
from hotfix_tui.ui.widgets.diff_working import Subject, Working
from hotfix_tui.ui.widgets.sparing import SparingView

__all__ = ["SIDE_BY_SIDE", "DiffView", "Subject"]

SIDE_BY_SIDE = 120

_OWN_TONES = (
    "removed", "added", "removed-word", "added-word", "sign", "gutter", "current", "fold", "heading",
    "keyword", "string", "comment", "number", "tag", "attribute", "name",
)  # fmt: skip
TONE_CLASSES = {f"tone--{tone}" for tone in TONES} | {f"diff--{name}" for name in _OWN_TONES}

_MARGIN = 3
_NOTICE_AFTER = 0.2
_NOTICE_EVERY = 0.5
# A subject shown for less than this is passed by: the next one waits for the keys to rest.
_QUICK = 0.15
# Above so many lines or entries another width is laid out in the thread.
_INLINE = 10_000


class DiffView(SparingView, can_focus=True, inherit_bindings=False):
    """The difference of a `Subject`. Nothing is compared before it is shown, and nothing on the event loop."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [*table_bindings()]

    @dataclass
    class Computed(Message):
        """A thread has something of a subject ready: `take` puts it in place, on the loop."""

        view: DiffView
        subject: Subject
        take: Callable[[], None]

    def __init__(self, empty: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.empty = empty
        self.by_structure = True
        self.columns: bool | None = None
        self.working: Working | None = None
        self._notice: Timer | None = None
        self._shown_at = 0.0
        self._titled = ("", "")
        self._styles: dict[str, Style] = {}
        self._reset()

    def _reset(self) -> None:
        self._opened: set[int] = set()
        self._whole = False
        self._current: int | None = None
        self._body: TextLines | StructureLines | None = None
        self._head: list[Line] = []

    # -- what is shown

    @property
    def subject(self) -> Subject | None:
        """What is compared."""
        return self.working.subject if self.working is not None else None

    def show(self, subject: Subject | None) -> None:
        """Shows another subject; the same one again changes nothing."""
        if subject == self.subject:
            return
        if self.working is not None:
            self.working.stop()
        self.working = None
        if subject is not None:
            self.working = Working(subject, lambda take: self._tell(subject, take), self._told)
        self._reset()
        self.scroll_to(y=0, animate=False)
        self._compute()

    def toggle(self) -> str:
        """Structure or text. Returns what is shown now."""
        self.by_structure = not self.by_structure
        self._reset()
        self.scroll_to(y=0, animate=False)
        self._compute()
        return "structure" if self.structured else "text"

    def toggle_columns(self) -> str:
        """Side by side or in one column, whatever the width. Returns what is shown now."""
        self.columns = not self.side_by_side
        self._lay_out()
        return "side by side" if self.columns else "in one column"

    def unfold(self) -> str:
        """Shows what is folded, or folds it again. Returns what was done, as a sentence."""
        if self._body is None or not (self._body.folded or self._whole or self._opened):
            return "Nothing is folded here."
        self._whole = bool(self._body.folded)
        self._opened.clear()
        self._lay_out()
        what = "long values" if self.structured else "unchanged lines"
        return f"All {what} are shown; z folds them." if self._whole else f"The {what} are folded."

    @property
    def structured(self) -> bool:
        """Whether elements are shown, not lines."""
        return self.by_structure and self.subject is not None and self.subject.structure is not None

    @property
    def side_by_side(self) -> bool:
        """Whether both sides stand beside each other."""
        return self.app.size.width >= SIDE_BY_SIDE if self.columns is None else self.columns

    @property
    def changes(self) -> int:
        """How many places differ, as far as is known."""
        return self.working.changes(self.structured) if self.working is not None else 0

    def go(self, way: int) -> str:
        """To the next difference (1) or the previous one (-1). Returns why not, or empty."""
        body = self._body
        if body is None or not self.changes:
            return "There is no difference to go to."
        top = round(self.scroll_y) - len(self._head)
        if self._current is not None and self._place_of(self._current) == round(self.scroll_y):
            wanted = self._current + way
        elif way > 0:
            wanted = body.change_from(top if self._current is None else top + _MARGIN + 1)
        else:
            wanted = body.change_from(top + _MARGIN) - 1
        if not 0 <= wanted < self.changes:
            return "That was the last difference here." if way > 0 else "That was the first difference here."
        self._current = wanted
        self.scroll_to(y=self._place_of(wanted), animate=False)
        self._entitle()
        self.refresh()
        return ""

    def _place_of(self, change: int) -> int:
        assert self._body is not None
        wanted = len(self._head) + self._body.change_line(change) - _MARGIN
        return max(min(wanted, round(self.max_scroll_y)), 0)

    # -- computing

    def _compute(self) -> None:
        working, structured, now = self.working, self.structured, time.monotonic()
        if working is None or working.done(structured):
            self._stop_notice()
            self._lay_out()
            return
        if self._notice is None:
            self._notice = self.set_interval(_NOTICE_EVERY, self._wait)
        self.set_timer(_NOTICE_AFTER, self._wait)
        working.start(structured, quick=now - self._shown_at < _QUICK)
        self._shown_at = now

    def _tell(self, subject: Subject, take: Callable[[], None]) -> None:
        self.post_message(self.Computed(self, subject, take))

    def on_diff_view_computed(self, event: Computed) -> None:
        """Takes a thread's result, unless another subject is shown by now."""
        event.stop()
        if event.subject is self.subject:
            event.take()

    def _told(self, structured: bool, entries: list[Entry]) -> None:
        """There is news of what is shown."""
        assert self.working is not None
        if structured != self.structured:
            return
        if self.working.done(structured):
            self._stop_notice()
        if isinstance(self._body, StructureLines) and structured and not self.working.errors[True]:
            self._body.extend(entries)
            self._shown()
        else:
            self._lay_out()

    def _stop_notice(self) -> None:
        if self._notice is not None:
            self._notice.stop()
            self._notice = None

    def _wait(self) -> None:
        """Says that it takes its time, once it does."""
        working = self.working
        waits = self._notice is not None and self._body is None and working is not None
        if waits and working is not None and time.monotonic() - working.since >= _NOTICE_AFTER:
            self._lay_out()

    # -- layout

    def on_resize(self) -> None:
        """Lays the lines out for the new width."""
        self._lay_out()

    def _lay_out(self) -> None:
        """Makes the lines for the width; of what is very long in the thread, if nothing else is at work there."""
        working, width, structured = self.working, self.size.width, self.structured
        if not width:
            return
        self._head = self._heading(width)
        if working is None or not self.changes or working.errors[structured]:
            self._body = None
            self._shown()
            return
        two, whole, diff, entries = self.side_by_side, self._whole, working.diff, list(working.entries or ())
        opened = set(range(len(diff.ops)) if whole and diff is not None else self._opened)

        def make() -> TextLines | StructureLines:
            if structured or diff is None:
                return StructureLines(entries, width, two, whole)
            return TextLines(diff, width, two, opened)

        size = len(entries) if structured or diff is None else diff.size if opened else diff.changed
        if size <= _INLINE or not working.done(structured):
            self._place(make())
            return

        def work(_: Alive) -> None:
            lines = make()
            self._tell(working.subject, lambda: self._place(lines))

        working.lay_out(work)

    def _place(self, body: TextLines | StructureLines) -> None:
        """Puts the lines in view; what stood at the top stays there."""
        if body.width != self.size.width or isinstance(body, StructureLines) != self.structured:
            return  # another one is on its way
        before, y = self._body, round(self.scroll_y) - len(self._head)
        self._body = body
        self._shown()
        if type(before) is type(body) and before is not None and y > 0:
            self.scroll_to(y=body.find(before.anchor(y)) + len(self._head), animate=False)

    def _shown(self) -> None:
        self.virtual_size = Size(1, len(self._head) + (len(self._body) if self._body is not None else 0))
        self._entitle()
        self.refresh_changed()

    def _entitle(self) -> None:
        """Title and place, where they changed."""
        working = self.working
        titles = ("Difference", "")
        if working is not None:
            more = "" if working.done(self.structured) else " so far"
            count = f"{self.changes:,} {'difference' if self.changes == 1 else 'differences'}{more}"
            at = f"{self._current + 1:,} of " if self._current is not None else ""
            way = "structure" if self.structured else "text"
            titles = (f"{working.subject.title}  ({way})", f"{at}{count}" if self.changes else "")
        if titles != self._titled:
            put = [visible(now) if now != before else None for now, before in zip(titles, self._titled, strict=True)]
            self._titled = titles
            self.put_titles(*put)

    def _heading(self, width: int) -> list[Line]:
        """The names of both sides, the note, and what there is to say in place of lines."""
        subject = self.subject
        if subject is None:
            return [((fit(f" {visible_text(self.empty)}", width), "dim"),)]
        left, right = visible_text(subject.left_name), visible_text(subject.right_name)
        half = (width - 3) // 2
        names = (fit(f"- {left}", half), "remove"), (" │ ", "dim"), (fit(f"+ {right}", width - half - 3), "add")
        head: list[Line] = [names]
        if subject.note:
            head += [((fit(f" {line}", width), "dim"),) for line in wrap(visible_text(subject.note), width - 2)]
        words, tone = self._instead()
        return [*head, *(((fit(f" {line}", width), tone),) for line in (wrap(words, width - 2) if words else []))]

    def _instead(self) -> tuple[str, str]:
        """What stands in place of a difference, and its tone."""
        working, structured = self.working, self.structured
        assert working is not None
        if error := working.errors[structured]:
            other = " v shows the text." if structured else ""
            return f"Could not compare: {visible_text(error)}.{other}", "bad"
        if self.changes:
            return "", ""
        if working.done(structured):
            return "No element differs." if structured else "No line differs.", "dim"
        seconds = int(time.monotonic() - working.since)
        return f"working out the difference … {f'{seconds} s' if seconds else ''}", "dim"

    # -- drawing

    def render_line(self, y: int) -> Strip:
        """One line of the view."""
        strip = self.drawn[y] = self.line_content(y)
        return strip

    def line_content(self, y: int) -> Strip:
        """One line as it is drawn."""
        base = self.rich_style
        place = y + round(self.scroll_y)
        line: Line = ()
        if place < len(self._head):
            line = self._head[place]
        elif self._body is not None and place - len(self._head) < len(self._body):
            line = self._body.line(place - len(self._head), self._current)
        if not line:
            return Strip.blank(self.size.width, base)
        segments = [Segment(text, self._style(base, tones)) for text, tones in line]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _style(self, base: Style, tones: str) -> Style:
        if not tones:
            return base
        style = self._styles.get(tones)
        if style is None:
            style = Style()
            for tone in tones.split():
                known = f"{'diff' if tone in _OWN_TONES else 'tone'}--{tone}"
                style += self.get_component_rich_style(known, partial=True)
            self._styles[tones] = style
        return base + style

    def notify_style_update(self) -> None:
        """Colours changed."""
        self._styles.clear()
        super().notify_style_update()

    def on_click(self, event: events.Click) -> None:
        """A folded stretch opens."""
        body, at = self._body, event.get_content_offset(self)
        if body is not None and at is not None:
            gap = body.gap_at(at.y + round(self.scroll_y) - len(self._head))
            if gap is not None:
                self._opened.add(gap)
                self._lay_out()

    # -- moving

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
        self.scroll_to(y=self.virtual_size.height, animate=False)
