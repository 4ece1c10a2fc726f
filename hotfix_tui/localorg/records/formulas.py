"""Formulas about a record: the values they ask for, in this save and in the org around it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.formula import FormulaError, NotUnderstood, evaluate, parse
from hotfix_tui.localorg.formula.check import USER_FIELDS_OF
from hotfix_tui.localorg.records.values import formula_value, from_formula
from hotfix_tui.localorg.schema.model import NUMBERS, Field, SObject
from hotfix_tui.localorg.schema.tree import read
from hotfix_tui.localorg.soql.sql import roll_up
from hotfix_tui.localorg.users import current_user

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_DEPTH = 15


class RecordContext:
    """A record as formulas see it: `row` as it would be saved, `old` as it was (None while it is created)."""

    def __init__(
        self,
        org: LocalOrg,
        owner: SObject,
        row: dict[str, Any],
        old: dict[str, Any] | None = None,
        user_id: str = "",
        *,
        creating: bool = False,
        blank_as_zero: bool = False,
        depth: int = 0,
    ) -> None:
        self.org = org
        self.owner = owner
        self.row = row
        self.old = old
        self.user_id = user_id or current_user.get()
        self.creating = creating
        self.blank_as_zero = blank_as_zero
        self.depth = depth

    def now(self) -> datetime:
        """The org's clock."""
        return self.org.clock.now()

    def is_new(self) -> bool:
        """Whether the record is being created."""
        return self.creating

    def is_changed(self, path: tuple[str, ...]) -> bool:
        """Whether this save changes the field; never for a new record."""
        if self.creating or self.old is None:
            return False
        return bool(self.value(path) != self.prior(path))

    def prior(self, path: tuple[str, ...]) -> Any:
        """The field before this save."""
        if self.old is None:
            return self.value(path)
        return self._within(self.old).value(path)

    def _within(self, row: dict[str, Any]) -> RecordContext:
        return RecordContext(self.org, self.owner, row, None, self.user_id, blank_as_zero=self.blank_as_zero)

    def is_number(self, path: tuple[str, ...]) -> bool:
        """Whether the path ends in a number field."""
        owner: SObject | None = self.owner
        for step in path[:-1]:
            relation = owner.relationship(step) if owner else None
            owner = self.org.schema.object(relation.reference_to[0]) if relation else None
        field = owner.field(path[-1]) if owner else None
        return field is not None and field.type in NUMBERS

    def value(self, path: tuple[str, ...]) -> Any:
        """A field of the record or of a parent, or a global ($User, $Permission …)."""
        head = path[0].lower()
        if head == "$record" and len(path) > 1:
            return self.value(path[1:])
        if head == "$record__prior" and len(path) > 1:
            return None if self.old is None else self.prior(path[1:])
        if head.startswith("$"):
            return self._global(head, path)
        if len(path) == 1:
            field = self.owner.field(path[0]) or self.owner.field(f"{path[0]}Id")
            if field is None:
                raise NotUnderstood(f"Field {path[0]} does not exist. Check spelling.")
            return self._own(field)
        return self._parent(path)

    def _own(self, field: Field) -> Any:
        if field.formula is not None:
            return self._formula(field)
        if field.summary is not None:
            record_id = self.row.get("Id")
            sql = roll_up(self.org.schema, field, "?")
            return formula_value(field, self.org.store.value(f"SELECT {sql}", (record_id,)) if record_id else None)
        return formula_value(field, self.row.get(field.name))

    def _formula(self, field: Field) -> Any:
        if self.depth > _DEPTH:
            raise FormulaError(f"Field {field.name} refers to itself")
        context = RecordContext(
            self.org,
            self.owner,
            self.row,
            self.old,
            self.user_id,
            creating=self.creating,
            blank_as_zero=field.blank_as_zero,
            depth=self.depth + 1,
        )
        try:
            found = evaluate(parse(field.formula or ""), context)
        except NotUnderstood:
            raise
        except FormulaError:
            # "#Error!" in Salesforce's pages, null in its API.
            if self.depth > _DEPTH:
                raise
            return None
        return formula_value(field, from_formula(field, found))

    def _parent(self, path: tuple[str, ...]) -> Any:
        step = path[0].partition(":")[0]
        relation = self.owner.relationship(step)
        if relation is None:
            raise NotUnderstood(f"Field {'.'.join(path)} does not exist. Check spelling.")
        record_id = self.row.get(relation.name)
        targets = [found for name in relation.reference_to if (found := self.org.schema.object(name))]
        for target in targets:
            row = self.org.store.get(target.name, record_id) if record_id else None
            if row is not None:
                context = RecordContext(
                    self.org, target, row, None, self.user_id, blank_as_zero=self.blank_as_zero, depth=self.depth + 1
                )
                return context.value(path[1:])
        return None

    def _global(self, head: str, path: tuple[str, ...]) -> Any:
        if head == "$permission":
            return self.org.users.holds(self.user_id, path[1])
        if head == "$custommetadata":
            name = path[2]
            return self._row_value(path[1], path[-1], "DeveloperName = ?", name)
        if head == "$setup":
            return self._setting(path[1], path[2])
        if head == "$recordtype":
            return self._record_type(path[1])
        if head == "$label":
            return self._label(path[1])
        if head == "$system" and path[1].lower() == "origindatetime":
            return datetime(1900, 1, 1, tzinfo=UTC)
        user = self.org.store.get("User", self.user_id) or {}
        ids = {
            "$user": self.user_id,
            "$profile": user.get("ProfileId"),
            "$userrole": user.get("UserRoleId"),
            "$organization": self.org.org_id,
        }
        if head not in ids:
            raise NotUnderstood(f"{path[0]} is not supported by this org")
        return self._row_value(USER_FIELDS_OF[head], path[1], "Id = ?", ids[head])

    def _label(self, name: str) -> Any:
        """The value of a custom label, in the org's language."""
        found = self.org.components.get("CustomLabel", name)
        if found is None:
            raise FormulaError(f"Field $Label.{name} does not exist. Check spelling.")
        return read(found.xml).text("value")

    def _record_type(self, name: str) -> Any:
        record_id = self.row.get("RecordTypeId")
        if record_id is None:
            return None
        return self._row_value("RecordType", name, "Id = ?", record_id)

    def _row_value(self, object_name: str, field_name: str, condition: str, key: Any) -> Any:
        owner = self.org.schema.object(object_name)
        field = owner.field(field_name) if owner else None
        if owner is None or field is None:
            raise FormulaError(f"Field {object_name}.{field_name} does not exist. Check spelling.")
        record_id = self.org.store.value(f'SELECT Id FROM "{owner.name}" WHERE {condition}', (key,))  # noqa: S608
        row = self.org.store.get(owner.name, record_id) if record_id else None
        return RecordContext(self.org, owner, row, None, self.user_id).value((field_name,)) if row else None

    def _setting(self, name: str, field_name: str) -> Any:
        """A hierarchy setting: the user's own row, else the profile's, else the organization's."""
        user = self.org.store.get("User", self.user_id) or {}
        for key in (self.user_id, user.get("ProfileId"), self.org.org_id):
            found = self._row_value(name, field_name, "SetupOwnerId = ? AND IsDeleted = 0", key) if key else None
            if found is not None:
                return found
        return None


def formula_function(org: LocalOrg) -> Any:
    """The SQL function `sf_formula(object, field, id)`: a formula field of a stored record."""

    def sf_formula(object_name: str, field_name: str, record_id: str | None) -> Any:
        owner = org.schema.object(object_name)
        field = owner.field(field_name) if owner else None
        if owner is None or field is None or record_id is None:
            return None
        row = org.store.get(owner.name, record_id)
        if row is None:
            return None
        return from_formula(field, RecordContext(org, owner, row).value((field.name,)))

    return sf_formula
