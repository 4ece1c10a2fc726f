"""How long it takes to read what depends on what, against the comparison it belongs to. By hand:

    HOTFIX_HOME=... hotfix-tui local-orgs start --generate components=5000
    HOTFIX_HOME=... python -m tests.benchmarks.dependencies large twin

Prints processor seconds and their ratio.
"""

from __future__ import annotations

import asyncio
import sys
import time

from hotfix_tui.compare.both_sides import BothSides
from hotfix_tui.compare.compare import compare
from hotfix_tui.compare.sources import resolve


async def measure(a: str, b: str) -> None:
    """Compares two orgs, then reads what depends on what on both sides."""
    sides = [await resolve(a), await resolve(b)]
    try:
        began = time.process_time()
        comparison = compare(*sides)
        async for _ in comparison:
            pass
        compared = time.process_time() - began
        began = time.process_time()
        both = BothSides.read(comparison)
        read = time.process_time() - began
    finally:
        for side in sides:
            await side.close()
    named = sum(len(uses.depends_on) for key in comparison.rows for uses in both.uses(key))
    print(f"{len(comparison.rows):,} components, {named:,} references found")
    print(f"comparing {compared:.2f} s, what depends on what {read:.2f} s, ratio {read / compared:.2f}")


if __name__ == "__main__":
    asyncio.run(measure(*sys.argv[1:3]))
