"""Sessions without a browser: assertions (JWT bearer), client credentials, user name and password."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.localorg.oauth.conftest import OWN, OAuthClient

ANN = "ann@library.example"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: rsa.RSAPrivateKey) -> str:
    """A certificate of the key, signed by itself, as an administrator uploads one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hotfix")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def signed(key: rsa.RSAPrivateKey, **claims: Any) -> str:
    """An assertion for Ann, with some claims changed."""
    made = {"iss": "3MVG9Jwt", "sub": ANN, "aud": "https://login.salesforce.com", "exp": time.time() + 120, **claims}
    return jwt.encode(made, key, "RS256")


@pytest.fixture(scope="module")
def app(client: OAuthClient, key: rsa.RSAPrivateKey) -> None:
    own = replace(OWN, client_id="3MVG9Jwt", certificate=certificate(key), approved=(ANN,))
    client.api.org.oauth.apps.put(own)


@pytest.mark.usefixtures("app")
def test_a_signed_assertion_is_a_session_without_a_refresh_token(client: OAuthClient, key: rsa.RSAPrivateKey) -> None:
    for audience in ("https://login.salesforce.com", "https://test.salesforce.com/", client.api.url):
        status, answer = client.token(grant_type=GRANT, assertion=signed(key, aud=audience))
        assert status == 200, answer
        assert "refresh_token" not in answer
        assert client.who(answer["access_token"]) == (200, ANN)


@pytest.mark.usefixtures("app")
def test_an_assertion_that_is_wrong_anywhere_is_refused(client: OAuthClient, key: rsa.RSAPrivateKey) -> None:
    client.api.org.users.add_user("bob@library.example", "Bob Cee")
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = signed(key)
    head, body, signature = good.split(".")
    for text, expected in (
        (signed(key, sub="bob@library.example"), "user hasn't approved this consumer"),
        (signed(key, sub="nobody@library.example"), "user hasn't approved this consumer"),
        (signed(key, aud="https://evil.example"), "audience is invalid"),
        (signed(key, exp=time.time() - 600), "expired authorization code"),
        (signed(key, exp="soon"), "invalid assertion"),
        (signed(key, iss="3MVG9Nobody"), "client identifier invalid"),
        (signed(key, iss=OWN.client_id), "invalid assertion"),
        (signed(other), "invalid assertion"),
        (jwt.encode({"iss": "3MVG9Jwt", "sub": ANN}, None, "none"), "invalid assertion"),
        (f"{head}.{body}x.{signature}", "invalid assertion"),
        ("no assertion", "invalid assertion"),
    ):
        status, answer = client.token(grant_type=GRANT, assertion=text)
        assert (status, answer["error_description"]) == (400, expected)


def test_client_credentials_act_for_the_user_the_app_names(client: OAuthClient) -> None:
    app = replace(OWN, client_id="3MVG9Run", run_as=ANN)
    client.api.org.oauth.apps.put(app)
    answer = requests.post(
        f"{client.api.url}/services/oauth2/token",
        {"grant_type": "client_credentials"},
        auth=(app.client_id, "s3cret+%26+more"),
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    assert client.who(answer.json()["access_token"]) == (200, ANN)
    given = {"grant_type": "client_credentials", "client_id": OWN.client_id, "client_secret": OWN.secret}
    assert client.token(**given)[1]["error_description"] == "no client credentials user enabled"
    assert client.token(**{**given, "client_id": app.client_id, "client_secret": "no"})[1]["error"] == "invalid_client"


def test_a_password_counts_with_its_token_by_oauth_and_by_soap(client: OAuthClient) -> None:
    org = client.api.org
    user = org.users.by_username(ANN)
    assert user is not None
    given = {"grant_type": "password", "client_id": OWN.client_id, "client_secret": OWN.secret, "username": ANN}
    assert client.token(**given, password="")[1]["error_description"] == "authentication failure"
    org.oauth.passwords.put(user.id, "correct horse", "TOKEN")
    assert client.token(**given, password="correct horse")[0] == 400
    status, answer = client.token(**given, password="correct horseTOKEN")
    assert status == 200
    assert client.who(answer["access_token"]) == (200, ANN)


def test_what_is_no_grant_says_so(client: OAuthClient) -> None:
    assert client.token(grant_type="magic")[1] == {
        "error": "unsupported_grant_type",
        "error_description": "grant type not supported",
    }
    assert client.token()[1]["error"] == "invalid_request"
    twice = requests.post(f"{client.api.url}/services/oauth2/token?grant_type=a", {"grant_type": "b"}, timeout=10)
    assert twice.json()["error_description"] == "duplicate parameter: grant_type"
