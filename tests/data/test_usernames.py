"""One person's usernames in two orgs, among very many."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hotfix_tui.data.usernames import Usernames, conditions
from hotfix_tui.data.values import same_user
from hotfix_tui.salesforce.soql import address_length

PARTS = st.lists(st.sampled_from(["a", "B", "b", "dev", "x"]), min_size=1, max_size=4).map(".".join)
NAMES = st.builds(lambda who, where: f"{who}@{where}", st.sampled_from(["ann", "Bob"]), PARTS)


@given(st.lists(NAMES, max_size=8, unique=True), NAMES, st.booleans())
def test_an_index_of_usernames_tells_what_comparing_each_would(names: list[str], username: str, both: bool) -> None:
    found = Usernames(names, both_sandboxes=both).same(username)
    assert found == {name for name in names if same_user(name, username, both_sandboxes=both)}


def test_a_name_that_two_users_could_have_is_nobodys_unless_it_is_ones_very_own() -> None:
    index = Usernames(["ann@x.com", "bob@x.com", "cy@x.com"], both_sandboxes=False)
    there = [
        ("ann@x.com.dev", "1"),
        ("ann@x.com.uat", "2"),
        ("bob@x.com", "3"),
        ("Bob@x.com.old", "4"),
        ("cy@x.com.d", "5"),
    ]
    assert index.settled(there) == {**dict(there), "cy@x.com": "5"}


def test_three_thousand_names_are_asked_for_in_few_queries_that_fit_an_address() -> None:
    found = list(conditions(f"user{number}@acme.example.com.dev" for number in range(3_000)))
    assert len(found) < 150
    assert max(map(address_length, found)) < 14_000
    assert sum(one.count("LIKE") for one in found) == 6_000
