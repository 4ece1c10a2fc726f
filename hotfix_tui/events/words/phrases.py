"""What the sentences are made of, and the table of who says them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from hotfix_tui.events.base import Event

_E = TypeVar("_E", bound=Event)
_FLOW_STATUSES = {"Draft": "a draft", "InvalidDraft": "an invalid draft", "Obsolete": "the latest, inactive"}
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


def flow_versions(changed: Mapping[str, Any]) -> str:
    """A flow's versions, from what an event carries of one side: `v5 active, v6 is a draft`. Empty for all else."""
    active, latest = changed.get("active_version"), changed.get("latest_version")
    if active is None or not latest:
        return ""
    if active == latest:
        return f"v{active} active"
    status = _FLOW_STATUSES.get(str(changed.get("latest_status")), "the latest")
    return f"{f'v{active}' if active else 'no version'} active, v{latest} is {status}"


def with_detail(text: str, detail: str, sign: str = ": ") -> str:
    """`text`, and `detail` behind `sign` when there is one."""
    return f"{text}{sign}{detail}" if detail else text


def title(step: str) -> str:
    """`switch_off` as `Switch off`."""
    return step.replace("_", " ").capitalize()
