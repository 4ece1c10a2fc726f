"""What the Data tab says of a seed: refusals, rehearsals, keys that are twice, and how fast it goes."""

from __future__ import annotations

from hotfix_tui.events import Envelope, Event, seed, session
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.ui import plan_rows
from hotfix_tui.ui.words import pace_words


def state_of(*events: tuple[str, Event], seconds: int = 1) -> HotfixState:
    state = HotfixState(hotfix="HF-1")
    for number, (step, event) in enumerate(events):
        at = f"2026-01-13T10:00:{number * seconds:02}.000Z"
        fold(state, Envelope(seq=number + 1, at=at, hotfix="HF-1", step=step, event=event))
    return state


def refused(kind: type[seed.RowRefused] | type[seed.RowWouldBeRefused]) -> Event:
    return kind(org="sand", object="Order__c", key="O-1", act="insert", code="NO", message="No order today.")


def started(step: str) -> tuple[str, Event]:
    return step, session.StepStarted(name=step, request=1)


def finished(step: str, result: str = "done") -> tuple[str, Event]:
    return step, session.StepFinished(name=step, request=1, result=result)  # type: ignore[arg-type]


def test_a_plan_that_rows_were_written_after_is_not_shown_as_what_is_to_do() -> None:
    plan = seed.PlanFinished(
        org="sand", data_set="orders", rows=3, insert=2, update=1, delete=0, equal=0, calls=1, size=6000, blockers=()
    )
    made = [started("plan"), ("plan", plan), finished("plan")]
    assert plan_rows.plan_title(state_of(*made)).startswith("Plan: orders  2 new")
    for step in ("seed", "undo_seed"):
        written = [*made, started(step), finished(step, "differences")]
        assert plan_rows.plan_title(state_of(*written)).startswith("Plan before the last write: orders  2 new")
        again = state_of(*written, *made)
        assert plan_rows.plan_title(again).startswith("Plan: orders  2 new")
    refused_seed = [*made, started("seed"), finished("seed", "refused")]
    assert plan_rows.plan_title(state_of(*refused_seed)).startswith("Plan: orders"), "nothing was written"


def test_a_rehearsals_refusals_give_way_to_those_of_the_seed() -> None:
    tried = [started("rehearse"), ("rehearse", refused(seed.RowWouldBeRefused))]
    assert plan_rows.refused_table(state_of(*tried))[0] == "Would be refused (1)"
    seeded = [*tried, started("seed"), ("seed", refused(seed.RowRefused))]
    assert plan_rows.refused_table(state_of(*seeded))[0] == "Refused (1)"


def test_keys_that_are_twice_come_first_with_who_saved_each_row() -> None:
    row = {
        "Id": "a01000000000001AAA",
        "Name": "Alchemy",
        "LastModifiedBy": "Ana",
        "LastModifiedDate": "2026-01-12T08:00",
    }
    found = seed.DuplicateFound(org="prod", object="Order__c", key="O-1", ids=("a", "b"), rows=(row,))
    state = state_of(started("plan"), ("plan", found), ("seed", refused(seed.RowRefused)))
    title, rows = plan_rows.refused_table(state)
    assert title == "Keys that several rows have (1): nothing is written"
    assert len(rows) == 1
    assert plan_rows.duplicate_words(found) == "prod: a01000000000001AAA (Alchemy, Ana, 2026-01-12)"


def test_progress_tells_rows_a_second_and_time_left_of_this_run_only() -> None:
    def moved(done: int) -> tuple[str, Event]:
        return "seed", session.Progress(what="Order__c", org="sand", done=done, total=1000, unit="rows")

    state = state_of(started("seed"), moved(100), moved(300), moved(500))
    assert state.pace("Order__c", "sand") == (200.0, 2.5)
    assert pace_words(*state.pace("Order__c", "sand")) == " (200 a second, 2 s left)"
    assert pace_words(*state_of(started("seed"), moved(100)).pace("Order__c", "sand")) == ""
    again = state_of(started("seed"), moved(900), started("seed"), moved(50), moved(60))
    assert again.pace("Order__c", "sand") == (10.0, 94.0)
