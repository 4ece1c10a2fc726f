"""Asks the runner for a step and shows its events until it ends. The step does not need this process."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from hotfix_tui.events import Envelope, Question
from hotfix_tui.events.session import StepFinished
from hotfix_tui.headless import codes
from hotfix_tui.headless.output import Output
from hotfix_tui.hotfix.client import HotfixClient

_LOOK_SECONDS = 0.1
# A runner needs a moment to start; one that was there and is not any more needs less to be missed.
_PATIENCE_SECONDS, _MISSED_SECONDS = 20.0, 2.0
_MOST_INTERRUPTS = 2


class Follower:
    """Runs steps of one hotfix, one after the other, and prints what they say."""

    def __init__(self, client: HotfixClient, output: Output) -> None:
        self._client = client
        self._output = output
        self._interrupts = 0
        client.poll()

    def run(self, kind: str, **args: Any) -> int:
        """Does one step; its exit code. Ctrl+C asks the runner to cancel; a second one only stops looking."""
        running = self._client.state.running
        if running and self._client.runner_alive():
            self._output.message(
                f"A runner is at work on {self._client.id} ({running}); {kind} waits until it has ended."
            )
        with self._interruptible():
            return self._follow(self._client.request(kind, **args), kind)

    def answer(self, question: Question) -> None:
        """A command has nobody to ask: the first choice is the careful one by convention."""
        choice = question.choices[0] if question.choices else ""
        self._output.message(f"{question.text} Answered: {choice or '(nothing)'}")
        self._client.answer(question.key, choice)

    def _follow(self, number: int, kind: str) -> int:
        alive_at = time.monotonic()
        patience = _PATIENCE_SECONDS
        cancelled = False
        while True:
            alive = self._client.runner_alive()
            for envelope in self._client.poll():
                self._output.envelope(envelope)
                code = self._code(envelope, number)
                if code is not None:
                    return code
            if alive:
                alive_at, patience = time.monotonic(), _MISSED_SECONDS
            elif time.monotonic() - alive_at > patience:
                self._output.message(f"The runner ended during {kind}. Go on with: hotfix-tui resume {self._client.id}")
                return codes.UNFINISHED
            if self._interrupts == 1 and not cancelled:
                cancelled = True
                self._client.cancel()
                self._output.message("Cancelling: the step ends at its next safe point and takes back what it must.")
            elif self._interrupts > 1:
                self._output.message(f"The step goes on without this terminal: hotfix-tui status {self._client.id}")
                return codes.CANCELLED
            time.sleep(_LOOK_SECONDS)

    def _code(self, envelope: Envelope, number: int) -> int | None:
        event = envelope.event
        if isinstance(event, Question):
            self.answer(event)
        if isinstance(event, StepFinished) and event.request == number:
            return codes.of_result(event.result)
        return None

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        def interrupted(signum: int, frame: FrameType | None) -> None:
            self._interrupts += 1
            if self._interrupts > _MOST_INTERRUPTS:
                raise KeyboardInterrupt  # whoever should read our words does not, and holds us up

        self._interrupts = 0
        before = signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
