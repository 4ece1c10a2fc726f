"""What standard objects work out and refuse when their records are saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from hotfix_tui.localorg.clock import Clock
from hotfix_tui.localorg.metadata.component import ComponentId
from hotfix_tui.localorg.metadata.standing import standing
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.schema.apply import standard_value_sets
from tests.localorg.own_org import component

NOW = datetime(2026, 1, 13, 10, 0, tzinfo=UTC)


class Sales:
    """An org with one product in two price books, one account and one opportunity; short ways to write and read."""

    def __init__(self, org: LocalOrg) -> None:
        self.org = org
        self.user = org.users.add_user("ann@sales.example", "Ann Bee")
        self.standard = org.queries.records("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
        self.book = self.make("Pricebook2", Name="Dealers", IsActive=True)
        self.product = self.make("Product2", Name="Lamp", ProductCode="L-1", IsActive=True)
        price = {"Product2Id": self.product, "IsActive": True}
        self.full = self.make("PricebookEntry", Pricebook2Id=self.standard, UnitPrice=10, **price)
        self.entry = self.make("PricebookEntry", Pricebook2Id=self.book, UnitPrice=8.5, **price)
        self.account = self.make("Account", Name="Acme")

    def make(self, name: str, **fields: Any) -> str:
        outcome = self.org.records.insert(self.user, name, fields)
        assert outcome.success and outcome.id, outcome
        return outcome.id

    def change(self, name: str, record_id: str, **fields: Any) -> None:
        outcome = self.org.records.update(self.user, name, record_id, fields)
        assert outcome.success, outcome

    def refusal(self, name: str, **fields: Any) -> tuple[str, str]:
        (error,) = self.org.records.insert(self.user, name, fields).errors
        return error.code, error.message

    def row(self, name: str, record_id: str, fields: str) -> list[Any]:
        (found,) = self.org.queries.records(f"SELECT {fields} FROM {name} WHERE Id = '{record_id}'")
        return [found[each.strip()] for each in fields.split(",")]

    def deal(self, **fields: Any) -> str:
        given = {"Name": "Deal", "AccountId": self.account, "StageName": "Prospecting", "CloseDate": "2026-05-01"}
        return self.make("Opportunity", **{**given, **fields})


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sales]:
    org = LocalOrg.create(tmp_path_factory.mktemp("org"), name="sales", kind="production", clock=Clock(NOW))
    yield Sales(org)
    org.close()


def test_an_opportunity_follows_its_stage_unless_told_otherwise(sales: Sales) -> None:
    deal = sales.deal(Amount=1000)
    fields = "Probability, ForecastCategoryName, ForecastCategory, IsClosed, IsWon, ExpectedRevenue, Fiscal"
    assert sales.row("Opportunity", deal, fields) == [10, "Pipeline", "Pipeline", False, False, 100, "2026 2"]
    sales.change("Opportunity", deal, StageName="Closed Won")
    assert sales.row("Opportunity", deal, fields) == [100, "Closed", "Closed", True, True, 1000, "2026 2"]
    sales.change("Opportunity", deal, Probability=30)
    assert sales.row("Opportunity", deal, fields)[0] == 30
    sales.change("Opportunity", deal, StageName="Qualification", Probability=15)
    assert sales.row("Opportunity", deal, fields)[:2] == [15, "Pipeline"]


def test_stages_come_from_the_standard_value_set(sales: Sales) -> None:
    got = sales.org.queries.records(
        "SELECT MasterLabel, DefaultProbability, IsWon FROM OpportunityStage WHERE IsClosed = true"
    )
    assert [(row["MasterLabel"], row["DefaultProbability"], row["IsWon"]) for row in got] == [
        ("Closed Won", 100, True),
        ("Closed Lost", 0, False),
    ]


def test_a_deployed_stage_has_its_own_probability(bare_org: LocalOrg) -> None:
    values = (
        "<standardValue><fullName>Open</fullName><default>false</default><label>Open</label><closed>false</closed>"
        "<forecastCategory>BestCase</forecastCategory><probability>45</probability><won>false</won></standardValue>"
    )
    before = bare_org.queries.records("SELECT Id FROM OpportunityStage")
    bare_org.schema.apply_component("StandardValueSet", "OpportunityStage", component("StandardValueSet", values))
    sales = Sales(bare_org)
    deal = sales.deal(StageName="Open")
    assert sales.row("Opportunity", deal, "Probability, ForecastCategoryName") == [45, "Best Case"]
    active = bare_org.queries.records("SELECT MasterLabel FROM OpportunityStage WHERE IsActive = true")
    assert [row["MasterLabel"] for row in active] == ["Open"]
    assert len(bare_org.queries.records("SELECT Id FROM OpportunityStage")) == len(before) + 1


def test_lines_make_up_the_amount_and_come_from_the_opportunitys_price_book(sales: Sales) -> None:
    deal = sales.deal(Amount=1, Probability=50)
    line = sales.make(
        "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=sales.entry, Quantity=3, UnitPrice=8.1
    )
    assert sales.row("OpportunityLineItem", line, "TotalPrice, ListPrice, ProductCode, Name, Product2Id") == [
        24.3,
        8.5,
        "L-1",
        "Deal Lamp",
        sales.product,
    ]
    fields = "Amount, HasOpportunityLineItem, ExpectedRevenue, TotalOpportunityQuantity, Pricebook2Id"
    assert sales.row("Opportunity", deal, fields) == [24.3, True, 12.15, 3, sales.book]
    sales.change("Opportunity", deal, Amount=999, Name="New")
    assert sales.row("Opportunity", deal, "Amount, Name") == [24.3, "New"]
    (error,) = sales.org.records.update(
        sales.user, "OpportunityLineItem", line, {"UnitPrice": 1, "TotalPrice": 2}
    ).errors
    assert (error.code, error.fields) == ("INVALID_FIELD", ("UnitPrice",))
    more = sales.make("OpportunityLineItem", OpportunityId=deal, Product2Id=sales.product, Quantity=2, TotalPrice=10)
    assert sales.row("OpportunityLineItem", more, "UnitPrice") == [5]
    assert sales.row("Opportunity", deal, fields)[0] == 34.3
    assert sales.org.records.delete(sales.user, more).success
    assert sales.row("Opportunity", deal, fields)[0] == 24.3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"UnitPrice": 1}, "must specify pricebook entry id"),
        ({"PricebookEntryId": "full", "UnitPrice": 1}, "different pricebook than the one assigned to the opportunity"),
        ({"PricebookEntryId": "entry", "UnitPrice": 1, "TotalPrice": 2}, "only one of unit price or total price"),
        ({"PricebookEntryId": "entry"}, "must specify a unit price or a total price"),
        ({"PricebookEntryId": "entry", "UnitPrice": 1, "Quantity": 0}, "quantity must not be zero"),
    ],
)
def test_a_line_that_does_not_fit_is_refused(sales: Sales, fields: dict[str, Any], words: str) -> None:
    deal = sales.deal(Pricebook2Id=sales.book)
    given = {**fields}
    if "PricebookEntryId" in given:
        given["PricebookEntryId"] = getattr(sales, given["PricebookEntryId"])
    code, message = sales.refusal("OpportunityLineItem", **{"OpportunityId": deal, "Quantity": 1, **given})
    assert code == "FIELD_INTEGRITY_EXCEPTION" and words in message


def test_an_order_is_a_draft_with_products_before_it_is_activated(sales: Sales) -> None:
    given = {"AccountId": sales.account, "EffectiveDate": "2026-02-01", "Pricebook2Id": sales.book}
    assert sales.refusal("Order", **given, Status="Activated")[0] == "FAILED_ACTIVATION"
    order = sales.make("Order", **given, Status="Draft")
    (error,) = sales.org.records.update(sales.user, "Order", order, {"Status": "Activated"}).errors
    assert (error.code, error.message) == ("FAILED_ACTIVATION", "An order must have at least one product.")
    item = sales.make("OrderItem", OrderId=order, PricebookEntryId=sales.entry, Quantity=2, UnitPrice=8)
    assert sales.row("OrderItem", item, "TotalPrice, ListPrice") == [16, 8.5]
    sales.change("Order", order, Status="Activated")
    assert sales.row("Order", order, "StatusCode, TotalAmount, ActivatedDate")[:2] == ["Activated", 16]
    contract = sales.make("Contract", AccountId=sales.account, StartDate="2026-01-31", ContractTerm=1)
    assert sales.row("Contract", contract, "EndDate, Status, StatusCode") == ["2026-02-27", "Draft", "Draft"]


def test_a_case_closes_by_its_status_and_shows_its_contact(sales: Sales) -> None:
    contact = sales.make("Contact", LastName="Lee", AccountId=sales.account, Phone="1", Email="lee@acme.example")
    case = sales.make("Case", ContactId=contact)
    fields = "Status, Priority, AccountId, ContactEmail, IsClosed, ClosedDate"
    assert sales.row("Case", case, fields) == ["New", "Medium", sales.account, "lee@acme.example", False, None]
    sales.change("Case", case, Status="Closed")
    closed, at = sales.row("Case", case, "IsClosed, ClosedDate")
    assert closed is True and at.startswith("2026-01-13T10:00")
    sales.change("Case", case, Status="Working")
    assert sales.row("Case", case, "IsClosed, ClosedDate") == [False, None]


def test_a_person_is_a_member_of_a_campaign_once_and_counted(sales: Sales) -> None:
    campaign = sales.make("Campaign", Name="Spring")
    lead = sales.make("Lead", LastName="Ray", Company="Bolt")
    member = sales.make("CampaignMember", CampaignId=campaign, LeadId=lead, Status="Responded")
    assert sales.row("CampaignMember", member, "HasResponded, Status") == [True, "Responded"]
    assert sales.refusal("CampaignMember", CampaignId=campaign, LeadId=lead) == (
        "DUPLICATE_VALUE",
        "Already a campaign member.",
    )
    assert sales.refusal("CampaignMember", CampaignId=campaign)[0] == "REQUIRED_FIELD_MISSING"
    sales.deal(CampaignId=campaign, Amount=5)
    sales.deal(CampaignId=campaign, Amount=7.5, StageName="Closed Won")
    counts = "NumberOfLeads, NumberOfContacts, NumberOfResponses, NumberOfOpportunities, NumberOfWonOpportunities"
    assert sales.row("Campaign", campaign, counts) == [1, 0, 1, 2, 1]
    assert sales.row("Campaign", campaign, "AmountAllOpportunities, AmountWonOpportunities") == [12.5, 7.5]
    assert sales.row("CampaignMember", member, "Name, CompanyOrAccount, Type, LeadOrContactId, FirstRespondedDate") == [
        "Ray",
        "Bolt",
        "Lead",
        lead,
        "2026-01-13",
    ]


def test_activities_know_their_end_and_their_account(sales: Sales) -> None:
    deal = sales.deal()
    task = sales.make("Task", Subject="Call", WhatId=deal, Status="Completed", Priority="High")
    assert sales.row("Task", task, "IsClosed, IsHighPriority, AccountId") == [True, True, sales.account]
    event = sales.make("Event", Subject="Meet", StartDateTime="2026-02-01T09:00:00Z", DurationInMinutes=90)
    assert sales.row("Event", event, "EndDateTime, ActivityDate") == ["2026-02-01T10:30:00.000+0000", "2026-02-01"]
    assert sales.refusal("Event", Subject="Meet", StartDateTime="2026-02-01T09:00:00Z")[0] == "REQUIRED_FIELD_MISSING"
    code, _ = sales.refusal(
        "Event", Subject="x", StartDateTime="2026-02-01T09:00:00Z", EndDateTime="2026-02-01T08:00:00Z"
    )
    assert code == "FIELD_INTEGRITY_EXCEPTION"


def test_a_queue_owns_only_what_it_is_set_up_for(sales: Sales) -> None:
    queue = sales.make("Group", Name="Desk", Type="Queue")
    code, message = sales.refusal("Case", OwnerId=queue)
    assert (code, message) == ("INVALID_OPERATION", "Queue not associated with this SObject type")
    sales.make("QueueSobject", QueueId=queue, SobjectType="Case")
    case = sales.make("Case", OwnerId=queue)
    assert sales.org.queries.records(f"SELECT Owner.Type FROM Case WHERE Id = '{case}'")[0]["Owner"]["Type"] == "Queue"


def test_an_entry_that_uses_the_standard_price_follows_it(sales: Sales) -> None:
    product = sales.make("Product2", Name="Cable", IsActive=True)
    priced = {"Product2Id": product, "IsActive": True}
    full = sales.make("PricebookEntry", Pricebook2Id=sales.standard, UnitPrice=4, **priced)
    follows = {"Pricebook2Id": sales.book, "UseStandardPrice": True, **priced}
    assert sales.refusal("PricebookEntry", UnitPrice=1, **follows)[0] == "FIELD_INTEGRITY_EXCEPTION"
    entry = sales.make("PricebookEntry", **follows)
    assert sales.row("PricebookEntry", entry, "UnitPrice") == [4]
    sales.change("PricebookEntry", full, UnitPrice=5)
    assert sales.row("PricebookEntry", entry, "UnitPrice") == [5]
    assert sales.org.records.delete(sales.user, product).success
    assert sales.org.queries.records(f"SELECT Id FROM PricebookEntry WHERE Product2Id = '{product}'") == []


def test_a_product_on_a_line_cannot_be_deleted(sales: Sales) -> None:
    deal = sales.deal()
    sales.make("OpportunityLineItem", OpportunityId=deal, PricebookEntryId=sales.entry, Quantity=1, UnitPrice=1)
    (error,) = sales.org.records.delete(sales.user, sales.product).errors
    assert error.code == "DELETE_FAILED" and "associated with the following" in error.message


def test_an_opportunity_has_one_primary_contact(sales: Sales) -> None:
    deal = sales.deal()
    roles = [
        sales.make(
            "OpportunityContactRole",
            OpportunityId=deal,
            ContactId=sales.make("Contact", LastName=name),
            IsPrimary=True,
        )
        for name in ("Lee", "Ray")
    ]
    assert [sales.row("OpportunityContactRole", role, "IsPrimary") for role in roles] == [[False], [True]]


@pytest.mark.parametrize("name", ["OpportunityStage", "CaseStatus", "OrderStatus", "TaskPriority", "LeadStatus"])
def test_a_standard_value_set_retrieved_and_deployed_again_means_what_it_meant(sales: Sales, name: str) -> None:
    schema = sales.org.schema
    component = standing(sales.org, ComponentId("StandardValueSet", name))
    assert component is not None
    (path,) = standard_value_sets()[name]
    field = schema.field(path)
    assert field is not None
    before = field.values
    schema.apply_component("StandardValueSet", name, component.xml)
    assert field.values == before
    assert any(value.marks for value in before)


def test_an_account_takes_its_draft_contracts_along_but_not_an_activated_one(sales: Sales) -> None:
    account = sales.make("Account", Name="Bolt")
    contract = sales.make("Contract", AccountId=account, StartDate="2026-01-31", ContractTerm=1)
    sales.change("Contract", contract, Status="Activated")
    (error,) = sales.org.records.delete(sales.user, account).errors
    assert error.code == "DELETE_FAILED" and contract in error.message
    sales.change("Contract", contract, Status="Draft")
    assert sales.org.records.delete(sales.user, account).success
    assert sales.org.queries.records(f"SELECT Id FROM Contract WHERE Id = '{contract}'") == []
