"""POST /composite/tree/X: records with their details below them, created together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.composite.composite import RolledBack, flags
from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.records.outcome import SaveError, SaveOptions
from hotfix_tui.localorg.rest.bodies import Answer, json_body, options
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.users import User

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_RECORDS = 200
MAX_LEVELS = 5
MAX_TYPES = 5


@dataclass(frozen=True)
class Node:
    """A record of a tree: the object, its fields, and the parent it hangs on by the field `link`."""

    reference_id: str
    object: str
    fields: dict[str, Any]
    parent: Node | None
    link: str
    level: int


class Trees:
    """The handler. Shapes and limits: "sObject Tree" in Salesforce's REST API guide."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def run(self, request: Request, body: bytes) -> Response:
        """The call: 201 with the new Ids, or 400 with what is wrong and nothing created."""
        owner = self._org.seen.object(request.path_params["object"])
        if owner is None or owner.api == "tooling":
            raise not_found()
        raw = json_body(body)
        flags(raw, {"records"}, ())
        nodes = sorted(self._nodes(raw.get("records"), owner, None, ""), key=lambda node: node.level)
        _limits(nodes)
        refused = _references(nodes)
        if refused:
            return _refusal(refused)
        return self._create(nodes, request.state.user, options(request))

    def _nodes(self, records: Any, owner: SObject, parent: Node | None, link: str) -> Iterator[Node]:
        if not isinstance(records, list) or not records or not all(isinstance(each, dict) for each in records):
            raise ApiError("JSON_PARSER_ERROR", "The records property must be an array of records")
        for record in records:
            attributes = record.get("attributes")
            named = attributes if isinstance(attributes, dict) else {}
            if str(named.get("type", "")).lower() != owner.name.lower():
                text = f"Include the type {owner.name} in the attributes of each record, not {named.get('type')}"
                raise ApiError("INVALID_INPUT", text)
            below: dict[str, Any] = {}
            fields: dict[str, Any] = {}
            for name, value in record.items():
                nested = isinstance(value, dict) and "records" in value
                (below if nested else fields)[name] = value
            fields.pop("attributes", None)
            level = parent.level + 1 if parent else 1
            if level > MAX_LEVELS:
                raise ApiError("INVALID_INPUT", f"An sObject tree cannot be deeper than {MAX_LEVELS} levels")
            node = Node(str(named.get("referenceId") or ""), owner.name, fields, parent, link, level)
            yield node
            for name, value in below.items():
                child, field = self._relation(owner, name)
                flags(value, {"records"}, ())
                yield from self._nodes(value["records"], child, node, field)

    def _relation(self, owner: SObject, name: str) -> tuple[SObject, str]:
        for relation in self._org.seen.children_of(owner.name):
            if relation.name and relation.name.lower() == name.lower():
                return self._org.seen.require(relation.child), relation.field.name
        raise ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {owner.name}")

    def _create(self, nodes: Sequence[Node], user: User, save: SaveOptions) -> Response:
        made: dict[str, str] = {}
        refused: list[tuple[str, Sequence[SaveError]]] = []
        try:
            with self._org.locks.kept(), self._org.store.transaction():
                for level in range(1, MAX_LEVELS + 1):
                    at_level = [node for node in nodes if node.level == level]
                    rows = [(node.object, _linked(node, made)) for node in at_level]
                    for node, outcome in zip(
                        at_level, self._org.records.insert_all(user, rows, options=save), strict=True
                    ):
                        made[node.reference_id] = outcome.id or ""
                        if not outcome.success:
                            refused.append((node.reference_id, outcome.errors))
                    if refused:
                        raise RolledBack
        except RolledBack:
            return _refusal(refused)
        results = [{"referenceId": node.reference_id, "id": made[node.reference_id]} for node in nodes]
        return Answer({"hasErrors": False, "results": results}, 201)


def _linked(node: Node, made: dict[str, str]) -> dict[str, Any]:
    return {**node.fields, node.link: made[node.parent.reference_id]} if node.parent else node.fields


def _limits(nodes: Sequence[Node]) -> None:
    if len(nodes) > MAX_RECORDS:
        raise ApiError("INVALID_INPUT", f"An sObject tree cannot have more than {MAX_RECORDS} records")
    if len({node.object for node in nodes}) > MAX_TYPES:
        raise ApiError("INVALID_INPUT", f"An sObject tree cannot have records of more than {MAX_TYPES} types")


def _references(nodes: Sequence[Node]) -> list[tuple[str, Sequence[SaveError]]]:
    """What is wrong with reference IDs: an entry for each record without one, and for each that shares one."""
    counts = Counter(node.reference_id for node in nodes)
    out: list[tuple[str, Sequence[SaveError]]] = []
    for node in nodes:
        if not node.reference_id:
            missing = SaveError("INVALID_INPUT", "Include a reference ID for each record in the request.")
            out.append(("", (missing,)))
        elif counts[node.reference_id] > 1:
            twice = SaveError("INVALID_INPUT", "Duplicate ReferenceId provided in the request.")
            out.append((node.reference_id, (twice,)))
    return out


def _refusal(refused: Sequence[tuple[str, Sequence[SaveError]]]) -> Response:
    results = [{"referenceId": name, "errors": [each.item() for each in errors]} for name, errors in refused]
    return Answer({"hasErrors": True, "results": results}, 400)
