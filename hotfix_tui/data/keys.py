"""Match keys: from the fields a data set names to one text that is the same in every org."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hotfix_tui.data.data_set import ID, DataSet, ObjectSpec
from hotfix_tui.data.errors import DataSetError
from hotfix_tui.data.people import IN_KEYS
from hotfix_tui.data.rows import join_key
from hotfix_tui.data.shape import ObjectShape

# In an org without several currencies this field does not exist, and price book entries need no currency to differ.
_CURRENCY = "CurrencyIsoCode"

_COMPARED = frozenset({"date", "datetime", "time"})

_FLAG = re.compile(r"\s*(\w+)\s*=\s*true\s*", re.IGNORECASE)


@dataclass(frozen=True)
class KeyPart:
    """One part of a match key. Either a field, a SOQL path through parents, or (`parents`) a lookup whose parent's own
    match key counts, whichever of `parents` it is (of a user, a profile or the org, the name).

    `asked`: whether rows can be looked for by it; a date or time is only compared.
    """

    path: str
    parents: tuple[str, ...] = ()
    case_sensitive: bool = False
    asked: bool = True


def key_parts(spec: ObjectSpec, shapes: Mapping[str, ObjectShape], data_set: DataSet) -> list[KeyPart]:
    """The parts of `spec`'s key in an org of these shapes.

    `Product2.ProductCode` becomes the lookup `Product2Id` when Product2 is in the data set with that key, so that a
    parent matched in another way (a standard price book) is matched here too. Raises DataSetError for an unknown field.
    """
    parts = []
    for path in spec.key:
        part = _part(path, spec, shapes, data_set)
        if part is not None:
            parts.append(part)
    if parts and not any(part.asked for part in parts):
        raise DataSetError(f"The key of {spec.name} is made of dates and times only.")
    return parts


def _part(path: str, spec: ObjectSpec, shapes: Mapping[str, ObjectShape], data_set: DataSet) -> KeyPart | None:
    shape = shapes[spec.name]
    first, _, rest = path.partition(".")
    if not rest:
        known = shape.fields.get(path)
        if known is None:
            if path == _CURRENCY:
                return None
            raise DataSetError(f"{spec.name} has no field {path} (or our user cannot see it); it is in the key.")
        named = [name for name in known.refers_to if name in shapes or name in IN_KEYS]
        parents = tuple(named) if known.is_lookup else ()
        absent = [name for name in known.refers_to if name in data_set.names and name not in shapes]
        if absent and not parents:
            raise DataSetError(f"The key of {spec.name} has {path}, and the org does not have {absent[0]}.")
        if known.is_lookup and not parents:
            raise DataSetError(f"The key of {spec.name} has {path}, whose parent is not in the data set.")
        return KeyPart(path, parents, known.case_sensitive or path == ID, known.type not in _COMPARED)
    lookup = shape.lookup_for(first)
    if lookup is None:
        raise DataSetError(f"{spec.name} has no lookup {first} (or our user cannot see it); it is in the key.")
    for parent in lookup.refers_to:
        if parent in shapes and data_set.spec(parent).key == (rest,):
            return KeyPart(lookup.name, tuple(name for name in lookup.refers_to if name in shapes))
    return KeyPart(path)


def key_order(parts: Mapping[str, list[KeyPart]]) -> list[str]:
    """The objects so that each comes after those its key is made of. Raises DataSetError when that is a circle."""
    done: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in above:
            raise DataSetError(f"The keys of {' and '.join(sorted({*above, name}))} are made of each other.")
        for part in parts[name]:
            for parent in part.parents:
                if parent in parts:
                    visit(parent, (*above, name))
        done.append(name)

    for name in parts:
        visit(name, ())
    return done


def make_key(record: Mapping[str, Any], parts: list[KeyPart], parent_keys: Mapping[str, str]) -> str:
    """The match key of `record`; "" when a part is empty.

    `parent_keys`: Id → match key of the parents that are known.
    """
    texts = []
    if len(parts) == 1 and type(text := record.get(parts[0].path)) is str and not parts[0].parents:
        return join_key([text])  # the usual key, millions of times
    for part in parts:
        value = at_path(record, part.path)
        if part.parents:
            value = parent_keys.get(value or "")
        if value is None or value == "":
            return ""
        texts.append(key_text(value))
    return join_key(texts)


def reference_key(where: str) -> str:
    """The match key of the only row that satisfies `reference_where`: `IsStandard = true` gives `IsStandard`."""
    flag = _FLAG.fullmatch(where)
    return flag.group(1) if flag else f"({where})"


def at_path(record: Mapping[str, Any], path: str) -> Any:
    """The value behind a dotted path in a query's row; None when a parent is missing."""
    if "." not in path:
        return record.get(path)
    value: Any = record
    for name in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def key_text(value: Any) -> str:
    """A key part as text: 7 and 7.0 are one key."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
