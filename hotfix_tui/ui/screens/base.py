"""What every screen has: header, body, filter line, log, status, keys, and one way to run a command of the table."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult, ScreenStackError
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input

from hotfix_tui.ui.commands import footer_of
from hotfix_tui.ui.widgets.bars import Flash, HeaderBar, KeyBar
from hotfix_tui.ui.widgets.log_pane import LogPane
from hotfix_tui.ui.widgets.too_small import HEIGHT, WIDTH, TooSmall
from hotfix_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from hotfix_tui.ui.app import HotfixApp


class BaseScreen(Screen[None]):
    """A screen of the command table's place `WHERE`. `do_<id>` runs a command, `why_not` says why it cannot run now."""

    WHERE: ClassVar[str] = ""
    HAS_LOG: ClassVar[bool] = True
    AUTO_FOCUS = "VirtualTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-too-narrow"), (WIDTH, "-narrow"), (100, "-medium"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-too-short"), (HEIGHT, "-short"), (32, "-tall")]  # noqa: RUF012

    @property
    def hotfix_app(self) -> HotfixApp:
        """The app, as ours."""
        from hotfix_tui.ui.app import HotfixApp

        app = self.app
        assert isinstance(app, HotfixApp)
        return app

    def compose(self) -> ComposeResult:
        """The frame; `body` fills it."""
        yield HeaderBar(id="header")
        yield from self.compose_top()
        with Container(id="body"):
            yield from self.body()
        if self.HAS_LOG:
            yield LogPane(id="log")
        yield Input(id="filter", placeholder="filter; !text for the others; Enter keeps it, Esc clears it")
        yield Flash(id="status")
        yield KeyBar(id="keys")
        yield TooSmall()

    def compose_top(self) -> ComposeResult:
        """What stands between header and body."""
        yield from ()

    def body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    def on_mount(self) -> None:
        """Shows what is known."""
        self.query_one("#filter", Input).cursor_blink = False
        self.call_after_refresh(self.redraw)

    def on_resize(self) -> None:
        """Lays out for another size."""
        self.call_after_refresh(self.redraw)

    def on_screen_resume(self) -> None:
        """Back on top: shows what came meanwhile."""
        self.call_after_refresh(self.redraw)

    @property
    def built(self) -> bool:
        """Whether there is something to draw on: its widgets are there, and no other screen of ours covers it.

        A covered screen that draws makes Textual paint the one above it anew.
        """
        try:
            top = self.app.screen
        except ScreenStackError:  # an answer from a thread came while the app was ending
            return False
        covered = isinstance(top, BaseScreen) and top is not self
        return not covered and self.is_mounted and bool(self.query(HeaderBar)) and bool(self.query(TooSmall))

    def redraw(self) -> None:
        """Shows what is known now. Widgets draw only what differs."""
        if not self.built:
            return
        self.draw_header()
        self.draw()
        self.draw_keys()

    def draw_header(self) -> None:
        """Fills the header."""

    def draw(self) -> None:
        """Fills the body."""

    def draw_keys(self) -> None:
        """Fills the footer."""
        self.query_one(KeyBar).tell(footer_of(self.WHERE), self.reason)

    # -- commands

    @property
    def too_small(self) -> bool:
        """Whether the screen is covered for want of room."""
        return self.app.size.width < WIDTH or self.app.size.height < HEIGHT

    def why_not(self, command: str) -> str:
        """Why `command` is not possible now, in a sentence; empty when it is."""
        del command
        return ""

    def reason(self, command: str) -> str:
        """`why_not`, and what holds everywhere."""
        if self.too_small and command != "quit":
            return f"Enlarge the terminal to at least {WIDTH}x{HEIGHT} first."
        return self.why_not(command)

    async def action_run(self, command: str) -> None:
        """Runs a command of the table, or says why not."""
        if self.too_small and command != "quit":
            return  # the cover says it already
        if reason := self.reason(command):
            self.flash(reason, "warn")
            return
        self.flash("")
        outcome = getattr(self, f"do_{command}")()
        if inspect.isawaitable(outcome):
            await outcome
        self.draw_keys()

    def flash(self, text: str, tone: str = "") -> None:
        """Says something in the status line."""
        for line in self.query(Flash):  # none while the screen is being removed
            line.flash(text, tone)

    def do_help(self) -> None:
        """Opens the help screen."""
        from hotfix_tui.ui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.WHERE, self.reason))

    def do_palette(self) -> None:
        """Opens the command palette."""
        self.app.action_command_palette()

    def do_quit(self) -> None:
        """Leaves."""
        self.hotfix_app.leave()

    def do_log(self) -> None:
        """Changes the size of the log."""
        size = self.query_one(LogPane).next_size()
        self.set_class(size == "full", "log-full")
        if size == "full":
            self.query_one(LogPane).focus()
        elif size == "small":
            self._focus_body()

    # -- filter and order

    @property
    def list_in_use(self) -> VirtualTable | None:
        """The list that has the focus, else the first one."""
        if isinstance(self.focused, VirtualTable):
            return self.focused
        return next((table for table in self.query(VirtualTable) if table.display), None)

    def do_filter(self) -> None:
        """Opens the filter line for the list in use."""
        table = self.list_in_use
        if table is None:
            self.flash("There is no list on this screen.", "warn")
            return
        self._filtered = table
        line = self.query_one("#filter", Input)
        line.add_class("-open")
        line.value = table.needle
        line.focus()

    def do_sort(self) -> None:
        """Orders the list in use by its next column."""
        table = self.list_in_use
        if table is None:
            self.flash("There is no list on this screen.", "warn")
            return
        title = table.next_sort()
        self.flash(f"Ordered by {title}." if title else "In its own order.")

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        if event.input.has_class("-open"):
            self._filtered.filter(event.value)

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).remove_class("-open")
        self._filtered.focus()

    def close_what_is_open(self) -> bool:
        """Esc: closes the filter line, clears a filter, makes the log small. False when nothing was open."""
        line = self.query_one("#filter", Input)
        if line.has_class("-open"):
            self._filtered.filter("")
            self._close_filter()
            return True
        if self.has_class("log-full"):
            self.do_log()
            return True
        table = self.list_in_use
        if table is not None and table.needle:
            table.filter("")
            return True
        return False

    def _focus_body(self) -> None:
        table = next(iter(self.query("#body VirtualTable")), None)
        if table is not None:
            table.focus()
