"""The data sets on this machine as files: a person's own, those of local orgs, templates; what is done with them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.hotfix.data_sets import available

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet

_TITLE = re.compile(r"^name\s*=.*$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True)
class Listed:
    """One file. `place`: "yours", "template" or "local orgs". `error`: why it cannot be used, or empty."""

    name: str
    path: Path
    place: str
    title: str
    objects: tuple[str, ...] = ()
    error: str = ""

    @property
    def own(self) -> bool:
        """Whether it may be changed and deleted here."""
        return self.place == "yours"


def listed() -> list[Listed]:
    """All data sets, a person's own first, each with whether it can be used."""
    found = [_listed(name, path) for name, path in available().items()]
    order = ("yours", "local orgs", "template")
    return sorted(found, key=lambda one: (order.index(one.place), one.name))


def _listed(name: str, path: Path) -> Listed:
    from hotfix_tui.data.data_set import templates
    from hotfix_tui.data.data_set_loader import load
    from hotfix_tui.data.errors import DataSetError

    places = {paths.data_sets(): "yours", templates(): "template"}
    place = places.get(path.parent, "local orgs")
    try:
        loaded = load(path)
    except DataSetError as error:
        return Listed(name, path, place, name, error=str(error))
    return Listed(name, path, place, loaded.name, loaded.names)


def file_name(title: str) -> str:
    """A file's name (without suffix) for a data set called `title`."""
    plain = re.sub(r"[^A-Za-z0-9]+", "_", title).strip("_").lower()
    return plain[:60] or "data_set"


def own_path(name: str) -> Path:
    """Where a person's own data set `name` is kept. Raises DataSetError for a name that is no file's."""
    from hotfix_tui.data.errors import DataSetError

    if not _NAME.fullmatch(name):
        raise DataSetError(f"{name!r} cannot be a file's name: letters, digits, - and _ only.")
    return paths.data_sets() / f"{name}.toml"


def save(data_set: DataSet, name: str, comment: str = "") -> DataSet:
    """Writes `data_set` as a person's own `name`. Raises DataSetError when it could not be used, OSError."""
    from hotfix_tui.data.data_set_writer import save as write

    return write(data_set, own_path(name), comment)


def copy(path: Path, title: str) -> Path:
    """Copies a file, comments and all, under another title. Raises DataSetError when there is one of that name."""
    from hotfix_tui.data.data_set_loader import parse
    from hotfix_tui.data.data_set_writer import save_text
    from hotfix_tui.data.errors import DataSetError

    target = own_path(file_name(title))
    if target.exists():
        raise DataSetError(f"There is a data set {target.stem} already.")
    named = f"name = {json.dumps(title, ensure_ascii=False)}"
    text = _TITLE.sub(lambda _: named, path.read_text("utf-8"), count=1)
    parse(text, target)
    save_text(text, target)
    return target


def delete(path: Path) -> None:
    """Deletes a person's own file. Raises DataSetError for any other, OSError."""
    from hotfix_tui.data.errors import DataSetError

    if path.parent != paths.data_sets():
        raise DataSetError(f"{path.name} came with the program; only your own data sets are deleted here.")
    path.unlink()


def export(path: Path, to: str) -> Path:
    """Copies the file to a folder or a file of a person's own. Raises DataSetError when something is there, OSError."""
    from hotfix_tui.data.errors import DataSetError

    target = Path(to).expanduser().absolute()
    if target.is_dir():
        target /= path.name
    if target.exists():
        raise DataSetError(f"{target} is there already.")
    target.write_bytes(path.read_bytes())
    return target


def heading(path: Path) -> tuple[str, int]:
    """The comment at the top of a file, and how many comment lines come after it."""
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    top: list[str] = []
    for line in lines:
        if not line.startswith("#"):
            break
        top.append(line.removeprefix("#").removeprefix(" "))
    return "\n".join(top), sum(line.lstrip().startswith("#") for line in lines[len(top) :])
