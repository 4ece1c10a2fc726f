"""Bundled objects beside what a real org said of them, field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hotfix_tui.localorg.org import LocalOrg

_FLAGS = {
    "c": "createable",
    "u": "updateable",
    "n": "nillable",
    "d": "defaultedOnCreate",
    "f": "filterable",
    "s": "sortable",
    "g": "groupable",
    "a": "aggregatable",
    "p": "permissionable",
    "i": "idLookup",
    "N": "nameField",
    "r": "restrictedPicklist",
}


def _summary(field: dict[str, Any]) -> str:
    size = field["length"] or field["digits"]
    if not size:
        size = f"{field['precision']}.{field['scale']}" if field["precision"] else "-"
    flags = "".join(letter for letter, name in _FLAGS.items() if field[name]) or "-"
    return f"{field['name']} {field['type']} {size} {flags}"


def test_fields_are_in_the_order_and_of_the_kind_that_a_real_org_describes(bare_org: LocalOrg) -> None:
    text = Path(__file__).with_name("real_fields.txt").read_text("utf-8")
    blocks = text[text.index("@") + 1 :].split("\n@")
    assert len(blocks) == 7
    for block in blocks:
        name, *lines = block.strip().splitlines()
        assert [_summary(field) for field in bare_org.schema.describe(name)["fields"]] == lines
