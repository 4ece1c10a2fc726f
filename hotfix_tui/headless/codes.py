"""Exit codes, fixed for scripts."""

from __future__ import annotations

DONE = 0
DIFFERENCES = 1
USAGE = 2
UNFINISHED = 3
REFUSED = 4
CANCELLED = 130

_OF_RESULT = {
    "done": DONE,
    "differences": DIFFERENCES,
    "failed": UNFINISHED,
    "refused": REFUSED,
    "cancelled": CANCELLED,
}

EXPLAINED = """\
exit codes:
  0    done (compare: both sides are the same)
  1    done, with differences, conflicts or rows that were not written
  2    the command was not understood (unknown org, hotfix, file)
  3    could not finish; the journal has what was done (hotfix-tui status ID)
  4    refused for safety; nothing was written
  130  cancelled
"""


def of_result(result: str) -> int:
    """The exit code of a step's result."""
    return _OF_RESULT.get(result, UNFINISHED)


def worst(codes: list[int]) -> int:
    """The code of several steps: what could not finish outweighs what differs."""
    order = [DONE, DIFFERENCES, USAGE, UNFINISHED, REFUSED, CANCELLED]
    return max(codes, key=order.index, default=DONE)
