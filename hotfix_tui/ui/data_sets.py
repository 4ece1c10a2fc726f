"""The data sets a person can choose: those of the running local orgs, their own, and the templates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hotfix_tui.data.data_set import DataSet, templates
from hotfix_tui.hotfix.data_sets import available
from hotfix_tui.ui.session import Session

_FIRST_TEMPLATE = "price_books_and_products"
"""What is proposed to a person who has no data set: objects that every org has, and few rows."""


def chosen_data_set(session: Session) -> str:
    """The data set's file: the one chosen here, else the one last planned, else the first that is known; or empty."""
    found = available()
    name = _proposed(session, found)
    session.data_set = name or session.data_set
    return str(found[name]) if name else ""


def own_data_set(session: Session) -> DataSet | None:
    """The data set, unless it is only the template that is proposed while nobody has chosen one, or unusable.

    Chooses nothing: one that is made later is proposed before any template.
    """
    from hotfix_tui.data.data_set_loader import load
    from hotfix_tui.data.errors import DataSetError

    found = available()
    name = _proposed(session, found)
    nobodys = name != session.data_set and session.state.plan is None
    if not name or (nobodys and found[name].parent == templates()):
        return None
    try:
        return load(found[name])
    except DataSetError:
        return None


def _proposed(session: Session, found: Mapping[str, Path]) -> str:
    if session.data_set in found:
        return session.data_set
    planned = session.state.plan.data_set if session.state.plan else ""
    for name, path in found.items():
        if planned and planned in (name, str(path), _title(path)):
            return name
    own = next((name for name, path in found.items() if path.parent != templates()), "")
    return own or (_FIRST_TEMPLATE if _FIRST_TEMPLATE in found else next(iter(found), ""))


def _title(path: Path) -> str:
    return title_of(path)[0]


def title_of(path: Path) -> tuple[str, str]:
    """The data set's own name, and why it cannot be used, or empty."""
    from hotfix_tui.data.data_set_loader import load
    from hotfix_tui.data.errors import DataSetError

    try:
        return load(path).name, ""
    except DataSetError as error:
        return path.stem, str(error)


def tree(path: Path) -> list[tuple[int, str, str]]:
    """The objects of a data set in the file's order: depth (0 for a root), object, and how its rows are found.

    Which object a lookup leads to is the org's to say, so children are not drawn under a guessed parent. Raises
    DataSetError.
    """
    from hotfix_tui.data.data_set_loader import load

    lines = []
    for spec in load(path).objects:
        ties = ["root"] if spec.root else []
        ties += [f"children by {field}" for field in spec.children_of]
        ties += [f"referred to by {source}.{field}" for source, field in spec.parents_of]
        lines.append((0 if spec.root else 1, spec.name, ", ".join(ties)))
    return lines
