"""`sf org login web` and `sf org login jwt` against a local org: the browser is a program, the rest is theirs."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.clients import install
from tests.clients.library import write_project
from tests.clients.programs import ClosedWorld, Sf, needs
from tests.clients.running import Orgs
from tests.localorg.oauth.test_grants import certificate

pytestmark = pytest.mark.slow

_BROWSER = Path(__file__).with_name("browser.py")


@pytest.fixture
def project(tmp_path: Path) -> tuple[Path, int]:
    """A project whose CLI listens on a port that is free, and the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = write_project(tmp_path / "project")
    settings = json.loads((folder / "sfdx-project.json").read_text())
    (folder / "sfdx-project.json").write_text(json.dumps({**settings, "oauthLocalPort": str(port)}))
    return folder, port


def _browser(folder: Path, username: str) -> str:
    """A program that a client can start with an address."""
    file = folder / "browser"
    # Like a browser it is started and goes on by itself: the CLI listens only when its starter has ended.
    file.write_text(f'#!/bin/sh\n"{sys.executable}" "{_BROWSER}" "{username}" "$1" </dev/null >/dev/null 2>&1 &\n')
    file.chmod(0o700)
    return str(file)


def _app(orgs: Orgs, alias: str, **values: Any) -> None:
    orgs.control("POST", f"/orgs/{alias}/apps", values)


def test_login_web_gets_a_session_that_is_refreshed_when_it_ends(
    orgs: Orgs, project: tuple[Path, int], tmp_path: Path
) -> None:
    needs(install.SF_FOLDER)
    folder, port = project
    _app(orgs, "dev", client_id="PlatformCLI", callbacks=[f"http://localhost:{port}/OauthRedirect"], pkce=True)
    world = ClosedWorld(tmp_path / "home")
    tools = tmp_path / "tools"
    tools.mkdir()
    dev = orgs["dev"]
    sf = Sf(world, folder, {"BROWSER": _browser(tools, dev["username"])})
    made = sf.json("org", "login", "web", "--instance-url", dev["instance_url"], "--alias", "web")
    assert (made["username"], made["orgId"]) == (dev["username"], dev["org_id"])
    ended = orgs.control("DELETE", "/orgs/dev/sessions")["ended"]
    assert ended >= 1
    found = sf.json("data", "query", "-o", "web", "-q", "SELECT Username FROM User WHERE IsActive = true")
    assert dev["username"] in {row["Username"] for row in found["records"]}
    orgs.control("DELETE", "/orgs/dev/sessions?refresh=true")
    refused = sf.fails("data", "query", "-o", "web", "-q", "SELECT Id FROM User")
    assert "expired access/refresh token" in refused["message"]
    assert world.beyond() == []


def test_login_jwt_signs_in_whom_the_app_has_approved(orgs: Orgs, tmp_path: Path) -> None:
    needs(install.SF_FOLDER)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "server.key"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    prod = orgs["prod"]
    _app(orgs, "prod", client_id="3MVG9Jwt", certificate=certificate(key), approved=[prod["username"]])
    world = ClosedWorld(tmp_path / "home")
    sf = Sf(world, write_project(tmp_path / "project"))
    asked = ("org", "login", "jwt", "--client-id", "3MVG9Jwt", "--jwt-key-file", str(file))
    made = sf.json(*asked, "--username", prod["username"], "--instance-url", prod["instance_url"], "--alias", "jwt")
    assert (made["username"], made["orgId"]) == (prod["username"], prod["org_id"])
    shown = sf.json("org", "display", "-o", "jwt")
    assert shown["connectedStatus"] == "Connected"
    assert world.beyond() == []
    other = next(iter(prod["users"]))
    # A refused assertion is tried at Salesforce's own login hosts too, which are out of reach here.
    refused = sf.fails(*asked, "--username", other, "--instance-url", prod["instance_url"])
    assert "user hasn't approved this consumer" in refused["message"]
    assert {host.partition(":")[0].rpartition("salesforce.com")[1] for host in world.beyond()} == {"salesforce.com"}
