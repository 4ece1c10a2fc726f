"""The compared components as a list of foldable groups, one a metadata type."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import Any

from hotfix_tui.compare.filters import parse_filter
from hotfix_tui.events.compare import ComponentCompared
from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.rows import RowSource
from hotfix_tui.ui.words import RECORD_STATES, day_and_time

GROUP = "group/"


class ComponentRows(RowSource):
    """Components that are not the same, by type. Folded groups show only their line; a filter looks into all.

    `only`: nothing but these keys (`Type:Full_Name`). The filter's language is that of compare/filters.
    """

    def __init__(
        self,
        components: Iterable[ComponentCompared],
        folded: Collection[str],
        impact_only: bool,
        who: bool,
        sides: tuple[str, str] = ("production", "environment"),
        only: Collection[str] | None = None,
    ) -> None:
        self._sides = sides
        groups: dict[str, list[ComponentCompared]] = {}
        for one in components:
            if one.status != "same" and (one.impact or not impact_only) and (only is None or key_of(one) in only):
                groups.setdefault(one.type, []).append(one)
        # Tens of thousands while they still come: sorted without a key for each, kept without an object for each.
        blocking = {kind for kind, members in groups.items() if any(one.blocking for one in members)}
        self._rows: list[ComponentCompared | str] = []
        self._counts = {kind: len(members) for kind, members in groups.items()}
        self._folded = folded
        self._who = who
        for kind in sorted(groups, key=lambda kind: (kind not in blocking, kind)):
            members = sorted(groups[kind], key=attrgetter("full_name"))
            if kind in blocking:
                members.sort(key=lambda one: not one.blocking)
            self._rows.append(kind)
            self._rows.extend(members)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def total(self) -> int:
        """Components, without the groups' lines."""
        return sum(self._counts.values())

    def listed(self) -> Iterable[ComponentCompared]:
        """The components, folded or not, in order."""
        return (one for one in self._rows if not isinstance(one, str))

    def component(self, row: int) -> ComponentCompared | None:
        """The row's component; None for a group."""
        one = self._rows[row]
        return None if isinstance(one, str) else one

    def key(self, row: int) -> str:
        """`Type:Full_Name`, or the group."""
        one = self._rows[row]
        return f"{GROUP}{one}" if isinstance(one, str) else key_of(one)

    def cells(self, row: int) -> Sequence[Cell]:
        """Sign and name, state, impact."""
        one = self._rows[row]
        if isinstance(one, str):
            sign = "▸" if one in self._folded else "▾"
            return (Toned(f"{sign} {one} ({self._counts[one]})", "strong"), "", "")
        sign, words, tone = state_words(one.status, self._sides)
        if self._who:
            words = _who(one)
        mark: Cell = Toned("! blocks", "bad") if one.blocking else ("impact" if one.impact else "")
        return (f"  {sign} {one.full_name}", Toned(words, tone), mark)

    def markable(self, row: int) -> bool:
        """Components are marked, groups are not."""
        return self.component(row) is not None

    def search(self, row: int) -> str:
        """Type, name, state, who changed it, and whether it blocks or touches the data set."""
        one = self.component(row)
        if one is None:
            return ""
        words = state_words(one.status, self._sides)[1]
        marks = ("blocks " if one.blocking else "") + ("impact" if one.impact else "")
        return f"{one.type} {one.full_name} {words} {_who(one)} {marks}".lower()

    def order(self, row: int, column: int) -> Any:
        """By name, by state or who, blocking ones first."""
        one = self.component(row)
        assert one is not None
        if column == 0:
            return one.full_name.lower()
        if column == 1:
            return _who(one) if self._who else one.status
        return (not one.blocking, not one.impact, one.type, one.full_name)

    def index(self, needle: str, column: int | None) -> Sequence[int]:
        """Groups and what is not folded; filtered or ordered, the components alone."""
        wanted = parse_filter(needle, problems=[])
        if column is not None or wanted:
            found = [
                row
                for row, one in enumerate(self._rows)
                if not isinstance(one, str) and wanted.admits(one, self.search(row))
            ]
            return sorted(found, key=lambda row: self.order(row, column)) if column is not None else found
        if not self._folded:
            return range(len(self._rows))
        return [row for row, one in enumerate(self._rows) if isinstance(one, str) or one.type not in self._folded]


def state_words(status: str, sides: tuple[str, str]) -> tuple[str, str, str]:
    """Sign, words and tone of a component's or a record's state, with the sides by name."""
    sign, words, tone = RECORD_STATES.get(status, ("?", status, ""))
    only = {"only_in_a": sides[0], "only_in_b": sides[1]}.get(status)
    return sign, f"only in {only}" if only else words, tone


def key_of(one: ComponentCompared) -> str:
    """`Type:Full_Name`."""
    return f"{one.type}:{one.full_name}"


def who_and_when(changed: dict[str, Any]) -> str:
    """`Ada, 12 Jan 23:05`."""
    parts = [str(changed.get("by") or ""), day_and_time(str(changed.get("at") or ""))]
    return ", ".join(part for part in parts if part)


def _who(one: ComponentCompared) -> str:
    return who_and_when(one.a_changed if one.status != "only_in_b" else one.b_changed)
