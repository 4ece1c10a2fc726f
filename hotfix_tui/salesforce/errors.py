"""What can go wrong with an org, typed by what the caller can do about it.

The text of an error is for people and never holds a token: everything an org said passes `redact` and is cut to a
sensible length. `written` says what became of a write.
"""

from __future__ import annotations

from typing import Literal

from hotfix_tui.salesforce.redact import redact

Written = Literal["no", "unknown"]

_LONGEST_MESSAGE = 2000


class SalesforceError(Exception):
    """A call to an org did not do what it should.

    `org` is the alias, `code` Salesforce's own (INVALID_FIELD …, empty when the org did not say one), `status` the HTTP
    status, `written` "no" when nothing was changed and "unknown" when the org may have done it, `next` what to do now.
    """

    def __init__(
        self,
        message: str,
        *,
        org: str = "",
        code: str = "",
        status: int | None = None,
        written: Written = "no",
        next: str = "",
    ) -> None:
        text = redact(message)
        if len(text) > _LONGEST_MESSAGE:
            text = text[:_LONGEST_MESSAGE] + " …"
        super().__init__(text)
        self.message = text
        self.org = org
        self.code = code
        self.status = status
        self.written: Written = written
        self.next = redact(next)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.org, self.code, self.status, self.written, self.next)


def _rebuild(
    cls: type[SalesforceError], message: str, org: str, code: str, status: int | None, written: Written, then: str
) -> SalesforceError:
    return cls(message, org=org, code=code, status=status, written=written, next=then)


class UnknownAlias(SalesforceError):
    """No login has this alias."""


class BadLogin(SalesforceError):
    """A login that must not be used: plain http to a foreign host, a malformed address or token, an unreadable file."""


class BadDefinition(SalesforceError):
    """A scratch org definition file that says something we cannot ask for."""


class LoginRefused(SalesforceError):
    """An org does not let us in: OAuth's refusal, or INVALID_LOGIN."""


class OrgUnreachable(SalesforceError):
    """No connection to the org: nothing was sent."""


class SessionExpired(SalesforceError):
    """The org does not accept the token (401, INVALID_SESSION_ID, Bad_OAuth_Token)."""


class RequestRefused(SalesforceError):
    """The org understood the request and said no (4xx with a Salesforce code)."""


class NotFound(RequestRefused):
    """The org has no such resource, object or record."""


class LimitExceeded(RequestRefused):
    """A limit of the org is used up (REQUEST_LIMIT_EXCEEDED, STORAGE_LIMIT_EXCEEDED …)."""


class ServerUnavailable(SalesforceError):
    """The org, or something before it, answered 420, 429 or 5xx, also after the retries a read has."""


class ReplyLost(SalesforceError):
    """The request may have reached the org, but no whole reply came back. After a write `written` is "unknown"."""


class MalformedReply(SalesforceError):
    """The reply is not what Salesforce documents."""


class WriteRefused(SalesforceError):
    """A write to an org under production rules without the permit that admits it. Nothing was sent."""


class WrongOrg(SalesforceError):
    """The org behind the address is not the one the login is for (a sandbox was refreshed, an address re-used)."""


class MetadataFault(RequestRefused):
    """A SOAP fault of the Metadata API; `code` is Salesforce's (INVALID_TYPE …)."""


class RetrieveFailed(SalesforceError):
    """A retrieve ended with status Failed."""


class TooLarge(SalesforceError):
    """A request or a reply beyond Salesforce's documented limit, or ours."""
