"""The web server flow: a page, a code, tokens; refresh and revoke."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests

from tests.localorg.oauth.conftest import CALLBACK, CHALLENGE, OWN, OAuthClient


def test_a_code_becomes_a_session_of_the_user_who_allowed_it(client: OAuthClient) -> None:
    page = client.authorize(code_challenge=CHALLENGE, state='a"b<c>', login_hint="ANN@library.example")
    assert "Allow Access?" in page.text
    got = client.decide(page.text)
    assert got["state"] == 'a"b<c>'
    status, tokens = client.by_code(got["code"])
    assert status == 200, tokens
    assert client.who(tokens["access_token"]) == (200, "ann@library.example")
    assert tokens["instance_url"] == client.api.url
    assert tokens["id"].startswith(f"{client.api.url}/id/{client.api.org.org_id}/005")
    assert (tokens["token_type"], tokens["scope"]) == ("Bearer", "api refresh_token")
    rows = requests.get(
        f"{client.api.url}/services/data/v66.0/query?q=SELECT+Id+FROM+Shelf__c",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=10,
    )
    assert rows.json()["totalSize"] == 0


def test_who_denies_gives_no_code(client: OAuthClient) -> None:
    page = client.authorize(code_challenge=CHALLENGE)
    assert client.decide(page.text, "deny") == {
        "error": "access_denied",
        "error_description": "end-user denied authorization",
    }


def test_a_code_counts_once_for_its_app_its_callback_and_its_verifier(client: OAuthClient) -> None:
    code = client.code()
    assert client.by_code(code)[0] == 200
    assert client.by_code(code)[1] == {"error": "invalid_grant", "error_description": "invalid authorization code"}
    for wrong, expected in (
        ({"code_verifier": "w" * 64}, "invalid code verifier"),
        ({"code_verifier": ""}, "invalid code verifier"),
        ({"redirect_uri": "https://tool.example/cb?x=1"}, "redirect_uri must match configuration"),
        ({"client_id": "PlatformCLI", "client_secret": ""}, "invalid authorization code"),
        ({"client_secret": "wrong"}, "invalid client credentials"),
        ({"client_id": "3MVG9Nobody"}, "client identifier invalid"),
    ):
        status, answer = client.by_code(client.code(), **wrong)
        assert (status, answer["error_description"]) == (400, expected), wrong


def test_a_code_and_an_access_token_end_with_the_org_s_time(client: OAuthClient) -> None:
    _, tokens = client.by_code(client.code())
    late = client.code()
    client.api.org.clock.advance(16 * 60)
    assert client.by_code(late)[1]["error_description"] == "expired authorization code"
    assert client.who(tokens["access_token"])[0] == 200
    client.api.org.clock.advance(2 * 3600)
    assert client.who(tokens["access_token"]) == (403, "Bad_OAuth_Token")
    status, again = client.refresh(tokens["refresh_token"])
    assert status == 200
    assert "refresh_token" not in again
    assert client.who(again["access_token"])[0] == 200


def test_an_app_that_rotates_uses_a_refresh_token_up(client: OAuthClient) -> None:
    rotating = replace(OWN, client_id="3MVG9Rotating", rotates=True)
    client.api.org.oauth.apps.put(rotating)
    code = client.code(client_id=rotating.client_id)
    _, tokens = client.by_code(code, client_id=rotating.client_id)
    status, again = client.refresh(tokens["refresh_token"], rotating)
    assert status == 200
    assert again["refresh_token"] != tokens["refresh_token"]
    gone = {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert client.refresh(tokens["refresh_token"], rotating) == (400, gone)
    assert client.refresh(again["refresh_token"], rotating)[0] == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both(client: OAuthClient, which: str) -> None:
    _, tokens = client.by_code(client.code())
    address = f"{client.api.url}/services/oauth2/revoke"
    answer = requests.post(address, {"token": tokens[which]}, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.who(tokens["access_token"])[0] == 403
    assert client.refresh(tokens["refresh_token"])[0] == 400
    again = requests.get(address, {"token": tokens[which]}, timeout=10)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_token")


def test_an_error_goes_to_the_callback_only_when_it_is_known_to_be_the_app_s(client: OAuthClient) -> None:
    for given, words in (
        ({"client_id": "3MVG9Nobody"}, "client identifier invalid"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri must match configuration"),
    ):
        page = client.authorize(code_challenge=CHALLENGE, **given)
        assert page.status_code == 400
        assert words in page.text
        assert "location" not in page.headers
    for given, words in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "api full"}, "invalid_scope"),
    ):
        sent = client.authorize(**{"code_challenge": CHALLENGE, "state": "s", **given})
        assert sent.status_code == 302
        assert sent.headers["location"].startswith(CALLBACK)
        assert (client.at_callback(sent)["error"], client.at_callback(sent)["state"]) == (words, "s")


def test_an_app_that_is_not_installed_or_blocked_or_not_approved_lets_nobody_in(client: OAuthClient) -> None:
    apps = client.api.org.oauth.apps
    for app, code in (
        (replace(OWN, client_id="3MVG9Away", installed=False), "OAUTH_APPROVAL_ERROR_GENERIC"),
        (replace(OWN, client_id="3MVG9Blocked", blocked=True), "OAUTH_APP_BLOCKED"),
    ):
        apps.put(app)
        sent = client.authorize(code_challenge=CHALLENGE, client_id=app.client_id)
        assert client.at_callback(sent)["error"] == code
    approved = replace(OWN, client_id="3MVG9Approved", approved=("bob@library.example",))
    apps.put(approved)
    page = client.authorize(code_challenge=CHALLENGE, client_id=approved.client_id)
    assert client.decide(page.text)["error"] == "OAUTH_APP_ACCESS_DENIED"


def test_a_user_who_was_frozen_meanwhile_has_no_session(client: OAuthClient) -> None:
    org = client.api.org
    user = org.users.add_user("cleo@library.example", "Cleo Dee")
    page = client.authorize(code_challenge=CHALLENGE)
    code = client.decide(page.text, username="cleo@library.example")["code"]
    _, tokens = client.by_code(code)
    assert client.who(tokens["access_token"])[0] == 200
    org.store.execute("UPDATE UserLogin SET IsFrozen = 1 WHERE UserId = ?", (user,))
    assert client.who(tokens["access_token"])[0] == 403
    assert client.refresh(tokens["refresh_token"])[1]["error_description"] == "inactive user"


def test_markup_in_what_is_asked_stays_text_on_the_page(client: OAuthClient) -> None:
    page = client.authorize(code_challenge=CHALLENGE, state="</title><script>alert(1)</script>")
    assert "<script>" not in page.text
