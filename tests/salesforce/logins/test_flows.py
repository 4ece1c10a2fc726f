"""Each way to log in, over HTTPS against local orgs; what is kept, how it renews itself, how it is forgotten."""

from __future__ import annotations

import asyncio
import json
import re
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hotfix_tui.salesforce.errors import SessionExpired
from hotfix_tui.salesforce.login import known_logins, login_for
from hotfix_tui.salesforce.logins.oauth import App
from hotfix_tui.salesforce.logins.web import WebLogin
from hotfix_tui.salesforce.org import Org
from tests.clients.browser import allow
from tests.salesforce.logins.conftest import PASSPHRASE, PORT, SECRET, Desk

Typed = Callable[..., int]


def who(alias: str) -> str:
    """The user that a login talks as."""

    async def ask() -> str:
        async with await Org.connect(login_for(alias)) as org:
            return org.username

    return asyncio.run(ask())


def trusting_browser(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(desk.orgs.registry["ca"]))


def test_a_browser_lets_us_in_and_the_session_renews_itself(
    desk: Desk, typed: Typed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trusting_browser(monkeypatch, desk)
    user = desk.orgs["prod"]["username"]
    opened = threading.Event()
    real_address = WebLogin.address.fget  # type: ignore[attr-defined]

    def address(self: WebLogin) -> str:
        found = str(real_address(self))
        if not opened.is_set():
            opened.set()
            threading.Thread(target=browse, args=(found, user), daemon=True).start()
        return found

    monkeypatch.setattr(WebLogin, "address", property(address))
    words = ("orgs", "login", "web", "main", "--url", desk.url("prod"), "--client-id", "3MVG9Web", "--port", str(PORT))
    assert typed(*words) == 0
    assert f"main: logged in as {user}" in capsys.readouterr().out
    assert who("main") == user
    desk.orgs.control("DELETE", "/orgs/prod/sessions")
    assert who("main") == user
    desk.orgs.control("DELETE", "/orgs/prod/sessions?refresh=true")
    with pytest.raises(Exception, match="expired access/refresh token"):
        who("main")


def browse(address: str, user: str) -> None:
    """A browser that allows, and follows to the callback."""
    import contextlib
    import urllib.request

    callback = allow(address, user)
    for _ in range(50):
        with contextlib.suppress(OSError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(callback, timeout=3).close()
            return


def test_an_address_can_be_pasted_and_only_the_right_one_counts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    trusting_browser(monkeypatch, desk)
    login = WebLogin(desk.url("prod"), App("3MVG9Web"), PORT)
    assert login.tunnel({}) == ""
    connected = {"SSH_CONNECTION": "10.0.0.9 5000 10.0.0.1 2222", "USER": "ann"}
    assert re.fullmatch(rf"ssh -N -L {PORT}:localhost:{PORT} -p 2222 ann@\S+", login.tunnel(connected))
    came = allow(login.address, desk.orgs["prod"]["username"])
    with pytest.raises(Exception, match="does not belong to this login"):
        WebLogin(desk.url("prod"), App("3MVG9Web"), PORT).finish(came)
    with pytest.raises(Exception, match="holds no code"):
        login.finish(re.sub("code=[^&]*", "", came))
    assert login.finish(f"  {came}\n").access_token.startswith("00D")
    denied = allow(login.address, desk.orgs["prod"]["username"], "deny")
    with pytest.raises(Exception, match="access_denied"):
        login.finish(denied)


def test_a_rotating_refresh_token_is_kept_before_the_old_one_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotfix_tui.salesforce.logins import flows, store

    trusting_browser(monkeypatch, desk)
    app = App("3MVG9Rotating", SECRET)
    login = WebLogin(desk.url("prod"), app, PORT)
    tokens = login.finish(allow(login.address, desk.orgs["prod"]["username"]))
    wanted = flows.blank(desk.url("prod"), "web", client_id=app.client_id)
    kept = asyncio.run(flows.keep("main", wanted, tokens, {"client_secret": SECRET}))
    for _ in range(3):
        before = store.secrets_of(kept)["refresh_token"]
        desk.orgs.control("DELETE", "/orgs/prod/sessions")
        assert who("main")
        assert store.secrets_of(kept)["refresh_token"] != before


def test_a_key_logs_in_and_signs_again_when_the_session_ends(desk: Desk, typed: Typed) -> None:
    user = desk.orgs["prod"]["username"]
    words = ("orgs", "login", "jwt", "robot", "--url", desk.url("prod"), "--client-id", "3MVG9Jwt")
    words = (*words, "--username", user, "--key", str(desk.key))
    assert typed(*words, stdin="wrong\n") == 3
    assert "robot" not in known_logins()
    assert typed(*words, stdin=f"{PASSPHRASE}\n") == 0
    desk.orgs.control("DELETE", "/orgs/prod/sessions")
    assert who("robot") == user


def test_client_credentials_log_in_as_the_app_s_user(desk: Desk, typed: Typed) -> None:
    words = ("orgs", "login", "credentials", "run", "--url", desk.url("prod"), "--client-id", "3MVG9Run")
    assert typed(*words, stdin="wrong\n") == 3
    assert typed(*words, stdin=f"{SECRET}\n") == 0
    desk.orgs.control("DELETE", "/orgs/prod/sessions")
    assert who("run") == desk.orgs["prod"]["username"]


def test_an_auth_url_a_token_and_a_password_log_in(desk: Desk, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    trusting_browser(monkeypatch, desk)
    login = WebLogin(desk.url("prod"), App("3MVG9Web"), PORT)
    refresh = login.finish(allow(login.address, desk.orgs["prod"]["username"])).refresh_token
    host = desk.orgs["prod"]["instance_url"].removeprefix("http://")
    assert typed("orgs", "login", "auth-url", "pasted", stdin=f"force://3MVG9Web::{refresh}@{host}\n") == 0
    assert who("pasted") == desk.orgs["prod"]["username"]
    token = desk.orgs["dev"]["access_token"]
    assert typed("orgs", "login", "token", "dev2", "--url", desk.url("dev"), stdin=f"{token}\n") == 0
    assert who("dev2") == desk.orgs["dev"]["username"]
    user = desk.orgs["dev"]["username"]
    desk.orgs.control("POST", "/orgs/dev/password", {"user": user, "password": "pass word", "security_token": "T0k"})
    words = ("orgs", "login", "password", "typed", "--url", desk.url("dev"), "--username", user)
    assert typed(*words, stdin="pass word\nwrong\n") == 3
    assert typed(*words, stdin="pass word\nT0k\n") == 0
    assert who("typed") == user
    desk.orgs.control("DELETE", "/orgs/dev/sessions")
    with pytest.raises(SessionExpired, match="cannot renew it"):
        who("typed")


def test_an_alias_never_changes_its_org_by_a_login(
    desk: Desk, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    for alias, expected in (("dev", 0), ("prod", 3)):
        token = desk.orgs[alias]["access_token"]
        assert typed("orgs", "login", "token", "one", "--url", desk.url(alias), stdin=token) == expected
    assert "is the login of another org" in capsys.readouterr().err
    assert login_for("one").org_id == desk.orgs["dev"]["org_id"]


def test_logging_out_ends_the_session_in_the_org(desk: Desk, typed: Typed) -> None:
    words = ("orgs", "login", "credentials", "run", "--url", desk.url("prod"), "--client-id", "3MVG9Run")
    assert typed(*words, stdin=f"{SECRET}\n") == 0
    token = login_for("run").token()
    assert typed("orgs", "logout", "run") == 0
    assert "run" not in known_logins()
    assert desk.orgs.wire("prod").entry  # the org itself goes on
    from tests.localorg.wire import Refused, Wire

    gone = Wire({"instance_url": desk.orgs["prod"]["instance_url"], "access_token": token, "users": {}})
    with pytest.raises(Refused, match="Bad_OAuth_Token"):
        gone.call("GET", "/services/oauth2/userinfo")
    assert typed("orgs", "logout", "run") == 2


def test_what_is_kept_is_private_and_secrets_are_nowhere_in_plain(
    desk: Desk, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("orgs", "login", "credentials", "run", "--url", desk.url("prod"), "--client-id", "3MVG9Run", "--json")
    assert typed(*words, stdin=f"{SECRET}\n") == 0
    told = capsys.readouterr()
    line = json.loads(told.out)
    assert (line["event"], line["org"], line["flow"]) == ("OrgLoggedIn", "run", "credentials")
    token = login_for("run").token()
    files = [file for file in desk.home.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert not {one for one in (SECRET, token) if one.encode() in file.read_bytes()}, file
    for folder in (desk.home, *(each for each in desk.home.rglob("*") if each.is_dir())):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    assert not {one for one in (SECRET, token) if one in told.out + told.err}
    (desk.home / "planted").write_text(token)
    assert [file for file in desk.home.rglob("*") if file.is_file() and token.encode() in file.read_bytes()]


def test_a_spoiled_store_says_so_and_loses_nothing(desk: Desk, typed: Typed) -> None:
    words = ("orgs", "login", "credentials", "run", "--url", desk.url("prod"), "--client-id", "3MVG9Run")
    assert typed(*words, stdin=f"{SECRET}\n") == 0
    key: Path = desk.home / "logins" / "logins.key"
    kept = key.read_bytes()
    key.write_bytes(b"nonsense")
    with pytest.raises(Exception, match="kept logins cannot be read"):
        who("run")
    assert typed(*words, stdin=f"{SECRET}\n") == 3
    key.write_bytes(kept)
    assert who("run")


def test_a_login_whose_secrets_cannot_be_read_can_be_forgotten_and_their_file_is_kept(
    desk: Desk, typed: Typed, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("orgs", "login", "credentials", "run", "--url", desk.url("prod"), "--client-id", "3MVG9Run")
    assert typed(*words, stdin=f"{SECRET}\n") == 0
    (desk.home / "logins" / "logins.key").write_bytes(b"nonsense")
    assert typed("orgs", "logout", "run") == 0
    assert "could not be ended in the org" in capsys.readouterr().out
    assert "run" not in known_logins()
    assert (desk.home / "logins" / "logins.unreadable").is_file()


def test_nobody_waits_for_an_address_that_nobody_can_hear_or_paste(desk: Desk, typed: Typed) -> None:
    words = ("orgs", "login", "web", "main", "--url", desk.url("prod"), "--client-id", "3MVG9Web", "--paste")
    assert typed(*words) == 3  # stdin is no file here, so nothing can be pasted


def test_the_demo_knows_no_org_but_its_own(desk: Desk, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("orgs", "login", "credentials", "run", "--url", desk.url("prod"), "--client-id", "3MVG9Run")
    assert typed(*words, stdin=f"{SECRET}\n") == 0
    assert set(known_logins()) == {"run"}
    monkeypatch.setenv("HOTFIX_ONLY_LOCAL", "1")
    assert known_logins() == {}
