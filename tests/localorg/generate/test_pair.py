from __future__ import annotations

from pathlib import Path

from hotfix_tui.localorg.metadata.component import Component
from hotfix_tui.localorg.metadata.types import metadata_types
from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.generate.conftest import SMALL, Made, make

Names = set[tuple[str, str]]


def contents(org: LocalOrg) -> dict[tuple[str, str], Component]:
    """The org's components but the definitions of flows, which come with the flows."""
    found = (item for name in sorted(org.components.types()) for item in org.components.list(name))
    return {(item.type, item.full_name): item for item in found if item.type != "FlowDefinition"}


def told(made: Made, status: str) -> Names:
    return {(item["type"], item["full_name"]) for item in made.told["components"][status]}


def test_the_twin_differs_in_exactly_what_is_told(small: Made) -> None:
    ours, theirs = contents(small.large), contents(small.twin)
    assert len(ours) == len(theirs) == SMALL.components
    assert sum(len(told(small, status)) for status in small.told["components"]) == SMALL.differing
    assert ours.keys() - theirs.keys() == told(small, "only_in_a") != set()
    assert theirs.keys() - ours.keys() == told(small, "only_in_b") != set()
    assert {key for key in ours.keys() & theirs if ours[key].files != theirs[key].files} == told(small, "different")


def test_what_was_not_changed_has_the_same_history_in_both(small: Made) -> None:
    ours, theirs = contents(small.large), contents(small.twin)
    same = (ours.keys() & theirs.keys()) - told(small, "different")
    assert all((ours[key].modified_by, ours[key].modified_at) == (theirs[key].modified_by, theirs[key].modified_at)
               for key in same)  # fmt: skip
    later = [key for key in told(small, "different") if theirs[key].modified_at <= ours[key].created_at]
    assert later == []
    people = {small.large.users.user(item.modified_by) for item in ours.values()}
    assert None not in people and len(people) > 10


def test_the_same_request_makes_the_same_orgs(small: Made, tmp_path: Path) -> None:
    again = make(SMALL, tmp_path)
    assert again.told == small.told
    assert contents(again.large) == contents(small.large)
    assert contents(again.twin).keys() == contents(small.twin).keys()
    again.large.close()
    again.twin.close()


def test_a_generated_org_is_known_to_its_schema_and_its_setup_rows(small: Made) -> None:
    org = small.large
    fields = [key[1] for key in contents(org) if key[0] == "CustomField"]
    assert [path for path in fields if org.schema.field(path) is None] == []
    assert all(not rule.problem for each in org.schema for rule in each.rules.values())
    rows = org.queries.records("SELECT Id FROM CustomField", tooling=True)
    assert len(rows) == len(fields)
    children = {child for kind in metadata_types().types.values() for child in (each.name for each in kind.children)}
    assert small.told["counts"].keys() & children > {"CustomField", "ValidationRule", "WorkflowRule"}
