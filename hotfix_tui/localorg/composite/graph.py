"""POST /composite/graph: graphs of records, each saved whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.composite.composite import Series, all_or_nothing, flags
from hotfix_tui.localorg.composite.references import names
from hotfix_tui.localorg.composite.subrequest import Result, Subrequest, halted, read_all
from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.rest.bodies import Answer, json_body
from hotfix_tui.localorg.rest.routing import Inner

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_GRAPHS = 75
MAX_NODES = 500
MAX_DEPTH = 15
MAX_KINDS = 15
MAX_FAILURES = 14
_FIRST_VERSION = 50
_GRAPH_ID = re.compile(r"[A-Za-z0-9][^.]{0,38}")
_NODE = re.compile(r"sobjects/([^/]+)(?:/([^/]+))?(?:/(.+))?", re.DOTALL)
_HALTED = f"Processing was halted since the number of failed graphs reached the limit of {MAX_FAILURES}."
Graph = tuple[str, list[Subrequest]]


class Graphs:
    """The handler. Limits: "Composite Graph Limits" in Salesforce's REST API guide."""

    def __init__(self, org: LocalOrg, inner: Inner) -> None:
        self._org = org
        self._inner = inner

    def run(self, request: Request, body: bytes) -> Response:
        """The call. Answered 200 whatever became of the graphs; 400 when it is not well formed or too large."""
        version = request.path_params["version"]
        if int(version.partition(".")[0]) < _FIRST_VERSION:
            raise ApiError("NOT_FOUND", "The requested resource does not exist", 404)
        graphs = _graphs(json_body(body), version)
        _limits(graphs)
        series = Series(self._inner, request, _check)
        failures = 0
        answered = []
        for graph_id, nodes in graphs:
            if failures < MAX_FAILURES:
                found = all_or_nothing(self._org, series, nodes)
            else:
                found = [halted(each.reference_id, _HALTED) for each in nodes]
            successful = not any(each.failed for each in found)
            failures += not successful
            answered.append(_answer(graph_id, found, successful=successful))
        return Answer({"graphs": answered})


def _answer(graph_id: str, found: Sequence[Result], *, successful: bool) -> dict[str, Any]:
    response = {"compositeResponse": [each.item() for each in found]}
    return {"graphId": graph_id, "graphResponse": response, "isSuccessful": successful}


def _graphs(raw: dict[str, Any], version: str) -> list[Graph]:
    flags(raw, {"graphs"}, ())
    listed = raw.get("graphs")
    if not isinstance(listed, list) or not listed or not all(isinstance(each, dict) for each in listed):
        raise ApiError("JSON_PARSER_ERROR", "The graphs property must be an array of graphs")
    found: list[Graph] = []
    for each in listed:
        flags(each, {"graphId", "compositeRequest"}, ())
        graph_id = each.get("graphId")
        if not isinstance(graph_id, str) or not _GRAPH_ID.fullmatch(graph_id):
            text = "A graphId must start with a letter or a number, have fewer than 40 characters and no period"
            raise ApiError("INVALID_INPUT", f"{text}: {graph_id}")
        if any(graph_id == known for known, _ in found):
            raise ApiError("INVALID_INPUT", f"Duplicate graphId in the request: {graph_id}")
        found.append((graph_id, read_all(each.get("compositeRequest"), version)))
    return found


def _limits(graphs: Sequence[Graph]) -> None:
    nodes = [node for _, each in graphs for node in each]
    kinds = {(node.version, node.method, _object(node)) for node in nodes}
    depth = max(_depth(each) for _, each in graphs)
    for count, most, what in (
        (len(graphs), MAX_GRAPHS, "graphs"),
        (len(nodes), MAX_NODES, "nodes"),
        (depth, MAX_DEPTH, "levels of depth"),
        (len(kinds), MAX_KINDS, "different nodes"),
    ):
        if count > most:
            raise ApiError("LIMIT_EXCEEDED", f"Limit of {most} reached for number of {what} in Graph Api")


def _object(node: Subrequest) -> str:
    found = _NODE.fullmatch(node.resource)
    return found[1] if found else node.resource


def _depth(nodes: Sequence[Subrequest]) -> int:
    """The most nodes on a chain of references; one that refers to nothing before it begins a chain."""
    levels: dict[str, int] = {}
    for node in nodes:
        levels[node.reference_id] = 1 + max((levels.get(name, 0) for name in names(node)), default=0)
    return max(levels.values())


def _check(node: Subrequest) -> None:
    """A node is a record: one to create, or one that exists, by its Id or an external id. Raises ApiError."""
    found = _NODE.fullmatch(node.resource)
    creates = found is not None and found[2] is None
    if found is None or (node.method != "POST" if creates else node.method not in ("GET", "PATCH", "DELETE")):
        raise ApiError("INVALID_INPUT", f"{node.method} {node.url} is not supported in a composite graph")
