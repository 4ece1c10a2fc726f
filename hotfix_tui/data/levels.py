"""How deep rows are in the tree of their self-lookups, by numbers: there may be a million of them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

from hotfix_tui.data.ordering import row_levels


class Forest:
    """Lookups from rows of one object to rows of the same object. A row is a small number."""

    def __init__(self) -> None:
        self._children, self._parents, self._fields = array("q"), array("q"), array("H")
        self._names: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._children)

    def add(self, child: int, field: str, parent: int) -> None:
        """`field` of row `child` is row `parent`."""
        if field not in self._names:
            self._names.append(field)
        self._children.append(child)
        self._parents.append(parent)
        self._fields.append(self._names.index(field))

    def levels(self, key_of: Callable[[int], str]) -> tuple[array[int], set[tuple[int, str]]]:
        """Level by number (rows beyond the end have level 0), and the (row, field) that close a cycle.

        Which lookups of a cycle wait is settled by the rows' keys (`key_of`), so that it is the same every time.
        """
        levels, left = self._climb(set())
        if not left:
            return levels, set()
        keys = {number: key_of(number) for number in sorted(left)}
        numbers = {key: number for number, key in keys.items()}
        parents: dict[str, dict[str, str]] = {key: {} for key in numbers}
        for child, field, parent in self._edges():
            if child in left and parent in left:
                parents[keys[child]][field] = keys[parent]
        _, knots = row_levels(sorted(numbers), parents)
        deferred = {(numbers[key], field) for key, field in knots}
        return self._climb(deferred)[0], deferred

    def _edges(self) -> Iterator[tuple[int, str, int]]:
        for child, field, parent in zip(self._children, self._fields, self._parents, strict=True):
            yield child, self._names[field], parent

    def _climb(self, without: set[tuple[int, str]]) -> tuple[array[int], set[int]]:
        """Levels from the top down, one generation after the other; and the rows in or below a cycle."""
        edges = [at for at, one in enumerate(self._edges()) if one[:2] not in without] if without else None
        chosen = range(len(self._children)) if edges is None else edges
        size = 1 + max(max(self._children, default=-1), max(self._parents, default=-1))
        open_parents, starts = array("q", bytes(8 * size)), array("q", bytes(8 * (size + 1)))
        for at in chosen:
            open_parents[self._children[at]] += 1
            starts[self._parents[at] + 1] += 1
        for number in range(size):
            starts[number + 1] += starts[number]
        below, places = array("q", bytes(8 * len(chosen))), starts[:]
        for at in chosen:
            parent = self._parents[at]
            below[places[parent]] = self._children[at]
            places[parent] += 1
        levels = array("q", bytes(8 * size))
        todo = array("q", (number for number in range(size) if not open_parents[number]))
        for parent in todo:  # grows
            for child in below[starts[parent] : starts[parent + 1]]:
                levels[child] = max(levels[child], levels[parent] + 1)
                open_parents[child] -= 1
                if not open_parents[child]:
                    todo.append(child)
        return levels, {number for number in range(size) if open_parents[number]}
