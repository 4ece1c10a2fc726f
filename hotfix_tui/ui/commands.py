"""The one table of what a person can do: footer, key bindings, command palette, help screen and README come from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding

EVERYWHERE = "everywhere"
HOTFIX = "hotfix"
TABLE = "table"
DIFFERENCE = "difference"

SCREENS: dict[str, str] = {
    "home": "Home",
    "two_sides": "Compare A B",
    "records": "Records",
    "data_sets": "Data sets",
    "data_set": "A data set",
    "environment": "1 Environment",
    "compare": "2 Seed: Compare",
    "data": "2 Seed: Data",
    "fix": "Make your fix",
    "promote": "3 Promote",
    "sync": "4 Sync",
    "finished": "Finished",
    TABLE: "In every list",
    DIFFERENCE: "In every difference",
    HOTFIX: "In every step of a hotfix",
    EVERYWHERE: "Everywhere",
}
"""Where commands belong, in the order in which help and README show them."""

_OUTSIDE_STEPS = frozenset({"home", "two_sides", "records", "data_sets", "data_set"})
_WITH_DIFFERENCE = frozenset({"two_sides", "records", "compare", "promote"})


@dataclass(frozen=True)
class Command:
    """One thing to do. `keys` in Textual's names, the first is the one shown; `label` is the footer's word.

    `sentence` says what it does. `where` is one of `SCREENS`. `shown` puts it in the footer.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    sentence: str
    where: str
    shown: bool = True


_FROM_HERE = "Make a data set around the record whose impact is shown."
_IMPACT_OF_THIS = "Show only what belongs to the component, its object included: rules, flows, grants, layouts."


def _commands(where: str, *rows: tuple[str, str, str, str] | tuple[str, str, str, str, bool]) -> list[Command]:
    return [Command(row[0], tuple(row[1].split()), row[2], row[3], where, *row[4:]) for row in rows]


