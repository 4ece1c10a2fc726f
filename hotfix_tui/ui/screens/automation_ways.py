"""Choosing what happens to an automation while records are written."""

from __future__ import annotations

from hotfix_tui.events.seed import AutomationFound
from hotfix_tui.ui import automation_rows
from hotfix_tui.ui.screens.dialogs import ChoiceDialog
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.text import Cell, Toned


class AutomationWays(StepScreen):
    """A step's screen with a table `automations`; what is chosen stays in the session."""

    def why_not_way(self) -> str:
        """Why nothing can be chosen for the row in use; empty when it can."""
        one = self._automation
        if one is None:
            return "Go to the automations (tab) and to one of them first."
        return "" if len(one.ways) > 1 else f"There is nothing to choose: {one.detail or one.plan.replace('_', ' ')}."

    @property
    def _automation(self) -> AutomationFound | None:
        """The automation that the cursor is on."""
        table = self.list_in_use
        if table is None or table.id != "automations":
            return None
        return next((one for one in self.state.automations.values() if automation_rows.name_of(one) == table.key), None)

    def do_way(self) -> None:
        """Chooses what happens to one automation while writing."""
        one = self._automation
        if one is None:
            return
        words: list[Cell] = [f"{one.kind} {one.name} in ", Toned(one.org, "strong"), f". {one.detail}"]

        def answered(way: str | None) -> None:
            if way:
                self.session.automations[automation_rows.name_of(one)] = way
                self.redraw()

        self.app.push_screen(ChoiceDialog("While writing", words, automation_rows.choices(one)), answered)
