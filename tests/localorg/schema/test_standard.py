"""The bundled objects."""

from hotfix_tui.localorg.formula import check_field
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.schema.describe import describe_global
from hotfix_tui.localorg.schema.parse import standard_objects


def test_names_and_key_prefixes_are_unique() -> None:
    made = list(standard_objects())
    assert len({each.name.lower() for each in made}) == len(made)
    prefixes = [each.key_prefix for each in made]
    assert len(set(prefixes)) == len(prefixes)


def test_every_object_has_an_id_and_at_most_one_name() -> None:
    for each in standard_objects():
        assert each.field("Id") is not None, each.name
        assert sum(field.name_field for field in each.fields.values()) <= 1, each.name
        for field in each.fields.values():
            assert field.type != "reference" or field.reference_to, f"{each.name}.{field.name}"
            assert field.label, f"{each.name}.{field.name}"


def test_what_bundled_fields_work_out_is_understood(bare_org: LocalOrg) -> None:
    counted = 0
    for each in bare_org.schema:
        for field in each.fields.values():
            if field.formula is not None:
                check_field(bare_org.schema, each, field)
            if field.calculated:
                counted += 1
                bare_org.queries.run(f"SELECT {field.name} FROM {each.name} WHERE {field.name} != null")
    assert counted > 20


def test_account_is_described_as_a_real_org_describes_it(bare_org: LocalOrg) -> None:
    described = bare_org.schema.describe("Account")
    fields = {each["name"]: each for each in described["fields"]}
    assert (described["keyPrefix"], described["labelPlural"], described["custom"]) == ("001", "Accounts", False)
    assert fields["Name"]["nameField"] and not fields["Name"]["nillable"] and fields["Name"]["length"] == 255
    assert (fields["AnnualRevenue"]["precision"], fields["AnnualRevenue"]["scale"]) == (18, 0)
    assert fields["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert fields["OwnerId"]["referenceTo"] == ["User"] and fields["OwnerId"]["defaultedOnCreate"]
    children = {(each["childSObject"], each["field"]): each for each in described["childRelationships"]}
    assert children["Contact", "AccountId"]["relationshipName"] == "Contacts"


def test_the_global_describe_lists_what_the_data_api_has(bare_org: LocalOrg) -> None:
    listed = describe_global(bare_org.schema, "66.0")
    names = {each["name"] for each in listed["sobjects"]}
    assert {"Account", "PricebookEntry", "PermissionSetAssignment", "FlowDefinitionView"} <= names
    assert "ValidationRule" not in names
    tooling = {each["name"] for each in describe_global(bare_org.schema, "66.0", tooling=True)["sobjects"]}
    assert {"ValidationRule", "ApexClass", "FlowDefinitionView"} <= tooling and "Account" not in tooling
