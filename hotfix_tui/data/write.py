"""Writes a plan to its org: parent first, an intent before each call, the truth after it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.difference import folded
from hotfix_tui.data.errors import PlanBlocked
from hotfix_tui.data.people import NAMED, named_id
from hotfix_tui.data.plan_model import Act, ObjectPlan, Plan, RowPlan
from hotfix_tui.data.platform_rules import ROWS_A_CALL
from hotfix_tui.data.rows import Ref
from hotfix_tui.data.sending import LOCKED, LOST, Outcome, Pause, body_match, details_of, look_up, moved_since, send
from hotfix_tui.events import Event, Settled, seed, session
from hotfix_tui.salesforce.errors import SalesforceError, WrongOrg

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Checkpoint = Callable[[], Awaitable[None]]

# Another write that holds a row's master lets go of it soon. Seconds before each new try of the rows it refused.
_LOCK_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)
# A call whose reply was lost is sent again only for rows that the org was found not to have, and only so often.
_RESENDS = 2

_PARENT_REFUSED = "PARENT_NOT_WRITTEN"
_HAS_DETAILS = "HAS_DETAILS"
_MOVED = "CHANGED_MEANWHILE"


async def no_checkpoint() -> None:
    """For a caller that never stops half way."""


async def write_plan(
    org: Org,
    plan: Plan,
    *,
    purpose: str,
    checkpoint: Checkpoint = no_checkpoint,
    pause: Pause = asyncio.sleep,
    unmoved: bool = False,
) -> AsyncGenerator[Event, None]:
    """Carries `plan` out in `org`, which must be the org it was made for.

    `purpose`: seed, promote, containment or sync. `checkpoint` is awaited before each call and raises to stop there.
    A row that the org refuses is a RowRefused, and so is each row below it, which is not sent. A master is not deleted
    while it has details that the plan does not delete. With `unmoved`, rows to update or delete are read right before
    each call, and one that is not as it was planned is refused (CHANGED_MEANWHILE). Raises PlanBlocked
    before anything is sent, WrongOrg, and SalesforceError when a call as a whole fails; its intent is settled by then.
    """
    if plan.blockers:
        raise PlanBlocked(org.alias, plan.blockers)
    if org.org_id != plan.target.org_id:
        raise WrongOrg(f"The plan was made for org {plan.target.org_id}, not for {org.org_id}.", org=org.alias)
    writer = _Writer(org, plan, purpose, checkpoint, pause, unmoved)
    async for event in writer.write():
        yield event


class _Writer:
    def __init__(self, org: Org, plan: Plan, purpose: str, checkpoint: Checkpoint, pause: Pause, unmoved: bool) -> None:
        self._org, self._plan, self._purpose = org, plan, purpose
        self._checkpoint, self._pause, self._unmoved = checkpoint, pause, unmoved
        self._ids: dict[Ref, str] = dict(plan.adopted)
        self._refused: dict[Ref, str] = {}
        self._done: dict[Act, set[Ref]] = {"insert": set(), "update": set(), "delete": set()}
        self._moved = 0
        changed = [row for one in plan.objects for row in one.rows if row.act != "equal"]
        self._total = len(changed) + sum(1 for row in changed if row.later)

    async def write(self) -> AsyncGenerator[Event, None]:
        for one in self._plan.objects:
            for level in one.levels:
                for act in ("insert", "update"):
                    async for event in self._batches(one, act, level):
                        yield event
        for one in self._plan.objects:
            async for event in self._second_pass(one):
                yield event
        for one in reversed(self._plan.objects):
            async for event in self._batches(one, "delete", None):
                yield event
        yield seed.DataWritten(
            org=self._org.alias,
            purpose=self._purpose,
            inserted=len(self._done["insert"]),
            updated=len(self._done["update"]),
            deleted=len(self._done["delete"]),
            equal=self._plan.count("equal"),
            refused=len(self._refused),
        )

    async def _batches(self, one: ObjectPlan, act: Act, level: int | None) -> AsyncGenerator[Event, None]:
        for planned in one.batches(act):
            if level is not None and planned[0].level != level:
                continue
            ready: list[RowPlan] = []
            details = await details_of(self._org, one.object, [row.id for row in planned]) if act == "delete" else {}
            moved = await moved_since(self._org, one, planned) if self._unmoved and act != "insert" else {}
            for row in planned:
                reason = self._obstacle(row)
                if row.id in details:
                    message = f"deleting it would also delete {details[row.id]}, which this plan does not name"
                    yield self._refuse(row, act, _HAS_DETAILS, message, ())
                elif row.id in moved:
                    yield self._refuse(row, act, _MOVED, *moved[row.id])
                elif reason:
                    yield self._refuse(row, act, _PARENT_REFUSED, reason, ())
                else:
                    ready.append(row)
            async for event in self._calls(one, act, ready, [self._body(row, act) for row in ready]):
                yield event

    async def _second_pass(self, one: ObjectPlan) -> AsyncGenerator[Event, None]:
        ready: list[RowPlan] = []
        bodies: list[dict[str, Any]] = []
        for row in sorted((row for row in one.rows if row.later), key=lambda row: (row.master, row.key)):
            ref = self._ref(row)
            if ref in self._refused:
                continue
            lost = next((parent for parent in row.later.values() if self._is_missing(parent)), None)
            if lost is not None:
                message = f"{', '.join(row.later)} could not be set: {lost[0]} {lost[1]} was not written"
                yield self._refuse(row, "update", _PARENT_REFUSED, message, tuple(row.later))
                continue
            ready.append(row)
            bodies.append({"Id": self._ids.get(ref) or row.id, **self._looked_up(row, row.later)})
        for start in range(0, len(ready), ROWS_A_CALL):
            stop = start + ROWS_A_CALL
            async for event in self._calls(one, "update", ready[start:stop], bodies[start:stop]):
                yield event

    async def _calls(
        self, one: ObjectPlan, act: Act, rows: list[RowPlan], bodies: list[dict[str, Any]]
    ) -> AsyncGenerator[Event, None]:
        """One call, and as many more as locked rows and a lost reply make necessary."""
        locks, resends = iter(_LOCK_WAITS), _RESENDS
        while rows:
            await self._checkpoint()
            outcome = Outcome()
            async for event in self._call(act, rows, bodies, outcome):
                yield event
            locked = [position for position, error in outcome.errors.items() if error[0] == LOCKED]
            again = set(locked)
            if outcome.lost and resends and (act != "insert" or one.key_unique):
                resends -= 1
                again |= set(outcome.lost)
            wait = next(locks, None) if locked else 0.0
            if wait is None:
                again -= set(locked)
            for event in self._refusals(act, rows, outcome, again):
                yield event
            if again:
                await self._pause(wait or 0.0)
            rows = [row for position, row in enumerate(rows) if position in again]
            bodies = [body for position, body in enumerate(bodies) if position in again]

    async def _call(
        self, act: Act, rows: list[RowPlan], bodies: list[dict[str, Any]], outcome: Outcome
    ) -> AsyncGenerator[Event, None]:
        alias, name = self._org.alias, rows[0].object
        key = f"rows/{self._purpose}/{alias}/{name}/{secrets.token_hex(6)}"
        before = {
            row.key: body_match(row, body) if act == "insert" else self._before(row, body)
            for row, body in zip(rows, bodies, strict=True)
        }
        keys = tuple(row.key for row in rows)
        yield seed.RowsWrite(
            key=key, org=alias, org_id=self._org.org_id, before=before, object=name, act=act, keys=keys
        )
        try:
            got = await send(self._org, name, act, bodies)
        except SalesforceError as error:
            if error.written != "unknown":
                yield Settled(key=key, result="not_done", detail=str(error))
                raise
            try:
                got = await look_up(self._org, act, rows, bodies, error, self._pause)
            except SalesforceError:
                yield Settled(key=key, result="unknown", detail=str(error))
                raise
        outcome.ids, outcome.errors, outcome.lost = got.ids, got.errors, got.lost
        for position, record_id in got.ids.items():
            ref = self._ref(rows[position])
            self._ids[ref] = record_id
            self._done["insert" if ref in self._done["insert"] else act].add(ref)
        self._moved += len(got.ids)
        yield seed.RowsWritten(
            key=key,
            org=alias,
            object=name,
            act=act,
            written=len(got.ids),
            refused=len(rows) - len(got.ids),
            ids={rows[position].key: record_id for position, record_id in got.ids.items()},
        )
        detail = f"{len(got.ids)} of {len(rows)} rows" + (f"; {got.detail}" if got.detail else "")
        yield Settled(key=key, result="done" if got.ids else "not_done", detail=detail)
        yield session.Progress(what="records", org=alias, done=self._moved, total=self._total, unit="rows")

    def _refusals(self, act: Act, rows: list[RowPlan], outcome: Outcome, again: set[int]) -> Iterator[Event]:
        for position, (code, message, fields) in outcome.errors.items():
            if position not in again:
                yield self._refuse(rows[position], act, code, message, fields)
        for position in outcome.lost:
            if position not in again:
                message = "the reply was lost and the org does not have it; run again to send it"
                yield self._refuse(rows[position], act, LOST, message, ())

    def _refuse(self, row: RowPlan, act: Act, code: str, message: str, fields: tuple[str, ...]) -> Event:
        self._refused[self._ref(row)] = message
        self._moved += 1
        return seed.RowRefused(
            org=self._org.alias, object=row.object, key=row.key, act=act, code=code, message=message, fields=fields
        )

    def _obstacle(self, row: RowPlan) -> str:
        """Why `row` cannot be sent now, in words; "" when it can."""
        if row.reason:
            return row.reason
        for parent in row.refs.values():
            if parent is not None and self._is_missing(parent):
                return f"its parent {parent[0]} {parent[1]} was not written"
        return ""

    def _is_missing(self, parent: Ref) -> bool:
        """Whether a parent was refused and is not in the org; one whose update was refused is still there."""
        ref = self._fold(parent)
        return ref in self._refused and ref not in self._ids and self._plan.target.find(parent) is None

    def _body(self, row: RowPlan, act: Act) -> dict[str, Any]:
        if act == "delete":
            return {"Id": row.id}
        body: dict[str, Any] = {"Id": row.id} if act == "update" else {}
        return {**body, **row.values, **self._looked_up(row, row.refs)}

    def _looked_up(self, row: RowPlan, refs: Any) -> dict[str, str | None]:
        return {name: None if ref is None else self._id_of(ref, row.object) for name, ref in refs.items()}

    def _id_of(self, ref: Ref, obj: str) -> str:
        if ref[0] in NAMED:
            found = named_id(self._plan.target, ref, obj, both_sandboxes=self._plan.both_sandboxes)
        else:
            there = self._plan.target.find(ref)
            found = self._ids.get(self._fold(ref)) or (there.id if there else None)
        if not found:
            raise AssertionError(f"{ref[0]} {ref[1]} was planned to exist before {obj}")
        return found

    def _before(self, row: RowPlan, body: dict[str, Any]) -> dict[str, Any]:
        """The target's own values of what this call changes; for a row inserted a moment ago, its lookup was empty."""
        if row.act == "insert":
            return {name: body["Id"] if name == "Id" else None for name in body}
        return row.before

    def _ref(self, row: RowPlan) -> Ref:
        return self._fold((row.object, row.key))

    def _fold(self, ref: Ref) -> Ref:
        return folded(self._plan.target, ref)
