"""One thread's line to one org: a `simple_salesforce.Salesforce` over our session, and our own SOAP calls beside it.

What simple-salesforce 1.12.10 does wrong is kept out here: its metadata calls spoil the headers of later ones, so the
SOAP calls go past it with headers of their own; its errors hold whole replies, so none leaves this module; its session
refresh repeats for ever, so it is given a token and nothing to refresh it with. Loaded late: it brings requests and
simple_salesforce along.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError as LibraryError
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ReadTimeoutError

from hotfix_tui.salesforce import replies, soap
from hotfix_tui.salesforce.connection import RequestDone
from hotfix_tui.salesforce.errors import SalesforceError, TooLarge
from hotfix_tui.salesforce.login import OrgLogin
from hotfix_tui.salesforce.proxies import NEXT as PROXY_NEXT
from hotfix_tui.salesforce.proxies import causes_of, failure_of
from hotfix_tui.salesforce.replies import Asked
from hotfix_tui.salesforce.session import OrgSession, ReplyTooLarge, ReplyTooSlow
from hotfix_tui.salesforce.timing import Method, Terms

Result = TypeVar("Result")
Report = Callable[[asyncio.AbstractEventLoop | None, RequestDone], None]
"""Told of every request that was tried, with the loop its caller runs on."""


class Wire:
    """Used by one thread at a time. Every method raises SalesforceError of this package, never another's."""

    def __init__(self, login: OrgLogin, report: Report) -> None:
        self._login = login
        self._token = ""
        self._report = report
        self._session = OrgSession(login.instance_url, loopback=login.loopback)
        self._salesforce: Salesforce | None = None
        self._version = ""
        self.api_usage: tuple[int, int] | None = None
        self.retry_after: float | None = None
        self.writing = False
        self.loop: asyncio.AbstractEventLoop | None = None

    def prepare(self, version: str, terms: Terms, *, writing: bool, idle: float) -> None:
        """Sets what the next request is held to. A write never goes out on a connection idle for long."""
        self._session.adapter.terms = terms
        self.writing = writing
        if writing:
            self._session.forget_idle_connections(idle)
        if self._salesforce is None or version != self._version:
            self._version = version
            self._token = self._token or self._login.token()
            self._salesforce = Salesforce(
                session_id=self._token,
                instance=urlsplit(self._login.instance_url).netloc,
                version=version,
                session=self._session,
                object_pairs_hook=None,
            )
            del self._salesforce.headers["X-PrettyPrint"]

    def renew(self) -> bool:
        """Takes another token after the org refused this one; False where there is none. Raises SalesforceError."""
        token = self._login.renewed(self._token)
        self._salesforce, self._token = None, token or self._token
        return bool(token)

    def close(self) -> None:
        """Lets go of the connections."""
        self._session.close()

    def rest(
        self,
        what: str,
        path: str,
        *,
        method: Method = "GET",
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """A REST call below `/services/data/vNN.0/`. Returns the JSON, or None when there is none (204).

        `path` must be quoted already. Raises ValueError for a body that JSON cannot hold.
        """
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        return self._call(
            what,
            method,
            lambda salesforce: salesforce.restful(
                path, params=dict(params or {}), method=method, data=data, headers=dict(headers or {})
            ),
        )

    def csv(self, what: str, path: str, *, method: Method = "GET", content: bytes | None = None) -> bytes:
        """A REST call that sends or brings CSV. `path` must be quoted already."""

        def send(salesforce: Salesforce) -> bytes:
            headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/csv, application/json"}
            if content is not None:
                headers["Content-Type"] = "text/csv; charset=UTF-8"
            address = f"https://{salesforce.sf_instance}/services/data/v{self._version}/{path}"
            response = self._session.request(method, address, data=content, headers=headers)
            if response.status_code >= 300:
                raise LibraryError(response.url, response.status_code, what, response.content)
            return response.content

        return self._call(what, method, send)

    def more(self, what: str, next_records_url: str) -> Any:
        """The next page of a query, from the org's own host only."""
        asked = self._asked(what)
        if not next_records_url.startswith("/services/data/") or "//" in next_records_url or ".." in next_records_url:
            raise replies.malformed(asked, "its next page is at another address")
        return self._call(
            what, "GET", lambda salesforce: salesforce.query_more(next_records_url, identifier_is_url=True)
        )

    def user_info(self) -> Any:
        """Who the token belongs to (`/services/oauth2/userinfo`)."""
        return self._call("the user of the session", "GET", lambda salesforce: salesforce.oauth2("userinfo"))

    def versions(self) -> Any:
        """The API versions of the org (`/services/data`)."""

        def get(salesforce: Salesforce) -> Any:
            response = self._session.get(
                f"https://{salesforce.sf_instance}/services/data", headers={"Accept": "application/json"}
            )
            if response.status_code >= 300:
                raise LibraryError(response.url, response.status_code, "versions", response.content)
            return response.json()

        return self._call("its API versions", "GET", get)

    def soap(
        self, operation: str, body: soap.Pairs, version: str = "", *, partner: bool = False, cut: str = ""
    ) -> soap.Node:
        """A call of the Metadata API, or of the partner API. Returns the response element. `cut`: see `soap.reply`."""
        version = version or self._version
        asked = self._asked(operation)
        token, api = self._token, "u" if partner else "m"
        data = soap.envelope(token, operation, body, *((soap.PARTNER,) if partner else ()))
        headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}

        def post(salesforce: Salesforce) -> requests.Response:
            address = f"https://{salesforce.sf_instance}/services/Soap/{api}/{version}"
            return self._session.post(address, data=data, headers=headers)

        response = self._call(operation, "POST", post)
        try:
            return soap.reply(response.content, cut)
        except soap.Fault as error:
            refused = replies.fault(asked, response.status_code, error.code, error.words)
        except soap.NotSoap as error:
            refused = (
                replies.refusal(asked, response.status_code, response.text)
                if response.status_code >= 300
                else replies.malformed(asked, str(error), response.status_code)
            )
        raise refused

    def _asked(self, what: str) -> Asked:
        return Asked(self._login.alias, what, self.writing)

    def _call(self, what: str, method: str, call: Callable[[Salesforce], Result]) -> Result:
        """`call` with every failure turned into one of ours, and reported whatever happens."""
        assert self._salesforce is not None, "prepare() comes first"
        if method != "GET" and not self.writing and what not in READ_OPERATIONS:
            raise RuntimeError(f"{what} changes the org but was not called as a write")
        asked = self._asked(what)
        started = time.monotonic()
        failure: SalesforceError
        try:
            return call(self._salesforce)
        except LibraryError as error:
            response = self._session.last
            location = urlsplit(response.headers.get("Location", "")).netloc if response is not None else ""
            content = error.content.decode(errors="replace") if isinstance(error.content, bytes) else error.content
            failure = replies.refusal(asked, int(error.status), content, location)
        except (ReplyTooLarge, ReplyTooSlow) as error:
            failure = self._broken_off(asked, error)
        except requests.exceptions.JSONDecodeError:
            failure = replies.malformed(asked, "it is not JSON", self._status())
        except requests.exceptions.RequestException as error:
            failure = transport_failure(asked, error)
        except TypeError:
            if self._session.last is None:
                raise
            # restful() takes the length of whatever JSON came; a number or `true` has none.
            failure = replies.malformed(asked, "its JSON has another shape", self._status())
        finally:
            self._done(what, method, started)
            self._session.last = None  # its body may have 50 MB, and the next request of this thread may be far
        # Raised out here: the library's error holds the whole reply, and must not be the context of ours.
        raise failure

    def _broken_off(self, asked: Asked, error: ReplyTooLarge | ReplyTooSlow) -> SalesforceError:
        terms = self._session.adapter.terms
        if isinstance(error, ReplyTooSlow):
            return replies.lost(asked, f"it was not complete after {terms.total:.0f} s")
        return TooLarge(
            f"{asked.org}'s reply to {asked.what} has more than {terms.max_bytes // (1024 * 1024)} MB.",
            org=asked.org,
            written=asked.doubt,
            next="Ask for less at a time.",
        )

    def _status(self) -> int | None:
        return None if self._session.last is None else self._session.last.status_code

    def _done(self, what: str, method: str, started: float) -> None:
        response = self._session.last
        path, status, received = "", None, 0
        self.retry_after = None
        if response is not None:
            path = urlsplit(response.url or "").path
            status = response.status_code
            received = self._session.adapter.received
            self.retry_after = _seconds(response.headers.get("Retry-After", ""))
            usage = Salesforce.parse_api_usage(response.headers.get("Sforce-Limit-Info", "")).get("api-usage")
            if usage is not None:
                self.api_usage = (usage.used, usage.total)
        took = round((time.monotonic() - started) * 1000, 1)
        self._report(self.loop, RequestDone(self._login.alias, method, path, what, status, took, received))


