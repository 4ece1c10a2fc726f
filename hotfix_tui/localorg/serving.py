"""Inside the process of the local orgs: one event loop, a server for each org and one for control."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from hotfix_tui.localorg import registry
from hotfix_tui.localorg.certificates import certificates
from hotfix_tui.localorg.client import Connection
from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.control import Control
from hotfix_tui.localorg.instance import Instance
from hotfix_tui.localorg.person.director import Director
from hotfix_tui.localorg.rest.app import build_app
from hotfix_tui.localorg.scenarios.change import ChangeRefused, apply, read_change
from hotfix_tui.localorg.store.ids import to_18
from hotfix_tui.localorg.traffic import AbortableProtocol, Traffic
from hotfix_tui.localorg.wanted import CannotStart, Say

HOST = "127.0.0.1"
_CONTROL = "control"
_GRACE_SECONDS = 5


class _Server(uvicorn.Server):
    """A server that leaves signals to its process: there are several in one loop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


def _server(application: Any, certificate: Path | None = None) -> _Server:
    """A server for an application: HTTPS with a certificate (PEM with its key), plain HTTP without."""
    config = uvicorn.Config(
        application,
        http=AbortableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=256 * 1024,
        timeout_graceful_shutdown=_GRACE_SECONDS - 1,
        ssl_certfile=certificate,
    )
    return _Server(config)


def _secure(alias: str) -> str:
    """The name under which an org's HTTPS port is remembered."""
    return f"https:{alias}"


