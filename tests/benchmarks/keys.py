"""How long a key waits for its answer while a comparison of two large orgs runs on the screen.

    python -m tests.benchmarks.keys --components 20000 --differing 10000     # makes the orgs, measures, stops them
    python -m tests.benchmarks.keys --running large twin

The real app, headless, at 140 x 40; another thread sends a key every so often, as fingers do. Measured from the key to
the end of the refresh that shows the cursor on its new row.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import threading
import time

from textual import events

from hotfix_tui.ui.app import HotfixApp
from hotfix_tui.ui.screens.two_sides import TwoSidesScreen
from hotfix_tui.ui.widgets.virtual_table import VirtualTable
from tests.benchmarks.compare import forget_cache, made

_PAUSE = 0.07
_AT_REST = 8.0


def main() -> None:
    """Prints the median, the 95th percentile and the worst, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--components", type=int, default=20_000, metavar="N")
    parser.add_argument("--differing", type=int, default=10_000, metavar="N")
    parser.add_argument("--running", nargs=2, metavar=("A", "B"))
    args = parser.parse_args()
    with contextlib.ExitStack() as stack:
        pair = tuple(args.running) if args.running else stack.enter_context(made(args.components, args.differing))
        forget_cache()
        while_running, at_rest, rows = asyncio.run(_waits(pair))
    _say(f"while {rows:,} rows came", while_running)
    _say("of the same list at rest", at_rest)


def _say(what: str, waits: list[float]) -> None:
    ordered = [wait * 1000 for wait in sorted(waits)]
    most = ordered[len(ordered) * 95 // 100]
    middle = statistics.median(ordered)
    print(f"{len(ordered)} keys {what}: median {middle:.0f} ms, 95 % within {most:.0f} ms, worst {ordered[-1]:.0f} ms")


async def _waits(pair: tuple[str, ...]) -> tuple[list[float], list[float], int]:
    app = HotfixApp(compared=(pair[0], pair[1]))
    waits: list[float] = []
    sent: list[float] = []
    watch = VirtualTable.watch_cursor

    def watched(table: VirtualTable, old: int, new: int) -> None:
        watch(table, old, new)
        if sent:
            began = sent.pop()
            table.call_after_refresh(lambda: waits.append(time.monotonic() - began))

    def fingers(stop: threading.Event) -> None:
        way = 0
        while not stop.wait(_PAUSE):
            screen = app.screen
            if not isinstance(screen, TwoSidesScreen) or screen.components_table.listed < 50:
                continue
            key = "j" if way % 40 < 20 else "k"
            way += 1
            sent[:] = [time.monotonic()]
            app.post_message(events.Key(key, key))

    VirtualTable.watch_cursor = watched  # type: ignore[method-assign]
    stop = threading.Event()
    async with app.run_test(size=(140, 40)) as pilot:
        threading.Thread(target=fingers, args=(stop,), daemon=True).start()
        while not (isinstance(app.screen, TwoSidesScreen) and (app.screen.finished or app.screen.error)):
            await asyncio.sleep(0.1)
        while_running = list(waits)
        if app.screen.error or not while_running:
            raise SystemExit(app.screen.error or "No key was sent: there were too few rows.")
        waits.clear()
        await asyncio.sleep(_AT_REST)
        stop.set()
        await pilot.pause()
        return while_running, waits, app.screen.components_table.listed


if __name__ == "__main__":
    main()
