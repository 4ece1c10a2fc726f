"""One deploy: intent on disk, sent, followed to its end, settled; a lost reply is looked up, never sent again blindly.

A deploy is recognised by the ids the org had before it: what is new, of our user, of the same sort and names mostly our
components is ours. The org's clock is not asked for, so a clock that is off does no harm.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hotfix_tui.events import Event, Settled
from hotfix_tui.events.deploy import DeployFinished, DeployRequested, DeployStarted
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.errors import StepCancelled, StepFailed
from hotfix_tui.salesforce.deploy_events import DeployTeller

if TYPE_CHECKING:
    from hotfix_tui.salesforce.deploys import DeployOptions, DeployResult, RecentDeploy
    from hotfix_tui.salesforce.org import Org

_SETTLED = {"Succeeded": "done", "SucceededPartial": "done"}
# All that the org still tells of (30 days): its clock need not be this machine's.
_EVER = datetime(2000, 1, 1, tzinfo=UTC)
# Seconds before each look for a deploy whose reply was lost: it may not be in the list at once.
_LOOKS = (0.2, 1.0, 2.0)
_HEED_SECONDS = 0.25


class Deploy:
    """A deploy to one org. After `run` or `resume`, `finished` holds how it ended."""

    def __init__(self, ctx: Context, org: Org, *, purpose: str) -> None:
        self._ctx = ctx
        self._org = org
        self._purpose = purpose
        self.deploy_id = ""
        self._cancelled = False
        self.finished: DeployFinished | None = None

    @property
    def problem(self) -> str:
        """The first thing the org had against it, in its words; empty when it succeeded."""
        if self.succeeded or self.finished is None:
            return ""
        first = self.finished.problems[0] if self.finished.problems else {}
        named = f"{first.get('type', '')} {first.get('full_name', '')}".strip()
        said = str(first.get("problem", "")) or self.finished.status
        return f"{named}: {said}" if named else said

    @property
    def succeeded(self) -> bool:
        """Whether the org has all of it."""
        return self.finished is not None and self.finished.status == "Succeeded"

    async def run(
        self, zip_file: bytes, options: DeployOptions, components: tuple[str, ...]
    ) -> AsyncGenerator[Event, None]:
        """Sends `zip_file` and follows it. Raises StepFailed when the reply was lost and the org does not know it."""
        intent = await self._intent(zip_file, options, components)
        yield intent
        async for event in self._send(intent, lambda: self._org.deploy(zip_file, options)):
            yield event

    async def run_quick(self, validation: DeployFinished, requested: DeployRequested) -> AsyncGenerator[Event, None]:
        """Deploys what `validation` checked, without running its tests again."""
        intent = DeployRequested(
            key=self._key(requested.sha256),
            org=self._org.alias,
            org_id=self._org.org_id,
            before={"known": await self._known()},
            purpose=self._purpose,
            check_only=False,
            components=requested.components,
            test_level=requested.test_level,
            tests=requested.tests,
            sha256=requested.sha256,
            quick_deploy_of=validation.deploy_id,
        )
        yield intent
        async for event in self._send(intent, lambda: self._org.quick_deploy(validation.deploy_id)):
            yield event

    async def resume(self, intent: DeployRequested, deploy_id: str = "") -> AsyncGenerator[Event, None]:
        """Takes up a deploy that another runner sent: finds it in the org and follows it to its end."""
        if not deploy_id:
            found = await self._find(intent)
            if not found:
                yield Settled(key=intent.key, result="not_done", detail="the org has no such deploy")
                return
            yield self._started(intent, found)
            async for event in self._follow(intent, found, looked_up=True):
                yield event
            return
        async for event in self._follow(intent, deploy_id):
            yield event

    async def _intent(self, zip_file: bytes, options: DeployOptions, components: tuple[str, ...]) -> DeployRequested:
        digest = hashlib.sha256(zip_file).hexdigest()
        return DeployRequested(
            key=self._key(digest),
            org=self._org.alias,
            org_id=self._org.org_id,
            before={"known": await self._known()},
            purpose=self._purpose,
            check_only=options.check_only,
            components=components,
            test_level=options.test_level,
            tests=tuple(options.tests),
            sha256=digest,
        )

    def _key(self, digest: str) -> str:
        return f"deploy/{self._purpose}/{self._org.alias}/{digest[:12]}/{self._ctx.state.seq}"

    async def _send(self, intent: DeployRequested, act: Callable[[], Awaitable[str]]) -> AsyncGenerator[Event, None]:
        from hotfix_tui.salesforce.errors import SalesforceError

        try:
            deploy_id = await act()
        except SalesforceError as error:
            if error.written == "no":
                yield Settled(key=intent.key, result="not_done", detail=str(error))
                raise
            async for event in self._reply_lost(intent, error):
                yield event
            return
        yield self._started(intent, deploy_id)
        async for event in self._follow(intent, deploy_id):
            yield event

    async def _reply_lost(self, intent: DeployRequested, error: Exception) -> AsyncGenerator[Event, None]:
        yield Settled(key=intent.key, result="unknown", detail=str(error))
        deploy_id = ""
        for wait in _LOOKS:
            await self._ctx.control.rest(wait)
            deploy_id = await self._find(intent)
            if deploy_id:
                break
        if not deploy_id and not await self._recent():
            raise StepFailed(
                f"The reply of {self._org.alias} to a deploy was lost ({error}), and the org tells of no deploy at "
                "all, so whether it has it is not known.",
                org=self._org.alias,
                next="Look in Setup, Deployment Status, before the step is run again.",
            )
        if not deploy_id:
            yield Settled(key=intent.key, result="not_done", detail="looked up: the org has no such deploy")
            raise StepFailed(
                f"The deploy to {self._org.alias} did not arrive ({error}); the org does not know it.",
                org=self._org.alias,
                next="Run the step again.",
            )
        yield self._started(intent, deploy_id)
        async for event in self._follow(intent, deploy_id, looked_up=True):
            yield event

    def _started(self, intent: DeployRequested, deploy_id: str) -> DeployStarted:
        return DeployStarted(
            key=intent.key,
            org=self._org.alias,
            deploy_id=deploy_id,
            purpose=intent.purpose,
            check_only=intent.check_only,
        )

    async def _follow(
        self, intent: DeployRequested, deploy_id: str, *, looked_up: bool = False
    ) -> AsyncGenerator[Event, None]:
        from hotfix_tui.salesforce.following import follow

        self.deploy_id = deploy_id
        told = DeployTeller(intent)
        self._cancelled = False
        results = follow(self._org, deploy_id)
        while (result := await self._next(results)) is not None:
            if looked_up and result.done and not _is_of(intent, result):
                yield Settled(key=intent.key, result="unknown", detail=f"{deploy_id} turned out to be another deploy")
                raise StepFailed(
                    f"{deploy_id} in {self._org.alias} was taken for a deploy whose reply was lost; it is another one.",
                    org=self._org.alias,
                    next="Run the step again.",
                )
            for event in told.events(result):
                yield event
                if isinstance(event, DeployFinished):
                    self.finished = event
        assert self.finished is not None, "a deploy that is followed ends with DeployFinished"
        status = self.finished.status
        yield Settled(key=intent.key, result=_SETTLED.get(status, "not_done"), detail=f"{deploy_id} {status}")
        if self._cancelled:
            raise StepCancelled("cancel")

    async def _next(self, results: AsyncIterator[DeployResult]) -> DeployResult | None:
        """The next result; None after the last. Meanwhile heeds who asks for the end: a queue can be long.

        `stop` leaves the deploy to its org, with the intent open, by which the next runner finds it. `cancel` cancels
        it there, and follows it to that end.
        """
        waiting = asyncio.ensure_future(_following(results))
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=_HEED_SECONDS)
                if waiting.done():
                    break
                if self._ctx.control.ending == "stop":
                    raise StepCancelled("stop")
                if self._ctx.control.ending == "cancel" and not self._cancelled:
                    self._cancelled = True
                    await self._org.cancel_deploy(self.deploy_id)
            return waiting.result()
        finally:
            waiting.cancel()

    async def _known(self) -> list[str]:
        return [deploy.id for deploy in await self._recent()]

    async def _find(self, intent: DeployRequested) -> str:
        """The deploy of ours that the org has and did not have before `intent`."""
        known = set(intent.before.get("known", ()))
        for deploy in await self._recent():
            same_sort = deploy.check_only == intent.check_only and deploy.created_by[:15] == self._org.user_id[:15]
            if deploy.id not in known and same_sort:
                result = await self._org.deploy_result(deploy.id)
                if not result.done or _is_of(intent, result):
                    return deploy.id
        return ""

    async def _recent(self) -> list[RecentDeploy]:
        return await self._org.recent_deploys(_EVER)


def _is_of(intent: DeployRequested, result: DeployResult) -> bool:
    """Whether an ended deploy is that of `intent`, by the components it names: most of both, as orgs add parents.

    One that failed names only a part of its components, and one without any names cannot be told from ours.
    """
    wanted = set(intent.components)
    named = {f"{one.type}:{unquote(one.full_name)}" for one in result.messages if one.type}
    common = 2 * len(wanted & named)
    return not named or not wanted or (common >= len(named) and (not result.success or common >= len(wanted)))


async def _following(results: AsyncIterator[DeployResult]) -> DeployResult | None:
    return await anext(results, None)
