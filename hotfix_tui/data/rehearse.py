"""Trying a plan out: its rows through graphs that the org rolls back, to learn what it would refuse."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.difference import folded
from hotfix_tui.data.errors import PlanBlocked
from hotfix_tui.data.ledger import Checkpoint
from hotfix_tui.data.people import named_id
from hotfix_tui.data.plan_model import Plan, RowPlan
from hotfix_tui.data.rows import NAMED, PERSON_CONTACT, Ref
from hotfix_tui.events import Event, Settled, seed, session
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.graphs import MOST_DEPTH, MOST_GRAPHS, MOST_KINDS, MOST_NODES, GraphNode, Rehearsed

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

# A graph tells of one refused row. Many small ones tell of more in one call.
_ROWS_A_GRAPH = MOST_NODES // MOST_GRAPHS - 1
# An org that refuses row after row says the same again and again: this many calls beyond those for all rows.
_FURTHER_CALLS = 25

_BELOW_LATER = "lookups of a second pass on rows that would be refused"
_NOT_LATER = "lookups of a second pass between more new rows than one graph takes, or without a parent"


@dataclass
class Rehearsal:
    """What a rehearsal found. `refused`: row → the fact that says so. `not_covered`: why rows were not tried → how many
    rows that holds for.
    """

    refused: dict[Ref, seed.RowWouldBeRefused] = field(default_factory=dict)
    not_covered: Counter[str] = field(default_factory=Counter)
    covered: int = 0
    calls: int = 0


async def rehearse_plan(
    org: Org, plan: Plan, *, mode: str, checkpoint: Checkpoint, found: Rehearsal
) -> AsyncGenerator[Event, None]:
    """Sends the rows of `plan` in graphs that are rolled back; what the org refuses is a RowWouldBeRefused.

    `mode` is a word for the facts: as_it_is or switched_off. Lookups of a second pass are set in the graph that makes
    the rows they join. Raises PlanBlocked, and SalesforceError when a call as a whole fails. Should the org keep what
    it must not, it is deleted and said.
    """
    if plan.blockers:
        raise PlanBlocked(org.alias, plan.blockers)
    rehearsing = _Rehearsing(org, plan, mode, checkpoint, found)
    async for event in rehearsing.run():
        yield event


class _SecondPass(RowPlan):
    """The second call of a row: an update of what the same graph inserts, or of a row that is there."""

    __slots__ = ()

    @classmethod
    def of(cls, row: RowPlan) -> _SecondPass:
        return cls(row.object, row.key, "update", id=row.id, refs=dict(row.later), reason=row.reason)


class _Rehearsing:
    def __init__(self, org: Org, plan: Plan, mode: str, checkpoint: Checkpoint, found: Rehearsal) -> None:
        self._org, self._plan, self._mode, self._checkpoint, self._found = org, plan, mode, checkpoint, found
        self._rows = list(_in_order(plan))
        self._later = [_SecondPass.of(row) for one in plan.objects for row in one.rows.in_second_pass()]
        self._made = {self._ref(row): row for row in self._rows if row.act == "insert"}
        self._tried: set[Ref] = set()
        self._below: dict[Ref, tuple[list[RowPlan], int]] = {}

    async def run(self) -> AsyncGenerator[Event, None]:
        todo = [row for row in (*self._rows, *self._later) if self._can_be_tried(row)]
        most = _FURTHER_CALLS + 4 * -(-len(todo) // MOST_NODES)
        total = len(todo)
        while todo and self._found.calls < most:
            await self._checkpoint()
            graphs, todo = self._packed(todo)
            outcomes: list[Rehearsed] = []
            async for event in self._call(graphs, outcomes):
                yield event
            again: list[RowPlan] = []
            for (rows, aims), outcome in zip(graphs, outcomes, strict=True):
                for refusal in self._learn(rows, outcome):
                    yield refusal
                again += aims if outcome.error is not None else []
            todo = [row for row in again + todo if self._stands(row)]
            done = total - len(todo)
            yield session.Progress(what="rehearsed", org=self._org.alias, done=done, total=total, unit="rows")
        self._found.covered = len(self._tried - {self._ref(row) for row in self._later})
        if todo:
            self._found.not_covered["rows after so many refusals that no more was tried"] = len(todo)

    def _learn(self, rows: list[RowPlan], outcome: Rehearsed) -> Iterator[Event]:
        """What one graph tells: that all its rows would be saved, or which one would not."""
        if outcome.error is None:
            self._tried.update(self._ref(row) for row in rows)
            return
        row = rows[int(outcome.refused[1:])]
        ref = self._ref(row)
        if ref in self._found.refused:
            return
        refusal = seed.RowWouldBeRefused(
            org=self._org.alias,
            object=row.object,
            key=row.key,
            act=row.act,
            code=outcome.error.code,
            message=outcome.error.message,
            fields=outcome.error.fields,
        )
        self._tried.add(ref)
        self._found.refused[ref] = refusal
        yield refusal

    def _stands(self, row: RowPlan) -> bool:
        """Whether neither `row` nor anything it needs would be refused."""
        refused = self._found.refused
        if self._ref(row) in refused:
            return False
        if any(self._ref(parent) in refused for parent in self._needs(row)[0]):
            second = isinstance(row, _SecondPass)
            self._found.not_covered[_BELOW_LATER if second else "rows below one that would be refused"] += 1
            return False
        return True

    async def _call(
        self, graphs: list[tuple[list[RowPlan], list[RowPlan]]], outcomes: list[Rehearsed]
    ) -> AsyncGenerator[Event, None]:
        alias = self._org.alias
        key = f"rehearse/{alias}/{secrets.token_hex(6)}"
        count = sum(len(aims) for _, aims in graphs)
        yield seed.RowsRehearse(key=key, org=alias, org_id=self._org.org_id, mode=self._mode, rows=count)
        self._found.calls += 1
        try:
            outcomes += await self._org.rehearse([self._nodes(rows) for rows, _ in graphs])
        except SalesforceError as error:
            yield Settled(key=key, result="undone", detail=f"no graph of it can be kept: {error}")
            raise
        kept = [record_id for outcome in outcomes for record_id in outcome.kept]
        if kept:
            await self._org.delete(kept)
            text = f"{alias} kept {len(kept)} rows of a rehearsal, which it must not; they were deleted again"
            yield session.Finding(level="blocker", text=text, org=alias)
        yield Settled(key=key, result="undone", detail=f"{count} rows in {len(graphs)} graphs were rolled back")

    # Graphs

    def _packed(self, todo: list[RowPlan]) -> tuple[list[tuple[list[RowPlan], list[RowPlan]]], list[RowPlan]]:
        """Graphs for one call, each with all its rows and those it is there for, and what is left for the next."""
        graphs: list[tuple[list[RowPlan], list[RowPlan]]] = []
        kinds: set[tuple[str, str]] = set()
        nodes = 0
        taken = 0
        inside: dict[Ref, None] = {}
        rows: list[RowPlan] = []
        aims: list[RowPlan] = []
        for row in todo:
            needed = [*self._needs(row)[0], row]
            fresh = [one for one in needed if self._ref(one) not in inside]
            if rows and len(rows) + len(fresh) > _ROWS_A_GRAPH:
                graphs.append((rows, aims))
                nodes += len(rows) + 1
                inside, rows, aims = {}, [], []
                fresh = needed
            more = kinds | {(one.act, one.object) for one in fresh} | {("insert", row.object)}
            room = MOST_NODES - nodes - len(rows) - 1
            if len(fresh) > room or len(more) > MOST_KINDS or len(graphs) == MOST_GRAPHS:
                break
            kinds = more
            inside |= dict.fromkeys(self._ref(one) for one in fresh)
            rows += fresh
            aims.append(row)
            taken += 1
        if rows:
            graphs.append((rows, aims))
        return graphs, todo[taken:]

    def _can_be_tried(self, row: RowPlan) -> bool:
        needed, depth = self._needs(row)
        kinds = {(one.act, one.object) for one in (*needed, row)} | {("insert", row.object)}
        why = ""
        if row.reason or any(one.reason for one in needed):
            why = "rows whose parent is not there"
        elif len(needed) + 2 > MOST_NODES or depth > MOST_DEPTH or len(kinds) > MOST_KINDS:
            why = "rows below more new parents than one graph takes"
        elif any(self._joins_new_person(one) for one in (*needed, row)):
            why = (
                "rows that refer to the contact of a person account that is new: its Id is not known before it is made"
            )
        if why:
            self._found.not_covered[_NOT_LATER if isinstance(row, _SecondPass) else why] += 1
        return not why

    def _joins_new_person(self, row: RowPlan) -> bool:
        known = self._plan.target.names.get(PERSON_CONTACT, {})
        return any(ref is not None and ref[0] == PERSON_CONTACT and ref[1] not in known for ref in row.refs.values())

    def _needs(self, row: RowPlan) -> tuple[list[RowPlan], int]:
        """The new rows that must be in the graph before `row`, parents first, and how long the longest chain is."""
        ref = self._ref(row)
        known = self._below.get(ref)
        if known is not None:
            return known
        # Without recursion: a chain of self-lookups may be longer than Python's stack.
        todo: list[tuple[RowPlan, bool]] = [(row, False)]
        while todo:
            one, ready = todo.pop()
            own = self._ref(one)
            if own in self._below:
                continue
            parents = [self._made[at] for at in self._parents(one) if at in self._made]
            if not ready:
                todo.append((one, True))
                todo += [(parent, False) for parent in parents if self._ref(parent) not in self._below]
                continue
            needed: dict[Ref, RowPlan] = {}
            depth = 1
            for parent in parents:
                above, high = self._below[self._ref(parent)]
                needed |= {self._ref(each): each for each in above}
                needed[self._ref(parent)] = parent
                depth = max(depth, high + 1)
            self._below[own] = list(needed.values()), depth
        return self._below[ref]

    def _parents(self, row: RowPlan) -> list[Ref]:
        parents = [folded(self._plan.target, ref) for ref in row.refs.values() if ref is not None]
        return [self._own(row), *parents] if isinstance(row, _SecondPass) else parents

    def _nodes(self, rows: Sequence[RowPlan]) -> list[GraphNode]:
        names = {self._ref(row): f"r{number}" for number, row in enumerate(rows)}
        return [self._node(row, f"r{number}", names) for number, row in enumerate(rows)]

    def _node(self, row: RowPlan, name: str, names: dict[Ref, str]) -> GraphNode:
        if row.act == "delete":
            return GraphNode(name, "delete", row.object, record=row.id)
        body: dict[str, Any] = dict(row.values)
        for lookup, ref in row.refs.items():
            body[lookup] = None if ref is None else self._id_of(ref, row, names)
        if row.act == "insert":
            return GraphNode(name, "insert", row.object, body)
        record = row.id or f"@{{{names[self._own(row)]}.id}}"
        return GraphNode(name, "update", row.object, body, record=record)

    def _id_of(self, ref: Ref, row: RowPlan, names: dict[Ref, str]) -> str | None:
        target = self._plan.target
        if ref[0] in NAMED:
            return named_id(target, ref, row.object, both_sandboxes=self._plan.both_sandboxes)
        at = folded(target, ref)
        if at in names and at in self._made:
            return f"@{{{names[at]}.id}}"
        there = target.find(ref)
        return there.id if there is not None else self._plan.adopted.get(at)

    def _ref(self, row: RowPlan) -> Ref:
        name, key = self._own(row)
        return (name, f"{key}\nsecond pass") if isinstance(row, _SecondPass) else (name, key)

    def _own(self, row: RowPlan) -> Ref:
        return folded(self._plan.target, (row.object, row.key))


def _in_order(plan: Plan) -> Iterator[RowPlan]:
    """Rows as they will be written."""
    for one in plan.objects:
        for level in one.levels:
            yield from one.in_order("insert", level)
            yield from one.in_order("update", level)
    for one in reversed(plan.objects):
        for level in reversed(one.rows.levels("delete")):
            yield from one.in_order("delete", level)
