"""The SQLite file."""

import threading
from pathlib import Path

import pytest

from hotfix_tui.localorg.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "org.sqlite")
    made.ensure_table("Thing", {"Id": "id", "Name": "text", "Code": "exact"})
    return made


def test_text_compares_without_case_beyond_ascii_and_exact_columns_do_not(store: Store) -> None:
    store.insert_row("Thing", {"Id": "1", "Name": "Élan", "Code": "Ab"})
    assert store.value("SELECT Id FROM Thing WHERE Name = ?", ("éLAN",)) == "1"
    assert store.value("SELECT Id FROM Thing WHERE Code = ?", ("ab",)) is None


def test_an_inner_failure_undoes_only_itself(store: Store) -> None:
    with store.transaction():
        store.insert_row("Thing", {"Id": "1"})
        with pytest.raises(RuntimeError), store.transaction():
            store.insert_row("Thing", {"Id": "2"})
            raise RuntimeError
        store.insert_row("Thing", {"Id": "3"})
    assert store.rows("SELECT Id FROM Thing ORDER BY Id") == [("1",), ("3",)]


def test_a_failed_transaction_takes_new_columns_and_numbers_back(store: Store) -> None:
    store.next_number("x")
    with pytest.raises(RuntimeError), store.transaction():
        store.ensure_table("Thing", {"Extra": "number"})
        store.next_number("x")
        raise RuntimeError
    assert "Extra" not in store.columns("Thing")
    assert store.next_number("x") == 2


def test_other_threads_see_a_write_only_once_it_is_whole(store: Store) -> None:
    seen: list[int] = []

    def count() -> None:
        seen.append(store.value("SELECT COUNT(*) FROM Thing"))

    with store.transaction():
        store.insert_row("Thing", {"Id": "1"})
        assert store.value("SELECT COUNT(*) FROM Thing") == 1
        thread = threading.Thread(target=count)
        thread.start()
        thread.join()
    count()
    assert seen == [0, 1]


def test_a_column_that_changes_its_kind_keeps_its_values(store: Store) -> None:
    store.insert_row("Thing", {"Id": "1", "Code": "5"})
    store.ensure_table("Thing", {"Code": "number"})
    assert store.value("SELECT Code FROM Thing") == 5.0


def test_replace_rows_leaves_only_the_given_rows(store: Store) -> None:
    store.insert_row("Thing", {"Id": "1"})
    store.replace_rows("Thing", [{"Id": "2", "Name": {"a": 1}}])
    assert store.rows("SELECT Id, Name FROM Thing") == [("2", '{"a": 1}')]


def test_what_was_written_is_there_after_opening_again(store: Store) -> None:
    store.insert_row("Thing", {"Id": "1", "Name": "kept"})
    store.set_meta("key", "value")
    store.close()
    again = Store(store.path)
    assert again.get("Thing", "1") == {"Id": "1", "Name": "kept", "Code": None}
    assert again.meta("key") == "value"
