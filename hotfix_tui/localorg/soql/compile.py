"""From a query's tree to SQL, and the shape its answer takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import date
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.errors import ApiError, unknown_object
from hotfix_tui.localorg.schema.model import NUMBERS, ChildRelationship, Field, SObject
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.scope import Scope
from hotfix_tui.localorg.soql.tree import FieldsOf, Function, Item, Path, Query, SubQuery
from hotfix_tui.localorg.soql.where import Where

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

AGGREGATES = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
_DATE_PARTS = {
    "CALENDAR_YEAR": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "CALENDAR_MONTH": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "CALENDAR_QUARTER": "(CAST(substr({0}, 6, 2) AS INTEGER) + 2) / 3",
    "DAY_IN_MONTH": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "DAY_IN_YEAR": "CAST(strftime('%j', substr({0}, 1, 10)) AS INTEGER)",
    "DAY_IN_WEEK": "CAST(strftime('%w', substr({0}, 1, 10)) AS INTEGER) + 1",
    "HOUR_IN_DAY": "CAST(substr({0}, 12, 2) AS INTEGER)",
    "DAY_ONLY": "substr({0}, 1, 10)",
}
MAX_OFFSET = 2000
MAX_FIELDS_ALL = 200


@dataclass
class Leaf:
    """A value of the answer: which column it is in, and how it is written."""

    column: int
    field: Field
    parts: dict[str, int] = attribute(default_factory=dict)


@dataclass
class Nest:
    """A record of the answer: its object's name and Id (columns or a fixed name), and what is in it."""

    type_name: str | None
    type_column: int
    id_column: int
    inner: dict[str, Leaf | Nest | Child] = attribute(default_factory=dict)


@dataclass
class Child:
    """A child subquery, run for the parents of a page; the last column of its rows is the parent's Id."""

    query: Compiled


@dataclass
class Compiled:
    """SQL ready to run; `{extra}` in it takes one more condition. `shape` is None for COUNT()."""

    sql: str
    parameters: list[Any]
    shape: Nest | None
    source: SObject
    limit: int | None
    offset: int
    aggregate: bool = False
    counting: bool = False


class Compiler:
    """Compiles one query for one schema at one day."""

    def __init__(self, schema: Schema, text: str, today: date, *, all_rows: bool, tooling: bool) -> None:
        self.schema = schema
        self.text = text
        self.today = today
        self.all_rows = all_rows
        self.tooling = tooling
        self._aliases = 0

    def compile(self, query: Query, relation: ChildRelationship | None = None) -> Compiled:
        """The SQL of a query, or of a subquery over a child relationship. Raises ApiError."""
        source = self.schema.require(relation.child) if relation else self.source(query)
        self._aliases += 1
        scope = Scope(self.schema, source, self.text, f"t{self._aliases}", query.alias, self.tooling)
        if query.offset > MAX_OFFSET:
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return _Building(self, scope, query, relation).build()

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


