"""Random graphs of records between two orgs: trees, diamonds, two self-lookups, cycles, junctions, owners of two kinds.

Afterwards both orgs hold the same up to Ids, no row was sent before a parent it needs, and nothing is left to write:
whether the rows were in memory meanwhile or on disk.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hotfix_tui.data import spool
from hotfix_tui.data.looking import nothing_to_write
from hotfix_tui.data.plan import make_plan
from hotfix_tui.data.plan_model import Plan
from hotfix_tui.data.read import read_matching, read_rows
from hotfix_tui.data.write import write_plan
from hotfix_tui.events import Event, Keep, seed
from hotfix_tui.salesforce.org import Org
from tests.data import campus
from tests.data.campus import School, collect
from tests.data.test_seed import no_wait, of

pytestmark = pytest.mark.slow

_OBJECTS = {
    "Course__c": ("Course_Key__c", ("Name", "Status__c", "Owner.Name", "Successor__r.Course_Key__c",
                                    "Opening_Lesson__r.Lesson_Key__c")),
    "Lesson__c": ("Lesson_Key__c", ("Name", "Course__r.Course_Key__c", "Before__r.Lesson_Key__c",
                                    "Instead__r.Lesson_Key__c")),
    "Exercise__c": ("Exercise_Key__c", ("Name", "Lesson__r.Lesson_Key__c", "Kit__r.ProductCode")),
}  # fmt: skip
_LOOKUPS = {
    "Course__c": (("Successor__c", "Course__c"), ("Opening_Lesson__c", "Lesson__c")),
    "Lesson__c": (("Course__c", "Course__c"), ("Before__c", "Lesson__c"), ("Instead__c", "Lesson__c")),
    "Exercise__c": (("Lesson__c", "Lesson__c"), ("Kit__c", "Product2")),
}
_number = count()


@dataclass
class World:
    """Rows by object: number → lookup → number of the parent (None: empty). `there`: rows that the box has already.

    `in_memory`: rows of one object that are not yet so many that they go to disk.
    """

    rows: dict[str, list[dict[str, int | None]]] = field(default_factory=dict)
    owners: list[int] = field(default_factory=list)
    there: set[int] = field(default_factory=set)
    bulk_from: int = 2000
    in_memory: int = 5000


@st.composite
def worlds(draw: st.DrawFn) -> World:
    sizes = {
        "Product2": draw(st.integers(0, 2)),
        "Course__c": draw(st.integers(1, 5)),
        "Lesson__c": draw(st.integers(0, 9)),
        "Exercise__c": draw(st.integers(0, 6)),
    }
    made = World(rows={"Product2": [{} for _ in range(sizes["Product2"])]})
    for name, lookups in _LOOKUPS.items():
        made.rows[name] = []
        for _ in range(sizes[name] if name != "Exercise__c" or sizes["Lesson__c"] else 0):
            row: dict[str, int | None] = {}
            for lookup, parent in lookups:
                needed = (name, lookup) in (("Lesson__c", "Course__c"), ("Exercise__c", "Lesson__c"))
                one = st.integers(0, sizes[parent] - 1) if sizes[parent] else st.none()
                row[lookup] = draw(one if needed else st.none() | one)
            made.rows[name].append(row)
    made.owners = [draw(st.integers(0, 2)) for _ in made.rows["Course__c"]]
    made.there = draw(st.sets(st.integers(0, sizes["Course__c"] - 1)))
    made.bulk_from = draw(st.sampled_from([0, 2, 2000]))
    made.in_memory = draw(st.sampled_from([0, 2, 5000]))
    return made


def filled(world: World, prefix: str, prod: School, box: School, owners: list[str]) -> None:
    """Puts the world into prod; rows first, lookups that may be empty afterwards, whatever circles they make."""
    keys = {"Course__c": "Course_Key__c", "Lesson__c": "Lesson_Key__c", "Exercise__c": "Exercise_Key__c"}
    ids: dict[tuple[str, int], str] = {}
    for number, _ in enumerate(world.rows["Product2"]):
        code = f"{prefix}P{number}"
        ids["Product2", number] = prod.put("Product2", Name=code, ProductCode=code, IsActive=True)
    for name in _LOOKUPS:
        for number, row in enumerate(world.rows[name]):
            key = f"{prefix}{name[0]}{number}"
            fields: dict[str, Any] = {"Name": f"{key} name", keys[name]: key}
            if name == "Course__c":
                fields |= {"Status__c": "Draft", "OwnerId": owners[world.owners[number]]}
            elif name == "Lesson__c":
                fields["Course__c"] = ids["Course__c", int(row["Course__c"] or 0)]
            else:
                fields["Lesson__c"] = ids["Lesson__c", int(row["Lesson__c"] or 0)]
            ids[name, number] = prod.put(name, **fields)
    for name, lookups in _LOOKUPS.items():
        for number, row in enumerate(world.rows[name]):
            values = {lookup: ids[parent, at] for lookup, parent in lookups if (at := row[lookup]) is not None}
            if values:
                prod.save(name, ids[name, number], **values)
    for number in world.there:
        box.put("Course__c", Name="another name", Course_Key__c=f"{prefix}C{number}", Status__c="Held")


def content(school: School, prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (key, fields) in _OBJECTS.items():
        rows = school.soql(f"SELECT {', '.join((key, *fields))} FROM {name} WHERE {key} LIKE '{prefix}%'")
        found |= {row[key]: row for row in rows}
    return found


def check_order(plan: Plan, events: list[Event]) -> None:
    """No insert goes out before its parents are in the org, but for the lookups that the plan names for later."""
    kept = {event.name: json.loads(event.content) for event in of(Keep, events)}
    sent: dict[tuple[str, str], int] = {}
    written: dict[tuple[str, str], int] = {}
    for at, event in enumerate(events):
        if isinstance(event, seed.RowsWrite) and event.act == "insert":
            for key in kept[event.kept] if event.kept else event.keys:
                sent.setdefault((event.object, key), at)
        elif isinstance(event, seed.RowsWritten) and event.act == "insert":
            for key in kept[event.kept] if event.kept else event.ids:
                written[event.object, key] = at
    for one in plan.objects:
        for row in one.rows:
            if row.act != "insert":
                continue
            assert set(row.later) <= set(one.second_pass)
            for ref in row.refs.values():
                if ref is not None and ref in written:
                    assert written[ref] < sent[row.object, row.key], f"{row.key} went before {ref}"


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("graphs")
    with campus.served(folder, "prod", "production") as prod, campus.served(folder, "box") as box:
        yield prod, box


@pytest.fixture(scope="module")
def owners(schools: tuple[School, School]) -> list[str]:
    """Two people and a queue, as Ids of prod; the box has the same three."""
    prod, box = schools
    for school, suffix in ((prod, ""), (box, ".box")):
        school.inside.users.add_user(f"bo@school.example{suffix}", "Bo")
        group = school.inside.records.raw_insert("Group", {"Name": "Bo", "DeveloperName": "Desk", "Type": "Queue"})
        school.inside.records.raw_insert("QueueSobject", {"QueueId": group, "SobjectType": "Course__c"})
    people = {row["Username"]: row["Id"] for row in prod.soql("SELECT Id, Username FROM User")}
    (desk,) = prod.soql("SELECT Id FROM Group WHERE DeveloperName = 'Desk'")
    return [people["ana@school.example"], people["bo@school.example"], desk["Id"]]


@given(world=worlds())
@settings(
    max_examples=30,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_graph_arrives_whole_and_parents_first(
    world: World, schools: tuple[School, School], owners: list[str], tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "MOST_IN_MEMORY", world.in_memory)
        patch.setattr(spool, "MOST_WORDS_IN_MEMORY", world.in_memory)
        await arrives_whole(world, schools, owners, tmp_path)


async def is_seen_at_a_look(production: Org, sandbox: Org, text: str, tmp_path: Path) -> None:
    """That the rows are all there, where they are many; the standard price book is not for a look to tell."""
    data_set = campus.data_set(tmp_path, text[: text.index('[[object]]\nname = "Pricebook2"')])
    source = await read_rows(production, data_set)
    looked = await nothing_to_write(sandbox, data_set, source)
    assert (looked is not None) == (len(source) > spool.MOST_IN_MEMORY)
    assert looked is None or looked.count("equal") == looked.rows == len(source)


async def arrives_whole(world: World, schools: tuple[School, School], owners: list[str], tmp_path: Path) -> None:
    prod, box = schools
    prefix = f"W{next(_number)}x"
    filled(world, prefix, prod, box, owners)
    text = campus.DATA_SET.replace("Status__c != 'Closed'", f"Course_Key__c LIKE '{prefix}%'")
    data_set = campus.data_set(tmp_path, text)
    async with prod.connect() as production, box.connect() as sandbox:
        source = await read_rows(production, data_set)
        plan = make_plan(source, await read_matching(sandbox, data_set, source), data_set)
        assert plan.blockers == []
        writing = write_plan(sandbox, plan, purpose="seed", pause=no_wait, bulk_from=world.bulk_from)
        events = await collect(writing)
        assert of(seed.RowRefused, events) == []
        check_order(plan, events)
        again = make_plan(source, await read_matching(sandbox, data_set, source), data_set)
        assert again.calls == 0
        await is_seen_at_a_look(production, sandbox, text, tmp_path)
    theirs, ours = content(box, prefix), content(prod, prefix)
    for number in world.there:  # who owns a row that was there already is not the seed's to change
        del theirs[f"{prefix}C{number}"]["Owner"], ours[f"{prefix}C{number}"]["Owner"]
    assert theirs == ours
