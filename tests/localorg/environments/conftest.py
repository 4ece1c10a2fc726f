"""A production org that may make orgs, with nothing but a few records in it, in a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clients.library import write_library
from tests.clients.running import Orgs, running
from tests.localorg.wire import Refused, Wire

_SECONDS = 20


@dataclass
class Factory:
    """Production, asked for sandboxes over HTTP."""

    orgs: Orgs

    @property
    def prod(self) -> Wire:
        return self.orgs.wire("prod")

    @property
    def group(self) -> str:
        """A public group, which sandboxes need."""
        found = self.prod.query("SELECT Id FROM Group WHERE DeveloperName = 'Hotfix'")
        made = found or [{"Id": self.prod.rest("POST", "/sobjects/Group", _GROUP)["id"]}]
        return str(made[0]["Id"])

    def create(self, name: str, **values: Any) -> str:
        """Asks for a sandbox; the id of its SandboxInfo."""
        body = {"SandboxName": name, "LicenseType": "DEVELOPER", "ActivationUserGroupId": self.group, **values}
        made = self.prod.rest("POST", "/tooling/sobjects/SandboxInfo", {k: v for k, v in body.items() if v is not None})
        return str(made["id"])

    def refused(self, name: str, **values: Any) -> dict[str, Any]:
        """The error that asking for a sandbox gives."""
        with pytest.raises(Refused) as caught:
            self.create(name, **values)
        return json.loads(caught.value.body)[0]  # type: ignore[no-any-return]

    def process(self, info: str) -> dict[str, Any]:
        """The latest SandboxProcess of a sandbox."""
        fields = "Id, Status, SandboxName, CopyProgress, SandboxOrganization, EndDate, LicenseType"
        where = f"SandboxInfoId = '{info}' ORDER BY CreatedDate DESC, Id DESC LIMIT 1"
        return self.prod.query(f"SELECT {fields} FROM SandboxProcess WHERE {where}", tooling=True)[0]

    def until(self, info: str, *statuses: str) -> list[str]:
        """Waits for a status; all that were seen, in order."""
        seen: list[str] = []
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            status = self.process(info)["Status"]
            if status not in seen:
                seen.append(status)
            if status in statuses:
                return seen
            time.sleep(0.02)
        raise AssertionError(f"{seen} and no {statuses}")

    def log_in(self, name: str) -> dict[str, Any]:
        """Tokens in a sandbox by sandboxAuth and its code."""
        body = {"sandboxName": name, "callbackUrl": "http://localhost:1717/OauthRedirect"}
        auth = self.prod.rest("POST", "/tooling/sandboxAuth", body)
        form = f"grant_type=authorization_code&code={auth['authCode']}&client_id=PlatformCLI"
        form += "&redirect_uri=http://localhost:1717/OauthRedirect"
        door = Wire({"instance_url": auth["loginUrl"], "access_token": "", "users": {}})
        kind = "application/x-www-form-urlencoded"
        tokens = json.loads(door.call("POST", "/services/oauth2/token", form.encode(), kind))
        return {**auth, **tokens}


_GROUP = {"Name": "Hotfix", "DeveloperName": "Hotfix", "Type": "Regular"}


@pytest.fixture(scope="module")
def factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Factory]:
    """The stages of a copy take 0.05 s."""
    folder: Path = tmp_path_factory.mktemp("environments")
    with running(folder / "orgs", write_library(folder / "library"), prod="production", dev="developer") as orgs:
        orgs.control("POST", "/pace", {"sandbox": 0.05})
        yield Factory(orgs)
