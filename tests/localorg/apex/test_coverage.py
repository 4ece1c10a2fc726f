"""How the lines of a source are shared between covered and not covered."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.localorg.metadata.apex import code_lines, lines_of

LINES = st.lists(st.sampled_from(["Integer a = 1;", "// a = 1;", "", "}", "class X {", "String s = ';';"]), max_size=30)


@given(LINES, st.floats(0, 100))
def test_every_line_of_code_is_covered_or_not_and_more_percent_never_covers_less(
    lines: list[str], percent: float
) -> None:
    body = "\n".join(lines)
    covered, missed = lines_of(body, percent)
    expected = [n for n, line in enumerate(lines, 1) if line.endswith(";") and not line.startswith("//")]
    assert covered + missed == (expected or [1])
    assert len(covered) + len(missed) == code_lines(body)
    assert lines_of(body, 100)[1] == lines_of(body, 0)[0] == []
    assert len(lines_of(body, min(100, percent + 10))[0]) >= len(covered)
