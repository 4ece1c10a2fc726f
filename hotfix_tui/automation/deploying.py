"""Deploys of small packages that switch automations, told as events. A lost reply is looked up in the org."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Settled, deploy
from hotfix_tui.salesforce.deploy_events import DeployTeller
from hotfix_tui.salesforce.deploys import DeployOptions, DeployResult
from hotfix_tui.salesforce.errors import SalesforceError
from hotfix_tui.salesforce.following import follow

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

Pause = Callable[[float], Awaitable[None]]

# The org's clock need not be this machine's, so its deploys are told apart by Id, not by time.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
_RUNNING = frozenset({"Pending", "InProgress", "Canceling", "Finalizing", "FinalizingDeploy"})
# Seconds between looks for a deploy whose reply was lost.
_LOOKS = (0.2, 1.0, 2.0)


class Deploy:
    """One deploy. After `run`, `result` is how it ended; None when the org turned out never to have taken it."""

    def __init__(self, org: Org, purpose: str, *, check_only: bool = False, pause: Pause = asyncio.sleep) -> None:
        self._org, self._purpose, self._check_only, self._pause = org, purpose, check_only, pause
        self.result: DeployResult | None = None

    @property
    def problem(self) -> str:
        """Why it did not succeed, in the org's words; "" when it did."""
        if self.result is None:
            return "the reply was lost and the org does not know the deploy"
        if self.result.status == "Succeeded":
            return ""
        problems = [f"{one.full_name}: {one.problem}" for one in self.result.failures]
        problems += [f"{one.class_name}.{one.method}: {one.message}" for one in self.result.failed_tests]
        return "; ".join(problems) or self.result.error_message or self.result.status

    async def run(self, package: bytes, components: tuple[str, ...]) -> AsyncGenerator[Event, None]:
        """Sends `package` and follows it to its end. Raises SalesforceError when it is refused."""
        digest = hashlib.sha256(package).hexdigest()
        known = [one.id for one in await self._org.recent_deploys(_EVER)]
        key = f"deploy/{self._purpose}/{self._org.alias}/{digest[:12]}/{secrets.token_hex(4)}"
        # Without a level a sandbox runs no tests; production, which refuses NoTestRun, runs what it cannot do without.
        options = DeployOptions(check_only=self._check_only)
        requested = deploy.DeployRequested(
            key=key,
            org=self._org.alias,
            org_id=self._org.org_id,
            before={"known": known},
            purpose=self._purpose,
            check_only=self._check_only,
            components=components,
            test_level=options.test_level,
            tests=(),
            sha256=digest,
        )
        yield requested
        try:
            deploy_id = await self._org.deploy(package, options)
        except SalesforceError as error:
            if error.written != "unknown":
                yield Settled(key=key, result="not_done", detail=str(error))
                raise
            deploy_id = await self._find(known)
        if not deploy_id:
            yield Settled(key=key, result="not_done", detail=self.problem)
            return
        yield deploy.DeployStarted(
            key=key, org=self._org.alias, deploy_id=deploy_id, purpose=self._purpose, check_only=self._check_only
        )
        teller = DeployTeller(requested)
        async for result in follow(self._org, deploy_id):
            self.result = result
            for event in teller.events(result):
                yield event
        status = self.result.status if self.result else ""
        done = status in ("Succeeded", "SucceededPartial")
        yield Settled(key=key, result="done" if done else "not_done", detail=f"{deploy_id} {status}")

    async def _find(self, known: list[str]) -> str:
        for wait in _LOOKS:
            await self._pause(wait)
            for one in await self._org.recent_deploys(_EVER):
                ours = one.created_by[:15] == self._org.user_id[:15] and one.check_only == self._check_only
                if ours and one.id not in known:
                    return one.id
        return ""


async def wait_for_deploys(org: Org, *, everybodys: bool = False) -> list[str]:
    """Waits until no deploy of ours (or of anybody) is queued or running in `org`; the Ids of those that were.

    A deploy that a lost process sent may still be about to switch something off: what the org says before it has ended
    is not what it will say. One of somebody else locks what we want to write. Raises what `follow` raises.
    """
    waited: list[str] = []
    for one in await org.recent_deploys(_EVER):
        if one.status in _RUNNING and (everybodys or one.created_by[:15] == org.user_id[:15]):
            waited.append(one.id)
            async for _ in follow(org, one.id):
                pass
    return waited
