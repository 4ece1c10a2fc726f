"""What each component of the fix is for another org: by content first, then by asking that org to check it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING

from hotfix_tui.events import Event
from hotfix_tui.events.sync import CellClassified
from hotfix_tui.hotfix.access import granted_fields, takes_permissions
from hotfix_tui.hotfix.context import Context
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.errors import StepFailed
from hotfix_tui.hotfix.fix import Fix, is_test, mentions

if TYPE_CHECKING:
    from hotfix_tui.compare.component import Component, ComponentId
    from hotfix_tui.compare.fix import Standing
    from hotfix_tui.salesforce.org import Org


class Cells:
    """The components' cells of one org."""

    def __init__(self, ctx: Context, fix: Fix) -> None:
        self._ctx, self._fix = ctx, fix
        self._cells: dict[ComponentId, Standing] = {}

    async def read(self, org: Org) -> None:
        """Three-way, by content. What depends on something left alone is left alone with it."""
        from hotfix_tui.compare.fix import Standing, three_way
        from hotfix_tui.compare.org_source import read_org

        read = await read_org(org, only=self._fix.ids)
        for key in sorted(self._fix.ids):
            if why := read.why_unread(key):
                self._cells[key] = Standing("differs", f"it cannot be read here: {why}")
                continue
            ours = self._fix.components.get(key)
            self._cells[key] = three_way(self._fix.base.get(key), read.components.get(key), ours)
        self._hold_tests()

    async def look_again(self, org: Org) -> None:
        """Right before the deploy: what somebody changed since `read` is left alone."""
        from hotfix_tui.compare.fix import Standing, three_way
        from hotfix_tui.compare.org_source import read_org

        wanted = self.wanted
        read = await read_org(org, only=wanted)
        for key in wanted:
            why = read.why_unread(key)
            standing = three_way(self._fix.base.get(key), read.components.get(key), self._fix.components.get(key))
            if why or standing.cell != self._cells[key].cell:
                self._cells[key] = Standing("differs", f"it cannot be read here: {why}") if why else standing
        self._hold_tests()

    async def try_out(self, org: Org) -> AsyncGenerator[Event, None]:
        """Check-only deploys until the org refuses nothing more; each takes out what it refuses, with its reason."""
        from hotfix_tui.salesforce.deploys import DeployOptions

        while self.wanted:
            await self._ctx.control.checkpoint()
            package, names = self.package(org)
            deploy = Deploy(self._ctx, org, purpose="sync")
            async for event in deploy.run(package, DeployOptions(check_only=True), names):
                yield event
            if deploy.succeeded:
                return
            if not self._take_out(deploy):
                raise StepFailed(f"{org.alias} refuses the fix as a whole: {deploy.problem}", org=org.alias)
            self._hold_tests()

    def _take_out(self, deploy: Deploy) -> bool:
        from hotfix_tui.compare.fix import Standing

        problems = deploy.finished.problems if deploy.finished else ()
        found = False
        for problem in problems:
            for key in self.wanted:
                named = (problem.get("type"), problem.get("full_name"))
                if named == (key.type, key.full_name):
                    self._cells[key] = Standing("differs", f"the org refuses it: {problem.get('problem', '')}")
                    found = True
        return found

    def _hold_tests(self) -> None:
        """A test class is only worth something with the class it tests."""
        from hotfix_tui.compare.fix import Standing

        left = [key for key, standing in self._cells.items() if standing.cell == "differs" and key.type == "ApexClass"]
        for key in self.wanted:
            component = self._fix.components.get(key)
            if component is None or not is_test(component):
                continue
            for other in left:
                if other != key and mentions(component, other.full_name):
                    self._cells[key] = Standing("differs", f"it tests {other.full_name}, which is left alone here")

    def package(self, org: Org) -> tuple[bytes, tuple[str, ...]]:
        """What can be applied, as a zip, and its names."""
        from hotfix_tui.compare.package import build

        wanted = self.wanted
        components = [self._fix.components[key] for key in wanted if key in self._fix.components]
        deleted = [key for key in wanted if key not in self._fix.components]
        return build(components, org.api_version, deleted), tuple(str(key) for key in wanted)

    @property
    def wanted(self) -> list[ComponentId]:
        """Components to apply, new ones included."""
        return [key for key, standing in sorted(self._cells.items()) if standing.cell in ("apply", "new")]

    @property
    def promised(self) -> dict[ComponentId, Component]:
        """Components that the org has, or will have, as the fix has them."""
        return {
            key: self._fix.components[key]
            for key, standing in self._cells.items()
            if standing.cell != "differs" and key in self._fix.components
        }

    @property
    def deleted(self) -> list[ComponentId]:
        """Components that will be gone."""
        return [key for key in self._fix.deleted if self._cells[key].cell != "differs"]

    @property
    def flows(self) -> set[str]:
        """Flows the org gets now."""
        return {key.full_name for key in self.wanted if key.type == "Flow"}

    @property
    def new_fields(self) -> set[str]:
        """`Object.Field` of fields that come with the fix."""
        return {key.full_name for key in self.wanted if key.type == "CustomField"}

    @property
    def shown_fields(self) -> set[str]:
        """Those of `new_fields` that somebody will see: everyone's, and those granted by what the org gets or has."""
        granted = {
            name
            for key, component in self.promised.items()
            if key.type in ("PermissionSet", "Profile")
            for name in granted_fields(component, edit=True)
        }
        open_to_all = {
            key.full_name
            for key, component in self.promised.items()
            if key.type == "CustomField" and not takes_permissions(component)
        }
        return self.new_fields & (granted | open_to_all)

    @property
    def left(self) -> int:
        """How many components are left alone."""
        return sum(standing.cell == "differs" for standing in self._cells.values())

    def events(self, alias: str) -> Iterator[CellClassified]:
        """All cells as facts."""
        for key, standing in sorted(self._cells.items()):
            yield CellClassified(
                org=alias,
                part="component",
                type=key.type,
                name=key.full_name,
                cell=standing.cell,
                reason=standing.reason,
            )
