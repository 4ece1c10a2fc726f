"""Reads a data set's file, strictly: what is not known or cannot be used is an error with its place, not silence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

from hotfix_tui.data.data_set import ID, DataSet, Mask, Mode, ObjectSpec, RecordChange
from hotfix_tui.data.errors import DataSetError

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_ORDER = re.compile(r"[A-Za-z][A-Za-z0-9_.]*( (ASC|DESC))?( NULLS (FIRST|LAST))?", re.IGNORECASE)
_TABLES = ("object", "production_change", "containment")


def load(path: Path) -> DataSet:
    """The data set in the file `path`. Raises DataSetError with a sentence when it cannot be used."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise DataSetError(f"There is no data set {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataSetError(f"{path} cannot be read: {error}.") from error
    return parse(text, path)


def parse(text: str, path: Path) -> DataSet:
    """The data set that `text` is; `path` is where it is kept. Raises DataSetError."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataSetError(f"{path} is not TOML: {error}.") from error
    return _Loader(path.name).data_set(content, path)


class _Loader:
    def __init__(self, name: str) -> None:
        self._name = name

    def data_set(self, content: dict[str, Any], path: Path) -> DataSet:
        if content.get("v") != 1:
            raise self._error(f"v must be 1 (it is {content.get('v')!r})")
        self._only(content, "the file", {"v", "name", "bypass_permission_set", "mask_seed", "owner_fallback", *_TABLES})
        objects = tuple(self._object(one) for one in self._tables(content, "object"))
        result = DataSet(
            name=self._text(content, "the file", "name"),
            objects=objects,
            bypass_permission_set=self._text(content, "the file", "bypass_permission_set", ""),
            mask_seed=self._text(content, "the file", "mask_seed", ""),
            owner_fallback=self._owners(content),
            production_changes=tuple(self._change(one, "change") for one in self._tables(content, "production_change")),
            containment=tuple(self._change(one, "containment") for one in self._tables(content, "containment")),
            path=path,
        )
        self._check(result)
        return result

    def _error(self, problem: str) -> DataSetError:
        return DataSetError(f"Data set {self._name}: {problem}.")

    def _only(self, table: dict[str, Any], where: str, known: set[str]) -> None:
        unknown = sorted(set(table) - known)
        if unknown:
            raise self._error(f"{where} has {', '.join(unknown)}, which is not known")

    def _tables(self, content: dict[str, Any], name: str) -> list[dict[str, Any]]:
        tables = content.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self._error(f"{name} must be tables: [[{name}]]")
        return tables

    def _text(self, table: dict[str, Any], where: str, key: str, default: str | None = None) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self._error(f"{where} needs {key} as text")
        return value

    def _list(self, table: dict[str, Any], where: str, key: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and pattern.fullmatch(one) for one in value):
            raise self._error(f"{key} of {where} must be a list of field names")
        return tuple(value)

    def _owners(self, content: dict[str, Any]) -> tuple[str, ...]:
        value = content.get("owner_fallback", [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self._error("owner_fallback must be a list of usernames and queues' developer names")
        return tuple(value)

    def _api_name(self, table: dict[str, Any], where: str, key: str) -> str:
        name = self._text(table, where, key)
        if not _API_NAME.fullmatch(name):
            raise self._error(f"{where}: {name!r} is not an object's API name")
        return name

    def _object(self, table: dict[str, Any]) -> ObjectSpec:
        name = self._api_name(table, "an [[object]]", "name")
        self._only(table, name, {*ObjectSpec.__dataclass_fields__})
        mode = table.get("mode", "upsert")
        if mode not in get_args(Mode):
            raise self._error(f"mode of {name} must be one of {', '.join(get_args(Mode))}")
        key = self._list(table, name, "key", _PATH)
        if not key:
            raise self._error(f"{name} needs a key: the fields by which its rows are matched")
        parents = self._list(table, name, "parents_of", _PATH)
        if not all(one.count(".") == 1 for one in parents):
            raise self._error(f"parents_of of {name} must name an object and its lookup: Object.Field")
        root = table.get("root", False)
        if not isinstance(root, bool):
            raise self._error(f"root of {name} must be true or false")
        return ObjectSpec(
            name=name,
            key=key,
            root=root,
            where=self._text(table, name, "where", ""),
            children_of=self._list(table, name, "children_of", _API_NAME),
            parents_of=tuple((one.split(".")[0], one.split(".")[1]) for one in parents),
            second_key=self._list(table, name, "second_key", _API_NAME),
            mode=mode,
            reference_where=self._text(table, name, "reference_where", ""),
            create_only=self._list(table, name, "create_only", _API_NAME),
            skip_fields=self._list(table, name, "skip_fields", _API_NAME),
            fields=self._list(table, name, "fields", _API_NAME),
            limit=self._limit(table, name),
            order_by=self._order(table, name),
            masks=tuple(self._masks(table, name)),
        )

    def _limit(self, table: dict[str, Any], where: str) -> int:
        limit = table.get("limit", 0)
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise self._error(f"limit of {where} must be a number of rows")
        return limit

    def _order(self, table: dict[str, Any], where: str) -> str:
        order = self._text(table, where, "order_by", "")
        if order and not all(_ORDER.fullmatch(" ".join(one.split())) for one in order.split(",")):
            raise self._error(f"order_by of {where} must be fields, each with ASC or DESC: {order!r}")
        return order

    def _masks(self, table: dict[str, Any], where: str) -> Iterator[Mask]:
        masks = table.get("masks", {})
        if not isinstance(masks, dict):
            raise self._error(f"masks of {where} must be Field = mask")
        for name, mask in masks.items():
            if not _API_NAME.fullmatch(name):
                raise self._error(f"masks of {where}: {name!r} is not a field's name")
            if isinstance(mask, dict) and mask.keys() == {"constant"}:
                constant = mask["constant"]
                if constant == "" or not isinstance(constant, str | int | float | bool):
                    raise self._error(f"the constant of {where}.{name} must be a text, number or boolean")
                yield Mask(name, "constant", constant)
            elif mask in ("fake", "hash", "null"):
                yield Mask(name, mask)
            else:
                raise self._error(f'the mask of {where}.{name} must be "fake", "hash", "null" or {{ constant = … }}')

    def _change(self, table: dict[str, Any], purpose: Literal["change", "containment"]) -> RecordChange:
        name = self._text(table, f"a {purpose}", "name")
        self._only(table, name, {"name", "object", "where", "set"})
        values = table.get("set")
        if not isinstance(values, dict) or not values:
            raise self._error(f"{name} needs set = {{ Field = value }}")
        for key, value in values.items():
            if not _API_NAME.fullmatch(key) or not isinstance(value, str | int | float | bool):
                raise self._error(f"set of {name}: {key} must be a field's name with a text, number or boolean")
        return RecordChange(
            name=name,
            object=self._api_name(table, name, "object"),
            where=self._text(table, name, "where"),
            set={key: None if value == "" else value for key, value in values.items()},
            purpose=purpose,
        )

    def _check(self, data_set: DataSet) -> None:
        if not data_set.objects:
            raise self._error("it names no [[object]]")
        names = list(data_set.names)
        for spec in data_set.objects:
            if names.count(spec.name) > 1:
                raise self._error(f"{spec.name} is there twice")
            if not (spec.root or spec.children_of or spec.parents_of):
                raise self._error(f"{spec.name} is neither root nor children_of nor parents_of, so no row is read")
            for other, _ in spec.parents_of:
                if other not in names:
                    raise self._error(f"parents_of of {spec.name} names {other}, which is not in the data set")
            self._check_keys(spec)
            self._check_limit(spec)
        hidden = [one.name for one in data_set.objects if set(one.masked) & set(one.key)]
        if hidden and any(one.mode == "delete" for one in data_set.objects):
            raise self._error(
                f"the key of {hidden[0]} has a mask, so whether a row is gone cannot be asked for: mode delete is not "
                "possible"
            )

    def _check_keys(self, spec: ObjectSpec) -> None:
        if ID in spec.key:
            if not spec.by_id:
                raise self._error(f"the key of {spec.name} has Id beside other fields; Id stands alone")
            if not spec.second_key:
                raise self._error(f"{spec.name} is matched by Id, which needs a second_key that agrees")
            if spec.mode not in ("update", "reference"):
                raise self._error(
                    f"{spec.name} is matched by Id, so its mode must be update or reference: "
                    "an inserted row gets another Id"
                )
        for mask in spec.masks:
            if mask.field in (*spec.key, *spec.second_key) and mask.kind in ("null", "constant"):
                raise self._error(
                    f"{spec.name}.{mask.field} is in a key, which the mask would make the same everywhere"
                )

    def _check_limit(self, spec: ObjectSpec) -> None:
        if spec.limit and not (spec.root or spec.children_of):
            raise self._error(f"{spec.name} has limit, but its rows are read because others refer to them")
        if spec.limit and spec.mode == "delete":
            raise self._error(f"{spec.name} has limit, so what is gone cannot be told: mode delete needs all rows")
