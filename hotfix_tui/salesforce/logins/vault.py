"""Secrets of our own logins: in the system's keyring where there is one, else in an encrypted file.

The file's key lies beside it, in a file that only its owner can read: that keeps the tokens out of backups of one file,
greps and screens, not from somebody who is this user. Everything below `HOTFIX_HOME` is files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from hotfix_tui import paths
from hotfix_tui.salesforce.errors import BadLogin

_SERVICE = "hotfix-tui"
Secrets = dict[str, str]
T = TypeVar("T")


class Vault(Protocol):
    """Secrets by alias. Each method may raise BadLogin."""

    kind: str
    where: str

    def get(self, alias: str) -> Secrets:
        """What is kept; {} when there is nothing."""

    def put(self, alias: str, secrets: Secrets) -> None:
        """Keeps; what was there is gone."""

    def remove(self, alias: str) -> None:
        """Forgets."""


class FileVault:
    """An encrypted file (Fernet: AES-128-CBC with HMAC-SHA256) and its key beside it, both 0600."""

    kind = "file"

    def __init__(self, folder: Path) -> None:
        self._file, self._key = folder / "logins.secrets", folder / "logins.key"
        self.where = f"encrypted in {self._file}, its key beside it"

    def get(self, alias: str) -> Secrets:
        """What is kept."""
        return dict(self._read().get(alias, {}))

    def put(self, alias: str, secrets: Secrets) -> None:
        """Keeps."""
        self._write({**self._read(), alias: secrets})

    def remove(self, alias: str) -> None:
        """Forgets. A file that cannot be read is put aside, not deleted: its key may be found again."""
        try:
            found = self._read()
        except BadLogin:
            self._file.replace(self._file.with_suffix(".unreadable"))
            return
        if found.pop(alias, None) is not None:
            self._write(found)

    def _read(self) -> dict[str, Secrets]:
        from cryptography.fernet import Fernet, InvalidToken

        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            found = json.loads(Fernet(self._key.read_bytes()).decrypt(content))
        except (OSError, ValueError, InvalidToken):
            found = None
        # Raised out here, so that no plain text is the context of the error.
        if not isinstance(found, dict):
            raise BadLogin(
                f"The kept logins cannot be read: {self._file} or its key was changed.",
                next="Log out of the orgs and in again: hotfix-tui orgs logout ALIAS.",
            )
        return found

    def _write(self, content: dict[str, Secrets]) -> None:
        from cryptography.fernet import Fernet

        if not self._key.exists():
            paths.write_private(self._key, Fernet.generate_key())
        paths.write_private(self._file, Fernet(self._key.read_bytes()).encrypt(json.dumps(content).encode()))


class KeyringVault:
    """The system's keyring (macOS Keychain, Secret Service, KWallet …): one entry an org."""

    kind = "keyring"
    where = "in the system's keyring"

    def get(self, alias: str) -> Secrets:
        """What is kept."""
        import keyring

        found = _asked("read", lambda: keyring.get_password(_SERVICE, alias))
        secrets = _secrets_in(found) if found else {}
        # Raised out here, so that no plain text is the context of the error.
        if secrets is None:
            raise BadLogin(
                f"What the system's keyring keeps for {alias} is not a login.",
                next=f"Log out of it and in again: hotfix-tui orgs logout {alias}.",
            )
        return secrets

    def put(self, alias: str, secrets: Secrets) -> None:
        """Keeps."""
        import keyring

        _asked("written", lambda: keyring.set_password(_SERVICE, alias, json.dumps(secrets)))

    def remove(self, alias: str) -> None:
        """Forgets."""
        import keyring
        from keyring.errors import PasswordDeleteError

        def forget() -> None:
            with suppress(PasswordDeleteError):
                keyring.delete_password(_SERVICE, alias)

        _asked("written", forget)


def _secrets_in(text: str) -> Secrets | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return dict(found) if isinstance(found, dict) else None


def _asked(act: str, call: Callable[[], T]) -> T:
    """What `call` gives. A keyring that is locked, or went away since, is a sentence.

    What its backend says may quote what it was given, so only the kind of the error is told.
    """
    from keyring.errors import KeyringError

    try:
        return call()
    except KeyringError as error:
        kind = type(error).__name__
    # Raised out here, so that what the backend said is not the context of the error.
    raise BadLogin(
        f"The system's keyring cannot be {act} ({kind}).",
        next="Unlock it and try again.",
    )


def vault(kind: str = "") -> Vault:
    """The vault of a kept login (`file` or `keyring`); for a new one the keyring, where it works without a desktop."""
    if not kind:
        remote = os.environ.get("HOTFIX_HOME") or os.environ.get("SSH_CONNECTION")
        kind = "file" if remote or not _keyring_works() else "keyring"
    return KeyringVault() if kind == "keyring" else FileVault(paths.logins())


def _keyring_works() -> bool:
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return False
    try:
        found = keyring.get_keyring()
        return not isinstance(found, fail.Keyring | null.Keyring) and float(found.priority) >= 1
    except Exception:  # a keyring that fails to say what it is, is none
        return False
