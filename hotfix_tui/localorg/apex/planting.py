"""Planting what Apex has done or waits to do, from plain data: scenario files and the control endpoint say it alike.

- an outcome: `name` (a class or trigger), `percent` covered, `failures` (test method → words) - a job: `class`,
`kind` (ScheduledApex, BatchApex, Queueable, Future), `name` and `cron` of a scheduled one, `status` - an interview
that is paused: `flow`, `version`, `label`

`by` says whose job or interview it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.apex.planted import plant

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

UserOf = Callable[[str], str]
_KEYS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "outcome": {"name": str, "percent": (int, float), "failures": dict},
    "job": {"class": str, "kind": str, "name": str, "cron": str, "status": str, "by": str},
    "interview": {"flow": str, "version": int, "label": str, "by": str},
}
_NEEDED = {"outcome": ("name",), "job": ("class",), "interview": ("flow", "version")}
KINDS = tuple(_KEYS)


def check(kind: str, raw: Mapping[str, Any]) -> None:
    """Raises ValueError, with a sentence, for what is missing, unknown or of another type."""
    known = _KEYS[kind]
    for key, value in raw.items():
        if key not in known:
            raise ValueError(f"{key} says nothing of {kind}: there are {', '.join(known)}")
        if not isinstance(value, known[key]) or isinstance(value, bool):
            raise ValueError(f"{key} = {value!r} is of the wrong type")
    missing = [key for key in _NEEDED[kind] if key not in raw]
    if missing:
        raise ValueError(f"{kind}: {missing[0]} is missing")
    if not 0 <= raw.get("percent", 0) <= 100:
        raise ValueError("percent is a number from 0 to 100")
    if not all(isinstance(words, str) for words in raw.get("failures", {}).values()):
        raise ValueError("failures are test methods with the words they fail with")


def put(org: LocalOrg, kind: str, raw: Mapping[str, Any], user_of: UserOf) -> str:
    """Plants one thing; returns the id of its row, "" for an outcome. Raises ValueError with a sentence."""
    check(kind, raw)
    if kind == "outcome":
        if not any(org.components.exists(known, raw["name"]) for known in ("ApexClass", "ApexTrigger")):
            raise ValueError(f"there is no Apex class or trigger {raw['name']}")
        plant(org, raw["name"], raw.get("percent"), raw.get("failures"))
        return ""
    user_id = user_of(raw["by"]) if raw.get("by") else ""
    if kind == "interview":
        return org.jobs.pause_flow(raw["flow"], raw["version"], raw.get("label", ""), user_id=user_id)
    if raw.get("kind", "ScheduledApex") == "ScheduledApex":
        more = {name: raw[key] for name, key in (("name", "name"), ("cron", "cron"), ("state", "status")) if key in raw}
        return org.jobs.schedule(raw["class"], user_id=user_id, **more)
    if "cron" in raw:
        raise ValueError("only scheduled jobs have a cron expression")
    method = raw.get("name", "")
    return org.jobs.enqueue(raw["class"], raw["kind"], raw.get("status", "Queued"), method=method, user_id=user_id)
