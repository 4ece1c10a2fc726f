"""Passwords and security tokens of users who were given some; the others log in through the page only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_ROUNDS = 20_000


class Passwords:
    """Kept as salted hashes of the password with its security token behind it, as it is typed into a client."""

    def __init__(self, org: LocalOrg) -> None:
        self._store = org.store
        self._store.execute(
            "CREATE TABLE IF NOT EXISTS _oauth_password (user_id TEXT PRIMARY KEY, salt BLOB, hash BLOB)"
        )

    def put(self, user_id: str, password: str, security_token: str = "") -> None:
        """Gives a user a password."""
        salt = secrets.token_bytes(16)
        values = (user_id, salt, _hash(password + security_token, salt))
        self._store.execute("INSERT OR REPLACE INTO _oauth_password VALUES (?, ?, ?)", values)

    def right(self, user_id: str, given: str) -> bool:
        """Whether that is the user's password and token."""
        found = self._store.row("SELECT salt, hash FROM _oauth_password WHERE user_id = ?", (user_id,))
        return found is not None and hmac.compare_digest(found[1], _hash(given, found[0]))


def _hash(text: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt, _ROUNDS)
