"""Static resources and documents, whose source files do not have the names that a package wants."""

from __future__ import annotations

from collections.abc import Mapping

from hotfix_tui.compare.archive import write_zip
from hotfix_tui.compare.places import META

_RESOURCES = "staticresources/"
_DOCUMENTS = "documents/"
_DOCUMENT_META = ".document-meta.xml"


def pack_resources(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` with static resources and documents as a package has them.

    `X.js` or the folder `X/` beside `X.resource-meta.xml` becomes `X.resource` (a folder as a zip);
    `X.document-meta.xml` beside `X.png` becomes `X.png-meta.xml`. The rest is unchanged.
    """
    packed: dict[str, bytes] = {}
    folders: dict[str, dict[str, bytes]] = {}
    names = {
        path[len(_RESOURCES) : -len(META)] for path in files if path.startswith(_RESOURCES) and path.endswith(META)
    }
    resources = {name.removesuffix(".resource") for name in names}
    for path, content in files.items():
        if path.startswith(_RESOURCES) and not path.endswith(META):
            first, slash, rest = path.removeprefix(_RESOURCES).partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = content
            else:
                stem = first if first in resources else first.rpartition(".")[0] or first
                packed[f"{_RESOURCES}{stem}.resource"] = content
        elif path.startswith(_DOCUMENTS) and path.endswith(_DOCUMENT_META):
            packed[_document(path, files) + META] = content
        else:
            packed[path] = content
    for name, inner in folders.items():
        packed[f"{_RESOURCES}{name}.resource"] = write_zip(inner)
    return packed


def _document(meta: str, files: Mapping[str, bytes]) -> str:
    stem = meta.removesuffix(_DOCUMENT_META)
    beside = (path for path in files if path.rpartition(".")[0] == stem and not path.endswith(META))
    return next(beside, stem)
