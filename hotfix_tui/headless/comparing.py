"""`compare A B`: two orgs, two folders or one of each, as words, as JSON lines, as Markdown, as manifests."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.events.compare import CompareFinished
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output

if TYPE_CHECKING:
    from hotfix_tui.compare.cache import MetadataCache
    from hotfix_tui.compare.compare import Comparison


def compare(args: argparse.Namespace, output: Output) -> int:
    """Component by component; 0 when all is the same, 1 when not."""
    from hotfix_tui.compare.cache import FILE, MetadataCache
    from hotfix_tui.compare.report import MANIFESTS

    if args.data_set:
        from hotfix_tui.headless.comparing_records import compare_records

        return compare_records(args, output)
    if args.md and output.json:
        output.message("Choose one: --json prints events, --md a document.")
        return codes.USAGE
    taken = [Path(args.manifests) / name for name in MANIFESTS if args.manifests]
    if there := next((file for file in taken if file.exists()), None):
        output.message(f"{there} is there already and stays as it is. Name another folder for the manifests.")
        return codes.USAGE
    cache = MetadataCache(paths.cache() / FILE)
    try:
        return asyncio.run(_compare(args, cache, output))
    finally:
        cache.close()


async def _compare(args: argparse.Namespace, cache: MetadataCache, output: Output) -> int:
    from hotfix_tui.compare.compare import compare as compare_sources
    from hotfix_tui.compare.ignore import IgnoreRules
    from hotfix_tui.compare.sources import resolve

    ignore = IgnoreRules() if args.no_ignore else IgnoreRules.read(paths.config() / "config.toml")
    left = await resolve(args.a, cache=cache, fresh=args.fresh, managed=args.managed)
    try:
        right = await resolve(args.b, cache=cache, fresh=args.fresh, managed=args.managed)
        try:
            comparison = compare_sources(left, right, types=args.type or None, ignore=ignore)
            finished = await _read(comparison, output, quiet=args.md)
        finally:
            await right.close()
    finally:
        await left.close()
    if finished is None:
        return codes.UNFINISHED
    if args.md:
        from hotfix_tui.compare.report import markdown

        output.result(await asyncio.to_thread(markdown, comparison, finished))
    if args.manifests:
        _write_manifests(comparison, Path(args.manifests), output)
    differ = finished.different + finished.only_in_a + finished.only_in_b + finished.unreadable
    return codes.DIFFERENCES if differ or left.contents.unreadable or right.contents.unreadable else codes.DONE


async def _read(comparison: Comparison, output: Output, *, quiet: bool) -> CompareFinished | None:
    finished = None
    async for event in comparison:
        if not quiet and (output.json or getattr(event, "status", "") != "same"):
            output.event(event, "compare")
        if isinstance(event, CompareFinished):
            finished = event
    return finished


def _write_manifests(comparison: Comparison, folder: Path, output: Output) -> None:
    """package.xml and destructiveChanges.xml that would make B what A is; nothing is deployed."""
    from hotfix_tui.compare.report import manifests

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in manifests(comparison).items():
        (folder / name).write_bytes(content)
        output.message(f"Written: {folder / name}")
