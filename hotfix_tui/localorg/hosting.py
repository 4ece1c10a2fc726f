"""Orgs that come and go while the others are served: the host of an org that makes sandboxes or scratch orgs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from hotfix_tui.localorg import registry
from hotfix_tui.localorg.environments import making
from hotfix_tui.localorg.environments.host import Place
from hotfix_tui.localorg.oauth.apps import granted
from hotfix_tui.localorg.oauth.sessions import Code

if TYPE_CHECKING:
    from hotfix_tui.localorg.instance import Member
    from hotfix_tui.localorg.serving import Serving

GRACE_SECONDS = 5


class Hosting:
    """See environments.host.Host. One at a time: copies are big."""

    def __init__(self, serving: Serving, alias: str) -> None:
        self._serving = serving
        self._alias = alias

    def make_sandbox(self, alias: str, kind: str, source: str) -> Place:
        """A copy of production, or of one of its sandboxes."""
        instance = self._serving.instance
        with self._serving.changing:
            return self._serve(making.make_sandbox(instance, instance.members[self._alias], alias, kind, source))

    def make_scratch(self, alias: str, admin: str, days: int, features: tuple[str, ...] = ()) -> Place:
        """An empty scratch org."""
        with self._serving.changing:
            return self._serve(making.make_scratch(self._serving.instance, alias, admin, days, features))

    def refresh_sandbox(self, alias: str) -> Place:
        """A new copy in the place of a sandbox."""
        self._serving.refresh(alias)
        return self._found(alias)

    def remove(self, alias: str) -> None:
        """Takes an org away for good."""
        serving = self._serving
        with serving.changing:
            making.remove(serving.instance, alias, lambda: serving.drain(alias))
            asyncio.run_coroutine_threadsafe(serving.close_org(alias), serving.loop).result(2 * GRACE_SECONDS)
            registry.write(serving.registry())

    def code(self, alias: str, username: str, client_id: str, callback: str) -> str:
        """An authorization code of a user of another org, for an app that the asking org knows. Raises OAuthError."""
        members = self._serving.instance.members
        oauth, app = members[alias].org.oauth, members[self._alias].org.oauth.apps.get(client_id)
        oauth.apps.put(app)
        user = oauth.user(username)
        return oauth.sessions.make_code(Code(app.client_id, user.id, callback, granted(app, ""), ""))

    def place(self, alias: str) -> Place | None:
        """Where an org is."""
        return self._found(alias) if alias in self._serving.instance.members else None

    def _serve(self, member: Member) -> Place:
        serving = self._serving
        if member.alias not in serving.traffic:
            asyncio.run_coroutine_threadsafe(serving.open_org(member.alias), serving.loop).result(2 * GRACE_SECONDS)
            registry.write(serving.registry())
        return self._found(member.alias)

    def _found(self, alias: str) -> Place:
        return Place(alias, self._serving.url(alias), self._serving.instance.members[alias].org.org_id)


def wait_until_idle(serving: Serving, alias: str) -> None:
    """Closes the door of an org and waits until nobody is inside."""
    traffic = serving.traffic[alias]
    traffic.close()
    until = time.monotonic() + GRACE_SECONDS
    while not traffic.idle and time.monotonic() < until:
        time.sleep(0.01)
