"""Describe answers beside what real orgs answered: the same keys, and for bundled standard fields the same values.

The key lists are those of answers recorded in SFDO-Tooling/CumulusCI (BSD-3-Clause, Copyright (c) 2021
Salesforce.com, Inc.): cumulusci/tests/shared_cassettes/GET_sobjects_*_describe.yaml. The values are read from trimmed
copies of the same recordings where they lie beside the checkout; a key that is absent there was false, null, 0 or
empty.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.localorg.own_org import Api

_FACTS = Path(os.environ.get("HOTFIX_FACTS", Path(__file__).parents[4] / "shared" / "facts")) / "describe"
_ENTRY = """activateable createable custom customSetting deepCloneable deletable deprecatedAndHidden feedEnabled
hasSubtypes isInterface isSubtype keyPrefix label labelPlural layoutable mergeable mruEnabled name queryable
replicateable retrieveable searchable triggerable undeletable updateable urls"""
_OBJECT = (
    _ENTRY
    + """ actionOverrides childRelationships compactLayoutable defaultImplementation extendedBy extendsInterfaces
fields implementedBy implementsInterfaces listviewable lookupLayoutable namedLayoutInfos networkScopeFieldName
recordTypeInfos searchLayoutable supportedScopes"""
)
_FIELD = """aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete
caseSensitive compoundFieldName controllerName createable custom defaultValue defaultValueFormula defaultedOnCreate
dependentPicklist deprecatedAndHidden digits displayLocationInDecimal encrypted externalId extraTypeInfo filterable
filteredLookupInfo formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup inlineHelpText label
length mask maskType name nameField namePointing nillable permissionable picklistValues polymorphicForeignKey
precision queryByDistance referenceTargetField referenceTo relationshipName relationshipOrder restrictedDelete
restrictedPicklist scale searchPrefilterable soapType sortable type unique updateable writeRequiresMasterRead"""
_CHILD = """cascadeDelete childSObject deprecatedAndHidden field junctionIdListNames junctionReferenceTo
relationshipName restrictedDelete"""
_VALUE = "active defaultValue label validFor value"
_RECORD_TYPE = "active available defaultRecordTypeMapping developerName master name recordTypeId urls"
# Versions after the recording added these.
_LATER = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}
_OBJECTS = ("Account", "Case", "Contact", "Event", "Lead", "Opportunity", "OpportunityContactRole")

facts = pytest.mark.skipif(not _FACTS.is_dir(), reason="the recorded answers are not on this machine")


@pytest.mark.parametrize("name", [*_OBJECTS, "Shelf__c", "Book__c", "PricebookEntry", "User", "RecordType"])
def test_an_object_is_described_with_the_keys_real_orgs_send(api: Api, name: str) -> None:
    found = api.call("GET", f"/sobjects/{name}/describe").json()
    assert set(found) - _LATER == set(_OBJECT.split())
    for each in found["fields"]:
        assert set(each) == set(_FIELD.split())
        assert all(set(value) == set(_VALUE.split()) for value in each["picklistValues"])
    assert all(set(each) == set(_CHILD.split()) for each in found["childRelationships"])
    assert all(set(each) == set(_RECORD_TYPE.split()) for each in found["recordTypeInfos"])
    assert set(found["urls"]) >= {"sobject", "describe", "rowTemplate"}


def test_the_global_describe_lists_objects_with_the_keys_real_orgs_send(api: Api) -> None:
    found = api.call("GET", "/sobjects").json()
    assert set(found) == {"encoding", "maxBatchSize", "sobjects"}
    assert (found["encoding"], found["maxBatchSize"]) == ("UTF-8", 200)
    assert len(found["sobjects"]) > 40
    for each in found["sobjects"]:
        assert set(each) - _LATER == set(_ENTRY.split()), each["name"]


def _recorded(name: str) -> Any:
    return json.loads((_FACTS / f"{name}.json").read_text("utf-8"))


_OFF = {"Entitlement"}  # a feature that the recorded org had not switched on
# Lists of the org recorded, and objects that local orgs do not have.
_OWN_RULES = {"picklistValues", "referenceTo"}


@facts
@pytest.mark.parametrize("name", _OBJECTS)
def test_standard_fields_are_described_as_a_real_org_describes_them(api: Api, name: str) -> None:
    found, real = api.call("GET", f"/sobjects/{name}/describe").json(), _recorded(name)
    fields = {each["name"]: each for each in found["fields"]}
    standard = [each for each in real["fields"] if not each["name"].endswith("__c")]
    assert {each["name"] for each in standard} == set(fields)
    keys = set(_FIELD.split()) & set().union(*standard) - _OWN_RULES
    keys |= {"calculated", "unique", "externalId", "custom", "cascadeDelete", "restrictedDelete"} - _OWN_RULES
    for each in standard:
        ours = {key: fields[each["name"]][key] or None for key in keys}
        assert ours == {key: each.get(key) or None for key in keys}, each["name"]
    flags = [key for key in real if key not in ("fields", "childRelationships")]
    assert {key: found[key] for key in flags} == {key: real[key] for key in flags}


@facts
@pytest.mark.parametrize("name", _OBJECTS)
def test_child_relationships_are_those_of_a_real_org(api: Api, name: str) -> None:
    known = {each["name"] for each in api.call("GET", "/sobjects").json()["sobjects"]}
    real = {(each["childSObject"], each["field"]): each for each in _recorded(name)["childRelationships"]}
    found = api.call("GET", f"/sobjects/{name}/describe").json()["childRelationships"]
    assert found or not {child for child, _ in real} & known
    for each in found:
        if each["childSObject"].endswith("__c") or each["childSObject"] in _OFF:
            continue
        same = real[each["childSObject"], each["field"]]
        assert each["relationshipName"] == same.get("relationshipName")
        assert each["restrictedDelete"] is bool(same.get("restrictedDelete"))
        assert each["cascadeDelete"] is bool(same.get("cascadeDelete"))


@facts
def test_the_global_describe_says_of_standard_objects_what_a_real_org_says(api: Api) -> None:
    found = {each["name"]: each for each in api.call("GET", "/sobjects").json()["sobjects"]}
    common = [each for each in _recorded("_global") if each["name"] in found]
    assert len(common) > 10
    for each in common:
        # The recording was edited where it has no key prefix: events and leads have one.
        if each["keyPrefix"]:
            assert {key: found[each["name"]][key] for key in each} == each
