"""`sf` source format: which component a file belongs to, and where it would lie in a Metadata API package."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.layout import META, component_of
from hotfix_tui.localorg.metadata.types import MetadataType, metadata_types

_EPOCH = (1980, 1, 1, 0, 0, 0)
_IGNORED_IN_BUNDLES = ("__tests__", "jsconfig.json", ".eslintrc.json", "tsconfig.json")


@dataclass(frozen=True)
class SourceFile:
    """Where a source file goes: its component, and its path in a package.

    `role`: "file" (as it is), "child" (a document of its own inside `component`'s parent), "part" (an element `tag`
    of the component's own file), "content" (the body of a static resource or document; the package path is made when
    all of its files are known).
    """

    component: ComponentId
    path: str
    role: str = "file"
    tag: str = ""


def locate(path: PurePosixPath) -> SourceFile | None:
    """The place of a source file, from its path below a package folder; None for a file that is no metadata.

    The leftmost folder that is a metadata type's folder and holds such a file wins; a -meta.xml in a folder of another
    name is known by its suffix, as the `sf` command line does it.
    """
    segments = path.parts
    for index, segment in enumerate(segments[:-1]):
        for found in metadata_types().in_directory(segment):
            place = _in_type_folder(found, segments[index + 1 :])
            if place is not None:
                return place
    return _by_suffix(segments[-1])


def _in_type_folder(found: MetadataType, rest: tuple[str, ...]) -> SourceFile | None:
    if found.source == "decomposed":
        return _decomposed(found, rest) or _package_file(found, rest)
    if found.bundle:
        if any(part in _IGNORED_IN_BUNDLES for part in rest):
            return None
        return _package_file(found, rest)
    if found.source == "mixed":
        return _mixed(found, rest)
    if found.source == "content":
        return _content(found, rest)
    name = rest[-1]
    if found.in_folder and name.endswith(f"Folder{META}"):
        return _folder(found, rest)
    return _plain(found, rest) or _package_file(found, rest)


def _package_file(found: MetadataType, rest: tuple[str, ...]) -> SourceFile | None:
    """A file that has its Metadata API name already."""
    path = "/".join((found.directory, *rest))
    owner = component_of(path)
    return SourceFile(owner, path) if owner is not None and owner.type == found.name else None


def _plain(found: MetadataType, rest: tuple[str, ...]) -> SourceFile | None:
    ending = f".{found.suffix}{META}"
    if not found.suffix or not rest[-1].endswith(ending):
        return None
    name = rest[-1].removesuffix(ending)
    if found.in_folder:
        name = "/".join((*rest[:-1], name))
    return SourceFile(ComponentId(found.name, name), f"{found.directory}/{name}.{found.suffix}")


def _folder(found: MetadataType, rest: tuple[str, ...]) -> SourceFile:
    """`reports/Sales.reportFolder-meta.xml` is `reports/Sales-meta.xml` in a package."""
    name = "/".join((*rest[:-1], rest[-1].removesuffix(META).rpartition(".")[0]))
    return SourceFile(ComponentId(found.name, name), f"{found.directory}/{name}{META}")


def _content(found: MetadataType, rest: tuple[str, ...]) -> SourceFile | None:
    if found.in_folder and rest[-1].endswith(f"Folder{META}"):
        return _folder(found, rest)
    plain = rest[-1].removesuffix(META)
    if not plain.endswith(f".{found.suffix}"):
        return None
    name = plain.removesuffix(f".{found.suffix}")
    if found.in_folder:
        name = "/".join((*rest[:-1], name))
    ending = META if plain != rest[-1] else ""
    return SourceFile(ComponentId(found.name, name), f"{found.directory}/{name}.{found.suffix}{ending}")


def _mixed(found: MetadataType, rest: tuple[str, ...]) -> SourceFile | None:
    """Static resources and documents: a -meta.xml, and content of any suffix or (static resources) a folder."""
    if found.in_folder:
        if rest[-1].endswith(f"Folder{META}"):
            return _folder(found, rest)
        stem = rest[-1].removesuffix(META)
        name = "/".join((*rest[:-1], stem))
        if stem != rest[-1]:
            name = name.removesuffix(".document")
            return SourceFile(ComponentId(found.name, name), META)
        return SourceFile(ComponentId(found.name, name.rpartition(".")[0]), name, "content")
    ending = f".{found.suffix}{META}"
    if rest[-1].endswith(ending) and len(rest) == 1:
        name = rest[0].removesuffix(ending)
        return SourceFile(ComponentId(found.name, name), f"{found.directory}/{name}.{found.suffix}{META}")
    name = rest[0] if len(rest) > 1 else rest[0].rpartition(".")[0]
    return SourceFile(ComponentId(found.name, name), "/".join(rest), "content")


def _decomposed(found: MetadataType, rest: tuple[str, ...]) -> SourceFile | None:
    if len(rest) < 2 or not rest[-1].endswith(META):
        return None
    owner, plain = rest[0], rest[-1].removesuffix(META)
    if plain == f"{owner}.{found.suffix}" and len(rest) == 2:
        return SourceFile(ComponentId(found.name, owner), f"{found.directory}/{owner}.{found.suffix}")
    for child in found.children:
        if plain.endswith(f".{child.suffix}") and (len(rest) == 2 or rest[1] == child.directory):
            name = plain.removesuffix(f".{child.suffix}")
            return SourceFile(ComponentId(child.name, f"{owner}.{name}"), "", "child")
    for part in found.decomposed_only.values():
        if plain.endswith(f".{part['suffix']}"):
            path = f"{found.directory}/{owner}.{found.suffix}"
            return SourceFile(ComponentId(found.name, owner), path, "part", part["tag"])
    return None


def _by_suffix(file_name: str) -> SourceFile | None:
    if not file_name.endswith(META):
        return None
    plain = file_name.removesuffix(META)
    stem, _, suffix = plain.rpartition(".")
    found = _unique_suffixes().get(suffix)
    if found is None or not stem or found.source != "file" or found.in_folder:
        return None
    return SourceFile(ComponentId(found.name, stem), f"{found.directory}/{stem}.{suffix}")


@cache
def _unique_suffixes() -> dict[str, MetadataType]:
    by_suffix: dict[str, list[MetadataType]] = {}
    for found in metadata_types().types.values():
        if found.suffix:
            by_suffix.setdefault(found.suffix, []).append(found)
    return {suffix: types[0] for suffix, types in by_suffix.items() if len(types) == 1}


def static_resource(files: Mapping[str, bytes]) -> bytes:
    """The one `.resource` file of a static resource: its content file, or a zip of its folder (always the same)."""
    names = sorted(files)
    if len(names) == 1 and "/" not in names[0]:
        return files[names[0]]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            info = zipfile.ZipInfo(name.partition("/")[2], _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return buffer.getvalue()
