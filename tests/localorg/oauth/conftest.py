"""A library of the module's own, and a client of its OAuth endpoints that is nothing but requests."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from hotfix_tui.localorg.oauth.apps import App
from tests.localorg.own_org import Api, served_library

CALLBACK = "http://localhost:1717/OauthRedirect"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
OWN = App(
    "3MVG9OwnApp",
    "Hotfix",
    secret="s3cret & more",
    callbacks=(CALLBACK, "https://tool.example/cb?x=1"),
    scopes=("api", "refresh_token"),
    pkce=True,
)


@dataclass
class OAuthClient:
    """Asks one org's OAuth endpoints."""

    api: Api

    def authorize(self, **given: str) -> requests.Response:
        """GET the page."""
        asked = {"response_type": "code", "client_id": OWN.client_id, "redirect_uri": CALLBACK, **given}
        return requests.get(f"{self.api.url}/services/oauth2/authorize", asked, timeout=10, allow_redirects=False)

    def decide(self, page: str, decision: str = "allow", username: str = "") -> dict[str, str]:
        """Presses a button of the page as a browser does; what the callback gets."""
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
        fields = {name: unescape(value) for name, value in fields.items()}
        fields |= {"username": username or "ann@library.example", "decision": decision}
        answer = requests.post(f"{self.api.url}/services/oauth2/authorize", fields, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        assert answer.headers["location"].startswith(fields["redirect_uri"])
        return self.at_callback(answer)

    def at_callback(self, answer: requests.Response) -> dict[str, str]:
        """The parameters of a redirect."""
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    def code(self, **given: str) -> str:
        """A code for the app of these tests."""
        page = self.authorize(code_challenge=CHALLENGE, **given)
        assert page.status_code == 200, page.text
        return self.decide(page.text)["code"]

    def token(self, **given: str) -> tuple[int, dict[str, Any]]:
        """POST the token endpoint."""
        answer = requests.post(f"{self.api.url}/services/oauth2/token", given, timeout=10)
        return answer.status_code, answer.json()

    def by_code(self, code: str, **given: str) -> tuple[int, dict[str, Any]]:
        """The tokens for a code."""
        return self.token(
            **{
                "grant_type": "authorization_code",
                "code": code,
                "client_id": OWN.client_id,
                "client_secret": OWN.secret,
                "redirect_uri": CALLBACK,
                "code_verifier": VERIFIER,
                **given,
            }
        )

    def refresh(self, token: str, app: App = OWN) -> tuple[int, dict[str, Any]]:
        """New tokens for a refresh token."""
        asked = {"refresh_token": token, "client_id": app.client_id, "client_secret": app.secret}
        return self.token(grant_type="refresh_token", **asked)

    def who(self, token: str) -> tuple[int, str]:
        """Whose token this is, by userinfo."""
        answer = requests.get(
            f"{self.api.url}/services/oauth2/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        return answer.status_code, answer.json()["preferred_username"] if answer.ok else answer.text


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OAuthClient]:
    """A library with the app of these tests."""
    with served_library(tmp_path_factory.mktemp("oauth") / "org") as made:
        made.org.oauth.apps.put(OWN)
        yield OAuthClient(made)
