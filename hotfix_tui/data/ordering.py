"""In which order rows can be written: parents first, and a second pass only where a true cycle leaves no order.

Pure functions over names; hypothesis holds them to their promises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


@dataclass(frozen=True)
class Edge:
    """Lookup `field` of `child` points at `parent`. `fixed`: the child cannot exist without it (master-detail,
    required lookup), so it can never be left for a second pass.
    """

    child: str
    field: str
    parent: str
    fixed: bool = False


class NoOrder(Exception):
    """Objects that each require the other first; no order of inserts exists."""

    def __init__(self, objects: Sequence[str]) -> None:
        self.objects = tuple(objects)
        super().__init__(f"{' and '.join(objects)} each require the other to exist first")


def object_order(objects: Sequence[str], edges: Iterable[Edge]) -> tuple[list[str], list[Edge]]:
    """`objects` with parents before children, and the lookups that have to wait for a second pass.

    Self-lookups are not looked at (`row_levels` orders those). An edge waits only when its two objects are in one
    cycle and it closes that cycle. Ties keep the given order. Raises NoOrder when the fixed edges alone are a cycle.
    """
    relevant = [edge for edge in edges if edge.child != edge.parent and {edge.child, edge.parent} <= set(objects)]
    kept: dict[str, set[str]] = {name: set() for name in objects}
    deferred: list[Edge] = []
    for edge in sorted(relevant, key=lambda one: not one.fixed):
        if _reaches(kept, edge.parent, edge.child):
            if edge.fixed:
                raise NoOrder(sorted({edge.child, edge.parent}))
            deferred.append(edge)
        else:
            kept[edge.child].add(edge.parent)
    return _sorted(objects, kept), deferred


def row_levels(
    rows: Sequence[Node], parents: Mapping[Node, Mapping[str, Node]], fixed: Collection[str] = ()
) -> tuple[dict[Node, int], set[tuple[Node, str]]]:
    """How deep each row is in the tree of all its self-lookups at once (0: no parent among `rows`).

    `parents`: row → self-lookup field → parent row. Also returns the (row, field) pairs that close a cycle and have to
    wait for a second pass; none when there is no cycle. Raises NoOrder when `fixed` fields alone are a cycle.
    """
    known = set(rows)
    kept: dict[Node, set[Node]] = {row: set() for row in rows}
    for row in rows:
        kept[row].update(parent for parent in parents.get(row, {}).values() if parent in known)
    deferred: set[tuple[Node, str]] = set()
    for knot in _knots(rows, kept):
        deferred |= _untie(knot, kept, parents, fixed)
    levels: dict[Node, int] = {}
    for row in _sorted(rows, kept):
        levels[row] = 1 + max((levels[parent] for parent in kept[row]), default=-1)
    return levels, deferred


def _untie(
    knot: list[Node],
    kept: dict[Node, set[Node]],
    parents: Mapping[Node, Mapping[str, Node]],
    fixed: Collection[str],
) -> set[tuple[Node, str]]:
    """Keeps as many edges inside a strongly connected set of rows as possible, fixed ones first."""
    inside = set(knot)
    edges = [(row, name, parent) for row in knot for name, parent in parents[row].items() if parent in inside]
    for row in knot:
        kept[row] -= inside
    deferred: set[tuple[Node, str]] = set()
    for row, name, parent in sorted(edges, key=lambda edge: edge[1] not in fixed):
        if parent == row or _reaches({one: kept[one] & inside for one in knot}, parent, row):
            if name in fixed:
                raise NoOrder([str(row), str(parent)])
            deferred.add((row, name))
        else:
            kept[row].add(parent)
    return deferred


def _reaches(graph: Mapping[Node, Collection[Node]], start: Node, goal: Node) -> bool:
    seen, todo = {start}, [start]
    while todo:
        node = todo.pop()
        if node == goal:
            return True
        new = [one for one in graph.get(node, ()) if one not in seen]
        seen.update(new)
        todo += new
    return False


def _sorted(nodes: Sequence[Node], parents: Mapping[Node, Collection[Node]]) -> list[Node]:
    """Depth-first, parents first, without recursion: chains of self-lookups may be longer than Python's stack."""
    done: dict[Node, None] = {}
    for root in nodes:
        todo: list[tuple[Node, bool]] = [(root, False)]
        while todo:
            node, expanded = todo.pop()
            if expanded:
                done[node] = None
            elif node not in done:
                todo.append((node, True))
                todo += [(one, False) for one in nodes_of(parents, node) if one not in done]
    return list(done)


def nodes_of(parents: Mapping[Node, Collection[Node]], node: Node) -> list[Node]:
    """The parents of `node` in an order that does not change from run to run."""
    return sorted(parents.get(node, ()), key=str)


def _knots(nodes: Sequence[Node], parents: Mapping[Node, Collection[Node]]) -> list[list[Node]]:
    """Strongly connected sets of more than one node, or of one that points at itself (Kosaraju)."""
    order = _finish_order(nodes, lambda node: parents.get(node, ()))
    children: dict[Node, list[Node]] = {node: [] for node in nodes}
    for node in nodes:
        for parent in parents.get(node, ()):
            children[parent].append(node)
    knots: list[list[Node]] = []
    seen: set[Node] = set()
    for start in reversed(order):
        if start in seen:
            continue
        component, todo = [], [start]
        seen.add(start)
        while todo:
            node = todo.pop()
            component.append(node)
            new = [one for one in children[node] if one not in seen]
            seen.update(new)
            todo += new
        if len(component) > 1 or start in parents.get(start, ()):
            knots.append(sorted(component, key=str))
    return knots


def _finish_order(nodes: Sequence[Node], neighbours: Callable[[Node], Collection[Node]]) -> list[Node]:
    order: list[Node] = []
    seen: set[Node] = set()
    for root in nodes:
        todo: list[tuple[Node, bool]] = [(root, False)]
        while todo:
            node, expanded = todo.pop()
            if expanded:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                todo.append((node, True))
                todo += [(one, False) for one in neighbours(node) if one not in seen]
    return order
