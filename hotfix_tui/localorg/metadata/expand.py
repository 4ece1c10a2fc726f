"""From whole files, as a package has them, to components as the store keeps them (children on their own), and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hotfix_tui.localorg.metadata import parts, xml
from hotfix_tui.localorg.metadata.component import Component, ComponentId
from hotfix_tui.localorg.metadata.layout import META, component_of, main_file
from hotfix_tui.localorg.metadata.types import metadata_types


def gather(files: Mapping[str, bytes]) -> tuple[dict[ComponentId, dict[str, bytes]], list[str]]:
    """Files by the component they belong to, and the paths that belong to none. `package.xml` is not expected here."""
    found: dict[ComponentId, dict[str, bytes]] = {}
    unknown = []
    for path, body in files.items():
        owner = component_of(path)
        if owner is None:
            unknown.append(path)
        else:
            found.setdefault(owner, {})[path] = body
    return found, unknown


def expand(type_name: str, full_name: str, files: Mapping[str, bytes]) -> list[Component]:
    """The component and its children. A container without anything of its own is left out. Raises BadXml."""
    found = metadata_types().types.get(type_name)
    if found is None or not found.children or found.bundle or len(files) != 1:
        return [Component(type_name, full_name, dict(files))]
    root = xml.parse(next(iter(files.values())))
    children = [
        Component(part.type, part.full_name, {"": part.document})
        for part in parts.child_parts(type_name, full_name, root)
    ]
    own = parts.own_part(type_name, root)
    if parts.is_container(type_name) and not len(own):
        return children
    return [Component(type_name, full_name, {main_file(ComponentId(type_name, full_name)): xml.write(own)}), *children]


def whole_file(
    type_name: str, full_name: str, own: Component | None, children: Iterable[Component]
) -> dict[str, bytes]:
    """A parent's file put together from its own part and the given children."""
    path = main_file(ComponentId(type_name, full_name))
    return {path: parts.compose(type_name, own.xml if own else None, children)}


def canonical_files(component: Component) -> dict[str, bytes]:
    """The files with their XML in the org's own writing, so that white space makes no change.

    Content (source, markup, resources) stays byte for byte. Raises BadXml with the file's path.
    """
    found = metadata_types().types.get(component.type)
    plain = found is None or not (found.bundle or found.meta_file or found.source in ("content", "mixed"))
    result = {}
    for path, body in component.files.items():
        try:
            result[path] = xml.canonical(body) if plain or path.endswith(META) else body
        except xml.BadXml as problem:
            raise xml.BadXml(str(problem), problem.line, problem.column, path or component.full_name) from None
    return result