# Metadata API operations that are posted but change nothing (a retrieve only makes a file for us to fetch).
READ_OPERATIONS = frozenset(
    {
        *("describeMetadata", "listMetadata", "readMetadata", "retrieve", "checkRetrieveStatus", "checkDeployStatus"),
        "sandboxAuth",
    }
)


def _seconds(text: str) -> float | None:
    return float(text) if text.isdigit() else None


def transport_failure(asked: Asked, error: requests.exceptions.RequestException) -> SalesforceError:
    """OrgUnreachable when no connection was made, ReplyLost when the request may have reached the org."""
    causes = causes_of(error)
    if why := failure_of(error):
        return replies.unreachable(asked, why, PROXY_NEXT)
    for kind, why in _NOT_SENT:
        if any(isinstance(cause, kind) for cause in causes):
            return replies.unreachable(asked, why)
    late = any(isinstance(cause, requests.exceptions.Timeout | TimeoutError | ReadTimeoutError) for cause in causes)
    return replies.lost(asked, "it did not come in time" if late else "the connection broke")


# What says that no request went out, the more telling first.
_NOT_SENT: tuple[tuple[type[BaseException], str], ...] = (
    (NameResolutionError, "its name is not known to this network"),
    (ConnectionRefusedError, "the connection is refused"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted"),
    (NewConnectionError, "no connection can be made"),
    (ConnectTimeoutError, "no connection within the time for it"),
    (requests.exceptions.InvalidSchema, "the address is not the org's"),
    (requests.exceptions.InvalidURL, "the address is not the org's"),
)
