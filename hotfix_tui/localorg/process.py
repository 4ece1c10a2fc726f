"""Starting, finding and stopping the one process of local orgs; run as a module, it is that process."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, Any

from hotfix_tui.localorg import registry
from hotfix_tui.localorg.client import Connection, HttpProblem
from hotfix_tui.localorg.wanted import CannotStart, Say, Wanted, wanted_from

_STOP_SECONDS = 15.0
_LOCK_SECONDS = 5.0
_MODULE = "hotfix_tui.localorg.process"


class NotRunning(Exception):
    """There are no local orgs running. The message is a sentence."""


def running() -> registry.Registry | None:
    """The registry of the running local orgs; None when none run. A registry left by a dead process is removed.

    Alive means: the process is there, and what answers at the control address takes the registry's token. A process
    that is there but too busy to answer is alive.
    """
    found = registry.read()
    if found is None:
        return None
    pid = int(found.get("pid", 0))
    if pid < 1 or not registry.process_exists(pid):
        registry.remove(pid)
        return None
    try:
        answer = _control(found, seconds=10).json("GET", "/status")
    except HttpProblem as error:
        if error.slow:
            return found
        registry.remove(pid)
        return None
    return found if answer.get("pid") == pid else None


def _control(found: registry.Registry, seconds: float = 600) -> Connection:
    return Connection(found["control"]["url"], found["control"]["token"], seconds)


def control(method: str, path: str, body: Any = None) -> dict[str, Any]:
    """One call of the control endpoint. Raises NotRunning, or HttpProblem with the endpoint's sentence."""
    found = running()
    if found is None:
        raise NotRunning("No local orgs are running. Start them with: hotfix-tui local-orgs start")
    answer: dict[str, Any] = _control(found).json(method, path, body)
    return answer


def status() -> dict[str, Any]:
    """The running instance in short, without secrets. Raises NotRunning."""
    return control("GET", "/status")


def apply(alias: str, change: str) -> list[str]:
    """Makes a prepared change in an org; what was done, a sentence each. Raises NotRunning, HttpProblem."""
    return list(control("POST", f"/orgs/{alias}/apply", {"change": change})["done"])


def start(wanted: Wanted, say: Callable[[str], None] = lambda words: None) -> tuple[registry.Registry, bool]:
    """Starts the local orgs and waits until they answer. Returns the registry, and False when they ran already.

    `say` takes a line of progress for each org. Raises CannotStart.
    """
    with _start_lock():
        found = running()
        if found is not None:
            _check_same(found, wanted)
            return found, False
        _spawn(wanted, say)
    found = running()
    if found is None:
        raise CannotStart(f"The local orgs stopped right after they had started; {_log()} may say why.", usage=False)
    return found, True


def _check_same(found: registry.Registry, wanted: Wanted) -> None:
    here = _control(found).json("GET", "/status")["source"]
    if wanted.fresh or here != wanted.source():
        raise CannotStart(f"Local orgs are running already ({here}). Stop them first: hotfix-tui local-orgs stop")
    if wanted.now:
        raise CannotStart(
            "Local orgs are running already; set their clock with: hotfix-tui local-orgs control clock --now …"
        )


def _log() -> str:
    return str(registry.home() / "process.log")


@contextlib.contextmanager
def _start_lock() -> Iterator[None]:
    """Two starts at once: the second waits, and finds the first one's orgs."""
    file = os.open(registry.home() / "start.lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _spawn(wanted: Wanted, say: Callable[[str], None]) -> None:
    """Starts the process in a session of its own and passes its progress on until it serves. Raises CannotStart."""
    reading, writing = os.pipe()
    log = os.open(_log(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        subprocess.Popen(
            [sys.executable, "-m", _MODULE, json.dumps(asdict(wanted)), str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
            start_new_session=True,
        )
    finally:
        os.close(writing)
        os.close(log)
    with os.fdopen(reading, encoding="utf-8") as progress:
        for line in progress:
            _take(json.loads(line), say)


def _take(message: dict[str, Any], say: Callable[[str], None]) -> None:
    if "error" in message:
        raise CannotStart(message["error"], usage=message["usage"])
    if message["say"]:
        say(message["say"])


def stop() -> bool:
    """Stops the local orgs and waits until their process is gone; False when none ran. Their state is kept."""
    found = running()
    if found is None:
        return False
    pid = int(found["pid"])
    with contextlib.suppress(HttpProblem):
        _control(found, seconds=5).json("POST", "/shutdown")
    until = time.monotonic() + _STOP_SECONDS
    while not _gone(pid):
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
            until += _STOP_SECONDS
        time.sleep(0.05)
    registry.remove(pid)
    return True


def _gone(pid: int) -> bool:
    """Whether the process has ended; a child of ours is reaped."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return True
    return not registry.process_exists(pid)


# The process itself


def _main(arguments: list[str]) -> int:
    wanted, out = wanted_from(json.loads(arguments[0])), os.fdopen(int(arguments[1]), "w", encoding="utf-8")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)

    def say(words: str) -> None:
        """Passes a line on; an empty one says that everything serves, and ends the conversation."""
        _tell(out, {"say": words})
        if not words:
            out.close()

    try:
        with _alone():
            asyncio.run(_serve(wanted, say))
    except CannotStart as error:
        _tell(out, {"error": str(error), "usage": error.usage})
        return 1
    except BaseException as error:
        _tell(out, {"error": f"The local orgs could not be started: {error!r}. See {_log()}.", "usage": False})
        raise
    return 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One process at a time works on the orgs' files, whatever the registry says. Raises CannotStart."""
    with (registry.home() / "instance.lock").open("w") as file:
        until = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    words = (
                        "Another process works on the local orgs' files, starting or stopping. Try again in a moment."
                    )
                    raise CannotStart(words, usage=False) from None
                time.sleep(0.1)
        yield


def _tell(out: IO[str], message: dict[str, Any]) -> None:
    if not out.closed:
        with contextlib.suppress(BrokenPipeError):
            out.write(json.dumps(message) + "\n")
            out.flush()


async def _serve(wanted: Wanted, say: Say) -> None:
    # Heavy imports (parser, server) are paid by this process only.
    from hotfix_tui.localorg.instance import Instance
    from hotfix_tui.localorg.serving import Serving

    instance = Instance(wanted, say, datetime.now(UTC))
    instance.open()
    try:
        await Serving(instance, say).run()
    finally:
        instance.close()


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
