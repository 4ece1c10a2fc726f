"""Saving and deleting records, as the API, the loaders and the scenario do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.faults.answers import READ_ONLY
from hotfix_tui.localorg.records.duplicates import match
from hotfix_tui.localorg.records.formulas import formula_function
from hotfix_tui.localorg.records.loading import raw_insert, raw_insert_all
from hotfix_tui.localorg.records.lock_targets import LockTargets
from hotfix_tui.localorg.records.locks import Targets
from hotfix_tui.localorg.records.outcome import SaveError, SaveOptions, SaveOutcome, SaveRefused, refused
from hotfix_tui.localorg.records.removing import Remover
from hotfix_tui.localorg.records.saving import Saver, by_external_id
from hotfix_tui.localorg.records.storage import Storage
from hotfix_tui.localorg.schema.model import SObject
from hotfix_tui.localorg.store.ids import to_18
from hotfix_tui.localorg.users import User

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg

_ROLLED_BACK = SaveError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)
_MAINTENANCE = SaveError(READ_ONLY.code, READ_ONLY.message)
_DEFAULT = SaveOptions()


class _RollBack(Exception):
    """Undoes a call in which one record was refused and all were to stand or fall together."""


class RecordService:
    """Writes records for a user: checks, automations that would fire, answers in Salesforce's words.

    Objects and fields are named in any case; `fields` holds JSON values; a parent may be named by external id
    (`{"Account": {"Tax_Number__c": "DE-1"}}`). Nothing here raises for a refused record: the outcome says it.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        self._locking = LockTargets(org)
        self.storage = Storage(org)
        org.store.add_function("sf_formula", 3, formula_function(org))
        org.store.add_function("sf_match", 3, match)

    def insert(
        self, user: User | str, object: str, fields: Mapping[str, Any], *, options: SaveOptions = _DEFAULT
    ) -> SaveOutcome:
        """Creates one record."""
        return self.insert_all(user, [(object, fields)], options=options)[0]

    def update(
        self, user: User | str, object: str, id: str, fields: Mapping[str, Any], *, options: SaveOptions = _DEFAULT
    ) -> SaveOutcome:
        """Changes one record."""
        return self.update_all(user, [(object, id, fields)], options=options)[0]

    def upsert(
        self,
        user: User | str,
        object: str,
        external_id_field: str,
        fields: Mapping[str, Any],
        *,
        options: SaveOptions = _DEFAULT,
    ) -> SaveOutcome:
        """Changes the record with that external id (in `fields`), or creates it."""
        return self.upsert_all(user, object, external_id_field, [fields], options=options)[0]

    def delete(self, user: User | str, id: str, *, options: SaveOptions = _DEFAULT) -> SaveOutcome:
        """Puts one record, and its details, in the recycle bin."""
        return self.delete_all(user, [id], options=options)[0]

    def undelete(self, user: User | str, id: str) -> SaveOutcome:
        """Takes one record, and what its deletion took along, out of the recycle bin; the Id stays."""
        return self.undelete_all(user, [id])[0]

    def undelete_all(
        self, user: User | str, ids: Sequence[str], *, options: SaveOptions = _DEFAULT
    ) -> list[SaveOutcome]:
        """Takes records out of the recycle bin in one transaction."""
        targets = [self._locking.of_delete(record_id) for record_id in ids]
        return self._each(user, [_undeleting(record_id) for record_id in ids], options, targets)

    def purge_all(self, user: User | str, ids: Sequence[str], *, options: SaveOptions = _DEFAULT) -> list[SaveOutcome]:
        """Deletes records that are in the recycle bin for good, with what was deleted with them."""
        targets = [self._locking.of_delete(record_id) for record_id in ids]
        return self._each(user, [_purging(record_id) for record_id in ids], options, targets)

    def insert_all(
        self,
        user: User | str,
        rows: Sequence[tuple[str, Mapping[str, Any]]],
        *,
        options: SaveOptions = _DEFAULT,
    ) -> list[SaveOutcome]:
        """Creates records in one transaction; the outcomes come in order."""
        targets = [self._locking.of_insert(*row) for row in rows]
        return self._each(user, [_inserting(name, fields) for name, fields in rows], options, targets)

    def update_all(
        self, user: User | str, rows: Sequence[tuple[str, str, Mapping[str, Any]]], *, options: SaveOptions = _DEFAULT
    ) -> list[SaveOutcome]:
        """Changes records in one transaction."""
        targets = [self._locking.of_update(*row) for row in rows]
        return self._each(user, [_updating(*row) for row in rows], options, targets)

    def upsert_all(
        self,
        user: User | str,
        object: str,
        external_id_field: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        options: SaveOptions = _DEFAULT,
    ) -> list[SaveOutcome]:
        """Creates or changes records by an external id field, or by `Id` (null creates)."""
        twice = self._twice(object, external_id_field, rows)
        acts = [
            _twice_named(key) if key in twice else _upserting(object, external_id_field, fields)
            for fields, key in ((fields, _key(fields, external_id_field)) for fields in rows)
        ]
        targets = [self._locking.of_upsert(object, external_id_field, fields) for fields in rows]
        return self._each(user, acts, options, targets)

    def _twice(self, object: str, name: str, rows: Sequence[Mapping[str, Any]]) -> set[str]:
        """The external ids that more than one of the rows has: none of those rows is saved."""
        owner = self._org.schema.object(object)
        field = owner.field(name) if owner else None
        if field is None or field.type == "id" or field.case_sensitive:
            return set()
        counts = Counter(_key(fields, name) for fields in rows)
        return {key for key, count in counts.items() if key and count > 1}

    def delete_all(
        self, user: User | str, ids: Sequence[str], *, options: SaveOptions = _DEFAULT, forever: bool = False
    ) -> list[SaveOutcome]:
        """Deletes records in one transaction; `forever` leaves nothing of them in the recycle bin (hard delete)."""
        targets = [self._locking.of_delete(record_id) for record_id in ids]
        return self._each(user, [_deleting(record_id, forever=forever) for record_id in ids], options, targets)

    def raw_insert(self, object: str, row: Mapping[str, Any]) -> str:
        """Writes a row as it is, for loaders: no automation, no validation, audit fields as given.

        A missing Id and missing audit fields are filled in. Values are JSON values. Returns the Id. Raises KeyError
        for unknown objects and fields.
        """
        return raw_insert(self._org, object, row)

    def raw_insert_all(self, object: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """As `raw_insert` for each row, much faster for many."""
        raw_insert_all(self._org, object, rows)

    def raw_update(self, object: str, id: str, values: Mapping[str, Any]) -> None:
        """Changes columns of a row as they are, for loaders."""
        found = self._org.schema.object(object)
        if found is None:
            raise KeyError(object)
        self._org.store.update_row(found.name, id, values)

    def _each(
        self,
        user: User | str,
        acts: Sequence[Callable[[Saver], SaveOutcome]],
        options: SaveOptions,
        targets: Sequence[Targets],
    ) -> list[SaveOutcome]:
        with self._org.locks.taken(targets, inside=self._org.store.writing) as refused:
            if self._org.conditions.read_only:
                refused = [_MAINTENANCE] * len(refused)
            ready = [
                _shut_out(target, error) if error else act
                for act, target, error in zip(acts, targets, refused, strict=True)
            ]
            return self._together(Saver(self._org, str(user), options), ready, options)

    def _together(
        self, saver: Saver, acts: Sequence[Callable[[Saver], SaveOutcome]], options: SaveOptions
    ) -> list[SaveOutcome]:
        outcomes: list[SaveOutcome] = []
        try:
            with self._org.store.transaction():
                for act in acts:
                    outcomes.append(self._one(saver, act))
                if options.all_or_none and not all(outcome.success for outcome in outcomes):
                    raise _RollBack
                if options.recorded is not None:
                    options.recorded(outcomes)
                self._org.fired.add(saver.firing.rows)
        except _RollBack:
            outcomes = [
                SaveOutcome(None, False, errors=(_ROLLED_BACK,)) if outcome.success else outcome for outcome in outcomes
            ]
        return outcomes

    def _one(self, saver: Saver, act: Callable[[Saver], SaveOutcome]) -> SaveOutcome:
        fired = len(saver.firing.rows)
        try:
            with ExitStack() as stack:
                stack.enter_context(self._org.store.transaction())
                return act(saver)
        except SaveRefused as problem:
            del saver.firing.rows[fired:]
            return SaveOutcome(saver.subject, False, errors=problem.errors)

    def find(self, object: str, external_id_field: str, value: Any) -> list[str]:
        """The ids of the records with an external id, in the order of creation. Raises SaveRefused for a bad field."""
        owner = self._org.schema.require(object)
        return by_external_id(self._org, owner, external_id_field, value)

    def stamp(self) -> str:
        """The present instant as records carry it."""
        return api_datetime(self._org.clock.now())


def _object(saver: Saver, name: str) -> SObject:
    found = saver.org.schema.object(name)
    if found is None or found.api == "tooling":
        raise refused("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return found


def _key(fields: Mapping[str, Any], name: str) -> str:
    """The external id a row gives, as it is compared."""
    return str(next((v for each, v in fields.items() if each.lower() == name.lower()), None) or "").strip().casefold()


def _twice_named(key: str) -> Callable[[Saver], SaveOutcome]:
    def refuse(saver: Saver) -> SaveOutcome:
        saver.subject = None
        raise refused("DUPLICATE_VALUE", f"Duplicate external id specified: {key}")

    return refuse


def _shut_out(target: Targets, error: SaveError) -> Callable[[Saver], SaveOutcome]:
    def refuse(saver: Saver) -> SaveOutcome:
        saver.subject = target.own
        raise SaveRefused(error)

    return refuse


def _inserting(name: str, fields: Mapping[str, Any]) -> Callable[[Saver], SaveOutcome]:
    return lambda saver: saver.insert(_object(saver, name), fields)


def _updating(name: str, record_id: str, fields: Mapping[str, Any]) -> Callable[[Saver], SaveOutcome]:
    return lambda saver: saver.update(_object(saver, name), record_id, fields)


def _upserting(name: str, key: str, fields: Mapping[str, Any]) -> Callable[[Saver], SaveOutcome]:
    return lambda saver: saver.upsert(_object(saver, name), key, fields)


def _undeleting(record_id: str) -> Callable[[Saver], SaveOutcome]:
    return lambda saver: Remover(saver).undelete(record_id)


def _purging(record_id: str) -> Callable[[Saver], SaveOutcome]:
    return lambda saver: Remover(saver).purge(record_id)


def _deleting(record_id: str, *, forever: bool = False) -> Callable[[Saver], SaveOutcome]:
    return lambda saver: Remover(saver).delete(to_18(record_id) or record_id, forever=forever)
