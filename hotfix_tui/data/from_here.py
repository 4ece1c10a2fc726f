"""From here: a ready data set around one record, with what it cannot be without and what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hotfix_tui.data.data_set import DataSet, ObjectSpec
from hotfix_tui.data.errors import DataError
from hotfix_tui.data.keys import at_path
from hotfix_tui.data.match_keys import suggest_keys
from hotfix_tui.data.related import Related, related
from hotfix_tui.data.relationships import children, learned, required, tick
from hotfix_tui.salesforce.soql import quote

if TYPE_CHECKING:
    from hotfix_tui.salesforce.describe import ObjectDescribe
    from hotfix_tui.salesforce.org import Org

# What people do about a record, not what the record is made of: a person may tick them, nobody gets them unasked.
_ACTIVITY = frozenset(
    {"Task", "Event", "Note", "Attachment", "ContentDocumentLink", "ContentVersion", "EmailMessage", "FeedItem",
     "FeedComment", "EntitySubscription", "TopicAssignment", "ProcessInstance", "DuplicateRecordItem", "RecordAction",
     "ContentDistribution", "OpenActivity", "ActivityHistory", "NoteAndAttachment", "AttachedContentDocument",
     "CombinedAttachment", "NetworkActivityAudit", "ProcessInstanceHistory", "OutgoingEmail", "FlowRecordRelation"}
)  # fmt: skip


@dataclass(frozen=True)
class Around:
    """The data set, and sentences about what a person should look at before using it."""

    data_set: DataSet
    notes: tuple[str, ...]


async def around(org: Org, record_id: str) -> Around:
    """A data set whose root is the record `record_id` of `org`.

    Its root is found by its match key, so that the data set means the same record in every org. With it come the
    children that have rows there (and the parents of all that they cannot be without), each with the best match key
    that describe suggests. Objects for which there is none are left out and named. Raises DataError when the record's
    object can have no match key, NotFound when the record is not there, SalesforceError.
    """
    found = await related(org, record_id)
    return await _Builder(org, found).build(await org.describe(found.object))


class _Builder:
    def __init__(self, org: Org, found: Related) -> None:
        self._org, self._id = org, found.id
        self._with_rows = {(one.object, one.field) for one in found.children}
        self._notes: list[str] = []
        if found.uncounted:
            self._notes.append(f"{found.uncounted:,} relationships were not counted: what hangs on them is left out")

    async def build(self, describe: ObjectDescribe) -> Around:
        root = await self._root(describe)
        data_set = DataSet(f"around {describe.name} {self._id}", (root,))
        data_set = await self._with_required(data_set, describe)
        for link in children(describe):
            if (link.object, link.field) not in self._with_rows or link.object in _ACTIVITY:
                continue
            child = await self._org.describe(link.object)
            key = _best_key(child)
            if not key:
                self._notes.append(f"{link.object} has no field that could be its match key: left out")
                continue
            data_set = tick(data_set, learned(link, child), key)
            data_set = await self._with_required(data_set, child)
        return Around(data_set, tuple(self._notes))

    async def _root(self, describe: ObjectDescribe) -> ObjectSpec:
        """The root by the first suggested key whose fields are filled in on the record and shared by no other."""
        for choice in suggest_keys(describe):
            if choice.second_key:
                continue
            paths = [path for path in choice.key if path in describe.fields or "." in path]
            columns = ", ".join(dict.fromkeys(["Id", *paths]))
            soql = f"SELECT {columns} FROM {describe.name} WHERE Id = {quote(self._id)}"  # noqa: S608 - quoted
            (record,) = await self._org.query(soql)
            values = {path: at_path(record, path) for path in paths}
            where = " AND ".join(f"{path} = {quote(value)}" for path, value in values.items())
            if None in values.values() or _names_a_row(describe, paths):
                continue
            if await self._org.count(f"SELECT COUNT() FROM {describe.name} WHERE {where}") == 1:  # noqa: S608 - quoted
                return ObjectSpec(describe.name, choice.key, root=True, where=where)
        key = _best_key(describe)
        if not key:
            raise DataError(f"{describe.name} has no field that could be its match key.")
        self._notes.append(
            f"No key of {describe.name} names the record alone, so the data set finds it by its Id: that works in this "
            "org only"
        )
        return ObjectSpec(describe.name, key, root=True, where=f"Id = {quote(self._id)}")

    async def _with_required(self, data_set: DataSet, describe: ObjectDescribe) -> DataSet:
        """The data set with the parents that rows of this object cannot be without, and theirs."""
        todo = [describe]
        while todo:
            for link in required(data_set, todo.pop()):
                known = link.object in data_set.names
                parent = await self._org.describe(link.object)
                data_set = tick(data_set, link, _best_key(parent))
                if not known:
                    todo.append(parent)
                if not data_set.spec(link.object).key:
                    self._notes.append(f"{link.object} has no field that could be its match key: choose one")
        return data_set


def _best_key(describe: ObjectDescribe) -> tuple[str, ...]:
    return next((one.key for one in suggest_keys(describe) if not one.second_key), ())


def _names_a_row(describe: ObjectDescribe, paths: Iterable[str]) -> bool:
    """Whether a part of the key is a lookup, whose Id means nothing in another org."""
    return any(path in describe.fields and describe.fields[path].type == "reference" for path in paths)
