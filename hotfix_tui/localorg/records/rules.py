"""What a save must satisfy, in Salesforce's words. Every function raises SaveRefused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.formula import FormulaError, evaluate, parse
from hotfix_tui.localorg.records.formulas import RecordContext
from hotfix_tui.localorg.records.outcome import SaveError, refused
from hotfix_tui.localorg.schema.model import Field, SObject
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def required(owner: SObject, row: dict[str, Any]) -> None:
    """All required fields have a value."""
    missing = [
        field.name
        for field in owner.stored_fields()
        if not field.nillable
        and row.get(field.name) is None
        and field.auto_number is None
        and field.type not in ("boolean", "id")
        and (field.createable or field.updateable)
        and not field.defaulted_on_create
    ]
    if missing:
        raise refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", *missing)


def references(org: LocalOrg, owner: SObject, context: RecordContext) -> None:
    """All references that this save sets lead to a live record of a right object."""
    for field in owner.stored_fields():
        value = context.row.get(field.name)
        if field.type != "reference" or value is None or not (field.createable or field.updateable):
            continue
        if context.old is not None and context.old.get(field.name) == value:
            continue
        _reference(org, field, value)
        if field.name == "RecordTypeId":
            _record_type(org, owner, value)
        elif field.name == "OwnerId" and value.startswith("00G"):
            _queue(org, owner, value)


def _queue(org: LocalOrg, owner: SObject, value: str) -> None:
    """A group that owns records is a queue, and one of the object's."""
    kind = org.store.value('SELECT Type FROM "Group" WHERE Id = ?', (value,))
    serves = org.store.value("SELECT 1 FROM QueueSobject WHERE QueueId = ? AND SobjectType = ?", (value, owner.name))
    if kind != "Queue" or not serves:
        raise refused("INVALID_OPERATION", "Queue not associated with this SObject type", "OwnerId")


def _record_type(org: LocalOrg, owner: SObject, value: str) -> None:
    """A record type must be of the object, and active."""
    found = org.store.row("SELECT SobjectType, IsActive FROM RecordType WHERE Id = ?", (value,))
    if found is None or found[0] != owner.name or not found[1]:
        text = f"Record Type ID: this ID value isn't valid for the user: {value}"
        raise refused("INVALID_CROSS_REFERENCE_KEY", text, "RecordTypeId")


def _reference(org: LocalOrg, field: Field, value: str) -> None:
    targets = [found for name in field.reference_to if (found := org.schema.object(name))]
    if any(name.endswith("Definition") for name in field.reference_to):
        return
    if to_18(value) is None or not any(target.key_prefix == value[:3] for target in targets):
        raise refused("MALFORMED_ID", f"{field.label}: id value of incorrect type: {value}", field.name)
    for target in targets:
        row = org.store.get(target.name, value) if target.key_prefix == value[:3] else None
        if row is None:
            continue
        if row.get("IsDeleted"):
            raise refused("ENTITY_IS_DELETED", "entity is deleted", field.name)
        if target.name == "User" and field.name == "OwnerId" and not row.get("IsActive"):
            raise refused("INACTIVE_OWNER_OR_USER", "operation performed with inactive user [" + value[:15] + "]")
        return
    if field.name == "OwnerId":
        raise refused("INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", field.name)
    raise refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")


def unique(org: LocalOrg, owner: SObject, row: dict[str, Any]) -> None:
    """No other record has the value of a unique field. Deleted records do not count."""
    deleted = " AND IsDeleted = 0" if owner.field("IsDeleted") else ""
    for field in owner.stored_fields():
        value = row.get(field.name)
        if not field.unique or value is None:
            continue
        found = org.store.value(
            f'SELECT Id FROM "{owner.name}" WHERE "{field.name}" = ? AND Id IS NOT ?{deleted}',  # noqa: S608
            (value, row.get("Id")),
        )
        if found:
            if owner.name == "User":
                raise refused(
                    "DUPLICATE_USERNAME", "Duplicate Username. The username already exists in this org", field.name
                )
            text = f"duplicate value found: {field.name} duplicates value on record with id: {found}"
            raise refused("DUPLICATE_VALUE", text)


