"""What a proxy did when a call did not reach its org. Proxies are those of the environment (HTTPS_PROXY, NO_PROXY).

A proxy's address may hold a user name and a password: only its host and port are ever said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

NEXT = "Check HTTPS_PROXY and NO_PROXY, and that the proxy lets this machine through."
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")
_WANTS_LOGIN = "407"
_NOT_THERE = (NewConnectionError, ConnectTimeoutError, ConnectionRefusedError)


def refusal(causes: Iterable[BaseException], url: str | None) -> str:
    """Why the proxy for `url` kept a call from its org, in words; "" when no proxy did."""
    found = list(causes)
    if not any(isinstance(cause, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError) for cause in found):
        return ""
    name = f"the proxy {proxy_of(url)}".strip() if url else "the proxy"
    status = next((match[1] for cause in found if (match := _TUNNEL.search(str(cause)))), "")
    if status == _WANTS_LOGIN:
        return f"{name} asks for a user name and password (407); they belong into HTTPS_PROXY"
    if status:
        return f"{name} does not let the call through ({status})"
    # urllib3 blames the proxy also for a tunnel that broke after the request went out: that is a lost reply.
    return f"{name} cannot be reached" if any(isinstance(cause, _NOT_THERE) for cause in found) else ""


def proxy_of(url: str) -> str:
    """Host and port of the proxy that calls to `url` go through; "" for none, or one that is not written as such."""
    proxy = select_proxy(url, get_environ_proxies(url)) or ""
    try:
        parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
        return f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    except ValueError:
        return ""


def causes_of(error: BaseException) -> list[BaseException]:
    """The error and what it was made from: requests and urllib3 wrap through `args`, `reason` and the chain."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < 20:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or cause in found:
            continue
        found.append(cause)
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found


def failure_of(error: requests.RequestException) -> str:
    """`refusal` for an error of requests."""
    return refusal(causes_of(error), getattr(error.request, "url", None))
