"""From a query's tree to SQL, and the shape its answer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, unknown_object
from hotfix_tui.localorg.schema.model import ChildRelationship, Field, SObject
from hotfix_tui.localorg.soql.dates import Calendar
from hotfix_tui.localorg.soql.functions import aggregates, converted, function_sql, label_sql, named
from hotfix_tui.localorg.soql.order import order_sql
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.scope import Resolved, Scope
from hotfix_tui.localorg.soql.select import Selection
from hotfix_tui.localorg.soql.semi_join import check_inner, check_placement, check_types
from hotfix_tui.localorg.soql.shape import Compiled, Nest
from hotfix_tui.localorg.soql.tree import Function, Item, Path, Query
from hotfix_tui.localorg.soql.where import Target, Where

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

MAX_OFFSET = 2000
# Root and children, from API version 58.0.
MAX_DEPTH = 5


class Compiler:
    """Compiles one query for one schema at one day, for one user (USING SCOPE mine)."""

    def __init__(
        self, schema: Schema, text: str, calendar: Calendar, *, user_id: str = "", all_rows: bool, tooling: bool
    ) -> None:
        self.schema = schema
        self.text = text
        self.calendar = calendar
        self.user_id = user_id
        self.all_rows = all_rows
        self.tooling = tooling
        self._aliases = 0

    def compile(self, query: Query, relation: ChildRelationship | None = None, depth: int = 1) -> Compiled:
        """The SQL of a query, or of a subquery over a child relationship. Raises ApiError."""
        if depth > MAX_DEPTH:
            raise malformed(f"SOQL relationship queries have at most {MAX_DEPTH} levels of children")
        source = self.schema.require(relation.child) if relation else self.source(query)
        scope = self.scope(source, query)
        if query.offset > MAX_OFFSET:
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return Building(self, scope, query, relation, depth).build()

    def rates(self) -> dict[str, float]:
        """The conversion rates of an organization of several currencies."""
        if len(self.schema.currencies) < 2:
            return {}
        return dict(self.schema.store.rows("SELECT IsoCode, ConversionRate FROM CurrencyType WHERE IsActive = 1"))

    def scope(self, source: SObject, query: Query) -> Scope:
        """A FROM with an alias of its own."""
        self._aliases += 1
        made = Scope(self.schema, source, self.text, f"t{self._aliases}", query.alias, self.tooling)
        for each in query.named:
            made.name_parent(each.name, each.path)
        return made

    def source(self, query: Query) -> SObject:
        """The object a query reads. Raises INVALID_TYPE."""
        found = self.schema.object(query.source)
        apis = ("tooling", "both") if self.tooling else ("data", "both")
        if found is None or (found.api not in apis and not (self.tooling and found.name in ("User", "Organization"))):
            message = unknown_object(query.source)
            raise ApiError("INVALID_TYPE", located(self.text, query.source_at, message))
        if found.platform_event:
            raise ApiError("INVALID_TYPE_FOR_OPERATION", f"entity type {found.name} does not support query")
        return found


class Building:
    """One SELECT on its way to SQL; subqueries and semi-joins get their own."""

    def __init__(
        self, compiler: Compiler, scope: Scope, query: Query, relation: ChildRelationship | None, depth: int = 1
    ) -> None:
        self.compiler = compiler
        self.scope = scope
        self.query = query
        self.relation = relation
        self.depth = depth
        self.alias_of: dict[str, Resolved] = {}
        selected = [item.what for item in query.items if isinstance(item, Item)]
        self.aggregate = bool(query.group_by) or any(aggregates(each) for each in selected)
        self.counting = any(isinstance(each, Function) and each.argument is None for each in selected)

    def build(self) -> Compiled:
        """The SQL with its parameters. Raises ApiError."""
        columns: list[str] = []
        shape: Nest | None = None
        if self.counting:
            self._check_counting()
        else:
            selection = Selection(self, columns)
            shape = selection.aggregate() if self.aggregate else selection.records()
        conditions, parameters = self.conditions()
        tail, more = self._tail()
        sql = self.select(["1"] if self.counting else columns, conditions) + tail
        if self.counting:
            sql = f"SELECT COUNT(*) FROM ({sql})"  # noqa: S608
        return Compiled(
            sql,
            parameters + more,
            shape,
            self.scope.source,
            self.query.limit,
            self.query.offset,
            self.aggregate,
            self.counting,
        )

    def _check_counting(self) -> None:
        first = self.query.items[0]
        function = first.what if isinstance(first, Item) else None
        alone = len(self.query.items) == 1 and isinstance(function, Function) and function.name == "COUNT"
        if not alone or self.query.group_by or self.query.order_by or self.relation:
            at = function.at if function is not None else 0
            raise malformed(located(self.compiler.text, at, "unexpected token: '('"))

    def conditions(self) -> tuple[list[str], list[Any]]:
        """WHERE, with what holds for every query of the object."""
        check_placement(self.query.where)
        where = self._where(filterable=True)
        conditions = ["1"]
        source, alias = self.scope.source, self.scope.alias
        if source.field("IsDeleted") and not self.compiler.all_rows:
            conditions.append(f'{alias}."IsDeleted" = 0')
        seen = self.scope.schema.rows_sql(source, alias)
        if seen:
            conditions.append(seen)
        if self.relation:
            conditions.append(f'{alias}."{self.relation.field.name}" IN (SELECT value FROM json_each(?))')  # noqa: S608
        if self.query.scope == "mine":
            if source.field("OwnerId") is None:
                raise malformed(f"scope 'mine' is not supported for {source.name}")
            conditions.append(f"{alias}.\"OwnerId\" = '{self.compiler.user_id}'")
        elif self.query.scope not in (None, "everything"):
            raise malformed(f"scope '{self.query.scope}' is not supported for {source.name}")
        if self.query.where:
            conditions.append(where.sql(self.query.where))
        return conditions, where.parameters

    def _where(self, *, filterable: bool) -> Where:
        compiler = self.compiler
        return Where(
            compiler.text,
            compiler.calendar,
            self._filtered,
            self._semi_join,
            filterable=filterable,
            rates=compiler.rates(),
        )

    def select(self, columns: list[str], conditions: list[str]) -> str:
        """SELECT … FROM … WHERE; the joins are those that names asked for until now."""
        scope = self.scope
        joins = " ".join(scope.joins)
        where = " AND ".join(conditions)
        return f'SELECT {", ".join(columns)} FROM "{scope.source.name}" {scope.alias} {joins} WHERE {where}'  # noqa: S608

    def _tail(self) -> tuple[str, list[Any]]:
        """GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET. Names in them may still ask for joins: for before `select`."""
        tail, parameters = "", list[Any]()
        if self.query.group_by:
            tail += " GROUP BY " + ", ".join(self.grouped(each) for each in self.query.group_by)
        if self.query.having:
            having = self._where(filterable=False)
            tail += " HAVING " + having.sql(self.query.having)
            parameters = having.parameters
        tail += order_sql(self)
        return tail + self._limit(), parameters

    def _limit(self) -> str:
        limit, offset = self.query.limit, self.query.offset
        if self.aggregate and not self.query.group_by and not self.counting and (limit is not None or offset):
            raise malformed("Non-grouped query that uses overall aggregate functions cannot also use LIMIT")
        if self.relation or (limit is None and not offset):
            return ""
        return f" LIMIT {-1 if limit is None else limit} OFFSET {offset}"

    # Names

    def target(self, what: Path | Function) -> Resolved:
        """What a field, an alias or a function stands for. Raises ApiError."""
        if isinstance(what, Function):
            return function_sql(self.scope, what, self.compiler.calendar.fiscal_month)
        if len(what.parts) == 1 and what.parts[0].lower() in self.alias_of:
            return self.alias_of[what.parts[0].lower()]
        found = self.scope.resolve(what)
        if found.field.type in ("address", "location"):
            raise self.scope.error(what, f"field '{found.field.name}' can not be filtered in a query call")
        return found

    def _filtered(self, what: Path | Function) -> Target:
        if isinstance(what, Function) and what.name == "TOLABEL" and isinstance(what.argument, Path):
            return label_sql(self.scope, what), Field("toLabel", "toLabel", "string"), ""
        found = self.target(what)
        return found.sql, found.field, self._money(found, what)

    def _money(self, found: Resolved, what: Path | Function) -> str:
        if len(self.compiler.schema.currencies) < 2:
            return found.sql
        return converted(self.scope, found) if isinstance(what, Path) else found.sql

    def grouped(self, what: Path | Function) -> str:
        """The SQL of a GROUP BY entry. Raises MALFORMED_QUERY for what cannot be grouped."""
        found = self.target(what)
        if isinstance(what, Path) and not found.field.groupable:
            message = f"field '{found.field.name}' can not be grouped in a query call"
            raise malformed(located(self.compiler.text, what.at, message))
        if aggregates(what):
            raise malformed(located(self.compiler.text, what.at, f"unexpected token: '{named(what)}'"))
        return f"{found.sql} COLLATE SF" if found.field.column == "text" and "(" in found.sql else found.sql

    def _semi_join(self, query: Query, left: Path | Function) -> tuple[str, list[Any]]:
        compiler = self.compiler
        source = compiler.source(query)
        path = check_inner(query, source, self.scope.source)
        building = Building(compiler, compiler.scope(source, query), query, None)
        found = building.scope.resolve(path)
        check_types(found, self.target(left))
        conditions, parameters = building.conditions()
        return building.select([found.sql], [*conditions, f"{found.sql} IS NOT NULL"]), parameters
