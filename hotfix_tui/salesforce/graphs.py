"""Rehearsals: records through composite graphs that are always rolled back.

A graph is saved whole or not at all, so its last node here is one that every org refuses: a field that no object has.
Source: REST API Developer Guide, "Composite Graph" and "Composite Graph Limits".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.records import SaveError
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.rest import api_name

# Nodes of one payload; graphs of it that may fail before the org stops (all of ours do); kinds of node: method and
# object; records on a chain of references.
MOST_NODES, MOST_GRAPHS, MOST_KINDS, MOST_DEPTH = 500, 14, 15, 15

_LAST = "hotfixRollback"
_NO_FIELD = "Hotfix_Rehearsal_Rolls_Back__c"
_HALTED = "PROCESSING_HALTED"


@dataclass(frozen=True)
class GraphNode:
    """One record of a rehearsal. `reference`: letters and digits; others name its new Id as `@{reference.id}`.

    `record`: the Id of a record that is there (update, delete), or such a name.
    """

    reference: str
    act: Literal["insert", "update", "delete"]
    sobject: str
    body: Mapping[str, Any] = field(default_factory=dict)
    record: str = ""

    @property
    def method(self) -> str:
        """As HTTP has it."""
        return {"insert": "POST", "update": "PATCH", "delete": "DELETE"}[self.act]


@dataclass(frozen=True)
class Rehearsed:
    """What became of one graph: which node was refused and why; `refused` is empty when all would be saved.

    `kept`: Ids of records that are there although they must not be: the org did not refuse the last node.
    """

    refused: str = ""
    error: SaveError | None = None
    kept: tuple[str, ...] = ()


async def rehearse(
    connection: Connection, graphs: Sequence[Sequence[GraphNode]], permit: WritePermit | None
) -> list[Rehearsed]:
    """Sends up to 14 graphs with up to 500 nodes in all, their last ones included, and tells what became of each."""
    body = {"graphs": [_graph(connection.version, number, nodes) for number, nodes in enumerate(graphs)]}
    if len(graphs) > MOST_GRAPHS or sum(len(nodes) + 1 for nodes in graphs) > MOST_NODES:
        raise ValueError(f"at most {MOST_GRAPHS} graphs and {MOST_NODES} nodes in one call")
    what = "the rehearsal"
    reply = await connection.write(
        lambda wire: wire.rest(what, "composite/graph", method="POST", body=body), permit=permit, call=what
    )
    try:
        by_id = {item["graphId"]: item for item in reply["graphs"]}
        return [_outcome(by_id[f"g{number}"]) for number in range(len(graphs))]
    except (KeyError, TypeError, IndexError, AttributeError):
        pass
    raise malformed(Asked(connection.login.alias, what, writing=True), "it does not tell of each graph")


def _graph(version: str, number: int, nodes: Sequence[GraphNode]) -> dict[str, Any]:
    base = f"/services/data/v{version}/sobjects"
    requests: list[dict[str, Any]] = []
    for node in nodes:
        url = f"{base}/{api_name(node.sobject)}"
        if node.record:
            url += f"/{quote(node.record, safe='@{}.')}"
        request: dict[str, Any] = {"method": node.method, "url": url, "referenceId": node.reference}
        if node.act != "delete":
            request |= {"body": dict(node.body), "httpHeaders": {"Sforce-Auto-Assign": "FALSE"}}
        requests.append(request)
    last = {"method": "POST", "url": f"{base}/{api_name(nodes[-1].sobject)}", "referenceId": _LAST}
    return {"graphId": f"g{number}", "compositeRequest": [*requests, {**last, "body": {_NO_FIELD: 1}}]}


def _outcome(graph: Mapping[str, Any]) -> Rehearsed:
    answers = graph["graphResponse"]["compositeResponse"]
    if graph["isSuccessful"]:
        return Rehearsed(kept=tuple(str(one["body"]["id"]) for one in answers if (one.get("body") or {}).get("id")))
    for one in answers:
        errors = one["body"] if isinstance(one["body"], list) else [one["body"]] if one["body"] else []
        if one["httpStatusCode"] < 400 or not errors or errors[0].get("errorCode") == _HALTED:
            continue
        if one["referenceId"] == _LAST:
            continue
        error = errors[0]
        names = tuple(str(name) for name in error.get("fields") or ())
        return Rehearsed(one["referenceId"], SaveError(str(error["errorCode"]), str(error.get("message") or ""), names))
    return Rehearsed()
