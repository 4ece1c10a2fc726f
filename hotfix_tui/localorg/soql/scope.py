"""Where a query's names come from: the object it reads, and the parents it walks to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hotfix_tui.localorg.errors import ApiError, unknown_column, unknown_object
from hotfix_tui.localorg.schema.model import Field, SObject
from hotfix_tui.localorg.soql.parse import located, malformed
from hotfix_tui.localorg.soql.sql import expression
from hotfix_tui.localorg.soql.tree import Path

if TYPE_CHECKING:
    from hotfix_tui.localorg.schema import Schema

MAX_LEVELS = 5
# What a polymorphic relationship offers: the fields of Salesforce's Name object.
_NAME_FIELDS = {
    "id": "id",
    "name": "string",
    "type": "string",
    "firstname": "string",
    "lastname": "string",
    "email": "email",
    "phone": "phone",
    "title": "string",
    "username": "string",
    "alias": "string",
    "isactive": "boolean",
    "profileid": "reference",
    "userroleid": "reference",
}
# Where Salesforce's Name object leads on; only users have these.
_OF_USERS = ("profile", "userrole")
_CANONICAL = {
    "id": "Id",
    "name": "Name",
    "type": "Type",
    "firstname": "FirstName",
    "lastname": "LastName",
    "email": "Email",
    "phone": "Phone",
    "title": "Title",
    "username": "Username",
    "alias": "Alias",
    "isactive": "IsActive",
    "profileid": "ProfileId",
    "userroleid": "UserRoleId",
}


@dataclass(frozen=True)
class Resolved:
    """A name understood: the SQL for its value, its field, and the steps of the path in their proper spelling.

    `owner` is the object whose field it is and `alias` the table it is read from; both empty for what is worked out.
    """

    sql: str
    field: Field
    steps: tuple[str, ...]
    owner: str = ""
    alias: str = ""


@dataclass
class Parent:
    """A joined parent: its alias per possible target object."""

    steps: tuple[str, ...]
    targets: list[tuple[SObject, str]]
    polymorphic: bool

    @property
    def id_sql(self) -> str:
        """The SQL of the parent's Id; NULL when there is no parent."""
        ids = [f'{alias}."Id"' for _, alias in self.targets]
        return ids[0] if len(ids) == 1 else f"COALESCE({', '.join(ids)})"

    @property
    def kind_sql(self) -> str:
        """The SQL of what a polymorphic relationship calls its Type: the object's name, but Queue for queues."""
        parts = []
        for each, alias in self.targets:
            name = f"'{each.name}'"
            if each.name == "Group":
                name = f"CASE {alias}.\"Type\" WHEN 'Queue' THEN 'Queue' ELSE 'Group' END"
            parts.append(f'WHEN {alias}."Id" IS NOT NULL THEN {name}')
        return f"CASE {' '.join(parts)} END"

    @property
    def type_sql(self) -> str:
        """The SQL of the parent's object name."""
        parts = " ".join(f"WHEN {alias}.\"Id\" IS NOT NULL THEN '{each.name}'" for each, alias in self.targets)
        return f"CASE {parts} END"


