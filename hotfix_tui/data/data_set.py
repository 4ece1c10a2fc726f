"""Data sets: which records belong together, written by a person in TOML.

```toml
v = 1
name = "Open courses"
bypass_permission_set = "Course_Load"       # optional: assigned to our user where automations are not switched off

[[object]]
name = "Course__c"
root = true                                 # read by `where` (all rows without it)
where = "Open__c = true"
key = ["Course_Key__c"]                     # match key: fields, lookups (the parent's key) or dotted parent paths
second_key = ["Course_Code__c"]             # equal in a row without a key: probably the same row typed by hand

[[object]]
name = "Lesson__c"
children_of = ["Course__c"]                 # lookups of this object: the parents read bring their children
parents_of = ["Exercise__c.Lesson__c"]      # lookups elsewhere: only rows that are referred to are read
mode = "upsert"                             # or insert, update, reference
reference_where = "Template__c = true"      # rows that are matched, never written and not counted
create_only = ["Course__c"]                 # never sent on update
skip_fields = ["Notes__c"]

[[production_change]]                       # records that only production gets, before it is opened again
name = "booked seats to be checked"
object = "Seat__c"
where = "Booked__c = true"
set = { Check__c = "needed" }

[[containment]]                             # what was switched off by hand in the incident; undone last
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args

from hotfix_tui.data.errors import DataSetError
from hotfix_tui.data.rows import Scalar

Mode = Literal["upsert", "insert", "update", "reference"]

_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PATH = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}")


@dataclass(frozen=True)
class ObjectSpec:
    """One `[[object]]` of a data set; the fields are those of the file."""

    name: str
    key: tuple[str, ...]
    root: bool = False
    where: str = ""
    children_of: tuple[str, ...] = ()
    parents_of: tuple[tuple[str, str], ...] = ()
    second_key: tuple[str, ...] = ()
    mode: Mode = "upsert"
    reference_where: str = ""
    create_only: tuple[str, ...] = ()
    skip_fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordChange:
    """One `[[production_change]]` or `[[containment]]`: rows of `object` found by `where` get the values of `set`."""

    name: str
    object: str
    where: str
    set: dict[str, Scalar]
    purpose: Literal["change", "containment"] = "change"


@dataclass(frozen=True)
class DataSet:
    """A data set as read from `path`."""

    name: str
    objects: tuple[ObjectSpec, ...]
    bypass_permission_set: str = ""
    production_changes: tuple[RecordChange, ...] = ()
    containment: tuple[RecordChange, ...] = ()
    path: Path = field(default=Path(), compare=False)

    def spec(self, name: str) -> ObjectSpec:
        """The `[[object]]` of this name. Raises KeyError."""
        for one in self.objects:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All its objects, in the file's order."""
        return tuple(one.name for one in self.objects)

    @property
    def written(self) -> tuple[str, ...]:
        """The objects whose rows may be written."""
        return tuple(one.name for one in self.objects if one.mode != "reference")


def templates() -> Path:
    """The folder of the data sets that come with the program."""
    return Path(str(resources.files("hotfix_tui.data") / "templates"))


def available(folders: Iterable[Path] = ()) -> dict[str, Path]:
    """Data sets by file name without suffix: those of `folders`, then the templates; the first of a name counts."""
    found: dict[str, Path] = {}
    for folder in (*folders, templates()):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            found.setdefault(path.stem, path)
    return found


def load(path: Path) -> DataSet:
    """The data set in the file `path`. Raises DataSetError with a sentence when it cannot be used."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DataSetError(f"There is no data set {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataSetError(f"{path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise DataSetError(f"{path} is not TOML: {error}.") from error
    return _Loader(path.name).data_set(content, path)


class _Loader:
    """Reads a parsed file strictly: a key that is not known is an error, not silence."""

    def __init__(self, name: str) -> None:
        self._name = name

    def data_set(self, content: dict[str, Any], path: Path) -> DataSet:
        if content.get("v") != 1:
            raise self._error(f"v must be 1 (it is {content.get('v')!r})")
        self._only(content, "the file", {"v", "name", "bypass_permission_set", *_TABLES})
        objects = tuple(self._object(one) for one in self._tables(content, "object"))
        result = DataSet(
            name=self._text(content, "the file", "name"),
            objects=objects,
            bypass_permission_set=self._text(content, "the file", "bypass_permission_set", ""),
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
        )

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
            if spec.where and not spec.root:
                raise self._error(f"{spec.name} has where, which only a root can have")
            for other, _ in spec.parents_of:
                if other not in names:
                    raise self._error(f"parents_of of {spec.name} names {other}, which is not in the data set")


_TABLES = ("object", "production_change", "containment")
