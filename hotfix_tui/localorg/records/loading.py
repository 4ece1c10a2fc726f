"""Writing rows as they are: for loaders, scenarios and the org's own set-up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.records.auto_number import next_auto_number
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.store.database import stored
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


def raw_insert(org: LocalOrg, object_name: str, row: Mapping[str, Any]) -> str:
    """See RecordService.raw_insert."""
    owner = _object(org, object_name)
    values = _values(owner, row)
    record_id = values.get("Id") or new_id(org, owner)
    values["Id"] = record_id
    # One statement needs no way back of its own where it is part of more.
    with nullcontext() if org.store.writing else org.store.transaction():
        _complete(org, owner, values)
        if owner.name == "Pricebook2" and values.get("IsStandard"):
            _replace_own_standard_book(org)
        org.store.insert_row(owner.name, values)
    return str(record_id)


def raw_insert_all(org: LocalOrg, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """As `raw_insert` for each row, with one statement for all of them. Raises KeyError as it does."""
    owner = _object(org, object_name)
    made = [_values(owner, row) for row in rows]
    ids = iter(new_ids(org, owner, sum("Id" not in values for values in made)))
    columns = [field.name for field in owner.stored_fields()]
    with org.store.transaction():
        for values in made:
            values["Id"] = values.get("Id") or next(ids)
            _complete(org, owner, values)
        org.store.insert_rows(owner.name, columns, ([stored(values.get(name)) for name in columns] for values in made))


def completed(org: LocalOrg, object_name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its id as `raw_insert` would write it, for loaders that write many like it. Raises KeyError."""
    owner = _object(org, object_name)
    values = _values(owner, row)
    _complete(org, owner, values)
    return values


def _object(org: LocalOrg, name: str) -> SObject:
    found = org.schema.object(name)
    if found is None:
        raise KeyError(f"there is no object {name}")
    return found


def _values(owner: SObject, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row under the names that the object has for its fields, ids with 18 characters."""
    values: dict[str, Any] = {}
    for name, value in row.items():
        field = owner.field(name)
        if field is None or not field.column:
            raise KeyError(f"{owner.name} has no field {name} that holds a value")
        if field.type in ("reference", "id") and isinstance(value, str):
            value = to_18(value) or value
        values[field.name] = value
    return values


def new_ids(org: LocalOrg, owner: SObject, number: int) -> list[str]:
    """The next ids of an object."""
    if number < 2:
        return [new_id(org, owner) for _ in range(number)]
    prefix = owner.key_prefix or "000"
    first = org.store.next_number(f"id:{prefix}")
    made = [org.ids.record_id(prefix, first + step) for step in range(number)]
    sql = f'SELECT 1 FROM "{owner.name}" WHERE Id BETWEEN ? AND ? LIMIT 1'  # noqa: S608
    if org.store.value(sql, (made[0], made[-1])) is not None:
        return [new_id(org, owner) for _ in range(number)]
    org.store.keep_number(f"id:{prefix}", first + number - 1)
    return made


def new_id(org: LocalOrg, owner: SObject) -> str:
    """The next id of an object; steps over ids that were brought from elsewhere."""
    prefix = owner.key_prefix or "000"
    while True:
        made = org.ids.record_id(prefix, org.store.next_number(f"id:{prefix}"))
        if org.store.value(f'SELECT 1 FROM "{owner.name}" WHERE Id = ?', (made,)) is None:  # noqa: S608
            return made


def _complete(org: LocalOrg, owner: SObject, values: dict[str, Any]) -> None:
    """Audit fields, defaults of checkboxes, the owner, auto-numbers and the name of what a price book entry prices."""
    now = api_datetime(org.clock.now())
    created = values.get("CreatedDate") or now
    by = values.get("CreatedById") or org.system_user_id
    for name, value in (
        ("CreatedDate", created),
        ("CreatedById", by),
        ("LastModifiedDate", values.get("LastModifiedDate") or created),
        ("LastModifiedById", values.get("LastModifiedById") or by),
        ("SystemModstamp", values.get("SystemModstamp") or values.get("LastModifiedDate") or created),
        ("OwnerId", by),
    ):
        if owner.field(name) is not None:
            values.setdefault(name, value)
    for field in owner.stored_fields():
        if field.type == "boolean":
            values[field.name] = bool(values.get(field.name, (field.default or "").lower() == "true"))
        elif field.auto_number is not None and values.get(field.name) is None:
            values[field.name] = next_auto_number(org.store, owner, field, org.clock.today())
        elif field.name == "CurrencyIsoCode" and values.get(field.name) is None:
            values[field.name] = org.schema.currencies[0]
        elif field.name_field and owner.custom and not owner.custom_metadata and values.get(field.name) is None:
            values[field.name] = values["Id"][:15]
    if owner.name == "PricebookEntry":
        copy_product(org, values)
    elif owner.name in ("Contact", "Lead") and values.get("Name") is None:
        values["Name"] = full_name(values)


def full_name(values: Mapping[str, Any]) -> str:
    """First and last name in one."""
    return " ".join(str(part) for part in (values.get("FirstName"), values.get("LastName")) if part)


def copy_product(org: LocalOrg, values: dict[str, Any]) -> None:
    """A price book entry shows its product's name and code."""
    found = org.store.row("SELECT Name, ProductCode FROM Product2 WHERE Id = ?", (values.get("Product2Id"),))
    if found:
        values["Name"], values["ProductCode"] = found


def _replace_own_standard_book(org: LocalOrg) -> None:
    """A loader brings the standard price book (a sandbox keeps production's Id): the one made with the org goes."""
    org.store.execute(
        "DELETE FROM Pricebook2 WHERE IsStandard = 1 AND Id NOT IN (SELECT Pricebook2Id FROM PricebookEntry)"
    )