COMMANDS: tuple[Command, ...] = (
    *_commands(
        "home",
        ("new", "n", "New hotfix", "Begin a hotfix: its name and the production org."),
        ("open", "enter", "Open", "Open the chosen hotfix where it stands."),
        ("restore", "r", "Restore now", "Put every automation that is still off back into the state it had."),
        ("compare", "c", "Compare", "Compare two orgs, two folders, or one of each. It only looks."),
        ("orgs", "o", "Orgs", "Go to the orgs, and ask each of them again."),
        ("data_sets", "d", "Data sets", "See, make and change data sets: which records belong together."),
        ("log_in", "L", "Log in", "Log in to an org: browser, key, app secret, auth URL, token or password.", False),
        ("log_out", "X", "Log out", "Forget the chosen org's login, and end its tokens in the org.", False),
    ),
    *_commands(
        "two_sides",
        ("view", "v", "Structure/text", "Show a difference by structure or as text."),
        ("state", "s", "State", "Show only one state: different, only in A, only in B, unreadable; then all."),
        ("uses", "d", "Depends", "Show what the component depends on and what uses it, on each side."),
        ("impact", "i", "Impact", "Show only the impact that was asked for, or everything."),
        ("export", "x", "Write", "Write what is selected, or listed, into a folder: Markdown, JSON, manifests."),
        ("records", "h", "Records", "Show the records of a data set in both orgs: by key, field by field."),
        ("again", "r", "Again", "Compare again; what has not changed is not fetched again."),
        ("fresh", "R", "Fresh", "Compare again, and fetch everything.", False),
        ("impact_this", "m", "Impact of this", _IMPACT_OF_THIS, False),
        ("impact_of", "M", "Impact of", "Show only the impact of a record, component or object you name.", False),
        ("from_here", "D", "From here", _FROM_HERE, False),
        ("packages", "P", "Packages", "Compare again with, or without, what installed packages brought.", False),
        ("clear", "backspace", "Show all", "List everything that differs: no filter, no impact, every state.", False),
        ("open_difference", "enter", "Difference", "Open the difference of the component, or fold the group.", False),
        ("next", "n", "Next", "Go to the next component that differs.", False),
        ("previous", "p", "Previous", "Go to the previous component that differs.", False),
        ("who", "u", "Who and when", "Show who changed the component last, and when, on each side.", False),
        ("select", "space", "Select", "Select the component, or the group, for writing.", False),
        ("back", "escape", "Back", "Close what is open, else go back to Home.", False),
    ),
    *_commands(
        "records",
        ("view", "v", "Fields/text", "Show a record by the fields that differ, or all its fields as text."),
        ("state", "s", "State", "Show only one state: different, only in A, only in B, ambiguous …; then all."),
        ("choose_set", "d", "Data set", "Choose the data set whose records are compared."),
        ("export", "x", "Write", "Write what is selected, or listed, into a folder: Markdown, JSON, CSV."),
        ("again", "r", "Again", "Read both orgs and compare again."),
        ("who", "u", "Who and when", "Show who changed each record last on each side, and when, or its state."),
        ("open_difference", "enter", "Fields", "Open the fields of the record, or fold the object.", False),
        ("from_here", "D", "From here", "Make a data set around the record, with what hangs on it.", False),
        ("next", "n", "Next", "Go to the next record.", False),
        ("previous", "p", "Previous", "Go to the previous record.", False),
        ("select", "space", "Select", "Select the record, or all of the object, for writing.", False),
        ("back", "escape", "Back", "Close what is open, else go back to the components.", False),
    ),
    *_commands(
        "data_sets",
        ("open", "enter", "Open", "Open the data set: its objects, filters, match keys, modes and masks."),
        ("new", "n", "New", "Make a data set: choose its root, then tick what belongs to it."),
        ("from_here", "f", "From a record", "Make a data set around one record, by its Id."),
        ("copy", "c", "Copy", "Copy the data set under another name."),
        ("editor", "e", "Editor", "Change the file in $EDITOR; it is checked afterwards."),
        ("delete", "D", "Delete", "Delete the data set's file. Templates stay."),
        ("export", "x", "Export", "Write the file to a place of yours, to share it.", False),
        ("clipboard", "y", "Clipboard", "Copy the file to your terminal's clipboard.", False),
        ("org", "o", "Org", "Choose the org whose objects are shown.", False),
        ("back", "escape", "Back", "Close what is open, else go back.", False),
    ),
    *_commands(
        "data_set",
        ("tick", "space", "Tick", "Take the object along by this lookup, or leave it out."),
        ("fold", "enter", "Open/fold", "Show all parents and children of the object, or only what is ticked."),
        ("where", "w", "Filter", "Change the object's SOQL filter; its rows are counted at once."),
        ("key", "K", "Match key", "Choose how rows are matched; the org's rows are checked for it."),
        ("mode", "m", "Mode", "Choose what is done to rows: upsert, insert, update, reference, delete."),
        ("masks", "M", "Masks", "Choose fields whose values never leave production."),
        ("save", "s", "Save", "Write the data set to your own folder."),
        ("limit", "L", "Limit", "Change how many rows are read, and in which order.", False),
        ("fields", "F", "Fields", "Choose the fields that are carried; none chosen: all that can be written.", False),
        ("count", "c", "Count", "Count the rows of every object of the data set.", False),
        ("root", "a", "Add root", "Add another root object.", False),
        ("remove", "X", "Remove", "Take the object out of the data set, with what only it brought.", False),
        ("back", "escape", "Back", "Close what is open, else go back; asks when something is not saved.", False),
    ),
    *_commands(
        "environment",
        ("choose", "enter", "Choose", "Make the fix in the chosen org. Production is refused."),
        ("survey", "r", "Ask again", "Ask every org again: connection, age, limits."),
        ("make", "n", "New org", "Make a sandbox or scratch org for this hotfix; production's alias is typed in full."),
        ("follow", "f", "Follow", "Go on waiting for the org that was asked for, log in to it and choose it."),
        ("drift", "d", "Drift", "Compare each org with production on the data set's impact set; least drifted first."),
        ("refresh", "R", "Refresh", "Copy production anew into the chosen sandbox: all that is in it goes.", False),
        ("delete", "X", "Delete", "Delete the chosen org, when this hotfix has made it.", False),
    ),
    *_commands(
        "compare",
        ("compare", "c", "Compare", "Compare production with the environment, component by component."),
        ("select", "space", "Select", "Select the component, or the group, to bring it from production."),
        ("bring", "b", "Bring", "Bring the selected components from production to the environment."),
        ("undo", "B", "Undo bring", "Take back in the environment what was last brought from production.", False),
        ("data", "t", "Data", "Go to the Data tab."),
        ("records", "h", "Records", "Show the records of a data set in both orgs: by key, field by field.", False),
        ("impact", "i", "Impact", "Show only what touches the data set's objects, or everything."),
        ("uses", "d", "Depends", "Show what the component depends on and what uses it, on each side.", False),
        ("impact_this", "m", "Impact of this", _IMPACT_OF_THIS, False),
        ("impact_of", "M", "Impact of", "Show only the impact of a record, component or object you name.", False),
        ("from_here", "D", "From here", _FROM_HERE, False),
        ("clear", "backspace", "Show all", "List everything that differs: no filter, no impact.", False),
        ("view", "v", "Structure/text", "Show a difference by structure or as text."),
        ("open_difference", "enter", "Difference", "Open the difference of the component, or fold the group.", False),
        ("who", "u", "Who and when", "Show who changed the component last, and when, on each side.", False),
        ("next", "n", "Next", "Go to the next component that differs.", False),
        ("previous", "p", "Previous", "Go to the previous component that differs.", False),
        ("all", "a", "Select all", "Select every component that is listed, or none.", False),
    ),
    *_commands(
        "data",
        ("choose_set", "d", "Data set", "Choose the data set: which records belong to the fix."),
        ("data_sets", "e", "Edit sets", "See, make and change data sets.", False),
        ("plan", "p", "Plan", "Work out what would be written to the environment. Writes nothing."),
        ("seed", "s", "Seed", "Write the planned records; automations are off meanwhile and restored after."),
        ("rehearse", "R", "Rehearse", "Try the rows in the environment as it is; the org rolls all of it back.", False),
        ("retry", "f", "Retry failed", "Write only the rows again that the org refused."),
        ("baseline", "b", "Baseline", "Take the environment's baseline: what changes from here on is the fix."),
        ("compare_tab", "t", "Compare", "Go to the Compare tab."),
        ("restore_now", "r", "Restore now", "Put every automation that is still off back into its state.", False),
        (
            "undo",
            "z",
            "Undo seed",
            "Take back what was seeded: inserted rows go, changed rows get their values again.",
            False,
        ),
        ("export", "x", "Export refused", "Write the refused rows, with the org's words, into a CSV file.", False),
        ("way", "a", "Automation", "Choose what happens to the chosen automation while writing.", False),
        ("outside", "o", "Outside", "Show what could reach the outside from the environment, and what to do.", False),
        ("twins", "w", "Twins", "Decide what happens to rows that look like a row of the plan.", False),
        ("detail", "enter", "Rows", "Show the rows of the chosen object, or the words of a refusal.", False),
    ),
    *_commands(
        "fix",
        ("rescan", "r", "Rescan", "Look for the fix: what changed in the environment since its baseline."),
        ("apply", "a", "Apply prepared fix", "Demo: let a colleague make the prepared fix in the environment."),
        ("promote", "enter", "Promote", "Go on to promote the fix that was found."),
    ),
    *_commands(
        "promote",
        ("select", "space", "Select", "Take a part of the fix along, or leave it out."),
        ("validate", "V", "Validate", "Run the deploy with its tests in production without changing anything."),
        ("deploy", "D", "Deploy", "Promote to PRODUCTION. Asks for the org's alias, typed in full."),
        ("rescan", "r", "Rescan", "Look for the fix again."),
        ("detail", "enter", "Detail", "Show what changes in the chosen part.", False),
        ("view", "v", "Structure/text", "Show a difference by structure or as text.", False),
    ),
    *_commands(
        "sync",
        ("classify", "c", "Compare orgs", "Compare every org with the fix. Writes nothing."),
        ("start", "s", "Sync", "Bring the fix to every org where it applies; what differs is left alone."),
        ("cells", "enter", "Detail", "Show each part of the fix in the chosen org, and why it is left alone."),
        ("log_of", "a", "Log: all/org", "Show the log of all orgs, or only of the chosen one."),
        ("finish", "F", "Finish", "Close the hotfix with its certificates."),
    ),
    *_commands(
        "finished",
        ("open_cell", "enter", "Detail", "Show the fix in the chosen org, or why the chosen part was left alone."),
        ("back_home", "h", "Home", "Go back to Home."),
    ),
    *_commands(
        TABLE,
        ("down", "down j", "Down", "One row down.", False),
        ("up", "up k", "Up", "One row up.", False),
        ("page_down", "pagedown ctrl+d", "Page down", "One page down.", False),
        ("page_up", "pageup ctrl+u", "Page up", "One page up.", False),
        ("top", "home g", "Top", "First row.", False),
        ("bottom", "end G", "Bottom", "Last row.", False),
        ("filter", "slash", "Filter", "Show only rows that contain a text; `!text` shows the others.", False),
        ("sort", "O", "Order", "Order by the next column.", False),
    ),
    *_commands(
        DIFFERENCE,
        ("next_change", "right_square_bracket", "Next place", "Go to the next place that differs.", False),
        ("previous_change", "left_square_bracket", "Previous place", "Go to the previous place that differs.", False),
        ("unfold", "z", "Unfold", "Show unchanged lines and long values in full, or fold them.", False),
        ("columns", "w", "Columns", "Show both sides beside each other, or in one column.", False),
        ("full", "f", "Full screen", "Show the difference on the whole screen, or beside the list.", False),
        ("copy", "y", "Copy", "Copy the difference to your terminal's clipboard.", False),
        ("pager", "o", "Pager", "Read the difference in $PAGER.", False),
        ("editor", "e", "Editor", "Open both sides in $EDITOR, as copies.", False),
    ),
    *_commands(
        HOTFIX,
        ("step_1", "1", "Environment", "Go to step 1, Environment.", False),
        ("step_2", "2", "Seed", "Go to step 2, Seed.", False),
        ("step_3", "3", "Promote", "Go to step 3, Promote (or to the wait for the fix).", False),
        ("step_4", "4", "Sync", "Go to step 4, Sync.", False),
        ("pause", "P", "Pause job", "Hold what runs at the next safe point, or let it go on.", False),
        ("cancel", "C", "Cancel job", "Cancel what runs, at the next safe point.", False),
        ("back", "escape", "Back", "Close what is open, else go back to Home.", False),
        ("log", "l", "Log", "The log: small, half of the screen, all of it."),
    ),
    *_commands(
        EVERYWHERE,
        ("help", "question_mark f1", "Help", "What every key of this screen does."),
        ("palette", "ctrl+p colon", "Commands", "Find a command by its name.", False),
        ("focus", "tab", "Next panel", "Go to the next panel; shift+tab to the previous one.", False),
        ("quit", "q", "Quit", "Leave. What runs in an org goes on; start again to be where you were."),
    ),
)

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "tab": "Tab",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "f1": "F1",
    "backspace": "Backspace",
}


