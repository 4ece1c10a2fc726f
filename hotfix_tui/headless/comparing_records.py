"""`compare A B --data-set`: the records of a data set in two orgs, as words, as JSON lines, as Markdown."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from hotfix_tui.events.compare import RecordCompareFinished
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output

if TYPE_CHECKING:
    from hotfix_tui.compare.record_comparison import RecordComparison
    from hotfix_tui.data.data_set import DataSet


def compare_records(args: argparse.Namespace, output: Output) -> int:
    """Record by record; 0 when all is the same, 1 when not."""
    from hotfix_tui.hotfix import data_sets

    if args.type or args.manifests or args.impact or args.filter or args.dependencies:
        output.message("--type, --manifests, --impact, --filter and --dependencies are about components, not records.")
        return codes.USAGE
    if args.md and output.json:
        output.message("Choose one: --json prints events, --md a document.")
        return codes.USAGE
    return asyncio.run(_compare(args, data_sets.find(args.data_set), output))


async def _compare(args: argparse.Namespace, data_set: DataSet, output: Output) -> int:
    from hotfix_tui.compare.record_comparison import RecordComparison
    from hotfix_tui.hotfix.record_compare import open_both, unseen_notes

    async with open_both(args.a, args.b) as (a, b):
        comparison = RecordComparison(a, b, data_set, owners=args.owners, quiet=args.md)
        comparison.notes += await unseen_notes((a, b), data_set)
        if not args.md:
            for note in comparison.notes:
                output.event(note, "compare")
        finished = await _read(comparison, output, quiet=args.md)
    if finished is None:
        return codes.UNFINISHED
    if args.md:
        from hotfix_tui.compare.record_report import markdown

        output.result(await asyncio.to_thread(markdown, comparison))
    all_same = finished.same == sum(comparison.counts.values()) and not finished.unreadable
    return codes.DONE if all_same else codes.DIFFERENCES


async def _read(comparison: RecordComparison, output: Output, *, quiet: bool) -> RecordCompareFinished | None:
    finished = None
    async for event in comparison:
        if not quiet and (output.json or getattr(event, "status", "") != "same"):
            output.event(event, "compare")
        if isinstance(event, RecordCompareFinished):
            finished = event
    return finished
