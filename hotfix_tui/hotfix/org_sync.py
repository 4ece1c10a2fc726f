"""The fix and one other org: what can be applied there, applying it, and the certificate.

One org's failure is told here and goes no further: the other orgs' work never hears of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.session import Failed, Finding
from hotfix_tui.events.sync import OrgCertified, OrgStage
from hotfix_tui.hotfix.classifying import Cells
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.errors import StepCancelled, StepFailed, StepRefused
from hotfix_tui.hotfix.failures import failure_of
from hotfix_tui.hotfix.fix import Fix
from hotfix_tui.hotfix.flows import activate, active_flows
from hotfix_tui.hotfix.verifying import verify_components
from hotfix_tui.hotfix.writing import seeing, write_under_bypass

if TYPE_CHECKING:
    from hotfix_tui.data.classify import Classified
    from hotfix_tui.data.data_set import DataSet
    from hotfix_tui.salesforce.org import Org


class OrgSync:
    """One org's row of the board."""

    def __init__(self, ctx: Context, alias: str, fix: Fix, chosen: DataSet) -> None:
        self._ctx, self._alias, self._fix, self._data_set = ctx, alias, fix, chosen
        self._stage = ""
        self._org_id = ""
        self._cells = Cells(ctx, fix)
        self._records: list[Classified] = []
        self._refused = 0

    async def compare(self) -> AsyncGenerator[Event, None]:
        """Connects and classifies; the org's own opinion is asked by a check-only deploy."""
        async for event in self._contained(self._classify()):
            yield event

    async def bring(self) -> AsyncGenerator[Event, None]:
        """Classifies anew, deploys and writes what can be applied, verifies, certifies."""
        async for event in self._contained(self._bring(), certify=True):
            yield event

    async def _contained(
        self, work: AsyncGenerator[Event, None], *, certify: bool = False
    ) -> AsyncGenerator[Event, None]:
        try:
            async for event in work:
                yield event
        except (GeneratorExit, asyncio.CancelledError):
            raise
        except Exception as error:
            cancelled = isinstance(error, StepCancelled)
            failed, _ = failure_of(error)
            detail = "cancelled" if cancelled or failed is None else failed.what
            yield OrgStage(org=self._alias, stage=self._stage, state="failed", detail=detail)
            if failed is not None:
                yield Failed(
                    what=failed.what,
                    org=failed.org or self._alias,
                    written=failed.written,
                    not_written=failed.not_written,
                    next=failed.next,
                )
            if certify:
                yield self._certificate(failed=1, detail=detail)
            self._ctx.left_something()

    def _at(self, stage: str, state: str, detail: str = "") -> OrgStage:
        self._stage = stage
        return OrgStage(org=self._alias, stage=stage, state=state, detail=detail)

    async def _classify(self) -> AsyncGenerator[Event, None]:
        yield self._at("connect", "started")
        org = await self._connected()
        yield self._at("connect", "done", org.kind.value)
        yield self._at("compare", "started")
        await self._cells.read(org)
        async for event in self._cells.try_out(org):
            yield event
        for cell in self._cells.events(self._alias):
            yield cell
        async for event in self._classify_records(org):
            yield event
        left = self._left
        yield self._at("compare", "done", f"{left} left alone" if left else "")

    async def _classify_records(self, org: Org) -> AsyncGenerator[Event, None]:
        from hotfix_tui.data.classify import classify, read_for_changes

        theirs = await read_for_changes(org, self._data_set, self._fix.changes, self._fix.now)
        coming = self._cells.new_fields
        for name in sorted(coming - self._cells.shown_fields):
            text = (
                f"the new field {name} is granted by nothing that {self._alias} gets: its values are written, and "
                "nobody sees them there until a permission set grants it"
            )
            yield Finding(level="warning", text=text, org=self._alias)
        self._records = classify(self._fix.changes, theirs, self._fix.now, coming=coming)
        for one in self._records:
            yield one.event(self._alias)

    async def _connected(self) -> Org:
        org = await self._ctx.orgs.get(self._alias)
        self._org_id = org.org_id
        if org.kind.production_rules:
            raise StepRefused(
                f"{self._alias} is of kind {org.kind.value}: it is not synchronised, it needs a hotfix of its own.",
                org=self._alias,
            )
        return org

    async def _bring(self) -> AsyncGenerator[Event, None]:
        async for event in self._classify():
            yield event
        org = await self._ctx.orgs.get(self._alias)
        await self._ctx.control.checkpoint()
        yield self._at("deploy", "started")
        before = list(self._cells.events(self._alias))
        await self._cells.look_again(org)
        for moved in (one for one in self._cells.events(self._alias) if one not in before):
            yield moved
        async for event in self._deploy(org):
            yield event
        yield self._at("deploy", "done", f"{len(self._cells.wanted)} components")
        await self._ctx.control.checkpoint()
        missing: list[str] = []
        async for event in seeing(self._ctx, org, self._fix, self._write_and_verify(org, missing)):
            yield event
        certificate = self._certificate(failed=len(missing))
        if certificate.parity != "yes":
            self._ctx.left_something()
        yield certificate

    async def _write_and_verify(self, org: Org, missing: list[str]) -> AsyncGenerator[Event, None]:
        yield self._at("data", "started")
        async for event in self._write(org):
            yield event
        yield self._at("data", "done")
        yield self._at("verify", "started")
        async for event in self._verify(org, missing):
            yield event
        yield self._at("verify", "failed" if missing else "done", ", ".join(missing[:3]))

    async def _deploy(self, org: Org) -> AsyncGenerator[Event, None]:
        from hotfix_tui.salesforce.deploys import DeployOptions

        package, names = self._cells.package(org)
        if names:
            deploy = Deploy(self._ctx, org, purpose="sync")
            async for event in deploy.run(package, DeployOptions(), names):
                yield event
            if not deploy.succeeded:
                raise StepFailed(f"{self._alias} refused the fix: {deploy.problem}", org=self._alias)
        flows = [name for name in active_flows(self._fix) if name in self._cells.flows]
        async for event in activate(self._ctx, org, flows):
            yield event

    async def _write(self, org: Org) -> AsyncGenerator[Event, None]:
        from hotfix_tui.data.classify import classify, read_for_changes
        from hotfix_tui.data.plan_changes import plan_changes
        from hotfix_tui.events.seed import RowRefused

        theirs = await read_for_changes(org, self._data_set, self._fix.changes, self._fix.now)
        # The deploy took its time. Only what can still be applied is; what was left alone stays so.
        again = classify(self._fix.changes, theirs, self._fix.now)
        for index, (then, now) in enumerate(zip(self._records, again, strict=True)):
            if then.cell in ("apply", "new") and now.cell != then.cell:
                self._records[index] = now
                yield now.event(self._alias)
        wanted = [one.change for one in self._records if one.cell in ("apply", "new")]
        plan = plan_changes(wanted, theirs, self._data_set, self._fix.now)
        async for event in write_under_bypass(self._ctx, org, self._data_set, plan, "sync"):
            self._refused += isinstance(event, RowRefused)
            yield event

    async def _verify(self, org: Org, missing: list[str]) -> AsyncGenerator[Event, None]:
        from hotfix_tui.data.classify import read_for_changes, verify_changes

        components = await verify_components(org, self._cells.promised, self._cells.deleted)
        theirs = await read_for_changes(org, self._data_set, self._fix.changes, self._fix.now)
        promised = [one.change for one in self._records if one.cell != "differs"]
        for verified in (components, verify_changes(promised, theirs, self._fix.now)):
            missing.extend(verified.differs)
            yield verified
        if missing:
            text = f"not as promised after the sync: {', '.join(missing)}"
            yield Finding(level="warning", text=text, org=self._alias)

    @property
    def _left(self) -> int:
        return self._cells.left + sum(one.cell == "differs" for one in self._records)

    def _certificate(self, *, failed: int, detail: str = "") -> OrgCertified:
        applied = len(self._cells.wanted) + sum(one.cell in ("apply", "new") for one in self._records)
        parity = "no" if failed else "exceptions" if self._left else "yes"
        return OrgCertified(
            org=self._alias,
            org_id=self._org_id,
            parity=parity,
            applied=0 if detail else applied - failed,
            left=self._left,
            failed=failed,
            detail=detail,
        )