def key_name(key: str) -> str:
    """A key as people write it: `?`, `Ctrl+P`, `Enter`."""
    if key.startswith("ctrl+"):
        return "Ctrl+" + key_name(key[5:]).upper()
    return _NAMES.get(key, key)


def _wider(where: str) -> tuple[str, ...]:
    """The places whose commands a screen has beside its own."""
    difference = (DIFFERENCE,) if where in _WITH_DIFFERENCE else ()
    return (*difference, EVERYWHERE) if where in _OUTSIDE_STEPS else (*difference, HOTFIX, EVERYWHERE)


def commands_of(where: str) -> list[Command]:
    """The commands of one screen with those that hold everywhere (and in every step, for a step's screen)."""
    return [command for place in (where, *_wider(where)) for command in COMMANDS if command.where == place]


def footer_of(where: str, difference: bool = False) -> list[Command]:
    """What the footer shows, most important first. `difference`: while one has the focus, what is done with it."""
    first = [command for command in COMMANDS if difference and command.where == DIFFERENCE]
    return [*first, *(command for command in commands_of(where) if command.shown)]


def bindings_for(where: str) -> list[Binding]:
    """The key bindings of one screen. Each runs the action `run` with the command's id."""
    return [_binding(command) for command in commands_of(where) if command.id != "focus"]


