"""Which org is offered first as the hotfix environment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hotfix_tui.hotfix.org_use import people_in
from hotfix_tui.hotfix.orgs import OrgStatus, why_offered
from tests.data import campus


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


def test_an_org_without_room_or_time_or_with_others_at_work_comes_later() -> None:
    kind, full = "sandbox developer", {"storage_max_mb": 200.0, "storage_used_mb": 199.0}
    soon = f"{datetime.now(UTC) + timedelta(hours=20):%Y-%m-%dT%H:%M:%S.000+0000}"
    later = f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%dT%H:%M:%S.000+0000}"
    full_one = OrgStatus(alias="full", label="Hotfix", kind=kind, age_hours=1, **full)
    ends = OrgStatus(alias="ends", label="", kind="scratch", age_hours=1, expires=soon)
    assert ranked(
        full_one,
        OrgStatus(alias="busy", label="", kind=kind, age_hours=2, people=("Ann",)),
        OrgStatus(alias="free", label="", kind=kind, age_hours=50),
        ends,
        OrgStatus(alias="long", label="", kind="scratch", age_hours=1, expires=later),
    ) == ["free", "busy", "long", "full", "ends"]
    assert full_one.short_of == "only 1.0 MB are free"
    assert ends.short_of.startswith("it ends 20")


def test_who_is_at_work_is_said_in_few_words() -> None:
    assert why_offered(False, None, 0, 0, ("Ann", "Bob", "Cy", "Di")) == "in use this week by Ann, Bob and 2 more"


async def test_others_who_logged_in_since_the_copy_are_named_and_nobody_before_it(tmp_path: Path) -> None:
    with campus.served(tmp_path, "box") as school:
        now = school.inside.clock.now()
        made = {name: str(school.inside.users.add_user(f"{name}@x.example", name)) for name in ("Ann", "Old", "Off")}
        for name, days in (("Ann", 0.0), ("Old", 9.0), ("Off", 0.0)):
            at = f"{now - timedelta(days=days):%Y-%m-%dT%H:%M:%S.000+0000}"
            school.save("User", made[name], LastLoginDate=at, IsActive=name != "Off")
        school.inside.users.logged_in(school.user_id)
        created = f"{now - timedelta(days=3):%Y-%m-%dT%H:%M:%S.000+0000}"
        school.save("Organization", school.inside.org_id, CreatedDate=created)
        async with school.connect() as org:
            assert await people_in(org) == ("Ann",)
        school.save(
            "Organization", school.inside.org_id, CreatedDate=f"{now + timedelta(days=1):%Y-%m-%dT%H:%M:%S.000+0000}"
        )
        async with school.connect() as org:
            assert await people_in(org) == ()
