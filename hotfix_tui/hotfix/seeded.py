"""What the seeds of a hotfix wrote and what they could not, as its journal has it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hotfix_tui.events.seed import RowRefused, RowsWrite, RowsWritten
from hotfix_tui.events.session import EnvironmentChosen
from hotfix_tui.journal import Journal

if TYPE_CHECKING:
    from hotfix_tui.data.rows import Ref
    from hotfix_tui.data.undo import WrittenRows

_SEED, _UNDO = "rows/seed/", "rows/undo/"


def failed_rows(journal: Journal) -> set[Ref]:
    """(object, key) of the rows whose last word in the seeds of the environment chosen last was a refusal."""
    failed: set[Ref] = set()
    environment = ""
    for envelope in journal.named(RowRefused, RowsWritten, EnvironmentChosen):
        event = envelope.event
        if isinstance(event, EnvironmentChosen):
            if event.org_id != environment:
                failed.clear()
            environment = event.org_id
        elif isinstance(event, RowRefused) and envelope.step == "seed":
            failed.add((event.object, event.key))
        elif isinstance(event, RowsWritten) and event.key.startswith(_SEED):
            failed.difference_update((event.object, key) for key in _ids(journal, event))
    return failed


def written_rows(journal: Journal, org_id: str) -> dict[str, WrittenRows]:
    """What the seeds wrote in the org `org_id` and no undo has taken back, objects in the order of their first write.

    Never what they wrote in an environment chosen before: a sandbox may hold other rows under the same Ids.
    """
    from hotfix_tui.data.undo import WrittenRows

    found: dict[str, WrittenRows] = defaultdict(WrittenRows)
    intents: dict[str, RowsWrite] = {}
    for envelope in journal.named(RowsWrite, RowsWritten):
        event = envelope.event
        if isinstance(event, RowsWrite):
            if event.org_id == org_id:
                intents[event.key] = event
        elif isinstance(event, RowsWritten) and event.key in intents:
            intent = intents.pop(event.key)
            ids = _ids(journal, event)
            if event.key.startswith(_SEED):
                _did(found[event.object], event.act, ids, _before(journal, intent))
            elif event.key.startswith(_UNDO):
                _took_back(found[event.object], event.act, ids)
    return {name: one for name, one in found.items() if one}


def _did(one: WrittenRows, act: str, ids: Mapping[str, str], before: Mapping[str, Mapping[str, Any]]) -> None:
    for key, record_id in ids.items():
        if act == "insert":
            one.inserted[record_id] = key
        elif act == "update" and record_id not in one.inserted:
            values = {name: value for name, value in (before.get(key) or {}).items() if name != "Id"}
            known = one.before.get(record_id)
            one.before[record_id] = (key, values | known[1]) if known else (key, values)
        elif act == "delete" and one.inserted.pop(record_id, None) is None:
            one.deleted[record_id] = key


def _took_back(one: WrittenRows, act: str, ids: Mapping[str, str]) -> None:
    for record_id in ids.values():
        if act == "delete":
            one.inserted.pop(record_id, None)
        elif act == "update":
            one.before.pop(record_id, None)
        elif act == "undelete":
            one.deleted.pop(record_id, None)


def _ids(journal: Journal, event: RowsWritten) -> Mapping[str, str]:
    return _kept(journal, event.kept) if event.kept else event.ids


def _before(journal: Journal, intent: RowsWrite) -> Mapping[str, Mapping[str, Any]]:
    return _kept(journal, intent.kept) if intent.kept else intent.before


def _kept(journal: Journal, name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(journal.blob(name) or b"{}")
    return found
