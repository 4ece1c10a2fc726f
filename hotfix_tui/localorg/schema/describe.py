"""Describe answers, with all the keys a real org sends."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.schema.model import Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.schema import Schema

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "long": "xsd:long",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "base64": "xsd:base64Binary",
    "address": "urn:address",
    "location": "urn:location",
    "json": "tns:Metadata",
}


def describe_global(schema: Schema, version: str, *, tooling: bool = False) -> dict[str, Any]:
    """The answer of GET /sobjects."""
    wanted = ("tooling", "both") if tooling else ("data", "both")
    found = sorted((each for each in schema if each.api in wanted), key=lambda each: each.name.lower())
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [summary(schema, each, version, tooling=tooling) for each in found],
    }


def summary(schema: Schema, each: SObject, version: str, *, tooling: bool = False) -> dict[str, Any]:
    """One object as the global describe lists it."""
    on = each.flags.__contains__
    base = f"/services/data/v{version}/{'tooling/' if tooling else ''}sobjects/{each.name}"
    urls = {"rowTemplate": f"{base}/{{ID}}", "describe": f"{base}/describe", "sobject": base}
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": on("create"),
        "custom": each.custom,
        "customSetting": each.setting is not None,
        "deepCloneable": False,
        "deletable": on("delete"),
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": each.key_prefix,
        "label": each.label,
        "labelPlural": each.plural,
        "layoutable": on("layout"),
        "mergeable": on("merge"),
        "mruEnabled": on("search"),
        "name": each.name,
        "queryable": not each.platform_event,
        "replicateable": on("replicate"),
        "retrieveable": not each.platform_event,
        "searchable": on("search"),
        "triggerable": on("trigger"),
        "undeletable": on("undelete"),
        "updateable": on("update"),
        "urls": urls,
    }


def describe(schema: Schema, each: SObject, version: str, *, tooling: bool = False) -> dict[str, Any]:
    """The answer of GET /sobjects/X/describe; of /tooling/sobjects/X/describe with the fields only Tooling knows."""
    answer = summary(schema, each, version, tooling=tooling)
    answer.update(
        {
            "actionOverrides": [],
            "childRelationships": [relation.describe() for relation in _children(schema, each)],
            "compactLayoutable": "layout" in each.flags,
            "defaultImplementation": None,
            "extendedBy": None,
            "extendsInterfaces": None,
            "fields": [
                describe_field(each, field) for field in each.fields.values() if tooling or not field.tooling_only
            ],
            "implementedBy": None,
            "implementsInterfaces": None,
            "listviewable": None,
            "lookupLayoutable": None,
            "namedLayoutInfos": [],
            "networkScopeFieldName": None,
            "recordTypeInfos": _record_types(schema, each, version),
            "searchLayoutable": "search" in each.flags,
            "sobjectDescribeOption": "FULL",
            "supportedScopes": _scopes(each),
        }
    )
    return dict(sorted(answer.items()))


def _scopes(each: SObject) -> list[dict[str, str]]:
    """What USING SCOPE takes: whose records a query reads."""
    names = ["everything", "mine"] if each.field("OwnerId") else ["everything"]
    plural = each.plural if each.custom else each.plural.lower()
    return [{"label": f"{'My' if name == 'mine' else 'All'} {plural}", "name": name} for name in names]


def _children(schema: Schema, each: SObject) -> list[Any]:
    # What a merge leaves behind points at the winner, but real orgs do not call it a child.
    found = [
        r
        for r in schema.children_of(each.name)
        if schema.require(r.child).api != "tooling" and r.field.name != "MasterRecordId"
    ]
    return sorted(found, key=lambda relation: (relation.child.lower(), relation.field.name.lower()))


def record_type_id(schema: Schema, each: SObject, developer_name: str) -> str | None:
    """The Id of a record type, from its row."""
    found = schema.store.value(
        "SELECT Id FROM RecordType WHERE SobjectType = ? AND DeveloperName = ?", (each.name, developer_name)
    )
    return str(found) if found else None


def _record_types(schema: Schema, each: SObject, version: str) -> list[dict[str, Any]]:
    out = []
    base = f"/services/data/v{version}/sobjects/{each.name}/describe/layouts"
    for known in each.record_types.values():
        record_id = record_type_id(schema, each, known.developer_name)
        if record_id:
            out.append(
                {
                    "active": known.active,
                    "available": known.active,
                    "defaultRecordTypeMapping": False,
                    "developerName": known.developer_name,
                    "master": False,
                    "name": known.label,
                    "recordTypeId": record_id,
                    "urls": {"layout": f"{base}/{record_id}"},
                }
            )
    master = "012000000000000AAA"
    if "layout" in each.flags:
        out.append(
            {
                "active": True,
                "available": True,
                "defaultRecordTypeMapping": True,
                "developerName": "Master",
                "master": True,
                "name": "Master",
                "recordTypeId": master,
                "urls": {"layout": f"{base}/{master}"},
            }
        )
    return out


def describe_field(owner: SObject, field: Field) -> dict[str, Any]:
    """One field, with every key."""
    text = field.type not in _SOAP
    number = field.type in ("double", "currency", "percent")
    return {
        "aggregatable": field.aggregatable,
        "aiPredictionField": False,
        "autoNumber": field.auto_number is not None,
        "byteLength": 18 if field.type in ("id", "reference") else field.length * 3 if text else 0,
        "calculated": field.described.get("calculated", field.calculated),
        "calculatedFormula": field.formula if field.described.get("calculated", True) else None,
        "cascadeDelete": field.custom and field.delete_constraint == "Cascade",
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound,
        "controllerName": field.controller,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": False if field.type == "boolean" and field.default is None else _default(field),
        "defaultValueFormula": field.default if field.type != "boolean" else None,
        "defaultedOnCreate": field.defaulted_on_create,
        "dependentPicklist": field.controller is not None,
        "deprecatedAndHidden": False,
        "digits": field.digits,
        "displayLocationInDecimal": field.display_in_decimal,
        "encrypted": field.type == "encryptedstring",
        "externalId": field.external_id,
        "extraTypeInfo": field.extra_type,
        "filterable": field.filterable,
        "filteredLookupInfo": _filtered_lookup(field),
        "formulaTreatNullNumberAsZero": field.formula is not None and field.blank_as_zero and not field.described,
        "groupable": field.groupable,
        "highScaleNumber": False,
        "htmlFormatted": field.html,
        "idLookup": field.id_lookup,
        "inlineHelpText": field.help_text,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": field.polymorphic,
        "nillable": field.nillable,
        "permissionable": field.permissionable,
        "picklistValues": _values(owner, field),
        "polymorphicForeignKey": field.polymorphic,
        "precision": field.precision if number else 0,
        "queryByDistance": field.type == "location",
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": (field.relationship_order or 0) if field.master_detail else None,
        "restrictedDelete": field.custom and field.delete_constraint == "Restrict",
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference",
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": "complexvalue" if field.type == "json" else field.type,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": field.write_requires_master_read,
    }


def _filtered_lookup(field: Field) -> dict[str, Any] | None:
    found = field.lookup_filter
    if found is None:
        return None
    controlling = found.controlling
    return {"controllingFields": controlling, "dependent": bool(controlling), "optionalFilter": found.optional}


def _default(field: Field) -> Any:
    if field.type == "boolean":
        return (field.default or "").lower() == "true"
    return None


def _values(owner: SObject, field: Field) -> list[dict[str, Any]]:
    controller = owner.field(field.controller) if field.controller else None
    positions: tuple[str, ...] = ()
    if controller is not None:
        positions = tuple(each.value for each in controller.values) or ("false", "true")
    return [
        {
            "active": each.active,
            "defaultValue": each.default,
            "label": each.label,
            "validFor": _valid_for(positions, each.valid_for) if field.controller else None,
            "value": each.value,
        }
        for each in field.values
    ]


def _valid_for(positions: tuple[str, ...], controlling: tuple[str, ...]) -> str:
    """The bit set, in base64, of the positions of the controlling values that allow a value."""
    bits = bytearray((max(len(positions), 1) + 7) // 8)
    for index, value in enumerate(positions):
        if value in controlling:
            bits[index // 8] |= 0x80 >> (index % 8)
    return base64.b64encode(bytes(bits)).decode()
