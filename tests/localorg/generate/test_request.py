from __future__ import annotations

import pytest

from hotfix_tui.localorg.generate import BadRequest, Request, read_request


def test_what_is_asked_for_is_read_and_written_the_same_way() -> None:
    asked = read_request("components=50000, records=1000000,seed=3")
    assert asked == Request(50_000, 1_000_000, 3, 100)
    assert read_request(str(asked)) == asked


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "Nothing"),
        ("components", "number"),
        ("components=many", "many"),
        ("parts=5", "parts"),
        ("components=400,components=500", "twice"),
        ("components=99", "100"),
        ("components=999999", "up to"),
        ("components=150", "half"),
        ("components=400,records=5", "ten records"),
    ],
)
def test_what_cannot_be_met_is_said(text: str, word: str) -> None:
    with pytest.raises(BadRequest, match=word):
        read_request(text)
