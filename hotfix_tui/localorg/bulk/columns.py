"""What a header says: which field each column is for, or which key of which parent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.localorg.bulk.job import BatchProblem, Job
from hotfix_tui.localorg.schema.model import Field, SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg


@dataclass(frozen=True)
class Column:
    """One column. `parent` and `key` are set for `Relationship.Key`: the object and the field that name a parent."""

    name: str
    field: Field
    parent: SObject | None = None
    key: str = ""


def columns_of(org: LocalOrg, job: Job, header: Iterable[str]) -> list[Column]:
    """The columns of a header, or of the fields that JSON and XML rows name. Raises BatchProblem.

    A field that the user does not see is not there.

    `Relationship.Key` names a parent; a relationship to several objects is written `Object:Relationship.Key`, one to a
    single object must not be ("Relationship Fields in a Header Row", Bulk API Developer Guide).
    """
    owner = org.seen.require(job.object)
    found = [_column(org, owner, name) for name in header]
    _check_together(job, found)
    return found


def _check_together(job: Job, columns: list[Column]) -> None:
    given = [column.name.lower() for column in columns]
    if job.operation in ("delete", "hardDelete") and given != ["id"]:
        raise BatchProblem(f"The '{job.operation}' batch must contain only ids")
    needed = {"update": "Id", "upsert": job.external_id}.get(job.operation)
    if needed and needed.lower() not in given:
        raise BatchProblem(f"Field name not found : {needed}")
    fields = [column.field.name for column in columns]
    for index, column in enumerate(columns):
        if column.field.name in fields[:index]:
            raise BatchProblem(f"Field name is used twice : {column.name}")


def _column(org: LocalOrg, owner: SObject, name: str) -> Column:
    path, point, key = name.partition(".")
    if not point:
        field = owner.field(name)
        if field is None:
            raise _unknown(name)
        return Column(name, field)
    kind, colon, relationship = path.rpartition(":")
    relation = owner.relationship(relationship)
    if relation is None:
        raise BatchProblem(f"Unable to find relationship: {relationship}") if colon else _unknown(name)
    target = org.seen.object(_target(relation, kind, key))
    if target is None or target.name not in relation.reference_to or target.field(key) is None:
        raise _unknown(name)
    return Column(name, relation, target, key)


def _target(relation: Field, kind: str, key: str) -> str:
    shown = relation.relationship_name
    if kind:
        if not relation.polymorphic:
            raise BatchProblem(f"type is not needed for non polymorphic foreign key references: {shown}")
        return kind
    if relation.polymorphic and key.lower() != "id":
        raise BatchProblem(f"type is needed for polymorphic foreign key references: {shown}")
    return relation.reference_to[0]


def _unknown(name: str) -> BatchProblem:
    return BatchProblem(f"Field name not found : {name}")
