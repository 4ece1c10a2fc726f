"""Whatever is done to components in whatever order, SourceMember tells what is there and what changed last."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotfix_tui.localorg.org import LocalOrg
from tests.localorg.metadata.samples import apex_class

ACTS = st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["write", "same", "delete"])), max_size=12)
_numbers = count()


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalOrg]:
    made = LocalOrg.create(tmp_path_factory.mktemp("org") / "here", name="here", kind="developer")
    yield made
    made.close()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ACTS)
def test_rows_say_what_is_there_and_revisions_in_which_order_it_changed(
    org: LocalOrg, acts: list[tuple[str, str]]
) -> None:
    run = next(_numbers)
    bodies: dict[str, int | None] = {}
    order: list[str] = []
    for number, (letter, act) in enumerate(acts):
        name = f"{letter}{run}"
        if act == "delete":
            changed = org.components.delete("ApexClass", name, org.system_user_id)
            assert changed == (bodies.get(name) is not None)
            bodies |= {name: None} if name in bodies else {}
        else:
            body = number if act == "write" or bodies.get(name) is None else bodies[name]
            files = {path: text.encode() for path, text in apex_class(name, f"class {name} {{ /* {body} */ }}").items()}
            changed = org.components.put("ApexClass", name, files, org.system_user_id) != "unchanged"
            assert changed == (bodies.get(name) != body)
            bodies[name] = body
        if changed:
            order = [other for other in order if other != name] + [name]
    rows = org.queries.records(
        f"SELECT MemberName, IsNameObsolete, RevisionCounter FROM SourceMember WHERE MemberName LIKE '_{run}'"
        " ORDER BY RevisionCounter",
        tooling=True,
    )
    assert [row["MemberName"] for row in rows] == order
    assert {row["MemberName"]: row["IsNameObsolete"] for row in rows} == {name: bodies[name] is None for name in order}
    assert len({row["RevisionCounter"] for row in rows}) == len(rows)
