"""The language that narrows a list of components."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.compare.filters import FIELDS, BadFilter, completions, parse_filter
from hotfix_tui.events.compare import ComponentCompared

NOW = datetime(2026, 1, 13, 10, tzinfo=UTC)


def one(
    name: str = "Case.Why__c",
    kind: str = "CustomField",
    status: str = "different",
    a: tuple[str, str] = ("Ada Smith", "2026-01-12T10:00:00.000Z"),
    b: tuple[str, str] | None = None,
    impact: bool = False,
) -> ComponentCompared:
    sides = [{"by": side[0], "at": side[1]} if side else {} for side in (a, b)]
    return ComponentCompared(
        type=kind, full_name=name, status=status, a_changed=sides[0], b_changed=sides[1], impact=impact
    )


OLD = ("Bo", "2025-06-01T00:00:00.000+0000")


@pytest.mark.parametrize(
    ("text", "component", "admitted"),
    [
        ("", one(), True),
        ("why", one(), True),
        ("why case", one(), True),
        ("why nothing", one(), False),
        ("!why", one(), False),
        ("!nothing", one(), True),
        ("!", one(), True),
        ("CustomField:Case.Why__c", one(), True),
        ("type:customfield", one(), True),
        ("type:Custom*", one(), True),
        ("type:Custom", one(), False),
        ("type:Flow,CustomField", one(), True),
        ("type:Flow type:CustomField", one(), True),
        ("!type:Flow,CustomField", one(), False),
        ("name:why", one(), True),
        ("name:why*", one(), False),
        ("name:case.*", one(), True),
        ("by:smith", one(), True),
        ('by:"ada smith"', one(), True),
        ('by:"ada s', one(), True),
        ("by:bo", one(b=OLD), True),
        ("by:bo", one(), False),
        ("!by:smith", one(), False),
        ("since:2d", one(), True),
        ("since:12h", one(), False),
        ("since:2026-01-12", one(), True),
        ("since:2026-01-12T10:00:00Z", one(), True),
        ("since:2026-01-12T10:00:01Z", one(), False),
        ("since:1d", one(a=OLD, b=("Bo", "2026-01-13T09:00:00Z")), True),
        ("before:2026-01-01", one(a=OLD), True),
        ("before:2026-01-01", one(a=OLD, b=("Bo", "2026-01-13T09:00:00Z")), False),
        ("before:1d", one(a=("", "")), False),
        ("since:1d", one(a=("", "")), False),
        ("status:different", one(), True),
        ("status:~", one(), True),
        ("status:a", one(status="only_in_a"), True),
        ("status:a,b", one(status="only_in_b"), True),
        ("!status:a", one(status="only_in_a"), False),
        ("ns:none", one(), True),
        ("ns:SBQQ", one(), False),
        ("ns:sbqq", one("SBQQ__Quote__c.SBQQ__Net__c"), True),
        ("ns:sbqq", one("SBQQ__Quote__c.Ours__c"), False),
        ("impact:yes", one(impact=True), True),
        ("impact:no", one(impact=True), False),
        ("type:CustomField by:ada since:2d status:different ns:none why", one(), True),
        ("type:CustomField by:ada since:2d status:a ns:none why", one(), False),
        ("type:", one(), True),
    ],
)
def test_a_filter_admits(text: str, component: ComponentCompared, admitted: bool) -> None:
    assert parse_filter(text, NOW).admits(component) is admitted


@pytest.mark.parametrize("text", ["since:soon", "before:2026-13-40", "status:odd", "impact:maybe", "since:999999w"])
def test_what_means_nothing_is_a_sentence(text: str) -> None:
    with pytest.raises(BadFilter, match=text.partition(":")[2]):
        parse_filter(text, NOW)


@given(st.text(max_size=60))
def test_any_text_is_a_filter_or_a_sentence(text: str) -> None:
    try:
        parse_filter(text, NOW).admits(one())
    except BadFilter as error:
        assert str(error).endswith(".")


@given(
    st.lists(st.sampled_from(["why", "case", "type:CustomField", "by:ada", "since:2d", "status:a", "zzz"]), max_size=5)
)
def test_every_part_only_takes_away(parts: list[str]) -> None:
    whole = parse_filter(" ".join(parts), NOW).admits(one())
    for part in parts:
        if part.partition(":")[0] not in ("status", "type") or parts.count(part) == len(parts):
            assert not whole or parse_filter(part, NOW).admits(one())


def test_the_last_word_is_completed() -> None:
    known = {"type": ["CustomField", "Flow"], "by": ["Ada Smith"]}
    assert completions("ty", known) == "type:"
    assert completions("x type:cus", known) == "x type:CustomField"
    assert completions("!type:Flow,cu", known) == "!type:Flow,CustomField"
    assert completions("by:ad", known) == "by:Ada"
    assert completions("type:Flow", known) == "type:Flow"
    assert completions("zzz", known) == "zzz" and completions("", known) == ""
    assert all(completions(name[:2], {}).startswith(name[:2]) for name in FIELDS)
