"""What depends on what: the incident's own components, real folders, and what holds of any folder."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from hotfix_tui.compare.component import Component, ComponentId
from hotfix_tui.compare.dependencies import Dependencies, ReadFiles, Uses
from hotfix_tui.compare.folder import read_folder
from tests.compare import folders

SCENARIO = Path(__file__).resolve().parents[2] / "hotfix_tui/localorg/scenarios/incident/metadata/base"
CORPUS = sorted({name for pair in folders.REAL_PAIRS for name in pair} | set(folders.REAL_SINGLES))


def ids(*lines: str) -> set[ComponentId]:
    """`Type:A B C` lines as ids."""
    return {
        ComponentId(kind, name)
        for line in lines
        for kind, _, names in [line.partition(":")]
        for name in names.split(", ")
    }


@pytest.fixture(scope="module")
def incident() -> Dependencies:
    return Dependencies.read(read_folder(SCENARIO))


ENGINE = ids(
    "ApexClass:PricingSettings",
    "CustomObject:Cart_Line__c, Discount_Rule__c, Rule_Product__c",
    "CustomField:Cart_Line__c.Product__c, Cart_Line__c.List_Price__c, Cart_Line__c.Discount_Percent__c,"
    " Cart_Line__c.Applied_Rule__c, Cart_Line__c.Net_Price__c",
    "CustomField:Discount_Rule__c.Discount_Percent__c, Discount_Rule__c.Parent_Rule__c, Discount_Rule__c.Program__c,"
    " Discount_Rule__c.Active__c, Discount_Rule__c.Evaluation_Order__c",
    "CustomField:Discount_Program__c.Stacking_Mode__c, Discount_Program__c.Max_Total_Discount__c,"
    " Discount_Program__c.Status__c",
    "CustomField:Rule_Product__c.Rule__c, Rule_Product__c.Product__c, Rule_Product__c.Excluded__c",
)


@pytest.mark.parametrize(
    ("component", "depends_on", "used_by"),
    [
        (
            "ApexClass:DiscountEngine",
            ENGINE,
            ids(
                "ApexClass:CartRecalculation, DiscountEngineTest",
                "ApexTrigger:CartLineTrigger",
                "PermissionSet:Pricing_Admin",
            ),
        ),
        (
            "Flow:Cart_Line_Discount_Guard-7",
            ids(
                "CustomField:Cart_Line__c.Applied_Rule__c, Cart_Line__c.Discount_Percent__c,"
                " Price_Review__c.Cart_Line__c, Price_Review__c.Reason__c, Price_Review__c.Status__c",
                "CustomObject:Cart_Line__c, Price_Review__c, Discount_Rule__c",
                "CustomPermission:Bypass_Pricing_Automation",
            ),
            set(),
        ),
        (
            "CustomMetadata:Pricing_Setting.Default",
            ids(
                "CustomObject:Pricing_Setting__mdt",
                "CustomField:Pricing_Setting__mdt.Max_Total_Discount_Percent__c,"
                " Pricing_Setting__mdt.Merchandising_Address__c, Pricing_Setting__mdt.Recalculation_Batch_Size__c",
            ),
            ids("ApexClass:PricingSettings"),
        ),
        (
            "ApexTrigger:CartLineTrigger",
            ids("ApexClass:CartLineChanges, DiscountEngine", "CustomObject:Cart_Line__c"),
            set(),
        ),
        (
            "ValidationRule:Discount_Rule__c.Percent_Within_Program_Cap",
            ids(
                "CustomField:Discount_Rule__c.Active__c, Discount_Rule__c.Discount_Percent__c,"
                " Discount_Rule__c.Parent_Rule__c"
            ),
            set(),
        ),
        (
            "CustomField:Discount_Program__c.Max_Total_Discount__c",
            set(),
            ids(
                "ApexClass:DiscountEngine, DiscountEngineTest",
                "Layout:Discount_Program__c-Discount Program Layout",
                "PermissionSet:Merchandising_Manager",
            ),
        ),
    ],
)  # fmt: skip
def test_the_incident(
    incident: Dependencies, component: str, depends_on: set[ComponentId], used_by: set[ComponentId]
) -> None:
    uses = incident.uses(ComponentId.parse(component))
    assert uses.depends_on == depends_on
    assert uses.used_by == used_by


def test_what_an_org_tells_is_added_and_marked_and_said_once() -> None:
    a, b, c = (ComponentId("ApexClass", name) for name in "ABC")
    found = Dependencies([(a, b)])
    found.tell([(a, b), (a, c), (a, a)])
    assert found.uses(a) == Uses(frozenset({b, c}), frozenset(), frozenset({c}))
    assert found.uses(c) == Uses(frozenset(), frozenset({a}), frozenset({a}))
    assert found.uses(b).of_org == frozenset()


def test_two_sides_read_a_file_that_both_have_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from hotfix_tui.compare import dependencies

    read: list[ComponentId] = []
    plain = dependencies.mentions_of

    def counted(component: Component) -> object:
        read.append(component.id)
        return plain(component)

    monkeypatch.setattr(dependencies, "mentions_of", counted)
    components = read_folder(SCENARIO)
    other = {**components, (key := ComponentId("ApexClass", "DiscountEngine")): Component(key, {"classes/D.cls": b"A"})}
    files = ReadFiles()
    Dependencies.read(components, files)
    Dependencies.read(other, files)
    assert len(read) == len(components) + 1


@pytest.fixture(params=[*CORPUS, "incident", "generated"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "generated":
        return folders.generate(tmp_path / "made")
    path = SCENARIO if request.param == "incident" else folders.CORPUS / request.param
    if not path.is_dir():
        pytest.skip(f"{path} is not here")
    return path


def test_nothing_is_named_whose_name_is_not_in_the_files(folder: Path) -> None:
    components = read_folder(folder)
    found = Dependencies.read(components)
    edges = [(key, one) for key in components for one in found.uses(key).depends_on]
    assert edges, "a folder in which nothing names anything would prove nothing"
    wrong = [f"{key} -> {one}" for key, one in edges if not _occurs(one, components[key])]
    assert wrong == []


def _occurs(named: ComponentId, component: Component) -> bool:
    own = re.split(r"[.\-]", named.full_name, maxsplit=1)[-1]
    words = {own.lower().removesuffix(ending) for ending in ("", "__c", "__mdt", "id")}
    text = f"{component.id.full_name}\n".encode() + b"\n".join(component.files.values())
    text = text.lower().replace(b"-", b"") if named.type.endswith(("Bundle",)) else text.lower()
    return any(word.encode() in text.replace(b"%20", b" ") for word in words)


def test_grants_and_layouts_name_the_fields_that_other_code_finds_in_them(folder: Path) -> None:
    """By plain ElementTree, with nothing of ours: each field named there, if the folder has it."""
    components = read_folder(folder)
    found = Dependencies.read(components)
    known = {key.full_name for key in components if key.type == "CustomField"}
    seen = 0
    for key, component in components.items():
        if key.type not in ("PermissionSet", "Profile", "Layout"):
            continue
        owner = key.full_name.partition("-")[0]
        named = set()
        for item in ET.fromstring(next(iter(component.files.values()))).iter():
            if item.tag.endswith("}field") and item.text:
                named.add(item.text if "." in item.text else f"{owner}.{item.text}")
        expected = {ComponentId("CustomField", name) for name in named & known}
        seen += len(expected)
        assert expected <= found.uses(key).depends_on, str(key)
    assert seen