@dataclass
class Scope:
    """One query's FROM: resolves paths and collects the joins they need."""

    schema: Schema
    source: SObject
    text: str
    alias: str
    name: str | None = None
    tooling: bool = False
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    parents: dict[tuple[str, ...], Parent] = field(default_factory=dict)
    joins: list[str] = field(default_factory=list)

    def resolve(self, path: Path) -> Resolved:
        """The field a path leads to. Raises INVALID_FIELD."""
        parts = self._plain(path.parts)
        if len(parts) - 1 > MAX_LEVELS:
            message = f"a relationship path can have at most {MAX_LEVELS} levels: {path}"
            raise malformed(located(self.text, path.at, message))
        if len(parts) == 1:
            return self._own(self.source, self.alias, parts[0], (), path)
        parent = self._parent(parts[:-1], path)
        if parent.polymorphic:
            return self._named(parent, parts[-1], path)
        each, alias = parent.targets[0]
        return self._own(each, alias, parts[-1], parent.steps, path)

    def name_parent(self, alias: str, path: Path) -> None:
        """Takes an alias for a parent. Raises INVALID_FIELD when there is no such parent."""
        parts = self._plain((*path.parts, ""))[:-1]
        self._parent(parts, path)
        self.aliases[alias.lower()] = parts

    def _plain(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The steps from the object read, whatever alias they begin with."""
        head = parts[0].lower()
        if len(parts) > 1 and head in self.aliases:
            return (*self.aliases[head], *parts[1:])
        if len(parts) > 1 and head in {(self.name or "").lower(), self.source.name.lower()} - {""}:
            return parts[1:]
        return parts

    def _own(self, each: SObject, alias: str, name: str, steps: tuple[str, ...], path: Path) -> Resolved:
        found = each.field(name)
        if found is None or (found.tooling_only and not self.tooling):
            raise self.error(path, unknown_column(name, each.name))
        return Resolved(expression(self.schema, each, found, alias), found, (*steps, found.name), each.name, alias)

    def _named(self, parent: Parent, name: str, path: Path) -> Resolved:
        key = name.lower()
        if key not in _NAME_FIELDS:
            raise self.error(path, unknown_column(name, "Name"))
        made = Field(_CANONICAL[key], _CANONICAL[key], _NAME_FIELDS[key])
        if key == "type":
            return Resolved(parent.kind_sql, made, (*parent.steps, "Type"))
        sources = []
        for each, alias in parent.targets:
            found = each.name_field if key == "name" else each.field(key)
            if found is not None:
                sources.append(expression(self.schema, each, found, alias))
        sql = f"COALESCE({', '.join([*sources, 'NULL'])})" if sources else "NULL"
        return Resolved(sql, made, (*parent.steps, made.name))

    def _parent(self, steps: tuple[str, ...], path: Path) -> Parent:
        key = tuple(step.lower() for step in steps)
        if key in self.parents:
            return self.parents[key]
        if len(steps) > 1:
            above = self._parent(steps[:-1], path)
            users = [target for target in above.targets if target[0].name == "User"]
            if above.polymorphic and not (users and key[-1] in _OF_USERS):
                raise self._misunderstood(steps[-1], path)
            each, alias = users[0] if above.polymorphic else above.targets[0]
            before = above.steps
        else:
            each, alias, before = self.source, self.alias, ()
        relation = each.relationship(steps[-1])
        if relation is None or relation.relationship_name is None:
            raise self._misunderstood(steps[-1], path)
        targets = [found for name in relation.reference_to if (found := self.schema.object(name))]
        if not targets:
            raise ApiError("INVALID_TYPE", unknown_object(relation.reference_to[0]))
        made = Parent((*before, relation.relationship_name), [], relation.polymorphic)
        reference = f'{alias}."{relation.name}"'
        for target in targets:
            joined = f"{self.alias}p{len(self.joins)}"
            self.joins.append(f'LEFT JOIN "{target.name}" {joined} ON {joined}."Id" = {reference}')
            made.targets.append((target, joined))
        self.parents[key] = made
        return made

    def parent(self, path: Path) -> Parent:
        """The parent that a path of relationships leads to. Raises INVALID_FIELD."""
        return self._parent(path.parts, path)

    def of_target(self, parent: Parent, name: str, path: Path) -> Resolved:
        """A field of one of the objects a polymorphic relationship may lead to. Raises INVALID_FIELD."""
        for each, alias in parent.targets:
            if each.name.lower() == name.lower() and len(path.parts) == 1:
                return self._own(each, alias, path.parts[0], parent.steps, path)
        raise self.error(path, f"TYPEOF cannot read {path} of {name}")

    def named(self, parent: Parent, path: Path) -> Resolved:
        """A field of what polymorphic relationships have in common (Salesforce's Name object). Raises INVALID_FIELD."""
        return self._named(parent, path.parts[0] if len(path.parts) == 1 else str(path), path)

    def _misunderstood(self, name: str, path: Path) -> ApiError:
        return self.error(
            path,
            f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom"
            " relationship, be sure to append the '__r' after the custom relationship name."
            " Please reference your WSDL or the describe call for the appropriate names.",
        )

    def error(self, path: Path, message: str) -> ApiError:
        """INVALID_FIELD at the place of a path."""
        return ApiError("INVALID_FIELD", located(self.text, path.at, message))

    def id_sql(self, steps: tuple[str, ...]) -> Parent:
        """The join behind steps of a resolved path."""
        return self.parents[tuple(step.lower() for step in steps)]
