"""No secret survives redaction, whatever stands around it; what is no secret stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.salesforce.redact import redact

SECRET = "AQ4AQFhY.kl_s3cretS3CRETs3cret"
ORG = "00D5e000000abcd"
FORMS = [
    f"{ORG}!{SECRET}",
    f"{ORG}EAA!{SECRET}",
    f"{ORG}%21{SECRET}",
    f"Authorization: Bearer {ORG}!{SECRET}",
    f"authorization: bearer {SECRET}",
    f"'Authorization': 'OAuth {SECRET}'",
    f"<sessionId>{SECRET}</sessionId>",
    f"<met:sessionId xmlns:met='x'>{SECRET}</met:sessionId>",
    f"<password>{SECRET}</password>",
    f'{{"access_token": "{SECRET}"}}',
    f'{{"access_token":"{SECRET}',
    f"{{'refreshToken': '{SECRET}'}}",
    f'"accessToken" : "{SECRET}\\" and {SECRET}"',
    f"access_token={SECRET}&x=1",
    f"https://x.my.salesforce.com/secur/frontdoor.jsp?sid={SECRET}",
    f"oauth_token={SECRET}",
    f"password: {SECRET}",
    f"client_secret={SECRET}",
    f"force://PlatformCLI::5Aep861{SECRET}@x.my.salesforce.com",
    f"force://id:{SECRET}:x@host:8443",
    f"5Aep861{SECRET}",
    f"https://user:{SECRET}@proxy:8080/",
    f"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi{SECRET.replace('.', '_')}.{SECRET.replace('.', '_')}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
]
_PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\"'\\"), max_size=30)


@pytest.mark.parametrize("text", FORMS)
def test_a_secret_goes(text: str) -> None:
    assert SECRET not in redact(text)
    assert SECRET[8:] not in redact(text)


@given(st.sampled_from(FORMS), _PLAIN, _PLAIN)
def test_a_secret_goes_between_lines_of_anything(form: str, before: str, after: str) -> None:
    text = redact(f"{before}\n{form}\n{after}")
    assert SECRET not in text
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "prod refused the query: INVALID_FIELD: No such column 'Password__c' on entity 'User'.",
        "Session expired or invalid",
        f"the org {ORG}EAA, deploy 0Af5e000000AbCdCAK",
        "https://acme.my.salesforce.com/services/data/v67.0/query",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text
