"""An error says what was and was not written, and never more than is known."""

from __future__ import annotations

from hotfix_tui.data.errors import DataError, RowsNotKept
from hotfix_tui.hotfix.failures import failure_of


def test_a_full_temporary_folder_does_not_claim_that_nothing_was_written() -> None:
    failed, result = failure_of(RowsNotKept("The rows could not be kept in the temporary folder (full)."))
    assert failed is not None
    assert (failed.not_written, result) == ("", "failed")
    assert failed.written.startswith("what the log lists")
    assert "TMPDIR" in failed.next


def test_rows_that_cannot_be_told_apart_stop_before_anything_is_written() -> None:
    failed, result = failure_of(DataError("Two rows have one key."))
    assert failed is not None
    assert (failed.not_written, result) == ("everything", "refused")
