"""Where each row of a plan goes: which object first, which level, and which lookups wait for the second pass."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from hotfix_tui.data.difference import folded
from hotfix_tui.data.levels import Forest
from hotfix_tui.data.ordering import Edge, NoOrder, object_order
from hotfix_tui.data.plan_model import ObjectPlan, Plan
from hotfix_tui.data.row_plans import RowPlan
from hotfix_tui.data.rows import DataRows, ObjectRows, Ref, Row, row_behind
from hotfix_tui.data.shape import ObjectShape
from hotfix_tui.data.spool import Recent

# Answers of whether a parent is inserted that are remembered: a few MB, and the same parents come again and again.
_MOST_ANSWERS = 50_000

Coming = Callable[[Ref], bool]
"""Whether the plan inserts a row."""


@dataclass
class Order:
    """What the source's rows say about order. `names`: objects, parents first. `waiting`: lookups for a second pass.

    `trees`: by object, the rows of each depth of its self-lookups. `firsts`: objects that have rows to write first.
    """

    names: list[str]
    waiting: set[tuple[str, str, str]] = field(default_factory=set)
    trees: dict[str, tuple[int, ...]] = field(default_factory=dict)
    firsts: set[str] = field(default_factory=set)


def find_order(plan: Plan, source: DataRows, names: Collection[str]) -> Order:
    """The order in which rows of `names` are written. Without any, the plan gets a blocker."""
    order = Order(list(names))
    edges: dict[tuple[str, str, str], Edge] = {}
    for name in names:
        order.trees[name] = _survey(order, edges, name, source.objects[name], plan.target.objects[name].shape, names)
    try:
        order.names, deferred = object_order(order.names, edges.values())
    except NoOrder as error:
        plan.blockers.append(f"no order of writing exists: {error}")
        deferred = []
    order.waiting = {(edge.child, edge.field, edge.parent) for edge in deferred}
    return order


def _survey(
    order: Order,
    edges: dict[tuple[str, str, str], Edge],
    name: str,
    rows: ObjectRows,
    shape: ObjectShape,
    names: Collection[str],
) -> tuple[int, ...]:
    """Notes the lookups that at least one row of `name` uses; gives how many rows are in each depth of its tree."""
    if rows.firsts:
        order.firsts.add(name)
    for lookup, kind in rows.used:
        parent, _ = row_behind((kind, ""))
        if parent in names and lookup in shape.fields:
            edges[name, lookup, parent] = Edge(name, lookup, parent, shape.fields[lookup].must_exist)
    forest = Forest()
    own = [lookup for lookup, kind in rows.used if row_behind((kind, ""))[0] == name]
    for row in rows.counted if own else ():
        for lookup in own:
            ref = row.lookups.get(lookup)
            if ref is not None and (parent_ref := row_behind(ref))[0] == name:
                _add_edge(forest, rows, row.key, lookup, parent_ref)
    counts: Counter[int] = Counter()
    if forest:
        levels, _ = forest.levels(rows.key_of)
        counts.update(level for level in levels if level)  # rows that are only referred to have no parents
    counts[0] += len(rows.counted) - counts.total()
    return tuple(counts[level] for level in sorted(counts) if counts[level])


def _add_edge(forest: Forest, rows: ObjectRows, key: str, lookup: str, ref: Ref) -> None:
    child, parent = rows.number(key), rows.number(ref[1])
    if child is not None and parent is not None:
        forest.add(child, lookup, parent)


class WillBe:
    """Which rows a plan of `source`'s rows inserts. `inserting`: the objects of which it inserts any."""

    def __init__(
        self, source: DataRows, target: DataRows, inserting: Collection[str], adopted: Mapping[Ref, str]
    ) -> None:
        self._source, self._target, self._inserting, self._adopted = source, target, inserting, adopted
        self._recent: Recent[Ref, bool] = Recent(_MOST_ANSWERS)

    def __call__(self, ref: Ref) -> bool:
        """Whether the plan inserts the row that `ref` names, or with which that comes."""
        ref = row_behind(ref)
        known = self._recent.get(ref)
        if known is None:
            known = self._recent[ref] = self._is_coming(ref)
        return known

    def _is_coming(self, ref: Ref) -> bool:
        if ref[0] not in self._inserting:
            return False
        if not self._source.counts(ref) or self._target.has(ref):
            return False
        return not self._adopted or folded(self._target, ref) not in self._adopted


class Placing:
    """Takes the rows of one object's plan as they are made, and puts them in their places once all are there."""

    def __init__(self, one: ObjectPlan, rows: ObjectRows, target: DataRows, order: Order, coming: Coming) -> None:
        self._one, self._rows, self._target, self._order, self._coming = one, rows, target, order, coming
        self._fields = target.objects[one.object].shape.fields
        self._forest = Forest()
        self._numbers = array("q")
        self._second: dict[str, None] = {}

    def add(self, planned: RowPlan, row: Row | None) -> None:
        """Takes `planned` into the object's plan. `row`: the source's."""
        for name, ref in list(planned.refs.items()):
            if ref and (self._one.object, name, row_behind(ref)[0]) in self._order.waiting and self._coming(ref):
                planned.later[name] = ref
                del planned.refs[name]
                self._second[name] = None
        number = -1
        if planned.act in ("insert", "update"):
            planned.master = self._master(row) if row is not None else ""
            if self._one.object in self._order.firsts and row is not None and not row.first:
                planned.level = 1
            number = self._add_to_tree(planned)
        self._numbers.append(number)
        self._one.rows.append(planned)

    def _add_to_tree(self, planned: RowPlan) -> int:
        name = planned.object
        parents = [(lookup, row_behind(ref)) for lookup, ref in planned.refs.items() if ref]
        own = [(lookup, ref) for lookup, ref in parents if ref[0] == name and self._coming(ref)]
        for lookup, ref in own:
            _add_edge(self._forest, self._rows, planned.key, lookup, ref)
        number = self._rows.number(planned.key) if own else None
        return -1 if number is None else number

    def _master(self, row: Row) -> str:
        """The parents that a write of this row locks: its masters' keys, or all its lookups' if it has no master."""
        known = self._fields
        masters = [ref for name, ref in row.lookups.items() if ref and name in known and known[name].must_exist]
        others = [ref for ref in row.lookups.values() if ref and ref[0] in self._target.objects]
        return "\n".join(f"{ref[0]} {ref[1]}" for ref in masters or others)

    def settle(self) -> None:
        """Sets the levels, and puts lookups that close a cycle of rows into the second pass."""
        rows = self._one.rows
        if self._forest:
            levels, deferred = self._forest.levels(self._rows.key_of)
            waiting: dict[int, list[str]] = {}
            for number, lookup in sorted(deferred):
                waiting.setdefault(number, []).append(lookup)
            for position, number in enumerate(self._numbers) if waiting else ():
                if number in waiting:
                    self._put_later(position, waiting[number])
            numbers = self._numbers
            rows.set_levels(lambda position: levels[numbers[position]] if numbers[position] >= 0 else 0)
        self._one.tree = self._order.trees[self._one.object]
        self._one.second_pass = tuple(self._second)

    def _put_later(self, position: int, lookups: list[str]) -> None:
        row = self._one.rows[position]
        for lookup in lookups:
            ref = row.refs.pop(lookup)
            if ref is not None:
                row.later[lookup] = ref
                self._second[lookup] = None
        self._one.rows.put(position, row)
