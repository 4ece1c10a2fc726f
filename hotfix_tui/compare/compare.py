"""Two sides compared by content, as an async stream of events whose result stays with it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, replace

from hotfix_tui.compare.collector import without_full_runs
from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.giving_way import foreground
from hotfix_tui.compare.ignore import IgnoreRules
from hotfix_tui.compare.impact import ImpactSet
from hotfix_tui.compare.meeting import Meeting
from hotfix_tui.compare.normalise import normalise, same
from hotfix_tui.compare.packages import ReadingOrder
from hotfix_tui.compare.sources import OrgSource, Source
from hotfix_tui.compare.xml import BadXml
from hotfix_tui.events.base import Event
from hotfix_tui.events.compare import CompareFinished, CompareStarted, ComponentCompared
from hotfix_tui.events.session import Finding, Progress
from hotfix_tui.events.streams import merge
from hotfix_tui.salesforce.dates import instant

ONLY_IN_A, ONLY_IN_B, DIFFERENT, SAME, UNREADABLE = "only_in_a", "only_in_b", "different", "same", "unreadable"
_AT_A_TIME = 200
_SECONDS_BETWEEN_PROGRESS = 0.3


@dataclass(frozen=True, slots=True)
class Compared:
    """One component's outcome. `why`: the problem when it is unreadable. `ignored`: the user's rules made it same."""

    status: str
    impact: bool = False
    blocking: bool = False
    why: str = ""
    ignored: bool = False


class Comparison:
    """Iterate it once for the events (`async for event in comparison`); then `rows` and the components are there.

    A component is compared and told once both sides are known of it, while others are still being read: `rows` grows,
    and is in order of id at the end. Should a component be told twice, the later event counts.
    """

    def __init__(
        self,
        a: Source,
        b: Source,
        *,
        impact: ImpactSet | None = None,
        since: str = "",
        types: Iterable[str] | None = None,
        ignore: IgnoreRules | None = None,
    ) -> None:
        self.a = a
        self.b = b
        self.rows: dict[ComponentId, Compared] = {}
        self._impact = impact
        self._since = instant(since)
        self._types = None if types is None else tuple(types)
        self._ignore = ignore or IgnoreRules()
        self._left_out: set[ComponentId] = set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self._events()

    @property
    def differences(self) -> list[ComponentId]:
        """What is not the same on both sides, unreadable ones included, in order of id."""
        return [key for key in sorted(self.rows) if self.rows[key].status != SAME]

    @property
    def _managed(self) -> frozenset[ComponentId]:
        """What either side takes for a part of an installed package, and leaves out."""
        return self.a.contents.managed | self.b.contents.managed

    def component(self, side: str, key: ComponentId) -> Component | None:
        """The component `key` of side `a` or `b`; None when that side does not have it."""
        return (self.a if side == "a" else self.b).contents.components.get(key)

    def text(self, side: str, key: ComponentId) -> bytes:
        """The normalised text of one side, empty when it does not have the component; as it is when it is not XML."""
        component = self.component(side, key)
        if component is None:
            return b""
        try:
            return normalise(component)
        except BadXml:
            return b"\n".join(component.files.values())

    async def _events(self) -> AsyncIterator[Event]:
        with without_full_runs():
            async with contextlib.aclosing(self._read_and_told()) as events:
                async for event in events:
                    yield event

    async def _read_and_told(self) -> AsyncGenerator[Event, None]:
        yield CompareStarted(a=self.a.name, b=self.b.name)
        version = common_version(self.a.api_version, self.b.api_version)
        if isinstance(self.a, OrgSource) and isinstance(self.b, OrgSource):
            self.a.order = self.b.order = ReadingOrder(2)
        meeting = Meeting(self.a, self.b)
        async for event in merge(
            [
                self.a.read("a", types=self._types, api_version=version),
                self.b.read("b", types=self._types, api_version=version),
            ]
        ):
            yield event
            async for told in self._tell(meeting.ready()):
                yield told
        # A side that brought a component it did not list was taken to lack it until now.
        told_apart = {key for key, row in self.rows.items() if row.status in (ONLY_IN_A, ONLY_IN_B)}
        mistaken = {key for key in told_apart if self.component("a", key) and self.component("b", key)}
        async for told in self._tell(meeting.rest((self.rows.keys() | self._left_out) - mistaken)):
            yield told
        self.rows = dict(sorted(self.rows.items()))
        yield self._finished()

    async def _tell(self, found: Iterable[ComponentId]) -> AsyncIterator[Event]:
        """Compares `found`, of which both sides are known."""
        managed = self._managed
        keys = []
        for key in found:
            if key in managed:
                continue
            if self._ignore.leaves_out(key):
                self._left_out.add(key)
            else:
                keys.append(key)
        told = time.monotonic()
        for start in range(0, len(keys), _AT_A_TIME):
            part = keys[start : start + _AT_A_TIME]
            for key, row in zip(part, await asyncio.to_thread(self._compare, part), strict=True):
                self.rows[key] = row
                if row.status == SAME:
                    self._keep_once(key)
                yield self._told(key, row)
                if row.why:
                    yield Finding(level="warning", text=row.why)
            slow = time.monotonic() - told > _SECONDS_BETWEEN_PROGRESS
            if slow and self.a.contents.complete and self.b.contents.complete:  # else the reading says how far it is
                told = time.monotonic()
                yield Progress(what="compare", org="", done=start + len(part), total=len(keys), unit="components")

    def _keep_once(self, key: ComponentId) -> None:
        """What is the same byte by byte is held for both sides together."""
        a, b = self.component("a", key), self.component("b", key)
        if a is not None and b is not None and a.files is not b.files and a.files == b.files:
            self.b.contents.components[key] = replace(b, files=a.files)

    def _compare(self, keys: list[ComponentId]) -> list[Compared]:
        """Status by status for `keys`. Parses XML: not for an event loop."""
        return [self._row(key) for key in keys]

    def _row(self, key: ComponentId) -> Compared:
        foreground.give_way()
        a, b = self.component("a", key), self.component("b", key)
        status, why, ignored = self._status(key, a, b)
        impact = self._impact is not None and any(self._impact.has(side) for side in (a, b) if side is not None)
        moved = a is not None and self._since is not None and (instant(a.changed_at) or self._since) > self._since
        return Compared(status, impact, impact and moved and status not in (SAME, ONLY_IN_B), why, ignored)

    def _status(self, key: ComponentId, a: Component | None, b: Component | None) -> tuple[str, str, bool]:
        """Status, why it is unreadable, and whether only what the user ignores differs."""
        if self.a.contents.unread(key) or self.b.contents.unread(key):
            return UNREADABLE, "", False
        if a is None or b is None:
            return (ONLY_IN_B if a is None else ONLY_IN_A), "", False
        try:
            if same(a, b):
                return SAME, "", False
            ignored = bool(self._ignore.rules) and same(self._ignore.strip(a), self._ignore.strip(b))
            return (SAME if ignored else DIFFERENT), "", ignored
        except BadXml as error:
            return UNREADABLE, f"{key} cannot be compared: {error}.", False

    def _told(self, key: ComponentId, row: Compared) -> ComponentCompared:
        a, b = self.component("a", key), self.component("b", key)
        return ComponentCompared(
            type=key.type,
            full_name=key.full_name,
            status=row.status,
            a_changed=a.changed if a else {},
            b_changed=b.changed if b else {},
            impact=row.impact,
            blocking=row.blocking,
            ignored=row.ignored,
        )

    def _finished(self) -> CompareFinished:
        counts = Counter(row.status for row in self.rows.values())
        differing = [row for row in self.rows.values() if row.status != SAME]
        return CompareFinished(
            same=counts[SAME],
            different=counts[DIFFERENT],
            only_in_a=counts[ONLY_IN_A],
            only_in_b=counts[ONLY_IN_B],
            unreadable=counts[UNREADABLE],
            impact=sum(row.impact for row in differing),
            blocking=sum(row.blocking for row in differing),
            ignored=len(self._left_out) + sum(row.ignored for row in self.rows.values()),
            managed=len(self._managed),
        )


def compare(
    a: Source,
    b: Source,
    *,
    impact: ImpactSet | None = None,
    since: str = "",
    types: Iterable[str] | None = None,
    ignore: IgnoreRules | None = None,
) -> Comparison:
    """Compares `a` with `b`: iterate the answer for its events, then ask it for rows, components and texts.

    `impact`: the data set's objects. `since`: when the environment (`b`) was made, ISO 8601; what `a` changed after it
    is blocking if it differs and is in the impact set. `types`: only these metadata types. `ignore`: the user's rules.
    Raises (while iterating) NotMetadata, SalesforceError.
    """
    return Comparison(a, b, impact=impact, since=since, types=types, ignore=ignore)


def common_version(a: str, b: str) -> str:
    """The API version to read both sides in: the lower of their newest, as XML depends on it. Empty: no org."""
    versions = [version for version in (a, b) if version]
    return min(versions, key=float) if versions else ""
