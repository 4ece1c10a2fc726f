"""Making the two orgs of a request: a production org, and a full sandbox of it that differs as stated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.generate.components import all_named, write
from hotfix_tui.localorg.generate.people import History
from hotfix_tui.localorg.generate.record_twin import RecordDifferences, differ
from hotfix_tui.localorg.generate.request import Request
from hotfix_tui.localorg.generate.rows import Rows
from hotfix_tui.localorg.generate.tables import tables
from hotfix_tui.localorg.generate.twin import Differences, differences, own_in_each
from hotfix_tui.localorg.generate.words import PEOPLE
from hotfix_tui.localorg.generate.world import Named, World
from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.refresh import Sandbox, copy_of

LARGE, TWIN = "large", "twin"
_ADMIN = ("admin@large.example", "Alex Admin")
_COLLEAGUE = ("colleague@large.example", "Chris Colleague")


class Pair:
    """The orgs of a request. The same request and clock give the same orgs; `told` says where they differ."""

    def __init__(self, request: Request, clock: Clock) -> None:
        self._request = request
        self._clock = clock
        self._world = World(request.components - own_in_each(request.differing), request.seed)
        self._differences: Differences = differences(self._world, request.differing)
        own = own_in_each(request.differing) if request.records else 0
        self._tables = tables(self._world, request.records, own)
        self._records = RecordDifferences()
        self._history = History([], clock.now())

    @staticmethod
    def usernames(alias: str) -> tuple[str, str]:
        """Who logs in to an org, and a colleague."""
        suffix = "" if alias == LARGE else f".{alias}"
        return f"{_ADMIN[0]}{suffix}", f"{_COLLEAGUE[0]}{suffix}"

    def told(self) -> dict[str, Any]:
        """How many of each type the first org has, and the exact sets that differ, by status (`a` is the first org).

        Which records differ is known after `make_twin`.
        """
        named = Counter(each.type for each in (*all_named(self._world), *self._differences.only_in_a))
        return {
            "request": asdict(self._request),
            "counts": named,
            "components": self._differences.told(),
            "rows": {table.name: table.rows for table in self._tables},
            "records": asdict(self._records),
        }

    def make_large(self, folder: Path) -> LocalOrg:
        """The first org, in an empty folder."""
        seed = f"generated:{self._request.seed}"
        org = LocalOrg.create(folder, name="Large", kind="production", clock=self._clock, seed=seed)
        try:
            with org.store.transaction():
                for username, name in (_ADMIN, _COLLEAGUE):
                    org.users.add_user(username, name)
                people = [org.users.add_user(f"{_handle(name)}@large.example", name) for name in PEOPLE]
            self._history = History(people, self._clock.now())
            org.components.load(self._components())
            with org.store.transaction():
                Rows(org, self._tables, self._request.seed, people).write()
                org.components.setup_rows.make_all()
        except BaseException:
            org.close()
            raise
        return org

    def _components(self) -> Iterator[Component]:
        for named in (*all_named(self._world), *self._differences.only_in_a):
            yield self._written(named)

    def _written(self, named: Named) -> Component:
        return self._history.stamp(write(self._world, named), self._world.rng(named))

    def make_twin(self, large: LocalOrg, folder: Path) -> LocalOrg:
        """The second org: a copy of the first, with the differences made. Call after `make_large`."""
        made = Sandbox(TWIN, "full", f"generated:{self._request.seed}:{TWIN}", "CS42")
        copy_of(large, made, folder, self._clock)
        org = LocalOrg.open(folder, self._clock)
        try:
            org.components.types()
            with org.atomic(), org.components.source_members.quiet():
                self._differ(org)
                if self._tables:
                    number = self._request.differing
                    self._records = differ(org, self._tables, number, self._request.seed)
                org.components.setup_rows.make_all()
        except BaseException:
            org.close()
            raise
        return org

    def _differ(self, org: LocalOrg) -> None:
        for named in self._differences.only_in_a:
            org.components.delete(named.type, named.full_name)
        org.components.load(self._written(named) for named in self._differences.only_in_b)
        new = [write(self._world, named, 1) for named in self._differences.different]
        org.components.put_all(new, org.system_user_id)
        for named in self._differences.different:
            user_id, at = self._history.lately(self._world.rng(named))
            org.components.touch(named.type, named.full_name, user_id, at)


def _handle(name: str) -> str:
    return name.lower().replace(" ", ".")
