"""A script: what a second person does in which org, and what sets it off."""

from __future__ import annotations

import base64
import json
import tomllib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hotfix_tui.localorg.clock import Clock, parse_datetime
from hotfix_tui.localorg.faults import KINDS, Call
from hotfix_tui.localorg.faults.calls import GROUPS

_STATUSES = ("Pending", "InProgress", "Succeeded", "SucceededPartial", "Failed", "Canceled")


class ScriptError(ValueError):
    """A script that means nothing, in a sentence."""


class Act(NamedTuple):
    """What an act must say, what it may say, and what it does, for people to read."""

    needs: frozenset[str]
    may: frozenset[str]
    does: str


def _act(does: str, needs: str, may: str = "") -> Act:
    return Act(frozenset(needs.split()), frozenset(may.split()), does)


ACTS: dict[str, Act] = {
    "deploy": _act("deploys a package: `files` (path → text) or, in a script's file, a `folder`", "files", "options"),
    "edit": _act(
        "changes a component in Setup (Type:Full_Name): top elements (`set`), or all its `xml`", "component", "set xml"
    ),
    "remove": _act("deletes a component in Setup", "component"),
    "flip": _act(
        "switches a validation rule, workflow rule, duplicate rule, trigger or flow `on` or off; a flow to a `version`",
        "component on",
        "version",
    ),
    "insert": _act("creates `rows` of an `object`", "object rows"),
    "update": _act("`set`s fields of the rows of an `object` for which `where` (SOQL) holds", "object where set"),
    "delete": _act("deletes the rows of an `object` for which `where` (SOQL) holds", "object where"),
    "undelete": _act("takes `ids` out of the recycle bin", "ids"),
    "assign": _act("assigns a `permission_set` to a `user`", "permission_set user"),
    "unassign": _act("takes a `permission_set` from a `user`", "permission_set user"),
    "lock": _act("keeps `ids` locked for `seconds`", "ids seconds"),
}
_TRIGGERS = ("at", "wait", "after", "deploy")
_EVERY = frozenset({"org", "by", "do", "note", *_TRIGGERS})


@dataclass
class Step:
    """One act of somebody in one org.

    `by`: a username, or a handle of the scenario. What sets it off, one of: `due`, an instant of the orgs' clock;
    `call` (a kind of call) or `path`, and `nth`, after which it comes, before its answer is sent; `deploy`, when
    somebody else's deployment has this `status`, or comes to this `component` or `test` (from 1). None: at once.
    """

    org: str
    by: str
    do: str
    what: dict[str, Any]
    note: str = ""
    due: datetime | None = None
    call: str = ""
    path: str = ""
    nth: int = 1
    deploy: dict[str, Any] = field(default_factory=dict)
    seen: int = 0

    @property
    def at_once(self) -> bool:
        """Whether nothing has to happen before it."""
        return self.due is None and not self.call and not self.path and not self.deploy

    def follows(self, call: Call) -> bool:
        """Counts a call; whether it is the one after which this comes."""
        if not (self.call or self.path) or (self.call and not call.named(self.call)):
            return False
        if self.path and self.path not in call.path and self.path != call.operation:
            return False
        self.seen += 1
        return self.seen >= self.nth

    def shown(self) -> dict[str, Any]:
        """As the control endpoint shows it: without what a package holds."""
        what = {name: value for name, value in self.what.items() if name not in ("files", "xml")}
        return {"org": self.org, "by": self.by, "do": self.do, "note": self.note, **what, "when": self.when}

    @property
    def when(self) -> str:
        """What sets it off, in words."""
        if self.due is not None:
            return f"at {self.due:%Y-%m-%dT%H:%M:%SZ}"
        if self.deploy:
            (name, value), *_ = self.deploy.items()
            return f"when a deployment has {name} {value}"
        return f"after call {self.nth} of {self.call or self.path}" if self.call or self.path else "at once"


def steps_from(raw: Any, clock: Clock) -> list[Step]:
    """The steps of a script in JSON: one object, or a list under `step` or `steps`. Raises ScriptError."""
    if isinstance(raw, dict):
        raw = next((raw[key] for key in ("steps", "step") if isinstance(raw.get(key), list)), [raw])
    if not isinstance(raw, list) or not raw or not all(isinstance(item, dict) for item in raw):
        raise ScriptError("A script is a list of steps, each an object.")
    return [_step(item, clock) for item in raw]


def read_script(path: Path) -> list[dict[str, Any]]:
    """The steps of a file, TOML (`[[step]]`) or JSON, with the files of their folders. Raises ScriptError."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
        items = raw if isinstance(raw, list) else next(raw[key] for key in ("steps", "step") if key in raw)
        found = [_with_files(dict(item), path.parent) for item in items]
        steps_from(found, Clock())
    except ScriptError as error:
        raise ScriptError(f"{path}: {error}") from None
    except (OSError, ValueError, TypeError, StopIteration) as error:
        raise ScriptError(f"{path} is no script: {error or 'it has no steps'}.") from error
    return json.loads(json.dumps(found, default=_instant))  # type: ignore[no-any-return]


def _instant(value: Any) -> str:
    """TOML has instants of its own."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot be in a script")


