"""Which org is offered first as the hotfix environment."""

from __future__ import annotations

from hotfix_tui.hotfix.orgs import OrgStatus


def ranked(*statuses: OrgStatus) -> list[str]:
    return [status.alias for status in sorted(statuses, key=lambda status: status.rank)]


def test_an_org_kept_for_hotfixes_comes_first_then_ones_own_then_shared_ones_then_what_is_refused() -> None:
    assert ranked(
        OrgStatus(alias="prod", label="Production", kind="production", age_hours=1, refusal="production"),
        OrgStatus(alias="stage", label="Staging", kind="sandbox full", age_hours=2),
        OrgStatus(alias="ann", label="Ann's sandbox", kind="sandbox developer", age_hours=30),
        OrgStatus(alias="bob", label="Bob's sandbox", kind="sandbox developer", age_hours=3),
        OrgStatus(alias="repair", label="Hot fix sandbox", kind="sandbox developer", age_hours=90),
    ) == ["repair", "bob", "ann", "stage", "prod"]


def test_an_org_that_does_not_say_its_age_comes_after_those_that_do() -> None:
    kind = "sandbox developer"
    assert ranked(
        OrgStatus(alias="a", label="", kind=kind), OrgStatus(alias="b", label="", kind=kind, age_hours=9)
    ) == [
        "b",
        "a",
    ]
