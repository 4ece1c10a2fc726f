"""Safe points: what is asked of a step reaches it there, and only there."""

from __future__ import annotations

import asyncio

import pytest

from hotfix_tui.hotfix.control import Control
from hotfix_tui.hotfix.errors import StepCancelled


async def test_a_step_nobody_asks_anything_of_goes_on() -> None:
    await Control().checkpoint()


@pytest.mark.parametrize("ending", ["cancel", "stop"])
async def test_an_asked_end_is_raised_at_the_next_safe_point(ending: str) -> None:
    control = Control()
    getattr(control, ending)()
    with pytest.raises(StepCancelled, match=ending):
        await control.checkpoint()
    assert control.ending == ending


async def test_the_first_way_to_end_counts() -> None:
    control = Control()
    control.cancel()
    control.stop()
    assert control.ending == "cancel"


async def test_a_paused_step_waits_until_it_may_proceed() -> None:
    control = Control()
    control.pause()
    waiting = asyncio.create_task(control.checkpoint())
    await asyncio.sleep(0)
    assert not waiting.done()
    control.proceed()
    await asyncio.wait_for(waiting, 1)


async def test_a_paused_step_can_be_ended() -> None:
    control = Control()
    control.pause()
    waiting = asyncio.create_task(control.checkpoint())
    await asyncio.sleep(0)
    control.cancel()
    with pytest.raises(StepCancelled):
        await asyncio.wait_for(waiting, 1)


async def test_a_rest_ends_early_when_the_end_is_asked_for() -> None:
    control = Control()
    resting = asyncio.create_task(control.rest(60))
    await asyncio.sleep(0)
    control.stop()
    await asyncio.wait_for(resting, 1)


async def test_an_answer_reaches_the_question_it_is_for() -> None:
    control = Control()
    asked = asyncio.create_task(control.answer_to("q"))
    await asyncio.sleep(0)
    control.give_answer("other", "no")
    control.give_answer("q", "yes")
    assert await asyncio.wait_for(asked, 1) == "yes"


async def test_a_question_is_not_waited_for_after_the_end_was_asked() -> None:
    control = Control()
    asked = asyncio.create_task(control.answer_to("q"))
    await asyncio.sleep(0)
    control.cancel()
    with pytest.raises(StepCancelled):
        await asyncio.wait_for(asked, 1)