def validation(owner: SObject, context: RecordContext) -> list[SaveError]:
    """The errors of the validation rules that fail."""
    failed: list[SaveError] = []
    for rule in owner.rules.values():
        if not rule.active:
            continue
        if rule.problem is not None:
            text = f"The validation rule {rule.name} is not understood by this org: {rule.problem}"
            raise refused("FORMULA_EXPRESSION_INVALID", text)
        try:
            fails = evaluate(parse(rule.formula), context) is True
        except FormulaError as problem:
            raise refused("FORMULA_EXPRESSION_INVALID", f"{rule.name}: {problem}") from None
        if fails:
            fields = (rule.display_field,) if rule.display_field else ()
            failed.append(SaveError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, fields))
    return failed


def special(org: LocalOrg, owner: SObject, context: RecordContext) -> None:
    """Rules of single standard objects."""
    if owner.name == "PricebookEntry":
        _pricebook_entry(org, context)
    elif owner.name == "PermissionSetAssignment" and context.creating:
        _assignment(org, context)


def _assignment(org: LocalOrg, context: RecordContext) -> None:
    """A permission set is assigned to a user once."""
    key = (context.row.get("PermissionSetId"), context.row.get("AssigneeId"))
    if org.store.value("SELECT 1 FROM PermissionSetAssignment WHERE PermissionSetId = ? AND AssigneeId = ?", key):
        text = f"duplicate value found: Duplicate PermissionSetAssignment. Assignee: {key[1]}; Permission Set: {key[0]}"
        raise refused("DUPLICATE_VALUE", text, "AssigneeId", "PermissionSetId")


def _pricebook_entry(org: LocalOrg, context: RecordContext) -> None:
    """The standard price comes first; one entry a book, product and currency."""
    row = context.row
    if not context.creating:
        return
    key = [row.get("Pricebook2Id"), row.get("Product2Id")]
    currency = ""
    if len(org.schema.currencies) > 1:
        currency = " AND CurrencyIsoCode IS ?"
        key.append(row.get("CurrencyIsoCode"))
    twin = org.store.value(
        f"SELECT Id FROM PricebookEntry WHERE IsDeleted = 0 AND Pricebook2Id = ? AND Product2Id = ?{currency}",  # noqa: S608
        key,
    )
    if twin:
        raise refused("DUPLICATE_VALUE", "This price definition already exists in this price book")
    if org.store.value("SELECT IsStandard FROM Pricebook2 WHERE Id = ?", (row.get("Pricebook2Id"),)):
        return
    standard = org.store.value(
        "SELECT Id FROM PricebookEntry WHERE IsDeleted = 0"  # noqa: S608
        f" AND Pricebook2Id IN (SELECT Id FROM Pricebook2 WHERE IsStandard = 1) AND Product2Id = ?{currency}",
        key[1:],
    )
    if not standard:
        raise refused("STANDARD_PRICE_NOT_DEFINED", "No standard price defined for this product", "Pricebook2Id")


def after_values(org: LocalOrg, owner: SObject, row: dict[str, Any], old: dict[str, Any] | None) -> None:
    """What the org itself derives once a record is accepted."""
    named = owner.name_field is not None and owner.name_field.name == "Name"
    if owner.custom and not owner.custom_metadata and named and row.get("Name") is None:
        row["Name"] = str(row["Id"])
    if owner.name == "Product2" and old is not None:
        for name in ("Name", "ProductCode"):
            if old.get(name) != row.get(name):
                org.store.execute(
                    f"UPDATE PricebookEntry SET {name} = ? WHERE Product2Id = ?",  # noqa: S608
                    (row.get(name), row["Id"]),
                )
