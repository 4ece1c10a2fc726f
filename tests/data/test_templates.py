"""Every template that ships seeds a sandbox from a production org that has its objects, and then has nothing to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import pytest

from hotfix_tui.data.data_set import templates
from hotfix_tui.data.data_set_loader import load
from hotfix_tui.data.plan import make_plan
from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.read import read_matching, read_rows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import seed
from tests.data import campus
from tests.data.campus import School, collect
from tests.data.conftest import standard_book

OBJECTS = Path(__file__).parent / "objects"
NO_SCHOOL: dict[str, str | None] = dict.fromkeys(path for path in campus.files() if "ermission" not in path)
CORE = resources.files("hotfix_tui.localorg.schema").joinpath("standard", "core.txt").read_text("utf-8")
CASE = re.search(r"@Case .*?(?=\n@)", CORE, re.DOTALL)
assert CASE is not None
WITH_ENTITLEMENTS = f'{CASE[0].rstrip()}\n  EntitlementId reference >Entitlement ~Entitlement /Cases "Entitlement ID"\n'
FIELD_SERVICE = (OBJECTS / "field_service.txt").read_text()


@contextmanager
def two(folder: Path, *, files: dict[str, str] | None = None, objects: str = "") -> Iterator[tuple[School, School]]:
    changed = {**NO_SCHOOL, **(files or {})}
    with (
        campus.served(folder, "prod", "production", changed=changed, objects=objects) as prod,
        campus.served(folder, "box", changed=changed, objects=objects) as box,
    ):
        yield prod, box


async def planned(prod: School, box: School, name: str) -> Plan:
    chosen = load(templates() / f"{name}.toml")
    async with prod.connect() as production, box.connect() as sandbox:
        source = await read_rows(production, chosen)
        return make_plan(source, await read_matching(sandbox, chosen, source), chosen)


async def seeded(prod: School, box: School, name: str) -> dict[str, int]:
    """Seeds, checks that nothing is left to do, and says how many rows of each object were inserted."""
    plan = await planned(prod, box, name)
    assert plan.blockers == []
    async with box.connect() as sandbox:
        events = await collect(write_plan(sandbox, plan, purpose="seed"))
    assert [one for one in events if isinstance(one, seed.RowRefused)] == []
    again = await planned(prod, box, name)
    left = [(row.object, row.act, row.changes) for one in again.objects for row in one.rows if row.act != "equal"]
    assert (left, again.blockers) == ([], [])
    return {one.object: one.rows.count("insert") for one in plan.objects}


def custom(name: str, fields: dict[str, str], *, detail: bool = False) -> dict[str, str]:
    """A custom object of a package: field → `text`, `number`, `check`, `lookup:Other__c` or `master:Other__c`."""
    folder = f"objects/{name}"
    made = {f"{folder}/{name}.object-meta.xml": campus._object(name, detail)}
    for field, kind in fields.items():
        type_, _, other = kind.partition(":")
        children = f"{name.removesuffix('__c').split('__')[-1]}_{field.removesuffix('__c').split('__')[-1]}"
        xml = {
            "text": lambda field=field: campus._field(field, "Text", "<length>80</length>"),
            "number": lambda field=field: campus._field(field, "Number", "<precision>6</precision><scale>0</scale>"),
            "check": lambda field=field: campus._field(field, "Checkbox", "<defaultValue>false</defaultValue>"),
            "lookup": lambda field=field, other=other, children=children: campus._lookup(field, other, children),
            "master": lambda field=field, other=other, children=children: campus._detail(field, other, children),
        }[type_]()
        made[f"{folder}/fields/{field}.field-meta.xml"] = xml
    return made


def test_every_template_names_its_sources_and_what_none_confirms() -> None:
    for path in templates().glob("*.toml"):
        comment = "\n".join(line for line in path.read_text().splitlines() if line.startswith("#"))
        assert "https://" in comment, path.name
        assert path.stem in ("price_books_and_products", "custom_settings") or "Not confirmed" in comment, path.name


def test_every_template_has_its_test_here() -> None:
    tested = set(re.findall(r'"([a-z_]+)"\)', Path(__file__).read_text()))
    assert {path.stem for path in templates().glob("*.toml")} <= tested


async def test_price_books_and_products(tmp_path: Path) -> None:
    with two(tmp_path) as (prod, box):
        product = prod.put("Product2", Name="Lamp", ProductCode="LAMP", IsActive=True)
        book = prod.put("Pricebook2", Name="Shop", IsActive=True)
        prod.put("PricebookEntry", Product2Id=product, Pricebook2Id=book, UnitPrice=9, IsActive=True)
        prod.put("PricebookEntry", Product2Id=product, Pricebook2Id=standard_book(prod), UnitPrice=10, IsActive=True)
        found = await seeded(prod, box, "price_books_and_products")
    assert found == {"Product2": 1, "Pricebook2": 1, "PricebookEntry": 2}


@pytest.mark.slow
async def test_accounts_contacts_and_opportunities(tmp_path: Path) -> None:
    with two(tmp_path) as (prod, box):
        holding = prod.put("Account", Name="Holding")  # has no number: it is matched by nothing
        acme = prod.put("Account", Name="Acme", AccountNumber="A-1", ParentId=holding)
        ann = prod.put("Contact", LastName="Ann", Email="ann@acme.example", AccountId=acme)
        prod.put("Contact", LastName="Nobody", AccountId=acme)
        deal = prod.put("Opportunity", Name="Deal", AccountId=acme, StageName="Prospecting", CloseDate="2026-05-01",
                        Probability=10, ForecastCategoryName="Pipeline", Pricebook2Id=standard_book(prod))  # fmt: skip
        prod.put("OpportunityContactRole", OpportunityId=deal, ContactId=ann, Role="Decision Maker", IsPrimary=True)
        found = await seeded(prod, box, "accounts_contacts_opportunities")
        (role,) = box.soql("SELECT Contact.Email, Opportunity.Account.AccountNumber, Role FROM OpportunityContactRole")
    assert found == {"Account": 1, "Contact": 1, "Opportunity": 1, "OpportunityContactRole": 1, "Pricebook2": 0}
    assert role["Opportunity"]["Account"]["AccountNumber"] == "A-1"


@pytest.mark.slow
async def test_cases_with_entitlements(tmp_path: Path) -> None:
    with two(tmp_path, objects=WITH_ENTITLEMENTS) as (prod, box):
        acme = prod.put("Account", Name="Acme", AccountNumber="A-1")
        ann = prod.put("Contact", LastName="Ann", Email="ann@acme.example", AccountId=acme)
        gold = prod.put("Entitlement", Name="Gold", AccountId=acme, StartDate="2026-01-01")
        first = prod.put("Case", Subject="Lamp broken", AccountId=acme, ContactId=ann, EntitlementId=gold)
        prod.put("Case", Subject="Again", AccountId=acme, EntitlementId=gold, ParentId=first)
        found = await seeded(prod, box, "cases_with_entitlements")
        rows = box.soql("SELECT Subject, Parent.Subject, Entitlement.Name FROM Case ORDER BY Subject")
    assert found == {"Account": 1, "Contact": 1, "Entitlement": 1, "Case": 2}
    assert [(row["Subject"], (row["Parent"] or {}).get("Subject")) for row in rows] == [
        ("Again", "Lamp broken"),
        ("Lamp broken", None),
    ]


CPQ = {
    **custom("SBQQ__SummaryVariable__c", {"SBQQ__CombineWith__c": "lookup:SBQQ__SummaryVariable__c"}),
    **custom("SBQQ__PriceRule__c", {"SBQQ__EvaluationOrder__c": "number", "SBQQ__Product__c": "lookup:Product2"}),
    **custom(
        "SBQQ__PriceCondition__c",
        {
            "SBQQ__Rule__c": "master:SBQQ__PriceRule__c",
            "SBQQ__Index__c": "number",
            "SBQQ__TestedVariable__c": "lookup:SBQQ__SummaryVariable__c",
            "SBQQ__FilterVariable__c": "lookup:SBQQ__SummaryVariable__c",
        },
        detail=True,
    ),
    **custom(
        "SBQQ__PriceAction__c",
        {
            "SBQQ__Rule__c": "master:SBQQ__PriceRule__c",
            "SBQQ__TargetObject__c": "text",
            "SBQQ__Field__c": "text",
            "SBQQ__SourceVariable__c": "lookup:SBQQ__SummaryVariable__c",
        },
        detail=True,
    ),
    **custom(
        "SBQQ__LookupQuery__c",
        {
            "SBQQ__PriceRule2__c": "lookup:SBQQ__PriceRule__c",
            "SBQQ__LookupField__c": "text",
            "SBQQ__TestedField__c": "text",
        },
    ),
    **custom("SBQQ__ProductRule__c", {"SBQQ__Active__c": "check"}),
    **custom(
        "SBQQ__ErrorCondition__c",
        {
            "SBQQ__Rule__c": "master:SBQQ__ProductRule__c",
            "SBQQ__Index__c": "number",
            "SBQQ__TestedVariable__c": "lookup:SBQQ__SummaryVariable__c",
            "SBQQ__FilterVariable__c": "lookup:SBQQ__SummaryVariable__c",
        },
        detail=True,
    ),
    **custom(
        "SBQQ__ProductAction__c",
        {
            "SBQQ__Rule__c": "master:SBQQ__ProductRule__c",
            "SBQQ__Type__c": "text",
            "SBQQ__Product__c": "lookup:Product2",
        },
        detail=True,
    ),
    **custom(
        "SBQQ__ConfigurationRule__c",
        {"SBQQ__ProductRule__c": "lookup:SBQQ__ProductRule__c", "SBQQ__Product__c": "lookup:Product2"},
    ),
}


@pytest.mark.slow
async def test_salesforce_cpq_rules(tmp_path: Path) -> None:
    with two(tmp_path, files=CPQ) as (prod, box):
        put = prod.put
        lamp = put("Product2", Name="Lamp", ProductCode="LAMP")
        box.put("Product2", Name="Lamp", ProductCode="LAMP")
        total = put("SBQQ__SummaryVariable__c", Name="Total")
        share = put("SBQQ__SummaryVariable__c", Name="Share", SBQQ__CombineWith__c=total)
        rule = put("SBQQ__PriceRule__c", Name="Cap", SBQQ__EvaluationOrder__c=1, SBQQ__Product__c=lamp)
        put("SBQQ__PriceCondition__c", SBQQ__Rule__c=rule, SBQQ__Index__c=1, SBQQ__TestedVariable__c=share)
        put("SBQQ__PriceAction__c", SBQQ__Rule__c=rule, SBQQ__TargetObject__c="Quote Line", SBQQ__Field__c="Discount",
            SBQQ__SourceVariable__c=total)  # fmt: skip
        put("SBQQ__LookupQuery__c", SBQQ__PriceRule2__c=rule, SBQQ__LookupField__c="A", SBQQ__TestedField__c="B")
        check = put("SBQQ__ProductRule__c", Name="Needs a bulb", SBQQ__Active__c=True)
        put("SBQQ__ErrorCondition__c", SBQQ__Rule__c=check, SBQQ__Index__c=1, SBQQ__TestedVariable__c=share)
        put("SBQQ__ProductAction__c", SBQQ__Rule__c=check, SBQQ__Type__c="Add", SBQQ__Product__c=lamp)
        put("SBQQ__ConfigurationRule__c", SBQQ__ProductRule__c=check, SBQQ__Product__c=lamp)
        found = await seeded(prod, box, "salesforce_cpq_rules")
        (condition,) = box.soql(
            "SELECT SBQQ__Rule__r.Name, SBQQ__TestedVariable__r.SBQQ__CombineWith__r.Name FROM SBQQ__PriceCondition__c"
        )
    assert sum(found.values()) == 10
    assert found["SBQQ__SummaryVariable__c"] == 2
    assert condition["SBQQ__TestedVariable__r"]["SBQQ__CombineWith__r"]["Name"] == "Total"


@pytest.mark.slow
async def test_field_service(tmp_path: Path) -> None:
    with two(tmp_path, objects=FIELD_SERVICE) as (prod, box):
        put = prod.put
        summer = put("OperatingHours", Name="Summer", TimeZone="Europe/Paris")
        for start, end in (("08:00:00.000Z", "12:00:00.000Z"), ("13:00:00.000Z", "17:00:00.000Z")):
            put("TimeSlot", OperatingHoursId=summer, DayOfWeek="Monday", StartTime=start, EndTime=end)
        north = put("ServiceTerritory", Name="North", IsActive=True, OperatingHoursId=summer)
        put("ServiceTerritory", Name="North-East", IsActive=True, ParentTerritoryId=north)
        repair = put("WorkType", Name="Repair", EstimatedDuration=2, DurationType="Hours")
        welding = put("Skill", DeveloperName="Welding", MasterLabel="Welding")
        put("SkillRequirement", RelatedRecordId=repair, SkillId=welding, SkillLevel=50)
        case = put("Case", Subject="not a work type")
        put("SkillRequirement", RelatedRecordId=case, SkillId=welding, SkillLevel=10)
        found = await seeded(prod, box, "field_service")
        slots = box.soql("SELECT DayOfWeek, StartTime FROM TimeSlot ORDER BY StartTime")
    assert found == {"OperatingHours": 1, "TimeSlot": 2, "ServiceTerritory": 2, "WorkType": 1, "Skill": 1,
                     "SkillRequirement": 1}  # fmt: skip
    assert [row["StartTime"][:5] for row in slots] == ["08:00", "13:00"]


def setting(name: str, kind: str) -> dict[str, str]:
    folder = f"objects/{name}"
    text = (
        f"<CustomObject {campus.NS}><customSettingsType>{kind}</customSettingsType><label>{name}</label>"
        "<visibility>Public</visibility></CustomObject>"
    )
    return {
        f"{folder}/{name}.object-meta.xml": text,
        f"{folder}/fields/Value__c.field-meta.xml": campus._field("Value__c", "Text", "<length>40</length>"),
    }


@pytest.mark.slow
async def test_custom_settings_of_the_org_of_profiles_and_of_users(tmp_path: Path) -> None:
    files = {**setting("Example_List__c", "List"), **setting("Example_Hierarchy__c", "Hierarchy")}
    with two(tmp_path, files=files) as (prod, box):
        (profile,) = prod.soql("SELECT Id FROM Profile WHERE Name = 'System Administrator'")
        prod.put("Example_List__c", Name="FR", Value__c="33")
        for owner, value in ((prod.inside.org_id, "org"), (profile["Id"], "admins"), (prod.user_id, "ana")):
            prod.put("Example_Hierarchy__c", SetupOwnerId=owner, Value__c=value)
        box.put("Example_Hierarchy__c", SetupOwnerId=box.inside.org_id, Value__c="old")
        plan = await planned(prod, box, "custom_settings")
        assert plan.count("update") == 1
        found = await seeded(prod, box, "custom_settings")
        rows = {row["Value__c"]: row["SetupOwnerId"] for row in box.soql("SELECT Value__c, SetupOwnerId FROM "
                                                                         "Example_Hierarchy__c")}  # fmt: skip
    assert found == {"Example_List__c": 1, "Example_Hierarchy__c": 2}
    assert rows["org"] == box.inside.org_id
    assert rows["ana"] == box.user_id


async def test_queues_groups_and_their_members(tmp_path: Path) -> None:
    with two(tmp_path) as (prod, box):
        queue = prod.put("Group", Name="Repairs", DeveloperName="Repairs", Type="Queue")
        group = prod.put("Group", Name="Team", DeveloperName="Team", Type="Regular")
        prod.put("QueueSobject", QueueId=queue, SobjectType="Case")
        prod.put("GroupMember", GroupId=queue, UserOrGroupId=group)
        prod.put("GroupMember", GroupId=group, UserOrGroupId=prod.user_id)
        found = await seeded(prod, box, "queues_and_groups")
        members = {row["UserOrGroupId"] for row in box.soql("SELECT UserOrGroupId FROM GroupMember")}
        (team,) = box.soql("SELECT Id FROM Group WHERE DeveloperName = 'Team'")
    assert found == {"Group": 2, "QueueSobject": 1, "GroupMember": 2}
    assert members == {team["Id"], box.user_id}
