"""Where secrets of our own logins are: a keyring that works, else a file; and what a keyring that refuses does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked, PasswordDeleteError

from hotfix_tui import paths
from hotfix_tui.salesforce.errors import BadLogin
from hotfix_tui.salesforce.logins import flows, store
from hotfix_tui.salesforce.logins.vault import KeyringVault, vault

SECRETS = {"access_token": "planted-access-token", "refresh_token": "planted-refresh-token"}


class Kept(KeyringBackend):
    """A keyring in memory, which can be locked. Its error quotes what it was given, as backends may."""

    priority = 5.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def _look(self, said: str) -> None:
        if self.locked:
            raise KeyringLocked(f"locked: {said}")

    def get_password(self, service: str, username: str) -> str | None:
        self._look(username)
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._look(password)
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._look(username)
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    for name in ("HOTFIX_HOME", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    backend = Kept()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


def test_a_new_login_goes_to_the_keyring_and_can_be_forgotten_twice(kept: Kept) -> None:
    store = vault()
    store.put("prod", SECRETS)
    assert store.kind == "keyring"
    assert list(kept.entries) == [("hotfix-tui", "prod")]
    assert vault("keyring").get("prod") == SECRETS
    store.remove("prod")
    store.remove("prod")
    assert store.get("prod") == {}


@pytest.mark.parametrize(
    "act",
    [
        lambda store: store.get("prod"),
        lambda store: store.put("prod", SECRETS),
        lambda store: store.remove("prod"),
    ],
    ids=["read", "keep", "forget"],
)
def test_a_locked_keyring_is_a_sentence_that_holds_no_secret(kept: Kept, act: Callable[[KeyringVault], object]) -> None:
    kept.entries["hotfix-tui", "prod"] = "{}"
    kept.locked = True
    with pytest.raises(BadLogin, match="keyring cannot be") as refused:
        act(KeyringVault())
    assert refused.value.__context__ is None
    assert "planted" not in f"{refused.value} {refused.value!r}"
    assert "Unlock it" in str(refused.value.next)


@pytest.mark.parametrize("content", ["planted-not-json", "[1]", '"planted"'])
def test_an_entry_that_is_no_login_says_how_to_get_out(kept: Kept, content: str) -> None:
    kept.entries["hotfix-tui", "prod"] = content
    with pytest.raises(BadLogin, match="not a login") as refused:
        KeyringVault().get("prod")
    assert refused.value.__context__ is None
    assert "planted" not in f"{refused.value} {refused.value!r}"
    assert "orgs logout prod" in str(refused.value.next)


def test_a_login_that_the_keyring_does_not_take_leaves_the_kept_one_as_it_is(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "logins", lambda: tmp_path)
    monkeypatch.setenv("SSH_CONNECTION", "over a line")
    login = replace(flows.blank("https://aurelle.my.salesforce.com", "token"), alias="prod")
    old = store.keep(login, SECRETS)
    monkeypatch.delenv("SSH_CONNECTION")
    kept.locked = True
    with pytest.raises(BadLogin, match="keyring cannot be written"):
        store.keep(old, {"access_token": "another"})
    assert store.secrets_of(store.kept()[old.alias]) == SECRETS
    kept.locked = False
    new = store.keep(old, {"access_token": "another"})
    assert new.vault == "keyring"
    assert store.secrets_of(new) == {"access_token": "another"}
    assert vault("file").get(old.alias) == {}


@pytest.mark.parametrize("name", ["HOTFIX_HOME", "SSH_CONNECTION"])
def test_over_ssh_or_in_a_home_of_its_own_a_login_goes_to_the_file(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, str(tmp_path))
    assert vault().kind == "file"
    assert vault("keyring").kind == "keyring"  # one that is kept there already is still found there


def test_without_a_keyring_a_login_goes_to_the_file(kept: Kept) -> None:
    keyring.set_keyring(NoKeyring())  # type: ignore[no-untyped-call]
    assert vault().kind == "file"
