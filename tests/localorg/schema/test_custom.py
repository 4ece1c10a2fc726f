"""Custom objects, fields and the rest as components make them."""

from pathlib import Path

import pytest

from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.schema import SchemaError
from tests.localorg.own_org import a_rule, an_object, component, field, values

FIELD_KEYS = (
    "aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete "
    "caseSensitive compoundFieldName controllerName createable custom defaultValue defaultValueFormula "
    "defaultedOnCreate dependentPicklist deprecatedAndHidden digits displayLocationInDecimal encrypted "
    "externalId extraTypeInfo filterable filteredLookupInfo formulaTreatNullNumberAsZero groupable "
    "highScaleNumber htmlFormatted idLookup inlineHelpText label length mask maskType name nameField "
    "namePointing nillable permissionable picklistValues polymorphicForeignKey precision queryByDistance "
    "referenceTargetField referenceTo relationshipName relationshipOrder restrictedDelete "
    "restrictedPicklist scale searchPrefilterable soapType sortable type unique updateable "
    "writeRequiresMasterRead"
)


def test_describe_says_what_the_fields_are(org: LocalOrg) -> None:
    described = org.schema.describe("book__c")
    fields = {each["name"]: each for each in described["fields"]}
    assert list(fields["Name"]) == FIELD_KEYS.split()
    shelf = fields["Shelf__c"]
    assert (shelf["type"], shelf["referenceTo"], shelf["relationshipName"]) == ("reference", ["Shelf__c"], "Shelf__r")
    assert shelf["cascadeDelete"] and not shelf["nillable"] and not shelf["updateable"] and shelf["createable"]
    key = fields["Key__c"]
    assert key["externalId"] and key["unique"] and key["idLookup"] and not key["caseSensitive"]
    assert [v["value"] for v in fields["Genre__c"]["picklistValues"]] == ["Novel", "Poetry", "Essay"]
    assert fields["Genre__c"]["restrictedPicklist"]
    net = fields["Net__c"]
    assert net["calculated"] and net["calculatedFormula"] and not net["createable"] and net["type"] == "currency"
    assert "OwnerId" not in fields
    children = {(c["childSObject"], c["field"]): c for c in org.schema.describe("Shelf__c")["childRelationships"]}
    assert children["Book__c", "Shelf__c"]["relationshipName"] == "Books__r"
    assert children["Book__c", "Shelf__c"]["cascadeDelete"] is True
    owner = next(each for each in org.schema.describe("Shelf__c")["fields"] if each["name"] == "OwnerId")
    assert owner["referenceTo"] == ["Group", "User"] and owner["polymorphicForeignKey"]


def test_a_new_field_is_seen_by_query_write_and_describe_at_once(org: LocalOrg, user: str) -> None:
    shelf = str(org.records.insert(user, "Shelf__c", {"Name": "A"}).id)
    org.schema.apply_component("CustomField", "Shelf__c.Room__c", field("Room__c", "Text", "<length>9</length>"))
    assert org.records.update(user, "Shelf__c", shelf, {"Room__c": "12"}).success
    assert org.queries.records("SELECT Room__c FROM Shelf__c")[0]["Room__c"] == "12"
    org.schema.remove_component("CustomField", "Shelf__c.Room__c")
    assert org.records.update(user, "Shelf__c", shelf, {"Room__c": "12"}).errors[0].code == "INVALID_FIELD"


def test_the_schema_is_there_after_opening_again(tmp_path: Path, org: LocalOrg) -> None:
    prefix = org.schema.require("Book__c").key_prefix
    org.schema.apply_component("ValidationRule", "Book__c.Rule", a_rule("Lent__c"))
    described = org.schema.describe("Book__c")
    again = LocalOrg.open(tmp_path / "org", org.clock)
    assert again.schema.require("Book__c").key_prefix == prefix
    assert again.schema.describe("Book__c") == described
    assert again.schema.require("Book__c").rules["rule"].formula == "Lent__c"
    again.close()


