"""The schema of one org: bundled standard objects, and what components have made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from hotfix_tui.localorg.schema.apply import Applier
from hotfix_tui.localorg.schema.model import ChildRelationship, Field, PicklistValue, SchemaError, SObject
from hotfix_tui.localorg.schema.parse import objects_in, standard_objects
from hotfix_tui.localorg.schema.persons import add_person_fields, mirror_custom_fields
from hotfix_tui.localorg.store import Store
from hotfix_tui.localorg.store.ids import IdMaker, base62

__all__ = ["Schema", "SchemaError"]

_PARTS = """
CREATE TABLE IF NOT EXISTS _schema_part (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT, full_name TEXT COLLATE NOCASE, xml BLOB, UNIQUE (type, full_name))
"""
_PREFIX_FAMILIES = {"mdt": "m", "e": "e", "c": "a"}


class Schema:
    """Objects by API name in any case; components applied here are kept in the org's file and seen at once.

    `currencies` are ISO codes; more than one makes the org multi-currency (CurrencyIsoCode on every object that
    takes it). `persons`: it has person accounts. `absent` are bundled objects this kind of org does not have.
    `version` changes with every change, for caches.
    """

    def __init__(
        self,
        store: Store,
        ids: IdMaker,
        currencies: tuple[str, ...] = (),
        absent: frozenset[str] = frozenset(),
    ) -> None:
        self.store = store
        self.ids = ids
        self.currencies = currencies
        self.absent = absent
        self.persons = bool(store.meta("persons"))
        self.version = 0
        self.objects: dict[str, SObject] = {}
        self.value_sets: dict[str, tuple[PicklistValue, ...]] = {}
        self._children: tuple[int, dict[str, list[ChildRelationship]]] = (-1, {})
        self._unsettled: set[str] | None = None
        store.execute(_PARTS)
        self._applier = Applier(self)
        self.reload()

    @property
    def whole(self) -> Schema:
        """The org's schema, also where this one is what a user sees of it."""
        return self

    # Looking things up

    def object(self, name: str) -> SObject | None:
        """An object by its API name in any case."""
        return self.objects.get(name.lower())

    def require(self, name: str) -> SObject:
        """An object by its API name; raises SchemaError when there is none."""
        found = self.object(name)
        if found is None:
            raise SchemaError(f"sObject type '{name}' is not supported.")
        return found

    def field(self, path: str) -> Field | None:
        """A field by `Object.Field` in any case."""
        name, _, field = path.partition(".")
        found = self.object(name)
        return found.field(field) if found else None

    def object_of_id(self, record_id: str) -> SObject | None:
        """The object whose key prefix an id has."""
        prefix = record_id[:3]
        return next(
            (each for each in self.objects.values() if each.key_prefix == prefix and each.api != "tooling"), None
        )

    def children_of(self, name: str) -> list[ChildRelationship]:
        """What hangs on rows of an object: every reference field that may point to it."""
        version, found = self._children
        if version != self.version:
            version, found = self.version, {}
            for each in self.objects.values():
                for field in each.fields.values():
                    for target in field.reference_to:
                        single = field.child_relationship if not field.polymorphic or field.child_relationship else None
                        found.setdefault(target.lower(), []).append(ChildRelationship(each.name, field, single))
            self._children = (version, found)
        return found.get(name.lower(), [])

    def rows_sql(self, owner: SObject, alias: str) -> str | None:
        """The condition for rows of `alias` that may be seen; None for all of them, as the org itself sees them."""
        return None

    def __iter__(self) -> Iterator[SObject]:
        return iter(list(self.objects.values()))

    # Changing it

    def reload(self) -> None:
        """Builds everything anew from the bundled objects and the parts in the org's file (after a rollback)."""
        with self.store.transaction(), self.batch():
            self.objects, self.value_sets = {}, {}
            for each in standard_objects():
                if each.name not in self.absent:
                    self._take(each)
            for kind, full_name, xml in self.store.rows("SELECT type, full_name, xml FROM _schema_part ORDER BY seq"):
                self._applier.apply(kind, full_name, xml, replay=True)
            self._mirror()
        self.version += 1

    def apply_component(self, type: str, full_name: str, xml: bytes, *, lenient: bool = False) -> None:
        """Takes a component into the schema: the next describe, query and write see it.

        Types that do not concern the schema are ignored. With `lenient` a rule whose formula is not understood is
        kept and refuses every write of its object; without it, and for everything else not understood, SchemaError.
        """
        if not self._applier.concerns(type):
            return
        try:
            with self.store.transaction():
                self._applier.apply(type, full_name, xml, lenient=lenient)
                self._mirror()
                self.store.execute(
                    "INSERT INTO _schema_part (type, full_name, xml) VALUES (?, ?, ?)"
                    " ON CONFLICT (type, full_name) DO UPDATE SET xml = excluded.xml",
                    (type, full_name, xml),
                )
                self.version += 1
        except BaseException:
            self.reload()
            raise

    def load(self, parts: Iterable[tuple[str, str, bytes]]) -> None:
        """Takes many new components in, (type, full name, XML), without a way back: for a transaction around them.

        Raises SchemaError for what is not understood; then everything that came before it has to be undone.
        """
        taken = []
        for kind, full_name, xml in parts:
            if self._applier.concerns(kind):
                self._applier.apply(kind, full_name, xml)
                taken.append((kind, full_name, xml))
        self._mirror()
        self.store.executemany("INSERT INTO _schema_part (type, full_name, xml) VALUES (?, ?, ?)", taken)
        self.version += 1

    def remove_component(self, type: str, full_name: str) -> None:
        """Takes a component out again, with its column or table. Unknown ones are ignored."""
        if not self._applier.concerns(type):
            return
        with self.store.transaction():
            self.settle()
            self._applier.remove(type, full_name)
            self._mirror()
            self.store.execute("DELETE FROM _schema_part WHERE type = ? AND full_name = ?", (type, full_name))
            if type == "CustomObject":
                self.store.execute("DELETE FROM _schema_part WHERE full_name LIKE ?", (f"{full_name}.%",))
            self.version += 1

    def set_currencies(self, currencies: tuple[str, ...]) -> None:
        """Makes the org multi-currency, or changes which currencies it has."""
        self.currencies = currencies
        for each in self:
            self.add_currency(each)
            self.ensure(each)
        self.version += 1

    def set_persons(self) -> None:
        """Gives the org person accounts; it keeps them."""
        self.persons = True
        self.store.set_meta("persons", "yes")
        for each in self:
            add_person_fields(each)
            self.ensure(each)
        self._mirror()
        self.version += 1

    def _mirror(self) -> None:
        if self.persons:
            mirror_custom_fields(self)

    def define(self, text: str) -> None:
        """Adds objects in the bundled form (schema/parse.py): for rooms that bring objects of their own."""
        for each in objects_in(text):
            self._take(each)
        self.version += 1

    def _take(self, made: SObject) -> None:
        self.add_currency(made)
        if self.persons:
            add_person_fields(made)
        self.objects = {**self.objects, made.name.lower(): made}
        self.ensure(made)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Components applied inside get their tables and columns at its end: one statement an object, not a field.

        For use inside a transaction. What needs the columns before then calls `settle`.
        """
        if self._unsettled is not None:
            yield
            return
        self._unsettled = set()
        try:
            yield
            self.settle()
        finally:
            self._unsettled = None

    def settle(self) -> None:
        """Makes the tables and columns that a batch has put off; without one there are none."""
        put_off, self._unsettled = self._unsettled, None
        if put_off is None:
            return
        for name in sorted(put_off):
            made = self.object(name)
            if made is not None:
                self.ensure(made)
        self._unsettled = set()

    def ensure(self, made: SObject) -> None:
        """Gives the object's table the columns its fields need, and indexes for what is looked up by."""
        if self._unsettled is not None:
            self._unsettled.add(made.name)
            return
        columns = {each.name: each.column for each in made.fields.values() if each.column}
        known = self.store.columns(made.name)
        new = [name for name, kind in columns.items() if known.get(name) != kind]
        self.store.ensure_table(made.name, columns)
        for name in new:
            field = made.fields[name.lower()]
            audit = name in ("CreatedById", "LastModifiedById", "OwnerId")
            if name != "Id" and (field.unique or field.external_id or (field.type == "reference" and not audit)):
                self.store.index(made.name, name)

    def add_currency(self, made: SObject) -> None:
        """CurrencyIsoCode, where the org is multi-currency and the object has money."""
        has_money = any(each.type == "currency" for each in made.fields.values())
        if len(self.currencies) < 2 or not (made.currency or (has_money and made.api == "data")):
            return
        values = tuple(PicklistValue(code, code, default=code == self.currencies[0]) for code in self.currencies)
        made.add(
            Field(
                "CurrencyIsoCode",
                "Currency ISO Code",
                "picklist",
                length=3,
                values=values,
                restricted=True,
                defaulted_on_create=True,
                updateable=made.currency != "fixed",
            )
        )

    def new_prefix(self, name: str) -> str:
        """The key prefix of a custom object: kept once given, a00, a01 … in the order of creation."""
        known = self.store.meta(f"prefix:{name}")
        if known:
            return known
        family = _PREFIX_FAMILIES.get(name.lower().rpartition("__")[2], "a")
        number = self.store.next_number(f"prefix:{family}") - 1
        prefix = family + base62(number, 2)
        self.store.set_meta(f"prefix:{name}", prefix)
        return prefix

    # Describe

    def describe(self, name: str, version: str = "67.0") -> dict[str, Any]:
        """Salesforce's describe answer for an object. Raises SchemaError when there is none."""
        from hotfix_tui.localorg.schema.describe import describe

        return describe(self, self.require(name), version)