class _Building:
    def __init__(self, compiler: Compiler, scope: Scope, query: Query, relation: ChildRelationship | None) -> None:
        self.compiler = compiler
        self.scope = scope
        self.query = query
        self.relation = relation
        self.columns: list[str] = []
        self.alias_of: dict[str, str] = {}
        functions = [item.what for item in query.items if isinstance(item, Item) and isinstance(item.what, Function)]
        self.aggregate = bool(query.group_by) or any(each.name in AGGREGATES for each in functions)
        self.counting = (
            len(query.items) == 1 and len(functions) == 1 and functions[0].name == "COUNT" and functions[0].path is None
        )

    def build(self) -> Compiled:
        shape = None
        if self.counting:
            self.columns.append("COUNT(*)")
        elif self.aggregate:
            shape = self._aggregate()
        else:
            shape = self._records()
        where = Where(self.compiler.text, self.compiler.today, self._target, self._semi_join)
        conditions = self._base_conditions()
        if self.query.where:
            conditions.append(where.sql(self.query.where))
        parameters = where.parameters
        tail = ""
        if self.query.group_by:
            tail += " GROUP BY " + ", ".join(self._grouped(each)[0] for each in self.query.group_by)
        if self.query.having:
            having = Where(self.compiler.text, self.compiler.today, self._target, self._semi_join, filterable=False)
            tail += " HAVING " + having.sql(self.query.having)
            parameters = parameters + having.parameters
        tail += self._order()
        tail += self._limit()
        return Compiled(self._select(conditions) + tail, parameters, shape, self.scope.source, *self._window())

    def _window(self) -> tuple[int | None, int, bool, bool]:
        return self.query.limit, self.query.offset, self.aggregate, self.counting

    def _select(self, conditions: list[str]) -> str:
        scope = self.scope
        where = " AND ".join(conditions)
        joins = " ".join(scope.joins)
        return f'SELECT {", ".join(self.columns)} FROM "{scope.source.name}" {scope.alias} {joins} WHERE {where}'  # noqa: S608

    def _base_conditions(self) -> list[str]:
        conditions = ["1"]
        source = self.scope.source
        if source.field("IsDeleted") and not self.compiler.all_rows:
            conditions.append(f'{self.scope.alias}."IsDeleted" = 0')
        if self.relation:
            name = f'{self.scope.alias}."{self.relation.field.name}"'
            conditions.append(f"{name} IN (SELECT value FROM json_each(?))")  # noqa: S608
        return conditions

    def _limit(self) -> str:
        if self.relation or self.counting or (self.query.limit is None and not self.query.offset):
            return ""
        limit = -1 if self.query.limit is None else self.query.limit
        return f" LIMIT {limit} OFFSET {self.query.offset}"

    # What is selected

    def _column(self, sql: str) -> int:
        self.columns.append(sql)
        return len(self.columns) - 1

    def _records(self) -> Nest:
        scope = self.scope
        shape = Nest(scope.source.name, -1, self._column(f'{scope.alias}."Id"'))
        for item in self._expanded():
            if isinstance(item, SubQuery):
                self._child(shape, item)
            elif isinstance(item.what, Function):
                self._function_item(shape, item)
            else:
                if item.alias:
                    raise malformed(located(self.compiler.text, item.what.at, f"unexpected token: '{item.alias}'"))
                self._field(shape, item.what)
        if self.relation:
            self._column(f'{scope.alias}."{self.relation.field.name}"')
        return shape

    def _expanded(self) -> list[Item | SubQuery]:
        out: list[Item | SubQuery] = []
        for item in self.query.items:
            if not isinstance(item, FieldsOf):
                out.append(item)
                continue
            if item.group not in ("ALL", "CUSTOM", "STANDARD"):
                raise malformed(f"unexpected token: '{item.group}'")
            if item.group != "STANDARD" and (self.query.limit is None or self.query.limit > MAX_FIELDS_ALL):
                raise malformed(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_FIELDS_ALL}")
            for each in self.scope.source.fields.values():
                wanted = item.group == "ALL" or each.custom == (item.group == "CUSTOM")
                if wanted and not (each.tooling_only and not self.compiler.tooling):
                    out.append(Item(Path((each.name,))))
        return out

    def _field(self, shape: Nest, path: Path) -> None:
        found = self.scope.resolve(path)
        nest = self._nest(shape, found.steps[:-1])
        name = found.steps[-1]
        if name in nest.inner:
            raise ApiError("INVALID_FIELD", located(self.compiler.text, path.at, f"duplicate field selected: {path}"))
        leaf = Leaf(-1, found.field)
        if found.field.type in ("address", "location"):
            owner = self._owner(found.steps[:-1])
            for part in owner.fields.values():
                if part.compound == found.field.name:
                    leaf.parts[part.name] = self._column(self.scope.resolve(Path((*found.steps[:-1], part.name))).sql)
        else:
            leaf.column = self._column(found.sql)
        nest.inner[name] = leaf

    def _owner(self, steps: tuple[str, ...]) -> SObject:
        return self.scope.id_sql(steps).targets[0][0] if steps else self.scope.source

    def _nest(self, shape: Nest, steps: tuple[str, ...]) -> Nest:
        nest = shape
        for index in range(len(steps)):
            step = steps[index]
            inner = nest.inner.get(step)
            if inner is None:
                parent = self.scope.id_sql(steps[: index + 1])
                fixed = "Name" if parent.polymorphic else parent.targets[0][0].name
                type_column = self._column(parent.type_sql) if parent.polymorphic else -1
                inner = Nest(fixed, type_column, self._column(parent.id_sql))
                nest.inner[step] = inner
            if not isinstance(inner, Nest):
                raise malformed(f"unexpected relationship '{step}'")
            nest = inner
        return nest

    def _function_item(self, shape: Nest, item: Item) -> None:
        function = item.what
        if not isinstance(function, Function) or function.name != "TOLABEL" or function.path is None:
            raise malformed(
                located(self.compiler.text, getattr(item.what, "at", 0), f"unexpected token: '{_name(item.what)}'")
            )
        found = self.scope.resolve(function.path)
        name = item.alias or found.steps[-1]
        if found.field.type != "picklist":
            message = f"toLabel is not supported for the field {found.field.name}"
            raise malformed(located(self.compiler.text, function.at, message))
        whens = " ".join(f"WHEN {_text(v.value)} THEN {_text(v.label)}" for v in found.field.values)
        sql = f"CASE {found.sql} {whens} ELSE {found.sql} END" if whens else found.sql
        self._nest(shape, found.steps[:-1]).inner[name] = Leaf(self._column(sql), found.field)

    def _child(self, shape: Nest, item: SubQuery) -> None:
        if self.relation:
            raise malformed("subqueries can only be nested one level deep")
        wanted = item.query.source.lower()
        for relation in self.compiler.schema.children_of(self.scope.source.name):
            if relation.name and relation.name.lower() == wanted:
                compiled = self.compiler.compile(item.query, relation)
                if compiled.aggregate:
                    raise malformed("aggregate functions are not supported in subqueries")
                shape.inner[relation.name] = Child(compiled)
                return
        message = (
            f"Didn't understand relationship '{item.query.source}' in FROM part of query call. If you are attempting to"
            " use a custom relationship, be sure to append the '__r' after the custom relationship name."
            " Please reference your WSDL or the describe call for the appropriate names."
        )
        raise ApiError("INVALID_TYPE", located(self.compiler.text, item.query.source_at, message))

    def _aggregate(self) -> Nest:
        shape = Nest("AggregateResult", -1, -1)
        grouped = {self._target(each)[0] for each in self.query.group_by}
        unnamed = 0
        for item in self.query.items:
            if not isinstance(item, Item):
                raise malformed("a subquery cannot be grouped")
            sql, field = self._target(item.what)
            aggregated = isinstance(item.what, Function) and item.what.name in AGGREGATES
            if not aggregated and sql not in grouped:
                message = f"Field must be grouped or aggregated: {_name(item.what)}"
                raise malformed(located(self.compiler.text, item.what.at, message))
            if item.alias:
                name = item.alias
                self.alias_of[name.lower()] = sql
            elif isinstance(item.what, Path):
                name = self.scope.resolve(item.what).steps[-1]
            else:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            if name in shape.inner:
                raise malformed(f"duplicate alias: {name}")
            shape.inner[name] = Leaf(self._column(sql), field)
        return shape

    # Names

    def _target(self, what: Any) -> tuple[str, Field]:
        if isinstance(what, Path):
            if len(what.parts) == 1 and what.parts[0].lower() in self.alias_of:
                return self.alias_of[what.parts[0].lower()], Field("", "", "double")
            found = self.scope.resolve(what)
            if found.field.type in ("address", "location"):
                raise self.scope.error(what, f"field '{found.field.name}' can not be filtered in a query call")
            return found.sql, found.field
        return self._function(what)

    def _function(self, function: Function) -> tuple[str, Field]:
        if function.name == "COUNT" and function.path is None:
            return "COUNT(*)", Field("count", "count", "int")
        if function.path is None:
            raise malformed(located(self.compiler.text, function.at, "unexpected token: ')'"))
        found = self.scope.resolve(function.path)
        if function.name in AGGREGATES:
            return self._aggregated(function, found.sql, found.field)
        if function.name in _DATE_PARTS and found.field.type in ("date", "datetime"):
            kind = "date" if function.name == "DAY_ONLY" else "int"
            return _DATE_PARTS[function.name].format(found.sql), Field(function.name, function.name, kind)
        raise malformed(located(self.compiler.text, function.at, f"unexpected token: '{function.name}'"))

    def _aggregated(self, function: Function, sql: str, field: Field) -> tuple[str, Field]:
        if function.name in ("SUM", "AVG") and field.type not in NUMBERS:
            raise self._bad_aggregate(function, field)
        if not field.aggregatable and not function.name.startswith("COUNT"):
            raise self._bad_aggregate(function, field)
        match function.name:
            case "COUNT":
                return f"COUNT({sql})", Field("count", "count", "int")
            case "COUNT_DISTINCT":
                return f"COUNT(DISTINCT {sql})", Field("count", "count", "int")
            case "AVG":
                return f"AVG({sql})", replace(field, type="double")
            case name:
                return f"{name}({sql})", field

    def _bad_aggregate(self, function: Function, field: Field) -> ApiError:
        message = f"field {field.name} does not support aggregate operator {function.name}"
        return malformed(located(self.compiler.text, function.at, message))

    def _grouped(self, what: Path | Function) -> tuple[str, Field]:
        sql, field = self._target(what)
        if isinstance(what, Path) and not field.groupable:
            message = f"field '{field.name}' can not be grouped in a query call"
            raise malformed(located(self.compiler.text, what.at, message))
        return sql, field

    def _semi_join(self, query: Query) -> tuple[str, list[Any]]:
        if len(query.items) != 1 or not isinstance(query.items[0], Item) or not isinstance(query.items[0].what, Path):
            raise malformed("a semi join sub-select must select exactly one field")
        if query.limit is not None or query.order_by or query.group_by:
            raise malformed("a semi join sub-select cannot have ORDER BY, LIMIT or GROUP BY")
        compiler = self.compiler
        scope = Scope(
            compiler.schema, compiler.source(query), compiler.text, self._next(), query.alias, compiler.tooling
        )
        building = _Building(compiler, scope, query, None)
        found = scope.resolve(query.items[0].what)
        if found.field.type not in ("id", "reference"):
            message = f"Semi join sub-selects can only query id fields, cannot use: '{query.items[0].what}'"
            raise ApiError("INVALID_FIELD", message)
        building.columns = [found.sql]
        where = Where(compiler.text, compiler.today, building._target, building._semi_join)
        conditions = [*building._base_conditions(), f"{found.sql} IS NOT NULL"]
        if query.where:
            conditions.append(where.sql(query.where))
        return building._select(conditions), where.parameters

    def _next(self) -> str:
        self.compiler._aliases += 1
        return f"t{self.compiler._aliases}"

    def _order(self) -> str:
        parts = []
        for each in self.query.order_by:
            sql, field = self._target(each.what)
            if isinstance(each.what, Path) and not field.sortable:
                message = f"field '{field.name}' can not be sorted in a query call"
                raise malformed(located(self.compiler.text, each.what.at, message))
            nulls = "LAST" if each.nulls_last else "FIRST"
            collate = " COLLATE SF" if field.column in (None, "text") and not self.aggregate else ""
            parts.append(f"{sql}{collate} {'DESC' if each.descending else 'ASC'} NULLS {nulls}")
        if not self.aggregate and not self.counting:
            parts.append(f"{self.scope.alias}.rowid")
        return " ORDER BY " + ", ".join(parts) if parts else ""


def _name(what: Path | Function) -> str:
    return str(what) if isinstance(what, Path) else what.name


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
