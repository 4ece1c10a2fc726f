"""What the incident says, as data: the two tables of its step 4, its counts, its automations."""

from __future__ import annotations

ORGS = ("uat", "qa", "train", "dev1", "int")
ALIASES = {alias: alias for alias in ("prod", "hfx1", *ORGS)}

# The cells that the first version acts on are apply, new and same; every other word means: differs, and is left alone.
_COMPONENTS = """
ApexClass:DiscountEngine                                       conflict  conflict conflict  apply apply
ApexClass:DiscountEngineTest                                   merge     merge    conflict  apply apply
ApexTrigger:CartLineTrigger                                    apply     apply    apply     apply merge
Flow:Cart_Line_Discount_Guard                                  conflict  conflict apply     apply apply
CustomField:Discount_Rule__c.Max_Stacked_Percent__c            new       type     new       new   new
CustomField:Cart_Line__c.Price_Hold__c                         new       new      new       same  new
ValidationRule:Discount_Rule__c.Percent_Within_Program_Cap     conflict  drift    blocked   apply apply
CustomMetadata:Pricing_Setting.Default                         apply     apply    blocked   same  apply
PermissionSet:Pricing_Admin                                    merge     apply    apply     apply merge
Layout:Discount_Rule__c-Discount_Rule_Layout                   merge     apply    protected apply apply
"""
_RECORDS = """
Discount_Program__c:PRG-LNY26        merge    apply     skip      apply apply
Discount_Program__c:PRG-SEASONAL-W26 apply    apply     protected apply apply
Discount_Rule__c:DR-0147             conflict ambiguous skip      apply apply
Discount_Rule__c:DR-0148             apply    apply     skip      apply apply
Discount_Rule__c:DR-0160             new      new       skip      new   new
Rule_Condition__c:RC-0147-2          new      blocked   skip      new   new
Rule_Condition__c:RC-0148-2          new      new       skip      new   new
Rule_Condition__c:RC-0147-1          apply    blocked   skip      apply apply
Discount_Rule__c:DR-0151             conflict apply     skip      apply apply
"""


def _table(text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {alias: {} for alias in ORGS}
    for line in text.split("\n"):
        if line.strip():
            name, *cells = line.split()
            name = name.replace("Discount_Rule_Layout", "Discount Rule Layout")
            for alias, cell in zip(ORGS, cells, strict=True):
                found[alias][name] = cell
    return found


COMPONENTS = _table(_COMPONENTS)
RECORDS = _table(_RECORDS)
COUNTS = {
    "Storefront__c": 2,
    "Pricebook2": 2,
    "Product2": 61,
    "PricebookEntry": 244,
    "Discount_Program__c": 3,
    "Discount_Rule__c": 38,
    "Rule_Condition__c": 96,
    "Discount_Tier__c": 24,
    "Rule_Product__c": 212,
}
SEED = {"insert": 375, "update": 28, "equal": 279}
SEED_ADOPTING = {"insert": 374, "update": 29, "equal": 279}
CONTAINED = 28
CARTS = 9
# In hfx1, on the objects of the data set: what, on which object, its state, a flow's active version.
AUTOMATIONS = {
    "ApexTrigger:DiscountRuleTrigger": "on",
    "ValidationRule:Discount_Program__c.Active_Program_Needs_Future_Start": "on",
    "ValidationRule:Discount_Rule__c.Percent_Within_Program_Cap": "off",
    "Flow:Discount_Program_Activated_Notify": 3,
    "Flow:Discount_Rule_Price_Recalc": 5,
    "DuplicateRule:Discount_Rule__c.Discount_Rule_Duplicate_Code": "on",
}
BLOCKING = {"CustomField:Discount_Program__c.Stacking_Mode__c", "Flow:Cart_Line_Discount_Guard"}
DIFFERENT, IMPACT = 23, 9
TWIN = {"object": "Discount_Rule__c", "key": "DR-0102", "second_key": "W26-40"}
