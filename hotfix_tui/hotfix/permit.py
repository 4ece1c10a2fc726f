"""The one door to a production write. Nothing else makes a `ProductionPermit`.

A permit comes from a production alias typed in full, is written down before it is handed out, covers one act and is
used up before the first write it admits. A validation in production takes the deploy slot and locks components, so it
is an act too: it asks for a permit of the act `promote` of its own. One run of promote (validate, then deploy, then
records) is one act and redeems one permit, at its start.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from hotfix_tui.events import Event, Intent, Settled
from hotfix_tui.events.session import PermitRedeemed
from hotfix_tui.hotfix.errors import PermitRefused
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal import Journal

ACTS = frozenset({"promote", "rollback", "undo_containment", "manage_sandbox", "data_fix"})
_MAKER = object()


class ProductionPermit:
    """Admits writes of one act to one production org. Implements `salesforce.permit.WritePermit`."""

    def __init__(self, org_id: str, act: str, hotfix: str, *, maker: object = None) -> None:
        if maker is not _MAKER:
            raise TypeError("a ProductionPermit is made by hotfix.permit only")
        self.org_id = org_id
        self.act = act
        self.hotfix = hotfix
        self._valid = True

    def admits(self, org_id: str) -> bool:
        """Whether a write to `org_id` is part of the permitted act."""
        return self._valid and org_id == self.org_id

    def end(self) -> None:
        """The act is over; no further write is admitted."""
        self._valid = False


def grant(journal: Journal, state: HotfixState, typed_alias: str, act: str) -> str:
    """Writes a permit for one `act` in the hotfix's production org; its id. Raises PermitRefused."""
    if act not in ACTS:
        raise PermitRefused(f"There is no act named {act!r}; permits are for {', '.join(sorted(ACTS))}.")
    if not state.production:
        raise PermitRefused("This hotfix has no production org.")
    if typed_alias != state.production:
        raise PermitRefused(
            f"Nothing was permitted: {typed_alias!r} is not the alias of this hotfix's production org, typed in full.",
            org=state.production,
        )
    return journal.grant(state.production, state.production_id, act)


class PermitHolder:
    """Redeems a permit inside a step and ends it with the step."""

    def __init__(self, journal: Journal, state: HotfixState) -> None:
        self._journal = journal
        self._state = state
        self._permit: ProductionPermit | None = None

    @property
    def permit(self) -> ProductionPermit:
        """The redeemed permit. Raises PermitRefused before `redeem`."""
        if self._permit is None:
            raise PermitRefused("A write to production needs a permit.", org=self._state.production)
        return self._permit

    async def redeem(self, permit: str, act: str) -> AsyncGenerator[Event, None]:
        """Uses `permit` up, on disk, before the first write. Raises PermitRefused when it does not fit or was used."""
        org, org_id = self._state.production, self._state.production_id
        key = f"permit/{permit}"
        if not permit or not self._journal.redeem(permit, org_id, act):
            raise PermitRefused(
                f"There is no unused permit to {act} in {org}: type its alias again.", org=org, next="type the alias"
            )
        yield PermitRedeemed(key=key, org=org, org_id=org_id, permit=permit, act=act)
        self._permit = ProductionPermit(org_id, act, self._state.hotfix, maker=_MAKER)
        yield Settled(key=key, result="done")

    def for_taking_back(self, intent: Intent) -> ProductionPermit:
        """Leave to take `intent` back: part of the act that was permitted when it was begun.

        Raises PermitRefused unless the intent is open in the journal, must be taken back, and was begun in an org for
        which this hotfix has used up a permit.
        """
        known = {one.key: one for one in self._journal.open_intents()}
        there = known.get(intent.key)
        if there is None or not there.RETURNS or not self._journal.used_permit(there.org_id):
            raise PermitRefused(f"{intent.key} was not begun under a permit of this hotfix.", org=intent.org)
        self._permit = self._permit or ProductionPermit(intent.org_id, "promote", self._state.hotfix, maker=_MAKER)
        return self._permit

    def end(self) -> None:
        """The act is over."""
        if self._permit is not None:
            self._permit.end()
