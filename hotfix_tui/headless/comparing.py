"""`compare A B`: two orgs, two folders or one of each, as words, as JSON lines, as Markdown, as manifests."""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.events import Event
from hotfix_tui.events.compare import CompareFinished, ComponentCompared
from hotfix_tui.events.session import Finding
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output

if TYPE_CHECKING:
    from hotfix_tui.compare.both_sides import BothSides
    from hotfix_tui.compare.cache import MetadataCache
    from hotfix_tui.compare.compare import Comparison
    from hotfix_tui.compare.component import ComponentId
    from hotfix_tui.compare.filters import ComponentFilter
    from hotfix_tui.compare.impact import ImpactTarget
    from hotfix_tui.compare.manifests import Manifests
    from hotfix_tui.compare.sources import Source


def compare(args: argparse.Namespace, output: Output) -> int:
    """Component by component; 0 when all is the same, 1 when not."""
    from hotfix_tui.compare.cache import FILE, MetadataCache
    from hotfix_tui.compare.filters import parse_filter
    from hotfix_tui.compare.impact import parse_target
    from hotfix_tui.compare.manifests import MANIFESTS

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
    try:
        wanted = parse_filter(args.filter or "")
        target = parse_target(args.impact) if args.impact else None
    except ValueError as error:
        output.message(str(error))
        return codes.USAGE
    cache = MetadataCache(paths.cache() / FILE)
    try:
        return asyncio.run(_Comparing(args, cache, output, wanted, target).run())
    finally:
        cache.close()


class _Comparing:
    """One comparison as it was asked for. With a filter or an impact, counts and exit code are of what these leave."""

    def __init__(
        self,
        args: argparse.Namespace,
        cache: MetadataCache,
        output: Output,
        wanted: ComponentFilter,
        target: ImpactTarget | None,
    ) -> None:
        self._args = args
        self._cache = cache
        self._output = output
        self._wanted = wanted
        self._target = target
        self._found: dict[ComponentId, ComponentCompared] = {}
        self._both: BothSides | None = None

    async def run(self) -> int:
        """Reads, compares, tells; the exit code."""
        from hotfix_tui.compare.sources import resolve_all

        args = self._args
        opened = await resolve_all((args.a, args.b), cache=self._cache, fresh=args.fresh, managed=args.managed)
        try:
            return await self._compare(opened[0], opened[1])
        finally:
            for source in opened:
                await source.close()

    async def _compare(self, a: Source, b: Source) -> int:
        from hotfix_tui.compare.compare import compare as compare_sources
        from hotfix_tui.compare.ignore import IgnoreRules

        args = self._args
        ignore = IgnoreRules() if args.no_ignore else IgnoreRules.read(paths.config() / "config.toml")
        await self._look_record_up([a, b])
        comparison = compare_sources(a, b, types=args.type or None, ignore=ignore)
        finished = await self._read(comparison)
        if finished is None:
            return codes.UNFINISHED
        finished = await self._narrow(comparison, finished)
        if args.dependencies:
            await self._tell_dependencies(comparison)
        self._tell(finished)
        await self._write(comparison, finished)
        differ = finished.different + finished.only_in_a + finished.only_in_b + finished.unreadable
        narrowed = bool(self._wanted or self._target)
        unread = not narrowed and (a.contents.unreadable or b.contents.unreadable)
        return codes.DIFFERENCES if differ or unread else codes.DONE

    async def _look_record_up(self, sources: list[Source]) -> None:
        """A record is its object, and what is related to it is told."""
        if self._target is None or not self._target.record:
            return
        from hotfix_tui.compare.impact import ImpactTarget
        from hotfix_tui.compare.narrowing import find_record, orgs_of

        found = await find_record(orgs_of(sources), self._target.record)
        for fact in found.facts:
            self._tell(fact)
        for note in found.notes:
            self._tell(Finding(level="info", text=note))
        self._target = ImpactTarget(object=found.object)

    async def _read(self, comparison: Comparison) -> CompareFinished | None:
        from hotfix_tui.compare.component import ComponentId

        finished = None
        async for event in comparison:
            if isinstance(event, CompareFinished):
                finished = event
            elif isinstance(event, ComponentCompared):
                self._found[ComponentId(event.type, event.full_name)] = event
                if self._target is None and self._wanted.admits(event):
                    self._tell(event)
            else:
                self._tell(event)
        return finished

    async def _narrow(self, comparison: Comparison, finished: CompareFinished) -> CompareFinished:
        """What is left by impact and filter; `finished` counts just these then."""
        if self._target is not None:
            from hotfix_tui.compare.narrowing import impact_keys

            both = self._sides(comparison)
            keys = await asyncio.to_thread(impact_keys, both, self._target, self._found)
            self._found = {key: replace(one, impact=True) for key, one in sorted(self._found.items()) if key in keys}
        self._found = {key: one for key, one in self._found.items() if self._wanted.admits(one)}
        if self._target is not None:
            for one in self._found.values():
                self._tell(one)
        return _counted(finished, self._found.values()) if self._wanted or self._target else finished

    def _sides(self, comparison: Comparison) -> BothSides:
        if self._both is None:
            from hotfix_tui.compare.both_sides import BothSides

            self._both = BothSides.of(comparison)
        return self._both

    async def _tell_dependencies(self, comparison: Comparison) -> None:
        """Who depends on whom, of each component that differs: our reading of the files, and what the orgs add."""
        both = self._sides(comparison)
        await asyncio.to_thread(both.load)
        differing = [key for key, one in sorted(self._found.items()) if one.status != "same"]
        for note in await both.ask(comparison, differing):
            self._tell(Finding(level="info", text=f"{note}."))
        for key in differing:
            self._tell(both.told(key))

    def _tell(self, event: Event) -> None:
        if not self._args.md and (self._output.json or getattr(event, "status", "") != "same"):
            self._output.event(event, "compare")

    async def _write(self, comparison: Comparison, finished: CompareFinished) -> None:
        from hotfix_tui.compare import report
        from hotfix_tui.compare.manifests import manifests

        chosen = set(self._found) if self._wanted or self._target else None
        if self._args.md:
            both = self._both if self._args.dependencies else None
            self._output.result(await asyncio.to_thread(report.markdown, comparison, finished, chosen, both))
        if self._args.manifests:
            _write_manifests(Path(self._args.manifests), manifests(comparison, chosen), self._output)


def _write_manifests(folder: Path, made: Manifests, output: Output) -> None:
    """What would make B what A is; nothing is deployed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made.files.items():
        (folder / name).write_bytes(content)
        output.message(f"Written: {folder / name}")
    for sentence in made.left_out:
        output.message(f"In no manifest: {sentence}")


def _counted(finished: CompareFinished, rows: Iterable[ComponentCompared]) -> CompareFinished:
    """The counts of some of the components."""
    listed = list(rows)
    counts = Counter(one.status for one in listed)
    differing = [one for one in listed if one.status != "same"]
    return replace(
        finished,
        same=counts["same"],
        different=counts["different"],
        only_in_a=counts["only_in_a"],
        only_in_b=counts["only_in_b"],
        unreadable=counts["unreadable"],
        impact=sum(one.impact for one in differing),
        blocking=sum(one.blocking for one in differing),
    )
