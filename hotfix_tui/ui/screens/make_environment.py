"""The dialogs for a new hotfix environment: its name, what it is, the rest. Nothing is asked of an org here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import ComposeResult

from hotfix_tui.ui.screens.form import Field, FormDialog
from hotfix_tui.ui.screens.named_choice import NamedChoiceDialog
from hotfix_tui.ui.text import Toned
from hotfix_tui.ui.widgets.rows import ListRows
from hotfix_tui.ui.widgets.virtual_table import Column, VirtualTable

SCRATCH = "SCRATCH"
_KINDS = (
    ("DEVELOPER", "Developer sandbox", "free; metadata, products; minutes to hours"),
    ("DEVELOPER_PRO", "Developer Pro sandbox", "as Developer, 1 GB"),
    ("PARTIAL", "Partial Copy sandbox", "a sample of the records; hours to days"),
    ("FULL", "Full sandbox", "everything; days"),
    (SCRATCH, "Scratch org", "empty; 1 to 30 days; production must be a Dev Hub"),
)


@dataclass(frozen=True)
class WantedEnvironment:
    """What the person chose. `licence` is a licence type, or SCRATCH."""

    name: str
    licence: str


class MakeEnvironmentDialog(NamedChoiceDialog[WantedEnvironment | None]):
    """Name first, then the kind; Enter in the list goes on to the alias of production."""

    def __init__(self) -> None:
        super().__init__("New hotfix environment")

    def content(self) -> ComposeResult:
        """Name, kinds, buttons."""
        words = "Its name: begins with a letter, at most 10 letters and digits."
        columns = (Column("", 22), Column("", 0, 2))
        yield from self.asked(words, "name, for example hfx2", 10, columns, "What it is", "Go on")

    def on_mount(self) -> None:
        """Fills the list."""
        super().on_mount()
        table = self.query_one(VirtualTable)
        table.styles.height = len(_KINDS) + 2
        table.show(
            ListRows(_KINDS, lambda kind: (Toned(kind[1], "strong"), Toned(kind[2], "dim")), lambda kind: kind[0])
        )

    def picked(self, name: str, key: str | None) -> None:
        """Goes on when there is a name that a sandbox can have."""
        from hotfix_tui.salesforce.environments import check_name

        if why := check_name(name):
            self.wrong(why, name=True)
        elif key is not None:
            self.dismiss(WantedEnvironment(name, key))


def details(wanted: WantedEnvironment) -> FormDialog:
    """What else may be said of the org that is wanted; every answer is there already."""
    if wanted.licence == SCRATCH:
        fields = (
            Field("days", "Days it lives, 1 to 30", "7"),
            Field("edition", "Edition", "Developer"),
            Field("definition", "Scratch org definition file", placeholder="none; ./config/project-scratch-def.json"),
        )
        return FormDialog(f"Scratch org {wanted.name}", fields, "Go on", lambda typed: _made_of(typed)[1])
    fields = (
        Field("description", "Description", placeholder="the hotfix's id and name"),
        Field("clone_of", "Clone of the sandbox", placeholder="none: a copy of production"),
        Field("alias", "Alias it gets here", wanted.name.lower()),
    )
    return FormDialog(f"Sandbox {wanted.name}", fields, "Go on", _wrong_alias)


def arguments(wanted: WantedEnvironment, typed: Mapping[str, str]) -> dict[str, Any]:
    """What `make_scratch` or `make_sandbox` is asked with."""
    if wanted.licence != SCRATCH:
        return {"name": wanted.name, "licence": wanted.licence, **{key: text for key, text in typed.items() if text}}
    definition, _ = _made_of(typed)
    return {"name": wanted.name, "days": int(typed["days"]), "edition": typed["edition"], "definition": definition}


def _wrong_alias(typed: Mapping[str, str]) -> str:
    from hotfix_tui.salesforce.errors import BadLogin
    from hotfix_tui.salesforce.logins.flows import check_alias

    try:
        check_alias(typed["alias"])
    except BadLogin as error:
        return str(error)
    return ""


def _made_of(typed: Mapping[str, str]) -> tuple[str, str]:
    """The text of the definition file, and what is wrong with the answers."""
    from hotfix_tui.salesforce.errors import BadDefinition
    from hotfix_tui.salesforce.scratch_definition import LONGEST, parse

    days, file = typed["days"], typed["definition"]
    if not days.isdecimal() or not 1 <= int(days) <= 30:
        return "", "A scratch org lives 1 to 30 days."
    if not typed["edition"]:
        return "", "An edition is needed: Developer, Enterprise, Professional, Group."
    try:
        with Path(file).expanduser().open(encoding="utf-8") if file else nullcontext() as opened:
            text = opened.read(LONGEST + 1) if opened is not None else ""
        parse(text)
    except BadDefinition as error:
        return "", str(error)
    except (OSError, ValueError):
        return "", f"{file} cannot be read as a text file."
    return text, ""
