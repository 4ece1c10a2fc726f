"""What must not be overwritten: production's own versions, what others changed while a step was at work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.org_source import read_org
from hotfix_tui.compare.package import build
from hotfix_tui.data.changes import RowChange, patched
from hotfix_tui.data.classify import classify, read_for_changes
from hotfix_tui.data.read import read_rows
from hotfix_tui.data.rows import DataRows
from hotfix_tui.events import Event, Question, Settled
from hotfix_tui.events.deploy import DeployFinished, DeployRequested
from hotfix_tui.events.session import Finding, StepStarted
from hotfix_tui.events.sync import OrgCertified, OrgStage
from hotfix_tui.hotfix.data_sets import choose
from hotfix_tui.hotfix.errors import StepRefused
from hotfix_tui.hotfix.fix import Fix, load, started_elsewhere
from hotfix_tui.hotfix.org_sync import OrgSync
from hotfix_tui.hotfix.permit import grant
from hotfix_tui.hotfix.steps.baseline import baseline
from hotfix_tui.hotfix.steps.compare import compare
from hotfix_tui.hotfix.steps.find_fix import find_fix
from hotfix_tui.hotfix.steps.promote import promote
from hotfix_tui.salesforce.deploys import DeployOptions
from hotfix_tui.salesforce.following import follow
from tests.hotfix.workshop import Workshop, workshop
from tests.local_orgs import Orgs, incident

pytestmark = pytest.mark.slow

# Production and hfx1 have different ones from the start.
_LABEL = ComponentId("CustomLabel", "Boutique_Greeting")
_NO_SUCH_TYPE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
    "<faultcode>sf:INVALID_TYPE</faultcode><faultstring>INVALID_TYPE: broken</faultstring>"
    "</e:Fault></e:Body></e:Envelope>"
)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orgs]:
    with incident(tmp_path_factory.mktemp("over")) as running:
        yield running


@pytest.fixture
async def shop(local: Orgs, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workshop]:
    monkeypatch.setenv("HOTFIX_HOME", str(local.home))
    local.clear_faults()
    with workshop(own_home, local) as shop:
        await shop.run(compare(shop.context(), local.data_set), "compare")
        await shop.run(baseline(shop.context()), "baseline")
        yield shop
        await shop.orgs.close()


async def content(shop: Workshop, alias: str, key: ComponentId) -> Component:
    return (await read_org(await shop.orgs.get(alias), only=[key])).components[key]


async def edit(shop: Workshop, alias: str, key: ComponentId, old: bytes, new: bytes) -> None:
    """Somebody's change in Setup."""
    there = await content(shop, alias, key)
    files = {path: text.replace(old, new) for path, text in there.files.items()}
    assert files != there.files
    await put(shop, alias, Component(key, files))


async def put(shop: Workshop, alias: str, component: Component) -> None:
    """Deploys one component."""
    org = await shop.orgs.get(alias)
    package = build([component], org.api_version)
    results = [one async for one in follow(org, await org.deploy(package, DeployOptions()))]
    assert results[-1].success


async def test_a_component_that_was_another_in_production_is_not_replaced_without_a_yes(shop: Workshop) -> None:
    """The engineer edits what was different from production before the fix: that difference is not the fix."""
    before = await content(shop, "prod", _LABEL)
    await edit(shop, "hfx1", _LABEL, b"</value>", b" and more</value>")
    heard = await shop.run(find_fix(shop.context()), "find_fix")
    assert any(str(_LABEL) in one.text for one in heard if isinstance(one, Finding) and one.level == "warning")

    permit = grant(shop.journal, shop.state, "prod", "promote")
    asked: list[Event] = []
    with pytest.raises(StepRefused, match="not the fix"):
        await shop.run(promote(shop.context(), permit), "promote", hook=asked.append)
    (question,) = [one for one in asked if isinstance(one, Question)]
    assert str(_LABEL) in question.text
    assert (await content(shop, "prod", _LABEL)).files == before.files

    # With production's value in the environment nothing is brought along any more, and nobody is asked.
    ours = await content(shop, "hfx1", _LABEL)
    await put(shop, "hfx1", Component(_LABEL, before.files))
    await edit(shop, "hfx1", _LABEL, b"<protected>true", b"<protected>false")
    await shop.run(find_fix(shop.context()), "find_fix")
    assert started_elsewhere(shop.context(), load(shop.context())) == {}
    await put(shop, "hfx1", ours)


async def test_the_baseline_holds_the_data_set_it_was_taken_with(shop: Workshop, tmp_path: Path) -> None:
    """Another selection or another key makes rows new or gone that nobody touched."""
    other = tmp_path / "other.toml"
    text = Path(shop.local.data_set).read_text()
    other.write_text(text.replace('name = "Storefront__c"', 'name = "Storefront__c"\nwhere = "Id = null"', 1))
    assert other.read_text() != text
    with pytest.raises(StepRefused, match="data set"):
        await shop.run(compare(shop.context(), str(other)), "compare")
    await shop.run(find_fix(shop.context()), "find_fix")
    assert shop.state.fix is not None
    assert shop.state.fix.records == 0


