"""What no data set carries and every org has by name: users, queues, profiles, record types, the org itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hotfix_tui.data import usernames
from hotfix_tui.data.rows import ORGANIZATION, PROFILE, QUEUE, RECORD_TYPE, USER, DataRows, Ref
from hotfix_tui.data.values import same_user, user_stem
from hotfix_tui.salesforce.soql import in_clauses

if TYPE_CHECKING:
    from hotfix_tui.salesforce.org import Org

"""Objects that are matched by name, not by a data set."""

IN_KEYS = (USER, PROFILE, ORGANIZATION)
"""Those of them whose name can be part of another object's match key."""

_INVALID = ".invalid"
# Not the org's own users (Automated Process and the like), which may not own what people own.
_PEOPLE = "UserType = 'Standard'"
_USER_PREFIX, _GROUP_PREFIX, _PROFILE_PREFIX = "005", "00G", "00e"


async def read_record_types(org: Org, objects: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Active record types of `objects`: Id → developer name, and `Object.DeveloperName` → Id."""
    by_id: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for names in in_clauses(objects):
        soql = f"SELECT Id, DeveloperName, SobjectType FROM RecordType WHERE SobjectType IN {names}"  # noqa: S608
        for row in await org.query(soql):
            by_id[row["Id"]] = row["DeveloperName"]
            by_name[f"{row['SobjectType']}.{row['DeveloperName']}"] = row["Id"]
    return by_id, by_name


async def read_people(org: Org, ids: Iterable[str]) -> dict[str, Ref]:
    """Users, queues, profiles and the org itself behind Ids, as refs. Other groups are left out."""
    wanted = set(ids)
    people: dict[str, Ref] = {org.org_id: (ORGANIZATION, ORGANIZATION)} if org.org_id in wanted else {}
    for chunk in in_clauses(sorted(one for one in wanted if one.startswith(_PROFILE_PREFIX))):
        for row in await org.query(f"SELECT Id, Name FROM Profile WHERE Id IN {chunk}"):  # noqa: S608
            people[row["Id"]] = (PROFILE, row["Name"])
    for chunk in in_clauses(sorted(one for one in wanted if one.startswith(_USER_PREFIX))):
        for row in await org.query(f"SELECT Id, Username FROM User WHERE Id IN {chunk}"):  # noqa: S608
            people[row["Id"]] = (USER, row["Username"])
    for chunk in in_clauses(sorted(one for one in wanted if one.startswith(_GROUP_PREFIX))):
        soql = f"SELECT Id, DeveloperName FROM Group WHERE Type = 'Queue' AND Id IN {chunk}"  # noqa: S608
        for row in await org.query(soql):
            people[row["Id"]] = (QUEUE, row["DeveloperName"])
    return people


async def read_names(org: Org, ids: Iterable[str]) -> dict[str, str]:
    """Users' names by Id."""
    names: dict[str, str] = {}
    for chunk in in_clauses(sorted(set(ids))):
        for row in await org.query(f"SELECT Id, Name FROM User WHERE Id IN {chunk}"):  # noqa: S608
            names[row["Id"]] = str(row["Name"] or "")
    return names


async def find_people(org: Org, refs: Iterable[Ref], *, both_sandboxes: bool) -> dict[str, dict[str, str]]:
    """The active users, queues and profiles of `org` that `refs` may mean, and itself: kind → name → Id."""
    wanted = set(refs)
    users = await _find_users(org, sorted(name for kind, name in wanted if kind == USER), both_sandboxes=both_sandboxes)
    queues: dict[str, str] = {}
    for chunk in in_clauses(sorted(name for kind, name in wanted if kind == QUEUE)):
        soql = f"SELECT Id, DeveloperName FROM Group WHERE Type = 'Queue' AND DeveloperName IN {chunk}"  # noqa: S608
        queues |= {row["DeveloperName"]: row["Id"] for row in await org.query(soql)}
    profiles: dict[str, str] = {}
    for chunk in in_clauses(sorted(name for kind, name in wanted if kind == PROFILE)):
        rows = await org.query(f"SELECT Id, Name FROM Profile WHERE Name IN {chunk}")  # noqa: S608
        profiles |= {row["Name"]: row["Id"] for row in rows}
    return {USER: users, QUEUE: queues, PROFILE: profiles, ORGANIZATION: {ORGANIZATION: org.org_id}}


async def _find_users(org: Org, names: Sequence[str], *, both_sandboxes: bool) -> dict[str, str]:
    """Active users by their own name, and by the one of `names` that is theirs alone."""
    there: list[tuple[str, str]] = []
    for condition in usernames.conditions(names):
        soql = f"SELECT Id, Username FROM User WHERE IsActive = true AND {condition}"  # noqa: S608
        there += [(row["Username"], row["Id"]) for row in await org.query(soql)]
    return usernames.Usernames(names, both_sandboxes=both_sandboxes).settled(there)


def key_name(ref: Ref, *, sandbox: bool) -> str:
    """What stands for a user, a profile or the org in a match key: a username without what a sandbox puts behind it."""
    kind, name = ref
    if kind == USER:
        return (user_stem(name) if sandbox else name).lower()
    return name


async def find_by_other_marks(source_org: Org, org: Org, source: DataRows, target: DataRows) -> list[str]:
    """Users of `source` whose username `target`'s org does not have, found by federation id, else by e-mail.

    They are in `target.names` then, under the source's username; one sentence for each. A federation id is one user's
    alone; an e-mail counts when one active user has it, a sandbox's with the `.invalid` that a refresh appends.
    Source: Salesforce Help, "Sandbox: Email Addresses and Usernames", Object Reference, "User".
    """
    both = source.sandbox and target.sandbox
    users = {name for rows in source.objects.values() for kind, name in rows.named if kind == USER}
    missing = [name for name in sorted(users) if named_id(target, (USER, name), "", both_sandboxes=both) is None]
    found: list[dict[str, Any]] = []
    for chunk in in_clauses(missing):
        soql = f"SELECT Username, FederationIdentifier, Email FROM User WHERE {_PEOPLE} AND Username IN {chunk}"  # noqa: S608
        found += await source_org.query(soql)
    notes: list[str] = []
    for field, word in (("FederationIdentifier", "federation id"), ("Email", "e-mail")):
        known = target.names.setdefault(USER, {})
        wanted = {one["Username"]: str(one.get(field) or "") for one in found if one["Username"] not in known}
        there = await _by_mark(org, field, filter(None, wanted.values()))
        for username, mark in wanted.items():
            same = there.get(_plain(mark), [])
            if len(same) == 1:
                known[username] = same[0]["Id"]
                notes.append(f"{username} is {same[0]['Username']} in {org.alias}: the same {word}")
    return sorted(notes)


async def _by_mark(org: Org, field: str, marks: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Active users whose `field` is one of `marks`, by it; an e-mail whether or not a refresh made it invalid."""
    plain = [one.removesuffix(_INVALID) for one in marks]
    wanted = [*plain, *(one + _INVALID for one in plain)] if field == "Email" else plain
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for chunk in in_clauses(wanted):
        soql = f"SELECT Id, Username, {field} FROM User WHERE IsActive = true AND {_PEOPLE} AND {field} IN {chunk}"  # noqa: S608
        for row in await org.query(soql):
            found[_plain(str(row[field]))].append(row)
    return found


def _plain(mark: str) -> str:
    return mark.lower().removesuffix(_INVALID)


def named_id(target: DataRows, ref: Ref, obj: str, *, both_sandboxes: bool) -> str | None:
    """The Id in `target` of what is matched by name; None when it is not there or not one alone."""
    kind, name = ref
    known = target.names.get(kind, {})
    if kind == RECORD_TYPE:
        return known.get(f"{obj}.{name}")
    if kind != USER or name in known:  # the way of nearly all, where there are thousands
        return known.get(name)
    exact = {one: known[one] for one in known if one.lower() == name.lower()}
    same = exact or {one: known[one] for one in known if same_user(name, one, both_sandboxes=both_sandboxes)}
    ids = set(same.values())
    return next(iter(ids)) if len(ids) == 1 else None
