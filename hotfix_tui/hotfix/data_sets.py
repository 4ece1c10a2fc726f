"""Which data set a person means: a file, or a name among theirs and the templates that come with the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hotfix_tui import paths
from hotfix_tui.hotfix.errors import StepRefused

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet, ObjectSpec
    from hotfix_tui.hotfix.context import Context

_META = "data_set"
_PINNED = "data_set/objects"


def available() -> dict[str, Path]:
    """Data sets by file name without suffix: those of the local orgs here, the person's own, then the templates."""
    from hotfix_tui.data.data_set import available as found_in

    return found_in([paths.local_orgs() / "data-sets", paths.data_sets()])


def find(word: str) -> DataSet:
    """The data set `word`: a path, or a name. Raises DataSetError when there is none such or its file is wrong."""
    from hotfix_tui.data.data_set_loader import load
    from hotfix_tui.data.errors import DataSetError

    named = available()
    if word in named:
        return load(named[word])
    path = Path(word).expanduser()
    if path.suffix == ".toml" or "/" in word:
        return load(path.absolute())
    names = ", ".join(sorted(named)) or "none"
    raise DataSetError(f"There is no data set {word!r}. Name a .toml file or one of: {names}.")


def choose(ctx: Context, word: str) -> DataSet:
    """The data set `word`, which later steps of the hotfix use too; empty: the one chosen before.

    Raises StepRefused when none was chosen, or when it selects otherwise than the one the baseline was taken with.
    """
    word = word or ctx.journal.meta(_META) or ""
    if not word:
        raise StepRefused("No data set was chosen yet.", next="Choose one in step 2.")
    found = find(word)
    pinned = ctx.journal.meta(_PINNED)
    if pinned is not None and pinned != _selection(found):
        raise StepRefused(
            f"The objects of the data set {found.name} are not those the environment's baseline was taken with: what "
            "it selects or matches otherwise now would count as part of the fix.",
            next=f"Use the data set as it was ({ctx.journal.meta(_META)}), or begin a new hotfix.",
        )
    ctx.journal.set_meta(_META, str(found.path))
    return found


def pin(ctx: Context, chosen: DataSet) -> None:
    """Holds later steps to the objects of `chosen`. Its bypass permission set and production's records may change."""
    ctx.journal.set_meta(_PINNED, _selection(chosen))


def _selection(chosen: DataSet) -> str:
    """What decides which rows are read and how they are matched."""
    names = ("name", "key", "root", "where", "children_of", "parents_of", "reference_where", "skip_fields", "mode")
    return json.dumps([[getattr(spec, name) for name in names] + _later(spec) for spec in chosen.objects])


def _later(spec: ObjectSpec) -> list[object]:
    """What data sets could not have at first, only where it is used: journals keep the text they were pinned with."""
    used = {name: repr(getattr(spec, name)) for name in ("fields", "limit", "order_by", "masks") if getattr(spec, name)}
    return [used] if used else []
