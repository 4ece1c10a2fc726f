"""A deploy whose reply was lost is found again, and no other deploy is taken for it."""

from __future__ import annotations

import pytest

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.org_source import read_org
from hotfix_tui.compare.package import build
from hotfix_tui.events import Settled
from hotfix_tui.events.deploy import DeployRequested
from hotfix_tui.hotfix.deploying import Deploy
from hotfix_tui.hotfix.errors import StepFailed
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.following import follow
from tests.hotfix.workshop import Workshop, local, shop

__all__ = ["local", "shop"]

pytestmark = pytest.mark.slow

_OURS, _OTHER = ComponentId("CustomLabel", "Boutique_Greeting"), ComponentId("RemoteSiteSetting", "Card_Vault")


async def package(shop: Workshop, key: ComponentId) -> bytes:
    org = await shop.orgs.get("hfx1")
    component: Component = (await read_org(org, only=[key])).components[key]
    return build([component], org.api_version)


async def somebody_validates(shop: Workshop, content: bytes) -> str:
    """Another deploy by the very same user, from another tool."""
    org = await shop.orgs.get("hfx1")
    deploy_id = await org.deploy(content, DeployOptions(check_only=True))
    async for _ in follow(org, deploy_id):
        pass
    return deploy_id


@pytest.mark.parametrize("mode", ["drop_before", "drop_after"])
async def test_a_deploy_of_the_same_user_is_not_taken_for_the_one_whose_reply_was_lost(
    shop: Workshop, mode: str
) -> None:
    ours, other = await package(shop, _OURS), await package(shop, _OTHER)
    org = await shop.orgs.get("hfx1")
    deploy = Deploy(shop.context(), org, purpose="validate")
    steps = deploy.run(ours, DeployOptions(check_only=True), (str(_OURS),))
    intent = await anext(steps)
    shop.say(intent)
    foreign = await somebody_validates(shop, other)
    shop.local.fault(org="hfx1", path="deploy", mode=mode, times=1)
    if mode == "drop_before":
        with pytest.raises(StepFailed, match="did not arrive"):
            await shop.run(steps)
        assert shop.state.open_intents == {}
        assert not deploy.succeeded
    else:
        await shop.run(steps)
        assert deploy.succeeded
        assert deploy.deploy_id != foreign


async def test_a_runner_that_takes_over_does_not_take_a_foreign_deploy_for_its_own(shop: Workshop) -> None:
    ours, other = await package(shop, _OURS), await package(shop, _OTHER)
    org = await shop.orgs.get("hfx1")
    steps = Deploy(shop.context(), org, purpose="validate").run(ours, DeployOptions(check_only=True), (str(_OURS),))
    intent = await anext(steps)
    assert isinstance(intent, DeployRequested)
    shop.say(intent)
    await steps.aclose()
    await somebody_validates(shop, other)
    again = Deploy(shop.context(), org, purpose="validate")
    heard = await shop.run(again.resume(intent))
    assert [one.result for one in heard if isinstance(one, Settled)] == ["not_done"]
    assert not again.succeeded