async def test_a_type_that_could_not_be_read_for_the_baseline_is_no_part_of_the_fix(
    local: Orgs, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTFIX_HOME", str(local.home))
    with workshop(own_home, local) as shop:
        await shop.run(compare(shop.context(), local.data_set), "compare")
        local.fault(org="hfx1", path="listMetadata", mode="status", status=500, body=_NO_SUCH_TYPE, times=500)
        taken = await shop.run(baseline(shop.context()), "baseline")
        local.clear_faults()
        unread = [one for one in taken if isinstance(one, Finding) and "cannot be read" in one.text]
        heard = await shop.run(find_fix(shop.context()), "find_fix")
        await shop.orgs.close()
    assert unread
    assert shop.state.fix_components == []
    assert any("could not be read for the baseline" in one.text for one in heard if isinstance(one, Finding))


@pytest.mark.parametrize("then", ["validate", "promote"])
async def test_productions_baseline_stays_from_before_the_fix_whatever_is_asked_afterwards(
    shop: Workshop, then: str
) -> None:
    """A promote that is refused, or a validation, begins anew on the screen; the fix is in production all the same."""
    prod = shop.registry()["orgs"]["prod"]["org_id"]
    common = {"key": "d", "org": "prod", "purpose": "promote", "check_only": False}
    shop.say(StepStarted(name="promote", request=1), "promote")
    shop.say(DeployRequested(org_id=prod, components=(), test_level="", tests=(), sha256="", **common), "promote")  # type: ignore[arg-type]
    shop.say(DeployFinished(deploy_id="0Af", status="Succeeded", **common), "promote")  # type: ignore[arg-type]
    shop.say(Settled(key="d", result="done"), "promote")
    shop.say(StepStarted(name=then, request=2), then)
    with pytest.raises(StepRefused, match="on its way to production or there already"):
        await shop.run(compare(shop.context()), "compare")


async def test_what_cannot_be_read_now_was_not_deleted(shop: Workshop) -> None:
    """Fields come with their object: when objects cannot be read, the fix must not delete every field there is."""
    shop.local.fault(org="hfx1", path="listMetadata", mode="status", status=500, body=_NO_SUCH_TYPE, times=500)
    heard = await shop.run(find_fix(shop.context()), "find_fix")
    shop.local.clear_faults()
    assert shop.state.fix_components == []
    assert any("CustomObject cannot be read now" in one.text for one in heard if isinstance(one, Finding))


async def test_sync_leaves_a_component_that_moved_after_it_was_classified(shop: Workshop) -> None:
    base = await content(shop, "prod", _LABEL)
    ours = Component(_LABEL, {path: text.replace(b"visit", b"call") for path, text in base.files.items()})
    fix = Fix({_LABEL: ours}, [], [], DataRows("d", "hfx1", "00D"), base={_LABEL: base})
    ctx = shop.context()
    heard: list[Event] = []
    async for event in OrgSync(ctx, "uat", fix, choose(ctx, "")).bring():
        shop.say(event, "sync")
        heard.append(event)
        if isinstance(event, OrgStage) and (event.stage, event.state) == ("compare", "done"):
            await edit(shop, "uat", _LABEL, b"visit", b"patience")
    theirs = await content(shop, "uat", _LABEL)
    await put(shop, "uat", Component(_LABEL, base.files))
    assert any(b"patience" in text for text in theirs.files.values())
    assert [one.parity for one in heard if isinstance(one, OrgCertified)] == ["exceptions"]


async def test_sync_leaves_a_record_that_moved_after_it_was_classified(shop: Workshop) -> None:
    ctx = shop.context()
    chosen = choose(ctx, "")
    uat = await shop.orgs.get("uat")
    rows = await read_rows(await shop.orgs.get("prod"), chosen)
    made = [
        RowChange(name, row.key, "update", row, replace(row, fields={**row.fields, "Name": "Ours"}), ("Name",))
        for name, one in rows.objects.items()
        for row in one.counted
        if "Name" in one.shape.fields and one.shape.fields["Name"].updateable
    ]
    theirs = await read_for_changes(uat, chosen, made, rows)
    change = next(one.change for one in classify(made, theirs, rows) if one.cell == "apply")
    there = theirs.find(change.ref)
    assert there is not None
    heard: list[Event] = []
    async for event in OrgSync(ctx, "uat", Fix({}, [], [change], patched(rows, [change])), chosen).bring():
        shop.say(event, "sync")
        heard.append(event)
        if isinstance(event, OrgStage) and (event.stage, event.state) == ("data", "started"):
            await uat.update(change.object, [{"Id": there.id, "Name": "Theirs"}])
    (left,) = shop.local.org("uat").soql(f"SELECT Name FROM {change.object} WHERE Id = '{there.id}'")
    await uat.update(change.object, [{"Id": there.id, "Name": there.fields["Name"]}])
    assert left["Name"] == "Theirs"
    assert [one.parity for one in heard if isinstance(one, OrgCertified)] == ["exceptions"]
    assert holders(shop) == 0


def holders(shop: Workshop) -> int:
    soql = "SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Pricing_Automation_Bypass'"
    return len(shop.local.org("uat").soql(soql))
