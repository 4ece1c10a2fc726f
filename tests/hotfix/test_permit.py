"""The one door to a production write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hotfix_tui.events import Event, Settled
from hotfix_tui.events.seed import BypassAssign
from hotfix_tui.events.session import HotfixCreated, PermitRedeemed
from hotfix_tui.hotfix.errors import PermitRefused
from hotfix_tui.hotfix.folding import fold
from hotfix_tui.hotfix.permit import PermitHolder, ProductionPermit, grant
from hotfix_tui.hotfix.state import HotfixState
from hotfix_tui.journal import Journal

PROD = "00D000000000001AAA"
SANDBOX = "00D000000000002AAA"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.create(tmp_path / "HF-1.sqlite", "HF-1") as journal:
        journal.append(HotfixCreated(name="n", production="prod", production_id=PROD), "new")
        yield journal


def state_of(journal: Journal) -> HotfixState:
    state = HotfixState(hotfix="HF-1")
    for envelope in journal.after(0):
        fold(state, envelope)
    return state


async def redeemed(journal: Journal, permit: str, act: str = "promote") -> tuple[PermitHolder, list[Event]]:
    holder = PermitHolder(journal, state_of(journal))
    return holder, [event async for event in holder.redeem(permit, act)]


@pytest.mark.parametrize("typed", ["", "Prod", "prod ", " prod", "pro", "hfx1", PROD, "prod\n"])
def test_only_the_alias_in_full_opens_it(journal: Journal, typed: str) -> None:
    with pytest.raises(PermitRefused, match="Nothing was permitted"):
        grant(journal, state_of(journal), typed, "promote")


def test_an_act_that_does_not_exist_is_refused(journal: Journal) -> None:
    with pytest.raises(PermitRefused, match="no act"):
        grant(journal, state_of(journal), "prod", "anything")


def test_nobody_else_can_make_one() -> None:
    with pytest.raises(TypeError):
        ProductionPermit(PROD, "promote", "HF-1")


async def test_it_admits_one_act_in_one_org_and_is_on_disk_first(journal: Journal) -> None:
    permit = grant(journal, state_of(journal), "prod", "promote")
    holder, events = await redeemed(journal, permit)
    assert [type(event) for event in events] == [PermitRedeemed, Settled]
    assert holder.permit.admits(PROD)
    assert not holder.permit.admits(SANDBOX)
    holder.end()
    assert not holder.permit.admits(PROD)


async def test_it_is_used_once(journal: Journal) -> None:
    permit = grant(journal, state_of(journal), "prod", "promote")
    await redeemed(journal, permit)
    with pytest.raises(PermitRefused, match="no unused permit"):
        await redeemed(journal, permit)


async def test_it_is_not_for_another_act(journal: Journal) -> None:
    permit = grant(journal, state_of(journal), "prod", "rollback")
    with pytest.raises(PermitRefused):
        await redeemed(journal, permit)
    holder, _ = await redeemed(journal, permit, "rollback")
    assert holder.permit.act == "rollback"


async def test_no_permit_no_act(journal: Journal) -> None:
    with pytest.raises(PermitRefused):
        await redeemed(journal, "")
    with pytest.raises(PermitRefused, match="needs a permit"):
        _ = PermitHolder(journal, state_of(journal)).permit


async def test_what_was_begun_under_a_permit_may_be_taken_back_and_nothing_else(journal: Journal) -> None:
    assigned = BypassAssign(key="b", org="prod", org_id=PROD, permission_set="P", user_id="005")
    stranger = BypassAssign(key="c", org="prod", org_id=PROD, permission_set="P", user_id="005")
    journal.append(assigned, "promote")
    holder = PermitHolder(journal, state_of(journal))
    with pytest.raises(PermitRefused):
        holder.for_taking_back(assigned)  # no permit was ever used up here
    await redeemed(journal, grant(journal, state_of(journal), "prod", "promote"))
    with pytest.raises(PermitRefused):
        holder.for_taking_back(stranger)
    assert holder.for_taking_back(assigned).admits(PROD)
    journal.append(Settled(key="b", result="undone"), "restore")
    with pytest.raises(PermitRefused):
        PermitHolder(journal, state_of(journal)).for_taking_back(assigned)
