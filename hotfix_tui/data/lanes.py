"""Which calls may run at once: rows of one master are never written by two of them at a time."""

from __future__ import annotations

from collections.abc import Sequence

from hotfix_tui.data.plan_model import RowPlan

# Calls of collections that run at once, and jobs of the Bulk API; an org takes more, but others work in it too.
CALL_LANES, JOB_LANES = 4, 3


def cut(rows: Sequence[RowPlan], size: int) -> list[Sequence[RowPlan]]:
    """Rows in calls of at most `size`, in their order: as few calls as can be."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def lanes(batches: Sequence[Sequence[RowPlan]], most: int) -> list[list[Sequence[RowPlan]]]:
    """`batches` of rows sorted by master, dealt to at most `most` lanes of neighbours.

    A lane has at least two batches and ends where a master ends, or where that master is only at the lane's edge:
    by the time the next lane's first call holds that master, this lane's last call is far from it. Rows that all have
    one master stay in one lane.
    """
    if len(batches) < 4 or most < 2:
        return [list(batches)] if batches else []
    wanted = min(most, len(batches) // 2)
    found: list[list[Sequence[RowPlan]]] = [[]]
    share = len(batches) / wanted
    for number, batch in enumerate(batches):
        before = found[-1]
        if len(before) >= 2 and len(found) < wanted and number >= share * len(found) and _may_part(before, batch):
            found.append([])
        found[-1].append(batch)
    return found


def _may_part(before: Sequence[Sequence[RowPlan]], batch: Sequence[RowPlan]) -> bool:
    master = batch[0].master
    if not master or before[-1][-1].master != master:
        return True
    return before[-1][0].master != master and batch[-1].master != master


def runs(batches: Sequence[Sequence[RowPlan]], most: int) -> list[list[Sequence[RowPlan]]]:
    """Jobs in at most `most` lanes, each a run of neighbours: two that share a master at their edge start apart."""
    share = -(-len(batches) // most) if batches else 1
    return [list(batches[start : start + share]) for start in range(0, len(batches), share)]
