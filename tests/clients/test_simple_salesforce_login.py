"""simple-salesforce's own SOAP login against a local org: it reads what the org answers, nothing of ours does."""

from __future__ import annotations

import pytest
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from tests.localorg.own_org import Api

pytestmark = pytest.mark.slow


def test_a_password_with_its_token_is_a_session_before_version_65(api: Api) -> None:
    user = api.org.users.by_username("ann@library.example") or pytest.fail("no user")
    api.org.oauth.passwords.put(user.id, "pass & word", "T0k")
    given = {"username": user.username, "scratch_url": api.url}
    session, instance = SalesforceLogin(**given, password="pass & word", security_token="T0k", sf_version="64.0")
    assert instance == api.url.removeprefix("http://")
    found = api.org.users.user_by_token(session)
    assert found is not None
    assert found.id == user.id
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        SalesforceLogin(**given, password="pass & word", security_token="", sf_version="64.0")
    with pytest.raises(SalesforceAuthenticationFailed):
        SalesforceLogin(**given, password="pass & word", security_token="T0k", sf_version="65.0")
