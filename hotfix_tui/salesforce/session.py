"""The HTTP session under one `simple_salesforce.Salesforce`: what it must never do is settled here, once.

It reaches one origin only, follows no redirect, keeps no cookie, reads no ~/.netrc, has a time limit for every request
(simple-salesforce sets none) and bounds what it reads. Loaded late: it brings requests along.
"""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter

from hotfix_tui.salesforce.timing import Terms

_CHUNK = 64 * 1024


class ReplyTooLarge(Exception):
    """More bytes than the terms allow."""


class ReplyTooSlow(Exception):
    """The reply was still coming when the time for it was over."""


class _BoundedBody:
    """A urllib3 response whose body ends in time and within bounds.

    `read1` returns what one receive brought, so the time is looked at while a slow server is still sending.
    """

    def __init__(self, raw: Any, adapter: OrgAdapter) -> None:
        self._raw = raw
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, _size: int, decode_content: bool = True) -> Iterator[bytes]:
        """What requests reads a body with."""
        adapter = self._adapter
        try:
            while data := self._raw.read1(_CHUNK, decode_content=decode_content):
                adapter.received += len(data)
                if adapter.received > adapter.terms.max_bytes:
                    raise ReplyTooLarge
                if time.monotonic() > adapter.deadline:
                    raise ReplyTooSlow
                yield data
        except BaseException:
            self._raw.close()  # what is left of the body must not be taken for the next reply
            raise


class OrgAdapter(HTTPAdapter):
    """Sends to the org; over plain http when the org is on this machine.

    simple-salesforce builds every address as https whatever the login says, so http orgs are reached by changing the
    scheme here, the only place it passes through.
    """

    def __init__(self, *, plain: bool) -> None:
        # The system's store of authorities, where companies put their own; a bundle that is named counts beside it.
        self._context = None if plain else truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        super().__init__(max_retries=0)
        self.plain = plain
        self.terms = Terms(connect=10, silence=60, total=120)
        self.deadline = 0.0
        self.received = 0

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Connections trust what the system trusts."""
        super().init_poolmanager(connections, maxsize, block, **{**kwargs, **self._trust()})

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        """Through a proxy, too."""
        return super().proxy_manager_for(proxy, **{**kwargs, **self._trust()})

    def _trust(self) -> dict[str, Any]:
        return {"ssl_context": self._context} if self._context is not None else {}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """One request, held to `terms`."""
        if self.plain and request.url:
            request.url = "http://" + request.url.removeprefix("https://")
        self.received = 0
        self.deadline = time.monotonic() + self.terms.total
        kwargs["timeout"] = (self.terms.connect, self.terms.silence)
        return super().send(request, *args, **kwargs)

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """The response, its body bounded."""
        bounded: Any = _BoundedBody(resp, self)
        return super().build_response(req, bounded)


def _headers_as_they_are(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class OrgSession(requests.Session):
    """A session for the org at `origin` and for nothing else; used by one thread."""

    def __init__(self, origin: str, *, loopback: bool) -> None:
        super().__init__()
        parts = urlsplit(origin)
        self.adapter = OrgAdapter(plain=parts.scheme == "http")
        self.adapters.clear()
        # The only way out. simple-salesforce says https; the slash keeps port 80 from matching port 8080.
        self.mount(f"https://{parts.netloc}/", self.adapter)
        # With an auth of our own requests does not put a ~/.netrc entry in place of the token.
        self.auth = _headers_as_they_are
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        # An org on this machine is never behind a proxy; the certificate bundle of the environment still counts.
        self.trust_env = not loopback
        if loopback:
            self.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self.last: requests.Response | None = None
        self.used = time.monotonic()

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Never follows a redirect: the token would go along. `last` is the response, for its headers."""
        self.last = None
        kwargs["allow_redirects"] = False
        try:
            self.last = super().request(method, url, *args, **kwargs)
            return self.last
        finally:
            self.used = time.monotonic()

    def forget_idle_connections(self, longer_than: float) -> None:
        """Drops kept connections not used for that many seconds, so that the next request opens a new one."""
        if time.monotonic() - self.used > longer_than:
            self.adapter.poolmanager.clear()
