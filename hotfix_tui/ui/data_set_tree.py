"""A data set as a tree of relationships: what is ticked always shows, the rest where a person opened it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.ui.text import Cell, Toned
from hotfix_tui.ui.widgets.virtual_table import Column

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet, ObjectSpec
    from hotfix_tui.data.relationships import Link
    from hotfix_tui.salesforce.describe import ObjectDescribe

COLUMNS = (
    Column("", 3),
    Column("Object", 0, 5),
    Column("By", 0, 5),
    Column("Rows", 11, right=True),
    Column("Mode", 9),
    Column("Key", 0, 4, from_width=100),
)


@dataclass(frozen=True)
class Node:
    """A line of the tree. `path` names it; `link` is how it hangs on the line above it, None for a root.

    `chosen`: it is part of the data set. `opened`: everything around it shows. `loose`: an object of the data set whose
    place is not known, because its relationships have not been asked for.
    """

    path: str
    object: str
    depth: int
    link: Link | None = None
    chosen: bool = True
    opened: bool = False
    loose: bool = False


class DataSetTree:
    """`known`: describes by object. `writable`: objects whose rows our user can create. `rows`: what counting said."""

    def __init__(self, data_set: DataSet) -> None:
        self.data_set = data_set
        self.known: dict[str, ObjectDescribe] = {}
        self.writable: frozenset[str] = frozenset()
        self.rows: dict[str, str] = {}
        self.opened: set[str] = set()

    def spec(self, name: str) -> ObjectSpec | None:
        """The object's part of the data set."""
        return next((one for one in self.data_set.objects if one.name == name), None)

    def names(self, name: str, field: str) -> tuple[str, ...]:
        """The objects that a lookup may name; none when that is not known."""
        described = self.known.get(name)
        known = described.fields.get(field) if described else None
        return known.reference_to if known else ()

    def links(self, name: str) -> list[Link]:
        """The relationships of an object: children, then parents; none when it is not known yet."""
        from hotfix_tui.data.relationships import children, learned, parents

        described = self.known.get(name)
        if described is None:
            return []
        below = children(described, self.writable)
        return [
            *(learned(one, self.known[one.object]) if one.object in self.known else one for one in below),
            *parents(described),
        ]

    def nodes(self) -> list[Node]:
        """The lines that show, top down."""
        drawn: set[str] = set()
        lines = [
            node
            for spec in self.data_set.objects
            if spec.root
            for node in self._below(Node(spec.name, spec.name, 0, opened=spec.name in self.opened), drawn)
        ]
        placed = {node.object for node in lines if node.chosen}
        return lines + [
            Node(f"~{spec.name}", spec.name, 1, loose=True) for spec in self.data_set.objects if spec.name not in placed
        ]

    def _below(self, node: Node, drawn: set[str]) -> Iterator[Node]:
        from hotfix_tui.data.relationships import ticked

        yield node
        for link in self.links(node.object):
            path = f"{node.path}/{link.key}"
            chosen, opened = ticked(self.data_set, link), path in self.opened
            if _back(node.link, link) or not (chosen or opened or node.opened):
                continue
            below = Node(path, link.object, node.depth + 1, link, chosen, opened)
            if opened or (chosen and link.key not in drawn):
                drawn.add(link.key)
                yield from self._below(below, drawn)
            else:
                yield below

    def node(self, path: str | None) -> Node | None:
        """The line that `path` names."""
        return next((one for one in self.nodes() if one.path == path), None)

    def cells(self, node: Node) -> tuple[Cell, ...]:
        """The cells of `COLUMNS`."""
        spec = self.spec(node.object) if node.chosen else None
        sign = "▾" if node.opened else "▸"
        name = f"{'  ' * node.depth}{sign} {node.object}"
        how = (
            "root"
            if node.link is None and not node.loose
            else node.link.words(short=True)
            if node.link
            else _ties(spec)
        )
        mark = Toned("[x]", "good") if node.chosen else "[ ]"
        if node.link is None and not node.loose:
            mark = Toned(" ● ", "good")
        rows = self.rows.get(node.object, "") if spec else ""
        if spec is None:
            return (mark, Toned(name, "dim"), Toned(how, "dim"), "", "", "")
        key = ", ".join(spec.key)
        words = Toned(rows, "bad") if rows == "error" else rows
        return (mark, name, how, words, spec.mode, key or Toned("no match key: K", "bad"))


def _back(came: Link | None, link: Link) -> bool:
    """Whether `link` is the lookup by which one came, seen from its other end."""
    return came is not None and (came.owner, came.field) == (link.owner, link.field) and came.kind != link.kind


def _ties(spec: ObjectSpec | None) -> str:
    if spec is None:
        return ""
    ties = [f"child by {field}" for field in spec.children_of]
    return ", ".join([*ties, *(f"parent by {owner}.{field}" for owner, field in spec.parents_of)])


def _all(spec: ObjectSpec) -> str:
    if spec.root:
        return "all rows"
    return "all that hang on rows read" if spec.children_of else "those that rows read refer to"


def about(tree: DataSetTree, name: str) -> list[tuple[str, str, str]]:
    """What the data set says of one object: word, value, tone."""
    spec = tree.spec(name)
    if spec is None:
        return []
    described = tree.known.get(name)
    unknown = [one for one in (*spec.fields, *spec.masked) if described and one not in described.fields]
    lines = [
        ("Filter", spec.where or _all(spec), "" if spec.where else "dim"),
        ("Match key", ", ".join(spec.key) or "none yet: K chooses", "" if spec.key else "bad"),
    ]
    if spec.second_key:
        lines.append(("Second key", ", ".join(spec.second_key), ""))
    lines.append(("Mode", MODES[spec.mode], "bad" if spec.mode == "delete" else ""))
    if spec.limit:
        lines.append(("Limit", f"{spec.limit:,}" + (f" by {spec.order_by}" if spec.order_by else ""), ""))
    if spec.fields:
        lines.append(("Fields", ", ".join(spec.fields), ""))
    if spec.masks:
        lines.append(("Masks", ", ".join(f"{one.field}: {one.kind}" for one in spec.masks), "warn"))
    if unknown:
        lines.append(("Not there", f"{', '.join(unknown)} (or our user cannot see it)", "bad"))
    if tree.rows.get(name) == "error":
        lines.append(("Org says", tree.rows.get(f"{name}!", ""), "bad"))
    return lines


MODES = {
    "upsert": "upsert: new rows are inserted, others updated",
    "insert": "insert only: rows that are there stay as they are",
    "update": "update only: nothing is inserted",
    "reference": "reference: matched, never written",
    "delete": "delete: upsert, and what production no longer has is deleted",
}
"""Modes in the order in which they are offered."""
