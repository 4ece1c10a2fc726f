"""Which screen shows which step."""

from __future__ import annotations

from hotfix_tui.ui.screens.compare import CompareScreen
from hotfix_tui.ui.screens.environment import EnvironmentScreen
from hotfix_tui.ui.screens.finished import FinishedScreen
from hotfix_tui.ui.screens.fix import FixScreen
from hotfix_tui.ui.screens.promote import PromoteScreen
from hotfix_tui.ui.screens.seed_data import DataScreen
from hotfix_tui.ui.screens.step import StepScreen
from hotfix_tui.ui.screens.sync import SyncScreen
from hotfix_tui.ui.session import Session


def screen_of(step: int, session: Session) -> StepScreen:
    """The screen of a step: 1 to 4, 5 for the finished hotfix. Within a step, where the work is."""
    state = session.state
    if step == 1:
        return EnvironmentScreen(session)
    if step == 2:
        return (
            DataScreen(session)
            if state.plan or state.running in ("plan", "seed", "baseline")
            else CompareScreen(session)
        )
    if step == 3:
        return PromoteScreen(session) if state.fix or state.gates else FixScreen(session)
    return SyncScreen(session) if step == 4 else FinishedScreen(session)
