"""What a screen shows, as plain text, by Textual's public API only (`export_screenshot`)."""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ElementTree

from rich.cells import cell_len
from textual.app import App

_CLASS = re.compile(r"-line-(\d+)\)")


def screen_lines(app: App[object]) -> list[str]:
    """The lines of the screen, right-stripped."""
    svg = app.export_screenshot(simplify=True)
    root = ElementTree.fromstring(svg)
    width = 12.2
    lines: dict[int, list[tuple[float, str]]] = {}
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        clip = _CLASS.search(text.get("clip-path", ""))
        if clip:
            words = html.unescape(text.text or "").replace("\xa0", " ").strip("\n")
            lines.setdefault(int(clip[1]), []).append((float(text.get("x", "0")), words))
    shown = []
    for number in range(app.size.height):
        line = ""
        for x, words in sorted(lines.get(number, [])):
            line += " " * (round(x / width) - cell_len(line)) + words
        shown.append(line.rstrip())
    return shown


def screen_text(app: App[object]) -> str:
    """The screen as one text."""
    return "\n".join(screen_lines(app))
