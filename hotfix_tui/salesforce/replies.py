"""Salesforce's error replies as our errors. Knows nothing of HTTP libraries.

Source: REST API errors (`[{"errorCode", "message", "fields"}]`), OAuth errors (`{"error", "error_description"}`), and
what stands before an org (gateways, maintenance pages).
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hotfix_tui.salesforce.errors import (
    LimitExceeded,
    MalformedReply,
    MetadataFault,
    NotFound,
    OrgUnreachable,
    ReplyLost,
    RequestRefused,
    SalesforceError,
    ServerUnavailable,
    SessionExpired,
    Written,
)

_EXPIRED = {"INVALID_SESSION_ID", "INVALID_SESSION", "SESSION_EXPIRED"}
_LIMITS = {"REQUEST_LIMIT_EXCEEDED", "STORAGE_LIMIT_EXCEEDED", "LIMIT_EXCEEDED", "CONCURRENT_REQUEST_LIMIT_EXCEEDED"}
_GONE = {"NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"}
_BUSY = {420, 429, 500, 502, 503, 504}
# The org's own word that it has not begun: nothing was written. A bare 5xx may come from a gateway that passed it on.
_NOT_BEGUN = {"SERVER_UNAVAILABLE", "SERVICE_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "UNABLE_TO_LOCK_ROW"}
_LONGEST_PAGE = 200


@dataclass(frozen=True)
class Asked:
    """What was asked, for the words of an error. `what` is short: "the query", "insert of Account"."""

    org: str
    what: str
    writing: bool = False

    @property
    def doubt(self) -> Written:
        """What became of the write when the org did not say."""
        return "unknown" if self.writing else "no"

    @property
    def look(self) -> str:
        """What to do when a write's outcome is not known."""
        return f"Look in {self.org} whether it was done before trying again." if self.writing else "Try again."


def refusal(asked: Asked, status: int, content: Any, location: str = "") -> SalesforceError:
    """The error for an answer with `status` of 300 or more and this `content` (parsed JSON, or text)."""
    code, words = _said(content)
    text = ": ".join(part for part in (code, words) if part) or f"HTTP {status}"
    org, what = asked.org, asked.what
    if 300 < status < 400:
        return RequestRefused(
            f"{org} sends {what} on to another address ({location or 'not named'}). It was not followed: the token "
            "goes to the org's own address only.",
            org=org, code="REDIRECT", status=status, next=f"Log in to {org} again; its address may have changed.",
        )  # fmt: skip
    if status == 401 or code in _EXPIRED or "Bad_OAuth_Token" in words:
        return SessionExpired(
            f"{org} does not accept the session: {text}.",
            org=org, code=code or "INVALID_SESSION_ID", status=status, next=f"Log in to {org} again, then repeat it.",
        )  # fmt: skip
    if code in _LIMITS:
        return LimitExceeded(
            f"{org} refused {what}, a limit is used up: {text}.",
            org=org, code=code, status=status, next=f"Wait, or free the limit in {org}.",
        )  # fmt: skip
    if status in _BUSY or status > 504:
        return ServerUnavailable(
            f"{org} could not serve {what}: HTTP {status}" + (f", {text}." if words or code else "."),
            org=org, code=code, status=status, written=_after_failure(asked, status, code), next=asked.look,
        )  # fmt: skip
    if status == 404 or code in _GONE:
        return NotFound(
            f"{org} has no such thing ({what}): {text}.", org=org, code=code, status=status, next=_hint(org, code)
        )
    return RequestRefused(f"{org} refused {what}: {text}.", org=org, code=code, status=status, next=_hint(org, code))


def _after_failure(asked: Asked, status: int, code: str) -> Written:
    return "no" if status in (420, 429) or code in _NOT_BEGUN else asked.doubt


# What a person can do about a refusal, by the start of Salesforce's code.
_HINTS = (
    ("INSUFFICIENT_ACCESS", "Give the user of {org}'s login the permission it names."),
    ("INVALID_FIELD", "Check that the field exists in {org} and that the login's user may see it."),
    ("INVALID_TYPE", "Check that the object or type exists in {org} and that the login's user may see it."),
    ("API_DISABLED_FOR_ORG", "Use an edition of {org} that has API access."),
    ("UNABLE_TO_LOCK_ROW", "Somebody else is writing these records: try again."),
    ("ENTITY_IS_DELETED", "Look in {org}'s recycle bin."),
)


def _hint(org: str, code: str) -> str:
    found = next((words for start, words in _HINTS if code.startswith(start)), "")
    return (found or "Asking {org} again will not help: change what is asked, or {org}.").replace("{org}", org)


def fault(asked: Asked, status: int, code: str, words: str) -> SalesforceError:
    """The error for a SOAP fault. `code` is without its prefix (`sf:INVALID_TYPE` is INVALID_TYPE)."""
    text = words if words.startswith(code) else f"{code}: {words}"
    if code in _EXPIRED or code in _LIMITS:
        return refusal(asked, status, [{"errorCode": code, "message": words.removeprefix(f"{code}: ")}])
    if code in {"UNKNOWN_EXCEPTION", "SERVER_UNAVAILABLE", "API_CURRENTLY_DISABLED"}:
        return ServerUnavailable(
            f"{asked.org} could not serve {asked.what}: {text}",
            org=asked.org, code=code, status=status, written=_after_failure(asked, status, code), next=asked.look,
        )  # fmt: skip
    return MetadataFault(
        f"{asked.org} refused {asked.what}: {text}",
        org=asked.org,
        code=code,
        status=status,
        next=_hint(asked.org, code),
    )


def unreachable(asked: Asked, why: str, next: str = "") -> OrgUnreachable:
    """No connection could be made; nothing was sent."""
    return OrgUnreachable(
        f"{asked.org} does not answer: {why}.",
        org=asked.org, next=next or f"Check that {asked.org} is up and the network reaches it.",
    )  # fmt: skip


def lost(asked: Asked, why: str) -> ReplyLost:
    """The request may have reached the org; no whole reply came back."""
    return ReplyLost(
        f"{asked.org}'s reply to {asked.what} was lost: {why}.",
        org=asked.org, written=asked.doubt, next=asked.look,
    )  # fmt: skip


def malformed(asked: Asked, why: str, status: int | None = None) -> MalformedReply:
    """The reply is not what Salesforce documents; after a write nobody knows what was done."""
    return MalformedReply(
        f"{asked.org}'s reply to {asked.what} is not Salesforce's: {why}.",
        org=asked.org, status=status, written=asked.doubt, next=asked.look,
    )  # fmt: skip


def _said(content: Any) -> tuple[str, str]:
    """(code, words) of an error's content."""
    if isinstance(content, str) and content.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError):
            content = json.loads(content)
    if isinstance(content, list):
        said = [_said(item) for item in content if isinstance(item, dict)]
        if said:
            return said[0][0], "; ".join(words for _, words in said[:3])
        # A 300 holds the addresses of the matching records.
        return "", ", ".join(item for item in content[:3] if isinstance(item, str))
    if isinstance(content, dict):
        code = content.get("errorCode") or content.get("error") or ""
        words = content.get("message") or content.get("error_description") or ""
        return str(code), str(words).strip().rstrip(".")
    text = content if isinstance(content, str) else ""
    if "<html" in text[:500].lower() or "<!doctype" in text[:500].lower():
        return "", "a web page instead of an API reply"
    text = " ".join(text.split()).rstrip(".")
    return "", text[:_LONGEST_PAGE]
