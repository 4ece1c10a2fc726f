"""Metadata API format: which component a file of a package belongs to, and where a component's files lie."""

from __future__ import annotations

from pathlib import PurePosixPath

from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.types import MetadataType, metadata_types

META = "-meta.xml"
MANIFESTS = frozenset(
    {"package.xml", "destructiveChanges.xml", "destructiveChangesPre.xml", "destructiveChangesPost.xml"}
)


def component_of(path: str) -> ComponentId | None:
    """The component that owns a file of a package (`classes/A.cls-meta.xml` → ApexClass A); None for an unknown one."""
    directory, _, rest = path.partition("/")
    if not rest:
        return None
    for found in metadata_types().in_directory(directory):
        name = _name_in(found, rest)
        if name:
            return ComponentId(found.name, name)
    return None


def _name_in(found: MetadataType, rest: str) -> str:
    """The full name of the component that owns `rest` (path below the type's folder); "" when it is not this type's."""
    if found.bundle:
        return _bundle_name(found, rest)
    plain = rest.removesuffix(META)
    if found.in_folder and plain != rest and not PurePosixPath(plain).suffix:
        return plain
    if not found.suffix:
        return plain
    ending = f".{found.suffix}"
    if not plain.endswith(ending):
        return ""
    if plain != rest and not found.meta_file:
        return ""
    return plain.removesuffix(ending)


def _bundle_name(found: MetadataType, rest: str) -> str:
    parts = rest.split("/")
    if found.name == "DigitalExperienceBundle":
        return "/".join(parts[:2]) if len(parts) > 2 else ""
    if len(parts) > 1:
        return parts[0]
    # An experience's own description lies beside its folder: experiences/Site.site-meta.xml.
    return parts[0].removesuffix(META).rpartition(".")[0] if parts[0].endswith(META) else ""


def main_file(component: ComponentId) -> str:
    """The path of a component's file in a package, as deploy results and file properties name it."""
    table = metadata_types()
    child = table.children.get(component.type)
    if child is not None:
        parent = table.types[child.parent]
        owner = "CustomLabels" if child.name == "CustomLabel" else component.full_name.rpartition(".")[0]
        return f"{parent.directory}/{owner}.{parent.suffix}"
    found = table.types[component.type]
    if found.bundle or not found.suffix:
        return f"{found.directory}/{component.full_name}"
    if found.in_folder and "/" not in component.full_name:
        return f"{found.directory}/{component.full_name}"
    return f"{found.directory}/{component.full_name}.{found.suffix}"


def is_meta_of_content(path: str) -> bool:
    """Whether the file is the -meta.xml beside a component's content, or of a folder."""
    return path.endswith(META)
