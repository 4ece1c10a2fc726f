"""What belongs to a component, an object, a record; what is kept of it for a screen that has no components."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix_tui.compare.both_sides import BothSides
from hotfix_tui.compare.compare import Comparison, compare
from hotfix_tui.compare.component import ComponentId
from hotfix_tui.compare.impact import ImpactTarget, NoSuchTarget, impact_of, parse_target
from hotfix_tui.compare.narrowing import find_record, impact_keys
from hotfix_tui.compare.sources import FolderSource
from tests.compare import folders

SCENARIO = Path(__file__).resolve().parents[2] / "hotfix_tui/localorg/scenarios/incident/metadata"
RULE = ComponentId("ValidationRule", "Discount_Rule__c.Percent_Within_Program_Cap")
TRIGGER = ComponentId("ApexTrigger", "DiscountRuleTrigger")


async def ended(a: Path, b: Path) -> Comparison:
    comparison = compare(FolderSource(a), FolderSource(b))
    async for _ in comparison:
        pass
    return comparison


@pytest.fixture(params=["incident", "generated"])
async def comparison(request: pytest.FixtureRequest, tmp_path: Path) -> Comparison:
    pair = (SCENARIO / "base", SCENARIO / "hfx1") if request.param == "incident" else folders.generate_pair(tmp_path)
    return await ended(*pair)


async def test_the_impact_of_an_object_is_that_of_a_data_set_of_it(comparison: Comparison) -> None:
    both = BothSides.read(comparison)
    sides = [comparison.a.contents.components, comparison.b.contents.components]
    objects = sorted({key.full_name for side in sides for key in side if key.type == "CustomObject"})
    assert objects
    for name in objects:
        expected = set().union(*(impact_of(side, [name]) for side in sides))
        assert both.impact_of_objects([name]) == expected


async def test_what_is_kept_says_the_same_of_all_that_differs(comparison: Comparison) -> None:
    both = BothSides.read(comparison)
    kept = BothSides.kept_as(both.keep(comparison))
    differing = set(comparison.differences)
    assert differing
    for key in differing:
        assert kept.uses(key) == both.uses(key)
        assert kept.impact_of(key) & differing == both.impact_of(key) & differing
    for name in {key.full_name for key in comparison.rows if key.type == "CustomObject"}:
        assert kept.impact_of_objects([name]) == both.impact_of_objects([name]) & differing


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"components": {"A": 1}}', b'{"components": {"A:B": {}}}'])
def test_what_is_no_kept_dependencies_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        BothSides.kept_as(content)


async def test_a_rule_brings_its_object_and_a_trigger_the_object_it_is_on() -> None:
    both = BothSides.read(await ended(SCENARIO / "base", SCENARIO / "hfx1"))
    of_object = both.impact_of_objects(["Discount_Rule__c"])
    assert RULE in of_object and TRIGGER in of_object
    assert both.impact_of(RULE) >= of_object
    assert both.impact_of(TRIGGER) >= of_object | {ComponentId("ApexClass", "DiscountRuleHandler")}
    assert {key.type for key in of_object} >= {
        "CustomObject", "CustomField", "ValidationRule", "ApexTrigger", "ApexClass", "Flow", "Layout", "PermissionSet",
        "RecordType",
    }  # fmt: skip
    flow = ComponentId("Flow", "Discount_Rule_Price_Recalc-5")
    assert both.impact_of(flow) >= of_object


async def test_a_class_brings_what_it_names_and_what_names_it_and_no_more() -> None:
    both = BothSides.read(await ended(SCENARIO / "base", SCENARIO / "hfx1"))
    engine = ComponentId("ApexClass", "DiscountEngine")
    a, b = both.uses(engine)
    assert both.impact_of(engine) == {engine} | a.depends_on | a.used_by | b.depends_on | b.used_by


async def test_what_neither_side_has_is_a_sentence(tmp_path: Path) -> None:
    comparison = await ended(*folders.generate_pair(tmp_path))
    both = BothSides.read(comparison)
    assert impact_keys(both, parse_target("Flow:flow_1"), comparison.rows)
    with pytest.raises(NoSuchTarget, match="Neither side has Flow:None"):
        impact_keys(both, parse_target("Flow:None"), comparison.rows)
    with pytest.raises(NoSuchTarget, match="an object Nothing__c"):
        impact_keys(both, parse_target("Nothing__c"), comparison.rows)
    with pytest.raises(NoSuchTarget, match="neither side is an org"):
        await find_record([], "001000000000001")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("a00000000000001AAA", ImpactTarget(record="a00000000000001AAA")),
        ("001000000000001", ImpactTarget(record="001000000000001")),
        ("ProductTransfer", ImpactTarget(object="ProductTransfer")),
        (" Case ", ImpactTarget(object="Case")),
        ("CustomObject:Case", ImpactTarget(object="Case")),
        ("Flow:F", ImpactTarget(component=ComponentId("Flow", "F"))),
    ],
)
def test_a_target_is_told_by_its_look(text: str, target: ImpactTarget) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["", "Flow:", ":F", "two words", "Case-Layout", "'; --"])
def test_what_is_no_target_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_target(text)
