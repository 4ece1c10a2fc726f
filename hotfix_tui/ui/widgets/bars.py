"""The one-line bars of every screen: header, steps, status, keys, spinner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from hotfix_tui.ui.commands import Command, key_name
from hotfix_tui.ui.text import BREAK, Cell, Toned, assemble, fit, visible_text


class Line(Widget):
    """One line of parts, redrawn only when they change."""

    def __init__(self, *parts: Cell, id: str | None = None) -> None:
        super().__init__(id=id)
        self._parts: tuple[Cell, ...] = parts

    @property
    def parts(self) -> tuple[Cell, ...]:
        """What the line shows."""
        return self._parts

    def say(self, *parts: Cell) -> None:
        """Shows other parts."""
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render(self) -> Content:
        """The parts, made visible."""
        return assemble(*self._parts)


class Words(Line):
    """Several lines of parts; a part that is just a newline ends a line. Grows with what it says."""

    def say(self, *parts: Cell) -> None:
        """Shows other parts, and takes the room they need. What stays on one line moves nothing else."""
        if parts != self._parts:
            one_line = self._fits(self._parts) and self._fits(parts)
            self._parts = parts
            self.refresh(layout=not one_line)

    def _fits(self, parts: tuple[Cell, ...]) -> bool:
        return bool(parts) and BREAK not in parts and 0 < assemble(*parts).cell_length <= self.size.width


class HeaderBar(Line):
    """Hotfix, incident clock, production (reverse red, always named) and environment."""

    def tell(self, left: str, clock: str, production: str, environment: str) -> None:
        """Shows the hotfix; `production` and `environment` are aliases with their kind, or empty."""
        right: list[Cell] = []
        if production:
            right += [Toned(f" PRODUCTION {visible_text(production, 40)} ", "production"), " "]
        if environment:
            right += [Toned("→ ", "dim"), visible_text(environment, 60), " "]
        width = self.app.size.width
        taken = sum(len(part.text if isinstance(part, Toned) else part) for part in right) + len(clock) + 3
        name = Toned(fit(visible_text(left), max(width - taken, 10)), "strong")
        self.say(" ", name, Toned(clock, "dim"), " ", *right)


class StepBar(Line):
    """Where the hotfix is: done steps with ✓, the one shown in brackets, the one that is next with a sign."""

    def tell(self, steps: Sequence[str], shown: int, next_step: int, running: str) -> None:
        """`shown` and `next_step` count from 1; `running` says what is at work, or is empty."""
        parts: list[Cell] = [" "]
        for number, name in enumerate(steps, 1):
            sign = "✓" if number < next_step else ("●" if number == next_step else "·")
            label = f"{number} {name} {sign}"
            tone = "good" if number < next_step else ("" if number == next_step else "dim")
            parts.append(Toned(f"[{label}]", "key") if number == shown else Toned(f" {label} ", tone))
            parts.append(" ")
        if running:
            parts.append(Toned(running, "warn"))
        self.say(*parts)


class Flash(Words):
    """One line for what just happened or why a key does nothing. Stays until the next one, or for some seconds."""

    SECONDS = 8.0

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clear: Timer | None = None
        self._behind: tuple[Cell, ...] = ()
        self._over = False

    def flash(self, text: str, tone: str = "", keep: bool = False) -> None:
        """Says `text`; `keep` leaves it there until something else is said."""
        if self._clear is not None:
            self._clear.stop()
            self._clear = None
        self._over = bool(text)
        self.say(*((" ", Toned(text, tone) if tone else text) if text else self._behind))
        if text and not keep:
            self._clear = self.set_timer(self.SECONDS, self._uncover)

    def behind(self, *parts: Cell) -> None:
        """What the line shows when nothing was just said: the progress of what runs."""
        self._behind = parts
        if not self._over:
            self.say(*parts)

    def _uncover(self) -> None:
        self._over = False
        self._clear = None
        self.say(*self._behind)


class KeyBar(Line):
    """The footer: keys and words of the command table; what is not possible now is dimmed."""

    def tell(self, commands: Sequence[Command], why_not: Callable[[str], str]) -> None:
        """Shows as many commands as fit; Help and Leave are always among them."""
        room = self.app.size.width - 1
        last = [command for command in commands if command.id in ("help", "quit")]
        room -= sum(self._length(command) for command in last)
        chosen: list[Command] = []
        for command in commands:
            if command in last:
                continue
            room -= self._length(command)
            if room < 0:
                break
            chosen.append(command)
        parts: list[Cell] = [" "]
        for command in (*chosen, *last):
            key, label = key_name(command.keys[0]), command.label
            possible = not why_not(command.id)
            parts += [Toned(key, "key" if possible else "dim"), Toned(f" {label}  ", "" if possible else "dim")]
        self.say(*parts)

    @staticmethod
    def _length(command: Command) -> int:
        return len(key_name(command.keys[0])) + len(command.label) + 3


class Spinner(Line):
    """A turning sign and the seconds it has turned, four times a second at most; plain ASCII for every terminal."""

    SIGNS = "|/-\\"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._words = ""
        self._turns = 0
        self._turning: Timer | None = None

    def start(self, words: str) -> None:
        """Turns beside `words`; called again it changes the words only."""
        self._words = words
        if self._turning is None:
            self._turns = 0
            self._turning = self.set_interval(0.25, self._turn)
        self._draw()

    def stop(self) -> None:
        """Empties the line."""
        if self._turning is not None:
            self._turning.stop()
            self._turning = None
        self.say("")

    @property
    def turning(self) -> bool:
        """Whether it turns."""
        return self._turning is not None

    def _turn(self) -> None:
        self._turns += 1
        self._draw()

    def _draw(self) -> None:
        self.say(f" {self.SIGNS[self._turns % 4]} ", self._words, Toned(f"  {self._turns // 4} s", "dim"))
