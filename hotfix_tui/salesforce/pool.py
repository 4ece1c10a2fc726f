"""A few daemon threads for one org's blocking calls.

Not `ThreadPoolExecutor`: its threads are joined when the process ends, so one call to an org that does not answer would
keep a program alive that the user has left.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from hotfix_tui.salesforce.heaps import share_heaps

Result = TypeVar("Result")


class Pool:
    """At most `size` threads, started when there is work. Use from any thread."""

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._work: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0
        self._closed = False
        share_heaps()

    def submit(self, work: Callable[[], Result]) -> Future[Result]:
        """Runs `work` on a thread of the pool. Raises RuntimeError when the pool is closed."""
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the pool of {self._name} is closed")
            self._work.put((future, work))
            if self._idle > 0:
                self._idle -= 1
            elif self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()
        return future

    def close(self) -> None:
        """Takes no more work and lets go of what has not begun. What runs is not waited for."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            threads = self._threads
        while True:
            try:
                item = self._work.get_nowait()
            except queue.Empty:
                break
            if item is not None:
                item[0].cancel()
        for _ in range(threads):
            self._work.put(None)

    def _run(self) -> None:
        while (item := self._work.get()) is not None:
            future, work = item
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work())
                except BaseException as error:  # whatever it is, it belongs to the one who waits
                    future.set_exception(error)
            # Neither the work nor its result may live on in a waiting thread.
            del item, future, work
            with self._lock:
                if self._work.empty():
                    self._idle += 1
