"""The SELECT list: which columns SQL reads, and how they become records or groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hotfix_tui.localorg.errors import ApiError
from hotfix_tui.localorg.schema.model import NUMBERS
from hotfix_tui.localorg.soql.functions import aggregates, label_sql, named
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.scope import Resolved
from hotfix_tui.localorg.soql.shape import Child, Choice, Leaf, Nest
from hotfix_tui.localorg.soql.tree import FieldsOf, Function, Item, Path, SubQuery, TypeOf

if TYPE_CHECKING:
    from hotfix_tui.localorg.soql.compile import Building

MAX_FIELDS_ALL = 200


class Selection:
    """Fills `columns` with SQL and says in a shape what is where."""

    def __init__(self, building: Building, columns: list[str]) -> None:
        self.building = building
        self.scope = building.scope
        self.text = building.compiler.text
        self.columns = columns

    def _column(self, sql: str) -> int:
        self.columns.append(sql)
        return len(self.columns) - 1

    # Records

    def records(self) -> Nest:
        """The shape of plain records. Raises ApiError."""
        scope, relation = self.scope, self.building.relation
        shape = Nest(scope.source.name, -1, self._column(f'{scope.alias}."Id"'))
        for item in self._expanded():
            if isinstance(item, SubQuery):
                self._child(shape, item)
            elif isinstance(item, TypeOf):
                self._type_of(shape, item)
            elif isinstance(item.what, Function):
                self._function_item(shape, item.what, item.alias)
            else:
                if item.alias:
                    raise malformed(located(self.text, item.what.at, f"unexpected token: '{item.alias}'"))
                self._field(shape, item.what)
        if relation:
            self._column(f'{scope.alias}."{relation.field.name}"')
        return shape

    def _expanded(self) -> Iterator[Item | SubQuery | TypeOf]:
        for item in self.building.query.items:
            if isinstance(item, FieldsOf):
                yield from self._fields_of(item)
            else:
                yield item

    def _fields_of(self, item: FieldsOf) -> Iterator[Item]:
        limit = self.building.query.limit
        if item.group not in ("ALL", "CUSTOM", "STANDARD"):
            raise malformed(located(self.text, item.at, f"unexpected token: '{item.group}'"))
        if item.group != "STANDARD" and (limit is None or limit > MAX_FIELDS_ALL):
            raise malformed(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_FIELDS_ALL}")
        for each in self.scope.source.fields.values():
            wanted = item.group == "ALL" or each.custom == (item.group == "CUSTOM")
            if wanted and not (each.tooling_only and not self.building.compiler.tooling):
                yield Item(Path((each.name,)))

    def _field(self, shape: Nest, path: Path) -> None:
        found = self.scope.resolve(path)
        self._put(self._nest(shape, found.steps[:-1]), found.steps[-1], self._leaf(found), path)

    def _put(self, nest: Nest, name: str, leaf: Leaf, path: Path) -> None:
        if name in nest.inner:
            raise ApiError("INVALID_FIELD", f"duplicate field selected: {path}")
        nest.inner[name] = leaf

    def _leaf(self, found: Resolved) -> Leaf:
        leaf = Leaf(-1, found.field)
        if found.field.type in ("address", "location"):
            owner = self.scope.schema.require(found.owner)
            for part in owner.fields.values():
                if part.compound == found.field.name:
                    leaf.parts[part.name] = self._column(f'{found.alias}."{part.name}"')
        elif found.field.formula is not None:
            leaf.formula = found.owner
            leaf.column = self._column(f'{found.alias}."Id"')
        else:
            leaf.column = self._column(found.sql)
        return leaf

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

    def _type_of(self, shape: Nest, item: TypeOf) -> None:
        path = item.relationship
        parent = self.scope.parent(path)
        if not parent.polymorphic or len(path.parts) > 1:
            raise malformed(located(self.text, path.at, f"TYPEOF is not supported for the relationship {path}"))
        if parent.steps[0] in shape.inner:
            raise ApiError("INVALID_FIELD", f"duplicate field selected: {path}")
        choice = Choice(self._column(parent.type_sql), {})
        id_column = self._column(parent.id_sql)
        for name, fields in item.whens:
            for each, _ in parent.targets:
                if each.name.lower() == name.lower():
                    nest = choice.nests[each.name] = Nest(each.name, -1, id_column)
                    for field in fields:
                        leaf = self._leaf(self.scope.of_target(parent, name, field))
                        self._put(nest, leaf.field.name, leaf, field)
                    break
            else:
                raise malformed(located(self.text, path.at, f"{name} is no object that {path} leads to"))
        for each, _ in parent.targets:
            if item.otherwise and each.name not in choice.nests:
                nest = choice.nests[each.name] = Nest(each.name, -1, id_column)
                for field in item.otherwise:
                    found = self.scope.named(parent, field)
                    self._put(nest, found.steps[-1], Leaf(self._column(found.sql), found.field), field)
        shape.inner[parent.steps[0]] = choice

    def _function_item(self, shape: Nest, function: Function, alias: str | None) -> None:
        inner = function.argument
        if function.name == "TOLABEL" and isinstance(inner, Path):
            found = self.scope.resolve(inner)
            leaf = Leaf(self._column(label_sql(self.scope, function)), found.field)
        elif function.name == "FORMAT" and inner is not None:
            found = self.building.target(inner)
            if found.field.type not in (*NUMBERS, "date", "datetime"):
                raise malformed(located(self.text, function.at, "unexpected token: 'FORMAT'"))
            leaf = self._leaf(found) if isinstance(inner, Path) else Leaf(self._column(found.sql), found.field)
            leaf.shown = True
        elif function.name == "CONVERTCURRENCY":
            found = self.building.target(function)
            leaf = Leaf(self._column(found.sql), found.field)
        else:
            raise malformed(located(self.text, function.at, f"unexpected token: '{function.name}'"))
        if not found.steps:
            raise malformed(located(self.text, function.at, f"unexpected token: '{function.name}'"))
        nest = self._nest(shape, found.steps[:-1]) if alias is None else shape
        self._put(nest, alias or found.steps[-1], leaf, function.path or Path((function.name,)))

    def _child(self, shape: Nest, item: SubQuery) -> None:
        compiler, source = self.building.compiler, self.scope.source
        head, _, rest = item.query.source.partition(".")
        named_parent = rest and head.lower() in (source.name.lower(), (self.scope.name or "").lower())
        wanted = (rest if named_parent else item.query.source).lower()
        for relation in compiler.schema.children_of(source.name):
            if relation.name and relation.name.lower() == wanted:
                compiled = compiler.compile(item.query, relation, self.building.depth + 1)
                if compiled.aggregate or compiled.counting:
                    raise malformed("aggregate functions are not supported in subqueries")
                if relation.name in shape.inner:
                    raise ApiError("INVALID_FIELD", f"duplicate field selected: {relation.name}")
                shape.inner[relation.name] = Child(compiled)
                return
        message = (
            f"Didn't understand relationship '{item.query.source}' in FROM part of query call. If you are attempting to"
            " use a custom relationship, be sure to append the '__r' after the custom relationship name."
            " Please reference your WSDL or the describe call for the appropriate names."
        )
        raise ApiError("INVALID_TYPE", located(self.text, item.query.source_at, message))

    # Groups

    def aggregate(self) -> Nest:
        """The shape of AggregateResults. Raises MALFORMED_QUERY for what is neither grouped nor added up."""
        shape = Nest("AggregateResult", -1, -1)
        building = self.building
        grouped = {building.target(each).sql for each in building.query.group_by}
        unnamed = 0
        for item in building.query.items:
            if not isinstance(item, Item):
                raise malformed("a subquery, FIELDS() or TYPEOF cannot be grouped")
            found = building.target(item.what)
            if not aggregates(item.what) and found.sql not in grouped:
                message = f"Field must be grouped or aggregated: {named(item.what)}"
                raise malformed(located(self.text, item.what.at, message))
            if item.alias:
                name = item.alias
                building.alias_of[name.lower()] = found
            elif isinstance(item.what, Path):
                name = found.steps[-1]
            else:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            if name in shape.inner:
                raise malformed(f"duplicate alias: {name}")
            shown = isinstance(item.what, Function) and item.what.name == "FORMAT"
            shape.inner[name] = Leaf(self._column(found.sql), found.field, shown=shown)
        return shape
