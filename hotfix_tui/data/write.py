"""Writes a plan to its org: parent first, an intent before each call, the truth after it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.calls import Body
from hotfix_tui.data.difference import folded
from hotfix_tui.data.dispatch import Ready, dispatch
from hotfix_tui.data.errors import PlanBlocked
from hotfix_tui.data.ledger import Checkpoint, Ledger, Pause
from hotfix_tui.data.people import named_id
from hotfix_tui.data.persons import contacts_of
from hotfix_tui.data.plan_model import Act, ObjectPlan, Plan, RowPlan
from hotfix_tui.data.platform_rules import BULK_FROM
from hotfix_tui.data.rows import NAMED, PERSON_CONTACT, Ref, row_behind, words_for
from hotfix_tui.data.sending import details_of, moved_since
from hotfix_tui.data.spool import Recent, spooled_words
from hotfix_tui.events import Event, seed
from hotfix_tui.salesforce.errors import WrongOrg

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

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
    bulk_from: int = BULK_FROM,
) -> AsyncGenerator[Event, None]:
    """Carries `plan` out in `org`, which must be the org it was made for.

    `purpose`: seed, promote, containment or sync. `checkpoint` is awaited before each call and raises to stop there.
    More than `bulk_from` rows of one object and level go as jobs of the Bulk API, fewer in calls of 200, several of
    either at once where no two of them need the same master. A row that the org refuses is a RowRefused, and so is each
    row below it, which is not sent. A master is not deleted while it has details that the plan does not delete. With
    `unmoved`, rows to update or delete are read right before each call, and one that is not as it was planned is
    refused (CHANGED_MEANWHILE). Raises PlanBlocked before anything is sent, WrongOrg, and SalesforceError when a call
    as a whole fails; its intent is settled by then.
    """
    if plan.blockers:
        raise PlanBlocked(org.alias, plan.blockers)
    if org.org_id != plan.target.org_id:
        raise WrongOrg(f"The plan was made for org {plan.target.org_id}, not for {org.org_id}.", org=org.alias)
    ledger = Ledger(org, purpose, checkpoint, pause, lambda ref: folded(plan.target, ref), adopted=plan.adopted)
    writer = _Writer(ledger, plan, unmoved, bulk_from)
    async for event in writer.write():
        yield event


class _Writer:
    def __init__(self, ledger: Ledger, plan: Plan, unmoved: bool, bulk_from: int) -> None:
        self._ledger, self._plan, self._unmoved, self._bulk_from = ledger, plan, unmoved, bulk_from
        self._org = ledger.org
        self._recent: Recent[tuple[str, str, str], str] = Recent()
        self._contacts = spooled_words()  # of the persons this write has made, by their accounts' Ids
        for one in plan.objects:
            counts = one.rows.counts()
            ledger.totals[one.object] = one.changing + sum(many for kind, many in counts.items() if kind.later)

    async def write(self) -> AsyncGenerator[Event, None]:
        for one in self._plan.objects:
            for level in one.levels:
                for act in ("insert", "update"):
                    async for event in self._send(one, act, one.in_order(act, level)):
                        yield event
        for one in self._plan.objects:
            async for event in self._send(one, "update", one.rows.in_second_pass(), second=True):
                yield event
        for one in reversed(self._plan.objects):
            for level in reversed(one.rows.levels("delete")):
                async for event in self._send(one, "delete", one.in_order("delete", level)):
                    yield event
        ledger = self._ledger
        yield seed.DataWritten(
            org=self._org.alias,
            purpose=ledger.purpose,
            inserted=ledger.count("insert"),
            updated=ledger.count("update"),
            deleted=ledger.count("delete"),
            equal=self._plan.count("equal"),
            refused=len(ledger.refused),
        )

    async def _send(
        self, one: ObjectPlan, act: Act, rows: Sequence[RowPlan], *, second: bool = False
    ) -> AsyncGenerator[Event, None]:
        sift = self._sift_later if second else partial(self._sift, one, act)
        sent = dispatch(self._ledger, act, rows, sift, key_unique=one.key_unique, bulk_from=self._bulk_from)
        async for event in sent:
            yield event

    async def _sift(self, one: ObjectPlan, act: Act, batch: list[RowPlan], ready: Ready) -> AsyncGenerator[Event, None]:
        details = await details_of(self._org, one.object, [row.id for row in batch]) if act == "delete" else {}
        moved = await moved_since(self._org, one, batch) if self._unmoved and act != "insert" else {}
        if act != "delete":
            await self._learn_contacts(ref for row in batch for ref in row.refs.values())
        for row in batch:
            reason = self._obstacle(row)
            if row.id in details:
                message = f"deleting it would also delete {details[row.id]}, which this plan does not name"
                yield self._ledger.refuse(row, act, _HAS_DETAILS, message)
            elif row.id in moved:
                yield self._ledger.refuse(row, act, _MOVED, *moved[row.id])
            elif reason:
                yield self._ledger.refuse(row, act, _PARENT_REFUSED, reason)
            else:
                ready.append((row, self._body(row, act)))

    async def _sift_later(self, batch: list[RowPlan], ready: Ready) -> AsyncGenerator[Event, None]:
        await self._learn_contacts(ref for row in batch for ref in row.later.values())
        for row in batch:
            if self._ledger.ref(row) in self._ledger.refused:
                continue
            reason = self._lost_later(row)
            if reason:
                yield self._ledger.refuse(row, "update", _PARENT_REFUSED, reason, tuple(row.later))
            else:
                ready.append((row, self._later_body(row)))

    async def _learn_contacts(self, refs: Iterable[Ref | None]) -> None:
        """Asks which contacts Salesforce has made for persons that this write inserted and that `refs` name."""
        named = {ref for ref in refs if ref is not None and ref[0] == PERSON_CONTACT}
        wanted = {self._person(ref) for ref in named if not self._named_id(ref, "")}
        accounts = {one for one in wanted if one and one not in self._contacts}
        if accounts:
            self._contacts.update(await contacts_of(self._org, sorted(accounts)))

    def _person(self, ref: Ref) -> str:
        """The Id of the account behind a person's contact, when this write has made or adopted it."""
        return self._ledger.id_of(self._ledger.fold(row_behind(ref))) or ""

    def _obstacle(self, row: RowPlan) -> str:
        """Why `row` cannot be sent now, in words; "" when it can."""
        if row.reason:
            return row.reason
        for parent in row.refs.values():
            if parent is not None and self._is_missing(parent):
                return f"its parent {words_for(parent)} was not written"
        return ""

    def _lost_later(self, row: RowPlan) -> str:
        """Why its second pass cannot be made."""
        lost = next((parent for parent in row.later.values() if self._is_missing(parent)), None)
        if lost is None:
            return ""
        return f"{', '.join(row.later)} could not be set: {words_for(lost)} was not written"

    def _is_missing(self, parent: Ref) -> bool:
        """Whether a parent was refused and is not in the org; one whose update was refused is still there."""
        if parent[0] == PERSON_CONTACT:
            return not self._named_id(parent, "") and not self._contacts.get(self._person(parent))
        ref = self._ledger.fold(parent)
        return ref in self._ledger.refused and not self._ledger.id_of(ref) and self._plan.target.find(parent) is None

    def _body(self, row: RowPlan, act: Act) -> Body:
        if act == "delete":
            return {"Id": row.id}
        body: dict[str, Any] = {"Id": row.id} if act == "update" else {}
        return {**body, **row.values, **self._looked_up(row, row.refs)}

    def _later_body(self, row: RowPlan) -> Body:
        return {"Id": self._ledger.id_of(self._ledger.ref(row)) or row.id, **self._looked_up(row, row.later)}

    def _looked_up(self, row: RowPlan, refs: Any) -> dict[str, str | None]:
        return {name: None if ref is None else self._id_of(ref, row.object) for name, ref in refs.items()}

    def _id_of(self, ref: Ref, obj: str) -> str:
        at = ref[0], ref[1], obj if ref[0] in NAMED else ""
        found = self._recent.get(at)
        if found is None:
            found = self._recent[at] = self._found(ref, obj)
        return found

    def _found(self, ref: Ref, obj: str) -> str:
        found: str | None
        if ref[0] in NAMED:
            found = self._named_id(ref, obj)
            if not found and ref[0] == PERSON_CONTACT:
                found = self._contacts.get(self._person(ref))
        else:
            found = self._ledger.id_of(self._ledger.fold(ref))
            if not found and (there := self._plan.target.find(ref)) is not None:
                found = there.id
        if not found:
            raise AssertionError(f"{ref[0]} {ref[1]} was planned to exist before {obj}")
        return found

    def _named_id(self, ref: Ref, obj: str) -> str | None:
        return named_id(self._plan.target, ref, obj, both_sandboxes=self._plan.both_sandboxes)
