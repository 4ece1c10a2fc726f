"""Faults: what is to go wrong, with which calls, and how often; a table of modes, a list that counts down."""

from __future__ import annotations

import json
import random
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from hotfix_tui.localorg.faults.calls import GROUPS, KINDS, Call
from hotfix_tui.localorg.faults.conditions import checked

_SECONDS, _TIMES, _BYTES = 600, 1_000_000, 1_000_000_000


class Mode(NamedTuple):
    """A mode's parameters besides those of every fault, and what it does, for people to read."""

    parameters: frozenset[str]
    does: str


def _mode(does: str, *parameters: str) -> Mode:
    return Mode(frozenset(parameters), does)


MODES: dict[str, Mode] = {
    "drop_before": _mode("the connection is closed; the org never heard of the call"),
    "drop_after": _mode("the org does it, then the connection is closed without an answer"),
    "reset": _mode("the connection is reset (RST) and the org never heard of the call"),
    "delay": _mode(
        "`seconds`, and up to `jitter` seconds by `seed`, pass before the org hears of it", "seconds", "jitter", "seed"
    ),
    "truncate": _mode("the answer breaks off after `bytes` of its body (default: half)", "bytes"),
    "slow": _mode("the answer's body comes at `rate` bytes a second", "rate"),
    "status": _mode("`status` and `body` are answered; the org never heard of it", "status", "body"),
    "too_many": _mode("429, with Retry-After `retry_after`", "retry_after", "body"),
    "unavailable": _mode("503, with Retry-After `retry_after`", "retry_after", "body"),
    "request_limit": _mode("403 REQUEST_LIMIT_EXCEEDED"),
    "session_expiry": _mode("the caller's session ends before the call: 401 INVALID_SESSION_ID from then on"),
    "lock_rows": _mode("`rows` (ids) and all rows of `object` are locked during the call", "rows", "object"),
    "condition": _mode("the org's `conditions` change before the call, and stay so", "conditions"),
    "deploy_hang": _mode(
        "a deployment stops at `component` or `test`, until the fault is cleared", "component", "test"
    ),
    "deploy_fail": _mode(
        "a deployment fails at `component` or `test` with `body` as problem", "component", "test", "body"
    ),
}
DEPLOY_MODES = frozenset({"deploy_hang", "deploy_fail"})
_EVERY = frozenset({"org", "mode", "times"})
_CALLS = frozenset({"call", "path", "method", "nth"})


@dataclass
class Fault:
    """Something that goes wrong with an org's calls (or deployments) that fit.

    `call`: a kind of call (KINDS, or the group `write`); `path`: part of the path with its query (decoded), or the name
    of a SOAP operation; `method`. `nth`: the first call that fits with which it goes wrong; `times`: with how many from
    there, counted down. What the rest is for, MODES says; `component` and `test` count from 1.
    """

    org: str
    mode: str
    path: str = ""
    method: str = ""
    times: int = 1
    status: int = 503
    body: str = ""
    seconds: float = 0.0
    call: str = ""
    nth: int = 1
    jitter: float = 0.0
    seed: int = 0
    bytes: int = -1
    rate: int = 1024
    retry_after: int = 0
    rows: list[str] = field(default_factory=list)
    object: str = ""
    component: int = 0
    test: int = 0
    conditions: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._seen = 0
        self._random = random.Random(self.seed)  # noqa: S311 - a disturbance that can be repeated, not a secret

    def fits(self, call: Call) -> bool:
        """Whether a request is one of those that this goes wrong with, `nth` apart."""
        if self.mode in DEPLOY_MODES or self.times < 1:
            return False
        if (self.method and self.method.upper() != call.method) or (self.call and not call.named(self.call)):
            return False
        return not self.path or self.path in call.path or self.path == call.operation

    def due(self) -> bool:
        """Counts a request that fits; whether it is its turn."""
        self._seen += 1
        return self._seen >= self.nth

    def pause(self) -> float:
        """The seconds of the next delay."""
        return self.seconds + self._random.uniform(0, self.jitter)


