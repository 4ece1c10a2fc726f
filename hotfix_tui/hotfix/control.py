"""What a person or a signal asks of the step at work, and the safe points where the step asks back."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from hotfix_tui.hotfix.errors import StepCancelled

Ending = Literal["", "cancel", "stop"]


class Control:
    """The asks of one step.

    `ending`: `cancel` takes back what can be taken back (a running deploy is cancelled in the org); `stop` ends at the
    next safe point and leaves a running deploy to its org, where the next runner finds it.
    """

    def __init__(self) -> None:
        self.ending: Ending = ""
        self._asked = asyncio.Event()
        self._going = asyncio.Event()
        self._going.set()
        self._answers: dict[str, asyncio.Future[str]] = {}

    @property
    def paused(self) -> bool:
        """Whether the step waits at its next safe point."""
        return not self._going.is_set()

    def cancel(self) -> None:
        """Ends the step at its next safe point and takes back what can be."""
        self._end("cancel")

    def stop(self) -> None:
        """Ends the step at its next safe point."""
        self._end("stop")

    def pause(self) -> None:
        """Holds the step at its next safe point."""
        if not self.ending:
            self._going.clear()

    def proceed(self) -> None:
        """Lets it go on."""
        self._going.set()

    def _end(self, ending: Ending) -> None:
        self.ending = self.ending or ending
        self._asked.set()
        self._going.set()

    async def checkpoint(self) -> None:
        """A safe point: nothing is half done here. Waits while paused; raises StepCancelled when asked to end."""
        await self._going.wait()
        if self.ending:
            raise StepCancelled(self.ending)

    async def rest(self, seconds: float) -> None:
        """Sleeps, but not longer than until somebody asks for the end."""
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return

    async def answer_to(self, key: str) -> str:
        """Waits for the answer to the question `key`. Raises StepCancelled when asked to end instead."""
        answer = self._answers.setdefault(key, asyncio.get_running_loop().create_future())
        asked = asyncio.ensure_future(self._asked.wait())
        waits: set[asyncio.Future[Any]] = {answer, asked}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            del self._answers[key]
        if answer.done():
            return answer.result()
        raise StepCancelled(self.ending)

    def give_answer(self, key: str, text: str) -> None:
        """Brings an answer; one to a question nobody asks is dropped."""
        answer = self._answers.get(key)
        if answer is not None and not answer.done():
            answer.set_result(text)
