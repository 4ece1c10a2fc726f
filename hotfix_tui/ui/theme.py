"""The colours. With NO_COLOR or sixteen colours the terminal's own palette is used, and nothing depends on it."""

from __future__ import annotations

from textual.theme import Theme

HOTFIX = Theme(
    name="hotfix",
    primary="#5fafff",
    secondary="#87afaf",
    accent="#5fd7af",
    warning="#ffaf5f",
    error="#ff5f5f",
    success="#87d787",
    foreground="#e4e4e4",
    background="#121519",
    surface="#181c21",
    panel="#22272e",
    boost="#2b313a",
    dark=True,
    variables={"border-blurred": "#3a424d", "input-cursor-text-style": "reverse"},
)


def chosen(plain: bool, color_system: str | None) -> str:
    """The theme's name: ours where there are colours enough, the terminal's own otherwise."""
    if plain or color_system in (None, "standard"):
        return "ansi-dark"
    return HOTFIX.name
