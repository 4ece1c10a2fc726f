"""Writing records: sObject Collections, up to 200 rows a call, each row with its own outcome.

Values and external ids travel in the body only. simple-salesforce puts an external id into the address unquoted, where
`#`, `?`, `/` or `..` in it reach another record than the one meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hotfix_tui.salesforce.connection import Connection
from hotfix_tui.salesforce.permit import WritePermit
from hotfix_tui.salesforce.replies import Asked, malformed
from hotfix_tui.salesforce.rest import api_name, record_id
from hotfix_tui.salesforce.soap_calls import parsed_reply
from hotfix_tui.salesforce.timing import Method

if TYPE_CHECKING:
    from hotfix_tui.salesforce.soap import Node
    from hotfix_tui.salesforce.wire import Wire

MOST_ROWS = 200


@dataclass(frozen=True)
class WriteOptions:
    """How records are saved. `all_or_none`: one refused row rolls all back. `auto_assign`: run assignment rules.

    `allow_duplicates`: save past duplicate rules that only alert (rules that block still block).
    """

    all_or_none: bool = False
    auto_assign: bool = False
    allow_duplicates: bool = False

    def headers(self) -> dict[str, str]:
        """As request headers."""
        headers = {"Sforce-Auto-Assign": "TRUE" if self.auto_assign else "FALSE"}
        if self.allow_duplicates:
            headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
        return headers


@dataclass(frozen=True)
class SaveError:
    """Why one row was not saved: Salesforce's code (`statusCode`), words and fields."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class SaveResult:
    """The outcome of one row, in the order sent. `created` is true for an insert, also one made by an upsert."""

    id: str
    success: bool
    created: bool
    errors: tuple[SaveError, ...] = field(default=())

    @property
    def words(self) -> str:
        """Why it was not saved, in the org's words; "" when it was."""
        return "; ".join(f"{error.code}: {error.message}" for error in self.errors)


def _rows(sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    if len(rows) > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} rows in one call, not {len(rows)}")
    attributes = {"type": api_name(sobject)}
    return [{"attributes": attributes, **row} for row in rows]


async def insert(
    connection: Connection,
    sobject: str,
    rows: Sequence[Mapping[str, Any]],
    options: WriteOptions,
    permit: WritePermit | None,
) -> list[SaveResult]:
    """Inserts rows."""
    body = {"allOrNone": options.all_or_none, "records": _rows(sobject, rows)}
    call = _Call("insert", sobject, "POST", "composite/sobjects/", len(rows))
    return await call.send(connection, permit, options, body)


async def update(
    connection: Connection,
    sobject: str,
    rows: Sequence[Mapping[str, Any]],
    options: WriteOptions,
    permit: WritePermit | None,
) -> list[SaveResult]:
    """Updates rows, each with its `Id`."""
    for row in rows:
        record_id(str(row["Id"]))
    body = {"allOrNone": options.all_or_none, "records": _rows(sobject, rows)}
    call = _Call("update", sobject, "PATCH", "composite/sobjects/", len(rows))
    return await call.send(connection, permit, options, body)


async def upsert(
    connection: Connection,
    sobject: str,
    external_id_field: str,
    rows: Sequence[Mapping[str, Any]],
    options: WriteOptions,
    permit: WritePermit | None,
) -> list[SaveResult]:
    """Upserts rows by an external id field, each with its value."""
    for row in rows:
        if row.get(external_id_field) in (None, "") and external_id_field != "Id":
            raise ValueError(f"a row for upsert has no {external_id_field}")
    body = {"allOrNone": options.all_or_none, "records": _rows(sobject, rows)}
    path = f"composite/sobjects/{api_name(sobject)}/{api_name(external_id_field)}"
    return await _Call("upsert", sobject, "PATCH", path, len(rows)).send(connection, permit, options, body)


async def delete(
    connection: Connection, ids: Sequence[str], options: WriteOptions, permit: WritePermit | None
) -> list[SaveResult]:
    """Deletes records by id."""
    if len(ids) > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} ids in one call, not {len(ids)}")
    params = {
        "ids": ",".join(record_id(item) for item in ids),
        "allOrNone": "true" if options.all_or_none else "false",
    }
    call = _Call("delete", "records", "DELETE", "composite/sobjects", len(ids))
    return await call.send(connection, permit, options, None, params)


async def undelete(connection: Connection, ids: Sequence[str], permit: WritePermit | None) -> list[SaveResult]:
    """Takes records out of the recycle bin, with the details that went with them; they keep their ids.

    REST has no such call: it is undelete() of the SOAP API, at most 200 ids.
    """
    if len(ids) > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} ids in one call, not {len(ids)}")
    if not ids:
        return []
    what = "undelete of records"
    body = [("ids", record_id(item)) for item in ids]

    def work(wire: Wire) -> list[SaveResult]:
        node = wire.soap("undelete", body, partner=True)
        return parsed_reply(connection, what, node, lambda node: _undeleted(node, len(ids)), writing=True)

    return await connection.write(work, permit=permit, call=what)


def _undeleted(node: Node, count: int) -> list[SaveResult]:
    results = [
        SaveResult(
            id=item.text("id"),
            success=item.flag("success"),
            created=False,
            errors=tuple(
                SaveError(error.text("statusCode"), error.text("message"), error.texts("fields"))
                for error in item.all("errors")
            ),
        )
        for item in node.all("result")
    ]
    if len(results) != count:
        raise ValueError(f"it does not have an outcome for each of the {count} records")
    return results


@dataclass(frozen=True)
class _Call:
    """One request of a collection of `count` rows."""

    name: str
    sobject: str
    method: Method
    path: str
    count: int

    async def send(
        self,
        connection: Connection,
        permit: WritePermit | None,
        options: WriteOptions,
        body: Mapping[str, Any] | None,
        params: Mapping[str, str] | None = None,
    ) -> list[SaveResult]:
        if not self.count:
            return []
        what = f"{self.name} of {self.sobject}"
        reply = await connection.write(
            lambda wire: wire.rest(
                what, self.path, method=self.method, params=params, body=body, headers=options.headers()
            ),
            permit=permit,
            call=what,
        )
        results = self._results(reply)
        if results is None or len(results) != self.count:
            asked = Asked(connection.login.alias, what, writing=True)
            raise malformed(asked, f"it does not have an outcome for each of the {self.count} rows")
        return results

    def _results(self, reply: Any) -> list[SaveResult] | None:
        try:
            return [self._result(item) for item in reply]
        except (KeyError, TypeError, AttributeError):
            return None

    def _result(self, item: Mapping[str, Any]) -> SaveResult:
        success = item["success"] is True
        created = item.get("created")
        return SaveResult(
            id=str(item.get("id") or ""),
            success=success,
            created=success and (created if isinstance(created, bool) else self.name == "insert"),
            errors=tuple(_errors(item.get("errors") or ())),
        )


def _errors(items: Iterable[Mapping[str, Any]]) -> Iterable[SaveError]:
    for item in items:
        yield SaveError(
            code=str(item.get("statusCode") or item.get("errorCode") or ""),
            message=str(item.get("message") or ""),
            fields=tuple(str(name) for name in item.get("fields") or ()),
        )
