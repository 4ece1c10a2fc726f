"""Custom objects, custom settings, custom metadata types and platform events from their definitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast
from urllib.parse import unquote

from hotfix_tui.localorg.schema.model import Field, RecordType, SchemaError, SettingKind, SObject, ValidationRule
from hotfix_tui.localorg.schema.parse import system_fields
from hotfix_tui.localorg.schema.tree import Node

_FULL = frozenset(
    {"create", "update", "delete", "undelete", "trigger", "search", "layout", "replicate", "audit", "owner"}
)
_SETTING = frozenset({"create", "update", "delete", "replicate", "audit"})
_EVENT = frozenset({"create", "trigger"})


def new_object(name: str, node: Node, prefix: str) -> SObject:
    """A custom object with the fields the org adds itself. Raises SchemaError for an unknown kind."""
    label = node.text("label") or name.rpartition("__")[0].replace("_", " ")
    kind = name.lower().rpartition("__")[2]
    made = SObject(name, label, node.text("pluralLabel") or label, prefix, custom=True)
    made.deployment_status = node.text("deploymentStatus", "Deployed")
    made.sharing_model = node.text("sharingModel")
    setting = node.text("customSettingsType")
    if kind == "mdt":
        _metadata_type(made)
    elif kind == "e":
        made.flags = _EVENT
        made.publish_immediately = node.text("publishBehavior") != "PublishAfterCommit"
        _add(made, system_fields(frozenset()))
        made.add(Field("ReplayId", "Replay ID", "string", length=1000, createable=False, updateable=False))
        made.add(Field("EventUuid", "Event UUID", "string", length=36, createable=False, updateable=False))
    elif kind != "c":
        raise SchemaError(f"{name}: objects with the suffix __{kind} are not supported")
    elif setting:
        if setting not in ("List", "Hierarchy"):
            raise SchemaError(f"{name}: '{setting}' is not a valid value for customSettingsType")
        _setting(made, cast("SettingKind", setting))
    else:
        made.flags = _FULL
        made.currency = "yes"
        _add(made, system_fields(_FULL))
        made.fields["ownerid"].reference_to = ("Group", "User")
        name_field(made, node)
        if node.text("sharingModel") == "ControlledByParent":
            made.drop("OwnerId")
    return made


def _add(made: SObject, fields: Iterable[Field]) -> None:
    for each in fields:
        made.add(each)


def name_field(made: SObject, node: Node) -> None:
    """The Name field as the object's nameField element has it: text, or an auto-number."""
    element = node.first("nameField")
    label = element.text("label") if element else ""
    name = Field("Name", label or f"{made.label} Name", "string", length=80, name_field=True, id_lookup=True)
    name.defaulted_on_create = True
    if element is not None and element.text("type") == "AutoNumber":
        name.auto_number = element.text("displayFormat", "{0}")
        name.starting_number = element.number("startingNumber", 1)
        name.createable = name.updateable = name.nillable = False
    fields = {key: each for key, each in made.fields.items() if key not in ("id", "isdeleted", "ownerid", "name")}
    first: dict[str, Field] = {key: made.fields[key] for key in ("id", "ownerid", "isdeleted") if key in made.fields}
    made.fields = {**first, "name": name, **fields}


def _setting(made: SObject, setting: SettingKind) -> None:
    made.setting = setting
    made.flags = _SETTING
    _add(made, system_fields(_SETTING))
    made.add(Field("Name", "Name", "string", length=38, name_field=True, nillable=setting == "Hierarchy"))
    made.add(
        Field(
            "SetupOwnerId",
            "Location",
            "reference",
            length=18,
            nillable=False,
            defaulted_on_create=True,
            updateable=False,
            reference_to=("Organization", "Profile", "User"),
            relationship_name="SetupOwner",
            delete_constraint="Cascade",
        )
    )


def _metadata_type(made: SObject) -> None:
    made.flags = frozenset()
    _add(made, system_fields(frozenset()))
    for name, label, length in (
        ("DeveloperName", "Custom Metadata Record Name", 40),
        ("MasterLabel", "Label", 40),
        ("Language", "Master Language", 40),
        ("NamespacePrefix", "Namespace Prefix", 15),
        ("Label", "Label", 40),
        ("QualifiedApiName", "Qualified API Name", 70),
    ):
        made.add(
            Field(
                name,
                label,
                "string",
                length=length,
                createable=False,
                updateable=False,
                nillable=name == "NamespacePrefix",
                name_field=name == "DeveloperName",
                unique=name == "QualifiedApiName",
            )
        )
    made.add(Field("SystemModstamp", "System Modstamp", "datetime", createable=False, updateable=False))


def read_record_type(node: Node, name: str) -> RecordType:
    """A record type and the picklist values it offers."""
    offered = {}
    for block in node.all("picklistValues"):
        offered[block.text("picklist").lower()] = frozenset(
            unquote(each.text("fullName")) for each in block.all("values")
        )
    return RecordType(
        developer_name=name,
        label=node.text("label") or name,
        active=node.flag("active", True),
        description=node.text("description"),
        values=offered,
        business_process=node.text("businessProcess") or None,
    )


def read_rule(node: Node, name: str) -> ValidationRule:
    """A validation rule. Raises SchemaError when it has no formula or no message."""
    formula, message = node.text("errorConditionFormula"), node.text("errorMessage")
    if not formula or not message:
        raise SchemaError(
            f"{name}: Required field is missing: {'errorMessage' if formula else 'errorConditionFormula'}"
        )
    return ValidationRule(name, node.flag("active"), formula, message, node.text("errorDisplayField") or None)
