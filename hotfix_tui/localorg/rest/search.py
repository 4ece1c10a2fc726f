"""Searching: /search with SOSL, /parameterizedSearch with parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hotfix_tui.localorg.errors import ApiError, unknown_object
from hotfix_tui.localorg.rest import sosl
from hotfix_tui.localorg.rest.bodies import Answer
from hotfix_tui.localorg.schema.model import SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

MAX_FOUND = 2000
_TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "encryptedstring"})
_GROUPS = {"EMAIL": frozenset({"email"}), "PHONE": frozenset({"phone"}), "ALL": _TEXTS}
_NAMES = frozenset({"name", "firstname", "lastname", "subject"})
_ANSWERS_OBJECT = 37
_PLAIN_PARAMETERS = frozenset({"q", "sobject", "fields", "in", "defaultlimit", "overalllimit", "oauth_token"})


class Searches:
    """Handlers of one org. Text fields are searched word by word, whatever the case; nothing is indexed ahead."""

    def __init__(self, org: LocalOrg) -> None:
        self._org = org

    def search(self, request: Request, body: bytes) -> Response:
        """GET /search?q=FIND {…}; a list before version 37."""
        text = request.query_params.get("q", "")
        records = self._found(sosl.parse(text), request.path_params["version"])
        old = int(request.path_params["version"].partition(".")[0]) < _ANSWERS_OBJECT
        return Answer(records if old else {"searchRecords": records})

    def by_parameters(self, request: Request, body: bytes) -> Response:
        """GET /parameterizedSearch?q=…&sobject=…&in=…&Account.fields=…&Account.limit=…"""
        return Answer({"searchRecords": self._found(self._from_parameters(request), request.path_params["version"])})

    def _from_parameters(self, request: Request) -> sosl.Search:
        given = request.query_params
        for name in given:
            if name.lower() not in _PLAIN_PARAMETERS and not name.lower().endswith((".fields", ".limit")):
                raise ApiError("INVALID_INPUT", f"Unrecognized query parameter: {name}")
        objects = [each.strip() for text in given.getlist("sobject") for each in text.split(",") if each.strip()]
        group = given.get("in", "ALL").upper()
        if group not in sosl.GROUPS:
            raise sosl.malformed(f"unexpected value of in: {group}")
        returning = []
        for each in objects:
            fields = given.get(f"{each}.fields") or given.get("fields") or "Id"
            limit = given.get(f"{each}.limit") or given.get("defaultLimit") or ""
            returning.append(sosl.Returning(each, fields, tail=f"LIMIT {_number(limit)}" if limit else ""))
        overall = given.get("overallLimit")
        return sosl.Search(
            sosl.units(given.get("q", "")), group, tuple(returning), _number(overall) if overall else None
        )

    def _found(self, search: sosl.Search, version: str) -> list[dict[str, Any]]:
        wanted = search.returning or tuple(sosl.Returning(each.name) for each in self._searchable())
        found: list[dict[str, Any]] = []
        for each in wanted:
            owner = self._org.seen.object(each.object)
            if owner is None or owner.api == "tooling" or "search" not in owner.flags:
                raise ApiError("INVALID_TYPE", unknown_object(each.object))
            ids = [row for row, values in self._texts(owner, search.group) if sosl.matches(search.units, values)]
            found += self._read(owner, each, ids[:MAX_FOUND], version)
        return found[: MAX_FOUND if search.limit is None else min(MAX_FOUND, search.limit)]

    def _searchable(self) -> Iterator[SObject]:
        found = (each for each in self._org.seen if each.api != "tooling" and "search" in each.flags)
        return iter(sorted(found, key=lambda each: each.name))

    def _texts(self, owner: SObject, group: str) -> Iterator[tuple[str, list[str]]]:
        names = [each.name for each in owner.stored_fields() if _in_group(each.name, each.type, group)]
        if not names:
            return
        columns = ", ".join(f'"{name}"' for name in ("Id", *names))
        live = " WHERE IsDeleted = 0" if owner.field("IsDeleted") else ""
        for row in self._org.store.rows(f'SELECT {columns} FROM "{owner.name}"{live} ORDER BY rowid'):  # noqa: S608
            yield str(row[0]), [str(value) for value in row[1:] if value]

    def _read(self, owner: SObject, each: sosl.Returning, ids: list[str], version: str) -> list[dict[str, Any]]:
        listed = ", ".join(f"'{record_id}'" for record_id in ids) or "''"
        where = f"({each.where}) AND Id IN ({listed})" if each.where else f"Id IN ({listed})"
        soql = f"SELECT {each.fields} FROM {owner.name} WHERE {where} {each.tail}"  # noqa: S608
        records: list[dict[str, Any]] = self._org.queries.run(soql, version=version, page=MAX_FOUND)["records"]
        return records


def _in_group(name: str, kind: str, group: str) -> bool:
    if group in _GROUPS:
        return kind in _GROUPS[group]
    named = name.lower() in _NAMES
    return named or (group == "SIDEBAR" and kind in ("email", "phone"))


def _number(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= MAX_FOUND:
        raise sosl.malformed(f"not a limit from 1 to {MAX_FOUND}: {text}")
    return int(text)
