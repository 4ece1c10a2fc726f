from __future__ import annotations

from typing import Any

from hotfix_tui.localorg.generate.tables import KEY
from hotfix_tui.localorg.org import LocalOrg
from hotfix_tui.localorg.store.ids import IdMaker, IdRange, to_18
from tests.localorg.generate.conftest import SMALL, Made


def rows(org: LocalOrg, name: str) -> dict[str, dict[str, Any]]:
    """The rows of an object, by id."""
    columns = [field.name for field in org.schema.require(name).stored_fields()]
    listed = ", ".join(f'"{column}"' for column in columns)
    found = (dict(zip(columns, row, strict=True)) for row in org.store.rows(f'SELECT {listed} FROM "{name}"'))
    return {row["Id"]: row for row in found}


def keys(made: Made, status: str) -> set[tuple[str, str]]:
    return {(each["object"], each["key"]) for each in made.told["records"][status]}


def test_there_are_as_many_records_as_asked_for_with_keys_of_their_own(small: Made) -> None:
    found = {name: rows(small.large, name) for name in small.told["rows"]}
    assert {name: len(each) for name, each in found.items()} == small.told["rows"]
    assert sum(map(len, found.values())) == SMALL.records
    for each in found.values():
        assert len({row[KEY] for row in each.values()}) == len(each)
        assert all(to_18(id) == id for id in each)
    assert len(found) > 4


def test_every_reference_leads_to_a_record_and_masters_are_never_missing(small: Made) -> None:
    kinds = set()
    for org in (small.large, small.twin):
        known = {name: rows(org, name) for name in [*small.told["rows"], "User"]}
        for name in small.told["rows"]:
            for field in org.schema.require(name).stored_fields():
                if field.type != "reference":
                    continue
                targets = [target for target in field.reference_to if target in known]
                values = [row[field.name] for row in known[name].values() if row[field.name] is not None]
                lost = [value for value in values if not any(value in known[target] for target in targets)]
                assert lost == [], f"{name}.{field.name}"
                if field.master_detail:
                    assert len(values) == len(known[name])
                    kinds.add("junction" if len(org.schema.require(name).masters) == 2 else "detail")
                elif values and targets == [name]:
                    kinds.add("self")
                    earlier = {id: place for place, id in enumerate(sorted(known[name]))}
                    assert all(earlier[row[field.name]] < earlier[id] for id, row in known[name].items()
                               if row[field.name] and "-B" not in row[KEY])  # fmt: skip
    assert kinds == {"self", "junction"}


def test_the_twin_has_the_records_that_are_told_and_the_others_are_the_same(small: Made) -> None:
    different, only_a, only_b = set(), set(), set()
    for name in small.told["rows"]:
        ours = {row[KEY]: row for row in rows(small.large, name).values()}
        theirs = {row[KEY]: row for row in rows(small.twin, name).values()}
        only_a |= {(name, key) for key in ours.keys() - theirs.keys()}
        only_b |= {(name, key) for key in theirs.keys() - ours.keys()}
        different |= {(name, key) for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]}
    assert (different, only_a, only_b) == tuple(keys(small, each) for each in ("different", "only_in_a", "only_in_b"))
    assert len(different) + len(only_a) + len(only_b) == SMALL.differing
    assert only_a and only_b


def test_an_org_full_of_records_takes_more(small: Made) -> None:
    user = small.large.users.by_username("admin@large.example")
    name = next(name for name in small.told["rows"] if name.endswith("__c"))
    before = set(rows(small.large, name))
    made = small.large.records.raw_insert(name, {KEY: "own", "CreatedById": user and user.id})
    assert made not in before and made in rows(small.large, name)
    small.large.store.execute(f'DELETE FROM "{name}" WHERE Id = ?', (made,))


def test_ids_of_a_range_are_the_ids_that_are_made_one_by_one() -> None:
    maker = IdMaker("range")
    ids = IdRange(maker, "a00", 5)
    places = [0, 1, 61, 62, 3_843, 3_844, 62**4 - 1, 62**5, 62**5 + 62**3 + 1, 7]
    assert [ids[place] for place in places] == [maker.record_id("a00", 5 + place) for place in places]
