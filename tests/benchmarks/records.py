"""Records of two generated orgs compared: seconds, memory and calls, by hand.

`python -m tests.benchmarks.records 100000` makes two orgs with so many records in a home of its own, compares all of
them in a process of its own, and prints what it took beside a bare read of the same rows.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hotfix_tui.localorg import process
from hotfix_tui.localorg.wanted import Wanted
from tests.end_to_end.outside import Instance, instance

_BARE = """
import asyncio, sys
from hotfix_tui.salesforce.login import login_for
from hotfix_tui.salesforce.org import Org

async def read(alias):
    async with await Org.connect(login_for(alias)) as org:
        for name in sys.argv[1].split(","):
            described = await org.describe(name)
            fields = [one.name for one in described.fields.values() if one.createable or one.updateable]
            async for _ in org.query_iter(f"SELECT Id, {', '.join(fields)} FROM {name}"):
                pass

async def both():
    await asyncio.gather(read("large"), read("twin"))

asyncio.run(both())
"""


def data_set(objects: list[str], folder: Path, where: str = "") -> Path:
    """A data set of whole tables (or of what `where` finds), matched by their key."""
    each = '[[object]]\nname = "{}"\nroot = true\nkey = ["Source_Key__c"]\n' + (f'where = "{where}"\n' if where else "")
    tables = "".join(map(each.format, objects))
    path = folder / "everything.toml"
    path.write_text(f'v = 1\nname = "everything"\n{tables}')
    return path


@dataclass(frozen=True)
class Took:
    """Seconds from start to end, seconds of our own processor time, megabytes at most, and how long the orgs worked."""

    seconds: float
    processor: float
    megabytes: float
    busy: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:.1f} s ({self.processor:.1f} s of processor), {self.megabytes:.0f} MB, "
            f"the orgs worked {self.busy:.1f} s"
        )


def timed(command: list[str], out: Path, orgs: Instance) -> Took:
    """What a program takes whose stdout goes to `out`."""
    before, began = busy(orgs), time.monotonic()
    with out.open("wb") as stdout:
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, stdout.fileno(), 1)])
        _, _, usage = os.wait4(pid, 0)
    took = time.monotonic() - began
    return Took(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, busy(orgs) - before)


def busy(orgs: Instance) -> float:
    """Seconds that both orgs have worked on requests."""
    return sum(float(orgs.control(f"/orgs/{alias}/requests")["busy_ms"]) for alias in orgs.orgs) / 1000


def main() -> None:
    """Makes the orgs, compares, prints."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    folder = Path(tempfile.mkdtemp(prefix="records-"))
    os.environ["HOTFIX_HOME"] = str(folder)
    process.start(Wanted(scenario="", generate=f"components=500,records={records},differing=100"))
    try:
        generated = json.loads(next((folder / "local-orgs").glob("generated.json")).read_text())
        orgs = instance(folder)
        file = data_set(sorted(generated["rows"]), folder)
        bare = timed([sys.executable, "-c", _BARE, ",".join(sorted(generated["rows"]))], folder / "bare", orgs)
        command = [sys.executable, "-m", "hotfix_tui", "compare", "large", "twin", "--data-set", str(file), "--json"]
        ours = timed(command, folder / "lines", orgs)
        found: Counter[str] = Counter()
        for line in (folder / "lines").read_text().splitlines():
            event = json.loads(line)
            if event["event"] == "RecordCompared":
                found[event["status"]] += 1
        told = {name: len(rows) for name, rows in generated["records"].items()}
        print(f"{records:,} records a side; found {dict(found)}; told {told}")
        print(f"bare read of both: {bare}\ncompare: {ours}\nratio {ours.seconds / bare.seconds:.2f}")
    finally:
        process.stop()


if __name__ == "__main__":
    main()
