"""The Data tab's details: rows of an object, an automation's state, a refusal in full, ways to the outside."""

from __future__ import annotations

from hotfix_tui.events.seed import ObjectPlanned, RowRefused, RowWouldBeRefused
from hotfix_tui.ui import reach_rows
from hotfix_tui.ui.screens.automation_ways import AutomationWays
from hotfix_tui.ui.screens.row_details import automation_detail, duplicate_detail, planned_detail, refused_detail


class SeedDetails(AutomationWays):
    """A step's screen with the tables `plan`, `automations` and `refused`."""

    def do_outside(self) -> None:
        """What may reach the outside from the environment."""
        self.app.push_screen(reach_rows.detail(self.state.reach))

    def do_detail(self) -> None:
        """The rows of an object, an automation's state, a refusal in full."""
        table = self.list_in_use
        if table is None or table.key is None:
            return
        if table.id == "refused" and self.state.duplicates:
            twice = (one for one in self.state.duplicates if f"{one.org}/{one.object}/{one.key}" == table.key)
            self.app.push_screen(duplicate_detail(next(twice)))
        elif table.id == "refused":
            shown: list[RowRefused | RowWouldBeRefused] = [*self.state.refused, *self.state.would_be_refused]
            row = next(row for row in shown if f"{row.object}/{row.key}" == table.key)
            self.app.push_screen(refused_detail(row))
        elif table.id == "automations":
            one = next(one for one in self.state.automations.values() if f"{one.kind}:{one.name}" == table.key)
            self.app.push_screen(automation_detail(one))
        elif table.id == "plan":
            planned: ObjectPlanned = next(one for one in self.state.planned if one.object == table.key)
            self.app.push_screen(planned_detail(self.state, planned))
