"""The errors with which an org refuses a whole call, in the shape of the API that was called."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

from hotfix_tui.localorg.faults.calls import Call, is_soap

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_FAULTS = {"m": "http://soap.sforce.com/2006/04/metadata", "c": "urn:fault.enterprise.soap.sforce.com"}
_PARTNER = "urn:fault.partner.soap.sforce.com"
_ASYNC = "http://www.force.com/2009/06/asyncapi/dataload"


@dataclass(frozen=True)
class Problem:
    """Why a call is refused: REST's and SOAP's code, the words, REST's status; `bulk`: the code of Bulk API 1.0.

    `soap_code`, `soap_message`: SOAP's code and words where they differ. `oauth`: what OAuth's error_description says.
    """

    code: str
    message: str
    status: int
    bulk: str = "Unknown"
    soap_message: str = ""
    oauth: str = ""
    soap_code: str = ""


_ILLEGAL = "Invalid Session ID found in SessionHeader: Illegal Session"
REQUEST_LIMIT = Problem("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403, "ExceededQuota")
TOO_MANY = replace(REQUEST_LIMIT, message="ConcurrentRequests (Concurrent API Requests) Limit exceeded.", status=429)
UNAVAILABLE = Problem(
    "SERVER_UNAVAILABLE", "The Salesforce server is temporarily unavailable.", 503, "InternalServerError"
)
READ_ONLY = Problem(
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
    "Updates can't be made during maintenance. Try again when maintenance is complete.",
    503,
    "FeatureNotEnabled",
)
# Sessions of a user whose address or hour is not allowed are refused as invalid ones; a login says why.
WRONG_ADDRESS = Problem(
    "INVALID_SESSION_ID",
    "This session is not valid for use with the REST API",
    401,
    "InvalidSessionId",
    _ILLEGAL,
    "ip restricted",
)
WRONG_HOUR = replace(WRONG_ADDRESS, message="Session expired or invalid", oauth="invalid login hours")
NO_VERSION = Problem(
    "NOT_FOUND", "The requested resource does not exist", 404, "InvalidVersion", soap_code="UNSUPPORTED_API_VERSION"
)
LOGIN_ADDRESS = Problem("LOGIN_DURING_RESTRICTED_DOMAIN", "cannot log in from current domain", 500)
LOGIN_HOUR = Problem("LOGIN_DURING_RESTRICTED_TIME", "cannot log in during restricted time", 500)


def refusal(call: Call, problem: Problem, *, json_bulk: bool = False) -> tuple[int, str, bytes]:
    """Status, content type and body of the answer that refuses a call."""
    path = call.path.lower()
    if is_soap(path):
        status = problem.status if problem.status in (429, 503) else 500
        return status, "text/xml; charset=utf-8", _fault(path, problem)
    if path.startswith("/services/oauth2/") and "userinfo" not in path:
        words = {"error": "invalid_grant", "error_description": problem.oauth or problem.message}
        return 400, "application/json;charset=UTF-8", json.dumps(words).encode()
    if path.startswith("/services/async/"):
        status = problem.status if problem.status in (429, 503) else 400
        return status, *_bulk(problem, as_json=json_bulk)
    if problem.code == "INVALID_SESSION_ID" and path.startswith(("/services/oauth2/", "/id/")):
        return 403, "text/html;charset=UTF-8", b"Bad_OAuth_Token"
    body = [{"message": problem.message, "errorCode": problem.code}]
    return problem.status, "application/json;charset=UTF-8", json.dumps(body).encode()


def _fault(path: str, problem: Problem) -> bytes:
    space = next((uri for letter, uri in _FAULTS.items() if f"/soap/{letter}/" in path), _PARTNER)
    code = problem.soap_code or problem.code
    text = escape(f"{code}: {problem.soap_message or problem.message}")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:sf="{space}">'
        f"<soapenv:Body><soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{text}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _bulk(problem: Problem, *, as_json: bool) -> tuple[str, bytes]:
    words: Mapping[str, str] = {"exceptionCode": problem.bulk, "exceptionMessage": problem.message}
    if as_json:
        return "application/json;charset=UTF-8", json.dumps(words).encode()
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in words.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?><error xmlns="{_ASYNC}">{inner}</error>'
    return "application/xml", text.encode()
