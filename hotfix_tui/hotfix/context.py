"""What a step has at hand: the state so far, its orgs, the safe points, and content kept in the journal."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from hotfix_tui.hotfix.control import Control
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.permit import PermitHolder
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal import Journal

if TYPE_CHECKING:
    from hotfix_tui.salesforce.login import OrgLogin
    from hotfix_tui.salesforce.org import Org

Result = Literal["done", "differences", "cancelled", "refused", "failed"]


class Orgs:
    """The runner's connections, one an alias, opened when first asked for, and anew when the login has changed.

    Within one step an alias means one org.
    """

    def __init__(self, state: HotfixState) -> None:
        self._state = state
        self._open: dict[str, tuple[OrgLogin, Org]] = {}
        self._replaced: list[Org] = []
        self._of_this_step: dict[str, str] = {}
        self._one_at_a_time = asyncio.Lock()

    async def get(self, alias: str) -> Org:
        """The org called `alias`. Raises SalesforceError, or StepRefused when the alias means another org by now."""
        from hotfix_tui.salesforce.login import login_for
        from hotfix_tui.salesforce.org import Org

        login = login_for(alias)
        expected = self._expected_id(alias) or self._of_this_step.get(alias, "")
        if expected and login.org_id != expected:
            raise StepRefused(
                f"{alias} is another org now ({login.org_id}, it was {expected}): it was refreshed or made anew. "
                "What the journal knows of the old one does not hold for it.",
                org=alias,
                next="Begin a new hotfix.",
            )
        async with self._one_at_a_time:
            known = self._open.get(alias)
            if known is None or known[0] != login:
                org = await Org.connect(login)
                if known is not None:
                    self._replaced.append(known[1])  # the step may still hold it
                self._open[alias] = (login, org)
            self._of_this_step[alias] = login.org_id
            return self._open[alias][1]

    def _expected_id(self, alias: str) -> str:
        environment = self._state.environment
        if alias == self._state.production:
            return self._state.production_id
        return environment.org_id if environment is not None and environment.org == alias else ""

    def look_again(self) -> None:
        """A new step begins: what people changed in Setup since the last one (a new field) must be seen."""
        self._of_this_step.clear()
        for _, org in self._open.values():
            org.forget_describes()

    async def close(self) -> None:
        """Closes all connections."""
        while self._open:
            self._replaced.append(self._open.popitem()[1][1])
        while self._replaced:
            await self._replaced.pop().close()


@dataclass
class Context:
    """Given to every step."""

    journal: Journal
    state: HotfixState
    orgs: Orgs
    control: Control
    result: Result = "done"
    # Between the acts of a restore there is no safe point: it goes on whatever is asked.
    uninterrupted: bool = False
    permits: PermitHolder = field(init=False)

    def __post_init__(self) -> None:
        self.permits = PermitHolder(self.journal, self.state)

    def left_something(self) -> None:
        """The step did its work, but something was left; its own facts say what."""
        self.result = "differences"

    async def production(self) -> Org:
        """The production org, writes refused."""
        return await self.orgs.get(self.state.production)

    async def environment(self) -> Org:
        """The hotfix environment. Raises StepRefused before one was chosen."""
        chosen = self.state.environment
        if chosen is None:
            raise StepRefused("There is no hotfix environment yet.", next="Choose one in step 1.")
        return await self.orgs.get(chosen.org)

    def kept(self, name: str, missing: str) -> bytes:
        """The content kept as `name`. Raises StepRefused with `missing` when there is none."""
        content = self.journal.blob(name)
        if content is None:
            raise StepRefused(missing)
        return content
