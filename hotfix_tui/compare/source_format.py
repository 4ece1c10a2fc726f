"""From `sf` source format, file by file, to the layout of a Metadata API package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hotfix_tui.compare.places import META
from hotfix_tui.compare.types import ChildType, MetadataType, metadata_types


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source file belongs. `package_dir`: the path before its metadata directory, "" when there is none.

    `path`: its path inside a package. With `child`, the file is a decomposed child of the component at `path`, whose
    own name is `name`.
    """

    package_dir: str
    path: str
    child: ChildType | None = None
    name: str = ""


def place_of(path: str) -> Place | None:
    """The place of the source file `path` (relative, with `/`). None: not metadata, as far as the table knows.

    A file that is already laid out as in a package (`objects/X.object`) keeps its place.
    """
    parts = path.split("/")
    if parts[-1].endswith(META):
        return _meta_place(parts, parts[-1].removesuffix(META))
    for index in range(len(parts) - 2, -1, -1):
        for kind in _types_in(parts[index]):
            if inside := _content_path(kind, parts[index + 1 :]):
                return Place("/".join(parts[:index]), f"{kind.directory}/{inside}")
    return None


def _meta_place(parts: list[str], plain: str) -> Place | None:
    name, _, suffix = plain.rpartition(".")
    for index in range(len(parts) - 2, -1, -1):
        package_dir = "/".join(parts[:index])
        inner = [*parts[index + 1 : -1], plain]
        for kind in _types_in(parts[index]):
            child = next((item for item in kind.children if item.suffix == suffix and name), None)
            # A label file has the suffix of its child type; only decomposed files are children by their name.
            if child and suffix != kind.suffix and len(inner) > 1:
                return Place(package_dir, f"{kind.directory}/{inner[0]}.{kind.suffix}", child, name)
            if inside := _meta_path(kind, inner, name, suffix):
                return Place(package_dir, f"{kind.directory}/{inside}")
    return None


def _meta_path(kind: MetadataType, inner: list[str], name: str, suffix: str) -> str | None:
    """Where the `-meta.xml` file `inner` goes in the directory of `kind`; None when it is not that type's."""
    whole = "/".join(inner)
    if kind.in_folder and suffix.lower() == f"{kind.name}Folder".lower():
        return "/".join([*inner[:-1], name]) + META
    if kind.source in ("bundle", "digital_experience") or kind.name == "ExperienceBundle":
        return whole + META
    if kind.name == "Document":
        return whole + META
    if suffix != kind.suffix or not name:
        return None
    if kind.source in ("content", "mixed") or kind.meta_file:
        return _flat(kind, inner) + META
    return _flat(kind, inner)


def _content_path(kind: MetadataType, inner: list[str]) -> str | None:
    """Where the file `inner` (not `-meta.xml`) goes in the directory of `kind`; None when it is not that type's."""
    whole = "/".join(inner)
    if kind.name == "StaticResource":
        return whole
    if kind.source in ("bundle", "digital_experience") or kind.name in ("ExperienceBundle", "Document"):
        return whole if len(inner) > 1 else None
    if kind.suffix and inner[-1].endswith(f".{kind.suffix}"):
        return _flat(kind, inner)
    return None


def _flat(kind: MetadataType, inner: list[str]) -> str:
    """Without the sub-folders that source format allows and a package does not have."""
    return "/".join(inner) if kind.in_folder or kind.folder else inner[-1]


def _types_in(directory: str) -> tuple[MetadataType, ...]:
    return _by_directory().get(directory.lower(), ())


@cache
def _by_directory() -> dict[str, tuple[MetadataType, ...]]:
    # `sf` goes by the suffix and does not mind how the directory's name is written.
    found: dict[str, tuple[MetadataType, ...]] = {}
    for kind in metadata_types():
        if not kind.name.endswith("Folder"):
            key = kind.directory.lower()
            found[key] = (*found.get(key, ()), kind)
    return found
