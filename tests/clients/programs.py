"""Running programs that others wrote: nothing of the machine reaches them but the program itself, and loopback."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.clients import install

_SECONDS = 100
_GUARD = Path(__file__).with_name("loopback_only.cjs")
_NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Ran:
    """A program that has ended."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """All it said, for a failing assertion; of JSON without the program's own stack."""
        try:
            answer = json.loads(self.out)
            out = json.dumps({name: answer[name] for name in answer if name not in ("stack", "cause", "warnings")})
        except (ValueError, TypeError):
            out = self.out
        return f"exit {self.code}\n{out[:6000]}\n{self.err[-3000:]}"


def run(command: list[str], folder: Path, environment: dict[str, str]) -> Ran:
    """Runs a program in `folder` with this environment and no other; text out."""
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS
    )
    return Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def needs(folder: Path) -> None:
    """Fails when a client is not installed: what was not run was not shown."""
    if not install.installed(folder):
        pytest.fail(f"{folder} is not there. Install the clients: python -m tests.clients.install", pytrace=False)


class ClosedWorld:
    """A HOME of a test's own and what was tried beyond loopback from it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.tried = home / "beyond-loopback.log"
        home.mkdir(parents=True, exist_ok=True)

    def node(self, **more: str) -> dict[str, str]:
        """The environment of a Node program. jsforce sends even loopback through a proxy, so there is none in it."""
        return {
            "PATH": os.pathsep.join((str(install.SF_PROGRAMS), os.defpath)),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "NODE_OPTIONS": f'--require "{_GUARD}"',
            "LOOPBACK_LOG": str(self.tried),
            "SF_DISABLE_TELEMETRY": "true",
            "SF_AUTOUPDATE_DISABLE": "true",
            "SF_DISABLE_AUTOUPDATE": "true",  # the one that its updater reads
            "SF_SKIP_NEW_VERSION_CHECK": "true",
            "SF_USE_GENERIC_UNIX_KEYCHAIN": "true",
            **more,
        }

    def python(self, **more: str) -> dict[str, str]:
        """The environment of a Python program: a proxy that is not there for all but loopback."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
            **more,
        }

    def beyond(self) -> list[str]:
        """Each host and port beyond loopback that a Node program tried to reach."""
        return self.tried.read_text().splitlines() if self.tried.exists() else []


@dataclass(frozen=True)
class Sf:
    """The Salesforce CLI in a closed world; `project` is where it runs."""

    world: ClosedWorld
    project: Path
    more: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str, **environment: str) -> Ran:
        """One call as typed."""
        return run(["sf", *words], self.project, self.world.node(**self.more, **environment))

    def json(self, *words: str, **environment: str) -> Any:
        """`result` of one call with --json that must succeed."""
        ran = self.run(*words, "--json", **environment)
        assert ran.code == 0, ran.words
        return json.loads(ran.out)["result"]

    def fails(self, *words: str, **environment: str) -> dict[str, Any]:
        """The whole answer of one call with --json that must fail."""
        ran = self.run(*words, "--json", **environment)
        assert ran.code != 0, ran.words
        answer: dict[str, Any] = json.loads(ran.out)
        return answer

    def log_in(self, alias: str, entry: dict[str, Any], url: str = "") -> dict[str, Any]:
        """Logs in to an org of the registry with its access token, as `alias`."""
        answer: dict[str, Any] = self.json(
            *("org", "login", "access-token", "--no-prompt"),
            *("--instance-url", url or entry["instance_url"], "--alias", alias),
            SF_ACCESS_TOKEN=entry["access_token"],
        )
        return answer
