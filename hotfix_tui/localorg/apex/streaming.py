"""The Streaming API, as far as clients need it who wait for Apex tests: a Bayeux handshake and nothing to hear.

`sf apex get test` subscribes to /systemTopic/TestResult and asks for the results itself all the same. Events are
not sent: a client that waits is told to connect again. Sources: Bayeux 1.0; forcedotcom/salesforcedx-apex,
streamingClient; Salesforce's Streaming API guide for the error of a channel that is not there.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.rest.bodies import Answer

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

Message = dict[str, Any]
CHANNELS = frozenset({"/systemTopic/TestResult", "/systemTopic/Logging"})
_HOLD_SECONDS = 2.0
_MOST_CLIENTS = 1000
_ADVICE = {"reconnect": "retry", "interval": 0, "timeout": 110000}


def routes(org: LocalOrg) -> list[Route]:
    """`/cometd/NN.N`, the long-polling transport."""
    service = Streaming()
    paths = ("/cometd/{version}", "/cometd/{version}/{rest:path}")
    return [Route(path, service.endpoint, methods=["POST"]) for path in paths]


class Streaming:
    """Clients that shook hands. They are forgotten when they disconnect, or when there are too many of them."""

    def __init__(self) -> None:
        self._clients: dict[str, None] = {}

    async def endpoint(self, request: Request) -> Response:
        """A list of messages, answered in order; a connect is held for a moment when it comes alone."""
        try:
            messages = _messages(await request.body())
        except ApiError as problem:
            return Answer(problem.body(), problem.status)
        answers = [self._answer(message) for message in messages]
        if [message.get("channel") for message in messages] == ["/meta/connect"] and answers[0]["successful"]:
            await asyncio.sleep(_HOLD_SECONDS)
        return Answer(answers)

    def _answer(self, message: Message) -> Message:
        channel = str(message.get("channel", ""))
        client = str(message.get("clientId", ""))
        answer: Message = {"channel": channel, "successful": True}
        if "id" in message:
            answer["id"] = message["id"]
        if channel == "/meta/handshake":
            return {**answer, **self._shake()}
        answer["clientId"] = client
        if client not in self._clients:
            advice = {"reconnect": "handshake", "interval": 0}
            return {**answer, "successful": False, "error": "403::Unknown client", "advice": advice}
        if channel == "/meta/connect":
            return {**answer, "advice": _ADVICE}
        if channel == "/meta/disconnect":
            self._clients.pop(client)
            return answer
        wanted = str(message.get("subscription", ""))
        if channel in ("/meta/subscribe", "/meta/unsubscribe") and wanted in CHANNELS:
            return {**answer, "subscription": wanted}
        problem = f"404::The channel you requested to subscribe to does not exist {{{wanted or channel}}}"
        return {**answer, "successful": False, "subscription": wanted, "error": problem}

    def _shake(self) -> Message:
        client = secrets.token_hex(14)
        self._clients[client] = None
        while len(self._clients) > _MOST_CLIENTS:
            self._clients.pop(next(iter(self._clients)))
        return {
            "version": "1.0",
            "minimumVersion": "1.0",
            "supportedConnectionTypes": ["long-polling"],
            "clientId": client,
            "ext": {"replay": True, "payload.format": True},
            "advice": _ADVICE,
        }


def _messages(content: bytes) -> list[Message]:
    """The messages of a body: a list of them, or one alone. Raises JSON_PARSER_ERROR."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ApiError("JSON_PARSER_ERROR", str(error)) from None
    messages = found if isinstance(found, list) else [found]
    if not messages or not all(isinstance(message, dict) for message in messages):
        raise ApiError("JSON_PARSER_ERROR", "The body must be a Bayeux message or a list of them")
    return messages
