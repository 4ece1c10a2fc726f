"""A small HTTP client for what the local orgs' own process and command do; it goes to loopback only, past proxies."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_ENVELOPE = (
    '<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns="http://soap.sforce.com/2006/04/metadata"><env:Header><SessionHeader><sessionId>{token}</sessionId>'
    "</SessionHeader></env:Header><env:Body>{body}</env:Body></env:Envelope>"
)


class HttpProblem(Exception):
    """A call that failed, in a sentence. `status` 0: there was no answer; `slow`: none in time."""

    def __init__(self, message: str, status: int = 0, *, slow: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.slow = slow


@dataclass(frozen=True)
class Connection:
    """Where to call and with which token."""

    url: str
    token: str = field(repr=False)
    seconds: float = 60.0

    def call(self, method: str, path: str, body: bytes | None = None, content_type: str = "application/json") -> bytes:
        """One request; the answer's body. Raises HttpProblem."""
        request = urllib.request.Request(self.url + path, body, method=method)  # noqa: S310 - loopback addresses only
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", content_type)
        if content_type.startswith("text/xml"):
            request.add_header("SOAPAction", '""')
        try:
            with _OPENER.open(request, timeout=self.seconds) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            raise HttpProblem(_words(error.read(), error.code), error.code) from None
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", None) or error
            raise HttpProblem(f"{self.url} does not answer: {cause}.", slow=isinstance(cause, TimeoutError)) from None

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """One request with JSON both ways; None for an empty answer. Raises HttpProblem."""
        answer = self.call(method, path, None if body is None else json.dumps(body).encode())
        return json.loads(answer) if answer.strip() else None

    def query(self, soql: str) -> list[dict[str, Any]]:
        """The first page of a query. Raises HttpProblem."""
        answer = self.json("GET", f"/services/data/v60.0/query?{urllib.parse.urlencode({'q': soql})}")
        return list(answer["records"])

    def soap(self, path: str, body: str) -> bytes:
        """One SOAP call; the answer's envelope. Raises HttpProblem."""
        envelope = _ENVELOPE.format(token=self.token, body=body)
        return self.call("POST", path, envelope.encode(), "text/xml; charset=UTF-8")


def _words(body: bytes, status: int) -> str:
    """What an error answer says, in Salesforce's words where it has some."""
    try:
        found = json.loads(body)
    except ValueError:
        return f"HTTP {status}: {body[:200].decode('utf-8', 'replace')}"
    first = found[0] if isinstance(found, list) and found else found
    if isinstance(first, dict):
        code = first.get("errorCode") or ""
        message = first.get("message") or first.get("error") or ""
        return f"{code}: {message}" if code else str(message)
    return f"HTTP {status}: {found}"