@pytest.mark.parametrize(
    ("kind", "name", "xml", "words"),
    [
        ("CustomField", "Shelf__c.X__c", field("X__c", "Hologram"), "field type 'Hologram' is not supported"),
        (
            "CustomField",
            "Nowhere__c.X__c",
            field("X__c", "Date"),
            "bad value for restricted picklist field: Nowhere__c",
        ),
        ("CustomField", "Shelf__c.X__c", field("X__c", "Lookup"), "Must specify 'referenceTo'"),
        ("CustomField", "Shelf__c.X__c", field("X__c", "Text", "<length>999</length>"), "'length' outside of 1 to 255"),
        ("CustomField", "Shelf__c.X__c", field("X__c", "Number", "<formula>1 +</formula>"), "Syntax error"),
        (
            "CustomField",
            "Shelf__c.X__c",
            field("X__c", "Picklist", "<valueSet><valueSetName>No</valueSetName></valueSet>"),
            "no GlobalValueSet named No",
        ),
        ("CustomField", "Account.Nonsense", field("Nonsense", "Text"), "Could not resolve standard field's name."),
        (
            "CustomField",
            "Book__c.Net__c",
            field("Net__c", "Currency", "<precision>8</precision>"),
            "Cannot change the type of Book__c.Net__c",
        ),
        ("CustomField", "Shelf__c.X__c", b"<CustomField>", "Error parsing file"),
        ("CustomObject", "Thing__x", an_object("Thing"), "suffix __x are not supported"),
        ("CustomObject", "Thing", an_object("Thing"), "named 'Thing' cannot be found"),
        ("ValidationRule", "Book__c.R", a_rule("Nope__c = 1"), "Field Nope__c does not exist"),
        (
            "CustomMetadata",
            "Level.Gold",
            component("CustomMetadata", "<label>Gold</label>"),
            "Custom Metadata Type Level__mdt not found",
        ),
    ],
)
def test_metadata_that_is_not_understood_is_refused_and_changes_nothing(
    org: LocalOrg, kind: str, name: str, xml: bytes, words: str
) -> None:
    before = org.schema.describe("Book__c"), org.schema.describe("Shelf__c")
    with pytest.raises(SchemaError) as error:
        org.schema.apply_component(kind, name, xml)
    assert words in str(error.value)
    assert (org.schema.describe("Book__c"), org.schema.describe("Shelf__c")) == before


def test_custom_metadata_records_are_rows_with_the_values_of_their_types(org: LocalOrg) -> None:
    org.schema.apply_component("CustomObject", "Level__mdt", component("CustomObject", "<label>Level</label>"))
    for name, kind, inner in (("Books__c", "Number", "<precision>3</precision>"), ("Free__c", "Checkbox", "")):
        org.schema.apply_component("CustomField", f"Level__mdt.{name}", field(name, kind, inner))
    xml = (
        "<label>Gold</label><values><field>Books__c</field><value xsi:type='xsd:double'>{}</value></values>"
        "<values><field>Free__c</field><value xsi:type='xsd:boolean'>true</value></values>"
    )
    org.schema.apply_component("CustomMetadata", "Level.Gold", component("CustomMetadata", xml.format("12.0")))
    soql = "SELECT Id, DeveloperName, MasterLabel, Books__c, Free__c FROM Level__mdt"
    (first,) = org.queries.records(soql)
    assert (first["DeveloperName"], first["Books__c"], first["Free__c"]) == ("Gold", 12.0, True)
    assert first["Id"].startswith("m0")
    org.schema.apply_component("CustomMetadata", "Level.Gold", component("CustomMetadata", xml.format("15.0")))
    (second,) = org.queries.records(soql)
    assert (second["Id"], second["Books__c"]) == (first["Id"], 15.0)
    org.schema.remove_component("CustomMetadata", "Level.Gold")
    assert org.queries.records(soql) == []


