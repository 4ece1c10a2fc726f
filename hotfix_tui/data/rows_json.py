"""Rows as bytes and back: baselines are kept in the journal's blob store and compared days later."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from hotfix_tui.data.errors import DataError
from hotfix_tui.data.rows import DataRows, ObjectRows, Row
from hotfix_tui.data.shape import FieldShape, ObjectShape

_VERSION = 1


def rows_to_bytes(rows: DataRows) -> bytes:
    """`rows` as JSON in UTF-8; equal rows give equal bytes."""
    content = {
        "v": _VERSION,
        "data_set": rows.data_set,
        "org": rows.org,
        "org_id": rows.org_id,
        "sandbox": rows.sandbox,
        "missing": list(rows.missing),
        "names": {kind: dict(names) for kind, names in rows.names.items()},
        "objects": {name: _object(one) for name, one in rows.objects.items()},
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def bytes_to_rows(content: bytes) -> DataRows:
    """What `rows_to_bytes` gave. Raises DataError when it is something else."""
    try:
        data = json.loads(content)
        if data["v"] != _VERSION:
            raise DataError(f"These rows were kept in format {data['v']}; this version reads format {_VERSION}.")
        return DataRows(
            data_set=data["data_set"],
            org=data["org"],
            org_id=data["org_id"],
            sandbox=data["sandbox"],
            missing=tuple(data["missing"]),
            names=data["names"],
            objects={name: _load_object(name, one) for name, one in data["objects"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"These are not rows that were kept: {error!r}.") from error


def _object(one: ObjectRows) -> dict[str, Any]:
    shape = one.shape
    return {
        "key_prefix": shape.key_prefix,
        "can": [shape.createable, shape.updateable, shape.deletable],
        "fields": [dataclasses.asdict(field) for field in shape.fields.values()],
        "fold_case": one.fold_case,
        "skip": list(one.skip),
        "masked": list(one.masked),
        "rows": [dataclasses.asdict(row) for row in one.rows.values()],
        "keyless": [dataclasses.asdict(row) for row in one.keyless],
        "duplicates": one.duplicates,
    }


def _load_object(name: str, data: dict[str, Any]) -> ObjectRows:
    createable, updateable, deletable = data["can"]
    fields = [FieldShape(**{**one, "refers_to": tuple(one["refers_to"])}) for one in data["fields"]]
    shape = ObjectShape(name, {one.name: one for one in fields}, data["key_prefix"], createable, updateable, deletable)
    rows = [_load_row(one) for one in data["rows"]]
    return ObjectRows(
        shape,
        rows={row.key: row for row in rows},
        keyless=[_load_row(one) for one in data["keyless"]],
        duplicates=data["duplicates"],
        fold_case=data["fold_case"],
        skip=tuple(data["skip"]),
        masked=tuple(data.get("masked", ())),
    )


def _load_row(data: dict[str, Any]) -> Row:
    lookups = {name: None if ref is None else (ref[0], ref[1]) for name, ref in data["lookups"].items()}
    return Row(**{**data, "lookups": lookups})
