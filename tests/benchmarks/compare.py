"""A comparison of two large orgs, beside a bare download of the same, bare lists of the same, and the Salesforce CLI.

    python -m tests.benchmarks.compare --components 5000            # makes the orgs, measures, stops them
    python -m tests.benchmarks.compare --running prod dev           # orgs that run already in HOTFIX_HOME
    … --sf                                                          # with the CLI (python -m tests.clients.install)

Everything runs once a round, on the same orgs, one after the other; figures are the best of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.benchmarks import sf
from tests.benchmarks.bare import Asked, Bare
from tests.benchmarks.measured import Compared, Spent, compared, prepare, spent


def main() -> None:
    """Prints one table of seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--components", type=int, default=5_000, metavar="N")
    parser.add_argument("--running", nargs=2, metavar=("A", "B"))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--sf", action="store_true")
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        pair = tuple(args.running) if args.running else stack.enter_context(made(args.components))
        _report(pair, args.rounds, with_sf=args.sf)


@contextlib.contextmanager
def made(components: int, differing: int = 100) -> Iterator[tuple[str, str]]:
    """Two generated orgs in a home of their own, stopped at the end."""
    from hotfix_tui.localorg import process
    from hotfix_tui.localorg.wanted import Wanted

    with tempfile.TemporaryDirectory(prefix="hotfix-tui-benchmark-") as home:
        os.environ["HOTFIX_HOME"] = home
        asked = f"components={components},records=0,differing={differing}"
        registry, _ = process.start(Wanted(generate=asked))
        try:
            a, b = list(registry["orgs"])[:2]
            yield a, b
        finally:
            process.stop()


def _report(pair: tuple[str, str], rounds: int, *, with_sf: bool) -> None:
    found = _registry()
    orgs, pid = found["orgs"], int(found["pid"])
    asked = asyncio.run(_recorded(pair))
    prepare()
    bares = [(Bare(orgs[alias], _version(one)), one) for alias, one in zip(pair, asked, strict=True)]
    lists, downloads, cold, warm = [], [], [], []
    for _ in range(rounds):
        lists.append(spent(lambda: _both(bares, Bare.lists), pid))
        downloads.append(spent(lambda: _both(bares, lambda bare, one: bare.lists(one) + bare.downloads(one)), pid))
        forget_cache()
        cold.append(compared(*pair, pid))
        warm.append(compared(*pair, pid))
    listing, download = min(lists), min(downloads)
    first, second = (min(runs, key=lambda run: run.spent) for runs in (cold, warm))
    print(f"{sum(first.statuses.values()):,} components a side: {first.statuses}")
    print(f"bare lists               {listing}")
    print(f"bare lists and download  {download}")
    _say("compare, cold", first, download, "the bare download")
    _say("compare, warm", second, listing, "the bare lists")
    if with_sf:
        other = sf.compared(orgs, pair, asked, pid)
        print(f"sf retrieve + git diff   {other}")
        print(f"  {other.times(first.spent)} of cold, {other.times(second.spent)} of warm")


def _say(name: str, run: Compared, beside: Spent, what: str) -> None:
    print(f"{name:<24} {run.spent}   {run.megabytes:.0f} MB resident")
    print(f"  {run.spent.times(beside)} of {what}; first row after {run.first_row:.2f} s, ", end="")
    print(f"first difference after {run.first_difference:.2f} s")


def _both(bares: list[tuple[Bare, Asked]], work: Callable[[Bare, Asked], int]) -> int:
    with ThreadPoolExecutor(len(bares)) as pool:
        return sum(pool.map(lambda pair: work(*pair), bares))


async def _recorded(pair: tuple[str, str]) -> list[Asked]:
    """What a cold comparison sends to each org."""
    from hotfix_tui.compare.compare import compare
    from hotfix_tui.compare.sources import resolve
    from hotfix_tui.salesforce import soap

    sent: dict[str, list[tuple[str, bytes]]] = {}
    envelope = soap.envelope

    def recording(session_id: str, operation: str, body: Any) -> bytes:
        made = envelope(session_id, operation, body)
        sent.setdefault(session_id, []).append((operation, made))
        return made

    tokens = {alias: str(entry["access_token"]) for alias, entry in _registry()["orgs"].items()}
    sources = [await resolve(alias) for alias in pair]
    soap.envelope = recording
    try:
        async for _ in compare(*sources):
            pass
    finally:
        soap.envelope = envelope
        for source in sources:
            await source.close()

    def of(alias: str, *operations: str) -> list[bytes]:
        return [body for operation, body in sent[tokens[alias]] if operation in operations]

    return [
        Asked(of(alias, "describeMetadata", "listMetadata"), of(alias, "readMetadata"), of(alias, "retrieve"))
        for alias in pair
    ]


def _registry() -> dict[str, Any]:
    from hotfix_tui.localorg import registry

    found = registry.read()
    if found is None:
        raise SystemExit("No local orgs are running in this HOTFIX_HOME.")
    return found


def _version(asked: Asked) -> str:
    return asked.retrieves[0].rpartition(b"apiVersion>")[0].rpartition(b"apiVersion>")[2].partition(b"<")[0].decode()


def forget_cache() -> None:
    """The next comparison is a cold one."""
    from hotfix_tui import paths
    from hotfix_tui.compare.cache import FILE

    for ending in ("", "-wal", "-shm"):
        (Path(paths.cache()) / f"{FILE}{ending}").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
