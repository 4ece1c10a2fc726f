"""What can be wrong with a data set, its rows or its plan."""

from __future__ import annotations

from collections.abc import Sequence


class DataError(Exception):
    """A sentence for a person. Nothing was written."""


class RowsNotKept(Exception):
    """The temporary folder has no room for rows, whatever they were kept for: parts of them may be written to an org.

    A sentence for a person.
    """


class DataSetError(DataError):
    """A data set's file cannot be used; the message names the file, the place in it and what is wrong."""


class DuplicateKeys(DataError):
    """Rows of one object share a match key, or have none, so no row can be told from another.

    `rows` holds one sentence for each key.
    """

    def __init__(self, org: str, rows: Sequence[str]) -> None:
        self.org = org
        self.rows = tuple(rows)
        super().__init__(f"{org}: match keys are not unique: {'; '.join(self.rows)}")


class PlanBlocked(DataError):
    """A plan with blockers was about to be written. `blockers` are sentences."""

    def __init__(self, org: str, blockers: Sequence[str]) -> None:
        self.org = org
        self.blockers = tuple(blockers)
        super().__init__(f"{org}: nothing was written: {'; '.join(self.blockers)}")
