"""What step 1 does to environments themselves: make, follow, refresh, delete. Each is an act of production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.hotfix.errors import HotfixError
from hotfix_tui.journal import JournalError
from hotfix_tui.ui import org_rows
from hotfix_tui.ui.screens.dialogs import TypedAliasDialog
from hotfix_tui.ui.screens.make_environment import (
    SCRATCH,
    MakeEnvironmentDialog,
    WantedEnvironment,
    arguments,
    details,
)
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import BREAK, Cell

if TYPE_CHECKING:
    from hotfix_tui.events.environment import EnvironmentRequested
    from hotfix_tui.hotfix.orgs import OrgStatus

_ACTS = ("make", "follow", "refresh", "delete")
_MEANWHILE: tuple[Cell, ...] = (
    BREAK, "Its metadata and records stay as they are. The terminal may be closed meanwhile.",
)  # fmt: skip


class MakingScreen(StepScreen):
    """Subclasses say which org is `chosen`."""

    @property
    def chosen(self) -> OrgStatus | None:
        """The org under the cursor."""
        raise NotImplementedError

    def waited_for(self) -> str:
        """The environment that was asked for and is not entered yet; "" when there is none."""
        return next((name for name in reversed(self.state.made) if name not in self.state.made_ready), "")

    def _made(self) -> EnvironmentRequested | None:
        """What this hotfix asked for, when the chosen org is it."""
        status = self.chosen
        ready = self.state.made_ready.values()
        name = next((one.name for one in ready if status and one.org_id[:15] == status.org_id[:15]), "")
        return self.state.made.get(name)

    def why_not(self, command: str) -> str:
        """Once the baseline is taken the environment stays; only what was made by this hotfix is deleted."""
        if command in ("make", "follow", "refresh") and "environment" in self.state.baselines:
            return f"The baseline of {self.environment} is taken: this hotfix stays in it."
        if command == "follow" and not self.waited_for():
            return "No org was asked for that is not there yet; n makes one."
        status = self.chosen
        if command in ("refresh", "delete") and status is None:
            return "There is no org to choose."
        if command == "refresh" and status is not None and not status.kind.startswith("sandbox"):
            kind = "PRODUCTION" if org_rows.is_production(status) else f"a {status.kind or 'silent'} org"
            return f"{status.alias} is {kind}: only a sandbox of production is copied anew."
        if command == "refresh" and status is not None and status.people:
            return f"{status.alias} is in use by {', '.join(status.people[:3])}: what they made there would be gone."
        if command == "delete" and status is not None and self._made() is None:
            return f"{status.alias} was not made by this hotfix: delete it in the Setup of {self.production}."
        return self.idle() if command in _ACTS else super().why_not(command)

    def do_make(self) -> None:
        """Asks for the name and kind, for the rest, then for production's alias."""

        def wanted(found: WantedEnvironment | None) -> None:
            if found is not None:
                self.app.push_screen(details(found), lambda typed: self._ask_for(found, typed))

        self.app.push_screen(MakeEnvironmentDialog(), wanted)

    def _ask_for(self, wanted: WantedEnvironment, typed: dict[str, str] | None) -> None:
        if typed is None:
            return
        scratch = wanted.licence == SCRATCH
        what = "scratch org" if scratch else f"{wanted.licence.replace('_', ' ').capitalize()} sandbox"
        words: tuple[Cell, ...] = (f"Ask for the {what} {wanted.name}.", *_MEANWHILE)
        if scratch:
            words = (*words, BREAK, "It begins empty: bring the impact set from production in step 2.")
        step = "make_scratch" if scratch else "make_sandbox"
        self._permitted("Make an org from PRODUCTION", words, "Make it", step, arguments(wanted, typed))

    def do_follow(self) -> None:
        """Goes on with what was asked for; that needs no permit."""
        name = self.waited_for()
        kind = "make_scratch" if self.state.made[name].kind == "scratch" else "make_sandbox"
        self.post(kind, name=name)

    def do_refresh(self) -> None:
        """Copies production anew into the chosen sandbox."""
        status = self.chosen
        if status is None:
            return
        words: list[Cell] = [
            f"Copy production anew into {status.alias} ({status.label}).", BREAK,
            f"All that is in {status.alias} goes for good: its metadata, its records, its users' work.", BREAK,
            "It becomes another org with another id; minutes to hours. The terminal may be closed meanwhile.",
        ]  # fmt: skip
        title = f"Refresh {status.alias} from PRODUCTION"
        self._permitted(title, words, "Refresh it", "refresh_sandbox", {"alias": status.alias})

    def do_delete(self) -> None:
        """Deletes the chosen org, which this hotfix has made."""
        status, made = self.chosen, self._made()
        if status is None or made is None:
            return
        words: list[Cell] = [
            f"Delete the {'scratch org' if made.kind == 'scratch' else 'sandbox'} {made.name} ({status.alias}).", BREAK,
            "All that is in it goes for good, and our login to it is forgotten.",
        ]  # fmt: skip
        arguments = {"name": made.name, "environment_kind": made.kind}
        self._permitted(f"Delete {status.alias}", words, "Delete it", "delete_environment", arguments)

    def _permitted(
        self, title: str, words: list[Cell] | tuple[Cell, ...], act: str, step: str, arguments: dict[str, Any]
    ) -> None:
        """Posts `step` with a permit, once production's alias is typed in full."""

        def typed(alias: str | None) -> None:
            if not alias:
                return
            try:
                permit = self.session.client.grant_permit(alias, "manage_sandbox")
            except (HotfixError, JournalError) as error:
                self.flash(str(error), "bad")
                return
            self.post(step, **arguments, permit=permit)

        self.app.push_screen(TypedAliasDialog(self.production, title, list(words), act), typed)
