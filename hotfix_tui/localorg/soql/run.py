"""Answering queries: run the SQL, build the JSON, hand out pages."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, not_found
from hotfix_tui.localorg.soql.answer import Writer, api_value, compound
from hotfix_tui.localorg.soql.columns import columns
from hotfix_tui.localorg.soql.compile import Compiler
from hotfix_tui.localorg.soql.cursors import Cursors, Found, Row
from hotfix_tui.localorg.soql.dates import Calendar
from hotfix_tui.localorg.soql.parse import parse, too_complicated
from hotfix_tui.localorg.soql.shape import Compiled
from hotfix_tui.localorg.soql.tree import Query
from hotfix_tui.localorg.users import current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

PAGE = 2000
_MOST_DIGITS = 12
_MAX_LENGTH = 100_000


class QueryService:
    """Runs SOQL for the REST API and for other rooms.

    A query is the current user's (`current_user`): what he has no right to see is not there for it. Where there is no
    user, it is the org's own, which sees everything.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self.before: dict[str, Callable[[Query], None]] = {}
        """Called with a query of an object (lower case), before its rows are read: for rows made on demand."""
        self._cursors = Cursors(lambda: org.clock.now(), lambda number: org.ids.record_id("01g", number))
        org.store.add_function("sf_like", 2, like)
        org.store.add_function("sf_includes", 2, includes)
        org.store.add_function("sf_labels", 2, labels)

    def run(
        self, soql: str, *, version: str = "67.0", tooling: bool = False, all_rows: bool = False, page: int = PAGE
    ) -> dict[str, Any]:
        """The answer of a query call: totalSize, done, records and, when there is more, nextRecordsUrl.

        Raises ApiError in Salesforce's words.
        """
        compiled = self._compile(soql, tooling=tooling, all_rows=all_rows)
        if all_rows:
            self._org.recycle_bin.expire()
        try:
            rows = self._org.store.rows(compiled.sql, compiled.parameters)
        except sqlite3.OperationalError as error:
            if "user-defined function" in str(error):
                text = "The query asks for a formula that is not understood by this org"
                raise ApiError("FORMULA_EXPRESSION_INVALID", text) from error
            raise too_complicated() from error
        if compiled.counting:
            return self._dress({"totalSize": rows[0][0], "done": True, "records": []}, compiled, tooling)
        if compiled.aggregate and len(rows) > page:
            text = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
            raise ApiError("EXCEEDED_ID_LIMIT", text)
        found = Found(compiled, version, tooling)
        name = self._cursors.keep(found, rows) if len(rows) > page else ""
        return self._page(found, rows[:page], (0, len(rows)), name)

    def records(self, soql: str, *, tooling: bool = False) -> list[dict[str, Any]]:
        """All records of a query at once, as the REST API writes them: for use inside the org."""
        found: list[dict[str, Any]] = self.run(soql, tooling=tooling, page=10_000_000)["records"]
        return found

    def reading(self, soql: str, *, all_rows: bool = False) -> tuple[Compiled, Iterator[tuple[Any, ...]]]:
        """A query for a room that writes its rows itself, one by one; they are read as they are asked for.

        Raises ApiError in Salesforce's words.
        """
        compiled = self._compile(soql, tooling=False, all_rows=all_rows)
        return compiled, self._org.store.each(compiled.sql, compiled.parameters)

    def more(self, locator: str, page: int = PAGE) -> dict[str, Any]:
        """The page a nextRecordsUrl names. Raises INVALID_QUERY_LOCATOR when it is unknown or older than two days."""
        name, _, start = locator.rpartition("-")
        kept = self._cursors.rows(name, int(start), page) if start.isdigit() and len(start) < _MOST_DIGITS else None
        if kept is None:
            raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
        found, rows, total = kept
        return self._page(found, rows, (int(start), total), name)

    def columns(self, soql: str, *, tooling: bool = False) -> dict[str, Any]:
        """What `columns=true` answers: the selected columns instead of rows."""
        compiled = self._compile(soql, tooling=tooling, all_rows=False)
        return columns(self._org.seen, parse(soql.strip()), compiled)

    def _compile(self, soql: str, *, tooling: bool, all_rows: bool) -> Compiled:
        text = soql.strip()
        if len(text) > _MAX_LENGTH:
            raise ApiError("QUERY_TOO_COMPLICATED", "Query is either selecting too many fields or is too long")
        if not text:
            raise ApiError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
        query = parse(text)
        if query.source.lower() in self.before:
            self.before[query.source.lower()](query)
        if query.all_rows:
            raise ApiError("MALFORMED_QUERY", "ALL ROWS not allowed in this context")
        month = self._org.store.value("SELECT FiscalYearStartMonth FROM Organization") or 1
        calendar = Calendar(self._org.clock.today(), int(month))
        user = current_user.get()
        compiler = Compiler(self._org.seen, text, calendar, user_id=user, all_rows=all_rows, tooling=tooling)
        try:
            return compiler.compile(query)
        except RecursionError:
            raise too_complicated() from None

    def _page(self, found: Found, rows: Sequence[Row], place: tuple[int, int], name: str) -> dict[str, Any]:
        """A page of rows; `place` is where it begins, and how many rows there are in all."""
        start, total = place
        answer: dict[str, Any] = {"totalSize": total, "done": start + len(rows) >= total}
        if not answer["done"]:
            path = f"/services/data/v{found.version}/{'tooling/' if found.tooling else ''}query"
            answer["nextRecordsUrl"] = f"{path}/{name}-{start + len(rows)}"
        answer["records"] = Writer(self._org, found.query, found.version, found.tooling).records(rows)
        return self._dress(answer, found.query, found.tooling)

    def _dress(self, answer: dict[str, Any], compiled: Compiled, tooling: bool) -> dict[str, Any]:
        if tooling:
            answer.update(
                {"size": len(answer["records"]), "queryLocator": None, "entityTypeName": compiled.source.name}
            )
        return answer


@lru_cache(maxsize=256)
def _pattern(like: str) -> re.Pattern[str]:
    out, index = [], 0
    while index < len(like):
        char = like[index]
        if char == "\\" and index + 1 < len(like):
            index += 1
            out.append(re.escape(like[index]))
        else:
            out.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        index += 1
    return re.compile("".join(out), re.DOTALL)


def like(value: str | None, pattern: str) -> int:
    """LIKE without case, `%` and `_` as wild cards."""
    return int(value is not None and _pattern(pattern.casefold()).fullmatch(str(value).casefold()) is not None)


def includes(value: str | None, wanted: str) -> int:
    """INCLUDES: whether the multi-select value holds all parts of any of the wanted combinations."""
    if not value:
        return 0
    held = {part.casefold() for part in value.split(";")}
    return int(any({part.casefold() for part in each.split(";")} <= held for each in wanted.split(chr(31))))


def labels(value: str | None, pairs: str) -> str | None:
    """toLabel() of a multi-select value; `pairs` are value, unit separator, label, record separator."""
    if not value:
        return value
    known = dict(pair.split("\x1f") for pair in pairs.split("\x1e") if pair)
    return ";".join(known.get(part, part) for part in value.split(";"))


__all__ = ["PAGE", "QueryService", "api_value", "compound", "not_found"]
