"""The kinds of calls, by which faults and scripts say which request they mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_DATA = r"/services/data/v[\d.]+"
_ASYNC = r"/services/async/[\d.]+"
_ID = r"[^/]+"

# The first row that fits counts. Paths are matched in lower case, from their beginning to their end.
_RESOURCES: tuple[tuple[str, str, str], ...] = (
    ("query", "GET", rf"{_DATA}/(?:query|queryall)(?:/.*)?"),
    ("describe", "GET", rf"{_DATA}/sobjects(?:/{_ID})?(?:/describe)?"),
    ("create", "POST", rf"{_DATA}/sobjects/{_ID}"),
    ("read", "GET", rf"{_DATA}/sobjects/.+"),
    ("update", "PATCH", rf"{_DATA}/sobjects/{_ID}/{_ID}"),
    ("upsert", "PATCH", rf"{_DATA}/sobjects/{_ID}/{_ID}/.+"),
    ("delete", "DELETE", rf"{_DATA}/sobjects/.+"),
    ("collections", "POST PATCH DELETE GET", rf"{_DATA}/composite/sobjects(?:/.*)?"),
    ("graph", "POST", rf"{_DATA}/composite/graph"),
    ("tree", "POST", rf"{_DATA}/composite/tree/{_ID}"),
    ("batch", "POST", rf"{_DATA}/composite/batch"),
    ("composite", "POST", rf"{_DATA}/composite"),
    ("bulk-create", "POST", rf"{_DATA}/jobs/(?:ingest|query)|{_ASYNC}/job"),
    ("bulk-upload", "PUT", rf"{_DATA}/jobs/ingest/{_ID}/batches"),
    ("bulk-upload", "POST", rf"{_ASYNC}/job/{_ID}/batch"),
    ("bulk-close", "PATCH", rf"{_DATA}/jobs/(?:ingest|query)/{_ID}"),
    ("bulk-close", "POST", rf"{_ASYNC}/job/{_ID}"),
    ("bulk-results", "GET", rf"{_DATA}/jobs/ingest/{_ID}/(?:successfulresults|failedresults|unprocessedrecords)/?"),
    ("bulk-results", "GET", rf"{_DATA}/jobs/query/{_ID}/results|{_ASYNC}/job/{_ID}/batch/{_ID}/(?:result|request).*"),
    ("bulk-status", "GET", rf"{_DATA}/jobs/(?:ingest|query)(?:/{_ID})?|{_ASYNC}/job/{_ID}(?:/batch(?:/{_ID})?)?"),
    ("bulk-delete", "DELETE", rf"{_DATA}/jobs/(?:ingest|query)/{_ID}"),
    ("tooling-query", "GET", rf"{_DATA}/tooling/query(?:/.*)?"),
    ("tooling-describe", "GET", rf"{_DATA}/tooling/sobjects(?:/{_ID})?(?:/describe)?"),
    ("tooling-read", "GET", rf"{_DATA}/tooling/sobjects/.+"),
    ("tooling-create", "POST", rf"{_DATA}/tooling/sobjects/{_ID}"),
    ("tooling-update", "PATCH", rf"{_DATA}/tooling/sobjects/.+"),
    ("tooling-delete", "DELETE", rf"{_DATA}/tooling/sobjects/.+"),
    ("run-tests", "POST GET", rf"{_DATA}/tooling/runtests(?:a)?synchronous.*"),
    ("quick-deploy", "POST", rf"{_DATA}/metadata/deployrequest/validateddeployrequestid/.+"),
    ("deploy", "POST", rf"{_DATA}/metadata/deployrequest(?:/.*)?"),
    ("deploy-status", "GET", rf"{_DATA}/metadata/deployrequest/{_ID}"),
    ("cancel", "PATCH", rf"{_DATA}/metadata/deployrequest/{_ID}"),
    ("limits", "GET", rf"{_DATA}/limits(?:/.*)?"),
    ("login", "POST GET", r"/services/oauth2/(?:token|authorize).*"),
    ("identity", "GET POST", r"/services/oauth2/userinfo|/id/.+"),
    ("versions", "GET", r"/services/data(?:/v[\d.]+)?"),
)
_OPERATIONS: Mapping[str, str] = {
    "listMetadata": "list",
    "describeMetadata": "describe-metadata",
    "retrieve": "retrieve",
    "checkRetrieveStatus": "retrieve-status",
    "deploy": "deploy",
    "checkDeployStatus": "deploy-status",
    "checkStatus": "deploy-status",
    "cancelDeploy": "cancel",
    "deployRecentValidation": "quick-deploy",
    "login": "login",
    "query": "query",
    "queryAll": "query",
    "queryMore": "query",
    "create": "create",
    "update": "update",
    "upsert": "upsert",
    "delete": "delete",
    "undelete": "undelete",
    "executeAnonymous": "execute-anonymous",
}
_PATTERNS = tuple((kind, frozenset(methods.split()), re.compile(path)) for kind, methods, path in _RESOURCES)
KINDS = tuple(dict.fromkeys((*(kind for kind, _, _ in _RESOURCES), *_OPERATIONS.values())))
RECORD_WRITES = frozenset(
    {"create", "update", "upsert", "delete", "undelete", "collections", "graph", "tree", "batch", "composite"}
)
"""Kinds whose refusals Salesforce gives record by record."""
OTHER_WRITES = frozenset(
    {"bulk-create", "bulk-upload", "bulk-close", "bulk-delete", "tooling-create", "tooling-update", "tooling-delete"}
) | {"run-tests", "deploy", "quick-deploy", "cancel", "execute-anonymous"}
GROUPS: Mapping[str, frozenset[str]] = {"write": RECORD_WRITES | OTHER_WRITES}
"""Names for several kinds at once."""
_OPERATION = re.compile(rb"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)")
_HEAD = 20_000


@dataclass(frozen=True)
class Call:
    """One request: `path` with its query, decoded; `operation` of SOAP; `kind`, or "" for what has no name here."""

    method: str
    path: str
    operation: str = ""
    kind: str = ""

    def named(self, kind: str) -> bool:
        """Whether it is of a kind, or of a group of kinds."""
        return self.kind == kind or self.kind in GROUPS.get(kind, ())


def is_soap(path: str) -> bool:
    """Whether a path takes SOAP envelopes."""
    return "/services/soap/" in path.lower()


def call_of(method: str, path: str, body: bytes = b"") -> Call:
    """What a request is. `path` may have a query; `body` is looked at for SOAP only."""
    if is_soap(path):
        found = _OPERATION.search(body[:_HEAD])
        operation = found[1].decode() if found else ""
        return Call(method, path, operation, _OPERATIONS.get(operation, ""))
    bare, _, query = path.lower().partition("?")
    overridden = re.search(r"_httpmethod=(\w+)", query)
    verb = overridden[1].upper() if overridden and method == "POST" else method
    bare = re.sub(r"\A/+", "/", bare).rstrip("/") or "/"
    for kind, methods, pattern in _PATTERNS:
        if verb in methods and pattern.fullmatch(bare):
            return Call(method, path, "", kind)
    return Call(method, path)