class FaultList:
    """The faults that wait for a call of one org. All methods may be called from any thread.

    `on_change`: called, without a lock held, when faults came or were cleared.
    """

    def __init__(self) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def append(self, fault: Fault) -> None:
        """Adds one."""
        self.extend([fault])

    def extend(self, faults: list[Fault]) -> None:
        """Adds some, in order: the first that fits is taken."""
        with self._lock:
            self._faults.extend(faults)
        self._tell()

    def clear(self) -> None:
        """Forgets them; a deployment that hangs goes on."""
        with self._lock:
            self._faults.clear()
        self._tell()

    def holds(self, fault: Fault) -> bool:
        """Whether a fault is still in the list."""
        return any(each is fault for each in self)

    def _tell(self) -> None:
        for listener in self.on_change:
            listener()

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(list(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def take(self, call: Call) -> Fault | None:
        """What goes wrong with a request, if anything; it is one time less."""
        with self._lock:
            for fault in self._faults:
                if fault.fits(call) and fault.due():
                    self._count_down(fault)
                    return fault
        return None

    def take_deploy(self, component: int, test: int) -> Fault | None:
        """What goes wrong with a deployment at its nth component or test. One that hangs stays until it is cleared."""
        with self._lock:
            for fault in self._faults:
                here = (fault.component and fault.component == component) or (fault.test and fault.test == test)
                if fault.mode in DEPLOY_MODES and here:
                    if fault.mode != "deploy_hang":
                        self._count_down(fault)
                    return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        fault.times -= 1
        if fault.times < 1:
            self._faults.remove(fault)


def faults_from(raw: Any) -> list[Fault]:
    """Faults from JSON: one object, or a list under `faults` or `fault`. Raises ValueError with a sentence."""
    if isinstance(raw, dict):
        raw = next((raw[key] for key in ("faults", "fault") if isinstance(raw.get(key), list)), [raw])
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        raise ValueError("Faults are an object, or a list of objects under `faults`.")
    return [_fault(item) for item in raw]


def read_faults(path: Path) -> list[dict[str, Any]]:
    """The faults of a file, TOML (`[[fault]]`) or JSON, checked. Raises ValueError with a sentence."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read: {error}.") from error
    try:
        return [as_dict(fault) for fault in faults_from(raw)]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def as_dict(fault: Fault) -> dict[str, Any]:
    """A fault as the control endpoint shows it: what it says beyond the defaults."""
    plain = {each.name: each.default for each in fields(Fault)}
    shown = {"org", "mode", "times"}
    found = asdict(fault)
    return {name: value for name, value in found.items() if name in shown or (value and value != plain[name])}


def _fault(raw: dict[str, Any]) -> Fault:
    mode = MODES.get(str(raw.get("mode")))
    if mode is None:
        raise ValueError(f"A fault's mode is one of {', '.join(MODES)}.")
    known = _EVERY | mode.parameters | (frozenset() if raw["mode"] in DEPLOY_MODES else _CALLS)
    strange = sorted(set(raw) - known)
    if strange:
        raise ValueError(f"A fault of mode {raw['mode']} has no {strange[0]}; it has {', '.join(sorted(known))}.")
    if not isinstance(raw.get("org"), str):
        raise ValueError("A fault names its org.")
    for name in sorted(set(raw) - {"mode"}):
        _check(name, raw[name])
    _check_whole(raw)
    return Fault(**raw)


_NUMBERS: dict[str, tuple[tuple[type, ...], float, float]] = {
    "times": ((int,), 1, _TIMES),
    "nth": ((int,), 1, _TIMES),
    "status": ((int,), 200, 599),
    "seconds": ((int, float), 0, _SECONDS),
    "jitter": ((int, float), 0, _SECONDS),
    "seed": ((int,), -_BYTES, _BYTES),
    "bytes": ((int,), 0, _BYTES),
    "rate": ((int,), 1, _BYTES),
    "retry_after": ((int,), 0, 86_400),
    "component": ((int,), 1, _TIMES),
    "test": ((int,), 1, _TIMES),
}


def _check(name: str, value: Any) -> None:
    if name in _NUMBERS:
        kind, least, most = _NUMBERS[name]
        if type(value) not in kind or not least <= value <= most:
            raise ValueError(f"A fault's {name} is a number from {least} to {most}.")
    elif name == "rows":
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError("A fault's rows are a list of ids.")
    elif name == "conditions":
        checked(value)
    elif not isinstance(value, str):
        raise ValueError(f"A fault's {name} is a text.")


def _check_whole(raw: dict[str, Any]) -> None:
    call = raw.get("call", "")
    if call and call not in KINDS and call not in GROUPS:
        raise ValueError(f"There is no kind of call {call}. Kinds: {', '.join((*KINDS, *GROUPS))}.")
    if raw["mode"] in DEPLOY_MODES and bool(raw.get("component")) == bool(raw.get("test")):
        raise ValueError(f"A fault of mode {raw['mode']} says at which component, or at which test.")
    if raw["mode"] == "lock_rows" and not (raw.get("rows") or raw.get("object")):
        raise ValueError("A fault of mode lock_rows names rows, or an object.")
    if raw["mode"] == "condition" and not raw.get("conditions"):
        raise ValueError("A fault of mode condition says which conditions.")
