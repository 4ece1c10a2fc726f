"""What the Salesforce CLI knows: its orgs from its files, their tokens from `sf` itself, else decrypted as it does.

A token stays in this process's memory; no copy of it is ever written. Files and encryption as @salesforce/core 8 has
them (`authInfo`, `crypto`, `keyChainImpl`).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from hotfix_tui.salesforce.errors import BadLogin, SalesforceError, SessionExpired
from hotfix_tui.salesforce.login import OrgLogin

_NOT_AUTH = re.compile(r"(alias|key|.*\.sandbox|stash|sfdx-config)\.json\Z")
_SECONDS = 60
_REDACTED = "[REDACTED]"
Fields = dict[str, Any]


def folder() -> Path:
    """`~/.sfdx`; below `HOTFIX_HOME` when that is set, so that a home of one's own knows nothing of others."""
    home = os.environ.get("HOTFIX_HOME")
    return (Path(home).expanduser() if home else Path.home()) / ".sfdx"


def logins() -> dict[str, OrgLogin]:
    """The CLI's orgs by alias, or by username where they have none. What cannot be read is left out."""
    found: dict[str, OrgLogin] = {}
    aliases = _aliases()
    for file in sorted(folder().glob("*.json")) if folder().is_dir() else ():
        if _NOT_AUTH.match(file.name):
            continue
        with suppress(OSError, ValueError, KeyError, TypeError, SalesforceError):
            fields = _fields(file)
            username = str(fields["username"])
            alias = aliases.get(username, username)
            found[alias] = OrgLogin(
                alias=alias,
                org_id=str(fields["orgId"]),
                instance_url=str(fields["instanceUrl"]),
                username=username,
                label=str(fields.get("name") or ""),
                source="sf",
                tokens=SfTokens(username, file),
            )
    return found


def _fields(file: Path) -> Fields:
    found: Fields = json.loads(file.read_text(encoding="utf-8"))
    return found


def _aliases() -> dict[str, str]:
    """Username → alias, the first in the alphabet where there are several."""
    try:
        content = json.loads((folder() / "alias.json").read_text(encoding="utf-8"))["orgs"]
        return {str(username): str(alias) for alias, username in sorted(content.items(), reverse=True)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


class SfTokens:
    """The access token of one of the CLI's orgs."""

    def __init__(self, username: str, file: Path) -> None:
        self._username = username
        self._file = file
        self._lock = threading.Lock()
        self._token = ""

    def current(self) -> str:
        """From the CLI's file, or asked of `sf` where the file's key is in a keyring. Raises BadLogin."""
        with self._lock:
            if not self._token:
                self._token = self._decrypted() or self._asked()
            return self._token

    def renewed(self, refused: str) -> str:
        """`sf` refreshes the session and keeps it; without `sf` what it keeps by now. Raises SessionExpired."""
        with self._lock:
            token = self._asked() if shutil.which("sf") else self._decrypted()
            if token in ("", refused):
                raise SessionExpired(
                    f"The Salesforce CLI's session of {self._username} has ended.",
                    org=self._username,
                    next="Log in with it again: sf org login web.",
                )
            self._token = token
            return token

    def _decrypted(self) -> str:
        """The token in the file, "" when it cannot be decrypted here."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            key = json.loads((self._file.parent / "key.json").read_text(encoding="utf-8"))["key"]
            return decrypt(str(_fields(self._file)["accessToken"]), str(key))
        return ""

    def _asked(self) -> str:
        if not shutil.which("sf"):
            raise BadLogin(
                f"The Salesforce CLI's token of {self._username} cannot be read without `sf`: its key is in a keyring.",
                org=self._username,
                next="Put sf on the PATH, or log in here: hotfix-tui orgs login web.",
            )
        command = ["sf", "org", "auth", "show-access-token", "--target-org", self._username, "--json"]
        environment = {**os.environ, "SF_DISABLE_TELEMETRY": "true", "SF_AUTOUPDATE_DISABLE": "true"}
        home = os.environ.get("HOTFIX_HOME")
        if home:
            environment["HOME"] = home
        try:
            done = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False
            )
            answer = json.loads(done.stdout)
            token = str(answer["result"]["accessToken"]) if done.returncode == 0 else ""
            why = str(answer.get("message") or f"it ended with {done.returncode}")
        except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
            token, why = "", type(error).__name__
        if not token or _REDACTED in token:
            raise BadLogin(
                f"sf gave no token of {self._username}: {'it is redacted' if token else why}.",
                org=self._username,
                next="Log in with it again (sf org login web), or here (hotfix-tui orgs login web).",
            )
        return token


def decrypt(text: str, key: str) -> str:
    """A value of the CLI's files, `hex:tag` under AES-256-GCM. Raises ValueError.

    With a key of 32 characters the key and the first 12 characters of the text (the IV) are taken as they are written,
    with one of 64 they are hexadecimal (@salesforce/core, crypto.ts, versions 1 and 2).
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    body, _, tag = text.partition(":")
    if len(key) == 32:
        iv, rest, secret = body[:12].encode(), body[12:], key.encode()
    else:
        iv, rest, secret = bytes.fromhex(body[:24]), body[24:], bytes.fromhex(key)
    try:
        return AESGCM(secret).decrypt(iv, bytes.fromhex(rest + tag), None).decode()
    except InvalidTag:
        raise ValueError("it was encrypted with another key") from None