class Serving:
    """Serves an opened instance until it is told to stop."""

    def __init__(self, instance: Instance, say: Say) -> None:
        self.instance = instance
        self.traffic: dict[str, Traffic] = {}
        self.director = Director(instance.clock)
        self._say = say
        self._started = datetime.now(UTC)
        self._control_token = secrets.token_urlsafe(32)
        self._sockets: dict[str, socket.socket] = {}
        self._tls = certificates(instance.home / "tls")
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._applying = threading.Lock()

    async def run(self) -> None:
        """Binds the ports, writes the registry, serves, and takes the registry away at the end."""
        applications: dict[str, Any] = {}
        for alias, member in self.instance.members.items():
            self.traffic[alias] = Traffic(build_app(member.org), member.org)
            self.director.attach(alias, member.org, self.traffic[alias], member.handles)
            applications[alias] = self.traffic[alias]
        secure = {_secure(alias): application for alias, application in applications.items()}
        applications[_CONTROL] = Control(self, self._control_token).application()
        self._bind([*applications, *secure])
        servers = {name: _server(application) for name, application in applications.items()}
        servers |= {name: _server(application, self._tls.server) for name, application in secure.items()}
        tasks = [asyncio.create_task(server.serve(sockets=[self._sockets[name]])) for name, server in servers.items()]
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop.set)
        for server in servers.values():
            await server.listening.wait()
        registry.write(self.registry())
        self._say("")
        try:
            await self._stop.wait()
        finally:
            registry.remove(os.getpid())
            self.director.close()
            for server in servers.values():
                server.should_exit = True
            _, late = await asyncio.wait(tasks, timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            self.instance.save()

    def _bind(self, names: list[str]) -> None:
        """A port for each name: the one it had before if it is free, else any."""
        ports = self.instance.memory.ports
        for name in names:
            for port in dict.fromkeys((ports.get(name, 0), 0)):
                # The protocol is named, or asyncio leaves TCP_NODELAY off and each answer waits 40 ms.
                made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    made.bind((HOST, port))
                except OSError:
                    made.close()
                    continue
                self._sockets[name] = made
                ports[name] = made.getsockname()[1]
                break
            else:
                raise CannotStart(f"There is no free port on {HOST}.", usage=False)
        self.instance.save()

    def _url(self, name: str) -> str:
        return f"http://{HOST}:{self.instance.memory.ports[name]}"

    def _https_url(self, alias: str) -> str:
        return f"https://{HOST}:{self.instance.memory.ports[_secure(alias)]}"

    def registry(self) -> registry.Registry:
        """What registry.json says."""
        instance = self.instance
        orgs = {}
        for alias, member in instance.members.items():
            orgs[alias] = {
                "alias": alias,
                "org_id": member.org.org_id,
                "instance_url": self._url(alias),
                "https_url": self._https_url(alias),
                "username": member.username,
                "access_token": instance.token(alias, member.username),
                "kind": member.org.kind,
                "label": member.label,
                "users": {name: instance.token(alias, name) for name in member.others},
            }
        return {
            "v": 1,
            "pid": os.getpid(),
            "started": f"{self._started:%Y-%m-%dT%H:%M:%SZ}",
            "now": f"{instance.clock.now():%Y-%m-%dT%H:%M:%SZ}",
            "scenario": instance.scenario.name if instance.scenario else None,
            "ca": str(self._tls.ca),
            "control": {"url": self._url(_CONTROL), "token": self._control_token},
            "orgs": orgs,
            "changes": instance.changes(),
            "data_sets": [str(path) for path in instance.data_sets()],
        }

    # What the control endpoint asks for

    def status(self) -> dict[str, Any]:
        """The instance in short, without secrets."""
        instance = self.instance
        orgs = {
            alias: {
                "label": member.label,
                "kind": member.org.kind,
                "org_id": member.org.org_id,
                "instance_url": self._url(alias),
                "https_url": self._https_url(alias),
                "username": member.username,
                "users": list(member.others),
                "handles": member.handles,
                "created": api_datetime(member.org.created_at),
                "warnings": instance.memory.warnings.get(alias, []),
                **self.traffic[alias].requests.sums(),
            }
            for alias, member in instance.members.items()
        }
        return {
            "pid": os.getpid(),
            "scenario": instance.scenario.name if instance.scenario else None,
            "label": instance.scenario.label if instance.scenario else "",
            "source": instance.memory.source,
            "now": api_datetime(instance.clock.now()),
            "ca": str(self._tls.ca),
            "orgs": orgs,
            "changes": instance.changes(),
            "applied": instance.memory.applied,
            "data_sets": [str(path) for path in instance.data_sets()],
            "faults": sum(len(member.org.faults) for member in instance.members.values()),
        }

    def fired(self, alias: str, user_id: str = "", start: str = "", end: str = "") -> list[dict[str, Any]]:
        """The rows of an org's firing log, oldest first: all, or one user's, from `start` to before `end`."""
        log = self.instance.members[alias].org.fired
        return [dict(row) for row in log.during(user_id=user_id, start=start, end=end)]

    def user_id(self, alias: str, name: str) -> str | None:
        """The id of the user of an org who has this handle, username or id; None when there is none."""
        member = self.instance.members[alias]
        found = member.org.users.by_username(member.handles.get(name, name)) or member.org.users.user(to_18(name) or "")
        return found.id if found else None

    def apply(self, alias: str, name: str) -> list[str]:
        """Makes a prepared change; what was done, a sentence each. Raises ScenarioError or ChangeRefused."""
        instance = self.instance
        if instance.scenario is None:
            raise ChangeRefused("These orgs come from folders; there are no prepared changes.")
        change = read_change(instance.scenario, alias, name)
        with self._applying:
            if name in instance.memory.applied.get(alias, []):
                raise ChangeRefused(f"{name} is in {alias} already.")
            member, done = instance.members[alias], list[str]()
            token = instance.token(alias, member.handles[change.user])
            apply(change, Connection(self._url(alias), token), done.append)
            instance.memory.applied.setdefault(alias, []).append(name)
            instance.save()
        return done

    def refresh(self, alias: str) -> dict[str, Any]:
        """Refreshes a sandbox from production; its new org id and usernames. Raises CannotRefresh."""
        traffic = self.traffic[alias]

        def close() -> None:
            traffic.close()
            until = time.monotonic() + _GRACE_SECONDS
            while not traffic.idle and time.monotonic() < until:
                time.sleep(0.01)

        with self._applying:
            org = self.instance.refresh(alias, close)
            traffic.swap(build_app(org), org)
            self.director.attach(alias, org, traffic, self.instance.members[alias].handles)
            registry.write(self.registry())
        member = self.instance.members[alias]
        return {"org": alias, "org_id": org.org_id, "username": member.username, "users": list(member.others)}

    def stop(self) -> None:
        """Stops serving soon; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._loop.call_later, 0.05, self._stop.set)
