"""Taking components into a schema and out again."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from hotfix_tui.localorg.schema.custom_metadata import apply_record, remove_record
from hotfix_tui.localorg.schema.field_xml import location_parts, read_field, read_values
from hotfix_tui.localorg.schema.model import Field, PicklistValue, SchemaError, SObject
from hotfix_tui.localorg.schema.object_xml import name_field, new_object, read_record_type, read_rule
from hotfix_tui.localorg.schema.stages import write_stages
from hotfix_tui.localorg.schema.tree import Node, read

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.schema import Schema

_CHILDREN = {"fields": "CustomField", "recordTypes": "RecordType", "validationRules": "ValidationRule"}


class Applier:
    """Changes a Schema by one component at a time; every method raises SchemaError for what it does not take."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._apply = {
            "CustomObject": self._object,
            "CustomField": self._field,
            "RecordType": self._record_type,
            "ValidationRule": self._rule,
            "GlobalValueSet": self._value_set,
            "StandardValueSet": self._standard_values,
        }

    def concerns(self, kind: str) -> bool:
        """Whether components of this type change the schema."""
        return kind in self._apply or kind == "CustomMetadata"

    def apply(self, kind: str, full_name: str, xml: bytes, *, lenient: bool = False, replay: bool = False) -> None:
        """Takes one component in. `replay` is for building the schema anew: rows are already in the store."""
        node = read(xml)
        self._lenient, self._replay = lenient or replay, replay
        if kind == "CustomMetadata":
            if not replay:
                self.schema.settle()
                apply_record(self.schema, full_name, node)
            return
        self._apply[kind](full_name, node)

    def _split(self, full_name: str, kind: str) -> tuple[SObject, str]:
        name, _, child = full_name.partition(".")
        if not child:
            raise SchemaError(f"{kind} {full_name}: Entity name was not specified for {full_name}")
        owner = self.schema.object(name)
        if owner is None:
            raise SchemaError(f"Entity Enumeration Or ID: bad value for restricted picklist field: {name}")
        return owner, child

    def _object(self, full_name: str, node: Node) -> None:
        known = self.schema.object(full_name)
        if known is None:
            if "__" not in full_name:
                raise SchemaError(f"Entity of type 'CustomObject' named '{full_name}' cannot be found")
            made = new_object(full_name, node, self.schema.new_prefix(full_name))
            self.schema.add_currency(made)
            self.schema.objects = {**self.schema.objects, full_name.lower(): made}
        else:
            made = known
            self._change_object(made, node)
        self.schema.ensure(made)
        for tag, kind in _CHILDREN.items():
            for child in node.all(tag):
                self._apply[kind](f"{full_name}.{child.text('fullName')}", child)

    def _change_object(self, made: SObject, node: Node) -> None:
        made.sharing_model = node.text("sharingModel", made.sharing_model)
        if made.custom and node.text("label"):
            made.label, made.plural = node.text("label"), node.text("pluralLabel", made.plural)
            made.deployment_status = node.text("deploymentStatus", made.deployment_status)
            made.publish_immediately = made.platform_event and node.text("publishBehavior") != "PublishAfterCommit"
            if node.first("nameField") and not made.setting and not made.custom_metadata:
                name_field(made, node)

    def _field(self, full_name: str, node: Node) -> None:
        owner, name = self._split(full_name, "CustomField")
        known = owner.field(name)
        if not name.lower().endswith("__c"):
            self._standard_field(owner, name, known, node)
            return
        made = read_field(node, name, self.values, self._summarized)
        if known is not None:
            _check_change(owner, known, made)
            made.name = known.name
        if made.master_detail:
            self._master_detail(owner, made)
        if made.relationship_name and any(
            each.relationship_name == made.relationship_name and each.name != made.name
            for each in owner.fields.values()
        ):
            raise SchemaError(f"{full_name}: the relationship name {made.relationship_name} is already in use")
        if made.formula is not None:
            self._parse_formula(full_name, made.formula)
        owner.add(made)
        if made.type == "location":
            for part in location_parts(made):
                owner.add(part)
        self.schema.ensure(owner)
        if made.unique and known is not None and not known.unique:
            self._check_unique(owner, made)

    def _check_unique(self, owner: SObject, made: Field) -> None:
        self.schema.settle()
        clash = self.schema.store.value(
            f'SELECT "{made.name}" FROM "{owner.name}" WHERE "{made.name}" IS NOT NULL'  # noqa: S608
            f' GROUP BY "{made.name}" HAVING COUNT(*) > 1'
        )
        if clash is not None:
            raise SchemaError(f"{owner.name}.{made.name}: cannot be made unique, duplicate value found: {clash}")

    def _parse_formula(self, full_name: str, formula: str) -> None:
        from hotfix_tui.localorg.formula import FormulaError, parse

        try:
            parse(formula)
        except FormulaError as error:
            raise SchemaError(f"{full_name}: Error: {error}") from None

    def _master_detail(self, owner: SObject, made: Field) -> None:
        if not made.relationship_order and any(each.name != made.name and each.master_detail for each in owner.masters):
            made.relationship_order = made.relationship_order or 1
        if owner.field("OwnerId"):
            owner.drop("OwnerId")
            if "OwnerId" in self.schema.store.columns(owner.name):
                self.schema.store.drop_column(owner.name, "OwnerId")

    def _standard_field(self, owner: SObject, name: str, known: Field | None, node: Node) -> None:
        if known is None:
            if name.lower() == "name" and owner.custom:
                return
            raise SchemaError(f"{owner.name}.{name}: Could not resolve standard field's name.")
        changed = replace(known, label=node.text("label", known.label))
        changed.help_text = node.text("inlineHelpText") or known.help_text
        value_set = node.first("valueSet")
        if value_set is not None and known.type in ("picklist", "multipicklist"):
            made = read_field(node, name, self.values, self._summarized)
            changed.values, changed.restricted = made.values, made.restricted
        owner.add(changed)

    def values(self, name: str) -> tuple[PicklistValue, ...]:
        """The values of a global value set. Raises SchemaError when there is none of that name."""
        found = self.schema.value_sets.get(name.lower().removesuffix("__gvs"))
        if found is None:
            raise SchemaError(f"In field: valueSet - no GlobalValueSet named {name} found")
        return found

    def _summarized(self, path: str) -> str | None:
        found = self.schema.field(path)
        return found.type if found else None

    def _record_type(self, full_name: str, node: Node) -> None:
        owner, name = self._split(full_name, "RecordType")
        owner.record_types = {**owner.record_types, name.lower(): read_record_type(node, name)}
        if owner.field("RecordTypeId") is None:
            owner.add(
                Field(
                    "RecordTypeId",
                    "Record Type ID",
                    "reference",
                    length=18,
                    defaulted_on_create=True,
                    reference_to=("RecordType",),
                    relationship_name="RecordType",
                )
            )
            self.schema.ensure(owner)

    def _rule(self, full_name: str, node: Node) -> None:
        from hotfix_tui.localorg.formula import FormulaError, check

        owner, name = self._split(full_name, "ValidationRule")
        rule = read_rule(node, name)
        try:
            check(self.schema, owner, rule.formula)
        except FormulaError as error:
            if not self._lenient:
                raise SchemaError(f"{full_name}: Error: {error}") from None
            rule.problem = str(error)
        owner.rules = {**owner.rules, name.lower(): rule}

    def _value_set(self, full_name: str, node: Node) -> None:
        values = read_values(node, "customValue")
        self.schema.value_sets[full_name.lower()] = values
        for each in self.schema:
            for field in list(each.fields.values()):
                if field.value_set and field.value_set.lower().removesuffix("__gvs") == full_name.lower():
                    each.add(replace(field, values=values))

    def _standard_values(self, full_name: str, node: Node) -> None:
        paths = _standard_value_sets().get(full_name.lower())
        if paths is None:
            return
        for path in paths:
            owner, field = self.schema.object(path.partition(".")[0]), self.schema.field(path)
            if owner is not None and field is not None:
                owner.add(replace(field, values=read_values(node, "standardValue")))
        if not self._replay and "Opportunity.StageName" in paths:
            self.schema.settle()
            write_stages(self.schema)

    def remove(self, kind: str, full_name: str) -> None:
        """Takes one component out."""
        name, _, child = full_name.partition(".")
        owner = self.schema.object(name)
        if kind == "GlobalValueSet":
            self.schema.value_sets.pop(full_name.lower(), None)
        elif kind == "CustomMetadata":
            remove_record(self.schema, full_name)
        elif owner is None:
            return
        elif kind == "CustomObject" and owner.custom:
            self.schema.objects = {key: each for key, each in self.schema.objects.items() if each is not owner}
            self.schema.store.drop_table(owner.name)
        elif kind == "CustomField":
            self._remove_field(owner, child)
        elif kind == "ValidationRule":
            owner.rules = {key: each for key, each in owner.rules.items() if key != child.lower()}
        elif kind == "RecordType":
            owner.record_types = {key: each for key, each in owner.record_types.items() if key != child.lower()}

    def _remove_field(self, owner: SObject, name: str) -> None:
        found = owner.field(name)
        if found is None or not found.custom:
            return
        gone = [found, *(each for each in owner.fields.values() if each.compound == found.name)]
        for each in gone:
            owner.drop(each.name)
            if each.name in self.schema.store.columns(owner.name):
                self.schema.store.drop_column(owner.name, each.name)


def _check_change(owner: SObject, old: Field, new: Field) -> None:
    """Changes of a field's type that Salesforce refuses by deploy."""
    if old.calculated != new.calculated or (old.master_detail and not new.master_detail):
        kinds = f"from {old.metadata_type or old.type} to {new.metadata_type or new.type}"
        raise SchemaError(
            f"Cannot change the type of {owner.name}.{old.name} {kinds}: delete the field and create it anew"
        )
    if old.type == "reference" and set(old.reference_to) != set(new.reference_to):
        raise SchemaError(f"{owner.name}.{old.name}: Cannot update referenceTo")


@cache
def standard_value_sets() -> dict[str, list[str]]:
    """The standard value sets, by name: the fields (`Account.Industry`) whose values each holds."""
    text = resources.files(__package__).joinpath("standard", "value_sets.txt").read_text("utf-8")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return {words[0]: words[1:] for words in lines}


@cache
def _standard_value_sets() -> dict[str, list[str]]:
    return {name.lower(): paths for name, paths in standard_value_sets().items()}
