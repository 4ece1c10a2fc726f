"""Two small local orgs for tests of what goes wrong: `prod`, and `box`, a sandbox that lacks some of it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.end_to_end.outside import Instance, instance

NS = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
READING = {"describeMetadata", "listMetadata", "retrieve", "checkRetrieveStatus", "checkDeployStatus"}
DATA_SET = """v = 1
name = "Things"
[[object]]
name = "Thing__c"
root = true
key = ["Key__c"]
"""


def write(root: Path, path: str, body: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body)


def source(folder: Path, label: str = "Thing", class_body: str = "") -> Path:
    """A folder with an object, an external id on it and a class."""
    where = "main/default/objects/Thing__c"
    own = f"<deploymentStatus>Deployed</deploymentStatus><label>{label}</label><nameField><label>Name</label>"
    own += "<type>Text</type></nameField><pluralLabel>Things</pluralLabel><sharingModel>ReadWrite</sharingModel>"
    write(folder, f"{where}/Thing__c.object-meta.xml", f"{HEAD}<CustomObject {NS}>{own}</CustomObject>")
    key = "<fullName>Key__c</fullName><externalId>true</externalId><label>Key</label><length>200</length>"
    key += "<required>false</required><type>Text</type><unique>true</unique>"
    write(folder, f"{where}/fields/Key__c.field-meta.xml", f"{HEAD}<CustomField {NS}>{key}</CustomField>")
    meta = f"{HEAD}<ApexClass {NS}><apiVersion>63.0</apiVersion><status>Active</status></ApexClass>"
    write(folder, "main/default/classes/Engine.cls-meta.xml", meta)
    write(folder, "main/default/classes/Engine.cls", f"public class Engine {{\n{class_body}\n}}\n")
    return folder


def _cut_off(request: dict[str, Any]) -> bool:
    """Whether a SOAP call ended before it said what it wants, as one does whose client gave up; the org refused it."""
    return "/Soap/" in request["path"] and request["operation"] == "" and request["status"] == 500


@dataclass(frozen=True)
class Home:
    """A HOTFIX_HOME whose registry knows running orgs."""

    path: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "HOTFIX_HOME": str(self.path), "HOTFIX_RUNNER_IDLE": "1"}

    @property
    def orgs(self) -> Instance:
        return instance(self.path)

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """`hotfix-tui WORDS`, not waited for."""
        return subprocess.Popen(
            [sys.executable, "-m", "hotfix_tui", *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> Ended:
        """`hotfix-tui WORDS`, waited for."""
        return Ended.of(self.begin(*words))

    def registry(self, alias: str, **fields: str) -> None:
        """Changes what the registry says of one org."""
        file = self.path / "local-orgs" / "registry.json"
        known = json.loads(file.read_text())
        known["orgs"][alias] = {**known["orgs"].get(alias, known["orgs"]["box"]), "alias": alias, **fields}
        file.write_text(json.dumps(known))

    def changes(self) -> dict[str, list[Any]]:
        """The requests each org has had that may have changed it."""
        found = {}
        for alias in ("prod", "box"):
            log = self.orgs.control(f"/orgs/{alias}/requests")["log"]
            asked = [one for one in log if one["method"] != "GET" and not _cut_off(one)]
            found[alias] = [one for one in asked if one["operation"] not in READING]
        return found

    def wait_idle(self, hotfix: str) -> None:
        """Waits until the hotfix's runner has ended: its journal is one closed file then."""
        until = time.monotonic() + 20
        while (self.path / "hotfixes" / f"{hotfix}.sqlite-wal").exists():
            assert time.monotonic() < until, "the runner does not end"
            time.sleep(0.05)

    def hotfixes(self) -> list[str]:
        """Names of the journals."""
        return sorted(path.stem for path in (self.path / "hotfixes").glob("*.sqlite"))

    @contextmanager
    def session_ended(self, alias: str) -> Iterator[None]:
        """Ends the org's session for a while, as an administrator does in Setup."""
        [file] = (self.path / "local-orgs").rglob(f"{alias}/org.sqlite")
        with sqlite3.connect(file, timeout=20) as org:
            tokens = org.execute("SELECT token, user_id FROM _token").fetchall()
            org.execute("DELETE FROM _token")
        try:
            yield
        finally:
            with sqlite3.connect(file, timeout=20) as org:
                org.executemany("INSERT INTO _token VALUES (?, ?)", tokens)


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @classmethod
    def of(cls, process: subprocess.Popen[str]) -> Ended:
        out, err = process.communicate(timeout=120)
        return cls(process.returncode, out, err)

    @property
    def failed(self) -> dict[str, Any]:
        """The last Failed event on stdout; everything there must be events."""
        events = [json.loads(line) for line in self.out.splitlines()]
        found: dict[str, Any] = [event for event in events if event["event"] == "Failed"][-1]
        return found


def start(home: Path, loads: Sequence[tuple[str, Path, str]]) -> Home:
    """Starts orgs (alias, folder, kind) with deploys that take no time."""
    made = Home(home)
    words = [word for alias, folder, _ in loads for word in ("--load", f"{alias}={folder}")]
    words += [word for alias, _, kind in loads for word in ("--type", f"{alias}={kind}")]
    done = made.run("local-orgs", "start", *words)
    assert done.code == 0, done.err
    made.orgs.control("/pace", {"seconds": 0})
    return made


def copy(home: Home, target: Path) -> Home:
    """A home of one's own with the same running orgs, journals and data sets."""
    shutil.copytree(home.path, target, ignore=shutil.ignore_patterns("orgs", "*-shm", "*.lock"))
    return Home(target)
