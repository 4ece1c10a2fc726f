"""A line to one org for a screen that asks it again and again: one connection, one thread, answers as messages."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from textual.message_pump import MessagePump

from hotfix_tui.ui.background import Answered, sentence_of

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Ask = Callable[["Org"], Coroutine[Any, Any, Any]]
Then = Callable[[Any, str], None]


class OrgLine:
    """Asks the org `alias`; it is connected at the first question. Describes are kept as long as the line."""

    def __init__(self, target: MessagePump, alias: str) -> None:
        self.alias = alias
        self._target = target
        self._loop: asyncio.AbstractEventLoop | None = None
        self._org: Org | None = None
        self._connecting: asyncio.Lock | None = None
        self._closed = False

    def ask(self, make: Ask, then: Then) -> None:
        """Runs `make(org)` on the line's thread; `then(result, error)` runs where the target lives."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name=f"line-{self.alias}", daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._answer(make, then), self._loop)

    async def _answer(self, make: Ask, then: Then) -> None:
        try:
            result = await make(await self._connected())
        except Exception as error:  # whatever it was, a person is told
            result, words = None, sentence_of(error)
        else:
            words = ""
        if not self._closed:
            self._target.post_message(Answered(result, words, then))

    async def _connected(self) -> Org:
        from hotfix_tui.salesforce.login import login_for
        from hotfix_tui.salesforce.org import Org

        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._org is None:
                self._org = await Org.connect(login_for(self.alias))
            return self._org

    def close(self) -> None:
        """Lets go of the connection. What is still asked is not answered."""
        self._closed = True
        loop = self._loop
        if loop is not None:
            self._loop = None
            with contextlib.suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(self._end(loop), loop)

    async def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._org is not None:
            await self._org.close()
        loop.call_soon(loop.stop)
