"""Reads the bundled objects. Their form is one line an object, one line a field:

    @Product2 01t "Product" "Products" create update delete undelete trigger search layout replicate audit owner
      Pricebook2Id reference >Pricebook2|Other ~Pricebook2 /PricebookEntries required fixed cascade "Price Book ID"
      Status picklist(40) required restricted [*Draft; Activated] "Status"

`audit` adds Id, IsDeleted and the audit fields, `nodeleted` leaves IsDeleted out, `owner` adds OwnerId.
`>` what a reference points to, `~` its relationship name, `/` the name of the list of children on the parent,
`[…]` picklist values (`*` the default; behind `|` what they mean: closed, won, a probability, a forecast category;
`1=Done` the code that is stored and its label, which answers show where the field is `coded`),
`(n)` length or digits, `(left,right)` digits before and behind the point, `of:X` part of the compound field X,
`readonly` neither created nor updated by clients, `fixed` not updated, `nocreate` not created, `default` filled in when
absent, `rollup:` and `formula:` values the org works out although describe does not call them calculated,
`+groupable` and `-groupable` (sortable, aggregatable, permissionable) what describe says otherwise than the type would
have it, `both` and `tooling` say which API knows an object. A system field's name alone on a line puts it there, `...`
the five audit fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, Literal

from hotfix_tui.localorg.schema.model import Field, PicklistValue, SObject, Summary

_TOKEN = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
_ID_LABELS = {"Event": "Activity ID", "Task": "Activity ID", "OpportunityContactRole": "Contact Role ID"}
_AUDIT = ("createddate", "createdbyid", "lastmodifieddate", "lastmodifiedbyid", "systemmodstamp")
_SOURCES = ("core.txt", "sales.txt", "setup.txt", "tooling.txt", "apex.txt", "environments.txt")


def standard_objects() -> Iterator[SObject]:
    """Fresh copies of all bundled objects. Their fields are shared by all orgs: who changes one puts another there."""
    for each in _bundled():
        yield replace(each, fields=dict(each.fields), record_types={}, rules={})


@cache
def _bundled() -> list[SObject]:
    texts = (resources.files(__package__).joinpath("standard", name).read_text("utf-8") for name in _SOURCES)
    return [each for text in texts for each in objects_in(text)]


def objects_in(text: str) -> Iterator[SObject]:
    """The objects of a text in the form this module explains."""
    current: SObject | None = None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("@"):
            if current:
                yield current
            current = _object(line[1:])
        elif current:
            _take(current, line.strip())
    if current:
        yield current


def _take(owner: SObject, line: str) -> None:
    moved = [owner.fields.pop(name) for name in (_AUDIT if line == "..." else (line.lower(),)) if name in owner.fields]
    for each in moved or [field_in(line)]:
        owner.add(each)


def _object(line: str) -> SObject:
    tokens = [match.group(1) or match.group(3) for match in _TOKEN.finditer(line)]
    name, prefix, label, plural, *words = tokens
    flags = frozenset(word for word in words if ":" not in word)
    api: Literal["data", "tooling", "both"] = "tooling" if "tooling" in flags else "both" if "both" in flags else "data"
    currency: Literal["", "fixed"] = "fixed" if "currency:fixed" in words else ""
    made = SObject(name, label, plural, prefix, flags=flags, api=api, currency=currency)
    for each in system_fields(flags):
        made.add(each)
    made.fields["id"].label = _ID_LABELS.get(name, f"{label} ID")
    return made


def system_fields(flags: frozenset[str]) -> Iterator[Field]:
    """The fields the org itself fills in."""
    plain: dict[str, Any] = {"createable": False, "updateable": False, "nillable": False, "defaulted_on_create": True}
    yield Field("Id", "Record ID", "id", length=18, id_lookup=True, **plain)
    if "audit" not in flags:
        return
    if "nodeleted" not in flags:
        yield Field("IsDeleted", "Deleted", "boolean", **plain)
    if "owner" in flags:
        yield Field(
            "OwnerId",
            "Owner ID",
            "reference",
            length=18,
            nillable=False,
            defaulted_on_create=True,
            reference_to=("User",),
            relationship_name="Owner",
        )
    user: dict[str, Any] = {"length": 18, "reference_to": ("User",), **plain}
    yield Field("CreatedDate", "Created Date", "datetime", **plain)
    yield Field("CreatedById", "Created By ID", "reference", relationship_name="CreatedBy", **user)
    yield Field("LastModifiedDate", "Last Modified Date", "datetime", **plain)
    yield Field("LastModifiedById", "Last Modified By ID", "reference", relationship_name="LastModifiedBy", **user)
    yield Field("SystemModstamp", "System Modstamp", "datetime", **plain)


def field_in(line: str) -> Field:
    """One field in the form that this module explains."""
    words: list[str] = []
    made = Field("", "", "")
    for label, values, word in (match.groups() for match in _TOKEN.finditer(line)):
        if label is not None:
            made.label = label
        elif values is not None:
            made.values = tuple(_value(each.strip()) for each in values.split(";"))
        else:
            words.append(word)
    made.name = words[0]
    made.type, _, size = words[1].rstrip(")").partition("(")
    _size(made, size)
    for word in words[2:]:
        _mark(made, word)
    if made.type == "boolean":
        made.nillable, made.defaulted_on_create = False, True
    if made.type in ("base64", "json", "address") or (made.type == "textarea" and made.length > 255):
        made.filterable = made.type == "address"
    if any(each.default for each in made.values):
        made.defaulted_on_create = True
    return made


def _value(text: str) -> PicklistValue:
    name, *words = text.removeprefix("*").split("|")
    code, equals, label = name.partition("=")
    return PicklistValue(
        code if equals else name,
        label or name,
        default=text.startswith("*"),
        marks=frozenset(word for word in words if word.islower()),
        probability=next((int(word) for word in words if word.isdigit()), None),
        forecast=next((word for word in words if word.istitle() or word == "BestCase"), ""),
    )


def _size(made: Field, size: str) -> None:
    if made.type in ("reference", "id"):
        made.length = 18
    elif made.type == "int":
        made.digits = int(size or 9)
    elif "," in size:
        left, _, right = size.partition(",")
        made.precision, made.scale = int(left) + int(right), int(right)
    elif size:
        made.length = int(size)


def _mark(made: Field, word: str) -> None:
    head, rest = word[0], word[1:]
    if head in "+-":
        made.described[rest] = head == "+"
    elif head == ">":
        made.reference_to = tuple(rest.split("|"))
    elif head == "~":
        made.relationship_name = rest
    elif head == "/":
        made.child_relationship = rest
    elif word.startswith("rollup:"):
        _roll_up(made, word.split(":")[1:])
    elif word.startswith("formula:"):
        made.formula = word.removeprefix("formula:")
        made.described["calculated"] = False
    elif word.startswith("of:"):
        made.compound = word[3:]
    elif word.startswith("autonumber"):
        made.auto_number = word.partition(":")[2] or "{0000}"
        made.createable = made.updateable = False
    else:
        _flag(made, word)


def _roll_up(made: Field, parts: list[str]) -> None:
    """`rollup:sum:OrderItem.OrderId.TotalPrice`; `:LeadId` filters by what is not empty, `:IsWon=true` by a value."""
    operation: Any = parts[0]
    child, key, *source = parts[1].split(".")
    words = (each.partition("=") for each in parts[2:])
    filters = tuple((name, "equals" if equals else "notEqual", value) for name, equals, value in words)
    made.summary = Summary(operation, child, key, source[0] if source else None, filters)
    made.described["calculated"] = False


def _flag(made: Field, word: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "required": {"nillable": False},
        "readonly": {"createable": False, "updateable": False},
        "fixed": {"updateable": False},
        "nocreate": {"createable": False},
        "default": {"defaulted_on_create": True},
        "name": {"name_field": True},
        "idlookup": {"id_lookup": True},
        "unique": {"unique": True},
        "restricted": {"restricted": True},
        "nofilter": {"filterable": False},
        "cascade": {"delete_constraint": "Cascade"},
        "restrict": {"delete_constraint": "Restrict"},
        "tooling": {"tooling_only": True},
        "coded": {"coded": True},
        "calculated": {},
    }
    if word not in changes:
        raise ValueError(f"{made.name}: a mark that means nothing: {word}")
    for name, value in changes[word].items():
        setattr(made, name, value)
