"""The app that logins go through: `[login]` in config.toml.

```toml
[login]
client_id = "3MVG9…"        # the consumer key of your own connected or external client app
callback_port = 1717         # http://localhost:1717/OauthRedirect must be one of its callback URLs
```
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from hotfix_tui import paths
from hotfix_tui.salesforce.errors import BadLogin
from hotfix_tui.salesforce.logins.web import CALLBACK_PORT

_LONGEST_KEY = 512


@dataclass(frozen=True)
class LoginSettings:
    """`client_id` is empty where none is named. A consumer secret is no setting: it is asked for, and kept as one."""

    client_id: str = ""
    callback_port: int = CALLBACK_PORT


def read() -> LoginSettings:
    """The settings; those of a file that is not there. Raises BadLogin with a sentence."""
    file = paths.config() / "config.toml"
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return LoginSettings()
    except (OSError, ValueError) as error:
        raise BadLogin(f"{file} cannot be read: {error}.", next="Correct it, or move it away.") from error
    table: Any = content.get("login", {})
    if not isinstance(table, dict) or set(table) - {"client_id", "callback_port"}:
        raise BadLogin(f"{file}: [login] has client_id and callback_port, nothing else.")
    client_id, port = table.get("client_id", ""), table.get("callback_port", CALLBACK_PORT)
    if not isinstance(client_id, str) or len(client_id) > _LONGEST_KEY:
        raise BadLogin(f"{file}: client_id of [login] is the consumer key of an app, as text.")
    if isinstance(port, bool) or not isinstance(port, int) or not 1024 <= port <= 65535:
        raise BadLogin(f"{file}: callback_port of [login] is a number from 1024 to 65535.")
    return LoginSettings(client_id, port)
