"""Step 3: the fix goes to production, gate by gate; the containment is undone last, and only when all is verified.

Doing it again after a crash or a refusal does nothing twice: a deploy that is there is not sent again, a record that
is as promised is not written.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Collection
from typing import TYPE_CHECKING

from hotfix_tui.events import Event, Question
from hotfix_tui.events.promote import GateReached, Verified
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines, data_sets
from hotfix_tui.hotfix import fix as fixes
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.errors import StepFailed, StepRefused
from hotfix_tui.hotfix.fix import Fix
from hotfix_tui.hotfix.flows import activate, active_flows
from hotfix_tui.hotfix.steps.validate import Earlier, earlier, options, validation
from hotfix_tui.hotfix.verifying import verify_components
from hotfix_tui.hotfix.writing import changes_plan, seeing, write_under_bypass

if TYPE_CHECKING:
    from hotfix_tui.data.data_set import DataSet, RecordChange
    from hotfix_tui.data.plan_model import Plan
    from hotfix_tui.salesforce.org import Org

_SNAPSHOT = "snapshot/production"
_REPLACE = "replace"


async def promote(
    ctx: Context,
    permit: str = "",
    components: Collection[str] | None = None,
    tests: Collection[str] | None = None,
    records: Collection[str] | None = None,
) -> AsyncGenerator[Event, str | None]:
    """Validates, keeps a snapshot, deploys, activates flows, verifies; then records; then the containment.

    Asks first when a component brings along what differed in the environment before the fix. Raises StepRefused when
    the answer is not to replace production's own.
    """
    fix = fixes.load(ctx, components=components, tests=tests, records=records)
    chosen = data_sets.choose(ctx, "")
    if not fix.ids and not fix.changes:
        raise StepRefused("The fix is empty, so there is nothing to promote.", next="Make the fix, then look for it.")
    production = await ctx.production()
    question = _replacing(ctx, fix, production)
    if question is not None and (yield question) != _REPLACE:
        raise StepRefused(
            question.text,
            org=production.alias,
            next="Bring production's own into the environment and look for the fix again, or leave the component out.",
        )
    async for event in ctx.permits.redeem(permit, "promote"):
        yield event
    async for event in fixes.keep_promoted(ctx, fix, production):
        yield event
    work = _Promotion(ctx, production.under(ctx.permits.permit), fix, chosen)
    async for event in work.gates():
        yield event


def _replacing(ctx: Context, fix: Fix, production: Org) -> Question | None:
    """What to ask before production's own versions are replaced; None when they are not, or have been already."""
    there = fixes.started_elsewhere(ctx, fix)
    if not there or earlier(ctx, "promote", _digest(fix.package(production.api_version))) is not None:
        return None
    named = "; ".join(f"{key} ({', '.join(places)})" for key, places in there.items())
    text = (
        f"Part of what would be deployed is not the fix: the environment differed from {production.alias} before, and "
        f"production's own would be replaced in {named}."
    )
    return Question(key=f"replace/{ctx.state.seq}", text=text, choices=("stop", _REPLACE))


def _digest(package: bytes) -> str:
    return hashlib.sha256(package).hexdigest()


