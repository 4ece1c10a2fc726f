"""The operations of the partner and enterprise APIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.errors import unknown_object
from hotfix_tui.localorg.metadata import xml
from hotfix_tui.localorg.records.outcome import SaveOptions, SaveOutcome
from hotfix_tui.localorg.rest.changes import Changes
from hotfix_tui.localorg.schema.describe import describe, describe_global
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.soap import describes
from hotfix_tui.localorg.soap.dialects import Dialect
from hotfix_tui.localorg.soap.envelope import Call, Fault, Markup, markup, tag
from hotfix_tui.localorg.soap.records import Writer, instant, outcome, read_all
from hotfix_tui.localorg.users import User

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_RECORDS = 200
MAX_RETRIEVED = 2000
_PAGE = 500


@dataclass(frozen=True)
class Asked:
    """A call with who makes it, and the API version of its address (`66.0`)."""

    call: Call
    user: User
    version: str


class Operations:
    """What one org answers in one dialect: for each operation, its result elements. Raises Fault and ApiError."""

    def __init__(self, org: LocalOrg, dialect: Dialect) -> None:
        self._org = org
        self._writer = Writer(org.schema, dialect)
        self._changes = Changes(org)
        self.table: dict[str, Callable[[Asked], list[str]]] = {
            "getUserInfo": self._user_info,
            "getServerTimestamp": self._timestamp,
            "query": self._query,
            "queryAll": self._query_all,
            "queryMore": self._query_more,
            "retrieve": self._retrieve,
            "create": self._create,
            "update": self._update,
            "upsert": self._upsert,
            "delete": self._delete,
            "undelete": self._undelete,
            "emptyRecycleBin": self._purge,
            "getDeleted": self._deleted,
            "getUpdated": self._updated,
            "describeGlobal": self._describe_global,
            "describeSObject": self._describe,
            "describeSObjects": self._describe,
        }

    # Who and when

    def _user_info(self, asked: Asked) -> list[str]:
        return [tag("result", self.user_info(asked.user))]

    def user_info(self, user: User) -> Markup:
        """What getUserInfo and login say of a user."""
        org = self._org
        row = org.store.get("User", user.id) or {}
        organization = org.store.get("Organization", org.org_id) or {}
        currency = org.schema.currencies[0] if org.schema.currencies else "USD"
        several = len(org.schema.currencies) > 1
        values: dict[str, Any] = {
            "accessibilityMode": False,
            "chatterExternal": False,
            "currencySymbol": None if several else "$" if currency == "USD" else currency,
            "orgAttachmentFileSizeLimit": 5_242_880,
            "orgDefaultCurrencyIsoCode": None if several else currency,
            "orgDefaultCurrencyLocale": "en_US",
            "orgDisallowHtmlAttachments": False,
            "orgHasPersonAccounts": org.schema.persons,
            "organizationId": org.org_id,
            "organizationMultiCurrency": several,
            "organizationName": organization.get("Name"),
            "profileId": user.profile_id,
            "roleId": row.get("UserRoleId"),
            "sessionSecondsValid": 7200,
            "userDefaultCurrencyIsoCode": currency if several else None,
            "userEmail": user.email,
            "userFullName": user.name,
            "userId": user.id,
            "userLanguage": row.get("LanguageLocaleKey"),
            "userLocale": row.get("LocaleSidKey"),
            "userName": user.username,
            "userTimeZone": row.get("TimeZoneSidKey"),
            "userType": row.get("UserType") or "Standard",
            "userUiSkin": "Theme3",
        }
        return markup(*(tag(name, value) for name, value in values.items()))

    def _timestamp(self, asked: Asked) -> list[str]:
        now = instant(api_datetime(self._org.clock.now()))
        return [tag("result", markup(tag("timestamp", now)))]

    # Reading

    def _query(self, asked: Asked, *, all_rows: bool = False) -> list[str]:
        soql = asked.call.text("queryString")
        page = _page(asked.call)
        found = self._org.queries.run(soql, version=asked.version, all_rows=all_rows, page=page)
        return [self._writer.query_result("result", found)]

    def _query_all(self, asked: Asked) -> list[str]:
        return self._query(asked, all_rows=True)

    def _query_more(self, asked: Asked) -> list[str]:
        found = self._org.queries.more(asked.call.text("queryLocator"), _page(asked.call))
        return [self._writer.query_result("result", found)]

    def _retrieve(self, asked: Asked) -> list[str]:
        owner = self._owner(asked.call.text("sObjectType"))
        ids = asked.call.texts("ids")
        _limit(len(ids), MAX_RETRIEVED)
        names = [each.strip() for each in asked.call.text("fieldList").split(",") if each.strip()]
        selected = ", ".join(dict.fromkeys(["Id", *(each for each in names if each.lower() != "id")]))
        listed = ", ".join("'" + each.replace("\\", "").replace("'", "") + "'" for each in ids)
        if not ids:
            return []
        soql = f"SELECT {selected} FROM {owner.name} WHERE Id IN ({listed})"  # noqa: S608
        records = self._org.queries.run(soql, version=asked.version, page=MAX_RETRIEVED)["records"]
        by_id = {record["Id"][:15]: record for record in records}
        keeps_id = any(each.lower() == "id" for each in names)
        return [self._writer.record("result", _without_id(by_id.get(each[:15]), keep=keeps_id)) for each in ids]

    def _owner(self, name: str) -> SObject:
        found = self._org.seen.object(name)
        if found is None or found.api == "tooling":
            raise Fault("INVALID_TYPE", unknown_object(name))
        return found

    # Writing

    def _create(self, asked: Asked) -> list[str]:
        rows = read_all(self._org.seen, self._elements(asked.call))
        return _outcomes(self._org.records.insert_all(asked.user, rows, options=_options(asked.call)))

    def _update(self, asked: Asked) -> list[str]:
        rows = read_all(self._org.seen, self._elements(asked.call))
        updates = [(name, _id(fields), fields) for name, fields in rows]
        return _outcomes(self._org.records.update_all(asked.user, updates, options=_options(asked.call)))

    def _upsert(self, asked: Asked) -> list[str]:
        key = asked.call.text("externalIDFieldName")
        rows = read_all(self._org.seen, self._elements(asked.call))
        kinds = {name for name, _ in rows}
        if len(kinds) > 1:
            raise Fault("INVALID_TYPE", "All sObjects of an upsert call must be of one type")
        for name in kinds:
            field = self._owner(name).field(key)
            if field is None or not (field.external_id or field.id_lookup):
                text = f"Field name provided, {key} does not match an External ID, Salesforce Id, or indexed field"
                raise Fault("INVALID_FIELD", f"{text} for {name}")
        fields = [{"Id": None, **each} if key.lower() == "id" else each for _, each in rows]
        name = next(iter(kinds), "")
        found = self._org.records.upsert_all(asked.user, name, key, fields, options=_options(asked.call))
        return [outcome(each, upsert=True) for each in found]

    def _elements(self, call: Call) -> list[xml.Element]:
        found = xml.children(call.body, "sObjects")
        _limit(len(found), MAX_RECORDS)
        return found

    def _delete(self, asked: Asked) -> list[str]:
        return _outcomes(self._org.records.delete_all(asked.user, _ids(asked.call), options=_options(asked.call)))

    def _undelete(self, asked: Asked) -> list[str]:
        return _outcomes(self._org.records.undelete_all(asked.user, _ids(asked.call), options=_options(asked.call)))

    def _purge(self, asked: Asked) -> list[str]:
        return _outcomes(self._org.records.purge_all(asked.user, _ids(asked.call)))

    # What changed

    def _deleted(self, asked: Asked) -> list[str]:
        found = self._changes.deleted_in(*_span(asked.call))
        records = [
            tag("deletedRecords", markup(tag("deletedDate", instant(each["deletedDate"])), tag("id", each["id"])))
            for each in found["deletedRecords"]
        ]
        dates = (tag(name, instant(found[name])) for name in ("earliestDateAvailable", "latestDateCovered"))
        return [tag("result", markup(*records, *dates))]

    def _updated(self, asked: Asked) -> list[str]:
        found = self._changes.updated_in(*_span(asked.call))
        ids = (tag("ids", each) for each in found["ids"])
        return [tag("result", markup(*ids, tag("latestDateCovered", instant(found["latestDateCovered"]))))]

    # Describing

    def _describe_global(self, asked: Asked) -> list[str]:
        return [describes.listed(describe_global(self._org.seen, asked.version))]

    def _describe(self, asked: Asked) -> list[str]:
        names = asked.call.texts("sObjectType")
        if not names or len(names) > 100:
            raise Fault("soapenv:Client", "A describe call names from 1 to 100 objects as sObjectType")
        found = [describe(self._org.seen, self._owner(each), asked.version) for each in names]
        return [describes.described(each) for each in found]


def _page(call: Call) -> int:
    """Rows a page, from QueryOptions: 200 to 2,000, 500 where nothing is said. Raises Fault."""
    text = call.option("QueryOptions", "batchSize")
    if text and not text.isdigit():
        raise Fault("soapenv:Client", f"'{text}' is not a valid value for the xsd:int batchSize")
    return min(2000, max(200, int(text))) if text else _PAGE


def _options(call: Call) -> SaveOptions:
    """What the header of a write says. Raises Fault for what the org cannot do."""
    if call.switched_on("AllowFieldTruncationHeader", "allowFieldTruncation"):
        raise Fault("UNKNOWN_EXCEPTION", "This org does not truncate fields: AllowFieldTruncationHeader")
    return SaveOptions(
        all_or_none=call.switched_on("AllOrNoneHeader", "allOrNone"),
        allow_duplicates=call.switched_on("DuplicateRuleHeader", "allowSave"),
        auto_assign=call.switched_on("AssignmentRuleHeader", "useDefaultRule"),
    )


def _ids(call: Call) -> list[str]:
    found = call.texts("ids") or call.texts("ID")
    _limit(len(found), MAX_RECORDS)
    return found


def _id(fields: Mapping[str, Any]) -> str:
    return str(next((value for name, value in fields.items() if name.lower() == "id"), None) or "")


def _limit(count: int, most: int) -> None:
    if count > most:
        text = f"record limit reached. cannot submit more than {most} records into this call"
        raise Fault("EXCEEDED_ID_LIMIT", text)


def _span(call: Call) -> tuple[str, str, str]:
    return call.text("sObjectType"), call.text("startDate"), call.text("endDate")


def _without_id(record: dict[str, Any] | None, *, keep: bool) -> dict[str, Any] | None:
    """A record as it was asked for: the Id is only a field of it when it was named."""
    if record is None or keep:
        return record
    return {name: value for name, value in record.items() if name != "Id"}


def _outcomes(found: list[SaveOutcome]) -> list[str]:
    return [outcome(each) for each in found]
