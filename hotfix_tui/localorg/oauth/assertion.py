"""The JWT bearer flow: who an assertion is for, when it was signed with the key of the app's certificate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jwt
from cryptography import x509

from hotfix_tui.localorg.oauth.apps import App
from hotfix_tui.localorg.oauth.errors import OAuthError

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")
# Clocks may differ a little. A time far ahead is taken: sf sends milliseconds where seconds are meant, and is let in.
_LEEWAY = 180


def issuer(assertion: str) -> str:
    """The consumer key an assertion names, before anything of it is believed. Raises OAuthError."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise _invalid() from None
    return str(claims.get("iss", ""))


def subject(assertion: str, app: App, addresses: Iterable[str], now: float) -> str:
    """The username an assertion is for. `addresses`: those of the org, beside the login hosts; `now`: the machine's
    time, in seconds, as a signer's clock is not the org's. Raises OAuthError.
    """
    if not app.certificate:
        raise _invalid()
    claims = _verified(assertion, app.certificate)
    audience = claims.get("aud", "")
    named = [str(each).rstrip("/") for each in (audience if isinstance(audience, list) else [audience])]
    if not {*_HOSTS, *addresses} & set(named):
        raise OAuthError("invalid_grant", "audience is invalid")
    until = claims.get("exp")
    if not isinstance(until, int | float):
        raise _invalid()
    if until < now - _LEEWAY:
        raise OAuthError("invalid_grant", "expired authorization code")
    return str(claims.get("sub") or claims.get("prn") or "")


def _verified(assertion: str, certificate: str) -> dict[str, Any]:
    try:
        key: Any = x509.load_pem_x509_certificate(certificate.encode()).public_key()
        options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        found: dict[str, Any] = jwt.decode(assertion, key, algorithms=["RS256"], options=options)
    except (jwt.PyJWTError, ValueError):
        raise _invalid() from None
    return found


def _invalid() -> OAuthError:
    return OAuthError("invalid_grant", "invalid assertion")
