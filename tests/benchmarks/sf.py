"""The Salesforce CLI on the same orgs: both retrieved into a project each, then `git diff --no-index`."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks.bare import Asked
from tests.benchmarks.measured import Spent, spent
from tests.clients.install import SF_FOLDER, installed
from tests.clients.programs import ClosedWorld

# A member has two files at most on average, and a retrieve takes 10,000.
_MEMBERS_A_MANIFEST = 4_500
_NS = "http://soap.sforce.com/2006/04/metadata"
_PROJECT = '{"packageDirectories": [{"path": "force-app", "default": true}], "sourceApiVersion": "%s"}'


def compared(orgs: dict[str, Any], pair: tuple[str, ...], asked: list[Asked], pid: int) -> Spent:
    """Both orgs at once, then the difference; logging in is not counted. Raises when the CLI is not installed."""
    if not installed(SF_FOLDER):
        raise SystemExit("The Salesforce CLI is not installed: python -m tests.clients.install")
    with tempfile.TemporaryDirectory(prefix="hotfix-tui-sf-") as place:
        root = Path(place)
        sides = [_Side(root / alias, alias, orgs[alias], one) for alias, one in zip(pair, asked, strict=True)]

        def work() -> None:
            with ThreadPoolExecutor(len(sides)) as pool:
                list(pool.map(_Side.retrieve, sides))
            folders = [str(side.project / "force-app") for side in sides]
            subprocess.run(["git", "diff", "--no-index", "--quiet", *folders], check=False)

        return spent(work, pid)


class _Side:
    """One org's project, its manifests of some thousand members, and the CLI logged in to it."""

    def __init__(self, root: Path, alias: str, entry: dict[str, Any], asked: Asked) -> None:
        self.project = root / "project"
        (self.project / "force-app").mkdir(parents=True)
        self._alias = alias
        self._world = ClosedWorld(root / "home")
        members, version = _named(asked)
        (self.project / "sfdx-project.json").write_text(_PROJECT % version)
        self._manifests = []
        for number, part in enumerate(_parts(members)):
            file = self.project / f"manifest-{number}.xml"
            file.write_text(_manifest(part, version))
            self._manifests.append(file.name)
        self._sf(
            *("org", "login", "access-token", "--no-prompt", "--instance-url", entry["instance_url"]),
            *("--alias", alias),
            SF_ACCESS_TOKEN=entry["access_token"],
        )

    def retrieve(self) -> None:
        """`sf project retrieve start`, once a manifest."""
        for manifest in self._manifests:
            words = ("project", "retrieve", "start", "--manifest", manifest, "--target-org", self._alias)
            answer = self._sf(*words)["result"]
            if not answer.get("success") or not answer.get("files"):
                raise SystemExit(f"sf retrieved nothing with {manifest}: {str(answer)[:2000]}")

    def _sf(self, *words: str, **environment: str) -> dict[str, Any]:
        done = subprocess.run(
            ["sf", *words, "--json"], cwd=self.project, env=self._world.node(**environment), capture_output=True
        )
        if done.returncode:
            raise SystemExit(f"sf {' '.join(words[:3])} failed: {done.stdout.decode()[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def _named(asked: Asked) -> tuple[list[tuple[str, str]], str]:
    """Every (type, member) that the retrieves and reads name, and their API version."""
    members = []
    for body in asked.retrieves:
        for types in re.findall(r"<(?:\w+:)?types>(.*?)</(?:\w+:)?types>", body.decode(), re.S):
            name = re.findall(r"<(?:\w+:)?name>([^<]*)<", types)[0]
            members += [(name, member) for member in re.findall(r"<(?:\w+:)?members>([^<]*)<", types)]
    for body in asked.reads:
        name = re.findall(r"<(?:\w+:)?type>([^<]*)<", body.decode())[0]
        members += [(name, member) for member in re.findall(r"<(?:\w+:)?fullNames>([^<]*)<", body.decode())]
    version = re.findall(r"apiVersion>([^<]*)<", asked.retrieves[0].decode())[0]
    return sorted(members), version


def _parts(members: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, len(members), _MEMBERS_A_MANIFEST):
        yield members[start : start + _MEMBERS_A_MANIFEST]


def _manifest(members: list[tuple[str, str]], version: str) -> str:
    types: dict[str, list[str]] = {}
    for name, member in members:
        types.setdefault(name, []).append(f"<members>{member}</members>")
    body = "".join(f"<types>{''.join(names)}<name>{name}</name></types>" for name, names in types.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><Package xmlns="{_NS}">{body}<version>{version}</version></Package>'
