"""Inside the process of the local orgs: one event loop, a server for each org and one for control."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import threading
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
from hotfix_tui.localorg.hosting import GRACE_SECONDS, Hosting, wait_until_idle
from hotfix_tui.localorg.instance import Instance, Member
from hotfix_tui.localorg.person.director import Director
from hotfix_tui.localorg.rest.app import build_app
from hotfix_tui.localorg.scenarios.change import ChangeRefused, apply, read_change
from hotfix_tui.localorg.store.ids import to_18
from hotfix_tui.localorg.traffic import KEEP_ALIVE_SECONDS, AbortableProtocol, Traffic
from hotfix_tui.localorg.wanted import CannotStart, Say

HOST = "127.0.0.1"
_CONTROL = "control"


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
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS - 1,
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
        self._servers: dict[str, tuple[_Server, asyncio.Task[None]]] = {}
        self.loop = asyncio.get_running_loop()
        self.changing = threading.RLock()

    async def run(self) -> None:
        """Binds the ports, writes the registry, serves, and takes the registry away at the end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self._stop.set)
        for alias in self.instance.members:
            await self.open_org(alias)
        await self._listen(_CONTROL, Control(self, self._control_token).application())
        self.instance.save()
        registry.write(self.registry())
        for member in self.instance.members.values():
            if member.org.kind == "production":
                member.org.sandboxes.worker.wake()
                member.org.scratch_orgs.worker.wake()
        self._say("")
        try:
            await self._stop.wait()
        finally:
            registry.remove(os.getpid())
            self.director.close()
            await self._end([*self._servers])
            self.instance.save()

    async def open_org(self, alias: str) -> None:
        """Serves an org of the instance on its two ports."""
        member = self.instance.members[alias]
        if member.org.kind == "production":
            self._know_sandboxes(member)
        traffic = Traffic(build_app(member.org), member.org)
        self.director.attach(alias, member.org, traffic, member.handles)
        await self._listen(alias, traffic)
        await self._listen(_secure(alias), traffic, self._tls.server)
        self.traffic[alias] = traffic
        self.instance.save()

    async def close_org(self, alias: str) -> None:
        """Serves an org no longer; its ports are free again."""
        await self._end([name for name in (alias, _secure(alias)) if name in self._servers])
        self.traffic.pop(alias, None)
        for name in (alias, _secure(alias)):
            self.instance.memory.ports.pop(name, None)
            self._sockets.pop(name, None)
        self.instance.save()

    def _know_sandboxes(self, production: Member) -> None:
        """Tells production of the sandboxes that are there, as if it had made them."""
        production.org.sandboxes.host = production.org.scratch_orgs.host = Hosting(self, production.alias)
        owners = [each for each in self.instance.members.values() if each.org.kind == "production"]
        for member in self.instance.members.values() if len(owners) == 1 else ():
            org = member.org
            production.org.sandboxes.note(member.alias, org.kind, org.org_id, api_datetime(org.created_at))

    async def _listen(self, name: str, application: Any, certificate: Path | None = None) -> None:
        self._bind(name)
        server = _server(application, certificate)
        task = asyncio.create_task(server.serve(sockets=[self._sockets[name]]))
        self._servers[name] = (server, task)
        await server.listening.wait()

    async def _end(self, names: list[str]) -> None:
        ending = [self._servers.pop(name) for name in names]
        for server, _ in ending:
            server.should_exit = True
        if ending:
            _, late = await asyncio.wait([task for _, task in ending], timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()

    def _bind(self, name: str) -> None:
        """A port: the one it had before if it is free, else any."""
        ports = self.instance.memory.ports
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
            return
        raise CannotStart(f"There is no free port on {HOST}.", usage=False)

    def url(self, name: str) -> str:
        """Where an org, or the control endpoint, answers."""
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
                "instance_url": self.url(alias),
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
            "control": {"url": self.url(_CONTROL), "token": self._control_token},
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
                "instance_url": self.url(alias),
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
        with self.changing:
            if name in instance.memory.applied.get(alias, []):
                raise ChangeRefused(f"{name} is in {alias} already.")
            member, done = instance.members[alias], list[str]()
            token = instance.token(alias, member.handles[change.user])
            apply(change, Connection(self.url(alias), token), done.append)
            instance.memory.applied.setdefault(alias, []).append(name)
            instance.save()
        return done

    def refresh(self, alias: str) -> dict[str, Any]:
        """Refreshes a sandbox from production; its new org id and usernames. Raises CannotRefresh."""
        traffic = self.traffic[alias]
        with self.changing:
            org = self.instance.refresh(alias, lambda: self.drain(alias))
            traffic.swap(build_app(org), org)
            self.director.attach(alias, org, traffic, self.instance.members[alias].handles)
            registry.write(self.registry())
        member = self.instance.members[alias]
        return {"org": alias, "org_id": org.org_id, "username": member.username, "users": list(member.others)}

    def drain(self, alias: str) -> None:
        """Lets nobody into an org any more, and waits until nobody is inside."""
        wait_until_idle(self, alias)

    def stop(self) -> None:
        """Stops serving soon; may be called from any thread."""
        self.loop.call_soon_threadsafe(self.loop.call_later, 0.05, self._stop.set)
