"""Records in SOAP: from elements to fields, and from the REST API's records to elements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import parse_datetime
from hotfix_tui.localorg.errors import unknown_column, unknown_object
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.records.outcome import SaveError, SaveOutcome
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.soap.dialects import Dialect
from hotfix_tui.localorg.soap.envelope import Fault, Markup, is_nil, markup, tag, type_of

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

Row = tuple[str, dict[str, Any]]


def read_all(schema: Schema, elements: Sequence[xml.Element]) -> list[Row]:
    """The sObjects of a call: object name and fields, as records over REST have them. Raises Fault.

    An element that says `xsi:nil` changes nothing; `fieldsToNull` empties. Source: the SOAP API guide, "sObject".
    """
    return [_read(schema, each) for each in elements]


def _read(schema: Schema, element: xml.Element) -> Row:
    name = xml.text(element, "type").strip() or type_of(element)
    owner = schema.object(name)
    if owner is None or owner.api == "tooling":
        raise Fault("INVALID_TYPE", unknown_object(name))
    fields: dict[str, Any] = {}
    for each in xml.children(element):
        field = xml.name(each)
        if field == "type":
            # What the sObject is; a field of the name is written Type.
            continue
        if field == "fieldsToNull":
            _known(owner, (each.text or "").strip())
            fields[(each.text or "").strip()] = None
        elif not is_nil(each):
            _known(owner, field)
            fields[field] = _value(schema, each)
    return owner.name, fields


def _value(schema: Schema, element: xml.Element) -> Any:
    if not xml.children(element):
        return element.text or ""
    name, fields = _read(schema, element)
    return {"attributes": {"type": name}, **fields}


def _known(owner: SObject, name: str) -> None:
    if owner.field(name) is None and owner.relationship(name) is None:
        raise Fault("INVALID_FIELD", unknown_column(name, owner.name))


class Writer:
    """Writes the REST API's records and query results as elements."""

    def __init__(self, schema: Schema, dialect: Dialect) -> None:
        self._schema = schema
        self._dialect = dialect

    def query_result(self, name: str, found: Mapping[str, Any], size: int | None = None) -> str:
        """A QueryResult under a name; `size` where it is not the number of its records."""
        locator = str(found.get("nextRecordsUrl") or "").rpartition("/")[2] or None
        inner = markup(
            tag("done", bool(found["done"])),
            tag("queryLocator", locator),
            *(self.record("records", record) for record in found["records"]),
            tag("size", found["totalSize"] if size is None else size),
        )
        return tag(name, inner, 'xsi:type="QueryResult"')

    def record(self, name: str, record: Mapping[str, Any] | None) -> str:
        """An sObject under a name. The partner API says type and Id of every record, whatever was selected."""
        if record is None:
            return tag(name, None)
        kind = str(record["attributes"]["type"])
        owner = self._schema.object(kind)
        parts = [self._field(owner, each, value) for each, value in record.items() if each != "attributes"]
        if self._dialect.typed:
            return tag(name, markup(*(part for part in parts if "xsi:nil" not in part)), f'xsi:type="sf:{kind}"')
        first = (tag("sf:type", kind), tag("sf:Id", record.get("Id")))
        return tag(name, markup(*first, *parts), 'xsi:type="sf:sObject"')

    def _field(self, owner: SObject | None, name: str, value: Any) -> str:
        element = f"sf:{name}"
        if isinstance(value, Mapping):
            if "records" in value:
                return self.query_result(element, value)
            if "attributes" in value:
                return self.record(element, value)
            kind = "location" if set(value) == {"latitude", "longitude"} else "address"
            parts = (tag(part, each) for part, each in value.items())
            return tag(element, markup(*parts), f'xsi:type="{kind}"')
        field = owner.field(name) if owner else None
        if field is not None and field.type == "datetime" and isinstance(value, str):
            return tag(element, instant(value))
        return tag(element, value, "" if field or value is None else _typed(value))


def _typed(value: Any) -> str:
    """The type of what an aggregate worked out, which no object declares."""
    if isinstance(value, int) and not isinstance(value, bool):
        return 'xsi:type="xsd:int"'
    return 'xsi:type="xsd:double"' if isinstance(value, float) else 'xsi:type="xsd:string"'


def instant(text: str) -> str:
    """A stored instant as xsd:dateTime."""
    moment = parse_datetime(text)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def outcome(found: SaveOutcome, *, upsert: bool = False) -> str:
    """A SaveResult, UpsertResult, DeleteResult, UndeleteResult or EmptyRecycleBinResult."""
    parts = [tag("created", found.created)] if upsert else []
    parts += [_error(each) for each in found.errors]
    parts += [tag("id", found.id), tag("success", found.success)]
    return tag("result", markup(*parts))


def _error(error: SaveError) -> str:
    fields = (tag("fields", each) for each in error.fields)
    inner = Markup("".join([*fields, tag("message", error.message), tag("statusCode", error.code)]))
    return tag("errors", inner, 'xsi:type="Error"')
