"""Step 2: components that production has and the environment lacks are brought there before it is seeded."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.compare import CompareFinished, ComponentCompared
from hotfix_tui.events.deploy import ComponentsResolved
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix import baselines
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.errors import StepFailed, StepRefused
from hotfix_tui.hotfix.org_locks import org_lock

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.salesforce.org import Org


async def resolve(ctx: Context, components: Iterable[str]) -> AsyncGenerator[Event, None]:
    """Validates and deploys production's `components` (`Type:Full_Name`) in the environment, and compares them again.

    What is equal by now is not sent. The environment's own versions are kept first: `undo_resolve` brings them back.
    """
    from hotfix_tui.compare.compare import common_version
    from hotfix_tui.compare.fix import same_or_alike
    from hotfix_tui.compare.org_source import read_org
    from hotfix_tui.compare.package import build

    ids = _parsed(components)
    production, environment = await ctx.production(), await ctx.environment()
    version = common_version(production.api_version, environment.api_version)
    wanted = (await read_org(production, only=ids, api_version=version)).components
    there = (await read_org(environment, only=ids, api_version=version)).components
    for key in sorted(ids - wanted.keys()):
        text = f"{key} is not in {production.alias}, so there is nothing to bring"
        yield Finding(level="warning", text=text, org=environment.alias)
    sent = [one for key, one in sorted(wanted.items()) if not same_or_alike(one, there.get(key))]
    if sent:
        number = max(ctx.state.resolved, default=0) + 1
        names = tuple(str(one.id) for one in sent)
        added = tuple(str(one.id) for one in sent if one.id not in there)
        yield baselines.keep_components(f"snapshot/resolve/{number}/before", environment, there)
        yield baselines.keep_components(f"snapshot/resolve/{number}/brought", environment, wanted)
        await ctx.control.checkpoint()
        refused = "refused production's components"
        # Said before it is done, so that it can be taken back whatever becomes of this process.
        brought = ComponentsResolved(number=number, org=environment.alias, components=names, added=added)
        with org_lock(environment, ctx.state.hotfix):
            async for event in validated_deploy(ctx, environment, build(sent, version), names, refused, brought):
                yield event
    async for event in compare_again(ctx, production, environment, ids, version):
        yield event


async def validated_deploy(
    ctx: Context,
    environment: Org,
    package: bytes,
    names: tuple[str, ...],
    refused: str,
    said: ComponentsResolved | None = None,
) -> AsyncGenerator[Event, None]:
    """Validates `package`, says `said`, then deploys it.

    Raises StepFailed with the org's words, nothing being changed then; what was said is taken back.
    """
    from hotfix_tui.salesforce.deploys import DeployOptions

    for check_only in (True, False):
        deploy = Deploy(ctx, environment, purpose="resolve")
        async for event in deploy.run(package, DeployOptions(check_only=check_only), names):
            yield event
        if not deploy.succeeded:
            if said is not None and not check_only:
                yield dataclasses.replace(said, undone=True)
            raise StepFailed(
                f"{environment.alias} {refused}: {deploy.problem}",
                org=environment.alias,
                next="Leave out what is refused, or bring what it depends on too.",
            )
        if check_only:
            await ctx.control.checkpoint()
            if said is not None:
                yield said


async def compare_again(
    ctx: Context, production: Org, environment: Org, ids: set[ComponentId], version: str
) -> AsyncGenerator[Event, None]:
    """Says of `ids` how they compare now, with both sides kept for the difference view."""
    from hotfix_tui.compare.fix import same_or_alike
    from hotfix_tui.compare.org_source import read_org

    ours = (await read_org(production, only=ids, api_version=version)).components
    theirs = (await read_org(environment, only=ids, api_version=version)).components
    for key in sorted(ids):
        a, b = ours.get(key), theirs.get(key)
        earlier = ctx.state.components.get((key.type, key.full_name))
        same = same_or_alike(a, b)
        yield ComponentCompared(
            type=key.type,
            full_name=key.full_name,
            status="same" if same else "only_in_b" if a is None else "only_in_a" if b is None else "different",
            a_changed=a.changed if a else {},
            b_changed=b.changed if b else {},
            impact=earlier.impact if earlier else False,
            blocking=bool(earlier and earlier.blocking and not same),
        )
        if not same:
            for kept in baselines.keep_sides(key, _text(a), _text(b), production, environment):
                yield kept
    yield _counted(ctx)


def _counted(ctx: Context) -> CompareFinished:
    rows = list(ctx.state.components.values())
    counts = Counter(row.status for row in rows)
    differing = [row for row in rows if row.status != "same"]
    return CompareFinished(
        same=counts["same"],
        different=counts["different"],
        only_in_a=counts["only_in_a"],
        only_in_b=counts["only_in_b"],
        unreadable=counts["unreadable"],
        impact=sum(row.impact for row in differing),
        blocking=sum(row.blocking for row in differing),
        ignored=ctx.state.compare.ignored if ctx.state.compare else 0,
        managed=ctx.state.compare.managed if ctx.state.compare else 0,
    )


def _text(component: Component | None) -> bytes:
    from hotfix_tui.compare.normalise import normalise
    from hotfix_tui.compare.xml import BadXml

    if component is None:
        return b""
    try:
        return normalise(component)
    except BadXml:
        return b"\n".join(component.files.values())


def _parsed(components: Iterable[str]) -> set[ComponentId]:
    from hotfix_tui.compare.component import ComponentId

    try:
        ids = {ComponentId.parse(text) for text in components}
    except ValueError as error:
        raise StepRefused(f"{error}.") from error
    if not ids:
        raise StepRefused("No component was chosen, so there is nothing to bring.")
    return ids
