"""Taking a seed back: what it deleted comes back, what it changed gets its values again, what it made goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.dispatch import Ready, dispatch
from hotfix_tui.data.ledger import Checkpoint, Ledger, Pause
from hotfix_tui.data.plan_model import Act, RowPlan
from hotfix_tui.data.platform_rules import BULK_FROM
from hotfix_tui.data.sending import details_of
from hotfix_tui.data.values import same_value
from hotfix_tui.events import Event, seed
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

_MOVED = "CHANGED_MEANWHILE"
_HAS_DETAILS = "HAS_DETAILS"
_GONE = "NOT_IN_RECYCLE_BIN"


@dataclass
class WrittenRows:
    """What a seed wrote of one object and nobody has taken back, by record Id.

    `inserted` and `deleted`: Id → key, in the order written. `before`: Id → (key, the values it had).
    """

    inserted: dict[str, str] = field(default_factory=dict)
    before: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    deleted: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.inserted or self.before or self.deleted)


async def undo_rows(
    org: Org,
    written: Mapping[str, WrittenRows],
    *,
    checkpoint: Checkpoint,
    pause: Pause = asyncio.sleep,
    bulk_from: int = BULK_FROM,
) -> AsyncGenerator[Event, None]:
    """Takes back what `written` says (objects in the order they were first written), as a write of its own.

    A row that somebody else changed since is left and named (CHANGED_MEANWHILE), and so is a row that has details which
    the seed did not make. What is undone already is not written again. Raises as `write_plan` does.
    """
    ledger = Ledger(org, "undo", checkpoint, pause, lambda ref: ref)
    for name, one in written.items():
        ledger.totals[name] = len(one.inserted) + len(one.before) + len(one.deleted)
    undoing = _Undoing(ledger, written, bulk_from)
    async for event in undoing.run():
        yield event


class _Undoing:
    def __init__(self, ledger: Ledger, written: Mapping[str, WrittenRows], bulk_from: int) -> None:
        self._ledger, self._org, self._written, self._bulk_from = ledger, ledger.org, written, bulk_from
        self._mine = {record_id for one in written.values() for record_id in one.inserted}
        self._equal = 0

    async def run(self) -> AsyncGenerator[Event, None]:
        names = list(self._written)
        for name in names:  # masters first: a master brings its details along
            rows = [RowPlan(name, key, "undelete", id=one) for one, key in self._written[name].deleted.items()]
            async for event in self._send("undelete", rows):
                yield event
        for name in names:
            before = self._written[name].before
            rows = [RowPlan(name, key, "update", id=one, values=values) for one, (key, values) in before.items()]
            async for event in self._send("update", rows):
                yield event
        for name in reversed(names):
            made = reversed(self._written[name].inserted.items())
            rows = [RowPlan(name, key, "delete", id=one) for one, key in made]
            for level in await self._levels(name, rows):
                async for event in self._send("delete", level):
                    yield event
        ledger = self._ledger
        yield seed.DataWritten(
            org=self._org.alias,
            purpose=ledger.purpose,
            inserted=ledger.count("undelete"),
            updated=ledger.count("update"),
            deleted=ledger.count("delete"),
            equal=self._equal,
            refused=len(ledger.refused),
        )

    async def _levels(self, name: str, rows: list[RowPlan]) -> list[list[RowPlan]]:
        """Rows that are each other's parents: the children first. Rows in a circle stay together."""
        from hotfix_tui.data.ordering import row_levels

        shape = await self._org.describe(name)
        selfs = [one.name for one in shape.fields.values() if name in one.reference_to and one.name in shape.fields]
        if not selfs or len(rows) < 2:
            return [rows] if rows else []
        there = {row.id: row for row in rows}
        parents: dict[str, dict[str, str]] = {}
        for record in await self._read(name, selfs, [row.id for row in rows]):
            parents[record["Id"]] = {one: record[one] for one in selfs if record.get(one) in there}
        depth, _ = row_levels(list(there), parents)
        levels: dict[int, list[RowPlan]] = {}
        for record_id, level in depth.items():
            levels.setdefault(level, []).append(there[record_id])
        return [levels[level] for level in sorted(levels, reverse=True)]

    async def _send(self, act: Act, rows: list[RowPlan]) -> AsyncGenerator[Event, None]:
        sift = {"undelete": self._sift_deleted, "update": self._sift_changed, "delete": self._sift_made}[act]
        async for event in dispatch(self._ledger, act, rows, sift, key_unique=False, bulk_from=self._bulk_from):
            yield event

    async def _sift_deleted(self, batch: list[RowPlan], ready: Ready) -> AsyncGenerator[Event, None]:
        found: dict[str, bool] = {}
        for chunk in in_clauses([row.id for row in batch], 8_000):
            soql = f"SELECT Id, IsDeleted FROM {batch[0].object} WHERE Id IN {chunk}"  # noqa: S608
            found |= {record["Id"]: record["IsDeleted"] for record in await self._org.query_all_rows(soql)}
        for row in batch:
            if row.id not in found:
                message = "it is not in the recycle bin any more, where records are kept for 15 days"
                yield self._ledger.refuse(row, "undelete", _GONE, message)
            elif found[row.id]:
                row.before = {"Id": row.id}
                ready.append((row, {"Id": row.id}))
            else:
                self._equal += 1  # its master brought it back

    async def _sift_changed(self, batch: list[RowPlan], ready: Ready) -> AsyncGenerator[Event, None]:
        name = batch[0].object
        fields = (await self._org.describe(name)).fields
        names = sorted({one for row in batch for one in row.values if one in fields})
        now = await self._now(name, names, batch)
        for row in batch:
            record = now.get(row.id)
            if record is None:
                yield self._ledger.refuse(row, "update", _MOVED, "it is gone")
                continue
            change = {
                one: value
                for one, value in row.values.items()
                if one in fields and not same_value(record.get(one), value, fields[one].type)
            }
            if not change:
                self._equal += 1
            elif moved := self._moved(record):
                yield self._ledger.refuse(row, "update", _MOVED, moved)
            else:
                row.before = {"Id": row.id, **{one: record.get(one) for one in change}}
                ready.append((row, {"Id": row.id, **change}))

    async def _sift_made(self, batch: list[RowPlan], ready: Ready) -> AsyncGenerator[Event, None]:
        name = batch[0].object
        now = await self._now(name, [], batch)
        details = await details_of(self._org, name, [row.id for row in batch], apart_from=self._mine)
        for row in batch:
            record = now.get(row.id)
            if record is None:
                self._equal += 1
            elif moved := self._moved(record):
                yield self._ledger.refuse(row, "delete", _MOVED, moved)
            elif row.id in details:
                message = f"deleting it would also delete {details[row.id]}, which the seed did not make"
                yield self._ledger.refuse(row, "delete", _HAS_DETAILS, message)
            else:
                row.before = {"Id": row.id}
                ready.append((row, {"Id": row.id}))

    def _moved(self, record: Mapping[str, Any]) -> str:
        """Why a row is no longer as the seed left it; "" when only our user has saved it since."""
        by = record.get("LastModifiedById")
        if by is None or by[:15] == self._org.user_id[:15]:
            return ""
        who = (record.get("LastModifiedBy") or {}).get("Name") or by
        return f"{who} has changed it since ({record.get('LastModifiedDate')})"

    async def _now(self, name: str, names: list[str], batch: list[RowPlan]) -> dict[str, dict[str, Any]]:
        audit = ["LastModifiedById", "LastModifiedBy.Name", "LastModifiedDate"]
        fields = (await self._org.describe(name)).fields
        wanted = names + (audit if "LastModifiedById" in fields else [])
        return {record["Id"]: record for record in await self._read(name, wanted, [row.id for row in batch])}

    async def _read(self, name: str, names: list[str], ids: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for chunk in in_clauses(ids, 8_000):
            columns = ", ".join(["Id", *names])
            found += await self._org.query(f"SELECT {columns} FROM {name} WHERE Id IN {chunk}")  # noqa: S608
        return found
