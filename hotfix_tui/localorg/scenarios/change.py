"""A prepared change: metadata and records that somebody brings into an org over HTTP, as if made in Setup."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from hotfix_tui.localorg.client import Connection, HttpProblem
from hotfix_tui.localorg.scenarios.format import Scenario, ScenarioError

API = "60.0"
_DONE = ("Succeeded", "SucceededPartial", "Failed", "Canceled")
_POLL_SECONDS = 0.1


class ChangeRefused(Exception):
    """The org did not take the change, or is not ready for it. The message says what was and was not written."""


@dataclass(frozen=True)
class Change:
    """What changes/ORG/NAME/ holds.

    `lookups`: reference field → {object: field}, how a step's value for it names a row. `steps`: `do` (update, insert,
    delete), `object`, `key` (field → value), `set` (field → value), in order.
    """

    name: str
    user: str
    lookups: dict[str, dict[str, str]] = field(default_factory=dict)
    steps: tuple[dict[str, Any], ...] = ()
    package: bytes = b""


def read_change(scenario: Scenario, alias: str, name: str) -> Change:
    """The change prepared for an org under this name. Raises ScenarioError naming those that there are."""
    known = scenario.changes(alias)
    if name not in known:
        offered = f"it has {', '.join(known)}" if known else "it has none"
        raise ScenarioError(f"There is no change {name} prepared for {alias}; {offered}.")
    folder = scenario.folder / "changes" / alias / name
    file = folder / "records.json"
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        steps = tuple(raw["steps"])
        change = Change(name, raw["user"], raw.get("lookups", {}), steps, _package(folder / "metadata"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScenarioError(f"{file} cannot be used: {error}.") from error
    if change.user not in {user.handle for user in scenario.users if user.in_org(alias)}:
        raise ScenarioError(f"{file} is to be done by {change.user}, who is not in {alias}.")
    return change


def _package(folder: Path) -> bytes:
    if not (folder / "package.xml").is_file():
        return b""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return out.getvalue()


def apply(change: Change, connection: Connection, say: Callable[[str], None]) -> None:
    """Makes the change: first looks whether every row is there that it changes, then deploys, then writes rows.

    Raises ChangeRefused. `say` takes a sentence for each part that is done.
    """
    try:
        _Applying(change, connection, say).run()
    except HttpProblem as error:
        raise ChangeRefused(str(error)) from error


class _Applying:
    def __init__(self, change: Change, connection: Connection, say: Callable[[str], None]) -> None:
        self._change = change
        self._connection = connection
        self._say = say
        self._made = {
            (step["object"], str(value))
            for step in change.steps
            if step["do"] == "insert"
            for value in step["set"].values()
        }

    def run(self) -> None:
        for step in self._change.steps:
            self._look(step)
        if self._change.package:
            self._deploy()
        for step in self._change.steps:
            self._write(step)

    def _look(self, step: dict[str, Any]) -> None:
        for target, name, value in self._needs(step):
            if self._find(target, name, value) is None and (target, str(value)) not in self._made:
                raise ChangeRefused(
                    f"There is no {target} with {name} {value} yet, which {self._change.name} changes or points to."
                    " Nothing was written."
                )

    def _needs(self, step: dict[str, Any]) -> list[tuple[str, str, Any]]:
        needed = [(step["object"], name, value) for name, value in step.get("key", {}).items()]
        for name, value in step.get("set", {}).items():
            for target, by in self._change.lookups.get(name, {}).items():
                if value is not None:
                    needed.append((target, by, value))
        return needed

    def _find(self, target: str, name: str, value: Any) -> str | None:
        literal = str(value).replace("\\", "\\\\").replace("'", "\\'")
        rows = self._connection.query(f"SELECT Id FROM {target} WHERE {name} = '{literal}'")  # noqa: S608 - SOQL
        if len(rows) > 1:
            raise ChangeRefused(f"{len(rows)} rows of {target} have {name} {value}; it is not clear which is meant.")
        return str(rows[0]["Id"]) if rows else None

    def _write(self, step: dict[str, Any]) -> None:
        target, action = step["object"], step["do"]
        values = {name: self._value(name, value) for name, value in step.get("set", {}).items()}
        path = f"/services/data/v{API}/sobjects/{target}"
        if action == "insert":
            self._connection.json("POST", path, values)
        else:
            (name, key), *_rest = step["key"].items()
            found = self._find(target, name, key)
            if found is None:
                raise ChangeRefused(
                    f"There is no {target} with {name} {key} any more. What came before it was written."
                )
            self._connection.json("DELETE" if action == "delete" else "PATCH", f"{path}/{found}", values or None)
        named = next(iter({**step.get("key", {}), **step.get("set", {})}.values()), "")
        self._say(f"{action} {target} {named}")

    def _value(self, name: str, value: Any) -> Any:
        for target, by in self._change.lookups.get(name, {}).items():
            if value is not None:
                return self._find(target, by, value)
        return value

    def _deploy(self) -> None:
        archive = base64.b64encode(self._change.package).decode()
        options = "<rollbackOnError>true</rollbackOnError><singlePackage>true</singlePackage>"
        started = self._soap(f"<deploy><ZipFile>{archive}</ZipFile><DeployOptions>{options}</DeployOptions></deploy>")
        deploy_id = _text(started, "id")
        while True:
            result = self._soap(
                f"<checkDeployStatus><asyncProcessId>{deploy_id}</asyncProcessId>"
                "<includeDetails>true</includeDetails></checkDeployStatus>"
            )
            if _text(result, "status") in _DONE:
                break
            time.sleep(_POLL_SECONDS)
        if _text(result, "success") != "true":
            problems = [
                f"{_text(item, 'componentType')} {_text(item, 'fullName')}: {_text(item, 'problem')}"
                for item in result.iter("{*}componentFailures")
            ]
            found = "; ".join(problems) or _text(result, "errorMessage") or _text(result, "status")
            raise ChangeRefused(f"The deployment failed: {found}. Nothing was written.")
        self._say(f"deployed {_text(result, 'numberComponentsDeployed')} components")

    def _soap(self, body: str) -> etree._Element:
        answer = self._connection.soap(f"/services/Soap/m/{API}", body)
        return etree.fromstring(answer, etree.XMLParser(resolve_entities=False, no_network=True))


def _text(element: etree._Element, name: str) -> str:
    found = next(element.iter(f"{{*}}{name}"), None)
    return (found.text or "") if found is not None else ""
