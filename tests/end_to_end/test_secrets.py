"""No secret of a whole run is anywhere but where it belongs, and the search for them finds one that is planted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hotfix_tui.events import Keep
from hotfix_tui.journal import Journal
from hotfix_tui.salesforce.logins import store
from hotfix_tui.salesforce.logins.oauth import App
from hotfix_tui.salesforce.logins.web import WebLogin
from tests.clients.browser import allow
from tests.end_to_end.secrets import Arguments, files_below, found_in, found_in_file, open_to_others
from tests.end_to_end.terminal import Terminal
from tests.local_orgs import Orgs, incident
from tests.localorg.oauth.test_grants import certificate

pytestmark = [pytest.mark.slow, pytest.mark.end_to_end, pytest.mark.timeout(300)]

SECRET, PASSPHRASE, PASSWORD = "consumer-secret-Zq81", "passphrase-Kx77w", "pass-word-Lm90t"
PORT = 17727


@dataclass
class Run:
    """What a whole run left: its home, all that was written to a terminal or a pipe, every argument."""

    home: Path
    orgs: Path
    temporary: Path
    secrets: dict[str, str]
    arguments: Arguments
    written: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)


class Person:
    """Runs commands as somebody with a home of their own, who knows the orgs by logins only."""

    def __init__(self, run: Run, orgs: Orgs, ca: str) -> None:
        self.run, self.orgs = run, orgs
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(run.home.parent), "HOTFIX_HOME": str(run.home),
            "HOTFIX_RUNNER_IDLE": "1", "REQUESTS_CA_BUNDLE": ca, "SSL_CERT_FILE": ca, "TMPDIR": str(run.temporary),
        }  # fmt: skip

    def does(self, name: str, *words: str, stdin: str = "") -> list[dict[str, Any]]:
        """`hotfix-tui WORDS`; the JSON lines it prints."""
        program = [sys.executable, "-m", "hotfix_tui", *words]
        done = subprocess.run(
            program, env=self.env, input=stdin.encode(), capture_output=True, check=False, timeout=120
        )
        self.run.written[f"{name} stdout"], self.run.written[f"{name} stderr"] = done.stdout, done.stderr
        self.run.codes[name] = done.returncode
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith(b"{")]

    def crashes(self, name: str, token: str) -> None:
        """The program, whose screen ends with an error that has a token in it."""
        screen = Terminal([sys.executable, "-c", _CRASH], {**self.env, "HOTFIX_ACCESS_TOKEN": token}, 100, 30)
        self.run.codes[name] = screen.wait_end()
        self.run.written[name] = bytes(screen.raw)

    def runner_is_there(self, number: str) -> bool:
        """Whether the hotfix's runner is alive; it ends a second after its last step."""
        with Journal.open(self.run.home / "hotfixes" / f"{number}.sqlite", read_only=True) as journal:
            return journal.holder() is not None

    def looks(self, name: str, *keys: str) -> None:
        """Opens the program in a terminal and presses keys, some time between them."""
        screen = Terminal([sys.executable, "-m", "hotfix_tui"], self.env, 100, 30)
        screen.wait_for("Hotfixes", 60)
        for key in keys:
            screen.pause()
            screen.press(key)
        screen.pause()
        screen.press("q")
        self.run.codes[name] = screen.wait_end()
        self.run.written[name] = bytes(screen.raw)


_CRASH = """
import os, sys
from hotfix_tui.cli import main
from hotfix_tui.ui.app import HotfixApp
def survey(self):
    session = os.environ["HOTFIX_ACCESS_TOKEN"]
    raise RuntimeError(f"the session {session} broke")
HotfixApp.survey = survey
sys.exit(main([]))
"""


def app(orgs: Orgs, alias: str, client_id: str, **values: Any) -> None:
    orgs.instance.control(f"/orgs/{alias}/apps", {"client_id": client_id, **values})


