"""The web server flow with PKCE for a browser that may be on another machine.

The browser is sent to the org, and comes back to a port of *this* machine's loopback. Over SSH the port is brought to
the browser's machine by `ssh -L`, or the address the browser ended at is pasted.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from hotfix_tui.salesforce.errors import BadLogin, LoginRefused
from hotfix_tui.salesforce.login import checked_origin
from hotfix_tui.salesforce.logins import oauth
from hotfix_tui.salesforce.logins.oauth import App, Tokens
from hotfix_tui.salesforce.logins.refusals import refused

# The callback of the Salesforce CLI: apps that were made for it have it already.
CALLBACK_PORT = 1717
_PATH = "/OauthRedirect"
_SCOPES = "api web refresh_token"
_PAGE = (
    b"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>hotfix-tui</title>"
    b"<p>You can close this page and go back to the terminal.</p></html>"
)


@dataclass(frozen=True)
class WebLogin:
    """One attempt. `state` ties the answer to it, `verifier` proves that the code is ours; neither is ever shown."""

    login_url: str
    app: App
    port: int = CALLBACK_PORT
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)

    @property
    def redirect_uri(self) -> str:
        """The callback, as the app must have it in Setup."""
        return f"http://localhost:{self.port}{_PATH}"

    @property
    def address(self) -> str:
        """What to open in a browser."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "scope": _SCOPES,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "login",
        }
        origin = checked_origin(self.login_url, "the login address")
        return f"{origin}/services/oauth2/authorize?{urlencode(asked)}"

    def tunnel(self, environment: Mapping[str, str] | None = None) -> str:
        """The `ssh` line to type on the browser's machine, or "" when this is no SSH session."""
        environment = os.environ if environment is None else environment
        connection = environment.get("SSH_CONNECTION", "").split()
        if len(connection) != 4:
            return ""
        user = environment.get("USER") or environment.get("LOGNAME") or "me"
        port = "" if connection[3] == "22" else f" -p {connection[3]}"
        return f"ssh -N -L {self.port}:localhost:{self.port}{port} {user}@{socket.gethostname()}"

    def finish(self, address: str) -> Tokens:
        """The tokens for the address the browser came back to (or that was pasted). Raises SalesforceError."""
        host = urlsplit(self.login_url).hostname or self.login_url
        given = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
        if "error" in given:
            raise refused(host, given["error"], given.get("error_description", ""))
        if not secrets.compare_digest(given.get("state", ""), self.state):
            raise LoginRefused(
                "That address does not belong to this login: its state is another.",
                org=host,
                next="Paste the whole address that the browser shows after you chose Allow.",
            )
        if not given.get("code"):
            raise LoginRefused("That address holds no code.", org=host, next="Paste the whole address.")
        return oauth.by_code(self.login_url, self.app, given["code"], self.redirect_uri, self.verifier)


class Listener:
    """Listens on loopback for the one address of `login`. `wait` blocks; `close` ends it from any thread.

    What does not carry the attempt's state is answered 404 and changes nothing, so that no other page can end it.
    """

    def __init__(self, login: WebLogin) -> None:
        """Raises BadLogin when the port is taken."""
        self._came = threading.Event()
        self.address = ""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                state = parse_qs(parts.query).get("state", [""])[0]
                ours = parts.path == _PATH and secrets.compare_digest(state, login.state)
                self.send_response(200 if ours else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(_PAGE) if ours else 0))
                self.end_headers()
                if ours:
                    self.wfile.write(_PAGE)
                    listener.address = f"http://localhost{self.path}"
                    listener._came.set()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: the address holds the code."""

        try:
            self._server = HTTPServer(("127.0.0.1", login.port), Handler)
        except OSError as error:
            raise BadLogin(
                f"Port {login.port} of this machine is taken, so the browser's answer cannot be heard here.",
                next="Name another with --port, and add its callback URL to the app; or paste the address.",
            ) from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="login", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> str:
        """The address the browser came to, or "" when it did not in time."""
        self._came.wait(seconds)
        return self.address

    def close(self) -> None:
        """Frees the port."""
        self._server.shutdown()
        self._server.server_close()
