"""PK chunking: a query of Bulk 1.0 cut into ranges of Ids, a batch each (header `Sforce-Enable-PKChunking`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hotfix_tui.localorg.bulk.job import BatchProblem, JobRefused
from hotfix_tui.localorg.soql.parse import parse
from hotfix_tui.localorg.soql.tree import Logic, Not, Query
from hotfix_tui.localorg.store.ids import to_18

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

DEFAULT_SIZE, MAX_SIZE = 100_000, 250_000
_TOKEN = re.compile(r"'(?:\\.|[^'\\])*'|[()]|\bwhere\b", re.IGNORECASE | re.DOTALL)


def asked_for(header: str) -> tuple[int, str]:
    """Rows a chunk and the Id to start at ("" for the first); 0 rows where the header asks for none. Raises JobRefused.

    `TRUE`, `FALSE`, or `chunkSize=N; startRow=ID`; `parent=` is for sharing and history objects, which are not here.
    """
    text = header.strip().lower()
    if text in ("", "false"):
        return 0, ""
    size, start = DEFAULT_SIZE, ""
    for part in header.split(";") if text != "true" else ():
        name, _, value = (each.strip() for each in part.partition("="))
        if name.lower() == "chunksize" and value.isdecimal() and 0 < int(value) <= MAX_SIZE:
            size = int(value)
        elif name.lower() == "startrow" and to_18(value):
            start = to_18(value) or ""
        else:
            raise JobRefused("InvalidJob", f"Invalid value for Sforce-Enable-PKChunking: {header}")
    return size, start


def chunked(org: LocalOrg, object: str, soql: str, size: int, start: str) -> list[str]:
    """The queries a query is cut into. Raises BatchProblem for one that has more than SELECT, FROM and WHERE."""
    query = parse(soql.strip())
    if query.order_by or query.limit is not None or query.offset or query.group_by:
        raise BatchProblem("PK chunking only works with queries that have no clauses other than SELECT, FROM and WHERE")
    ids = org.store.rows(f'SELECT Id FROM "{object}" WHERE Id >= ? ORDER BY Id', (start,))  # noqa: S608
    marks = [str(row[0]) for row in ids[::size]]
    if start and marks:
        marks[0] = start
    if not marks:
        return [soql]
    return [_ranged(soql, query, low, high) for low, high in zip(marks, [*marks[1:], ""], strict=True)]


def _ranged(soql: str, query: Query, low: str, high: str) -> str:
    condition = f"Id >= '{low}'" + (f" AND Id < '{high}'" if high else "")
    if query.where is None:
        return f"{soql.strip()} WHERE {condition}"
    at = _where(soql)
    own = soql[at:].strip()
    if isinstance(query.where, Not) or (isinstance(query.where, Logic) and query.where.operator == "or"):
        own = f"({own})"  # only then: a semi-join must not be in brackets
    return f"{soql[:at]} {condition} AND {own}"


def _where(soql: str) -> int:
    """Where the text of a query's own condition begins."""
    depth = 0
    for token in _TOKEN.finditer(soql):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if token[0].lower() == "where" and depth == 0:
            return token.end()
    raise BatchProblem("PK chunking does not find the condition of the query")
