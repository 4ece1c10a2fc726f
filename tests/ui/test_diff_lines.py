"""The lines of a difference: nothing lost, nothing wider than the view, folded where nothing differs."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from hotfix_tui.ui.widgets.diff_lines import cuts, piece, plain
from hotfix_tui.ui.widgets.diff_structure import SHOWN, Entry, StructureLines
from hotfix_tui.ui.widgets.diff_syntax import Syntax, language_of
from hotfix_tui.ui.widgets.diff_text import TextDiff, TextLines

LINES = st.lists(st.sampled_from(["a", "b", "c", "d e f", "", "x = 1;", "日本 語", "a long line " * 9]), max_size=14)
TEXTS = LINES.map("\n".join)


def drawn(lines: TextLines | StructureLines) -> list[str]:
    return [plain(lines.line(y)) for y in range(len(lines))]


def text(left: str, right: str, width: int = 60, two: bool = False, everything: bool = False) -> TextLines:
    diff = TextDiff(left, right)
    return TextLines(diff, width, two, range(len(diff.ops)) if everything else ())


@given(st.text("ab 日é", max_size=80), st.integers(8, 30))
def test_pieces_of_a_line_hold_all_of_it_and_none_is_too_wide(line: str, width: int) -> None:
    starts = cuts(line, width)
    pieces = [line[slice(*piece(line, starts, number))] for number in range(len(starts))]
    assert "".join(pieces) == line
    assert all(cell_len(one) <= width for one in pieces)


@given(TEXTS, TEXTS, st.integers(30, 90), st.booleans(), st.booleans())
def test_every_drawn_line_fills_the_view_and_no_more(
    left: str, right: str, width: int, two: bool, everything: bool
) -> None:
    for line in drawn(text(left, right, width, two, everything)):
        assert cell_len(line) == width


@given(TEXTS, TEXTS)
def test_with_everything_shown_both_texts_can_be_read_off(left: str, right: str) -> None:
    lines = drawn(text(left, right, 200, everything=True))
    ours = [line[6:].rstrip() for line in lines if line[4] in " -"]
    theirs = [line[6:].rstrip() for line in lines if line[4] in " +"]
    both_end = left.endswith("\n") and right.endswith("\n")
    for shown, whole in ((ours, left), (theirs, right)):
        wanted = [line.rstrip() for line in whole.split("\n")]
        if both_end or (not left and not right):
            wanted.pop()
        assert shown in (wanted, wanted[:-1] if wanted[-1:] == [""] else wanted)


def numbered(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


def test_unchanged_stretches_are_folded_and_open_one_by_one_or_all() -> None:
    right = numbered(100)
    right[50] = "other 50"
    left_text, right_text = "\n".join(numbered(100)), "\n".join(right)
    lines = text(left_text, right_text)
    shown = drawn(lines)
    assert len(shown) == 1 + 3 + 2 + 3 + 1
    assert "47 unchanged lines, z shows them" in shown[0] and "46 unchanged" in shown[-1]
    assert lines.folded == 2 and lines.gap_at(0) == 0 and lines.gap_at(1) is None
    diff = TextDiff(left_text, right_text)
    assert len(TextLines(diff, 60, False, {0})) == len(shown) + 46
    whole = text(left_text, right_text, everything=True)
    assert len(whole) == 101 and whole.folded == 0


@given(st.integers(0, 130), st.booleans())
def test_what_stood_at_the_top_is_found_again_when_folds_open(y: int, two: bool) -> None:
    right = numbered(120)
    for place in (20, 21, 70):
        right[place] += " changed"
    diff = TextDiff("\n".join(numbered(120)), "\n".join(right))
    opened, folded = TextLines(diff, 60, two, {0, 2, 4}), TextLines(diff, 60, two, ())
    y = min(y, len(opened) - 1)
    there = folded.find(opened.anchor(y))
    assert 0 <= there < len(folded)
    word = plain(opened.line(y)).strip()
    assert plain(folded.line(there)).strip() == word or "unchanged lines" in plain(folded.line(there))
    for place in range(len(folded)):
        if "unchanged" not in plain(folded.line(place)):
            assert plain(opened.line(opened.find(folded.anchor(place)))).strip() == plain(folded.line(place)).strip()


def test_differences_are_found_one_after_the_other() -> None:
    right = numbered(60)
    for place in (10, 30, 50):
        right[place] += "!"
    lines = text("\n".join(numbered(60)), "\n".join(right))
    places = [lines.change_line(number) for number in range(3)]
    assert [plain(lines.line(y))[4:].strip() for y in places] == ["- line 10", "- line 30", "- line 50"]
    assert lines.change_from(0) == 0 and lines.change_from(places[0] + 1) == 1 and lines.change_from(places[2] + 1) == 3


@pytest.mark.parametrize("two", [False, True])
def test_in_a_formula_of_5000_characters_the_place_is_where_its_word_differs(two: bool) -> None:
    formula = "AND( " + ", ".join(f"ISBLANK(Field_{number}__c)" for number in range(220)) + " )"
    lines = text(formula, formula.replace("Field_150__c", "Other_150__c"), 80, two)
    assert "150" in plain(lines.line(lines.change_line(0)))
    formulas = text(formula, formula.replace("(Field_150__c", "(NOT Field_150__c"), 80, two)
    assert "150" in plain(formulas.line(formulas.change_line(0)))


def test_controls_in_a_text_are_written_out() -> None:
    shown = "\n".join(drawn(text("a", "\x1b[2J\x9b31m\u202e\x00\tb")))
    assert "\\x1b[2J\\x9b31m\\u202e\\x00" in shown
    assert all(character.isprintable() for character in shown.replace("\n", ""))


def test_a_line_of_two_million_characters_is_cut_and_drawn() -> None:
    lines = text("x" * 2_000_000, "x" * 1_999_000 + "y" * 1_000)
    assert 1_000 < len(lines) < 10_000
    assert cell_len(plain(lines.line(len(lines) - 1))) == 60


def test_the_unified_difference_is_that_of_the_texts() -> None:
    right = numbered(40)
    right[20] = "changed"
    del right[35]
    diff = TextDiff("\n".join(numbered(40)), "\n".join(right))
    assert list(diff.unified(("a", "b"), 1)) == [
        "--- a", "+++ b",
        "@@ -20,3 +20,3 @@", " line 19", "-line 20", "+changed", " line 21",
        "@@ -35,3 +35,2 @@", " line 34", "-line 35", " line 36",
    ]  # fmt: skip
    assert list(TextDiff("a", "a").unified(("a", "b"))) == []
    assert list(TextDiff(None, "a\nb\n").unified(("a", "b"))) == ["--- a", "+++ b", "@@ -0,0 +1,2 @@", "+a", "+b"]


# -- by structure

FORMULA = "\n".join(f"IF(A{number}__c, {number}," for number in range(60))
ENTRIES = [
    Entry.of("fieldPermissions[Account.Name].editable", "true", "false"),
    Entry.of("formula", FORMULA, FORMULA.replace("A40", "B40")),
    Entry.of("value[New].label", None, "New"),
    Entry.of("path " * 40, "\x1b[2J", ""),
]


@pytest.mark.parametrize("two", [False, True])
@pytest.mark.parametrize("width", [40, 76, 130])
def test_places_are_drawn_with_signs_and_long_values_folded(width: int, two: bool) -> None:
    folded, whole = (StructureLines(ENTRIES, width, two, one) for one in (False, True))
    short, full = drawn(folded), drawn(whole)
    assert all(cell_len(line) in (0, width) for line in short + full)
    assert any("⋯ z shows" in line for line in short) and folded.folded
    assert len(full) > len(short) + 60 - SHOWN - 5 and not whole.folded
    text_of = "\n".join(full)
    assert "fieldPermissions[Account.Name].editable" in text_of and "\\x1b[2J" in text_of
    assert "(not there)" in text_of and "B40__c" in text_of and "B40__c" not in "\n".join(short)
    starts = [folded.change_line(number) for number in range(4)]
    assert starts == sorted(set(starts)) and folded.change_from(starts[1] + 1) == 2
    for number, start in enumerate(starts):
        assert whole.find(folded.anchor(start)) == whole.change_line(number)


def test_places_come_in_pieces() -> None:
    once, grown = StructureLines(ENTRIES, 80, False, False), StructureLines(ENTRIES[:1], 80, False, False)
    grown.extend(ENTRIES[1:])
    assert drawn(grown) == drawn(once)


def test_a_short_place_takes_one_line() -> None:
    assert drawn(StructureLines(ENTRIES[:1], 76, False, False))[0].rstrip() == (
        "fieldPermissions[Account.Name].editable  - true  + false"
    )


# -- colours

APEX = """\
/* one
two */
public class A {
    String s = 'it\\'s'; // why
    List<Account> found = [SELECT Id FROM Account WHERE Name LIKE 'a' LIMIT 10];
}""".splitlines()


def tones(syntax: Syntax, lines: list[str], number: int) -> dict[str, str]:
    return {lines[number][start:end].strip(): tone for start, end, tone in syntax.spans(number)}


def test_apex_is_coloured_with_the_queries_in_it() -> None:
    syntax = Syntax(APEX, "apex")
    assert tones(syntax, APEX, 1) == {"two": "comment", "*/": "comment"}
    assert tones(syntax, APEX, 2) == {"public": "keyword", "class": "keyword"}
    assert tones(syntax, APEX, 3) == {"String": "keyword", "'it\\'s'": "string", "// why": "comment"}
    found = tones(syntax, APEX, 4)
    assert {word for word, tone in found.items() if tone == "keyword"} == {
        "List", "SELECT", "FROM", "WHERE", "LIKE", "LIMIT",
    }  # fmt: skip
    assert found["10"] == "number"


@pytest.mark.parametrize(
    ("path", "first", "language"),
    [
        ("classes/A.cls", "class A {}", "apex"), ("classes/A.cls-meta.xml", "<?xml", "xml"),
        ("lwc/a/a.js", "import x", "javascript"), ("lwc/a/a.html", "<template>", "html"), ("a/b.json", "{", "json"),
        ("pages/A.page", "<apex:page>", "html"), ("aura/a/a.cmp", "<aura:component>", "xml"), ("a.css", ".a {", "css"),
        ("objects/A.object", '<?xml version="1.0"?>', "xml"), ("x.bin", "(12 bytes, SHA-256 0)", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_the_language_is_known_by_the_path_or_the_first_line(path: str, first: str, language: str) -> None:
    assert language_of(path, first) == language


def test_each_file_of_a_component_has_its_own_colours() -> None:
    lines = ["==> lwc/a/a.js", "const a = 1;", "==> lwc/a/a.js-meta.xml", "<?xml version='1.0'?>", "<Bundle/>"]
    syntax = Syntax(lines)
    assert tones(syntax, lines, 1)["const"] == "keyword"
    assert "tag" in tones(syntax, lines, 4).values()
    assert (syntax.file_of(1), syntax.file_of(4)) == ("lwc/a/a.js", "lwc/a/a.js-meta.xml")


@given(st.lists(st.text("/*'\" <>a{}[]=1;:\\", max_size=30), min_size=1, max_size=30), st.randoms())
def test_colours_lie_within_their_line_whatever_it_holds(lines: list[str], rng: random.Random) -> None:
    for language in ("apex", "xml", "javascript", "html", "json", "css"):
        syntax = Syntax(lines, language)
        for number in rng.sample(range(len(lines)), len(lines)):
            spans = syntax.spans(number)
            assert list(spans) == sorted(spans) and all(0 <= a < b <= len(lines[number]) for a, b, _ in spans)


def test_only_lines_around_what_is_asked_for_are_looked_at() -> None:
    class Counting(list[str]):
        looked: set[int] = set()  # noqa: RUF012

        def __getitem__(self, key: object) -> object:  # type: ignore[override]
            self.looked.update(range(*key.indices(len(self))) if isinstance(key, slice) else [key])  # type: ignore[list-item]
            return super().__getitem__(key)  # type: ignore[index]

    lines = Counting(["<a>1</a>"] * 100_000)
    Syntax(lines, "xml").spans(50_000)
    assert len(lines.looked) < 400
