"""CSV in and out, and the order of chunks: what holds for any data."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.bulk import csv_file
from hotfix_tui.localorg.bulk.csv_file import DELIMITERS, LINE_ENDINGS, Form
from hotfix_tui.localorg.bulk.job import BatchProblem
from hotfix_tui.localorg.bulk.order import parallel_order

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
_FORMS = st.builds(Form, st.sampled_from(sorted(DELIMITERS)), st.sampled_from(sorted(LINE_ENDINGS)))


@given(rows=st.lists(st.tuples(_TEXT, _TEXT, _TEXT), max_size=30), form=_FORMS, size=st.integers(1, 7))
@settings(deadline=None)
def test_what_is_written_is_read_back_chunk_by_chunk(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], form: Form, size: int
) -> None:
    path = tmp_path_factory.mktemp("csv", numbered=True) / "rows.csv"
    path.write_bytes(b"".join(csv_file.line(row, form) for row in [("a", "b", "c"), *rows]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_file, "CHUNK", size)
        chunks = csv_file.lay_out(path, form)
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk.size == size for chunk in chunks[:-1])
    found = [tuple(row) for chunk in reversed(chunks) for row in reversed(csv_file.rows_of(path, form, chunk))]
    assert found == rows[::-1]
    assert csv_file.header_of(path, form) == ["a", "b", "c"]


@given(seed=st.text(max_size=5), count=st.integers(0, 400))
def test_every_chunk_is_taken_once_and_never_in_the_order_of_the_file(seed: str, count: int) -> None:
    order = parallel_order(seed, count)
    assert sorted(order) == list(range(count))
    assert order == parallel_order(seed, count)
    assert count < 2 or order != sorted(order)


@pytest.mark.parametrize("content", [b"Name\n\xff\xfe\n", b"Name\n" + b"x" * 2_100_000 + b"\n"])
def test_what_is_not_utf8_or_has_no_end_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with pytest.raises(BatchProblem):
        csv_file.lay_out(path, Form())


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"Name\n\nA\n\n\nB")
    (chunk,) = csv_file.lay_out(path, Form("COMMA", "LF"))
    assert csv_file.rows_of(path, Form("COMMA", "LF"), chunk) == [["A"], ["B"]]
