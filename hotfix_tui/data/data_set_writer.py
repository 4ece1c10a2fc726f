"""Writes a data set as TOML that a person can read and the loader reads back as the same data set."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from hotfix_tui.data.data_set import DataSet, Mask, ObjectSpec, RecordChange
from hotfix_tui.data.data_set_loader import parse
from hotfix_tui.data.rows import Scalar

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # a TOML comment holds none
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(data_set: DataSet, comment: str = "") -> str:
    """The file's text. `comment` stands at its top, line by line. What has its default is left out."""
    return "\n".join(_lines(data_set, comment)) + "\n"


def save(data_set: DataSet, path: Path, comment: str = "") -> DataSet:
    """Writes `data_set` to `path` in one step, so that no half file is ever there; what is there is replaced.

    Returns it as read back. Raises DataSetError, before anything is written, when the loader would refuse it; OSError.
    """
    text = to_toml(data_set, comment)
    result = parse(text, path)
    save_text(text, path)
    return result


def save_text(text: str, path: Path) -> None:
    """Writes the file in one step. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".data-set-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _lines(data_set: DataSet, comment: str) -> Iterator[str]:
    for line in comment.splitlines():
        yield "# " + _CONTROL.sub(" ", line)
    yield "v = 1"
    yield f"name = {_value(data_set.name)}"
    if data_set.bypass_permission_set:
        yield f"bypass_permission_set = {_value(data_set.bypass_permission_set)}"
    if data_set.mask_seed:
        yield f"mask_seed = {_value(data_set.mask_seed)}"
    if data_set.owner_fallback:
        yield f"owner_fallback = [{', '.join(_value(name) for name in data_set.owner_fallback)}]"
    for spec in data_set.objects:
        yield from ("", "[[object]]", *_object(spec))
    for change in (*data_set.production_changes, *data_set.containment):
        yield from ("", "[[containment]]" if change.purpose == "containment" else "[[production_change]]")
        yield from _change(change)


def _object(spec: ObjectSpec) -> Iterator[str]:
    yield f"name = {_value(spec.name)}"
    if spec.root:
        yield "root = true"
    for name in ("where", "order_by"):
        if text := getattr(spec, name):
            yield f"{name} = {_value(text)}"
    if spec.limit:
        yield f"limit = {spec.limit}"
    yield from _list("children_of", spec.children_of)
    yield from _list("parents_of", [f"{name}.{field}" for name, field in spec.parents_of])
    yield from _list("key", spec.key)
    yield from _list("second_key", spec.second_key)
    yield f"mode = {_value(spec.mode)}"
    if spec.reference_where:
        yield f"reference_where = {_value(spec.reference_where)}"
    yield from _list("fields", spec.fields)
    yield from _list("create_only", spec.create_only)
    yield from _list("skip_fields", spec.skip_fields)
    if spec.masks:
        yield from ("", "[object.masks]", *(_mask(one) for one in spec.masks))


def _mask(mask: Mask) -> str:
    if mask.kind == "constant":
        return f"{mask.field} = {{ constant = {_value(mask.constant)} }}"
    return f"{mask.field} = {_value(mask.kind)}"


def _change(change: RecordChange) -> Iterator[str]:
    yield f"name = {_value(change.name)}"
    yield f"object = {_value(change.object)}"
    yield f"where = {_value(change.where)}"
    values = ", ".join(
        f"{name if _BARE.fullmatch(name) else _value(name)} = {_value('' if value is None else value)}"
        for name, value in change.set.items()
    )
    yield f"set = {{ {values} }}"


def _list(name: str, values: Iterable[str]) -> Iterator[str]:
    if listed := ", ".join(_value(one) for one in values):
        yield f"{name} = [{listed}]"


def _value(value: Scalar) -> str:
    """A TOML value. A TOML basic string is a JSON string but for DEL, which JSON leaves as it is."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
