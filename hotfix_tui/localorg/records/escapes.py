"""What a roll-back does not take back: auto-numbers that were given out, platform events published at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import NAMESPACE_OID, uuid5

from hotfix_tui.localorg.clock import api_datetime
from hotfix_tui.localorg.records.loading import new_id
from hotfix_tui.localorg.schema.model import SObject

if TYPE_CHECKING:
    from hotfix_tui.localorg.org import LocalOrg
    from hotfix_tui.localorg.records.firing import Fired

Kind = Literal["auto_number", "platform_event"]
_TABLE = """
CREATE TABLE IF NOT EXISTS _escaped (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, user_id TEXT, kind TEXT, object TEXT, content TEXT)
"""


class EscapeLog:
    """What escaped roll-backs, oldest first, kept with the org.

    An entry has `at`, `user_id`, `kind` (`auto_number`, `platform_event`), `object` and `content`: the field and value
    of an auto-number, or the fields of an event.
    """

    def __init__(self, org: LocalOrg) -> None:
        self._org = org
        org.store.execute(_TABLE)

    def number(self, user_id: str, owner: SObject, field: str, value: str) -> None:
        """Remembers an auto-number, should the record that got it be rolled back."""
        self._watch(user_id, "auto_number", owner, {"field": field, "value": value})

    def event(self, user_id: str, owner: SObject, row: dict[str, Any]) -> None:
        """Gives an event its place on the bus (ReplayId, EventUuid). One published at once stays there when what
        published it is rolled back."""
        number = self._org.store.next_number("replay")
        row["ReplayId"], row["EventUuid"] = str(number), str(uuid5(NAMESPACE_OID, f"{self._org.org_id}{number}"))
        if not owner.publish_immediately:
            return
        self._org.store.after_rollback(lambda: self._org.store.keep_number("replay", number))
        values = {name: value for name, value in row.items() if value is not None}
        self._org.store.after_rollback(lambda: self._publish(owner, values))
        self._watch(user_id, "platform_event", owner, values)

    def fired(self, rows: Sequence[Fired]) -> None:
        """Remembers what an event that was published at once has set off: that goes on, too."""
        self._org.store.after_rollback(lambda: self._org.fired.add(rows))

    def _publish(self, owner: SObject, values: Mapping[str, Any]) -> None:
        taken = self._org.store.get(owner.name, values["Id"]) is not None
        record_id = new_id(self._org, owner) if taken else values["Id"]
        self._org.store.insert_row(owner.name, {**values, "Id": record_id})

    def _watch(self, user_id: str, kind: Kind, owner: SObject, content: Mapping[str, Any]) -> None:
        at, text = api_datetime(self._org.clock.now()), json.dumps(content)
        statement = "INSERT INTO _escaped (at, user_id, kind, object, content) VALUES (?, ?, ?, ?, ?)"

        def write() -> None:
            self._org.store.execute(statement, (at, user_id, kind, owner.name, text))

        self._org.store.after_rollback(write)

    def rows(self) -> list[dict[str, Any]]:
        """All entries."""
        names = ("at", "user_id", "kind", "object", "content")
        found = self._org.store.rows(f"SELECT {', '.join(names)} FROM _escaped ORDER BY seq")  # noqa: S608
        return [{**dict(zip(names, row, strict=True)), "content": json.loads(row[4])} for row in found]