def _with_files(item: dict[str, Any], beside: Path) -> dict[str, Any]:
    if item.get("do") == "deploy" and "folder" in item:
        folder = beside / str(item.pop("folder"))
        if not (folder / "package.xml").is_file():
            raise ScriptError(f"{folder} holds no package.xml.")
        files = (each for each in sorted(folder.rglob("*")) if each.is_file())
        item["files"] = {
            each.relative_to(folder).as_posix(): {"base64": base64.b64encode(each.read_bytes()).decode()}
            for each in files
        }
    return item


def _step(raw: dict[str, Any], clock: Clock) -> Step:
    act = ACTS.get(str(raw.get("do")))
    if act is None:
        raise ScriptError(f"A step does one of {', '.join(ACTS)}.")
    for name in ("org", "by"):
        if not isinstance(raw.get(name), str) or not raw[name]:
            raise ScriptError(f"A step says {name}: {'in which org' if name == 'org' else 'who does it'}.")
    known = _EVERY | act.needs | act.may
    strange = sorted(set(raw) - known)
    missing = sorted(act.needs - set(raw))
    if strange or missing:
        problem = f"has no {strange[0]}" if strange else f"needs {missing[0]}"
        raise ScriptError(f"A step that does {raw['do']} {problem}; it has {', '.join(sorted(act.needs | act.may))}.")
    if len([name for name in _TRIGGERS if name in raw]) > 1:
        raise ScriptError(f"One thing sets a step off: {', '.join(_TRIGGERS)}, or nothing.")
    what = {name: raw[name] for name in sorted(act.needs | act.may) if name in raw}
    _check_what(raw["do"], what)
    made = Step(raw["org"], raw["by"], raw["do"], what, str(raw.get("note", "")))
    _set_off(made, raw, clock)
    return made


_KINDS_OF: dict[str, tuple[type, ...]] = {
    "files": (dict,),
    "options": (dict,),
    "set": (dict,),
    "rows": (list,),
    "ids": (list,),
    "on": (bool,),
    "version": (int,),
    "seconds": (int, float),
}


def _check_what(do: str, what: dict[str, Any]) -> None:
    for name, value in what.items():
        kinds = _KINDS_OF.get(name, (str,))
        if type(value) not in kinds or (value in ("", [], {}) and name != "options"):
            raise ScriptError(f"The {name} of a step that does {do} cannot be {value!r}.")
    if do == "edit" and ("set" in what) == ("xml" in what):
        raise ScriptError("A step that does edit says either set or xml.")
    component = what.get("component")
    if component is not None and not all(component.partition(":")):
        raise ScriptError(f"A component is written Type:Full_Name, not {component}.")


def _set_off(made: Step, raw: dict[str, Any], clock: Clock) -> None:
    try:
        if "at" in raw:
            at = raw["at"]
            made.due = parse_datetime(at.isoformat() if isinstance(at, datetime) else str(at))
        elif "wait" in raw:
            made.due = clock.now() + timedelta(seconds=float(raw["wait"]))
    except (ValueError, TypeError, OverflowError) as error:
        raise ScriptError(f"That is no time for a step: {error}.") from error
    if "after" in raw:
        _set_off_by_call(made, raw["after"])
    if "deploy" in raw:
        made.deploy = _deploy_trigger(raw["deploy"])


def _set_off_by_call(made: Step, after: Any) -> None:
    named = isinstance(after, dict) and bool(after.get("call") or after.get("path"))
    if not named or not set(after) <= {"call", "path", "nth"}:
        raise ScriptError("What a step comes after has a call or a path, and perhaps nth.")
    made.call, made.path, made.nth = str(after.get("call", "")), str(after.get("path", "")), after.get("nth", 1)
    if made.call and made.call not in KINDS and made.call not in GROUPS:
        raise ScriptError(f"There is no kind of call {made.call}. Kinds: {', '.join((*KINDS, *GROUPS))}.")
    if type(made.nth) is not int or made.nth < 1:
        raise ScriptError("nth is a number from 1.")


def _deploy_trigger(raw: Any) -> dict[str, Any]:
    if isinstance(raw, dict) and len(raw) == 1:
        ((name, value),) = raw.items()
        counted = name in ("component", "test") and type(value) is int and value > 0
        if counted or (name == "status" and value in _STATUSES):
            return raw
    raise ScriptError(f"A deployment sets a step off by component, by test, or by status ({', '.join(_STATUSES)}).")
