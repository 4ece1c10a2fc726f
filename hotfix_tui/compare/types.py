"""The table of metadata types: where their files lie in a package and in a source folder, and what children they have.

The data file is ours; its facts are from forcedotcom/source-deploy-retrieve (Apache-2.0) and the Metadata WSDL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

TABLES = "hotfix_tui.compare.tables"


@dataclass(frozen=True, slots=True)
class ChildType:
    """A type whose components live in another type's file.

    `element`: their element there. `addressable`: describeMetadata names it as a child, so it has a line of its own.
    `bare`: its full name does not begin with the parent's (`CustomLabel:Greeting`). `directory`, `suffix`: where
    source format puts it when it is decomposed.
    """

    type: str
    element: str
    directory: str
    suffix: str
    addressable: bool = True
    bare: bool = False


@dataclass(frozen=True, slots=True)
class MetadataType:
    """One metadata type. `suffix` is empty where any file name goes (bundles, documents).

    `source`: how source format lays it out: content (a file and its `-meta.xml`), bundle (a folder), mixed (a
    `-meta.xml` and a file or folder), decomposed, digital_experience, or empty for one XML file. `folder`: the type of
    its folders, for types in folders.
    """

    name: str
    directory: str
    suffix: str = ""
    in_folder: bool = False
    meta_file: bool = False
    wildcard: bool = False
    source: str = ""
    folder: str = ""
    children: tuple[ChildType, ...] = ()


@dataclass(frozen=True)
class MetadataTypes:
    """The whole table, by name and by where files lie."""

    by_name: dict[str, MetadataType]
    by_directory: dict[str, tuple[MetadataType, ...]] = field(default_factory=dict)
    parents: dict[str, tuple[MetadataType, ChildType]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> MetadataType:
        return self.by_name[name]

    def __iter__(self) -> Iterator[MetadataType]:
        return iter(self.by_name.values())

    def get(self, name: str) -> MetadataType | None:
        """The type `name`, or None when this table does not have it (a newer API version)."""
        return self.by_name.get(name)

    def child(self, name: str) -> tuple[MetadataType, ChildType] | None:
        """The parent's type and the entry of the addressable child type `name`; None when it is not one."""
        return self.parents.get(name)

    def of_file(self, directory: str, suffix: str) -> MetadataType | None:
        """The type whose files lie in `directory` of a package and end `.suffix`."""
        here = self.by_directory.get(directory, ())
        exact = next((item for item in here if item.suffix == suffix and suffix), None)
        return exact or next((item for item in here if not item.suffix and not item.name.endswith("Folder")), None)


@cache
def metadata_types() -> MetadataTypes:
    """The table, read once."""
    text = resources.files(TABLES).joinpath("metadata_types.json").read_text(encoding="utf-8")
    by_name = {name: _type(name, entry) for name, entry in json.loads(text)["types"].items()}
    by_directory: dict[str, tuple[MetadataType, ...]] = {}
    parents = {}
    for item in by_name.values():
        by_directory[item.directory] = (*by_directory.get(item.directory, ()), item)
        parents.update({child.type: (item, child) for child in item.children if child.addressable})
    return MetadataTypes(by_name, by_directory, parents)


def carriers(name: str) -> tuple[str, ...]:
    """The types without which a component of type `name` cannot be read: its own, and its parent's for a child."""
    parent = metadata_types().child(name)
    return (name,) if parent is None else (name, parent[0].name)


@cache
def standard_value_sets() -> tuple[str, ...]:
    """The names of StandardValueSets, which listMetadata does not list."""
    text = resources.files(TABLES).joinpath("standard_value_sets.json").read_text(encoding="utf-8")
    return tuple(json.loads(text)["names"])


def _type(name: str, entry: dict[str, Any]) -> MetadataType:
    children = tuple(ChildType(**child) for child in entry.pop("children", ()))
    return MetadataType(name=name, children=children, **entry)
