"""Mappings that go to disk are the mappings they were in memory."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.data import spool
from hotfix_tui.data.errors import RowsNotKept
from hotfix_tui.data.rows import DataRows, ObjectRows, Row, RowsByKey
from hotfix_tui.data.spool import Spooled
from tests.data import worlds

KEYS = st.text(max_size=4)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.tuples(st.text())
STEPS = st.lists(st.tuples(st.sampled_from(["put", "drop"]), KEYS, VALUES), max_size=60)


@given(STEPS, st.integers(0, 8), st.integers(1, 5))
def test_a_spooled_mapping_is_a_dict_whatever_is_done_to_it(
    steps: list[tuple[str, str, object]], most: int, page: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "_AT_ONCE", page)
        ours: Spooled[object] = Spooled(most=most)
        theirs: dict[str, object] = {}
        for act, key, value in steps:
            assert (key in ours) == (key in theirs)
            if act == "put":
                ours[key] = theirs[key] = value
            elif key in theirs:
                del ours[key], theirs[key]
            else:
                with pytest.raises(KeyError):
                    del ours[key]
        assert len(ours) == len(theirs)
        assert dict(ours.items()) == theirs
        sorted_by_key = [theirs[key] for key in (sorted(theirs) if ours.spooled else theirs)]
        assert list(ours.each(by_key=True)) == sorted_by_key
        assert list(ours.values()) == [ours[key] for key in ours]
        assert [ours[key] for key in ours] == [theirs[key] for key in ours]
        assert all(ours.find(key) == value for key, value in theirs.items())


def test_entries_come_in_the_order_of_arrival_and_may_come_and_go_meanwhile() -> None:
    ours: Spooled[int] = Spooled(most=3)
    for number in range(2_000):
        ours[str(number)] = number
    seen = []
    for key, value in ours.items():
        seen.append(value)
        if value < 2_000:
            ours[f"{key}!"] = value + 10_000
        del ours[key]
    assert seen[:2_000] == list(range(2_000))
    assert seen[2_000:] == [value + 10_000 for value in range(2_000)], "what comes meanwhile comes last"
    assert len(ours) == 0


def test_numbers_are_small_and_lead_back_to_the_key() -> None:
    ours: Spooled[int] = Spooled(most=0)
    for number in range(1_000):
        ours[f"k{number}"] = number
    numbers = {ours.number(key): key for key in ours}
    assert max(one for one in numbers if one is not None) <= 1_000
    assert all(ours.key_of(one) == key for one, key in numbers.items() if one is not None)
    assert ours.number("absent") is None


def test_text_that_is_no_unicode_comes_back_as_it_was() -> None:
    ours: Spooled[str] = Spooled(most=0)
    ours["\ud800"] = "\udfff"
    assert dict(ours.items()) == {"\ud800": "\udfff"}


_FILLED = """
import os
from pathlib import Path
from hotfix_tui.data.spool import Spooled
ours = Spooled(most=0)
for number in range(40_000):
    ours[str(number)] = "x" * 400
print(list(Path(os.environ["TMPDIR"]).iterdir()))
print([os.readlink(one.path) for one in os.scandir("/proc/self/fd") if os.path.islink(one.path)])
"""


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="what a process holds open is read from /proc")
def test_rows_are_in_the_temporary_folder_and_no_file_of_them_is_to_be_seen(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    environment = {**os.environ, "TMPDIR": str(folder)}
    told = subprocess.run(
        [sys.executable, "-c", _FILLED], env=environment, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert told[0] == "[]"
    assert f"{folder}/" in told[1]
    assert "(deleted)" in told[1]
    assert list(folder.iterdir()) == []


def test_a_table_goes_with_the_mapping_that_had_it(monkeypatch: pytest.MonkeyPatch) -> None:
    database = spool.Database()
    monkeypatch.setattr(spool, "database", lambda: database)
    ours: Spooled[str] = Spooled(most=0)
    ours["one"] = "two"
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    assert database.run(tables) == [("t1",)]
    del ours
    gc.collect()
    other: Spooled[str] = Spooled(most=0)
    other["one"] = "two"
    assert database.run(tables) == [("t2",)]


def test_a_full_disk_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    database = spool.Database()
    database.run("PRAGMA max_page_count = 8")
    monkeypatch.setattr(spool, "database", lambda: database)
    ours: Spooled[str] = Spooled(most=0)
    with pytest.raises(RowsNotKept, match=r"temporary folder \(database or disk is full\)"):
        for number in range(10_000):
            ours[str(number)] = "x" * 400


@given(worlds.worlds())
def test_rows_on_disk_are_the_rows_that_were_put_there(world: DataRows) -> None:
    for rows in world.objects.values():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spool, "MOST_IN_MEMORY", 0)
            there = RowsByKey(rows.rows)
        assert dict(there.items()) == dict(rows.rows.items())
        assert [row.key for row in there.values()] == sorted((row.key for row in rows.rows.values()), key=str.casefold)


@pytest.mark.parametrize("most", [0, 100])
def test_references_are_counted_as_rows_come_and_go(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(spool, "MOST_IN_MEMORY", most)
    rows = ObjectRows(worlds.COURSE)
    for number in range(6):
        rows.add(Row(f"C{number}", f"a{number}", reference=number % 2 == 0))
    assert len(rows.counted) == 3
    rows.rows["c0"] = replace(rows.rows["C0"], reference=False)
    del rows.rows["C1"]
    assert (len(rows.counted), len(rows.rows)) == (3, 5)
    assert sorted(row.key for row in rows.counted) == ["C0", "C3", "C5"]


@pytest.mark.parametrize("most", [0, 100])
@given(st.permutations(["a1", "a2", "a3"]))
def test_of_rows_that_share_a_key_the_lowest_id_counts_in_whichever_order_they_come(most: int, ids: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "MOST_IN_MEMORY", most)
        rows = ObjectRows(worlds.COURSE)
        for one in ids:
            rows.add(Row({"a1": "KEY", "a2": "Key", "a3": "key"}[one], one))
        assert rows.duplicates == {"KEY": ["a1", "a2", "a3"]}
        assert [row.id for row in rows.rows.values()] == ["a1"]
