"""A data set written and read back is the same data set."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.data.data_set import DataSet, Mask, ObjectSpec, RecordChange
from hotfix_tui.data.data_set_loader import parse
from hotfix_tui.data.data_set_writer import save, to_toml
from hotfix_tui.data.errors import DataSetError

HERE = Path("some.toml")
NAMES = st.sampled_from([*"Abc", "Name", "x9", *(f"Some_{number}__c" for number in range(12)), "acme__Long_1__c"])
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
SAID = TEXT.filter(lambda text: bool(text.strip()))
VALUES = TEXT | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
ORDERS = st.sampled_from(["", "Name", "Name DESC, Code__c ASC NULLS LAST", "Owner.Name NULLS FIRST"])


def tuples(one: st.SearchStrategy[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(one, min_size=least, max_size=3, unique=True).map(tuple)


@st.composite
def specs(draw: st.DrawFn, name: str, names: list[str]) -> ObjectSpec:
    root, by_id = draw(st.booleans()), draw(st.booleans())
    mode = draw(st.sampled_from(["update", "reference"] if by_id else ["upsert", "insert", "update", "delete"]))
    key = ("Id",) if by_id else draw(tuples(NAMES.filter(lambda one: one != "Id"), 1))
    second = draw(tuples(NAMES, 1 if by_id else 0))
    free = NAMES.filter(lambda one: one not in (*key, *second))  # a masked key forbids mode delete
    masks = [Mask(one, draw(st.sampled_from(["fake", "hash", "null"]))) for one in draw(tuples(free))]
    constants = [
        Mask(one, "constant", draw(VALUES)) for one in draw(tuples(free)) if one not in {m.field for m in masks}
    ]
    return ObjectSpec(
        name,
        key,
        root=root,
        where=draw(st.just("") | TEXT),
        children_of=draw(tuples(NAMES, 0 if root else 1)),
        parents_of=tuple((draw(st.sampled_from(names)), one) for one in draw(tuples(NAMES))),
        second_key=second,
        mode=mode,  # type: ignore[arg-type]
        reference_where=draw(st.just("") | TEXT),
        create_only=draw(tuples(NAMES)),
        skip_fields=draw(tuples(NAMES)),
        fields=draw(tuples(NAMES)),
        limit=0 if mode == "delete" else draw(st.integers(0, 10_000)),
        order_by=draw(ORDERS),
        masks=(*masks, *constants),
    )


@st.composite
def data_sets(draw: st.DrawFn) -> DataSet:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    change = st.builds(
        RecordChange, SAID, NAMES, SAID, st.dictionaries(NAMES, st.none() | VALUES, min_size=1, max_size=3)
    )
    return DataSet(
        draw(SAID),
        tuple(draw(specs(name, names)) for name in names),
        draw(st.just("") | TEXT),
        draw(st.just("") | TEXT),
        tuple(draw(st.lists(change, max_size=2))),
        tuple(RecordChange(**{**vars(one), "purpose": "containment"}) for one in draw(st.lists(change, max_size=1))),
        owner_fallback=draw(tuples(SAID)),
    )


@settings(max_examples=50)
@given(data_sets(), TEXT)
def test_what_is_written_is_read_back_the_same(some: DataSet, comment: str) -> None:
    assert parse(to_toml(some, comment), HERE) == some


def test_a_file_is_replaced_whole_and_only_by_one_that_loads(tmp_path: Path) -> None:
    folder = tmp_path / "data-sets"
    folder.mkdir()
    path = folder / "courses.toml"
    good = DataSet("courses", (ObjectSpec("Course__c", ("Key__c",), root=True),))
    assert save(good, path, "By hand").path == path
    before = path.read_text()
    assert before.startswith("# By hand\nv = 1\n")
    with pytest.raises(DataSetError, match="needs a key"):
        save(DataSet("courses", (ObjectSpec("Course__c", (), root=True),)), path)
    assert path.read_text() == before
    assert [one.name for one in folder.iterdir()] == ["courses.toml"]


def test_a_data_set_says_only_what_is_not_the_default() -> None:
    text = to_toml(DataSet("courses", (ObjectSpec("Course__c", ("Key__c",), root=True),)))
    assert text.splitlines() == [
        "v = 1",
        'name = "courses"',
        "",
        "[[object]]",
        'name = "Course__c"',
        "root = true",
        'key = ["Key__c"]',
        'mode = "upsert"',
    ]
