"""Work that waits for orgs or disks, off the screen's loop: daemon threads that answer with one message each.

A daemon thread with a loop of its own never delays leaving, and never stops when a terminal no longer takes output.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from hotfix_tui.hotfix.orgs import OrgStatus


@dataclass
class OrgSurveyed(Message):
    """One org answered, or did not."""

    status: OrgStatus


@dataclass
class SurveyEnded(Message):
    """Every org has been asked. `error`: why none could be, or empty."""

    error: str = ""


@dataclass
class Answered(Message):
    """A background call came back. `then` runs on the screen's side; `error` is a sentence, or empty."""

    result: Any
    error: str
    then: Callable[[Any, str], None]


def survey(target: MessagePump) -> None:
    """Asks every known org in a thread; `target` gets OrgSurveyed for each and SurveyEnded at the end."""

    async def ask() -> None:
        from hotfix_tui.hotfix import orgs

        async for status in orgs.survey():
            target.post_message(OrgSurveyed(status))

    def work() -> None:
        try:
            asyncio.run(ask())
        except Exception as error:  # whatever it was, a person is told
            target.post_message(SurveyEnded(sentence_of(error)))
        else:
            target.post_message(SurveyEnded())

    threading.Thread(target=work, name="survey", daemon=True).start()


def call(target: MessagePump, make: Callable[[], Coroutine[Any, Any, Any]], then: Callable[[Any, str], None]) -> None:
    """Runs a coroutine in a thread with a loop of its own; `then(result, error)` runs where `target` lives."""

    def work() -> None:
        try:
            result = asyncio.run(make())
        except Exception as error:  # whatever it was, a person is told
            target.post_message(Answered(None, sentence_of(error), then))
        else:
            target.post_message(Answered(result, "", then))

    threading.Thread(target=work, name="call", daemon=True).start()


def sentence_of(error: BaseException) -> str:
    """What went wrong and the way out, as said by our own errors; others are named by their class."""
    words = str(error).strip()
    if not words or not type(error).__module__.startswith("hotfix_tui"):
        return f"{type(error).__name__}: {words}"
    way_out = str(getattr(error, "next", ""))
    return f"{words} {way_out}" if way_out and way_out not in words else words