def locked_key(file: Path) -> str:
    """A private key with a passphrase; its certificate."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    locked = serialization.BestAvailableEncryption(PASSPHRASE.encode())
    file.write_bytes(made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked))
    file.chmod(0o600)
    return certificate(made)


def log_in(person: Person, registry: dict[str, Any], key: Path, patch: pytest.MonkeyPatch) -> None:
    """Into production by each flow there is, and into its sandboxes."""
    orgs, prod = person.orgs, registry["orgs"]["prod"]
    url, user = prod["https_url"], prod["username"]
    app(orgs, "prod", "3MVG9Web", callbacks=[f"http://localhost:{PORT}/OauthRedirect"], pkce=True)
    app(orgs, "prod", "3MVG9Jwt", certificate=locked_key(key), approved=[user])
    app(orgs, "prod", "3MVG9Run", secret=SECRET, run_as=user)
    patch.setenv("REQUESTS_CA_BUNDLE", registry["ca"])
    patch.setenv("SSL_CERT_FILE", registry["ca"])
    web = WebLogin(url, App("3MVG9Web"), PORT)
    tokens = web.finish(allow(web.address, user))
    person.run.secrets |= {"refresh token": tokens.refresh_token, "web token": tokens.access_token.partition("!")[2]}
    ask = ("--url", url, "--client-id")
    jwt = ("--username", user, "--key", str(key))
    person.does("wrong", "orgs", "login", "jwt", "prod", *ask, "3MVG9Jwt", *jwt, stdin=f"{PASSPHRASE}-not\n")
    person.does("jwt", "orgs", "login", "jwt", "prod", *ask, "3MVG9Jwt", *jwt, stdin=f"{PASSPHRASE}\n")
    person.does("credentials", "orgs", "login", "credentials", "run", *ask, "3MVG9Run", stdin=f"{SECRET}\n")
    pasted = f"force://3MVG9Web::{tokens.refresh_token}@{prod['instance_url'].removeprefix('http://')}\n"
    person.does("auth url", "orgs", "login", "auth-url", "pasted", stdin=pasted)
    for alias in ("hfx1", "dev1", "qa"):
        org = registry["orgs"][alias]
        token = f"{org['access_token']}\n"
        person.does(f"token {alias}", "orgs", "login", "token", alias, "--url", org["https_url"], stdin=token)
    uat = registry["orgs"]["uat"]
    body = {"user": uat["username"], "password": PASSWORD, "security_token": "T0kenOfUat9"}
    orgs.instance.control("/orgs/uat/password", body)
    words = ("orgs", "login", "password", "uat", "--url", uat["https_url"], "--username", uat["username"])
    person.does("password", *words, stdin=f"{PASSWORD}\nT0kenOfUat9\n")


def hotfix(person: Person) -> None:
    """From new to sync, looked at in a terminal in between."""
    new = person.does("new", "new", "100 % discount", "--production", "prod", "--environment", "hfx1", "--json")
    number = new[0]["hotfix"]
    person.does("compare", "compare", "prod", "hfx1", "--json")
    person.does("seed", "seed", number, "--data-set", person.orgs.data_set, "--json")
    assert person.orgs.run("local-orgs", "apply", "hfx1", "fix").code == 0
    person.looks("screens", "o", "enter", "1", "2", "?", "esc")
    person.does("promote", "promote", number, "--confirm", "prod", "--json")
    person.does("sync", "sync", number, "--json")
    person.does("status", "status", number)
    while person.runner_is_there(number):
        time.sleep(0.1)
    person.does("export", "export", number, "--yes", "--out", str(person.run.home.parent / "out.hotfix"))
    person.does("orgs", "orgs", "--json")
    person.does("logout", "orgs", "logout", "run")
    person.crashes("crash", person.orgs.org("prod").token)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "person").mkdir(mode=0o700)
    (folder / "tmp").mkdir(mode=0o700)
    with incident(folder / "orgs") as orgs, pytest.MonkeyPatch.context() as patch:
        registry = json.loads((folder / "orgs" / "local-orgs" / "registry.json").read_text())
        tokens = {f"token of {alias}": org["access_token"].partition("!")[2] for alias, org in registry["orgs"].items()}
        secrets = {**tokens, "consumer secret": SECRET, "passphrase": PASSPHRASE, "password": PASSWORD}
        with Arguments() as arguments:
            made = Run(folder / "person" / "home", folder / "orgs", folder / "tmp", secrets, arguments)
            person = Person(made, orgs, registry["ca"])
            log_in(person, registry, folder / "person" / "server.key", patch)
            patch.setenv("HOTFIX_HOME", str(made.home))
            secrets["security token"] = "T0kenOfUat9"
            _remember(secrets)
            hotfix(person)
            _remember(secrets)
        yield made


def _remember(secrets: dict[str, str]) -> None:
    """The tokens that the program has got by itself are secrets too."""
    for alias, login in store.kept().items():
        for name, secret in store.secrets_of(login).items():
            secrets[f"{alias}: {name}"] = secret.partition("!")[2] or secret


def test_the_run_was_a_whole_one(run: Run) -> None:
    expected = dict.fromkeys(run.codes, 0) | {"wrong": 3, "compare": 1, "sync": 1, "crash": 1}
    assert run.codes == expected, {name: run.written[f"{name} stderr"] for name in run.codes if run.codes[name] > 1}
    assert len(run.secrets) > 15


def test_no_file_of_the_run_holds_a_secret(run: Run) -> None:
    files = list(files_below(run.home.parent, run.temporary))
    assert {path.suffix for path in files} >= {".sqlite", ".log", ".json"}
    found = {str(path): names for path in files if (names := found_in_file(path, run.secrets))}
    assert found == {}


def test_nothing_that_was_shown_or_printed_holds_a_secret(run: Run) -> None:
    assert {name: names for name, text in run.written.items() if (names := found_in(text, run.secrets))} == {}
    assert b"connected" in run.written["screens"]
    assert b"screen stopped: RuntimeError" in run.written["crash"]
    assert "the session" in (run.home / "runner.log").read_text()


def test_no_process_had_a_secret_as_an_argument(run: Run) -> None:
    assert any(b"hotfix_tui.hotfix.runner" in one for one in run.arguments.seen)
    assert run.arguments.found(run.secrets) == set()


def test_every_file_is_ours_alone(run: Run) -> None:
    assert open_to_others(run.home) == []
    assert open_to_others(run.orgs) == []


@pytest.mark.parametrize("name", ["consumer secret", "token of prod", "passphrase"])
def test_a_planted_secret_is_found_wherever_it_is(run: Run, tmp_path: Path, name: str) -> None:
    secret = run.secrets[name]
    log, database = tmp_path / "runner.log", tmp_path / "HF-9.sqlite"
    log.write_text(f"GET https://x.example/?a={secret}&b=1")
    with Journal.create(database, "HF-9") as journal:
        content = f"<x>{secret}</x>".encode() * 3
        journal.append(Keep(name="a blob", org="prod", org_id="00D000000000001AAA", content=content), "compare")
    assert secret.encode() not in database.read_bytes()
    assert found_in_file(log, run.secrets) >= {name}
    assert found_in_file(database, run.secrets) >= {name}
    assert found_in(f"\x1b[1m{secret}\x1b[0m".encode(), run.secrets) >= {name}
    with Arguments() as arguments:
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)", f"--token={secret}"])
        deadline = time.monotonic() + 20
        while not arguments.found(run.secrets) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.wait()
    assert name in arguments.found(run.secrets)


def test_a_file_that_others_may_read_is_found(tmp_path: Path) -> None:
    made = tmp_path / "theirs"
    made.mkdir(mode=0o700)
    (made / "runner.log").touch(mode=0o600)
    assert open_to_others(made) == []
    (made / "runner.log").chmod(0o644)
    assert open_to_others(made) == ["runner.log: 644"]
