"""An app around one widget, with the project's own styles."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widget import Widget

from hotfix_tui.ui.style_paths import style_sheets


class WidgetApp(App[None]):
    """Shows one widget."""

    def __init__(self, widget: Widget) -> None:
        super().__init__(css_path=[str(path) for path in style_sheets()])
        self.animation_level = "none"
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget
