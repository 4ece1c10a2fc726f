"""What a plan needs of its org beyond the rows: room, calls, active currencies; and the rows that share a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.platform_rules import BYTES_A_RECORD, ROWS_A_JOB
from hotfix_tui.data.rows import DataRows
from hotfix_tui.events import seed
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.limits import Limit
    from hotfix_tui.salesforce.org import Org

_CURRENCY = "CurrencyIsoCode"
# Reading, switching and verifying take calls too, and others work in the org: a plan that takes more than this share of
# the calls that are left is worth a word.
_LARGE_SHARE = 0.5
_MOST_TOLD = 20


async def check_room(org: Org, plan: Plan) -> None:
    """Looks whether `org` has room and calls left for `plan`; what it lacks is a blocker, what is scarce a note.

    Source: REST API "limits" (DataStorageMB, DailyApiRequests, DailyBulkApiBatches); 2 KB a record.
    """
    limits = await org.limits()
    _storage(org, plan, limits.get("DataStorageMB"))
    _calls(org, plan, limits.get("DailyApiRequests"))
    batches = limits.get("DailyBulkApiBatches")
    jobs = sum(-(-len(one.rows) // ROWS_A_JOB) for one in plan.objects if one.changing)
    if batches is not None and batches.remaining < jobs and plan.bulk:
        plan.blockers.append(f"{org.alias} has {batches.remaining:,} bulk batches left today; the plan takes {jobs:,}")


def _storage(org: Org, plan: Plan, limit: Limit | None) -> None:
    if limit is None:
        return
    plan.storage_left = limit.remaining
    needed = (plan.count("insert") - plan.count("delete")) * BYTES_A_RECORD / (1024 * 1024)
    if needed > limit.remaining:
        plan.blockers.append(
            f"{org.alias} has {limit.remaining:,} of {limit.max:,} MB of data storage left; "
            f"the new rows take {needed:,.1f} MB"
        )


def _calls(org: Org, plan: Plan, limit: Limit | None) -> None:
    if limit is None or not plan.calls:
        return
    left = f"{org.alias} has {limit.remaining:,} of {limit.max:,} API calls left today; the plan takes {plan.calls:,}"
    if plan.calls > limit.remaining:
        plan.blockers.append(left)
    elif plan.calls > limit.remaining * _LARGE_SHARE:
        plan.notes.append(left)


async def check_currencies(org: Org, plan: Plan) -> None:
    """Rows in a currency that is not active in `org` would be refused one by one: that is a blocker.

    Source: Object Reference, "CurrencyType" (there only where several currencies are on).
    """
    used: Counter[str] = Counter()
    for one in plan.objects:
        if _CURRENCY in plan.target.objects[one.object].shape.fields:
            used.update(str(row.values[_CURRENCY]) for row in one.rows if row.values.get(_CURRENCY))
    if not used:
        return
    rows = await org.query("SELECT IsoCode FROM CurrencyType WHERE IsActive = true")
    active = {row["IsoCode"] for row in rows}
    for code, count in used.items():
        if code not in active:
            rows_in = "1 row has it" if count == 1 else f"{count:,} rows have it"
            plan.blockers.append(f"{code} is not an active currency of {org.alias}: {rows_in}")


async def duplicates_in(org: Org, rows: DataRows) -> list[seed.DuplicateFound]:
    """Rows that share a key, side by side: who saved them last, and the fields in which they differ."""
    found: list[seed.DuplicateFound] = []
    for name, one in rows.objects.items():
        shape = await org.describe(name) if one.duplicates else None
        if shape is None:
            continue
        audit = ("CreatedDate", "LastModifiedDate", "LastModifiedBy.Name")
        names = [field.name for field in one.shape.carried(one.skip)]
        known = ["Name"] if "Name" in shape.fields else []
        columns = list(dict.fromkeys(["Id", *known, *names]))
        if "LastModifiedById" in shape.fields:
            columns += audit
        for key, ids in list(one.duplicates.items())[:_MOST_TOLD]:
            records: list[dict[str, Any]] = []
            for chunk in in_clauses(ids, 8_000):
                records += await org.query(f"SELECT {', '.join(columns)} FROM {name} WHERE Id IN {chunk}")  # noqa: S608
            found.append(
                seed.DuplicateFound(
                    org=rows.org,
                    object=name,
                    key=key,
                    ids=tuple(ids),
                    rows=tuple(_shown(record, records, names) for record in records),
                )
            )
    return found


def _shown(record: Mapping[str, Any], records: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    differ = [name for name in names if any(other.get(name) != record.get(name) for other in records)]
    shown = {name: record.get(name) for name in ("Id", "Name", "CreatedDate", "LastModifiedDate") if name in record}
    by = (record.get("LastModifiedBy") or {}).get("Name")
    return {**shown, **({"LastModifiedBy": by} if by else {}), **{name: record.get(name) for name in differ}}
