"""Bringing production's components to the environment, and taking them back: by content, and only our own."""

from __future__ import annotations

import pytest

from hotfix_tui.events import Event
from hotfix_tui.events.compare import ComponentCompared
from hotfix_tui.events.deploy import DeployRequested
from hotfix_tui.events.session import Finding
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.steps.resolve import resolve
from hotfix_tui.hotfix.steps.undo_resolve import undo_resolve
from tests.hotfix.workshop import Workshop, local, shop
from tests.local_orgs import Orgs

__all__ = ["local", "shop"]

pytestmark = pytest.mark.slow

_LABEL, _SITE = "CustomLabel:Boutique_Greeting", "RemoteSiteSetting:Card_Vault"


def files(local: Orgs) -> dict[str, bytes]:
    members = {"CustomLabel": ["Boutique_Greeting"], "RemoteSiteSetting": ["Card_Vault"]}
    return local.org("hfx1").retrieve(members)


def compared(events: list[Event]) -> dict[str, str]:
    return {f"{one.type}:{one.full_name}": one.status for one in events if isinstance(one, ComponentCompared)}


async def test_what_was_brought_is_taken_back_and_compared_again(shop: Workshop, local: Orgs) -> None:
    before = files(local)
    heard = await shop.run(resolve(shop.context(), [_LABEL, _SITE]), "resolve")
    assert [one.check_only for one in heard if isinstance(one, DeployRequested)] == [True, False]
    assert compared(heard) == {_LABEL: "same", _SITE: "same"}
    assert files(local) != before
    again = await shop.run(undo_resolve(shop.context()), "undo_resolve")
    assert files(local) == before
    assert "same" not in compared(again).values()
    with pytest.raises(StepRefused, match="nothing to take back"):
        await shop.run(undo_resolve(shop.context()), "undo_resolve")


async def test_what_somebody_changed_since_is_left_and_named(shop: Workshop, local: Orgs) -> None:
    before = files(local)
    await shop.run(resolve(shop.context(), [_LABEL]), "resolve")
    await shop.run(resolve(shop.context(), [_SITE]), "resolve")
    local.org("hfx1").soap(
        "<upsertMetadata><metadata xsi:type='CustomLabel' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
        "<fullName>Boutique_Greeting</fullName><language>en_US</language><protected>false</protected>"
        "<shortDescription>x</shortDescription><value>Changed by Eve</value></metadata></upsertMetadata>"
    )
    await shop.run(undo_resolve(shop.context()), "undo_resolve")
    context = shop.context()
    heard = await shop.run(undo_resolve(context), "undo_resolve")
    assert [one.text for one in heard if isinstance(one, Finding)] == [
        f"{_LABEL} is left as it is: somebody has changed it since"
    ]
    assert context.result == "differences"
    after = files(local)
    assert b"Changed by Eve" in b"".join(after.values())
    site = "unpackaged/remoteSiteSettings/Card_Vault.remoteSite"
    assert after.get(site) == before.get(site)
