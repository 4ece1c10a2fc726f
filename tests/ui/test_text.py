"""Org text on its way to a widget."""

from __future__ import annotations

import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hotfix_tui.ui.text import BREAK, LIMIT, Toned, assemble, fit, visible, visible_text, wrap


def test_every_control_format_surrogate_and_separator_character_is_written_out() -> None:
    raw = [
        f"U+{code:04X}"
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and chr(code) in visible_text(chr(code))
    ]
    assert raw == []


def test_letters_marks_and_other_scripts_stay() -> None:
    for text in ("Zoë", "日本語", "Ελλάδα", "שלום", "a\u0301", "€ 5 – „x“", "👍"):
        assert visible_text(text) == text


def test_an_escape_sequence_is_shown_and_not_sent() -> None:
    assert visible_text("a\x1b[2Jb\x9b1m\x07") == "a\\x1b[2Jb\\x9b1m\\x07"
    assert visible_text("a\nb\tc") == "a\\nb\\tc"
    assert visible_text("abc\u202edef\u200b") == "abc\\u202edef\\u200b"


def test_markup_is_text() -> None:
    for text in ("Acme [/foo] Ltd", "[red]x[/]", "[@click=app.quit()]x[/]", "[/", "\\[x"):
        assert visible(text).plain == text
        assert not visible(text).spans


def test_a_tone_is_a_style_and_not_text() -> None:
    assert assemble("a", Toned("[b]", "bad"), BREAK, "c\nd").plain == "a[b]\nc\\nd"


def test_long_text_is_cut_and_says_so() -> None:
    shown = visible_text("x" * 10 * LIMIT)
    assert len(shown) == LIMIT + 1
    assert shown.endswith("…")
    assert len(visible_text("\x00" * 10 * LIMIT)) == LIMIT + 1


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=200))
def test_nothing_that_a_terminal_obeys_comes_through(text: str) -> None:
    for shown in (visible_text(text), visible(text).plain, assemble(text).plain):
        assert all(unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for letter in shown)


@given(st.text(max_size=80), st.integers(0, 40), st.booleans())
def test_fit_takes_exactly_its_cells(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(visible_text(text), width, right)) == width


@given(st.text(max_size=300), st.integers(8, 60))
def test_wrapped_lines_fit_and_lose_no_word(text: str, width: int) -> None:
    shown = visible_text(text)
    lines = wrap(shown, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown.split())