def table_bindings() -> list[Binding]:
    """The key bindings that move inside a list: actions of the list itself."""
    moves = [command for command in COMMANDS if command.where == TABLE and command.id not in ("filter", "sort")]
    return [Binding(",".join(command.keys), command.id, command.label, show=False) for command in moves]


def list_bindings() -> list[Binding]:
    """The key bindings a screen with lists has beside its own: filter and order."""
    return [_binding(command) for command in COMMANDS if command.where == TABLE and command.id in ("filter", "sort")]


def _binding(command: Command) -> Binding:
    return Binding(
        ",".join(command.keys),
        f"run('{command.id}')",
        command.label,
        show=False,
        tooltip=command.sentence,
        id=f"{command.where}.{command.id}",
    )


def help_sections(where: str) -> list[tuple[str, list[Command]]]:
    """What the help screen lists: this screen first, then what holds in every list, step and screen."""
    places = (where, TABLE, *_wider(where))
    return [(SCREENS[place], [c for c in COMMANDS if c.where == place]) for place in places]


def keys_of(command: Command) -> str:
    """All keys of a command: `↓ j`."""
    return " ".join(key_name(key) for key in command.keys)


def readme_table() -> str:
    """The key table of the README, in Markdown."""
    return "\n".join(_readme_lines())


def _readme_lines() -> Iterable[str]:
    yield "| Where | Key | What it does |"
    yield "|---|---|---|"
    for place, title in SCREENS.items():
        for command in COMMANDS:
            if command.where == place:
                keys = " ".join(f"`{key_name(key)}`" for key in command.keys)
                yield f"| {title} | {keys} | {command.sentence} |"
