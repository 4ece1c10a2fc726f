"""What the sentences are made of, and the table of who says them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from hotfix_tui.events.base import Event

_E = TypeVar("_E", bound=Event)
WORDS: dict[type[Event], Callable[[Any], str]] = {}


def says(kind: type[_E]) -> Callable[[Callable[[_E], str]], Callable[[_E], str]]:
    """The function below it says events of `kind`: one line, names and messages as the org gave them."""

    def register(words: Callable[[_E], str]) -> Callable[[_E], str]:
        WORDS[kind] = words
        return words

    return register


def many(count: int, one: str, many: str = "") -> str:
    """`1 row`, `2 rows`, `1,312 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: tuple[str, ...], most: int = 3) -> str:
    """The first names, and how many there are besides."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def with_detail(text: str, detail: str, sign: str = ": ") -> str:
    """`text`, and `detail` behind `sign` when there is one."""
    return f"{text}{sign}{detail}" if detail else text


def title(step: str) -> str:
    """`switch_off` as `Switch off`."""
    return step.replace("_", " ").capitalize()
