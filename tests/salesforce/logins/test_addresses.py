"""The org's address is taken as it is: My Domain, government and China clouds, an org's own host before a proxy."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.logins import oauth
from hotfix_tui.salesforce.logins.flows import blank
from hotfix_tui.salesforce.logins.oauth import App
from hotfix_tui.salesforce.logins.web import WebLogin

ADDRESSES = [
    "https://aurelle.my.salesforce.com",
    "https://aurelle--fix.sandbox.my.salesforce.com",
    "https://aurelle.my.crmforce.mil",
    "https://aurelle.my.sfcrmproducts.cn",
    "https://orgs.aurelle.example:8443",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_flow_talks_to_the_address_that_was_given(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, dict[str, str]]] = []

    def post(login_url: str, path: str, form: dict[str, str]) -> tuple[int, object]:
        asked.append((login_url, path, dict(form)))
        return 400, {"error": "invalid_grant", "error_description": "no"}

    monkeypatch.setattr(oauth, "_post", post)
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    app = App("3MVG9app", "")
    for ask in (
        lambda: oauth.by_assertion(address, "3MVG9app", "ann@aurelle.example", pem),
        lambda: oauth.by_credentials(address, app),
        lambda: oauth.by_refresh(address, app, "kept"),
    ):
        with pytest.raises(SalesforceError):
            ask()
    assert {login_url for login_url, _, _ in asked} == {address}
    claims = jwt.decode(
        asked[0][2]["assertion"], private.public_key(), algorithms=["RS256"], audience=address, issuer="3MVG9app"
    )
    assert claims["sub"] == "ann@aurelle.example"
    assert blank(f"{address}/lightning/page/home", "web").login_url == address
    assert WebLogin(address, app).address.startswith(f"{address}/services/oauth2/authorize?")
