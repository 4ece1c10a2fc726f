"""The Bayeux handshake that clients make before they ask for test results."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.localorg.metadata.conftest import Served
from tests.localorg.metadata.soap_client import OPENER


def _send(org: Served, *messages: dict[str, Any], token: str = "") -> Any:
    headers = {"Authorization": f"OAuth {token or org.rest.token}", "Content-Type": "application/json"}
    body = json.dumps(list(messages)).encode()
    with OPENER.open(urllib.request.Request(f"{org.rest.url}/cometd/63.0", body, headers), timeout=30) as answer:
        return json.loads(answer.read())


def test_a_client_shakes_hands_subscribes_and_says_goodbye(coded: Served) -> None:
    shaken = _send(coded, {"channel": "/meta/handshake", "version": "1.0", "id": "1"})[0]
    assert (shaken["successful"], shaken["supportedConnectionTypes"], shaken["id"]) == (True, ["long-polling"], "1")
    client = shaken["clientId"]
    answers = _send(
        coded,
        {"channel": "/meta/subscribe", "clientId": client, "subscription": "/systemTopic/TestResult"},
        {"channel": "/meta/subscribe", "clientId": client, "subscription": "/topic/Mine"},
        {"channel": "/meta/connect", "clientId": client, "connectionType": "long-polling"},
        {"channel": "/meta/disconnect", "clientId": client},
    )
    assert [answer["successful"] for answer in answers] == [True, False, True, True]
    assert answers[1]["error"].startswith("404::The channel you requested to subscribe to does not exist")
    assert answers[2]["advice"]["reconnect"] == "retry"
    again = _send(coded, {"channel": "/meta/connect", "clientId": client})[0]
    assert (again["error"], again["advice"]["reconnect"]) == ("403::Unknown client", "handshake")


def test_nobody_listens_without_a_session(coded: Served) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _send(coded, {"channel": "/meta/handshake"}, token="00D000000000001!wrong")
    assert refused.value.code == 401
