"""From a file's place in a Metadata API package to the component it belongs to."""

from __future__ import annotations

from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.types import MetadataType, MetadataTypes, metadata_types

META = "-meta.xml"
_MANIFESTS = ("package.xml", "destructiveChanges.xml", "destructiveChangesPre.xml", "destructiveChangesPost.xml")


def is_manifest(path: str) -> bool:
    """Whether `path` (inside the package) is one of the package's own lists."""
    return path in _MANIFESTS


def component_of(path: str, types: MetadataTypes | None = None) -> ComponentId:
    """The component that the package file `path` belongs to.

    A folder's own file (`reports/Sales-meta.xml`) is a component of the type of its content (`Report:Sales`), as a
    manifest names it. A directory that the table does not know (a newer API version) gives its own name as the type.
    """
    types = types or metadata_types()
    directory, _, rest = path.partition("/")
    if not rest:
        return ComponentId("?", path)
    plain = rest.removesuffix(META)
    if plain != rest and (folder_type := _folder_type(directory, plain, types)):
        return ComponentId(folder_type.name, plain)
    suffix = plain.rpartition(".")[2] if "." in plain.rpartition("/")[2] else ""
    kind = types.of_file(directory, suffix) or _bundle_type(directory, types)
    if kind is None:
        return ComponentId(directory, plain)
    return ComponentId(kind.name, _full_name(kind, plain))


def _folder_type(directory: str, plain: str, types: MetadataTypes) -> MetadataType | None:
    """The type in folders whose folder `directory/plain` is; its last part has no suffix of that type."""
    for kind in types.by_directory.get(directory, ()):
        if kind.in_folder and "." not in plain.rpartition("/")[2]:
            return kind
    return None


def _bundle_type(directory: str, types: MetadataTypes) -> MetadataType | None:
    here = types.by_directory.get(directory, ())
    return next((kind for kind in here if kind.source in ("bundle", "digital_experience", "mixed")), None)


def _full_name(kind: MetadataType, plain: str) -> str:
    parts = plain.split("/")
    if kind.source == "digital_experience":
        return "/".join(parts[:2])
    if kind.source == "bundle" or kind.name == "ExperienceBundle":
        return parts[0].removesuffix(".site") if len(parts) == 1 else parts[0]
    name = plain.removesuffix(f".{kind.suffix}") if kind.suffix else plain
    if kind.folder == "territory2model":
        own = name.rpartition("/")[2]
        return own if kind.name == "Territory2Model" else f"{parts[0]}.{own}"
    if kind.in_folder or kind.folder:
        return name
    return name.rpartition("/")[2]
