"""Records of custom metadata types: deployed as metadata, queried as rows of X__mdt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime, parse_datetime
from hotfix_tui.localorg.schema.model import NUMBERS, Field, SchemaError, SObject
from hotfix_tui.localorg.schema.tree import Node

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema.schema import Schema


def _owner(schema: Schema, full_name: str) -> tuple[SObject, str]:
    kind, _, record = full_name.partition(".")
    found = schema.object(f"{kind.removesuffix('__mdt')}__mdt")
    if found is None or not record:
        raise SchemaError(f"Custom Metadata Type {kind}__mdt not found for {full_name}")
    return found, record


def apply_record(schema: Schema, full_name: str, node: Node) -> None:
    """Writes the record's row, keeping its Id when it is there already. Raises SchemaError."""
    owner, name = _owner(schema, full_name)
    row: dict[str, Any] = {
        "DeveloperName": name,
        "MasterLabel": node.text("label") or name,
        "Label": node.text("label") or name,
        "Language": "en_US",
        "QualifiedApiName": name,
    }
    for value in node.all("values"):
        field = owner.field(value.text("field"))
        if field is None:
            raise SchemaError(f"{full_name}: No such column '{value.text('field')}' on {owner.name}")
        given = value.first("value")
        row[field.name] = None if given is None or given.nil else _value(schema, field, given.value, full_name)
    known = schema.store.value(f'SELECT Id FROM "{owner.name}" WHERE DeveloperName = ?', (name,))  # noqa: S608
    for field in owner.fields.values():
        if field.custom and field.column and field.name not in row:
            row[field.name] = 0 if field.type == "boolean" else None
        if field.custom and not field.nillable and field.type != "boolean" and row[field.name] is None:
            raise SchemaError(f"{full_name}: Required fields are missing: [{field.name}]")
    if known:
        schema.store.update_row(owner.name, known, row)
    else:
        number = schema.store.next_number(f"id:{owner.key_prefix}")
        schema.store.insert_row(owner.name, {"Id": schema.ids.record_id(owner.key_prefix or "m00", number), **row})
    _link(schema, owner, name)


def _value(schema: Schema, field: Field, text: str, full_name: str) -> Any:
    try:
        if field.type == "boolean":
            return text.lower() == "true"
        if field.type in NUMBERS and text:
            return float(text)
        if field.type == "datetime" and text:
            return api_datetime(parse_datetime(text))
    except ValueError:
        raise SchemaError(f"{full_name}: '{text}' is not a valid value for the field {field.name}") from None
    if field.type == "reference" and field.reference_to[0].lower().endswith("__mdt"):
        target = schema.object(field.reference_to[0])
        if target is not None:
            found = schema.store.value(f'SELECT Id FROM "{target.name}" WHERE DeveloperName = ?', (text,))  # noqa: S608
            return found or text
    if field.type in ("picklist", "multipicklist") and field.restricted and text:
        offered = {each.value for each in field.values}
        for part in text.split(";"):
            if part not in offered:
                raise SchemaError(f"{full_name}: bad value for restricted picklist field: {part}")
    return text or None


def _link(schema: Schema, owner: SObject, name: str) -> None:
    """Records that named this one before it was there get its Id."""
    record_id = schema.store.value(f'SELECT Id FROM "{owner.name}" WHERE DeveloperName = ?', (name,))  # noqa: S608
    for each in schema:
        # Only these can lead to a record of custom metadata; asking for all that might takes long in a large org.
        for field in each.fields.values() if each.custom_metadata else ():
            if owner.name in field.reference_to:
                sql = f'UPDATE "{each.name}" SET "{field.name}" = ? WHERE "{field.name}" = ?'  # noqa: S608
                schema.store.execute(sql, (record_id, name))


def remove_record(schema: Schema, full_name: str) -> None:
    """Deletes the record's row, if there is one."""
    owner, name = _owner(schema, full_name)
    schema.store.execute(f'DELETE FROM "{owner.name}" WHERE DeveloperName = ?', (name,))  # noqa: S608
