"""What is read of a data set, and in how much memory it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.data.data_set_loader import load
from hotfix_tui.data.packed import PackedRecords
from hotfix_tui.data.read import read_rows
from tests.data.campus import School

values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
records = st.dictionaries(st.text(), values | st.dictionaries(st.text(), values), max_size=5)


@settings(deadline=None)
@given(st.dictionaries(st.text(), records))
def test_packed_rows_come_out_as_they_went_in(rows: dict[str, dict[str, Any]]) -> None:
    packed = PackedRecords()
    packed.update(rows)
    assert dict(packed.items()) == rows
    for record_id in list(rows)[::2]:
        del packed[record_id]
    assert set(packed) == set(rows) - set(list(rows)[::2])


async def test_a_parent_that_is_read_only_because_a_key_is_made_of_it_is_no_part_of_the_data_set(
    prod: School, tmp_path: Path
) -> None:
    file = tmp_path / "exercises.toml"
    file.write_text(
        'v = 1\nname = "exercises"\n'
        '[[object]]\nname = "Exercise__c"\nroot = true\nkey = ["Exercise_Key__c"]\n'
        '[[object]]\nname = "Lesson__c"\nroot = true\nwhere = "Code__c = \'none\'"\nkey = ["Course__c", "Code__c"]\n'
        '[[object]]\nname = "Course__c"\nroot = true\nwhere = "Name = \'none\'"\nkey = ["Course_Key__c"]\n'
    )
    async with prod.connect() as org:
        rows = await read_rows(org, load(file))
    assert rows.objects["Exercise__c"].rows["E1"].lookups["Lesson__c"] == ("Lesson__c", "C1|A-1")
    assert {name: len(one.counted) for name, one in rows.objects.items()} == {
        "Exercise__c": 2,
        "Lesson__c": 0,
        "Course__c": 0,
    }
