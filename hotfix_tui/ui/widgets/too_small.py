"""What a terminal below 80×24 shows."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from hotfix_tui.ui.text import visible

WIDTH, HEIGHT = 80, 24


class TooSmall(Widget):
    """Covers a screen that has no room, and says so. `q` still leaves; nothing else can be pressed unseen."""

    def render(self) -> Content:
        """The sentence, with the size there is."""
        size = self.app.size
        return visible(
            f"This terminal is {size.width}x{size.height}. Enlarge it to at least {WIDTH}x{HEIGHT}. "
            "What runs goes on. q leaves."
        )
