"""Production and a sandbox over HTTPS, with apps to log in through, and a home of the client's own."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hotfix_tui.cli import main
from tests.clients.library import write_library
from tests.clients.running import Orgs, running
from tests.localorg.oauth.test_grants import certificate

PORT = 17717
SECRET, PASSPHRASE = "planted-consumer-secret", "planted-passphrase"


@dataclass
class Desk:
    """The client's machine: its home, the orgs it can log in to, and a key."""

    home: Path
    orgs: Orgs
    key: Path

    def url(self, alias: str) -> str:
        return str(self.orgs[alias]["https_url"])

    def app(self, alias: str, client_id: str, **values: Any) -> None:
        self.orgs.control("POST", f"/orgs/{alias}/apps", {"client_id": client_id, **values})


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    folder = tmp_path_factory.mktemp("logins")
    with running(folder / "orgs", write_library(folder / "library"), prod="production", dev="developer") as made:
        yield made


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A private key, locked with a passphrase, and its certificate."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("key") / "server.key"
    locked = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    return file, certificate(made)


@pytest.fixture
def desk(orgs: Orgs, key: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("HOTFIX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(orgs.registry["ca"]))
    made = Desk(tmp_path / "home", orgs, key[0])
    callbacks = [f"http://localhost:{PORT}/OauthRedirect"]
    made.app("prod", "3MVG9Web", callbacks=callbacks, pkce=True)
    made.app("prod", "3MVG9Rotating", callbacks=callbacks, secret=SECRET, rotates=True)
    made.app("prod", "3MVG9Jwt", certificate=key[1], approved=[orgs["prod"]["username"]])
    made.app("prod", "3MVG9Run", secret=SECRET, run_as=orgs["prod"]["username"])
    return made


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs a command with lines on stdin; the exit code."""

    def run(*words: str, stdin: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return main(words)

    return run
