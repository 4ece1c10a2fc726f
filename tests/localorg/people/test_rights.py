"""Rights added up over permission sets, held against a plain sum."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings

from hotfix_tui.localorg.people.rights import (
    CREATE,
    DELETE,
    EDIT,
    EVERYTHING,
    MODIFY_ALL,
    READ,
    VIEW_ALL,
    FieldRight,
    Rights,
    completed,
)
from hotfix_tui.localorg.schema.model import Field, SObject

_FIELD = Field("Room__c", "Room", "string", length=40, custom=True)
_DESK = SObject("Desk__c", "Desk", "Desks", "a00", custom=True, fields={"room__c": _FIELD})
_BITS = st.integers(0, EVERYTHING)
_RIGHTS = st.builds(FieldRight, st.booleans(), st.booleans())


def _rights(bits: int, system: set[str], **more: object) -> Rights:
    return Rights("005", system=completed(system), objects={"desk__c": bits}, **more)  # type: ignore[arg-type]


@given(bits=_BITS, system=st.sets(st.sampled_from(["ViewAllData", "ModifyAllData", "ApiEnabled"])))
def test_more_permissions_never_take_anything_away(bits: int, system: set[str]) -> None:
    bare = _rights(bits, set()).on(_DESK)
    assert bare & bits == bits
    assert _rights(bits, system).on(_DESK) & bare == bare
    if "ModifyAllData" in system:
        assert _rights(bits, system).on(_DESK) == EVERYTHING
    if "ViewAllData" in system:
        assert _rights(bits, system).on(_DESK) & (READ | VIEW_ALL) == READ | VIEW_ALL
    if bits & MODIFY_ALL:
        assert bare & (READ | EDIT | DELETE) == READ | EDIT | DELETE


@given(parts=st.lists(_RIGHTS, max_size=4), denied=st.none() | _RIGHTS, secured=st.booleans(), system=st.booleans())
@settings(max_examples=200)
def test_a_secured_field_is_seen_by_grant_alone(
    parts: list[FieldRight], denied: FieldRight | None, secured: bool, system: bool
) -> None:
    total = FieldRight(any(part.read for part in parts), any(part.edit for part in parts))
    key = "desk__c.room__c"
    rights = _rights(
        CREATE | READ,
        {"ModifyAllData"} if system else set(),
        fields={key: total} if parts else {},
        denied={key: denied} if denied else {},
        secured=frozenset({key} if secured else ()),
    )
    found = rights.on_field(_DESK, _FIELD)
    if secured:
        assert found == total
    elif denied is None:
        assert found == FieldRight(True, True)
    else:
        assert found == FieldRight(denied.read or total.read, denied.edit or total.edit)
