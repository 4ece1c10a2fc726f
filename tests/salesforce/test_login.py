"""Logins from the registry that `local-orgs` writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hotfix_tui.salesforce.errors import BadLogin, UnknownAlias
from hotfix_tui.salesforce.login import known_logins, login_for, registry_file

TOKEN = "00D5e000000abcd!AQ4Secret"
ENTRY = {
    "alias": "prod",
    "org_id": "00D5e000000abcdEAA",
    "instance_url": "http://127.0.0.1:9001",
    "username": "admin@example.com",
    "access_token": TOKEN,
    "kind": "production",
    "label": "Production",
    "users": {"colleague@example.com": "00D5e000000abcd!Other"},
}


def write(orgs: dict[str, Any] | None = None, text: str = "") -> None:
    orgs = {"prod": ENTRY, "hfx1": ENTRY | {"alias": "hfx1"}} if orgs is None else orgs
    registry_file().write_text(text or json.dumps({"v": 1, "orgs": orgs}))


def test_without_local_orgs_nobody_is_known() -> None:
    assert known_logins() == {}
    with pytest.raises(UnknownAlias) as caught:
        login_for("prod")
    assert "local-orgs start" in caught.value.next


def test_the_registrys_orgs_are_known_in_its_order() -> None:
    write()
    assert list(known_logins()) == ["prod", "hfx1"]
    login = login_for("prod")
    assert (login.org_id, login.username, login.label) == ("00D5e000000abcdEAA", "admin@example.com", "Production")
    assert login.access_token == TOKEN
    assert TOKEN not in repr(login)
    assert TOKEN not in str([login])


@pytest.mark.parametrize(("typed", "meant"), [("pord", "prod"), ("PROD", "prod"), ("hfx", "hfx1")])
def test_a_mistyped_alias_names_the_nearest(typed: str, meant: str) -> None:
    write()
    with pytest.raises(UnknownAlias) as caught:
        login_for(typed)
    assert str(caught.value) == f"No org is called {typed!r}. Did you mean {meant!r}?"
    assert caught.value.next == "Known orgs: hfx1, prod."


def test_an_alias_like_no_other_names_none() -> None:
    write()
    with pytest.raises(UnknownAlias) as caught:
        login_for("zebra")
    assert str(caught.value) == "No org is called 'zebra'."


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"orgs": []}',
        '{"v": 1}',
        json.dumps({"orgs": {"prod": {"access_token": TOKEN}}}),
        f'{{"orgs": {{"prod": {{"access_token": "{TOKEN}"',
    ],
)
def test_a_registry_that_cannot_be_read_is_said_so_without_its_tokens(text: str) -> None:
    write(text=text)
    with pytest.raises(BadLogin) as caught:
        known_logins()
    assert "registry" in str(caught.value)
    assert caught.value.__context__ is None
    assert TOKEN not in str(caught.value)


def test_a_registry_that_names_a_foreign_http_address_is_refused() -> None:
    write({"prod": ENTRY | {"instance_url": "http://example.com"}})
    with pytest.raises(BadLogin, match="plain http"):
        known_logins()
