"""Looking at local orgs from outside: plain SOQL and retrieve over HTTP that share nothing with our own client."""

from __future__ import annotations

import base64
import io
import json
import time
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

API = "v67.0"
METADATA = "http://soap.sforce.com/2006/04/metadata"


@dataclass(frozen=True)
class OutsideView:
    """One local org, seen with nothing but urllib."""

    alias: str
    url: str
    token: str
    others: dict[str, str] = field(default_factory=dict)

    def as_(self, user: str) -> OutsideView:
        """The same org as another user sees it, named by the beginning of the username."""
        return replace(self, token=next(token for name, token in self.others.items() if name.startswith(user)))

    def get(self, path: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def soql(self, query: str, tooling: bool = False) -> list[dict[str, Any]]:
        """All rows of `query`."""
        kind = "tooling/query" if tooling else "query"
        page = self.get(f"/services/data/{API}/{kind}/?q=" + urllib.parse.quote(query))
        rows = list(page["records"])
        while not page["done"]:
            page = self.get(page["nextRecordsUrl"])
            rows += page["records"]
        return rows

    def soap(self, body: str) -> ElementTree.Element:
        envelope = (
            '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns="{METADATA}"><e:Header><SessionHeader><sessionId>{self.token}</sessionId></SessionHeader></e:Header>'
            f"<e:Body>{body}</e:Body></e:Envelope>"
        )
        request = urllib.request.Request(
            f"{self.url}/services/Soap/m/{API[1:]}",
            data=envelope.encode(),
            headers={"Content-Type": "text/xml", "SOAPAction": '""'},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return ElementTree.fromstring(answer.read())

    def retrieve(self, members: dict[str, list[str]]) -> dict[str, bytes]:
        """The files of a retrieve of `members` (type → names), by their path in the package."""
        types = "".join(
            "<types>" + "".join(f"<members>{name}</members>" for name in names) + f"<name>{kind}</name></types>"
            for kind, names in members.items()
        )
        started = self.soap(
            f"<retrieve><retrieveRequest><apiVersion>{API[1:]}</apiVersion><singlePackage>true</singlePackage>"
            f"<unpackaged>{types}<version>{API[1:]}</version></unpackaged></retrieveRequest></retrieve>"
        )
        job = started.findtext(f".//{{{METADATA}}}id")
        for _ in range(200):
            status = self.soap(
                f"<checkRetrieveStatus><asyncProcessId>{job}</asyncProcessId><includeZip>true</includeZip>"
                "</checkRetrieveStatus>"
            )
            if status.findtext(f".//{{{METADATA}}}done") == "true":
                content = base64.b64decode(status.findtext(f".//{{{METADATA}}}zipFile") or "")
                archive = zipfile.ZipFile(io.BytesIO(content))
                return {name: archive.read(name) for name in archive.namelist() if not name.endswith("package.xml")}
            time.sleep(0.05)
        raise AssertionError("the retrieve did not end")


@dataclass(frozen=True)
class Instance:
    """A running instance of local orgs, from its registry file."""

    control_url: str
    control_token: str
    orgs: dict[str, OutsideView]

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """A call to the control endpoint; GET, or POST when there is a `body`."""
        request = urllib.request.Request(
            self.control_url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.control_token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def fired(self, alias: str) -> list[dict[str, Any]]:
        """Automations that would have fired in `alias`: recorded and not bypassed."""
        answer = self.control(f"/orgs/{alias}/fired")
        rows = answer["fired"] if isinstance(answer, dict) else answer
        return [row for row in rows if not row["bypassed"]]

    def requests(self, alias: str) -> list[dict[str, Any]]:
        """The requests that `alias` has had, oldest first."""
        found: list[dict[str, Any]] = self.control(f"/orgs/{alias}/requests")["log"]
        return found


def instance(home: Path) -> Instance:
    """The instance whose registry lies under `home` (HOTFIX_HOME)."""
    registry = json.loads((home / "local-orgs" / "registry.json").read_text())
    return Instance(
        registry["control"]["url"],
        registry["control"]["token"],
        {
            alias: OutsideView(alias, org["instance_url"], org["access_token"], org["users"])
            for alias, org in registry["orgs"].items()
        },
    )