class _Promotion:
    def __init__(self, ctx: Context, production: Org, fix: Fix, chosen: DataSet) -> None:
        self._ctx, self._org, self._fix, self._data_set = ctx, production, fix, chosen
        self._verified = True
        self._planned: dict[str, Plan] = {}

    async def gates(self) -> AsyncGenerator[Event, None]:
        if self._fix.ids:
            async for event in self._metadata():
                yield event
        async for event in seeing(self._ctx, self._org, self._fix, self._records()):
            yield event

    async def _records(self) -> AsyncGenerator[Event, None]:
        for name, work in (("data", self._data()), ("verify_data", self._verify_data())):
            await self._ctx.control.checkpoint()
            async for event in self._gate(name, work):
                yield event
        await self._ctx.control.checkpoint()
        if not self._verified:
            self._ctx.left_something()
            why = "production is not as promised yet, so the containment stays"
            yield GateReached(gate="containment", state="skipped", detail=why)
            return
        async for event in self._gate("containment", self._containment()):
            yield event

    async def _metadata(self) -> AsyncGenerator[Event, None]:
        package = self._fix.package(self._org.api_version)
        sha256 = _digest(package)
        deployed = earlier(self._ctx, "promote", sha256)
        if deployed is not None:
            for name in ("validate", "snapshot", "deploy"):
                detail = f"deployed already as {deployed.finished.deploy_id}"
                yield GateReached(gate=name, state="skipped", detail=detail)
        else:
            validated = earlier(self._ctx, "validate", sha256)
            if validated is not None and validated.requested.tests == options(self._fix, check_only=True).tests:
                detail = f"validated already as {validated.finished.deploy_id}"
                yield GateReached(gate="validate", state="skipped", detail=detail)
            else:
                async for event in validation(self._ctx, self._org, self._fix, package):
                    yield event
                validated = earlier(self._ctx, "validate", sha256)
            await self._ctx.control.checkpoint()
            async for event in self._gate("snapshot", self._snapshot()):
                yield event
            async for event in self._gate("deploy", self._deploy(package, validated)):
                yield event
        await self._ctx.control.checkpoint()
        async for event in self._gate("activate", activate(self._ctx, self._org, active_flows(self._fix))):
            yield event
        async for event in self._gate("verify_metadata", self._verify_metadata()):
            yield event

    async def _gate(self, name: str, work: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
        yield GateReached(gate=name, state="started")
        try:
            async for event in work:
                yield event
        except GeneratorExit:
            raise
        except BaseException as error:
            yield GateReached(gate=name, state="failed", detail=str(error) or "cancelled")
            raise
        yield GateReached(gate=name, state="passed")

    async def _snapshot(self) -> AsyncGenerator[Event, None]:
        """Production as it is in the minute before. What a colleague changed since the baseline stops everything."""
        from hotfix_tui.compare.fix import same_or_alike
        from hotfix_tui.compare.org_source import read_org

        read = await read_org(self._org, only=self._fix.ids)
        unread = [f"{key} ({why})" for key in sorted(self._fix.ids) if (why := read.why_unread(key))]
        if unread:
            raise StepFailed(
                f"Production could not be read right before the deploy, so nobody can tell what the fix would replace: "
                f"{', '.join(unread)}.",
                org=self._org.alias,
                next="Try again.",
            )
        there = read.components
        drifted = [
            str(key)
            for key in sorted(self._fix.ids)
            if not same_or_alike(self._fix.base.get(key), there.get(key))
            and not same_or_alike(self._fix.components.get(key), there.get(key))
        ]
        if drifted:
            raise StepFailed(
                f"{', '.join(drifted)} was changed in production after its baseline was taken; deploying the fix would "
                "undo that.",
                org=self._org.alias,
                next="Bring that change into the environment, compare again, and look for the fix again.",
            )
        yield baselines.keep_components(f"{_SNAPSHOT}/components", self._org, there)

    async def _deploy(self, package: bytes, validated: Earlier | None) -> AsyncGenerator[Event, None]:
        from hotfix_tui.salesforce.errors import RequestRefused

        deploy = Deploy(self._ctx, self._org, purpose="promote")
        quick = validated if validated is not None and validated.finished.quick_deploy_until else None
        if quick is not None:
            try:
                async for event in deploy.run_quick(quick.finished, quick.requested):
                    yield event
            except RequestRefused as error:
                text = f"The validation cannot be quick deployed any more ({error}); the fix is deployed with its tests"
                yield Finding(level="info", text=text, org=self._org.alias)
        if deploy.finished is None:
            whole = options(self._fix, check_only=False)
            async for event in deploy.run(package, whole, self._fix.names):
                yield event
        if not deploy.succeeded:
            raise StepFailed(f"Production refused the deploy: {deploy.problem}", org=self._org.alias)

    async def _verify_metadata(self) -> AsyncGenerator[Event, None]:
        verified = await verify_components(self._org, self._fix.components, self._fix.deleted)
        yield verified
        if verified.differs:
            raise StepFailed(
                f"Production does not have what was deployed: {', '.join(verified.differs)}.",
                org=self._org.alias,
                next="Look at the difference; somebody may have changed it in the same minutes.",
            )

    async def _data(self) -> AsyncGenerator[Event, None]:
        plan, left = await changes_plan(self._org, self._data_set, self._fix.changes, self._fix.now)
        for text in left:
            yield Finding(level="warning", text=f"left alone: {text}", org=self._org.alias)
        if self._ctx.journal.blob(f"{_SNAPSHOT}/records") is None:
            yield baselines.keep_records(f"{_SNAPSHOT}/records", self._org, plan.target)
        async for event in write_under_bypass(self._ctx, self._org, self._data_set, plan, "promote"):
            yield event
        for change in self._data_set.production_changes:
            async for event in self._only_production(change):
                yield event

    async def _only_production(self, change: RecordChange) -> AsyncGenerator[Event, None]:
        from hotfix_tui.data.production import plan_record_change, record_change_event

        plan = self._planned[change.name] = await plan_record_change(self._org, change)
        yield record_change_event(change, plan)
        async for event in write_under_bypass(self._ctx, self._org, self._data_set, plan, change.purpose):
            yield event

    async def _verify_data(self) -> AsyncGenerator[Event, None]:
        from hotfix_tui.data.classify import read_for_changes, verify_changes

        theirs = await read_for_changes(self._org, self._data_set, self._fix.changes, self._fix.now)
        found = [verify_changes(self._fix.changes, theirs, self._fix.now)]
        found += [await self._left_of(change) for change in self._data_set.production_changes]
        for verified in found:
            yield verified
            self._verified = self._verified and not verified.differs

    async def _containment(self) -> AsyncGenerator[Event, None]:
        for change in self._data_set.containment:
            async for event in self._only_production(change):
                yield event
            verified = await self._left_of(change)
            yield verified
            if verified.differs:
                self._ctx.left_something()

    async def _left_of(self, change: RecordChange) -> Verified:
        """Whether the rows of a change have what they should, those written here by their Ids."""
        from hotfix_tui.data.production import verify_record_change

        return await verify_record_change(self._org, change, self._planned[change.name])
