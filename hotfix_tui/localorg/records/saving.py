"""One call's inserts and updates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.formula import FormulaError, evaluate, parse
from hotfix_tui.localorg.people.saving import Guard
from hotfix_tui.localorg.records import lookup_filters, rules
from hotfix_tui.localorg.records.auto_number import next_auto_number
from hotfix_tui.localorg.records.duplicates import Duplicates
from hotfix_tui.localorg.records.firing import Firing
from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.records.loading import copy_product, full_name, new_id
from hotfix_tui.localorg.records.outcome import SECURITY, SaveError, SaveOptions, SaveOutcome, SaveRefused, refused
from hotfix_tui.localorg.records.standard import Save, after_save, before_save, fill
from hotfix_tui.localorg.records.values import from_formula, stored_value
from hotfix_tui.localorg.schema.model import Field, RecordType, SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def by_external_id(org: LocalOrg, owner: SObject, name: str, value: Any) -> list[str]:
    """The ids of the live records with this external id. Raises SaveRefused when the field is none."""
    field = owner.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        raise refused(
            "INVALID_FIELD", f"Field name provided, {name} is not an External ID or indexed field for {owner.name}"
        )
    if value is None or value == "":
        return []
    key = to_18(str(value)) or str(value) if field.type in ("id", "reference") else stored_value(field, value)
    deleted = " AND IsDeleted = 0" if owner.field("IsDeleted") else ""
    found = org.store.rows(
        f'SELECT Id FROM "{owner.name}" WHERE "{field.name}" = ?{deleted} ORDER BY rowid',  # noqa: S608
        (key,),
    )
    return [row[0] for row in found]


class Saver:
    """Saves records of one call for one user; every method raises SaveRefused for a record that is not saved."""

    def __init__(self, org: LocalOrg, user_id: str, options: SaveOptions) -> None:
        self.org = org
        self.user_id = user_id
        self.options = options
        self.now = api_datetime(org.clock.now())
        self.guard = Guard(org, user_id)
        self.firing = Firing(org, user_id)
        self.subject: str | None = None
        self._duplicates: dict[str, Duplicates] = {}

    # Acts

    def insert(self, owner: SObject, fields: Mapping[str, Any]) -> SaveOutcome:
        """Creates a record."""
        self.subject = None
        if "create" not in owner.flags:
            raise refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {owner.label}")
        self.guard.may_insert(owner)
        if any(name.lower() == "id" and value for name, value in fields.items()):
            raise refused("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
        self.org.records.storage.claim(owner)
        given = self._given(owner, fields, creating=True)
        row = {"Id": None, **self._defaults(owner, given), **given}
        self._system_fields(owner, row, creating=True)
        row["Id"] = new_id(self.org, owner)
        context = RecordContext(self.org, owner, row, None, self.user_id, creating=True)
        save = Save(self.org, owner, row, None, given, True, self.user_id)
        self._check(owner, context, save)
        for field in owner.stored_fields():
            if field.auto_number is not None:
                row[field.name] = next_auto_number(self.org.store, owner, field, self.org.clock.today())
                self.org.escaped.number(self.user_id, owner, field.name, row[field.name])
        rules.after_values(self.org, owner, row, None)
        if owner.platform_event:
            self.org.escaped.event(self.user_id, owner, row)
        self.org.store.insert_row(owner.name, {name: value for name, value in row.items() if value is not None})
        after_save(save)
        self.check_masters(owner, row)
        fired = len(self.firing.rows)
        self.firing.save("insert", context)
        if owner.publish_immediately:
            self.org.escaped.fired(self.firing.rows[fired:])
        return SaveOutcome(row["Id"], True, created=True)

    def update(self, owner: SObject, record_id: str, fields: Mapping[str, Any]) -> SaveOutcome:
        """Changes a record."""
        self.subject = to_18(record_id) or record_id or None
        if not record_id:
            raise refused("MISSING_ARGUMENT", "Id not specified in an update call")
        if "update" not in owner.flags:
            raise refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be updated: {owner.label}")
        self.guard.may_update(owner)
        old = self.existing(owner, record_id)
        self.guard.row(owner, old)
        given = self._given(owner, {k: v for k, v in fields.items() if k.lower() != "id"}, creating=False, old=old)
        row = {**old, **given}
        self._system_fields(owner, row, creating=False)
        context = RecordContext(self.org, owner, row, old, self.user_id)
        save = Save(self.org, owner, row, old, given, False, self.user_id)
        self._check(owner, context, save)
        rules.after_values(self.org, owner, row, old)
        changed = {name: value for name, value in row.items() if old.get(name) != value}
        self.org.store.update_row(owner.name, old["Id"], changed)
        after_save(save)
        self.check_masters(owner, row, old)
        self.firing.save("update", context)
        return SaveOutcome(old["Id"], True)

    def upsert(self, owner: SObject, key: str, fields: Mapping[str, Any]) -> SaveOutcome:
        """Changes the record a key names, or creates one."""
        self.subject = None
        field = owner.field(key)
        known = field is not None and self.guard.sees(owner, field)
        if field is None or not known or not (field.external_id or field.id_lookup):
            text = f"Field name provided, {key} is not an External ID or indexed field for {owner.name}"
            raise refused("INVALID_FIELD", text)
        value = next((v for name, v in fields.items() if name.lower() == key.lower()), None)
        if field.type == "id":
            rest = {name: v for name, v in fields.items() if name.lower() != "id"}
            return self.update(owner, str(value), rest) if value else self.insert(owner, rest)
        if value is None or value == "":
            raise refused("MISSING_ARGUMENT", f"{field.name} not specified", field.name)
        found = self.guard.seen_ids(owner, by_external_id(self.org, owner, key, value))
        if len(found) > 1:
            text = f"{field.name}: more than one record found for external id field: [{', '.join(found)}]"
            raise refused("DUPLICATE_EXTERNAL_ID", text, field.name)
        if not found:
            return self.insert(owner, fields)
        return self.update(owner, found[0], {n: v for n, v in fields.items() if n.lower() != key.lower()})

    def existing(self, owner: SObject, record_id: str) -> dict[str, Any]:
        """The live row of an id. Raises MALFORMED_ID, INVALID_CROSS_REFERENCE_KEY or ENTITY_IS_DELETED."""
        found = to_18(record_id)
        if found is None or (owner.key_prefix and found[:3] != owner.key_prefix):
            raise refused("MALFORMED_ID", f"{owner.label} ID: id value of incorrect type: {record_id}", "Id")
        row = self.org.store.get(owner.name, found)
        if row is None:
            raise refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row.get("IsDeleted"):
            raise refused("ENTITY_IS_DELETED", "entity is deleted")
        return row

    # Values

    def _given(
        self, owner: SObject, fields: Mapping[str, Any], *, creating: bool, old: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        given: dict[str, Any] = {}
        refusals: list[SaveError] = []
        record_type = self._record_type(owner, fields, old)
        for name, value in fields.items():
            if name == "attributes":
                continue
            field = owner.field(name)
            relation = owner.relationship(name) if field is None else None
            try:
                target = relation or field
                if target is None or not self.guard.sees(owner, target):
                    raise refused("INVALID_FIELD", f"No such column '{name}' on sobject of type {owner.name}")
                if target.name in given:
                    raise refused("INVALID_FIELD", f"Duplicate field {name} on sobject of type {owner.name}")
                self._writable(owner, target, creating)
                kept = self._by_parent_key(target, value) if relation else stored_value(target, value, record_type)
                if target.type == "reference" and kept:
                    self.guard.reference(target, kept)
                given[target.name] = kept
            except SaveRefused as problem:
                refusals.extend(problem.errors)
        if refusals:
            raise SaveRefused(*refusals)
        return given

    def _writable(self, owner: SObject, field: Field, creating: bool) -> None:
        writable = (field.createable if creating else field.updateable) and field.column
        if writable and self.guard.edits(owner, field):
            return
        text = f"Unable to create/update fields: {field.name}. {SECURITY}"
        raise refused("INVALID_FIELD_FOR_INSERT_UPDATE", text, field.name)

    def _by_parent_key(self, relation: Field, value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            text = f"The value provided for foreign key reference {relation.relationship_name} is not a nested SObject"
            raise refused("INVALID_FIELD", text)
        keys = {name: key for name, key in value.items() if name != "attributes"}
        kind = value.get("attributes", {}).get("type") if isinstance(value.get("attributes"), Mapping) else None
        target = self.org.schema.object(kind or relation.reference_to[0])
        if target is None or len(keys) != 1:
            raise refused("INVALID_FIELD", f"A nested {relation.relationship_name} takes exactly one external id")
        name, key = next(iter(keys.items()))
        found = self.guard.seen_ids(target, by_external_id(self.org, target, name, key))
        if not found:
            text = f"Foreign key external ID: {key} not found for field {name} in entity {target.name}"
            raise refused("INVALID_FIELD", text)
        if len(found) > 1:
            text = f"{name}: more than one record found for external id field: [{', '.join(found)}]"
            raise refused("DUPLICATE_EXTERNAL_ID", text)
        return found[0]

    def _record_type(
        self, owner: SObject, fields: Mapping[str, Any], old: Mapping[str, Any] | None
    ) -> RecordType | None:
        record_id = next((v for n, v in fields.items() if n.lower() == "recordtypeid"), (old or {}).get("RecordTypeId"))
        if not record_id or not owner.record_types:
            return None
        name = self.org.store.value("SELECT DeveloperName FROM RecordType WHERE Id = ?", (to_18(str(record_id)),))
        return owner.record_types.get(str(name).lower()) if name else None

    def _defaults(self, owner: SObject, given: Mapping[str, Any]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for field in owner.stored_fields():
            if field.name in given:
                continue
            if field.default is not None:
                out[field.name] = self._default(owner, field, given)
            elif any(each.default for each in field.values):
                out[field.name] = next(each.value for each in field.values if each.default)
            elif field.type == "boolean":
                out[field.name] = 0
        return out

    def _default(self, owner: SObject, field: Field, given: Mapping[str, Any]) -> Any:
        context = RecordContext(self.org, owner, dict(given), None, self.user_id, creating=True)
        try:
            return from_formula(field, evaluate(parse(field.default or ""), context))
        except FormulaError:
            return stored_value(field, field.default)

    def _system_fields(self, owner: SObject, row: dict[str, Any], *, creating: bool) -> None:
        for name, value in (
            ("CreatedDate", self.now),
            ("CreatedById", self.user_id),
            ("LastModifiedDate", self.now),
            ("LastModifiedById", self.user_id),
            ("SystemModstamp", self.now),
        ):
            if owner.field(name) is not None and (creating or not name.startswith("Created")):
                row[name] = value
        if creating and owner.field("IsDeleted"):
            row["IsDeleted"] = 0
        if creating and owner.field("OwnerId") and row.get("OwnerId") is None:
            row["OwnerId"] = self.user_id
        if creating and owner.setting and row.get("SetupOwnerId") is None:
            row["SetupOwnerId"] = self.org.org_id
        if creating and owner.name == "PermissionSetAssignment":
            row["IsActive"] = 1
        if owner.name in ("Contact", "Lead", "User"):
            row["Name"] = full_name(row)
        if owner.name == "PricebookEntry" and creating:
            copy_product(self.org, row)

    # Checks, in Salesforce's order

    def _check(self, owner: SObject, context: RecordContext, save: Save) -> None:
        fill(save)
        rules.required(owner, context.row)
        rules.references(self.org, owner, context)
        lookup_filters.check(self.org, owner, context)
        before_save(save)
        rules.special(self.org, owner, context)
        rules.unique(self.org, owner, context.row)
        failed = rules.validation(owner, context)
        if failed:
            raise SaveRefused(*failed)
        if owner.name not in self._duplicates:
            self._duplicates[owner.name] = Duplicates(self.org, owner.name)
        errors = self._duplicates[owner.name].check(context, self.options)
        if errors:
            raise SaveRefused(*errors)

    def check_masters(self, owner: SObject, *rows: Mapping[str, Any]) -> None:
        """A master whose roll-up summaries this save changes is saved with it: its validation rules must hold.

        From "Triggers and Order of Execution": the parent of a roll-up goes through its save procedure.
        """
        for field in owner.masters:
            master = self.org.schema.object(field.reference_to[0])
            if master is None or not master.rules or not rolls_up(master, owner, field):
                continue
            for master_id in {str(row[field.name]) for row in rows if row.get(field.name)}:
                stored = self.org.store.get(master.name, master_id)
                context = RecordContext(self.org, master, stored or {}, stored, self.user_id)
                failed = rules.validation(master, context) if stored else []
                if failed:
                    raise SaveRefused(*failed)


def rolls_up(master: SObject, child: SObject, field: Field) -> bool:
    """Whether a master has roll-up summaries over the details of this relationship."""
    found = (each.summary for each in master.fields.values() if each.summary)
    return any(each.child == child.name and each.foreign_key == field.name for each in found)