def test_a_global_value_set_that_grows_is_seen_by_its_fields(org: LocalOrg, user: str) -> None:
    def rooms(*names: str) -> bytes:
        inner = "".join(f"<customValue><fullName>{n}</fullName><default>false</default></customValue>" for n in names)
        return component("GlobalValueSet", f"<masterLabel>Rooms</masterLabel><sorted>false</sorted>{inner}")

    org.schema.apply_component("GlobalValueSet", "Rooms", rooms("Hall"))
    inner = "<valueSet><restricted>true</restricted><valueSetName>Rooms</valueSetName></valueSet>"
    org.schema.apply_component("CustomField", "Shelf__c.Room__c", field("Room__c", "Picklist", inner))
    shelf = {"Name": "A", "Room__c": "Attic"}
    assert org.records.insert(user, "Shelf__c", shelf).errors[0].code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    org.schema.apply_component("GlobalValueSet", "Rooms", rooms("Hall", "Attic"))
    assert org.records.insert(user, "Shelf__c", shelf).success


def test_a_restricted_value_must_be_one_of_the_record_type(org: LocalOrg, user: str) -> None:
    inner = "<values><fullName>Novel</fullName><default>false</default></values>"
    offered = f"<picklistValues><picklist>Genre__c</picklist>{inner}</picklistValues>"
    xml = f"<active>true</active><label>Prose</label>{offered}"
    org.components.put("CustomObject", "Book__c", {"objects/Book__c.object": an_object("Book")}, user)
    org.components.put("RecordType", "Book__c.Prose", {"": component("RecordType", xml)}, user)
    (row,) = org.queries.records("SELECT Id FROM RecordType WHERE SobjectType = 'Book__c' AND DeveloperName = 'Prose'")
    infos = {each["developerName"]: each for each in org.schema.describe("Book__c")["recordTypeInfos"]}
    assert infos["Prose"]["recordTypeId"] == row["Id"] and infos["Master"]["master"]
    shelf = org.records.insert(user, "Shelf__c", {"Name": "A"}).id
    book = {"Name": "B", "Shelf__c": shelf, "RecordTypeId": row["Id"]}
    assert org.records.insert(user, "Book__c", {**book, "Genre__c": "Poetry"}).errors[0].fields == ("Genre__c",)
    assert org.records.insert(user, "Book__c", {**book, "Genre__c": "Novel"}).success
    wrong = org.records.insert(user, "Shelf__c", {"Name": "C", "RecordTypeId": row["Id"]})
    assert wrong.errors[0].code == "INVALID_FIELD"


def test_a_multi_currency_org_has_a_currency_on_what_has_money(tmp_path: Path) -> None:
    org = LocalOrg.create(tmp_path / "euro", name="euro", currencies=("EUR", "USD"))
    user = org.users.add_user("ann@euro.example", "Ann Bee")
    product = org.records.insert(user, "Product2", {"Name": "Bag"}).id
    standard = org.queries.records("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    entry = {"Pricebook2Id": standard, "Product2Id": product, "UnitPrice": 5}
    assert org.records.insert(user, "PricebookEntry", entry).success
    assert org.records.insert(user, "PricebookEntry", {**entry, "CurrencyIsoCode": "USD"}).success
    assert not org.records.insert(user, "PricebookEntry", {**entry, "CurrencyIsoCode": "USD"}).success
    codes = [row["CurrencyIsoCode"] for row in org.queries.records("SELECT CurrencyIsoCode FROM PricebookEntry")]
    assert codes == ["EUR", "USD"]
    field_ = org.schema.require("PricebookEntry").field("CurrencyIsoCode")
    assert field_ is not None and not field_.updateable and field_.createable
    org.close()


def test_dependent_values_say_which_controlling_values_allow_them(org: LocalOrg) -> None:
    inner = (
        values("Jazz", "Blues")
        .replace(
            "<restricted>true</restricted>",
            "<controllingField>Genre__c</controllingField><restricted>true</restricted>",
        )
        .replace(
            "</valueSet>",
            "<valueSettings><controllingFieldValue>Novel</controllingFieldValue><controllingFieldValue>Essay"
            "</controllingFieldValue><valueName>Blues</valueName></valueSettings></valueSet>",
        )
    )
    org.schema.apply_component("CustomField", "Book__c.Mood__c", field("Mood__c", "Picklist", inner))
    described = next(each for each in org.schema.describe("Book__c")["fields"] if each["name"] == "Mood__c")
    assert described["dependentPicklist"] and described["controllerName"] == "Genre__c"
    assert [each["validFor"] for each in described["picklistValues"]] == ["AA==", "oA=="]
