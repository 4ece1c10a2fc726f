"""Which usernames of two orgs are one person's, among thousands of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from hotfix_tui.data.values import user_stem
from hotfix_tui.salesforce.soql import address_length, in_clauses, like

# Bytes of condition in one query; an address takes about 16,000.
_LONGEST = 8_000


class Usernames:
    """Usernames of one org, by which those of another are known, as `same_user` tells them."""

    def __init__(self, names: Iterable[str], *, both_sandboxes: bool) -> None:
        self._both = both_sandboxes
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._begin: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for name in names:
            low = name.lower()
            self._exact[low].append(name)
            self._stems[user_stem(low)].append(name)
            for begin in _begins(low):
                self._begin[begin].append(name)

    def same(self, username: str) -> set[str]:
        """The names that are `username`'s owner's here."""
        low = username.lower()
        found = {*self._exact.get(low, ()), *self._begin.get(low, ())}
        for begin in _begins(low):
            found.update(self._exact.get(begin, ()))
        return found | {*self._stems.get(user_stem(low), ())} if self._both else found

    def settled(self, there: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Name → Id for each name that one user of `there`, (username, Id), has alone, and for that user's own."""
        users: dict[str, str] = {}
        exact: dict[str, set[str]] = defaultdict(set)
        near: dict[str, set[str]] = defaultdict(set)
        for username, record_id in there:
            for name in self.same(username):
                users[username] = record_id
                (exact if name.lower() == username.lower() else near)[name].add(record_id)
        for name in {*exact, *near}:
            ids = exact.get(name) or near[name]
            if len(ids) == 1:
                users.setdefault(name, next(iter(ids)))
        return users


def conditions(names: Iterable[str]) -> Iterator[str]:
    """Conditions on `Username` that find whoever may be meant by `names`, as few as their length allows."""
    exact: list[str] = []
    patterns: list[str] = []
    length = 0
    for name in names:
        forms = list(dict.fromkeys((name, user_stem(name))))
        new = [f"Username LIKE {like(one + '.')[:-1]}%'" for one in forms]
        size = sum(address_length(one) + 8 for one in (*forms, *new))
        if exact and length + size > _LONGEST:
            yield _condition(exact, patterns)
            exact, patterns, length = [], [], 0
        exact += forms
        patterns += new
        length += size
    if exact:
        yield _condition(exact, patterns)


def _condition(exact: list[str], patterns: list[str]) -> str:
    listed = next(in_clauses(exact, 2 * _LONGEST))
    return f"(Username IN {listed} OR {' OR '.join(dict.fromkeys(patterns))})"


def _begins(name: str) -> Iterator[str]:
    """What is before each of the dots of `name`."""
    at = name.find(".")
    while at >= 0:
        yield name[:at]
        at = name.find(".", at + 1)
